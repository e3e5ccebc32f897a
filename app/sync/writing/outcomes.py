"""What an answered write means for our memory: the mirror, the link with its base, and the operation row.

Used after a batch and again when operations of an earlier turn are recovered, so that both remember alike.
"""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.model.description import merged_fields
from app.domain.model.exchange import Outcome, OutcomeState
from app.domain.model.link_part import Difference, referred_to, stands_beside, stays_in_oncord
from app.domain.model.links import Link
from app.domain.model.operations import (
    Action,
    Operation,
)
from app.domain.model.records import (
    Kind,
    Receipt,
    Sale,
    Side,
    Snapshot,
    is_void,
)
from app.domain.model.waiting import OtherRecord
from app.domain.model.write_fields import ACTIVE, FREED, ROOM, UNDO, marks_of
from app.domain.planning.merge import changed_groups
from app.domain.planning.plan_input import Key
from app.domain.settlement.otherwise import settled_by_writes
from app.storage.changes.change_queue import PendingChange
from app.storage.database import Transaction
from app.storage.people import locked_periods, refund_answers, restorations
from app.storage.records import document_changes, links, mirrors
from app.storage.records.document_changes import Written
from app.storage.runs import operations
from app.storage.runs.operations import StoredOperation
from app.sync.context import TurnContext
from app.sync.missing import deleted
from app.sync.questions.freed_payments import say_freed_payments
from app.sync.writing.agreements import note_freed, store_agreed
from app.sync.writing.bases import agree_pair, note_let_go, note_put_back
from app.sync.writing.document_history import record_of_money
from app.sync.writing.memory import Memory
from app.sync.writing.revisit import paid_differently, pays_more, queue_again, what_pays, whatever_pays

ROW_STATES = {
    OutcomeState.DONE: "done",
    OutcomeState.EXISTS: "done",
    OutcomeState.STALE: "stale",
    OutcomeState.REFUSED: "refused",
    OutcomeState.CLASH: "clash",
    OutcomeState.AMBIGUOUS: "ambiguous",
    OutcomeState.GONE: "gone",
}


async def settle(
    context: TurnContext,
    tx: Transaction,
    memory: Memory,
    answered: Sequence[tuple[StoredOperation, Outcome]],
    leaving: Sequence[str] = (),
) -> None:
    """Remember the outcomes of one batch, in the transaction `tx`, and that the operations of another one are `leaving` next.
    UNKNOWN outcomes stay unsettled for recovery."""
    now = context.clock.now()
    settled: list[StoredOperation] = []
    returned: list[Snapshot] = []
    paid: list[tuple[Snapshot | None, Snapshot | None]] = []
    history: list[Written] = []
    carried_out: list[str] = []
    for stored, outcome in answered:
        if outcome.state is OutcomeState.UNKNOWN:
            continue
        stored.state = ROW_STATES[outcome.state]
        stored.code, stored.message, stored.advice = outcome.code, outcome.message, outcome.advice
        stored.trace_id = outcome.trace_id
        settled.append(stored)
        gone_as_wished = outcome.state is OutcomeState.GONE and stored.operation.takes_away
        if stored.state == "done" or gone_as_wished:
            stored.state = "done"
            if stored.operation.answers and ROOM not in stored.operation.fields:
                carried_out.append(stored.operation.answers)
            before = memory.snapshots.get(_target(stored.operation))
            returned += await _agreed(context, tx, memory, stored, outcome)
            side, kind, target = _target(stored.operation)
            paid.append((before, memory.snapshots.get((side, kind, stored.result_id or target))))
            if (written := record_of_money(stored, outcome, before)) is not None:
                history.append(written)
        elif outcome.snapshot is not None:
            memory.news[stored.operation.side, stored.operation.kind, outcome.snapshot.id] = outcome.snapshot
    beside = (
        mirrors.saving(context.connection_id, returned, now),
        operations.settling(context.connection_id, settled, now),
        operations.leaving(context.connection_id, leaving, now),
        document_changes.keeping(context.connection_id, history, now),
    )
    await store_agreed(context, tx, memory, beside)
    await _pays(context, tx, memory, paid)
    done = (stored.operation for stored in settled if stored.state == "done")
    await say_freed_payments(context, tx, [each.target_id for each in done if FREED in each.fields])
    for answer in carried_out:  # after the answers have been kept as they were given
        await locked_periods.use(tx, context.connection_id, answer, now)
        await refund_answers.use(tx, context.connection_id, answer, now)


