"""One stage of a plan: its bodies are rendered and committed before the first of them leaves, then batch after batch.

After every batch the answers are committed: mirrors, links, bases, operations.
"""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.model.exchange import (
    ABSENT,
    MOVED,
    Batch,
    Document,
    OutcomeState,
    Prepared,
    Write,
)
from app.domain.model.link_part import PRIMARY, format_part, stays_in_oncord
from app.domain.model.operations import Action, Operation
from app.domain.model.records import (
    Kind,
    Record,
    Sale,
    Side,
)
from app.domain.model.waiting import ANY_CHANGE
from app.domain.planner import Stage
from app.domain.planning.particulars import particulars
from app.storage.runs import operations
from app.storage.runs.operations import StoredOperation
from app.sync.context import TurnContext
from app.sync.ports import SyncSide
from app.sync.writing.answers import Progress, judge, refused
from app.sync.writing.ask import ask
from app.sync.writing.compensate import (
    keep,
    new_row,
    note_bodies,
    taking_back,
)
from app.sync.writing.memory import Memory
from app.sync.writing.outcomes import settle
from app.sync.writing.particulars import surroundings
from app.sync.writing.references import resolved
from app.sync.writing.replays import recognised
from app.sync.writing.restore import settled

_Rows = dict[str, tuple[int, StoredOperation]]
"""Operation rows by id, each with the index of the entry that it belongs to."""


class Unfinished(Exception):
    """Some writes got no answer; they stay committed and are settled first thing in the next turn."""


async def carry_out_stage(context: TurnContext, stage: Stage, progress: Progress) -> None:
    """Render what a stage writes, commit it, send it, and take back what came out a cent wrong.

    Raises `Unfinished` where answers are missing.
    """
    writes = [(index, o) for index, o in stage.operations if o.action.writes]
    if not writes:
        return
    rows: _Rows = {}
    prepared = await _prepare(context, writes, progress, rows)
    rendered = await _render(context, context.sides[writes[0][1].side], prepared, progress, rows)
    rendered = _with_the_rest(context, rendered, prepared, progress, rows)
    await _commit(context, rows, rendered.batches[:1])
    unknown = await _send_all(context, rendered.batches, rows, progress)
    unknown += await _take_back(context, progress)
    if unknown:
        raise Unfinished(f"{unknown} writes got no answer of their own")


async def _prepare(
    context: TurnContext, writes: Sequence[tuple[int, Operation]], progress: Progress, rows: _Rows
) -> list[Write]:
    """An operation row for every write; answers those whose turn it is, with what they refer to and build upon."""
    side, kind = writes[0][1].side, writes[0][1].kind
    documents_needed = [o.target_id for _, o in writes if o.target_id and context.sides[side].needs_document(o)]
    documents = await _documents(context, side, kind, documents_needed)
    around = await surroundings(context, [operation for _, operation in writes], progress.memory)
    prepared: list[Write] = []
    for index, operation in writes:
        stored = new_row(context, operation, progress.sequence, "prepared")
        progress.sequence += 1
        rows[stored.id] = (index, stored)
        record, missing = resolved(operation.record, operation.side, progress.memory.links, progress.memory.created)
        disposition = progress.dispositions[index]
        if operation.takes_away and (disposition.park or disposition.again or disposition.wait):
            stored.state, stored.message = "waiting", "It waits until what had to go first is gone."
            continue
        is_gone = operation.target_id in documents_needed and operation.target_id not in documents
        if is_gone and operation.action is not Action.DELETE:  # of which nothing is left to do then
            # Deleted since it was last read: read again, and planned anew by the rules for what is gone.
            stored.state, stored.message = "gone", "It is not there any more."
            progress.stale.add((side, kind, operation.target_id))
            disposition.wait, disposition.again = stored.message, True
            continue
        if missing is not None:
            stored.state, stored.message = "waiting", f"It waits until its {missing.kind} is there."
            # What it refers to is made by this very plan: once that has gone through, it can be planned again at once.
            disposition.wait, disposition.again = stored.message, True
            continue
        write = Write(
            operation_id=stored.id,
            operation=replace(operation, expected_version=_version(operation, progress.memory)),
            record=record,
            document=documents.get(operation.target_id),
            base=_base(operation, progress.memory),
            external_ref=_external_ref(context, operation),
            particulars=particulars(operation, around),
            spell_out=(side, kind, operation.target_id) in context.spelt_out,
            at=context.clock.now(),
            books_url=_page(context, operation, progress.memory),
        )
        stored.external_ref = write.external_ref
        if operation.action is Action.DELETE:
            stored.document = write.document  # as it is returned, for whoever asks later what was deleted
        prepared.append(write)
    return prepared


