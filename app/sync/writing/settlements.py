"""When a run has ended: what QuickBooks has settled in a way that is no receipt is named, said to a person, and shown on
the sale in Oncord; and so is what it shows less as settled than payments and receipts pay.

Only what has moved since the last run is compared, from the mirrors; the cause of a new difference is asked of
QuickBooks in bulk. What was said already is neither asked nor written again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain.guards.read_budget import Pace
from app.domain.model.currencies import with_currency
from app.domain.model.days import day_in_words
from app.domain.model.operations import Label, Operation
from app.domain.model.records import Contact, Kind, Sale, Side, is_void
from app.domain.model.write_fields import BooksMark, BooksStatus
from app.domain.planner import Plan, PlanEntry
from app.domain.planning.labels import contact_name, label_of
from app.domain.planning.link_index import LinkIndex
from app.domain.planning.plan_input import ChangedRecord, Key
from app.domain.planning.writes import update
from app.domain.settlement import otherwise
from app.domain.settlement.causes import BEYOND, OF_PAYMENTS, ZERO, Cause, Part, SettledBy, summed
from app.domain.settlement.whole import as_one
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.storage.database import Transaction
from app.storage.people import attention
from app.storage.records import marks, mirrors, settled_otherwise
from app.storage.records.settled_otherwise import Compared
from app.storage.runs import operations
from app.sync.context import TurnContext
from app.sync.writing.answers import Disposition, Progress
from app.sync.writing.applied_payments import moved_unheard
from app.sync.writing.memory import Memory
from app.sync.writing.stages import carry_out_stage

CHUNK = 300
_RULE = "S5"
_ITEM = "settled_otherwise"


@dataclass(frozen=True, slots=True)
class _Settlement:
    """One document with what was found out about it."""

    document: Compared
    invoice: Sale
    sale: Sale
    parts: tuple[Part, ...]
    asked: tuple[Part, ...]
    """The parts that no other item tells a person of."""


async def compare_settlements(context: TurnContext) -> bool:
    """Compare what is due. Answers whether that was all, within the turn; what could not be told stays due.

    Raises `Unfinished` where answers are missing, and the connection-wide errors of `app.errors`.
    """
    after: Key | None = None
    while True:
        async with context.reading() as tx:
            keys = await settled_otherwise.claim(tx, context.connection_id, after=after, limit=CHUNK)
            compared = await settled_otherwise.compare(tx, context.connection_id, keys) if keys else []
        if not keys:
            return True
        after = keys[-1]
        settled_by = await _ask_the_books(context, compared)
        settlements, later = await _looked_at(context, compared, settled_by)
        await _remember(context, compared, settlements)
        later += await _tell_oncord(context, settlements)
        async with context.transaction() as tx:
            await settled_otherwise.done(tx, context.connection_id, keys)
            await settled_otherwise.note_due(
                tx, context.connection_id, [(Side.QUICKBOOKS, Kind.SALE, i) for i in later]
            )
        if context.time_is_up():
            return False


async def _ask_the_books(context: TurnContext, compared: Sequence[Compared]) -> Mapping[str, SettledBy] | None:
    """The causes of differences that are new or have moved, in bulk; None near the end of the month's reads."""
    new = [each.quickbooks_id for each in compared if _is_new(each)]
    if not new:
        return {}
    async with context.reading() as tx:
        pace = await context.pace(tx)
    if pace is not Pace.FREE:
        return None
    await context.hold()
    return await context.sides[Side.QUICKBOOKS].settled_by(new)


def _pair(document: Compared) -> tuple[Sale, Sale] | None:
    """The invoice, as one with the documents over later differences (B1), and the sale of a document where both are there."""
    invoice = document.invoice.record if document.invoice is not None else None
    sale = document.sale.record if document.sale is not None else None
    return (as_one(invoice, document.beside), sale) if isinstance(invoice, Sale) and isinstance(sale, Sale) else None


def _paid_alone(document: Compared) -> Decimal | None:
    """What the mirror holds as paid of the document itself."""
    invoice = document.invoice.record if document.invoice is not None else None
    return invoice.paid if isinstance(invoice, Sale) else None


def _kept(document: Compared) -> tuple[Part, ...]:
    """What was named before of that which is no payment."""
    return tuple(p for p in document.named_parts or () if p.cause not in BEYOND | OF_PAYMENTS)


def _not_shown(document: Compared) -> tuple[Part, ...]:
    """What was named before of that which payments pay beyond what the document shows as settled."""
    return tuple(part for part in document.named_parts or () if part.cause is Cause.NOT_SHOWN)


def _difference(document: Compared) -> Decimal:
    pair = _pair(document)
    return otherwise.difference(pair[0], document.applied) if pair else ZERO


