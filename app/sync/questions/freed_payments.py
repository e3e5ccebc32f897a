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
from app.domain.model.days import day_in_words
from app.domain.model.links import LinkState
from app.domain.model.records import Contact, Kind, Receipt, Side, Snapshot
from app.domain.planning.labels import contact_name, label_of
from app.storage.database import Transaction
from app.storage.people import attention
from app.storage.records import links, mirrors
from app.sync.context import TurnContext
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
    connection = context.connection_id
    found = await mirrors.load(tx, connection, Side.QUICKBOOKS, Kind.RECEIPT, payments)
    pairs = await links.of_records(tx, connection, Kind.RECEIPT, Side.QUICKBOOKS, found)
    receipts = {pair.quickbooks_id: pair.oncord_id for pair in pairs if pair.state is LinkState.LIVE}
    owners = {str(s.record.contact_id) for s in found.values() if isinstance(s.record, Receipt)}
    money = await mirrors.of_contacts(tx, connection, Side.QUICKBOOKS, Kind.RECEIPT, owners) if owners else []
    people = await mirrors.load(tx, connection, Side.QUICKBOOKS, Kind.CONTACT, owners)
    named = [payment for payment in found.values() if payment.id in receipts and not payment.deleted]
    left = _left_of(named, money)
    for payment in named:
        if left[payment.id]:
            await _say(context, tx, receipts[payment.id], payment, left[payment.id], _name(people.get(_owner(payment))))
    settled = [f"{_KEY}{payment_id}" for payment_id in sorted(payments) if not left.get(payment_id)]
    reason = "It is used, paid back, or gone."
    await attention.settle(tx, connection, settled, reason=reason, now=context.clock.now())


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


def _name(customer: Snapshot | None) -> str:
    return contact_name(customer.record) if customer is not None and isinstance(customer.record, Contact) else ""


async def _say(
    context: TurnContext, tx: Transaction, receipt_id: str, payment: Snapshot, left: Decimal, who: str
) -> None:
    record = payment.record
    assert isinstance(record, Receipt)
    key, summary = f"{_KEY}{payment.id}", _words(record, left, who)
    if await attention.was_let_be(tx, context.connection_id, key, summary):
        return
    await attention.open_item(
        tx,
        context.connection_id,
        item_id=context.ids.new("att"),
        key=key,
        kind=ITEM,
        rule=_RULE,
        summary=summary,
        advice=_ADVICE,
        side=Side.ONCORD,
        record_kind=Kind.RECEIPT,
        record_id=receipt_id,
        detail={},
        actions=("dismiss",),
        run_id=context.run_id,
        subject=label_of(Side.ONCORD, Kind.RECEIPT, record, who),
        now=context.clock.now(),
    )


def _words(payment: Receipt, left: Decimal, who: str) -> str:
    currency = payment.payment.currency
    day = f" of {day_in_words(payment.date)}" if payment.date else ""
    return (
        f"A sale was deleted in Oncord after it was paid, and its invoice is gone from QuickBooks. The payment of "
        f"{with_currency(payment.payment.amount, currency)}{day} stays on both sides, taken off the invoice: "
        f"{with_currency(left, currency)} of it is {who or 'the customer'}'s credit, which is open."
    )
