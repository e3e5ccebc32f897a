"""How a run ends: what is left is asked about, both sides are compared, and only then is it over, with its report.

The comparison comes before the end, not after it: whatever kills a worker in between, the run is unfinished and another
turn compares. Once a run shows as finished, the connection's light says what it came to (I20).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from app import log, tie_outs
from app.domain.guards.allowance import Refill
from app.domain.planning.labels import in_a_list
from app.errors import OutsideError, TooSlow, Unauthorised
from app.storage.changes import forgotten, schedule
from app.storage.connections import connections
from app.storage.connections.restored import RESTORED
from app.storage.database import Transaction
from app.storage.people import attention, held_removals, reconsider
from app.storage.runs import decisions, operations, runs, shown_plans
from app.storage.runs.progress import Progress
from app.sync.context import TurnContext
from app.sync.questions import bulk_questions
from app.sync.questions.deleted_elsewhere import ask_about_many_deleted
from app.sync.questions.freed_payments import list_freed_payments
from app.sync.questions.held import list_held
from app.sync.questions.held_up import list_held_up
from app.sync.questions.open_refunds import list_open_refunds
from app.sync.questions.separate import close_what_was_merged
from app.sync.questions.undecided import count_undecided
from app.sync.site_look import tell_quick, tell_slow

logger = log.get(__name__)

PROBE = timedelta(hours=12)
SLOW_REST = 30.0
"""So many seconds a connection rests whose shop did not answer in time, twice as long after each further time."""
LONGEST_REST = 600.0
SLOW_IN_A_ROW = 3
"""So often a shop may be slow before a person is told."""
INTERRUPTIONS = 5
"""How often in a row a run is interrupted by the outside before it is given up until later."""
COMPARING: Final = "compare"
"""The last phase of a run: everything is written, asked and told; both sides are still to be compared."""
READ_AGAIN: Final = "read_again"
"""Counted by a dry run that somebody asked to read all of both sides once more, and to compare."""
COMPARED_AGAIN_SECONDS = 5.0
"""So long after somebody else's comparison was found under way, which may have begun before this run's last write."""

_TROUBLES = ("parked", "refused", "laid_aside", "postponed", "conflicts", "removals_dismissed", "shown_left")
"""What a run counts that leaves, or left, the two sides different in something that somebody typed."""


@dataclass(frozen=True, slots=True)
class TurnResult:
    """How a run goes on: `more` turns at once, or from `after_seconds` on; otherwise it is finished in `state`.

    `left`: what the turn has left of QuickBooks' rate limits to the next one; None where nobody knows.
    """

    more: bool
    after_seconds: float = 0
    state: str = "running"
    left: Refill | None = None


async def finished(context: TurnContext, run: runs.Run) -> TurnResult:
    """Everything is done: say what is left, compare, and end the run."""
    context.counters.values.pop("interruptions", None)
    if run.dry_run:
        if context.counters.get(READ_AGAIN) and not await _compared_as_read(context):
            return TurnResult(True, after_seconds=COMPARED_AGAIN_SECONDS)
        return await _ended(context, _end_of(context.counters.values, dry_run=True))
    if run.phase != COMPARING:
        await _told(context)
    whole = run.download or context.backfill
    if not await _compared(context, whole=whole):
        return TurnResult(True, after_seconds=COMPARED_AGAIN_SECONDS)
    left = await _left(context)
    advice = "The next synchronisation deals with it. Look at it once more to see how." if left else ""
    return await _ended(context, _end_of(context.counters.values, dry_run=False), error=left, advice=advice)


async def _compared_as_read(context: TurnContext) -> bool:
    """The same for a dry run that has read everything again: what it found differs until somebody synchronises."""
    context.begin("compare")
    async with context.transaction() as tx:
        await runs.progress(tx, context.run_id, context.counters.values, phase=COMPARING, progress=context.progress)
    return await _compared(context, whole=True)


async def _left(context: TurnContext) -> str:
    """What a run that carries out a plan has left of it, in a sentence that names it; "" where it has done all."""
    if not context.counters.get("shown_left"):
        return ""
    async with context.reading() as tx:
        rows = await shown_plans.moved(tx, context.connection_id, context.run_id)
    why = " ".join(dict.fromkeys(message for _, message in rows))
    return f"Of what was shown this was left: {in_a_list(name for name, _ in rows)}. {why}"


async def interrupted(context: TurnContext, error: Exception, wait: float | None) -> TurnResult:
    """The outside did not answer, or asked us to wait: what is committed is settled by the next turn."""
    context.counters.add("interruptions")
    count = context.counters.get("interruptions")
    slow = isinstance(error, TooSlow)
    seconds = wait if wait is not None else _rest(count, slow=slow)
    logger.warning("turn interrupted", error=repr(error), wait_seconds=seconds, interruptions=count)
    if count < INTERRUPTIONS or wait is not None:
        context.progress = _resting(context, error, seconds)
        async with context.transaction() as tx:
            await runs.progress(tx, context.run_id, context.counters.values, progress=context.progress)
            if slow and count >= SLOW_IN_A_ROW and not context.dry_run:
                await tell_slow(context, tx)
            return TurnResult(True, after_seconds=seconds)
    if not context.dry_run:
        await _compared(context, whole=False)
    now = context.clock.now()
    async with context.transaction() as tx:
        await runs.finish(
            tx,
            context.run_id,
            "failed",
            context.counters.values,
            now,
            error=str(error),
            advice="Nothing was changed." if context.dry_run else "Nothing is lost; it is tried again by itself.",
        )
        if not context.dry_run:
            await schedule.wake_by(tx, context.connection_id, now + timedelta(minutes=5))
        else:  # half a plan shows nothing
            await operations.forget_plan(tx, context.connection_id, context.run_id)
    return TurnResult(False, state="failed")


async def stopped(context: TurnContext, error: OutsideError) -> TurnResult:
    """The grant is gone or the company is shut: the connection says so, nothing is parked, changes stay queued."""
    state: connections.State = "reconnect_required" if isinstance(error, Unauthorised) else "blocked"
    logger.warning("connection stopped", state=state, code=error.code, trace_id=error.trace_id)
    if not context.dry_run:
        await _compared(context, whole=False)
    now = context.clock.now()
    async with context.transaction() as tx:
        await connections.set_state(
            tx,
            context.connection_id,
            state,
            str(error),
            now,
            probe_at=now + PROBE if state == "blocked" else None,
            remedy=error.remedy,
        )
        if not context.dry_run:  # what it had taken up is due again as soon as somebody has cured this
            await schedule.wake_by(tx, context.connection_id, now)
        else:  # half a plan shows nothing
            await operations.forget_plan(tx, context.connection_id, context.run_id)
        await runs.finish(
            tx, context.run_id, "failed", context.counters.values, now, error=error.message, advice=error.advice
        )
    return TurnResult(False, state="failed")


async def given_up(context: TurnContext, moved: str) -> TurnResult:
    """What was to be carried out is not what was shown any more: nothing was written, and what is due stays due."""
    advice = "Nothing was written. Look at it once more, and decide anew."
    return await _ended(context, "cancelled", error=moved, advice=advice)


def _resting(context: TurnContext, error: Exception, seconds: float) -> Progress:
    """What people are told while the outside is left alone."""
    goes_on_at = context.clock.now() + timedelta(seconds=seconds)
    missing = "Answers are missing; what was sent is looked for first."
    words = f"{error.message} {error.advice}".strip() if isinstance(error, OutsideError) else missing
    return replace(context.progress, interrupted=words, goes_on_at=goes_on_at)


def _rest(count: int, *, slow: bool) -> float:
    """For how many seconds to leave the outside alone after the so-manieth interruption."""
    if slow:
        return min(SLOW_REST * 2.0 ** (count - 1), LONGEST_REST)
    return min(2.0**count, 60.0)


async def _told(context: TurnContext) -> None:
    """Count and list what is left over or waits for somebody."""
    await count_undecided(context)
    context.begin("compare")
    now = context.clock.now()
    counters = context.counters.values
    async with context.transaction() as tx:
        held_back = await held_removals.held_back(tx, context.connection_id)
        held_counts = (("removals_waiting", held_back.waiting), ("removals_dismissed", held_back.dismissed))
        counters |= {name: number for name, number in held_counts if number}
        await reconsider.close_what_holds_nothing_up(tx, context.connection_id, now)
        await list_held(context, tx)
        await list_held_up(context, tx)
        await list_open_refunds(context, tx)
        await list_freed_payments(context, tx)
        await bulk_questions.bring_up_to_date(context, tx)
        await close_what_was_merged(context, tx)
        await ask_about_many_deleted(context, tx)
        await tell_quick(context, tx)
        await runs.progress(tx, context.run_id, counters, phase=COMPARING, progress=context.progress)


async def _compared(context: TurnContext, *, whole: bool) -> bool:
    """Have both sides compared, all of them or what the run looked at; False where somebody else is at it."""
    await context.hold()
    database, clock, ids = context.database, context.clock, context.ids
    if whole:
        taken = await tie_outs.take_whole(
            database, clock, ids, context.connection_id, run_id=context.run_id, key=context.certificate_key
        )
    else:
        taken = await tie_outs.take_touched(database, clock, ids, context.connection_id, context.run_id)
    return taken is not None


def _end_of(counters: Mapping[str, Any], *, dry_run: bool) -> runs.State:
    """How a run that went to its end is shown: `succeeded` only where nothing was left over or lost."""
    if counters.get("held") or counters.get("removals_waiting"):
        return "held"
    troubled = any(counters.get(name) for name in _TROUBLES)
    return "partial" if troubled and not dry_run else "succeeded"


async def _ended(context: TurnContext, state: runs.State, *, error: str = "", advice: str = "") -> TurnResult:
    looked_only = context.dry_run or state == "cancelled"
    now, counters = context.clock.now(), context.counters.values
    async with context.transaction() as tx:
        if moved := await decisions.moved(tx, context.connection_id, context.run_id, dry_run=context.dry_run):
            counters["moved"] = moved
        await runs.finish(tx, context.run_id, state, counters, now, error=error, advice=advice)
        in_part = context.shown is not None and (context.shown.only is not None or bool(counters.get("shown_left")))
        if context.backfill and not looked_only and not in_part:
            await connections.mark_first_sync_completed(tx, context.connection_id, now)
        if context.restored is not None and not looked_only:
            await connections.has_been_compared(tx, context.connection_id)
            await attention.settle(tx, context.connection_id, [RESTORED], reason="Both sides were compared.", now=now)
        await forgotten.reschedule_what_is_left(tx, context.connection_id)
        if (
            not looked_only
            and context.shown is None
            and await forgotten.left_half_done(tx, context.connection_id, context.run_id)
        ):
            await _go_on(context, tx)
    logger.info("run finished", state=state, **{k: v for k, v in counters.items() if isinstance(v, int)})
    return TurnResult(False, state=state)


async def _go_on(context: TurnContext, tx: Transaction) -> None:
    """What a person has started ends with both sides alike, although no run takes place by itself here (T3)."""
    asked = await runs.get(tx, context.connection_id, context.run_id)
    if asked is not None:
        await runs.request(
            tx,
            context.connection_id,
            run_id=context.ids.new("run"),
            trigger=asked.trigger,
            requested_by=asked.requested_by,
            now=context.clock.now(),
        )
