"""Carrying out decisions that only we remember: adopting a pair, agreeing anew, burying, re-pointing, and asking a person."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from app.domain.model.link_part import PRIMARY, OfRecord
from app.domain.model.links import Link, LinkState, Origin
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Address, Kind, Name, Payment, Record, Side
from app.domain.model.waiting import Approval, OtherRecord, format_waits_for
from app.domain.planner import Plan, PlanEntry, provided
from app.domain.planning.merge import without_amounts_of_void
from app.domain.receipts.allocations import comparable
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.storage.database import Transaction
from app.storage.people import attention, locked_periods, refund_answers
from app.storage.records import links
from app.storage.records.agreed_pairs import AgreedPair
from app.storage.runs import operations
from app.storage.runs.operations import StoredOperation
from app.sync.context import TurnContext
from app.sync.questions import bulk_questions
from app.sync.writing.agreements import note_agreed, note_freed, store_agreed
from app.sync.writing.answers import Progress
from app.sync.writing.ask import ask_a_person, held_by
from app.sync.writing.compensate import new_row
from app.sync.writing.differences import say_difference
from app.sync.writing.left_as_it_is import was_left
from app.sync.writing.memory import Memory
from app.sync.writing.release import joined, questions_about
from app.sync.writing.revisit import paid_differently, what_pays, whatever_pays

_COUNTED = {
    Action.ADOPT: "adopted",
    Action.REBASE: "unchanged",
    Action.TOMBSTONE: "tombstoned",
    Action.REPOINT: "repointed",
    Action.SKIP: "skipped",
    Action.WAIT: "waiting",
    Action.PARK: "parked",
}


async def carry_out_decisions(context: TurnContext, tx: Transaction, plan: Plan, progress: Progress) -> None:
    """Remember what a plan decides without a write, ask what it asks, and close the questions that it answers."""
    await _needed_after_all(context, tx, plan)
    stored: list[StoredOperation] = []
    for index, entry in enumerate(plan.entries):
        stored += await _decided(context, tx, index, entry, progress)
    await store_agreed(context, tx, progress.memory)
    if any(o.question is not None and o.question.blank for entry in plan.entries for o in entry.operations):
        await bulk_questions.bring_up_to_date(context, tx)
    await _close_questions(context, tx, plan, progress.memory)
    await operations.add(tx, context.connection_id, stored, context.lease.epoch, context.clock.now())


async def _needed_after_all(context: TurnContext, tx: Transaction, plan: Plan) -> None:
    """Take back that nothing was to be done about records that this plan provides for."""
    needed = provided(o for entry in plan.entries for o in entry.operations)
    if taken_back := await operations.supersede(tx, context.connection_id, context.run_id, needed):
        context.counters.add("skipped", -taken_back)


async def _decided(
    context: TurnContext, tx: Transaction, index: int, entry: PlanEntry, progress: Progress
) -> list[StoredOperation]:
    """The decisions about one changed record, carried out; a tombstone waits until the record's writes are through."""
    stored: list[StoredOperation] = []
    writes = [o for o in entry.operations if o.action.writes]
    for operation in entry.operations:
        if operation.action.writes:
            continue
        if operation.action is Action.TOMBSTONE and writes:
            progress.tombstones.append((index, operation))
            continue
        await remember(context, tx, progress.memory, operation, writes=writes)
        stored.append(new_row(context, operation, progress.sequence, "decided"))
        progress.sequence += 1
        if _lays_aside(operation, entry):
            disposition = progress.dispositions[index]
            disposition.park, disposition.waits_for = operation.reason, held_by(operation)
        if operation.action is Action.PARK:
            links = progress.memory.links
            if not await was_left(context, tx, operation, operation.reason, entry.change, links):
                await ask_a_person(context, tx, operation)
        await say_difference(context, tx, operation)
        if writes:
            await _exchange_by_itself(context, tx, operation, entry)
    return stored


def _lays_aside(operation: Operation, entry: PlanEntry) -> bool:
    """Whether the changed record waits by this decision; what is asked about another one on its way parks only that."""
    own = operation.kind is entry.change.kind
    return operation.action is Action.WAIT or (operation.action is Action.PARK and own)


async def _exchange_by_itself(context: TurnContext, tx: Transaction, operation: Operation, entry: PlanEntry) -> None:
    """What a pair that was adopted on the way has to tell each other is tried again by itself, whatever becomes of the
    record that needed it."""
    if operation.action is not Action.ADOPT or operation.kind is entry.change.kind:
        return
    pair = PendingChange(operation.side.other, operation.kind, operation.source_id, mirrored=True)
    await change_queue.add(tx, context.connection_id, [pair], context.clock.now())


async def _close_questions(context: TurnContext, tx: Transaction, plan: Plan, memory: Memory) -> None:
    """The questions about records that this plan joins; before the writes, which may have something to ask of the pair."""
    settled = [*map(format_waits_for, questions_about(joined(plan), memory))]
    if settled:
        now = context.clock.now()
        await attention.settle(tx, context.connection_id, settled, reason="It has found its counterpart.", now=now)


