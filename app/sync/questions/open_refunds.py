"""Money out that evens out an unapplied payment of its customer: the two are open in QuickBooks until somebody joins them (R5).

QuickBooks' API cannot join them (docs/quickbooks.md 9.5), and two open lines spoil the ageing of receivables and reports on a
cash basis. The pair is named with the clicks that join it, and the item ends by itself once that is done, or one of the two
is gone. Whoever closes it is not told of the same again.
"""

from collections.abc import Collection, Sequence
from decimal import Decimal

from app.domain.model.currencies import with_currency
from app.domain.model.records import Receipt, Snapshot, evened_out
from app.storage.database import Transaction
from app.storage.people import attention
from app.sync.context import TurnContext
from app.sync.questions import open_money
from app.sync.questions.open_money import Sight, dated

ITEM = "open_refund"
_RULE = "R5"
_KEY = f"{ITEM}:"
_ZERO = Decimal(0)


async def list_open_refunds(context: TurnContext, tx: Transaction) -> None:
    """Bring the open items up to date at the end of a run: somebody may have joined what they name."""
    keys = await attention.open_keys(tx, context.connection_id, ITEM)
    await say_open_refunds(context, tx, [key.removeprefix(_KEY) for key in keys])


async def say_open_refunds(context: TurnContext, tx: Transaction, purchases: Collection[str]) -> None:
    """Name the money out among these purchases, by id, that is joined to nothing; close what is joined, or gone."""
    if not purchases:
        return
    sight = await open_money.read(context, tx, purchases)
    settled: list[str] = []
    for purchase_id in sorted(purchases):
        purchase = sight.found.get(purchase_id)
        rest = open_of(purchase, sight.money) if purchase_id in sight.receipts else _ZERO
        if purchase is None or not rest:
            settled.append(f"{_KEY}{purchase_id}")
        else:
            await _say(context, tx, sight, purchase, rest)
    reason = "It is joined, or gone."
    await attention.settle(tx, context.connection_id, settled, reason=reason, now=context.clock.now())


def open_of(purchase: Snapshot | None, money: Sequence[Snapshot]) -> Decimal:
    """How much of money out against Accounts Receivable is joined to nothing."""
    record = purchase.record if purchase is not None and not purchase.deleted else None
    if purchase is None or not isinstance(record, Receipt) or record.voided or record.expense_account:
        return _ZERO
    joined = sum((_joined(payment, purchase.id) for payment in money), _ZERO)
    return max(_ZERO, -record.payment.amount - joined)


def _joined(payment: Snapshot, purchase_id: str) -> Decimal:
    """What a payment is joined to money out for: one of zero by its lines, one that brings money by what it evens out."""
    record = payment.record
    if not isinstance(record, Receipt) or record.voided:
        return _ZERO
    lines = (a.amount for a in record.payment.allocations if (a.type, a.sale_id) == ("refund", purchase_id))
    return sum(lines, _ZERO) + evened_out(payment.extras, purchase_id)


def unapplied(payment: Snapshot) -> Decimal:
    """What a payment brings that pays nothing."""
    record = payment.record
    if not isinstance(record, Receipt) or record.voided or record.payment.amount <= 0:
        return _ZERO
    used = sum((-a.amount if a.type == "adjustment" else a.amount for a in record.payment.allocations), _ZERO)
    evened = sum((evened_out(payment.extras, each.split(":")[1]) for each in payment.extras if ":" in each), _ZERO)
    return max(_ZERO, record.payment.amount - used - evened)


async def _say(context: TurnContext, tx: Transaction, sight: Sight, purchase: Snapshot, rest: Decimal) -> None:
    refund, key = purchase.record, f"{_KEY}{purchase.id}"
    assert isinstance(refund, Receipt)
    who = sight.customer_of(refund)
    same = [p for p in sight.money if isinstance(p.record, Receipt) and p.record.contact_id == refund.contact_id]
    free = [payment for payment in same if unapplied(payment)]
    halves = [_called(payment) for payment in free]
    if not halves:
        reason = "There is nothing to join it to."
        await attention.settle(tx, context.connection_id, [key], reason=reason, now=context.clock.now())
        return
    await open_money.ask(
        context,
        tx,
        key=key,
        kind=ITEM,
        rule=_RULE,
        summary=_words(refund, rest, who, halves),
        advice=_clicks(refund, who, halves),
        receipt_id=sight.receipts[purchase.id],
        record=refund,
        who=who,
        shown=" ".join(
            [_money(purchase.id, rest, refund), *(_money(each.id, unapplied(each), refund) for each in free)]
        ),
    )


def _money(record_id: str, rest: Decimal, refund: Receipt) -> str:
    return f"{record_id} {rest.normalize()} {refund.payment.currency}"


def _words(refund: Receipt, rest: Decimal, who: str, halves: Sequence[str]) -> str:
    currency = refund.payment.currency
    to = f" to {who}" if who else ""
    return (
        f"The refund{to} of {with_currency(-refund.payment.amount, currency)}{dated(refund)} is money out in QuickBooks that is not joined to "
        f"what it gives back; {with_currency(rest, currency)} of it is open. So is {' and '.join(halves)}. Both stay in the ageing of "
        "receivables, and in reports on a cash basis, until they are joined, which QuickBooks' API cannot do."
    )


def _clicks(refund: Receipt, who: str, halves: Sequence[str]) -> str:
    expense = f"the Expense of {with_currency(-refund.payment.amount, refund.payment.currency)}{dated(refund)}"
    return (
        f"In QuickBooks choose + New, then Receive payment, and {who or 'the customer'}. Under Outstanding Transactions tick {expense}; "
        f"under Credits tick {halves[0]}. The amount received must be 0.00. Save and close. This closes by itself once the two are joined."
    )


def _called(payment: Snapshot) -> str:
    record = payment.record
    assert isinstance(record, Receipt)
    currency = record.payment.currency
    return f"the payment of {with_currency(record.payment.amount, currency)}{dated(record)} ({with_currency(unapplied(payment), currency)} unapplied)"
