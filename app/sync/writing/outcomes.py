"""What an answered write means for our memory: the mirror, the link with its base, and the operation row.

Used after a batch and again when operations of an earlier turn are recovered, so that both remember alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.domain.model.exchange import Outcome, OutcomeState
from app.domain.model.links import Link, Origin
from app.domain.model.operations import (
    Action,
    Operation,
)
from app.domain.model.records import (
    Kind,
    Receipt,
    Record,
    Sale,
    Side,
    Snapshot,
)
from app.domain.model.waiting import OtherRecord
from app.domain.model.write_fields import ACTIVE, ROOM, UNDO, marks_of
from app.domain.planning.merge import changed_groups, rebased, still_to_travel
from app.domain.planning.plan_input import Key, LinkIndex
from app.domain.planning.write_effects import as_created
from app.domain.receipts.allocations import comparable, comparable_link
from app.domain.receipts.split import sibling_base, taken_over, unpaid
from app.domain.settlement.otherwise import settled_by_writes
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.storage.database import Transaction
from app.storage.people import restorations
from app.storage.records import links, mirrors
from app.storage.runs import operations
from app.storage.runs.operations import StoredOperation
from app.sync.context import TurnContext
from app.sync.missing import deleted
from app.sync.writing.references import Source, resolved
from app.sync.writing.revisit import paid_differently, what_pays, whatever_pays
from app.sync.writing.verify import unagreed

ROW_STATES = {
    OutcomeState.DONE: "done",
    OutcomeState.EXISTS: "done",
    OutcomeState.STALE: "stale",
    OutcomeState.REFUSED: "refused",
    OutcomeState.CLASH: "clash",
    OutcomeState.AMBIGUOUS: "ambiguous",
    OutcomeState.GONE: "gone",
}


@dataclass(slots=True)
class Memory:
    """What is known while operations are carried out: the records as last seen, the links, and what was created."""

    snapshots: dict[Key, Snapshot] = field(default_factory=dict)
    links: LinkIndex = field(default_factory=LinkIndex)
    created: dict[Source, str] = field(default_factory=dict)
    """The id on the other side of records whose counterpart, or this part of it, has just been created."""
    hidden: Mapping[Key, frozenset[str]] = field(default_factory=dict)
    """Groups that the plan was not shown: nothing is agreed on in them."""


async def settle(
    context: TurnContext, tx: Transaction, memory: Memory, answered: Sequence[tuple[StoredOperation, Outcome]]
) -> None:
    """Remember the outcomes of one batch, in the transaction `tx`. UNKNOWN ones stay unsettled for recovery."""
    now = context.clock.now()
    settled: list[StoredOperation] = []
    returned: list[Snapshot] = []
    paid: list[tuple[Snapshot | None, Snapshot | None]] = []
    for stored, outcome in answered:
        if outcome.state is OutcomeState.UNKNOWN:
            continue
        stored.state = ROW_STATES[outcome.state]
        stored.code, stored.message, stored.advice = outcome.code, outcome.message, outcome.advice
        stored.trace_id = outcome.trace_id
        settled.append(stored)
        gone_as_wished = outcome.state is OutcomeState.GONE and stored.operation.action is Action.DELETE
        if stored.state == "done" or gone_as_wished:
            stored.state = "done"
            before = memory.snapshots.get(_target(stored.operation))
            returned += await _agreed(context, tx, memory, stored, outcome)
            side, kind, target = _target(stored.operation)
            paid.append((before, memory.snapshots.get((side, kind, stored.result_id or target))))
        elif outcome.snapshot is not None:
            returned.append(outcome.snapshot)
            memory.snapshots[stored.operation.side, stored.operation.kind, outcome.snapshot.id] = outcome.snapshot
    await mirrors.save(tx, context.connection_id, returned, now)
    await _pays(context, tx, memory, paid)
    await operations.settle(tx, context.connection_id, settled, now)


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


def _target(operation: Operation) -> Key:
    return operation.side, operation.kind, operation.target_id


async def _agreed(
    context: TurnContext, tx: Transaction, memory: Memory, stored: StoredOperation, outcome: Outcome
) -> list[Snapshot]:
    """Remember a write that has taken effect, and call for what has to be looked at because of it."""
    operation = stored.operation
    context.counters.add(_counted(operation.action))
    if operation.action is Action.DELETE:
        return await _removed(context, tx, memory, operation)
    snapshot = outcome.snapshot
    if snapshot is None:
        return []
    stored.result_id, stored.result_version = snapshot.id, snapshot.version
    target: Key = (operation.side, operation.kind, snapshot.id)
    before = memory.snapshots.get(target)
    memory.snapshots[target] = snapshot
    if _agrees_on_nothing(memory, operation, target):
        return [snapshot]
    if await restorations.had_lost(tx, context.connection_id, operation.answers, operation.side):
        await _put_back(context, tx, memory, operation, before, snapshot)
        return [snapshot]
    source = memory.snapshots.get(_source(operation))
    await _link(context, tx, memory, operation, before, outcome, source)
    await _look_again(context, tx, memory, operation, snapshot, source)
    if operation.action is Action.CREATE:
        memory.created[*_source(operation), operation.part] = snapshot.id
        pair = [OtherRecord(kind, side, record_id) for side, kind, record_id in (_source(operation), target)]
        await change_queue.release_many(tx, context.connection_id, context.clock.now(), pair)
    return [snapshot]


def _counted(action: Action) -> str:
    return f"{action}d" if action.value.endswith("e") else f"{action}ed"


def _source(operation: Operation) -> Key:
    """The record that a write came from."""
    return (operation.side.other, operation.kind, operation.source_id)


def _agrees_on_nothing(memory: Memory, operation: Operation, target: Key) -> bool:
    """Whether a write only left a mark, or woke a customer whose contact is gone: neither brings a pair together."""
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
        await _queue(context, tx, PendingChange(operation.side, operation.kind, snapshot.id, mirrored=True))
    if operation.kind is Kind.SALE and operation.generation:
        await whatever_pays(context, tx, snapshot, source)
    elif operation.kind is Kind.SALE and operation.action is Action.UPDATE and paid_differently(snapshot, source):
        await what_pays(context, tx, snapshot, source)
    anew = operation.action is Action.CREATE and operation.generation > 0
    typed_besides = operation.action is Action.VOID and _still_to_tell(memory, operation)
    if operation.side is Side.QUICKBOOKS and (anew or typed_besides):
        # Its mark is taken back; what was typed into a document as it became void goes over.
        await _queue(context, tx, PendingChange(Side.ONCORD, operation.kind, operation.source_id, mirrored=True))


async def _queue(context: TurnContext, tx: Transaction, change: PendingChange) -> None:
    await change_queue.add(tx, context.connection_id, [change], context.clock.now())


def _still_to_tell(memory: Memory, operation: Operation) -> bool:
    """Whether the record that a write came from holds something that its pair has not agreed on yet."""
    source = memory.snapshots.get(_source(operation))
    link = memory.links.live((operation.side, operation.kind, operation.target_id))
    if source is None or source.record is None or link is None:
        return False
    return bool(changed_groups(operation.kind, link.base_on(operation.side.other), source.record))


async def _link(
    context: TurnContext,
    tx: Transaction,
    memory: Memory,
    operation: Operation,
    before: Snapshot | None,
    outcome: Outcome,
    source: Snapshot | None,
) -> None:
    """Agree on a pair. What was found to be there already (`EXISTS`) may have been edited since: that is not agreed on,
    nor is what QuickBooks has worked out differently."""
    target = outcome.snapshot
    assert target is not None
    parts = memory.links.parts((operation.side, operation.kind, target.id))
    link = next((part for part in parts if part.id_on(operation.side.other) == operation.source_id), None)
    link = link or memory.links.live((operation.side, operation.kind, target.id))
    bases = _bases(memory, operation, link, before, outcome, source)
    if ROOM in operation.fields and isinstance(receipt := bases[Side.ONCORD], Receipt):
        bases[Side.ONCORD] = unpaid(receipt)
        await _queue(context, tx, PendingChange(Side.ONCORD, operation.kind, operation.source_id, mirrored=True))
    ids = {operation.side: target.id, operation.side.other: operation.source_id}
    link_id = await links.agree(
        tx,
        context.connection_id,
        operation.kind,
        ids[Side.ONCORD],
        ids[Side.QUICKBOOKS],
        origin=link.origin if link else operation.origin or Origin.BOTH,
        generation=operation.generation,
        part=link.part if link else operation.part,
        base_oncord=bases[Side.ONCORD],
        base_quickbooks=bases[Side.QUICKBOOKS],
        vocabulary=link.vocabulary if link else None,
        now=context.clock.now(),
    )
    if link is not None:
        memory.links.keep(replace(link, base_oncord=bases[Side.ONCORD], base_quickbooks=bases[Side.QUICKBOOKS]))
    others = [part for part in parts if part.id != link_id]
    await _tell_the_other_payments(context, tx, memory, operation, others, before, target, source)


def _bases(
    memory: Memory,
    operation: Operation,
    link: Link | None,
    before: Snapshot | None,
    outcome: Outcome,
    source: Snapshot | None,
) -> dict[Side, Record | None]:
    """What each side holds now that both have agreed on what was written."""
    bases = {side: link.base_on(side) if link else None for side in Side}
    written = outcome.snapshot.record if outcome.snapshot is not None else None
    if written is not None:
        bases[operation.side] = _base_of_target(memory, operation, bases[operation.side], before, outcome, written)
    if source is not None and source.record is not None:
        bases[operation.side.other] = rebased(
            operation.kind, bases[operation.side.other], source.record, source.record, operation.groups
        )
    bases = {side: comparable(memory, side, base) for side, base in bases.items()}
    bases[Side.ONCORD] = unagreed(operation, outcome, bases[Side.ONCORD])
    return bases


def _base_of_target(
    memory: Memory,
    operation: Operation,
    base: Record | None,
    before: Snapshot | None,
    outcome: Outcome,
    written: Record,
) -> Record:
    """The new base of the side that was written to."""
    was_there = outcome.state is OutcomeState.EXISTS
    if was_there and operation.action is Action.CREATE:
        intended, _ = resolved(operation.record, operation.side, memory.links, memory.created)
        return as_created(operation.kind, intended, written)
    record_before = before.record if before and not was_there else None
    return rebased(operation.kind, base, record_before, written, operation.groups)


async def _tell_the_other_payments(
    context: TurnContext,
    tx: Transaction,
    memory: Memory,
    operation: Operation,
    others: Sequence[Link],
    before: Snapshot | None,
    target: Snapshot,
    source: Snapshot | None,
) -> None:
    """The bases of a receipt's other payments, once one of them has told the receipt something."""
    after = _receipt(target)
    if operation.side is not Side.ONCORD or after is None:
        return
    for part in others:
        base = sibling_base(part, operation, _receipt(source), _receipt(before), after)
        base_payment = _heard(memory, part, operation)
        rebased_part = replace(part, base_oncord=base, base_quickbooks=base_payment)
        await _rebase(context, tx, memory, comparable_link(memory, rebased_part))


