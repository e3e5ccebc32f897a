"""Carrying out a plan: stage by stage, each stage's bodies committed before the first of them leaves.

After every batch the answers are committed: mirrors, links, bases, operations. Then each touched record is cleared,
tried again, or laid aside with its reason. One record at fault delays only itself and what needs it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from app.domain.exchange import Batch, Document, Outcome, OutcomeState, Write
from app.domain.matching import natural_keys
from app.domain.operations import Action, Operation
from app.domain.planner import Entry, Plan, Stage
from app.domain.records import Kind, Receipt, Record, Sale, Side, Snapshot
from app.domain.situation import Key, Situation
from app.domain.totals import moved
from app.storage import attention, inbox, mirrors, operations
from app.storage.database import Transaction
from app.storage.encoding import dump
from app.storage.inbox import ANY_CHANGE, DirtyRecord
from app.storage.operations import StoredOperation
from app.sync.context import TurnContext
from app.sync.decide import ask, ask_about_conflict, remember
from app.sync.outcomes import UNDO, Memory, settle
from app.sync.pull import deleted
from app.sync.put_back import losing, losing_key
from app.sync.recognise import recognised
from app.sync.references import resolved

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)
_QUESTIONS = {"configuration": "unmapped", "approval": "mass_delete"}
MOVED_ADVICE = "Look at the tax settings of the company and at the tax codes of the lines, then try again."
PATIENCE = 3
"""How often a record is planned again at once before it has to wait."""


class Unfinished(Exception):
    """Some writes got no answer; they stay committed and are settled first thing in the next turn."""


@dataclass(slots=True)
class Fate:
    """What becomes of one touched record once its operations have been carried out."""

    again: bool = False
    wait: str = ""
    park: str = ""
    waits_for: str = ""


@dataclass(slots=True)
class _Progress:
    memory: Memory
    fates: list[Fate]
    sequence: int
    before: Mapping[Key, Snapshot]
    """The records as they were planned from."""
    stale: set[Key] = field(default_factory=set)
    clashed: list[Operation] = field(default_factory=list)
    wrong: list[tuple[int, Operation, str]] = field(default_factory=list)
    """Documents that came out differently from what was sent: how to take each back, and which cent moved."""
    burials: list[tuple[int, Operation]] = field(default_factory=list)
    """Tombstones of entries that still have something to write: the pair stays live until that is done."""


async def carry_out(
    context: TurnContext, situation: Situation, plan: Plan, rows: Sequence[DirtyRecord], sequence: int
) -> int:
    """Carry out a plan and settle the dirty rows it was made for. Answers the next sequence number.

    Raises `Unfinished` where answers are missing, and the connection-wide errors of `app.errors`.
    """
    memory = Memory(dict(situation.snapshots), situation.links)
    progress = _Progress(memory, [Fate() for _ in plan.entries], sequence, before=situation.snapshots)
    await _decisions(context, plan, progress)
    try:
        for stage in plan.stages():
            await _stage(context, stage, progress)
    finally:
        await _read_stale(context, progress)
    await _settle_rows(context, plan, rows, progress)
    return progress.sequence


async def keep_plan(context: TurnContext, plan: Plan, sequence: int) -> int:
    """Store a plan without carrying it out (a dry run)."""
    stored = []
    for stage in plan.stages():
        for _, operation in stage.operations:
            stored.append(_stored(context, operation, sequence, "planned"))
            context.counters.add(f"would_{operation.action}")
            sequence += 1
    async with context.transaction() as tx:
        await operations.add(tx, context.connection_id, stored, context.lease.epoch, context.clock.now())
    return sequence


def _stored(context: TurnContext, operation: Operation, sequence: int, state: str) -> StoredOperation:
    return StoredOperation(context.ids.new("op"), context.run_id, sequence, operation, state)


async def _decisions(context: TurnContext, plan: Plan, progress: _Progress) -> None:
    stored: list[StoredOperation] = []
    async with context.transaction() as tx:
        for index, entry in enumerate(plan.entries):
            writes = [o for o in entry.operations if o.action.writes]
            fate = progress.fates[index]
            for operation in entry.operations:
                if operation.action.writes:
                    continue
                if operation.action is Action.TOMBSTONE and writes:
                    progress.burials.append((index, operation))
                    continue
                await remember(context, tx, progress.memory, operation, writes=writes)
                stored.append(_stored(context, operation, progress.sequence, "decided"))
                progress.sequence += 1
                if operation.action is Action.WAIT or (
                    operation.action is Action.PARK and operation.kind is entry.touched.kind
                ):
                    fate.park, fate.waits_for = operation.reason, operation.waits_for
                if operation.action is Action.PARK:
                    kind = _QUESTIONS.get(operation.waits_for, "parked")
                    actions = ("approve",) if operation.waits_for == "approval" else ("retry",)
                    await ask(context, tx, operation, kind=kind, summary=operation.reason, actions=actions)
        await operations.add(tx, context.connection_id, stored, context.lease.epoch, context.clock.now())


async def _stage(context: TurnContext, stage: Stage, progress: _Progress) -> None:
    writes = [(index, o) for index, o in stage.operations if o.action.writes]
    if not writes:
        return
    side = context.sides[writes[0][1].side]
    kind = writes[0][1].kind
    wanted = [o.target_id for _, o in writes if o.target_id and side.needs_document(o)]
    documents = await _documents(context, writes[0][1].side, kind, wanted)
    prepared: list[Write] = []
    by_id: dict[str, tuple[int, StoredOperation]] = {}
    for index, operation in writes:
        stored = _stored(context, operation, progress.sequence, "prepared")
        progress.sequence += 1
        by_id[stored.id] = (index, stored)
        record, missing = resolved(operation.record, operation.side, progress.memory.links, progress.memory.created)
        fate = progress.fates[index]
        if operation.action is Action.DELETE and (fate.park or fate.again or fate.wait):
            stored.state, stored.message = "waiting", "It waits until what had to go first is gone."
            continue
        if missing is not None:
            stored.state, stored.message = "waiting", f"It waits until its {missing.kind} {missing.id} is there."
            # What it refers to is made by this very plan: once that has gone through, it can be planned again at once.
            fate.wait, fate.again = stored.message, True
            continue
        write = Write(
            operation_id=stored.id,
            operation=replace(operation, expected_version=_version(operation, progress.memory)),
            record=record,
            document=documents.get(operation.target_id),
            base=_base(operation, progress.memory),
            external_ref=_external_ref(context, operation),
        )
        stored.external_ref = write.external_ref
        prepared.append(write)
    await side.ready()
    rendered = side.prepare(prepared)
    for refused in rendered.refused:
        index, stored = by_id[refused.operation_id]
        stored.state, stored.code, stored.message = "refused", refused.code, refused.message
        stored.advice = refused.advice
        progress.fates[index].park, progress.fates[index].waits_for = refused.message, ANY_CHANGE
    for batch in rendered.batches:
        for position, item in enumerate(batch.items):
            _, stored = by_id[item.operation_id]
            stored.batch_id, stored.position = batch.request_id, position
            stored.item_key, stored.body = item.key, dump(item.body)
    async with context.transaction() as tx:
        await operations.add(
            tx, context.connection_id, [s for _, s in by_id.values()], context.lease.epoch, context.clock.now()
        )
        for _, stored in by_id.values():
            if stored.state == "refused":
                context.counters.add("refused")
                await ask(context, tx, stored.operation, kind="refused", summary=stored.message, advice=stored.advice)
    unknown = 0
    for batch in rendered.batches:
        unknown += await _send(context, batch, by_id, progress)
    if unknown:
        raise Unfinished(f"{unknown} writes got no answer of their own")
    await _take_back(context, progress)


async def _take_back(context: TurnContext, progress: _Progress) -> None:
    """Delete what was just created and came out a cent wrong: a refused sale is better than a silently wrong invoice."""
    wrong, progress.wrong = progress.wrong, []
    if not wrong:
        return
    await _stage(context, Stage(-1, tuple((index, operation) for index, operation, _ in wrong)), progress)
    async with context.transaction() as tx:
        for index, operation, words in wrong:
            fate = progress.fates[index]
            fate.again, fate.wait = False, ""
            fate.park, fate.waits_for = words, ANY_CHANGE
            context.counters.add("refused")
            await ask(context, tx, operation, kind="refused", summary=words, advice=MOVED_ADVICE)


async def _documents(context: TurnContext, side: Side, kind: Kind, ids: Sequence[str]) -> dict[str, Document]:
    if not ids:
        return {}
    await context.hold()
    return dict(await context.sides[side].documents(kind, ids))


async def _send(
    context: TurnContext, batch: Batch, by_id: dict[str, tuple[int, StoredOperation]], progress: _Progress
) -> int:
    stored = {item.operation_id: by_id[item.operation_id][1] for item in batch.items}
    await context.hold()
    async with context.transaction() as tx:
        await operations.mark_sent(tx, context.connection_id, list(stored), context.clock.now())
    outcomes = await context.within_lease(context.sides[batch.side].send(batch))
    answered = [(stored[o.operation_id], o) for o in outcomes if o.operation_id in stored]
    answered = await recognised(context, progress.memory, answered)
    async with context.transaction() as tx:
        await settle(context, tx, progress.memory, answered)
        for one, outcome in answered:
            await _judge(context, tx, one, outcome, progress, by_id[one.id][0])
    return len(batch.items) - sum(o.state is not OutcomeState.UNKNOWN for _, o in answered)


async def _judge(
    context: TurnContext,
    tx: Transaction,
    stored: StoredOperation,
    outcome: Outcome,
    progress: _Progress,
    index: int,
) -> None:
    operation, fate = stored.operation, progress.fates[index]
    if stored.state == "done":
        if operation.disagreements:
            key = losing_key(operation)
            await ask_about_conflict(
                context, tx, operation, losing(operation, progress.before.get(key) if key else None)
            )
        await _check_cents(context, tx, operation, outcome, progress, index)
        return
    if outcome.state is OutcomeState.REFUSED:
        fate.park, fate.waits_for = outcome.message or "It was refused.", ANY_CHANGE
        context.counters.add("refused")
        await ask(context, tx, operation, kind="refused", summary=outcome.message, advice=outcome.advice)
        return
    fate.again = True
    if outcome.state is OutcomeState.CLASH:
        progress.clashed.append(operation)
        if operation.kind is Kind.CONTACT:
            context.names_refused[_normalised_name(operation.record)] = ""
    if operation.target_id and (outcome.state is not OutcomeState.STALE or outcome.snapshot is None):
        progress.stale.add((operation.side, operation.kind, operation.target_id))
    if outcome.state in (OutcomeState.AMBIGUOUS, OutcomeState.CLASH):
        progress.stale |= _referred(operation, progress.memory)
    fate.wait = outcome.message
    context.counters.add(outcome.state.value)


async def _check_cents(
    context: TurnContext, tx: Transaction, operation: Operation, outcome: Outcome, progress: _Progress, index: int
) -> None:
    """An invoice that came out wrong is taken back, a changed one is shown (design section 9)."""
    summary, snapshot = moved_cents(operation, outcome), outcome.snapshot
    if not summary or snapshot is None or outcome.state is not OutcomeState.DONE:
        return
    if operation.action is Action.UPDATE:
        progress.fates[index].park, progress.fates[index].waits_for = summary, ANY_CHANGE
        context.counters.add("refused")
        await ask(context, tx, operation, kind="refused", summary=summary, advice=MOVED_ADVICE)
        return
    undo = Operation(
        Action.DELETE,
        Side.QUICKBOOKS,
        Kind.SALE,
        operation.rule,
        summary,
        source_id=operation.source_id,
        target_id=snapshot.id,
        record=snapshot.record,
        fields=(UNDO,),
        expected_version=snapshot.version,
    )
    progress.wrong.append((index, undo, summary))


def moved_cents(operation: Operation, outcome: Outcome) -> str:
    """What QuickBooks made of a sale must be the sale, to the cent and per tax code; says where it is not."""
    made = outcome.snapshot.record if outcome.snapshot is not None else None
    wanted = operation.record
    written = operation.action is Action.CREATE or (operation.action is Action.UPDATE and "money" in operation.fields)
    if operation.side is not Side.QUICKBOOKS or not written:
        return ""
    if not isinstance(wanted, Sale) or not isinstance(made, Sale):
        return ""
    words = moved(wanted.money, made.money)
    return f"QuickBooks worked the document out differently. {words}" if words else ""


def _normalised_name(record: Record | None) -> str:
    return natural_keys(record).name if record is not None else ""


def _referred(operation: Operation, memory: Memory) -> set[Key]:
    """The records that a write refers to: its contact, and the sales that a receipt pays."""
    record, _ = resolved(operation.record, operation.side, memory.links, memory.created)
    keys: set[Key] = set()
    if isinstance(record, Sale | Receipt) and isinstance(record.contact_id, str):
        keys.add((operation.side, Kind.CONTACT, record.contact_id))
    if isinstance(record, Receipt):
        keys |= {(operation.side, Kind.SALE, str(a.sale_id)) for a in record.payment.allocations}
    return keys


async def _read_stale(context: TurnContext, progress: _Progress) -> None:
    """Read again, in bulk, what a write showed to have moved; those records are then planned once more."""
    for operation in progress.clashed:
        holders = await context.sides[operation.side].find_clash(operation)
        async with context.transaction() as tx:
            await mirrors.save(tx, context.connection_id, holders, context.clock.now())
    progress.clashed.clear()
    groups: dict[tuple[Side, Kind], list[str]] = {}
    for side, kind, record_id in sorted(progress.stale):
        groups.setdefault((side, kind), []).append(record_id)
    progress.stale.clear()
    for (side, kind), ids in groups.items():
        await context.hold()
        fetched = await context.sides[side].fetch(kind, ids)
        async with context.transaction() as tx:
            known = await mirrors.load(tx, context.connection_id, side, kind, fetched.missing)
            gone = [deleted(s, context.clock.now()) for s in known.values()] if side is Side.QUICKBOOKS else []
            await mirrors.save(tx, context.connection_id, [*fetched.snapshots, *gone], context.clock.now())


async def _settle_rows(context: TurnContext, plan: Plan, rows: Sequence[DirtyRecord], progress: _Progress) -> None:
    by_key = {row.key: row for row in rows}
    fates = {entry.touched.key: fate for entry, fate in zip(plan.entries, progress.fates, strict=True)}
    done: list[DirtyRecord] = []
    now = context.clock.now()
    async with context.transaction() as tx:
        for entry in plan.entries:
            row = by_key[entry.touched.key]
            fate = fates[entry.same_as.key if entry.same_as else entry.touched.key]
            if fate.park:
                await inbox.park(tx, context.connection_id, [row], waits_for=fate.waits_for, reason=fate.park)
            elif fate.again or fate.wait:
                until = now if fate.again and row.attempts < PATIENCE else now + _pause(row.attempts)
                await inbox.postpone(tx, context.connection_id, [row], until, fate.wait)
                if until > now:
                    context.counters.add("postponed")
                    await _say_that_it_waits(context, tx, entry, fate)
            else:
                done.append(row)
        await _bury(context, tx, progress)
        await inbox.clear(tx, context.connection_id, done)
        await _answer_what_is_settled(context, tx, done, plan)


async def _bury(context: TurnContext, tx: Transaction, progress: _Progress) -> None:
    """Bury what has been marked on the side that keeps it; a crash before this plans both once more."""
    stored: list[StoredOperation] = []
    for index, operation in progress.burials:
        fate = progress.fates[index]
        if fate.again or fate.wait:
            continue
        await remember(context, tx, progress.memory, operation)
        stored.append(_stored(context, operation, progress.sequence, "decided"))
        progress.sequence += 1
    await operations.add(tx, context.connection_id, stored, context.lease.epoch, context.clock.now())


async def _answer_what_is_settled(
    context: TurnContext, tx: Transaction, done: Sequence[DirtyRecord], plan: Plan
) -> None:
    """Questions about records that have gone through are closed, and what waits for a contact that moved is looked at again.

    A contact that is merely skipped answers nothing: the question which customer it is may still stand.
    """
    skipped = {e.touched.key for e in plan.entries if all(o.action is Action.SKIP for o in e.operations)}
    keys = [f"record:{r.kind}:{r.side}:{r.id}" for r in done if r.kind is not Kind.CONTACT or r.key not in skipped]
    now = context.clock.now()
    await attention.settle(tx, context.connection_id, keys, reason="It has been synchronised since.", now=now)
    waiting = [f"{r.kind}:{r.side}:{r.id}" for r in done if r.kind is Kind.CONTACT]
    if waiting:
        await inbox.free_many(tx, context.connection_id, now, waiting)


async def _say_that_it_waits(context: TurnContext, tx: Transaction, entry: Entry, fate: Fate) -> None:
    """What could not be written however often it was tried is shown, and goes on being tried."""
    writes = [o for o in entry.operations if o.action.writes and o.kind is entry.touched.kind]
    if writes and fate.again:
        advice = "It is tried again by itself, less and less often."
        await ask(context, tx, writes[0], kind="parked", summary=fate.wait or "It was not taken yet.", advice=advice)


def _pause(attempts: int) -> timedelta:
    return min(FIRST_PAUSE * (1 << min(max(0, attempts - PATIENCE), 12)), LONGEST_PAUSE)


def _version(operation: Operation, memory: Memory) -> str:
    """The newest version we know: an earlier write of this very run may have moved it on."""
    known = memory.snapshots.get((operation.side, operation.kind, operation.target_id))
    return known.version if known is not None else operation.expected_version


def _base(operation: Operation, memory: Memory) -> Record | None:
    link = memory.links.live((operation.side, operation.kind, operation.target_id)) if operation.target_id else None
    return link.base_on(operation.side) if link else None


def _external_ref(context: TurnContext, operation: Operation) -> str:
    if operation.action is not Action.CREATE:
        return ""
    source = operation.side.other
    parts = [source.value, context.identity[source], operation.kind.value, operation.source_id]
    if operation.part:
        parts.append(operation.part)
    if operation.generation:
        parts.append(f"g{operation.generation}")
    return ":".join(parts)
