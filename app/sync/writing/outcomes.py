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
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.storage.database import Transaction
from app.storage.people import restorations
from app.storage.records import links, mirrors
from app.storage.runs import operations
from app.storage.runs.operations import StoredOperation
from app.sync.context import TurnContext
from app.sync.missing import deleted
from app.sync.writing.references import Part, resolved
from app.sync.writing.revisit import paid_differently, what_pays, whatever_pays
from app.sync.writing.verify import unagreed

STATES = {
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
    created: dict[Part, str] = field(default_factory=dict)
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
    for stored, outcome in answered:
        if outcome.state is OutcomeState.UNKNOWN:
            continue
        stored.state = STATES[outcome.state]
        stored.code, stored.message, stored.advice = outcome.code, outcome.message, outcome.advice
        stored.trace_id = outcome.trace_id
        settled.append(stored)
        gone_as_wished = outcome.state is OutcomeState.GONE and stored.operation.action is Action.DELETE
        if stored.state == "done" or gone_as_wished:
            stored.state = "done"
            returned += await _agreed(context, tx, memory, stored, outcome)
        elif outcome.snapshot is not None:
            returned.append(outcome.snapshot)
            memory.snapshots[stored.operation.side, stored.operation.kind, outcome.snapshot.id] = outcome.snapshot
    await mirrors.save(tx, context.connection_id, returned, now)
    await operations.settle(tx, context.connection_id, settled, now)


async def _agreed(
    context: TurnContext, tx: Transaction, memory: Memory, stored: StoredOperation, outcome: Outcome
) -> list[Snapshot]:
    operation = stored.operation
    context.counters.add(f"{operation.action}d" if operation.action.value.endswith("e") else f"{operation.action}ed")
    if operation.action is Action.DELETE:
        return await _removed(context, tx, memory, operation)
    snapshot = outcome.snapshot
    if snapshot is None:
        return []
    stored.result_id, stored.result_version = snapshot.id, snapshot.version
    target: Key = (operation.side, operation.kind, snapshot.id)
    source: Key = (operation.side.other, operation.kind, operation.source_id)
    before = memory.snapshots.get(target)
    memory.snapshots[target] = snapshot
    if operation.action is Action.UPDATE and len(marks_of(operation.fields)) == len(operation.fields):
        return [snapshot]
    if operation.fields == (ACTIVE,) and memory.links.tombstoned(target):
        return [snapshot]  # its contact is gone, and this brings the two together no more
    if await restorations.had_lost(tx, context.connection_id, operation.answers, operation.side):
        await _put_back(context, tx, memory, operation, before, snapshot)
        return [snapshot]
    await _link(context, tx, memory, operation, before, outcome, memory.snapshots.get(source))
    if snapshot.deleted:  # somebody has deleted it before we heard of it: the rules say what that means
        again = PendingChange(operation.side, operation.kind, snapshot.id, mirrored=True)
        await change_queue.add(tx, context.connection_id, [again], context.clock.now())
    pair = (snapshot, memory.snapshots.get(source))
    told = operation.action is Action.UPDATE and paid_differently(*pair)
    if operation.kind is Kind.SALE and operation.generation:
        await whatever_pays(context, tx, *pair)
    elif operation.kind is Kind.SALE and told:
        await what_pays(context, tx, *pair)
    anew = operation.action is Action.CREATE and operation.generation > 0
    typed_besides = operation.action is Action.VOID and _still_to_tell(memory, operation)
    if operation.side is Side.QUICKBOOKS and (anew or typed_besides):
        # Its mark is taken back; what was typed into a document as it became void goes over.
        back = PendingChange(Side.ONCORD, operation.kind, operation.source_id, mirrored=True)
        await change_queue.add(tx, context.connection_id, [back], context.clock.now())
    if operation.action is Action.CREATE:
        memory.created[*source, operation.part] = snapshot.id
        await change_queue.release_many(
            tx,
            context.connection_id,
            context.clock.now(),
            [OtherRecord(k, s, i) for s, k, i in (source, target)],
        )
    return [snapshot]


def _still_to_tell(memory: Memory, operation: Operation) -> bool:
    """Whether the record that a write came from holds something that its pair has not agreed on yet."""
    source = memory.snapshots.get((operation.side.other, operation.kind, operation.source_id))
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
    link = next((x for x in parts if x.id_on(operation.side.other) == operation.source_id), None)
    link = link or memory.links.live((operation.side, operation.kind, target.id))
    bases = {side: link.base_on(side) if link else None for side in Side}
    found = outcome.state is OutcomeState.EXISTS
    if target.record is not None and found and operation.action is Action.CREATE:
        wanted, _ = resolved(operation.record, operation.side, memory.links, memory.created)
        bases[operation.side] = as_created(operation.kind, wanted, target.record)
    elif target.record is not None:
        bases[operation.side] = rebased(
            operation.kind,
            bases[operation.side],
            before.record if before and not found else None,
            target.record,
            operation.groups,
        )
    if source is not None and source.record is not None:
        bases[operation.side.other] = rebased(
            operation.kind, bases[operation.side.other], source.record, source.record, operation.groups
        )
    bases = {side: comparable(memory, side, base) for side, base in bases.items()}
    bases[Side.ONCORD] = unagreed(operation, outcome, bases[Side.ONCORD])
    if ROOM in operation.fields and isinstance(held := bases[Side.ONCORD], Receipt):
        bases[Side.ONCORD] = unpaid(held)
        again = PendingChange(Side.ONCORD, operation.kind, operation.source_id, mirrored=True)
        await change_queue.add(tx, context.connection_id, [again], context.clock.now())
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
    after = _receipt(target)
    if operation.side is Side.ONCORD and after is not None:
        for part in (p for p in parts if p.id != link_id):
            base = sibling_base(part, operation, _receipt(source), _receipt(before), after)
            theirs = _heard(memory, part, operation)
            told = replace(part, base_oncord=base, base_quickbooks=theirs)
            await _rebase(context, tx, memory, comparable_link(memory, told))


def _heard(memory: Memory, part: Link, told: Operation) -> Record | None:
    """The base of another payment of a receipt that has just heard what its payments say together."""
    key = (Side.QUICKBOOKS, part.kind, part.quickbooks_id)
    payment = _receipt(memory.snapshots.get(key))
    if payment is None or memory.hidden.get(key):
        return part.base_quickbooks
    return taken_over(part, told, payment)


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


async def _rebase(context: TurnContext, tx: Transaction, memory: Memory, part: Link) -> None:
    """Keep the new bases of a link."""
    await links.agree(
        tx,
        context.connection_id,
        part.kind,
        part.oncord_id,
        part.quickbooks_id,
        origin=part.origin,
        generation=part.generation,
        part=part.part,
        base_oncord=part.base_oncord,
        base_quickbooks=part.base_quickbooks,
        vocabulary=part.vocabulary,
        now=context.clock.now(),
    )
    memory.links.keep(part)


async def _removed(context: TurnContext, tx: Transaction, memory: Memory, operation: Operation) -> list[Snapshot]:
    link = memory.links.live((operation.side, operation.kind, operation.target_id))
    if operation.fields == (UNDO,):
        await links.forget(tx, context.connection_id, operation.kind, operation.side, operation.target_id)
    elif link is not None:
        await links.add_tombstones(
            tx, context.connection_id, [link.id], operation.side.other, operation.reason, context.clock.now()
        )
    known = memory.snapshots.get((operation.side, operation.kind, operation.target_id))
    if known is None:
        return []
    gone = deleted(known, context.clock.now())
    memory.snapshots[operation.side, operation.kind, known.id] = gone
    return [gone]
