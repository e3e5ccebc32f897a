"""What is planned of pending changes: of one chunk, as a run works it off, and of all that is due, piece by piece.

A whole plan is made in pieces, in the order of the planner, each of them read by itself; what later ones have to know of those before
is who is who by then, in ids and names (`plan_input.Decided`). So it takes the memory of one piece, however much is due.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from app.domain.planner import Plan, named, plan
from app.domain.planning.plan_input import Decided, PlanInput
from app.storage.changes import change_queue, due_changes
from app.storage.changes.change_queue import PendingChange
from app.storage.runs import progress
from app.sync.cleared_money import with_cleared_money
from app.sync.context import TurnContext
from app.sync.mass_removal import PlannedRemovals, hold_back
from app.sync.reading.gather import gather
from app.sync.reading.pull import read_anew
from app.sync.writing import restore
from app.sync.writing.since_backup import as_known, held_against, known_since_backup

PIECE = 600
"""So many changed records of a whole plan are planned together: as many as a chunk of a first synchronisation has."""


async def pieces(context: TurnContext) -> AsyncIterator[tuple[PlanInput, Plan]]:
    """What would be done about all that is due, as it stands now, piece by piece with what each was planned from."""
    async with context.reading() as tx:
        due, _ = await change_queue.count(tx, context.connection_id, context.clock.now())
    context.begin("plan")
    context.progress = replace(context.progress, done=0, total=due)  # an earlier turn may have ended here
    await _note_progress(context)
    earlier, removals = Decided(), PlannedRemovals()
    rows = await _rows(context)
    while rows:
        plan_input, decided = await gathered(context, rows)
        plan_input = replace(plan_input, earlier=earlier)
        made = await planned(context, decided.shown(plan_input))
        kept = await hold_back(context, plan_input, restore.with_decisions(made, decided), removals)
        yield plan_input, named(kept, plan_input)
        earlier.add(made.decided)
        context.advance(len(rows))
        rows = await _rows(context, rows[-1]) if len(rows) == PIECE else []
        if rows:
            await context.hold()
            await _note_progress(context)


async def _rows(context: TurnContext, after: PendingChange | None = None) -> list[PendingChange]:
    key = after.key if after is not None else None
    async with context.reading() as tx:
        return await due_changes.next_in_order(tx, context.connection_id, context.clock.now(), key, limit=PIECE)


async def _note_progress(context: TurnContext) -> None:
    async with context.transaction() as tx:
        await progress.note(tx, context.run_id, context.progress)


async def gathered(context: TurnContext, rows: Sequence[PendingChange]) -> tuple[PlanInput, restore.Looked]:
    """The plan's input, and the decisions that concern it; with what was read in an earlier vocabulary read anew."""
    async with context.reading() as tx:
        plan_input = await gather(context, tx, rows)
        decided = await restore.look(context, tx, plan_input)
    outdated = plan_input.outdated()
    if not outdated:
        return plan_input, decided
    await read_anew(context, outdated, plan_input.planned())
    async with context.reading() as tx:
        plan_input = await gather(context, tx, rows)
        return plan_input, await restore.look(context, tx, plan_input)


async def planned(context: TurnContext, plan_input: PlanInput) -> Plan:
    """The plan; where it touches money, knowing what of that a bank statement holds."""
    known = await known_since_backup(context, plan_input)
    plan_input = as_known(plan_input, known)
    made = plan(plan_input)
    days = made.days_of_money()
    if days:
        made = plan(await with_cleared_money(context, plan_input, days))
    return held_against(made, plan_input, known)