async def remember(
    context: TurnContext, tx: Transaction, memory: Memory, operation: Operation, writes: Sequence[Operation] = ()
) -> None:
    """Carry out one decision; `writes` are those that the same record causes.

    What a pair that meets still has to exchange is left out of the base, and so counts as changed until it is written.
    """
    if operation.shares_customer or operation.action in (Action.TOMBSTONE, Action.REPOINT):
        await store_agreed(context, tx, memory)
    match operation.action:
        case Action.ADOPT if operation.shares_customer:
            await _share(context, tx, memory, operation)
        case Action.ADOPT:
            await _adopt(context, tx, memory, operation, writes)
        case Action.REBASE:
            await _pair(context, tx, memory, operation, None, writes)
        case Action.TOMBSTONE:
            await _bury(context, tx, memory, operation)
        case Action.REPOINT:
            await _repoint(context, tx, memory, operation)
    if operation.answers and not writes:  # else the write that carries the answer out uses it up
        await locked_periods.use(tx, context.connection_id, operation.answers, context.clock.now())
    if operation.answers:
        await refund_answers.use(tx, context.connection_id, operation.answers, context.clock.now())
    held = operation.action is Action.PARK and isinstance(operation.waits_for, Approval)
    context.counters.add("held" if held else _COUNTED[operation.action])


async def _adopt(
    context: TurnContext, tx: Transaction, memory: Memory, operation: Operation, writes: Sequence[Operation]
) -> None:
    """Make two records a pair, which sets free what waited for either, or bring back the pair that they were."""
    if await _restored(context, tx, memory, operation):
        return
    await _pair(context, tx, memory, operation, operation.origin or Origin.BOTH, writes)
    note_freed(
        memory,
        OtherRecord(operation.kind, operation.side, operation.target_id),
        OtherRecord(operation.kind, operation.side.other, operation.source_id),
    )


async def _bury(context: TurnContext, tx: Transaction, memory: Memory, operation: Operation) -> None:
    """Let the links of a record be tombstones; of a receipt's several only the one that is meant."""
    tombstoned = [
        link.id
        for link in memory.links.parts((operation.side, operation.kind, operation.target_id))
        if operation.kind is not Kind.RECEIPT or link.id_on(operation.side.other) == operation.source_id
    ]
    now = context.clock.now()
    await links.add_tombstones(tx, context.connection_id, tombstoned, operation.side, operation.reason, now)


async def _repoint(context: TurnContext, tx: Transaction, memory: Memory, operation: Operation) -> None:
    """Let the links of a record that was merged speak of its survivor, which is looked at next."""
    side, kind, merged, survivor = operation.side, operation.kind, operation.target_id, operation.source_id
    now = context.clock.now()
    standing = memory.links.live((side, kind, survivor)) if side is Side.QUICKBOOKS else None
    next_looked_at = {survivor}
    for link in memory.links.parts((side, kind, merged)):
        if standing is not None and standing.oncord_id == link.oncord_id:
            await links.lead_instead(tx, context.connection_id, link, standing, now)
            continue
        part = OfRecord(link.quickbooks_id) if operation.stands_beside else link.part
        await links.repoint(tx, context.connection_id, link.id, side, survivor, part, now)
        if side is Side.QUICKBOOKS and link.part is not PRIMARY:  # the contact's own customer may have gone there, too
            next_looked_at |= {each.quickbooks_id for each in memory.links.parts((Side.ONCORD, kind, link.oncord_id))}
    if side is Side.QUICKBOOKS:
        await links.share_with(tx, context.connection_id, kind, merged, survivor, now)
    changes = [PendingChange(side, kind, record_id, mirrored=True) for record_id in sorted(next_looked_at - {merged})]
    await change_queue.add(tx, context.connection_id, changes, now)


async def _share(context: TurnContext, tx: Transaction, memory: Memory, operation: Operation) -> None:
    link_id = await links.share(
        tx, context.connection_id, operation.kind, operation.source_id, operation.target_id, context.clock.now()
    )
    shared = Link(link_id, operation.kind, operation.source_id, operation.target_id, Origin.BOTH, LinkState.SHARED)
    memory.links.keep(shared)


async def _restored(context: TurnContext, tx: Transaction, memory: Memory, operation: Operation) -> bool:
    """Whether this adoption brings back a pair that was buried; it keeps its origin and its base."""
    tombstoned = memory.links.tombstones((operation.side, operation.kind, operation.target_id))
    tombstone = next((x for x in reversed(tombstoned) if x.id_on(operation.side.other) == operation.source_id), None)
    if tombstone is None:
        return False
    await store_agreed(context, tx, memory)
    await links.lift_tombstones(tx, context.connection_id, tombstone.id, context.clock.now())
    memory.links.keep(replace(tombstone, state=LinkState.LIVE, gone=None))
    if operation.kind is Kind.SALE:
        await whatever_pays(context, tx, *(memory.snapshots.get((s, Kind.SALE, tombstone.id_on(s))) for s in Side))
    return True


