"""Carrying out a plan: stage by stage, and then each touched record is cleared, tried again, or laid aside.

One record at fault delays only itself and what needs it, and what is laid aside says why.
"""

from collections.abc import Sequence
from datetime import timedelta

from app.domain.operations import Action
from app.domain.planner import Entry, Plan
from app.domain.records import Kind, Side
from app.domain.situation import Situation
from app.storage import attention, inbox, mirrors, operations
from app.storage.database import Transaction
from app.storage.inbox import DirtyRecord
from app.storage.operations import StoredOperation
from app.sync.answers import Fate, Progress
from app.sync.context import TurnContext
from app.sync.decide import ask, remember
from app.sync.outcomes import Memory
from app.sync.pull import deleted
from app.sync.stages import carry_out_stage
from app.sync.take_back import new_row

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)
_QUESTIONS = {"configuration": "unmapped", "approval": "mass_delete"}
PATIENCE = 3
"""How often a record is planned again at once before it has to wait."""


async def carry_out(
    context: TurnContext, situation: Situation, plan: Plan, rows: Sequence[DirtyRecord], sequence: int
) -> int:
    """Carry out a plan and settle the dirty rows it was made for. Answers the next sequence number.

    Raises `Unfinished` where answers are missing, and the connection-wide errors of `app.errors`.
    """
    memory = Memory(dict(situation.snapshots), situation.links)
    progress = Progress(memory, [Fate() for _ in plan.entries], sequence, before=situation.snapshots)
    await _decisions(context, plan, progress)
    try:
        for stage in plan.stages():
            await carry_out_stage(context, stage, progress)
    finally:
        await _read_stale(context, progress)
    await _settle_rows(context, plan, rows, progress)
    return progress.sequence


async def keep_plan(context: TurnContext, plan: Plan, sequence: int) -> int:
    """Store a plan without carrying it out (a dry run)."""
    stored = []
    for stage in plan.stages():
        for _, operation in stage.operations:
            stored.append(new_row(context, operation, sequence, "planned"))
            context.counters.add(f"would_{operation.action}")
            sequence += 1
    async with context.transaction() as tx:
        await operations.add(tx, context.connection_id, stored, context.lease.epoch, context.clock.now())
    return sequence


async def _decisions(context: TurnContext, plan: Plan, progress: Progress) -> None:
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
                stored.append(new_row(context, operation, progress.sequence, "decided"))
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


async def _read_stale(context: TurnContext, progress: Progress) -> None:
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


async def _settle_rows(context: TurnContext, plan: Plan, rows: Sequence[DirtyRecord], progress: Progress) -> None:
    by_key = {row.key: row for row in rows}
    fates = {entry.touched.key: fate for entry, fate in zip(plan.entries, progress.fates, strict=True)}
    made = {f"{kind}:{side}:{record_id}" for side, kind, record_id, _ in progress.memory.created}
    done: list[DirtyRecord] = []
    now = context.clock.now()
    async with context.transaction() as tx:
        for entry in plan.entries:
            row = by_key[entry.touched.key]
            fate = fates[entry.same_as.key if entry.same_as else entry.touched.key]
            if fate.waits_for in made:  # by this very plan: nobody else will call it back
                fate.wait, fate.again, fate.park, fate.waits_for = fate.park, True, "", ""
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


async def _bury(context: TurnContext, tx: Transaction, progress: Progress) -> None:
    """Bury what has been marked on the side that keeps it; a crash before this plans both once more."""
    stored: list[StoredOperation] = []
    for index, operation in progress.burials:
        fate = progress.fates[index]
        if fate.again or fate.wait:
            continue
        await remember(context, tx, progress.memory, operation)
        stored.append(new_row(context, operation, progress.sequence, "decided"))
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
