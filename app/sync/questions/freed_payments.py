"""What a sale that was deleted in Oncord after it was paid has left with its customer (S3): its receipt stays, and the payment, taken off the
invoice before that went, pays nothing since.

It is named with its amount, and the item ends by itself once that is used, paid back, or gone. Whoever closes it is not told of the
same again.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal

from app.domain.model.currencies import with_currency
from app.domain.model.records import Receipt, Snapshot
from app.storage.database import Transaction
from app.storage.people import attention
from app.sync.context import TurnContext
from app.sync.questions import open_money
from app.sync.questions.open_money import dated
from app.sync.questions.open_refunds import open_of, unapplied

ITEM = "freed_payment"
_RULE = "S3"
_KEY = f"{ITEM}:"
_ADVICE = (
    "Let its receipt pay another sale of the customer in Oncord, or apply the payment to another invoice in QuickBooks; or pay it back, by a "
    "refund in Oncord that names no sale; or delete the receipt in Oncord where the money never came; or leave it, for the customer's next "
    "order. This closes by itself once it is used or paid back."
)


async def list_freed_payments(context: TurnContext, tx: Transaction) -> None:
    """Bring the open items up to date at the end of a run: what they name may have been used, or paid back."""
    keys = await attention.open_keys(tx, context.connection_id, ITEM)
    await say_freed_payments(context, tx, [key.removeprefix(_KEY) for key in keys])


async def say_freed_payments(context: TurnContext, tx: Transaction, payments: Collection[str]) -> None:
    """Name what is left of these payments of QuickBooks, by id; close what is used, paid back, or gone."""
    if not payments:
        return
    sight = await open_money.read(context, tx, payments)
    named = [payment for payment in sight.found.values() if payment.id in sight.receipts and not payment.deleted]
    left = _left_of(named, sight.money)
    for payment in named:
        if left[payment.id] and isinstance(payment.record, Receipt):
            who = sight.customer_of(payment.record)
            await open_money.ask(
                context,
                tx,
                key=f"{_KEY}{payment.id}",
                kind=ITEM,
                rule=_RULE,
                summary=_words(payment.record, left[payment.id], who),
                advice=_ADVICE,
                receipt_id=sight.receipts[payment.id],
                record=payment.record,
                who=who,
                shown=f"{payment.id} {left[payment.id].normalize()} {payment.record.payment.currency}",
            )
    settled = [f"{_KEY}{payment_id}" for payment_id in sorted(payments) if not left.get(payment_id)]
    reason = "It is used, paid back, or gone."
    await attention.settle(tx, context.connection_id, settled, reason=reason, now=context.clock.now())


def _left_of(payments: Sequence[Snapshot], money: Sequence[Snapshot]) -> dict[str, Decimal]:
    """What of each payment pays nothing, by id, less what was paid back to its customer that is joined to nothing yet: of several
    payments of one customer to the oldest first."""
    back: dict[str, Decimal] = defaultdict(Decimal)
    for each in money:
        if _is_out(each):
            back[_owner(each)] += open_of(each, money)
    left: dict[str, Decimal] = {}
    for payment in sorted(payments, key=_age):
        open_part = unapplied(payment)
        paid_back = min(open_part, back[_owner(payment)])
        back[_owner(payment)] -= paid_back
        left[payment.id] = open_part - paid_back
    return left


def _age(payment: Snapshot) -> tuple[date, str]:
    day = payment.record.date if isinstance(payment.record, Receipt) else None
    return day or date.min, payment.id


def _is_out(each: Snapshot) -> bool:
    return isinstance(each.record, Receipt) and each.record.payment.amount < 0


def _owner(payment: Snapshot) -> str:
    return str(payment.record.contact_id) if isinstance(payment.record, Receipt) else ""


def _words(payment: Receipt, left: Decimal, who: str) -> str:
    currency = payment.payment.currency
    return (
        f"A sale was deleted in Oncord after it was paid, and its invoice is gone from QuickBooks. The payment of "
        f"{with_currency(payment.payment.amount, currency)}{dated(payment)} stays on both sides, taken off the invoice: "
        f"{with_currency(left, currency)} of it is {who or 'the customer'}'s credit, which is open."
    )