async def _pair(
    context: TurnContext,
    tx: Transaction,
    memory: Memory,
    operation: Operation,
    origin: Origin | None,
    writes: Sequence[Operation] = (),
) -> None:
    """Agree on what both records hold now; makes the link where there is none."""
    ids = {operation.side: operation.target_id, operation.side.other: operation.source_id}
    link = _link_of(memory, operation)
    bases = _bases(memory, operation, ids, link, writes)
    unmoved = link if link is not None and _unmoved(link, bases) else None
    if operation.kind is Kind.SALE:
        sales = [memory.snapshots.get((side, operation.kind, ids[side])) for side in Side]
        if paid_differently(*sales) and (unmoved is None or await _read_again(context, tx, memory, unmoved)):
            await what_pays(context, tx, *sales)
    if unmoved is not None:
        return
    pair = AgreedPair(
        operation.kind,
        ids[Side.ONCORD],
        ids[Side.QUICKBOOKS],
        origin=link.origin if link else origin or Origin.BOTH,
        generation=link.generation if link else 0,
        part=link.part if link else operation.part,
        base_oncord=bases[Side.ONCORD],
        base_quickbooks=bases[Side.QUICKBOOKS],
        vocabulary=link.vocabulary if link else None,
    )
    link_id = note_agreed(memory, pair)
    made = link or Link(
        id=link_id,
        kind=operation.kind,
        oncord_id=ids[Side.ONCORD],
        quickbooks_id=ids[Side.QUICKBOOKS],
        origin=origin or Origin.BOTH,
        part=operation.part,
    )
    memory.links.keep(replace(made, base_oncord=bases[Side.ONCORD], base_quickbooks=bases[Side.QUICKBOOKS]))


async def _read_again(context: TurnContext, tx: Transaction, memory: Memory, link: Link) -> bool:
    """Whether a pair that has not moved was read since it was last looked at: a sale that is back has lost its receipts."""
    await store_agreed(context, tx, memory)
    return await links.read_since_agreed(tx, context.connection_id, link.id, context.clock.now())


def _link_of(memory: Memory, operation: Operation) -> Link | None:
    """The link of the two records of a decision, or else the primary one of its target."""
    key = (operation.side, operation.kind, operation.target_id)
    own = (x for x in memory.links.parts(key) if x.id_on(operation.side.other) == operation.source_id)
    return next(own, None) or memory.links.live(key)


def _bases(
    memory: Memory, operation: Operation, ids: Mapping[Side, str], link: Link | None, writes: Sequence[Operation]
) -> dict[Side, Record | None]:
    """What the pair agrees on, by side: what each holds, less what is still to be written and what the plan was not shown."""
    bases: dict[Side, Record | None] = {}
    held: dict[Side, Record | None] = {}
    for side in Side:
        snapshot = memory.snapshots.get((side, operation.kind, ids[side]))
        held[side] = snapshot.record if snapshot else None
        record = comparable(memory, side, held[side])
        bases[side] = _without(record, _still_to_travel(operation, writes, side)) if record is not None else None
        if link is not None:
            bases[side] = _unseen(memory, operation, link, side, bases[side])
    before = {side: link.base_on(side) if link is not None else None for side in Side}
    return without_amounts_of_void(before, held, bases)


def _unseen(memory: Memory, operation: Operation, link: Link, side: Side, record: Record | None) -> Record | None:
    """A new base, as the old one in the groups that the plan was not shown, and that this decision does not agree on by name."""
    groups = memory.hidden.get((side, link.kind, link.id_on(side)), frozenset()) - {*operation.groups}
    base = link.base_on(side)
    if record is None or base is None:
        return record
    return replace(record, **{group: getattr(base, group) for group in groups})


def _still_to_travel(decision: Operation, writes: Sequence[Operation], source: Side) -> set[str]:
    """The groups of a pair that are about to be written from one side to the other.

    What both sides say differently is agreed on neither before it is written: an attempt that fails leaves a
    disagreement, and not a value that the next attempt replaces without keeping it.
    """
    pair = {decision.source_id, decision.target_id}
    own = [w for w in writes if w.kind is decision.kind and {w.source_id, w.target_id} == pair]
    travelling = {group for write in own if write.side is source.other for group in write.groups}
    return travelling | {d.field for write in own for d in write.disagreements}


def _without(record: Record, groups: set[str]) -> Record:
    """The record as if these groups said nothing yet."""
    return replace(record, **{group: _nothing(getattr(record, group)) for group in groups})


def _nothing(value: object) -> Any:
    match value:
        case str() | Address() | Name():
            return type(value)()
        case bool():
            return not value
        case date():
            return None
        case Payment():
            return Payment(Decimal(0), value.currency)
    return value


def _unmoved(link: Link, bases: dict[Side, Record | None]) -> bool:
    written_so = link.vocabulary is None
    return written_so and all(link.base_on(side) == bases[side] for side in Side)