async def _render(
    context: TurnContext, side: SyncSide, prepared: Sequence[Write], progress: Progress, rows: _Rows
) -> Prepared:
    """The bodies, noted in the operation rows; what cannot be written as it is is refused before it leaves."""
    await context.hold()
    await side.ready(prepared)
    rendered = side.prepare(prepared)
    if any(refusal.code == ABSENT for refusal in rendered.refused):  # it may be there by now: what was read is kept
        await context.hold()
        await side.facts()
        await side.ready(
            prepared
        )  # what they depend on may be more by now: the rates of currencies that it did not keep
        rendered = side.prepare(prepared)
    for row_id, note in rendered.notes.items():
        noted = rows[row_id][1]
        noted.operation = replace(noted.operation, reason=f"{noted.operation.reason} {note}")
    for refusal in rendered.refused:
        index, stored = rows[refusal.operation_id]
        if refusal.code == MOVED:
            _look_once_more(progress, index, stored, refusal.message)
            continue
        stored.state, stored.code, stored.message = "refused", refusal.code, refusal.message
        stored.advice = refusal.advice
        if (
            not stored.operation.answers or stored.operation.locked is not None
        ):  # otherwise the decision goes back to its person, and nothing is laid aside
            refused(progress, index, stored.operation, refusal.message)
    note_bodies({row_id: stored for row_id, (_, stored) in rows.items()}, rendered.batches)
    return rendered


def _look_once_more(progress: Progress, index: int, stored: StoredOperation, why: str) -> None:
    """A document says something that its mirror did not: it is read again, and planned anew."""
    operation, disposition = stored.operation, progress.dispositions[index]
    stored.state, stored.message = "stale", why
    progress.stale.add((operation.side, operation.kind, operation.target_id))
    disposition.wait, disposition.again = why, True


def _with_the_rest(
    context: TurnContext, rendered: Prepared, prepared: Sequence[Write], progress: Progress, rows: _Rows
) -> Prepared:
    """What else was to be written to documents whose amounts were refused: the part that can go goes."""
    refused_ids = {refusal.operation_id for refusal in rendered.refused}
    rest: list[Write] = []
    for write in prepared:
        without_money = _without_money(write, progress.memory) if write.operation_id in refused_ids else None
        if without_money is None:
            continue
        index = rows[write.operation_id][0]
        stored = new_row(context, without_money, progress.sequence, "prepared")
        progress.sequence += 1
        rows[stored.id] = (index, stored)
        rest.append(replace(write, operation_id=stored.id, operation=without_money, record=without_money.record))
    if not rest:
        return rendered
    more = context.sides[rest[0].operation.side].prepare(rest)
    note_bodies({row_id: stored for row_id, (_, stored) in rows.items()}, more.batches)
    for refusal in more.refused:
        rows[refusal.operation_id][1].state, rows[refusal.operation_id][1].message = "refused", refusal.message
    return Prepared((*rendered.batches, *more.batches), rendered.refused)


def _without_money(write: Write, memory: Memory) -> Operation | None:
    """The update of a document as it is without the change of its amounts; None where nothing else was to be written."""
    operation = write.operation
    others = tuple(field for field in operation.fields if field != "money")
    if operation.action is not Action.UPDATE or operation.kind is not Kind.SALE:
        return None
    if not others or len(others) == len(operation.fields):
        return None
    held = memory.snapshots.get((operation.side, operation.kind, operation.target_id))
    if held is None or not isinstance(held.record, Sale) or not isinstance(write.record, Sale):
        return None
    record = replace(write.record, money=held.record.money)
    disagreements = tuple(d for d in operation.disagreements if d.field in others)
    return replace(operation, fields=others, record=record, disagreements=disagreements)


async def _commit(context: TurnContext, rows: _Rows, leaving: Sequence[Batch]) -> None:
    """What is committed here counts as sent (law 4); the batch that leaves next is noted as that."""
    stored_rows = [stored for _, stored in rows.values()]
    for operation_id in _in(leaving):
        rows[operation_id][1].state = "sent"
    async with context.transaction() as tx:
        await operations.add(tx, context.connection_id, stored_rows, context.lease.epoch, context.clock.now())
        for stored in stored_rows:
            if stored.state == "refused" and not await settled(context, tx, stored):
                context.counters.add("refused")
                await ask(context, tx, stored.operation, kind="refused", summary=stored.message, advice=stored.advice)