async def _pays(
    context: TurnContext, tx: Transaction, memory: Memory, paid: Sequence[tuple[Snapshot | None, Snapshot | None]]
) -> None:
    """Note what our own payments have settled of their documents: QuickBooks lowers the balance by just that, and the
    documents are not read again for it (law 9)."""
    moved = settled_by_writes(paid)
    await mirrors.note_paid(tx, context.connection_id, moved, context.clock.now())
    for sale_id, amount in moved.items():
        key: Key = (Side.QUICKBOOKS, Kind.SALE, sale_id)
        invoice = memory.snapshots.get(key)
        if invoice is not None and isinstance(invoice.record, Sale):
            memory.snapshots[key] = replace(invoice, record=replace(invoice.record, paid=invoice.record.paid + amount))
        link = memory.links.live(key)
        if link is not None and any(stands_beside(each.part) for each in _beside(memory, link.oncord_id)):
            # What is open of the documents of a sale has moved: they may have to be joined (S5, B1).
            await queue_again(context, tx, PendingChange(Side.ONCORD, Kind.SALE, link.oncord_id, mirrored=True))


def _beside(memory: Memory, sale_id: str) -> Sequence[Link]:
    return memory.links.by_record.get((Side.ONCORD, Kind.SALE, sale_id), ())


def _target(operation: Operation) -> Key:
    return operation.side, operation.kind, operation.target_id


async def _agreed(
    context: TurnContext, tx: Transaction, memory: Memory, stored: StoredOperation, outcome: Outcome
) -> list[Snapshot]:
    """Remember a write that has taken effect, and call for what has to be looked at because of it."""
    operation = stored.operation
    context.counters.add(_counted(operation.action))
    if operation.takes_away:
        stored.result_version = outcome.snapshot.version if outcome.snapshot is not None else ""
        return await _removed(context, tx, memory, operation, outcome.snapshot)
    snapshot = outcome.snapshot
    if snapshot is None:
        return []
    stored.result_id, stored.result_version = snapshot.id, snapshot.version
    target: Key = (operation.side, operation.kind, snapshot.id)
    before = memory.snapshots.get(target)
    memory.news.pop(target, None)
    if outcome.state is OutcomeState.EXISTS:  # and may hold more by now, which the next look finds
        await queue_again(context, tx, PendingChange(operation.side, operation.kind, snapshot.id, mirrored=True))
        if operation.action is Action.UPDATE and before is not None:
            memory.news[target] = snapshot
            snapshot = _moved_on(operation, before, snapshot)
    memory.snapshots[target] = snapshot
    if stays_in_oncord(operation.part):
        await _goes_on(context, tx, operation, snapshot)
    if _agrees_on_nothing(memory, operation, target):
        return [snapshot]
    if await restorations.had_lost(tx, context.connection_id, operation.answers, operation.side):
        note_put_back(memory, operation, before, snapshot)
        return [snapshot]
    source = memory.snapshots.get(_source(operation))
    await agree_pair(context, tx, memory, operation, before, outcome, source)
    await _look_again(context, tx, memory, operation, snapshot, source)
    if operation.action is Action.CREATE:
        memory.created[*_source(operation), referred_to(operation.part)] = snapshot.id
        pair = (_source(operation), target)
        note_freed(memory, *(OtherRecord(kind, side, record_id) for side, kind, record_id in pair))
    return [snapshot]


def _moved_on(operation: Operation, before: Snapshot, now: Snapshot) -> Snapshot:
    """A record that held our change already, without what else it holds by now: nobody has planned with that. It keeps its
    version, so that a further write of this plan is refused as stale."""
    if before.record is None or now.record is None:
        return now
    written = [group for group in operation.groups if group in merged_fields(operation.kind)]
    return replace(before, record=replace(before.record, **{group: getattr(now.record, group) for group in written}))


def _counted(action: Action) -> str:
    return f"{action}d" if action.value.endswith("e") else f"{action}ed"


def _source(operation: Operation) -> Key:
    """The record that a write came from."""
    return (operation.source_side, operation.source_kind, operation.source_id)


async def _goes_on(context: TurnContext, tx: Transaction, operation: Operation, written: Snapshot) -> None:
    """What was written in Oncord for a record of its own (R5, S5, S7) is looked at as if it had been typed there, and so is that record.
    What is there no more was no answer: it is asked about anew."""
    source = operation.source_kind
    if written.deleted and operation.action is Action.CREATE:
        await refund_answers.overtake(tx, context.connection_id, source, [operation.source_id], context.clock.now())
    else:
        await queue_again(context, tx, PendingChange(operation.side, operation.kind, written.id, mirrored=True))
    await queue_again(context, tx, PendingChange(Side.ONCORD, source, operation.source_id, mirrored=True))


def _agrees_on_nothing(memory: Memory, operation: Operation, target: Key) -> bool:
    """Whether a write only left a mark, woke a customer whose contact is gone, or joined two documents of the books: none of
    that brings a pair together."""
    if operation.source_kind is not operation.kind or stays_in_oncord(operation.part):
        # What joins a credit memo to its invoice belongs to no receipt (S5); what an answer writes in Oncord goes over by
        # the rules (R5).
        return True
    only_marks = operation.action is Action.UPDATE and len(marks_of(operation.fields)) == len(operation.fields)
    return only_marks or (operation.fields == (ACTIVE,) and memory.links.tombstoned(target))