def _heard(memory: Memory, leg: Link, write: Operation) -> Record | None:
    """The base of another payment of a receipt that has just heard what its payments say together."""
    key = (Side.QUICKBOOKS, leg.kind, leg.quickbooks_id)
    payment = _receipt(memory.snapshots.get(key))
    if payment is None or memory.hidden.get(key):
        return leg.base_quickbooks
    return taken_over(leg, write, payment)


async def _put_back(
    context: TurnContext,
    tx: Transaction,
    memory: Memory,
    operation: Operation,
    before: Snapshot | None,
    after: Snapshot,
) -> None:
    """A value was put back on the side that had lost: an edit that is still to travel, so that nothing is agreed on."""
    if before is None or before.record is None or after.record is None:
        return
    side = operation.side
    for link in memory.links.parts((side, operation.kind, after.id)):
        base = still_to_travel(operation.kind, link.base_on(side), before.record, after.record, operation.groups)
        moved = replace(link, base_oncord=base) if side is Side.ONCORD else replace(link, base_quickbooks=base)
        await _rebase(context, tx, memory, moved)


def _receipt(snapshot: Snapshot | None) -> Receipt | None:
    return snapshot.record if snapshot is not None and isinstance(snapshot.record, Receipt) else None


async def _rebase(context: TurnContext, tx: Transaction, memory: Memory, link: Link) -> None:
    """Keep the new bases of a link."""
    await links.agree(
        tx,
        context.connection_id,
        link.kind,
        link.oncord_id,
        link.quickbooks_id,
        origin=link.origin,
        generation=link.generation,
        part=link.part,
        base_oncord=link.base_oncord,
        base_quickbooks=link.base_quickbooks,
        vocabulary=link.vocabulary,
        now=context.clock.now(),
    )
    memory.links.keep(link)


async def _removed(context: TurnContext, tx: Transaction, memory: Memory, operation: Operation) -> list[Snapshot]:
    link = memory.links.live((operation.side, operation.kind, operation.target_id))
    if operation.fields == (UNDO,):
        await links.forget(tx, context.connection_id, operation.kind, operation.side, operation.target_id)
    elif link is not None:
        await links.add_tombstones(
            tx, context.connection_id, [link.id], operation.side.other, operation.reason, context.clock.now()
        )
    snapshot = memory.snapshots.get((operation.side, operation.kind, operation.target_id))
    if snapshot is None:
        return []
    gone = deleted(snapshot, context.clock.now())
    memory.snapshots[operation.side, operation.kind, snapshot.id] = gone
    return [gone]
