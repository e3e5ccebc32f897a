"""Money out that evens out an unapplied payment of its customer: the two are open in QuickBooks until somebody joins them (R5).

QuickBooks' API cannot join them (docs/quickbooks.md 9.5), and two open lines spoil the ageing of receivables and reports on a
cash basis. The pair is named with the clicks that join it, and the item ends by itself once that is done, or one of the two
is gone. Whoever closes it is not told of the same again.
"""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from app.domain.model.currencies import with_currency
from app.domain.model.days import day_in_words
from app.domain.model.links import LinkState
from app.domain.model.records import Contact, Kind, Receipt, Side, Snapshot, evened_out
from app.domain.planning.labels import contact_name, label_of
from app.storage.database import Transaction
from app.storage.people import attention
from app.storage.records import links, mirrors
from app.sync.context import TurnContext

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
    connection, now = context.connection_id, context.clock.now()
    found = await mirrors.load(tx, connection, Side.QUICKBOOKS, Kind.RECEIPT, purchases)
    pairs = await links.of_records(tx, connection, Kind.RECEIPT, Side.QUICKBOOKS, found)
    refunds = {pair.quickbooks_id: pair.oncord_id for pair in pairs if pair.state is LinkState.LIVE}
    owners = {str(s.record.contact_id) for s in found.values() if isinstance(s.record, Receipt)}
    money = await mirrors.of_contacts(tx, connection, Side.QUICKBOOKS, Kind.RECEIPT, owners) if owners else []
    people = await mirrors.load(tx, connection, Side.QUICKBOOKS, Kind.CONTACT, owners)
    settled: list[str] = []
    for purchase_id in sorted(purchases):
        purchase = found.get(purchase_id)
        rest = open_of(purchase, money) if purchase_id in refunds else _ZERO
        if purchase is None or not rest:
            settled.append(f"{_KEY}{purchase_id}")
        else:
            await _say(context, tx, refunds[purchase_id], purchase, rest, money, people)
    await attention.settle(tx, connection, settled, reason="It is joined, or gone.", now=now)


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


async def _say(
    context: TurnContext,
    tx: Transaction,
    refund_id: str,
    purchase: Snapshot,
    rest: Decimal,
    money: Sequence[Snapshot],
    people: Mapping[str, Snapshot],
) -> None:
    refund = purchase.record
    assert isinstance(refund, Receipt)
    customer = people.get(str(refund.contact_id))
    who = contact_name(customer.record) if customer is not None and isinstance(customer.record, Contact) else ""
    same = [p for p in money if isinstance(p.record, Receipt) and p.record.contact_id == refund.contact_id]
    halves = [_called(payment) for payment in same if unapplied(payment)]
    if not halves:
        await attention.settle(
            tx,
            context.connection_id,
            [f"{_KEY}{purchase.id}"],
            reason="There is nothing to join it to.",
            now=context.clock.now(),
        )
        return
    summary, advice = _words(refund, rest, who, halves), _clicks(refund, who, halves)
    if await attention.was_let_be(tx, context.connection_id, f"{_KEY}{purchase.id}", summary):
        return
    await attention.open_item(
        tx,
        context.connection_id,
        item_id=context.ids.new("att"),
        key=f"{_KEY}{purchase.id}",
        kind=ITEM,
        rule=_RULE,
        summary=summary,
        advice=advice,
        side=Side.ONCORD,
        record_kind=Kind.RECEIPT,
        record_id=refund_id,
        detail={},
        actions=("dismiss",),
        run_id=context.run_id,
        subject=label_of(Side.ONCORD, Kind.RECEIPT, refund, who),
        now=context.clock.now(),
    )


def _words(refund: Receipt, rest: Decimal, who: str, halves: Sequence[str]) -> str:
    currency = refund.payment.currency
    to = f" to {who}" if who else ""
    return (
        f"The refund{to} of {with_currency(-refund.payment.amount, currency)}{_dated(refund)} is money out in QuickBooks that is not joined to "
        f"what it gives back; {with_currency(rest, currency)} of it is open. So is {' and '.join(halves)}. Both stay in the ageing of "
        "receivables, and in reports on a cash basis, until they are joined, which QuickBooks' API cannot do."
    )


def _clicks(refund: Receipt, who: str, halves: Sequence[str]) -> str:
    expense = f"the Expense of {with_currency(-refund.payment.amount, refund.payment.currency)}{_dated(refund)}"
    return (
        f"In QuickBooks choose + New, then Receive payment, and {who or 'the customer'}. Under Outstanding Transactions tick {expense}; "
        f"under Credits tick {halves[0]}. The amount received must be 0.00. Save and close. This closes by itself once the two are joined."
    )


def _called(payment: Snapshot) -> str:
    record = payment.record
    assert isinstance(record, Receipt)
    currency = record.payment.currency
    return f"the payment of {with_currency(record.payment.amount, currency)}{_dated(record)} ({with_currency(unapplied(payment), currency)} unapplied)"


def _dated(record: Receipt) -> str:
    return f" of {day_in_words(record.date)}" if record.date else ""