def _is_new(document: Compared) -> bool:
    """Whether the document has a difference that was not named yet. One of payments beyond what it shows counts once it was
    read as late as they were."""
    amount, kept = _difference(document), _kept(document)
    if amount < 0:
        return document.read_since and summed(_not_shown(document)) != -amount
    return amount > 0 and (summed(kept) != amount or any(part.cause is Cause.UNNAMED for part in kept))


async def _looked_at(
    context: TurnContext, compared: Sequence[Compared], settled_by: Mapping[str, SettledBy] | None
) -> tuple[list[_Settlement], list[str]]:
    """What each document comes to, and those that have to be looked at again: a payment of theirs was not read yet, or
    the reads of the month are short."""
    unread, rows = await _payments_in_sight(context, compared, settled_by)
    beyond = [each for each in compared if settled_by is not None and _is_new(each) and _difference(each) < 0]
    moved, missing = await moved_unheard(
        context, {a.id for each in beyond for a in each.applied if a.side is Side.QUICKBOOKS}
    )
    unread |= missing
    settlements, later, outdated = list[_Settlement](), list[str](), list[str]()
    for document in compared:
        pair = _pair(document)
        if pair is None:
            continue
        known = (settled_by or {}).get(document.quickbooks_id)
        settled = known or SettledBy()
        concerned = {*settled.payments, *(a.id for a in document.applied)}
        if (settled.paid is not None and settled.paid != _paid_alone(document)) or (
            document in beyond and known is None
        ):
            outdated.append(document.quickbooks_id)  # it has moved since it was read, and is read again first
        elif concerned & (unread | moved) or (settled_by is None and _is_new(document)):
            later.append(document.quickbooks_id)
        else:
            settlements.append(_settlement(document, *pair, settled, rows))
    await _read_again(context, unread, outdated)
    return settlements, [*later, *outdated]


async def _payments_in_sight(
    context: TurnContext, compared: Sequence[Compared], settled_by: Mapping[str, SettledBy] | None
) -> tuple[set[str], dict[tuple[Side, str], bool]]:
    """The payments that settle one of these documents and were never read; and the receipts and payments of them that are
    still to be looked at, each with whether it is laid aside."""
    applied = [each for document in compared for each in document.applied]
    named = {i for each in (settled_by or {}).values() for i in each.payments}
    unread = named - {each.id for each in applied if each.side is Side.QUICKBOOKS}
    keys = sorted({(each.side, Kind.RECEIPT, each.id) for each in applied})
    async with context.reading() as tx:
        mirrored = await mirrors.load(tx, context.connection_id, Side.QUICKBOOKS, Kind.RECEIPT, unread)
        rows = await change_queue.load(tx, context.connection_id, keys)
    return unread - mirrored.keys(), {(row.side, row.id): row.parked for row in rows}


def _settlement(
    document: Compared, invoice: Sale, sale: Sale, settled: SettledBy, rows: Mapping[tuple[Side, str], bool]
) -> _Settlement:
    """What one document comes to; `rows`: what pays it and is still to be looked at, with whether it is laid aside, so that
    a person is told of it anyway."""
    amount = otherwise.difference(invoice, document.applied)
    parts = _kept(document)
    if amount < 0:
        parts = _not_shown(document)
        if _is_new(document):
            parts = (otherwise.not_shown(-amount, document.applied, settled.payments),)
    elif _is_new(document) or amount == 0:
        parts = otherwise.named(amount, settled.parts)
    applied = [
        a for a in document.applied if not (a.cancelled and is_void(sale))
    ]  # it is what that very credit takes back
    single = otherwise.without_receipt(applied)
    waiting = {key for key, parked in rows.items() if parked}
    alone = otherwise.without_receipt(a for a in applied if (a.side, a.id) not in waiting and not a.stays)
    of_pairs = otherwise.receipts_that_pay_more(sale, invoice, document.applied, rows) if amount == 0 else ()
    return _Settlement(document, invoice, sale, (*parts, *single, *of_pairs), (*parts, *alone))


async def _read_again(context: TurnContext, payments: set[str], documents: Sequence[str]) -> None:
    rows = [PendingChange(Side.QUICKBOOKS, Kind.RECEIPT, i) for i in sorted(payments)]
    rows += [PendingChange(Side.QUICKBOOKS, Kind.SALE, i) for i in documents]
    if rows:
        async with context.transaction() as tx:
            await change_queue.add(tx, context.connection_id, rows, context.clock.now())