async def _look_again(
    context: TurnContext,
    tx: Transaction,
    memory: Memory,
    operation: Operation,
    snapshot: Snapshot,
    source: Snapshot | None,
) -> None:
    """Queue what has to be looked at because a write has taken effect: the record itself, what pays it, its source."""
    if snapshot.deleted:  # somebody has deleted it before we heard of it: the rules say what that means
        await queue_again(context, tx, PendingChange(operation.side, operation.kind, snapshot.id, mirrored=True))
    if operation.kind is Kind.SALE and operation.generation:
        await whatever_pays(context, tx, snapshot, source)
    elif operation.kind is Kind.SALE and operation.action is Action.UPDATE and paid_differently(snapshot, source):
        await what_pays(context, tx, snapshot, source)
    anew = operation.action is Action.CREATE and (operation.generation > 0 or stands_beside(operation.part))
    if operation.action is Action.CREATE and isinstance(operation.part, Difference):
        await pays_more(context, tx, source)
    typed_besides = operation.action is Action.VOID and _still_to_tell(memory, operation)
    if _stands_again(operation, snapshot):  # the amounts of both are compared from here on (S5)
        await queue_again(context, tx, PendingChange(operation.side, operation.kind, snapshot.id, mirrored=True))
    if operation.side is Side.QUICKBOOKS and (anew or typed_besides):
        # Its mark is taken back; what was typed into a document as it became void goes over; what takes a cancelled sale
        # back is joined to its invoice.
        await queue_again(context, tx, PendingChange(Side.ONCORD, operation.kind, operation.source_id, mirrored=True))


def _stands_again(operation: Operation, snapshot: Snapshot) -> bool:
    """Whether a sale that was void counts again by this write."""
    unvoided = operation.action is Action.UPDATE and "voided" in operation.groups
    return unvoided and isinstance(snapshot.record, Sale) and not is_void(snapshot.record)


def _still_to_tell(memory: Memory, operation: Operation) -> bool:
    """Whether the record that a write came from holds something that its pair has not agreed on yet."""
    source = memory.snapshots.get(_source(operation))
    link = memory.links.live((operation.side, operation.kind, operation.target_id))
    if source is None or source.record is None or link is None:
        return False
    return bool(changed_groups(operation.kind, link.base_on(operation.side.other), source.record))


def _left_something(operation: Operation) -> bool:
    """Whether what was removed in the books was money out, or used credit: what its receipt was made for may go, or stand alone, now."""
    record = operation.record
    if (
        operation.side is not Side.QUICKBOOKS
        or operation.source_kind is not Kind.RECEIPT
        or not isinstance(record, Receipt)
    ):
        return False
    uses_credit = any(a.type == "adjustment" for a in record.payment.allocations)
    return record.payment.amount < 0 or (record.payment.amount == 0 and uses_credit)


async def _removed(
    context: TurnContext, tx: Transaction, memory: Memory, operation: Operation, voided: Snapshot | None
) -> list[Snapshot]:
    """Bury the pair of what was deleted, or `voided` or emptied instead; answers what the mirror is to hold."""
    link = memory.links.live((operation.side, operation.kind, operation.target_id))
    if stays_in_oncord(
        operation.part
    ):  # S3 says what becomes of its credit memo, as if a person had deleted the adjustment
        await queue_again(
            context, tx, PendingChange(operation.side, operation.kind, operation.target_id, mirrored=True)
        )
        if operation.source_kind is Kind.SALE:  # the adjustment whose credit was applied by it
            await queue_again(context, tx, PendingChange(Side.ONCORD, Kind.SALE, operation.source_id, mirrored=True))
    elif operation.fields == (UNDO,):
        await store_agreed(context, tx, memory)
        await links.forget(tx, context.connection_id, operation.kind, operation.side, operation.target_id)
    elif link is not None:
        if operation.action is Action.UPDATE and voided is not None:
            note_let_go(memory, link, voided)
        await store_agreed(context, tx, memory)
        await links.add_tombstones(
            tx, context.connection_id, [link.id], operation.side.other, operation.reason, context.clock.now()
        )
    if _left_something(
        operation
    ):  # what the answer about the refund had made goes now (R5); a bad debt is asked about (S7)
        await queue_again(context, tx, PendingChange(Side.ONCORD, Kind.RECEIPT, operation.source_id, mirrored=True))
    if voided is not None and operation.action is not Action.DELETE:
        memory.snapshots[operation.side, operation.kind, voided.id] = voided
        return [voided]
    snapshot = memory.snapshots.get((operation.side, operation.kind, operation.target_id))
    if snapshot is None:
        return []
    gone = deleted(snapshot, context.clock.now())
    memory.snapshots[operation.side, operation.kind, snapshot.id] = gone
    return [gone]
