"""What a sale that was cancelled (S5), or came to less after its invoice was locked (B1), has left with its customer is named:
credit of it that is open, since the sale had been paid.

Said when the sale, its invoice or the credit memo was looked at; it closes by itself once the credit is used up or paid back.
"""

from collections.abc import Iterator, Sequence

from app.domain.model.currencies import with_currency
from app.domain.model.days import day_in_words
from app.domain.model.link_part import CANCELLATION
from app.domain.model.links import Link, LinkState
from app.domain.model.records import Contact, Kind, Sale, Side, is_void
from app.domain.planning.labels import contact_name, label_of
from app.storage.changes.change_queue import PendingChange
from app.storage.database import Transaction
from app.storage.people import attention
from app.sync.context import TurnContext
from app.sync.writing.memory import Memory

ITEM = "open_credit"
_ADVICE = (
    "Pay it back in QuickBooks against the credit memo; or apply the credit memo to another invoice of the customer there; or leave "
    "it as it is, for the customer's next order. This closes by itself once the credit is used up."
)


async def say_open_credits(
    context: TurnContext, tx: Transaction, rows: Sequence[PendingChange], memory: Memory
) -> None:
    """Tell a person of the credit that cancelled sales among these have left open, and close what is used up."""
    settled: list[str] = []
    for sale_id, link in sorted(_credits(rows, memory), key=lambda found: found[1].id):
        memo_id = link.quickbooks_id
        sale, memo = (memory.snapshots.get(key) for key in _pair(sale_id, memo_id))
        if sale is None or memo is None:
            continue
        gone = memo.deleted or link.state is not LinkState.LIVE
        words = _words(memory, link, sale.record, None if gone else memo.record)
        if not words:
            settled.append(f"{ITEM}:{memo_id}")
            continue
        if await attention.was_let_be(tx, context.connection_id, f"{ITEM}:{memo_id}", words):
            continue
        await attention.open_item(
            tx,
            context.connection_id,
            item_id=context.ids.new("att"),
            key=f"{ITEM}:{memo_id}",
            kind=ITEM,
            rule="S5" if link.part is CANCELLATION else "B1",
            summary=words,
            advice=_ADVICE,
            side=Side.ONCORD,
            record_kind=Kind.SALE,
            record_id=sale_id,
            detail={},
            actions=("dismiss",),
            run_id=context.run_id,
            subject=label_of(Side.ONCORD, Kind.SALE, sale.record, _person(memory, sale.record)),
            now=context.clock.now(),
        )
    await attention.settle(
        tx, context.connection_id, settled, reason="The credit is used up, or gone.", now=context.clock.now()
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
    if not isinstance(sale, Sale) or not isinstance(memo, Sale) or memo.type != "adjustment" or memo.voided:
        return ""
    cancelled, left = link.part is CANCELLATION, memo.money.total - memo.paid
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


def _person(memory: Memory, sale: object) -> str:
    contact = (
        memory.snapshots.get((Side.ONCORD, Kind.CONTACT, str(sale.contact_id))) if isinstance(sale, Sale) else None
    )
    record = contact.record if contact is not None else None
    return contact_name(record) if isinstance(record, Contact) else ""