async def _remember(context: TurnContext, compared: Sequence[Compared], settlements: Sequence[_Settlement]) -> None:
    """Keep what was named, and tell a person of what is new; close what is gone."""
    now, connection = context.clock.now(), context.connection_id
    gone = [each.quickbooks_id for each in compared if _pair(each) is None]
    async with context.transaction() as tx:
        people = await _people(context, tx, settlements)
        settled = [f"{_ITEM}:{i}" for i in gone]
        for each in settlements:
            document = each.document
            key = f"{_ITEM}:{document.quickbooks_id}"
            label = label_of(Side.QUICKBOOKS, Kind.SALE, each.invoice, people.get(str(each.sale.contact_id), ""))
            if not each.parts:
                gone.append(document.quickbooks_id)
            elif each.parts != document.named_parts:
                sale_id = document.sale.id if document.sale is not None else ""
                await settled_otherwise.keep(tx, connection, document.quickbooks_id, sale_id, each.parts, now)
            currency = each.invoice.money.currency
            if each.asked and each.parts != document.named_parts:
                words = otherwise.in_words(_called(label), each.asked, currency)
                await _tell(context, tx, each, key, label, words, otherwise.advice(each.asked))
            elif not each.asked:
                settled.append(key)
        await settled_otherwise.forget(tx, connection, gone)
        await attention.settle(tx, connection, settled, reason="Both sides agree again.", now=now)


async def _people(context: TurnContext, tx: Transaction, settlements: Sequence[_Settlement]) -> dict[str, str]:
    owners = {str(each.sale.contact_id) for each in settlements if each.asked}
    contacts = await mirrors.load(tx, context.connection_id, Side.ONCORD, Kind.CONTACT, owners)
    return {i: contact_name(s.record) for i, s in contacts.items() if isinstance(s.record, Contact)}


def _called(label: Label) -> str:
    """A document with its money and its day, as a sentence speaks of it."""
    money = with_currency(label.amount, label.currency) if label.amount is not None else ""
    day = day_in_words(label.date) if label.date else ""
    facts = ", ".join(filter(None, (money, day)))
    name = label.label[:1].lower() + label.label[1:]
    return f"{name} ({facts})" if facts else name


async def _tell(
    context: TurnContext, tx: Transaction, each: _Settlement, key: str, label: Label, summary: str, advice: str
) -> None:
    parts = [{"cause": p.cause, "amount": str(p.amount), "label": p.label} for p in each.asked]
    await attention.open_item(
        tx,
        context.connection_id,
        item_id=context.ids.new("att"),
        key=key,
        kind=_ITEM,
        rule=_RULE,
        summary=summary,
        advice=advice,
        side=Side.ONCORD,
        record_kind=Kind.SALE,
        record_id=each.document.sale.id if each.document.sale is not None else "",
        detail={"parts": parts, "currency": each.invoice.money.currency},
        actions=("dismiss",),
        run_id=context.run_id,
        subject=label,
        now=context.clock.now(),
    )


async def _tell_oncord(context: TurnContext, settlements: Sequence[_Settlement]) -> list[str]:
    """Show on the sales what was settled of them; answers the documents whose sale somebody was just changing."""
    writes = [write for each in settlements if (write := _told(each)) is not None]
    if not writes:
        return []
    async with context.reading() as tx:
        sequence = await operations.next_sequence(tx, context.connection_id, context.run_id)
    held = [s for each in settlements for s in (each.document.sale, each.document.invoice) if s is not None]
    snapshots = {(s.side, s.kind, s.id): s for s in held}
    entries = [PlanEntry(ChangedRecord(Side.QUICKBOOKS, Kind.SALE, o.source_id), (o,)) for o in writes]
    progress = Progress(
        Memory(dict(snapshots), LinkIndex()), entries, [Disposition() for _ in entries], sequence, before=snapshots
    )
    for stage in Plan(tuple(entries)).stages():
        await carry_out_stage(context, stage, progress)
    async with context.transaction() as tx:
        await marks.note_due(tx, context.connection_id, [(o.kind, o.target_id) for o in writes])
    missed = [o for o, disposition in zip(writes, progress.dispositions, strict=True) if disposition.again]
    if missed:  # what was read of them just now has not been looked at
        rows = [PendingChange(o.side, o.kind, o.target_id) for o in missed]
        async with context.transaction() as tx:
            await change_queue.add(tx, context.connection_id, rows, context.clock.now())
    return [o.source_id for o in missed]


def _told(each: _Settlement) -> Operation | None:
    """The write that shows on a sale what was settled of it; None where it says so already, or is void or gone."""
    sale, held = each.sale, each.document.sale
    if held is None or sale.voided or sale.books_status in (BooksStatus.GONE, BooksStatus.VOID):
        return None
    settled = otherwise.settled_there(sale, each.parts, each.document.applied)
    reason = otherwise.reason(otherwise.shown(each.parts, settled=bool(settled)), sale.money.currency)
    waits = sale.books_status in (BooksStatus.WAITING, BooksStatus.REFUSED)  # why it does is shown until then
    if sale.books_settled == settled and (waits or sale.books_reason == reason):
        return None
    words = reason or "What is settled in QuickBooks is what the receipts say again."
    marked_sale = replace(sale, books_settled=settled, books_reason=reason)
    mark = (BooksMark(BooksStatus.LINKED),)
    operation = update(held, each.document.quickbooks_id, marked_sale, _RULE, words, fields=mark)
    return replace(operation, subject=label_of(Side.ONCORD, Kind.SALE, sale))
