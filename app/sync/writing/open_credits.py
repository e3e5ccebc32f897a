"""What a sale that was cancelled (S5), or came to less after its invoice was locked (B1), has left with its customer is named:
credit of it that is open, since the sale had been paid; or, of an adjustment whose credit was used by then, what its customer owes.

Said when the sale, its document or the one beside that was looked at; it closes by itself once that is used up or paid.
"""

from collections.abc import Iterator, Sequence

from app.domain.model.currencies import with_currency
from app.domain.model.days import day_in_words
from app.domain.model.link_part import CANCELLATION
from app.domain.model.links import Link, LinkState
from app.domain.model.records import Contact, Kind, Sale, Side, Snapshot, is_void
from app.domain.model.refund_answers import PAY_IT_BACK
from app.domain.planning.labels import contact_name, label_of
from app.domain.sales.cancelled import open_of
from app.domain.sales.pay_back import shown_as
from app.storage.changes.change_queue import PendingChange
from app.storage.database import Transaction
from app.storage.people import attention, refund_answers
from app.sync.context import TurnContext
from app.sync.unlinked_refunds import refunds_on_their_way
from app.sync.writing.memory import Memory

ITEM = refund_answers.OPEN_CREDIT
_PAY_BACK = (
    "Pay it back: the refund is recorded in Oncord and in QuickBooks, from the account of the configuration (or the one that is said with "
    "the answer), and joined to the credit memo; you send the money yourself. Or"
)
_THERE = "Pay it back in QuickBooks against the credit memo; or"
_ADVICE = (
    "{first} apply the credit memo to another invoice of the customer in QuickBooks; or leave it as it is, for the customer's next order. "
    "This closes by itself once the credit is used up."
)
_OWED = (
    "Ask the customer to pay the invoice, or write it off with an adjustment for it in QuickBooks; or leave it as it is. This closes by "
    "itself once the invoice is paid."
)


async def say_open_credits(
    context: TurnContext, tx: Transaction, rows: Sequence[PendingChange], memory: Memory
) -> None:
    """Tell a person of the credit that cancelled sales among these have left open, and close what is used up."""
    beside = sorted(_credits(rows, memory), key=lambda found: found[1].id)
    if not beside:
        return
    sale_ids, now = [sale_id for sale_id, _ in beside], context.clock.now()
    answered = await refund_answers.standing(tx, context.connection_id, ITEM)
    said = {(each.record_id, each.shown) for each in answered}
    going = await refunds_on_their_way(tx, context.connection_id, sale_ids)
    settled: dict[str, str] = {}
    for sale_id, link in beside:
        sale, memo = (memory.snapshots.get(key) for key in _pair(sale_id, link.quickbooks_id))
        if sale is None or memo is None:
            continue
        gone = memo.deleted or link.state is not LinkState.LIVE
        words = _words(memory, link, sale.record, None if gone else memo.record)
        if not words or sale_id in going:
            settled[f"{ITEM}:{link.quickbooks_id}"] = sale_id
        elif isinstance(memo.record, Sale) and (sale_id, shown_as(memo.id, memo.record)) not in said:
            await _say(context, tx, link, sale, memo, memo.record, words, _person(memory, sale.record))
    reason = "The credit is used up, paid back, or gone."
    await attention.settle(tx, context.connection_id, list(settled), reason=reason, now=now)
    await refund_answers.overtake(tx, context.connection_id, Kind.SALE, list(settled.values()), now)


