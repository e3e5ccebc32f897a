"""Carrying out a plan: what it decides, then its writes stage by stage, and then what becomes of each changed record.

One record at fault delays only itself and what needs it, and what is laid aside says why.
"""

from collections.abc import Mapping, Sequence

from app.domain.model.records import Kind, Side
from app.domain.planner import Plan
from app.domain.planning.plan_input import Key, PlanInput
from app.storage.changes.change_queue import PendingChange
from app.storage.records import mirrors
from app.sync.closing_date import read_closing_date
from app.sync.context import TurnContext
from app.sync.missing import fetch, not_there_any_more
from app.sync.writing.answers import Disposition, Progress
from app.sync.writing.ask import ask
from app.sync.writing.clearing import settle_rows
from app.sync.writing.decide import carry_out_decisions
from app.sync.writing.hidden_numbers import say_hidden_numbers
from app.sync.writing.memory import Memory
from app.sync.writing.out_of_use import ask_about_what_is_out_of_use
from app.sync.writing.stages import carry_out_stage


async def carry_out(
    context: TurnContext,
    plan_input: PlanInput,
    plan: Plan,
    rows: Sequence[PendingChange],
    sequence: int,
    hidden: Mapping[Key, frozenset[str]],
) -> int:
    """Carry out a plan and settle the pending changes it was made for. Answers the next sequence number.

    `plan_input` is what is known, `hidden` the groups of it that the plan was not shown.

    Raises `Unfinished` where answers are missing, and the connection-wide errors of `app.errors`.
    """
    memory = Memory(dict(plan_input.snapshots), plan_input.links, hidden=hidden)
    progress = Progress(
        memory, plan.entries, [Disposition() for _ in plan.entries], sequence, before=plan_input.snapshots
    )
    async with context.transaction() as tx:
        # Before anything is agreed on: the bases tell what is news.
        await say_hidden_numbers(context, tx, plan_input, plan)
        await carry_out_decisions(context, tx, plan, progress)
    for stage in plan.stages():
        await carry_out_stage(context, stage, progress)
    # Not before all is settled: where answers are missing, what was written then is judged by what it was planned from.
    await _read_stale(context, progress)
    await _look_at_the_closing_date(context, progress)
    await ask_about_what_is_out_of_use(context, rows, progress)
    await settle_rows(context, plan, rows, progress)
    return progress.sequence


async def _look_at_the_closing_date(context: TurnContext, progress: Progress) -> None:
    """Where the books were closed since they were last asked about it, what was refused is planned once more, now by B1;
    what is refused for another closing date than the one they tell of is shown as it was refused."""
    closed, progress.closed = progress.closed, []
    if not closed:
        return
    if await read_closing_date(context, refused=True):
        for index, stored in closed:
            disposition = progress.dispositions[index]
            disposition.again, disposition.wait = True, stored.message
            disposition.park, disposition.waits_for, disposition.refused = "", None, False
        return
    async with context.transaction() as tx:
        for _, stored in closed:
            context.counters.add("refused")
            await ask(context, tx, stored.operation, kind="refused", summary=stored.message, advice=stored.advice)


async def _read_stale(context: TurnContext, progress: Progress) -> None:
    """Keep what answers showed to have moved, and read again, in bulk, what they only said has; those records are then planned
    once more."""
    if progress.memory.news:
        async with context.transaction() as tx:
            await mirrors.save(tx, context.connection_id, list(progress.memory.news.values()), context.clock.now())
        progress.memory.news.clear()
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
        fetched = await fetch(context, side, kind, ids)
        async with context.transaction() as tx:
            gone = await not_there_any_more(context, tx, side, kind, fetched)
            await mirrors.save(tx, context.connection_id, [*fetched.snapshots, *gone], context.clock.now())