async def _documents(context: TurnContext, side: Side, kind: Kind, ids: Sequence[str]) -> dict[str, Document]:
    if not ids:
        return {}
    await context.hold()
    return dict(await context.sides[side].documents(kind, ids))


def _in(batches: Sequence[Batch]) -> list[str]:
    return [item.operation_id for batch in batches for item in batch.items]


async def _send_all(context: TurnContext, batches: Sequence[Batch], rows: _Rows, progress: Progress) -> int:
    """Send batches one after the other, the first of which is noted as leaving; answers how many writes got no answer."""
    unknown = 0
    for place, batch in enumerate(batches):
        unknown += await _send(context, batch, rows, progress, batches[place + 1 : place + 2])
    return unknown


async def _send(context: TurnContext, batch: Batch, rows: _Rows, progress: Progress, following: Sequence[Batch]) -> int:
    """Send one batch and remember what was answered; with that it is noted that the `following` one leaves."""
    stored = {item.operation_id: rows[item.operation_id][1] for item in batch.items}
    await context.hold()
    outcomes = await context.within_lease(context.sides[batch.side].send(batch))
    answered = [(stored[o.operation_id], o) for o in outcomes if o.operation_id in stored]
    answered = await recognised(context, progress.memory, answered)
    undone = taking_back(context, answered, progress.sequence)
    async with context.transaction() as tx:
        await settle(context, tx, progress.memory, answered, _in(following))
        await keep(context, tx, undone)
        for one, outcome in answered:
            await judge(context, tx, one, outcome, progress, rows[one.id][0])
    progress.sequence += len(undone.rows)
    progress.to_take_back += undone.batches
    progress.taken_back |= {row.id: (rows[create_id][0], row) for create_id, row in undone.rows.items()}
    return len(batch.items) - sum(o.state is not OutcomeState.UNKNOWN for _, o in answered)


async def _take_back(context: TurnContext, progress: Progress) -> int:
    """Delete what was just created and came out a cent wrong; answers how many deletes got no answer."""
    batches, rows = progress.to_take_back, progress.taken_back
    progress.to_take_back, progress.taken_back = [], {}
    if batches:
        async with context.transaction() as tx:
            await operations.mark_sent(tx, context.connection_id, _in(batches[:1]), context.clock.now())
    unknown = await _send_all(context, batches, rows, progress)
    for index, row in rows.values():
        disposition = progress.dispositions[index]
        disposition.again, disposition.wait = False, ""
        disposition.park, disposition.waits_for = row.operation.reason, ANY_CHANGE
        disposition.refused = True
    return unknown


def _version(operation: Operation, memory: Memory) -> str:
    """The newest version we know: an earlier write of this very run may have moved it on."""
    snapshot = memory.snapshots.get((operation.side, operation.kind, operation.target_id))
    return snapshot.version if snapshot is not None else operation.expected_version


def _base(operation: Operation, memory: Memory) -> Record | None:
    link = memory.links.live((operation.side, operation.kind, operation.target_id)) if operation.target_id else None
    return link.base_on(operation.side) if link else None


def _page(context: TurnContext, operation: Operation, memory: Memory) -> str:
    """Where people find the record of the books that a write to Oncord is about: the first of several."""
    if operation.side is not Side.ONCORD or stays_in_oncord(operation.part):
        return ""
    first = memory.links.live((operation.side, operation.kind, operation.target_id)) if operation.target_id else None
    counterpart_id = first.quickbooks_id if first is not None else operation.source_id
    counterpart = memory.snapshots.get((Side.QUICKBOOKS, operation.kind, counterpart_id))
    return context.sides[Side.QUICKBOOKS].page_of(counterpart) if counterpart is not None else ""


def _external_ref(context: TurnContext, operation: Operation) -> str:
    if operation.action is not Action.CREATE:
        return ""
    source = operation.side.other
    whose = context.identity[source] if source is Side.QUICKBOOKS else context.connection_id
    parts = [source.value, whose, operation.kind.value, operation.source_id]
    if operation.part is not PRIMARY:
        parts.append(format_part(operation.part))
    if operation.generation:
        parts.append(f"g{operation.generation}")
    return ":".join(parts)