async def _say(
    context: TurnContext,
    tx: Transaction,
    link: Link,
    sale: Snapshot,
    memo: Snapshot,
    credit: Sale,
    words: str,
    person: str,
) -> None:
    """Open the item about the credit of one document, unless somebody has let just this be."""
    shown = shown_as(memo.id, credit)
    if await attention.was_let_be(tx, context.connection_id, f"{ITEM}:{memo.id}", words, shown):
        return
    cancelled, owed = link.part is CANCELLATION, credit.type == "sale"
    await refund_answers.overtake(tx, context.connection_id, Kind.SALE, [sale.id], context.clock.now())
    await attention.open_item(
        tx,
        context.connection_id,
        item_id=context.ids.new("att"),
        key=f"{ITEM}:{memo.id}",
        kind=ITEM,
        rule="S5" if cancelled else "B1",
        summary=words,
        advice=_OWED if owed else _ADVICE.format(first=_PAY_BACK if cancelled else _THERE),
        side=Side.ONCORD,
        record_kind=Kind.SALE,
        record_id=sale.id,
        detail={"shown": shown, "currency": credit.money.currency},
        actions=(PAY_IT_BACK, "dismiss") if cancelled and not owed else ("dismiss",),
        run_id=context.run_id,
        subject=label_of(Side.ONCORD, Kind.SALE, sale.record, person),
        now=context.clock.now(),
    )


def _credits(rows: Sequence[PendingChange], memory: Memory) -> Iterator[tuple[str, Link]]:
    """The sales among some changed records that have documents beside their invoice, with each of these."""
    for row in rows:
        if row.kind is Kind.SALE:
            sales = [row.id] if row.side is Side.ONCORD else [x.oncord_id for x in memory.links.parts(row.key)]
            for sale_id in sales:
                link = memory.links.cancellation(sale_id)
                known = [*([link] if link is not None else ()), *memory.links.differences(sale_id)]
                yield from ((sale_id, each) for each in known)


def _pair(sale_id: str, memo_id: str) -> tuple[tuple[Side, Kind, str], tuple[Side, Kind, str]]:
    return (Side.ONCORD, Kind.SALE, sale_id), (Side.QUICKBOOKS, Kind.SALE, memo_id)


def _words(memory: Memory, link: Link, sale: object, memo: object) -> str:
    """What is open, and of what; "" where nothing is."""
    if not isinstance(sale, Sale) or not isinstance(memo, Sale) or memo.type == sale.type or memo.voided:
        return ""
    if memo.type == "sale":
        return _owed(memory, link, sale, memo)
    cancelled, left = link.part is CANCELLATION, open_of(memo)
    if left <= 0 or (cancelled and not is_void(sale)):
        return ""
    currency = memo.money.currency
    total, rest = (with_currency(amount, currency) for amount in (memo.money.total, left))
    who = _person(memory, sale) or "the customer"
    called = f"credit memo {memo.number}".rstrip()
    day = f" of {day_in_words(memo.date)}" if memo.date else ""
    happened = f"was cancelled in Oncord after it was paid. Its invoice and what paid it stay in QuickBooks, and {called}{day} over"
    does = "takes the invoice back"
    if not cancelled:
        happened = (
            f"came to less in Oncord after its invoice was paid. That stays in QuickBooks, and {called}{day} over"
        )
        does = "is over the difference"
    return f"The sale {happened} {total} {does}. {rest} of that is {who}'s credit, which is open."


def _owed(memory: Memory, link: Link, sale: Sale, invoice: Sale) -> str:
    """What a customer owes whose adjustment was taken back, or came to less, after its credit had been used; "" for nothing."""
    cancelled, left = link.part is CANCELLATION, invoice.money.total - invoice.paid
    if left <= 0 or (cancelled and not is_void(sale)):
        return ""
    total, rest = (with_currency(amount, invoice.money.currency) for amount in (invoice.money.total, left))
    day = f" of {day_in_words(invoice.date)}" if invoice.date else ""
    called = f"invoice {invoice.number}".rstrip()
    happened, does = ("was cancelled", "takes it back") if cancelled else ("came to less", "is over the difference")
    return (
        f"The adjustment {happened} in Oncord after its credit was used. Its credit memo stays in QuickBooks, and {called}{day} over "
        f"{total} {does}. {rest} of that is open, and {_person(memory, sale) or 'the customer'} owes it."
    )


def _person(memory: Memory, sale: object) -> str:
    contact = (
        memory.snapshots.get((Side.ONCORD, Kind.CONTACT, str(sale.contact_id))) if isinstance(sale, Sale) else None
    )
    record = contact.record if contact is not None else None
    return contact_name(record) if isinstance(record, Contact) else ""
