"""One turn of a run: recover, pull, plan, push, settle; at most about a minute, resumable between any two steps. The last
one ends the run (`ending`).

A turn never raises for what the outside does: it answers how the run goes on. Everything that it learned is committed
by then, so that a turn that is killed anywhere is simply followed by another one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app import log
from app.domain.guards.read_budget import Budget
from app.domain.model.configuration import Configuration
from app.domain.model.records import Kind, Side
from app.domain.model.waiting import WaitsFor
from app.domain.planner import named
from app.domain.planning.plan_input import Key
from app.errors import Blocked, Throttled, Unauthorised, Unreachable
from app.site_events import events_address
from app.storage import statistics
from app.storage.changes import change_queue, due_changes, schedule
from app.storage.changes.change_queue import PendingChange
from app.storage.connections import connections
from app.storage.database import Database
from app.storage.people import reconsider
from app.storage.records import mirrors
from app.storage.runs import operations, progress, runs
from app.storage.runs.leases import Lease
from app.sync import ending
from app.sync.carrying_out import Moved, as_shown, claimed, moved_since, note_left
from app.sync.closing_date import read_closing_date, still_refused
from app.sync.context import Clock, Counters, Ids, Restored, ShownPlan, TurnContext
from app.sync.dry_run import keep_dry_run
from app.sync.ending import TurnResult
from app.sync.mass_removal import hold_back
from app.sync.merged_customers import keep_shown, note_merges
from app.sync.planning import gathered, planned
from app.sync.ports import SyncSide
from app.sync.reading.ahead import Ahead, ask_ahead, sides_to_read
from app.sync.reading.check import check_sources, everything_was_read, is_asked_for
from app.sync.reading.download import download
from app.sync.reading.match_answers import choices_used
from app.sync.reading.pull import pull_named
from app.sync.reading.whole_batches import whole_batches
from app.sync.site_look import listen, look_at_site
from app.sync.writing import kept_restorations, restore
from app.sync.writing.marks import tell_marks
from app.sync.writing.out_of_use import still_out_of_use
from app.sync.writing.push import carry_out
from app.sync.writing.recover import recover
from app.sync.writing.settlements import compare_settlements
from app.sync.writing.since_backup import find_pairs_again, say_whose_it_was
from app.sync.writing.stages import Unfinished
from app.zones import zone_named

_log = log.get(__name__)

CARRYING_OUT = "carry out"
"""The phase of a run that does what was shown, once it is certain that nothing of that has moved."""
LARGE = 1000
"""Records that a first synchronisation has read, from which on it looks itself after PostgreSQL's statistics."""
MOST_LOOKS = 100
"""How often one turn looks at one record. More often is only what sets itself free again and again, which no rule does: it waits for an
hour, so that a run comes to its end whatever happens."""
WITHOUT_END = "It was looked at again and again without coming to an end. It is tried once more in an hour."
CHUNK = 300
"""Records planned and written together: ten full QuickBooks batches."""
FIRST_CHUNK = 600
"""In a first synchronisation, which is asked about nothing meanwhile and has the most to carry."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a turn is given: the open database, the seams, and the two sides of the connection."""

    database: Database
    clock: Clock
    ids: Ids
    sides: Mapping[Side, SyncSide]
    turn_seconds: float = 60
    monthly_reads: int = 500_000
    check_every: timedelta = timedelta(hours=24)
    certificate_key: str = ""
    public_url: str = ""
    """Under which address the service is reached from outside; "" where nobody has said."""
    idle: timedelta = timedelta(hours=12)
    """How long after its last download a side is downloaded untold (T2)."""
    weekly_upkeep: int = 0
    """So many reads a connection and week look after what is known of it; 0: no bound."""


async def take_turn(parts: Parts, connection_id: str, run_id: str, lease: Lease, lease_taken: float) -> TurnResult:
    """Carry one run of one connection on by one turn, as the holder of `lease`.

    `lease_taken` is the monotonic time from before the lease was asked for. Raises `LeaseLost` when somebody else has
    taken over, and nothing for anything that the outside does.
    """
    async with parts.database.transaction(connection_id) as tx:
        connection = await connections.get(tx, connection_id)
        run = await runs.get(tx, connection_id, run_id)
        if connection is None or run is None or run.state not in ("queued", "running"):
            return TurnResult(False, state=run.state if run else "cancelled")
        if connection.configuration is None:
            await runs.finish(
                tx, run_id, "cancelled", run.counters, parts.clock.now(), error="The connection is not configured yet."
            )
            return TurnResult(False, state="cancelled")
        await runs.start(tx, run_id, parts.clock.now())
        come_to = await progress.read(tx, connection_id, run_id)
    restored = Restored.of(connection)
    if restored is not None:  # it has everything to look at that happened since
        run = replace(run, download=True)
    context = TurnContext(
        database=parts.database,
        clock=parts.clock,
        ids=parts.ids,
        connection_id=connection_id,
        run_id=run_id,
        dry_run=run.dry_run,
        configuration=_as_configuration(connection.configuration),
        configuration_version=connection.configuration_version,
        sides=parts.sides,
        identity={Side.ONCORD: connection.oncord_api_url, Side.QUICKBOOKS: connection.realm_id},
        site_id=connection.site_id,
        events_url=events_address(parts.public_url.rstrip("/"), connection_id) if parts.public_url else "",
        zone=zone_named(str(((connection.facts or {}).get("oncord") or {}).get("time_zone") or "")),
        lease=lease,
        lease_taken=lease_taken,
        deadline=parts.clock.monotonic() + parts.turn_seconds,
        restored=restored,
        backfill=connection.first_sync_completed_at is None,
        shown=ShownPlan.of(run.carries_out),
        budget=Budget(parts.monthly_reads, upkeep=parts.weekly_upkeep),
        check_every=parts.check_every,
        idle=parts.idle,
        certificate_key=parts.certificate_key,
        counters=Counters(dict(run.counters)),
        progress=come_to,
    )
    with log.context(connection=connection_id, run=run_id):
        try:
            done = run.phase == ending.COMPARING or await _turn(context, run)
        except Throttled as error:
            return await ending.interrupted(context, error, error.wait_seconds)
        except (Unreachable, Unfinished) as error:
            return await ending.interrupted(context, error, None)
        except (Unauthorised, Blocked) as error:
            return await ending.stopped(context, error)
        except Moved as error:
            return await ending.given_up(context, str(error))
        if not done:
            await _progress(context)
            return TurnResult(True)
        return await ending.finished(context, run)


def _as_configuration(value: object) -> Configuration:
    assert isinstance(value, Configuration)
    return value


async def _as_it_was(context: TurnContext) -> list[WaitsFor]:
    """What waits for something that is known not to have changed, so that it goes on waiting."""
    return [*await still_out_of_use(context), *await still_refused(context)]


async def _turn(context: TurnContext, run: runs.Run) -> bool:
    asked_at = run.started_at or run.requested_at
    if not await _refresh_keys(context):
        return False
    if not run.dry_run and await recover(context):
        context.counters.values.pop("interruptions", None)
    only_a_look = run.dry_run or context.shown is not None
    if run.pulled_at is None:
        begins = run.phase == "" and run.download and not only_a_look
        sides = await sides_to_read(context, run) if run.download or context.backfill else ()
        ahead = await ask_ahead(context, site=begins, sides=sides)
        if run.phase == "":
            if ahead.site is not None:
                await look_at_site(context, ahead.site)
            as_it_was = await _as_it_was(context) if run.download and not only_a_look else ()
            context.begin("oncord" if run.download or context.backfill else "changes")
            async with context.transaction() as tx:
                if not only_a_look:  # which is only a look: what waits goes on waiting for its moment
                    await schedule.begin(tx, context.connection_id)
                    if run.download:
                        now = context.clock.now()
                        await reconsider.after_a_cure(tx, context.connection_id, now, but=as_it_was)
                await runs.progress(tx, run.id, context.counters.values, phase="pull", progress=context.progress)
        if not await _pull(context, run, asked_at, sides, ahead):
            return False
        if Side.QUICKBOOKS in sides and not run.dry_run:  # the change list may just have told of it
            await read_closing_date(context)
        await note_merges(context)
        await find_pairs_again(context)
        if _is_large(context):
            async with context.reading() as tx:
                await statistics.of_records(tx)
        async with context.transaction() as tx:
            await runs.progress(tx, run.id, context.counters.values, phase="push", pulled_at=context.clock.now())
    if run.dry_run:
        await keep_dry_run(context)
        return True
    if context.shown is not None and run.phase != CARRYING_OUT:
        moved = await moved_since(context, context.shown)
        if moved:
            raise Moved(moved)
        await _progress(context)
    if not await _work(context):
        return False
    await say_whose_it_was(context)
    return await compare_settlements(context) and await tell_marks(context)


async def _pull(context: TurnContext, run: runs.Run, asked_at: datetime, sides: Sequence[Side], ahead: Ahead) -> bool:
    if sides:
        for side in sides:
            if not await download(context, side, asked_at, ahead.changes.get(side)):
                return False
        # What was told after the backup that was restored is not known here, so that nothing is said of what was not.
        only_a_look = run.dry_run or context.shown is not None
        if not context.backfill and not only_a_look and context.restored is None:
            await listen(context)
        if context.backfill and not only_a_look:
            await everything_was_read(context)
        elif (not only_a_look or await _reads_all_again(context)) and not await check_sources(context, asked_at):
            return False
    return await pull_named(context)


async def _reads_all_again(context: TurnContext) -> bool:
    """Whether somebody has asked for all of both sides to be read once more and compared: a dry run does, which writes nothing."""
    if not context.dry_run or context.backfill:
        return False
    if await is_asked_for(context):
        context.counters.values[ending.READ_AGAIN] = True
    return bool(context.counters.get(ending.READ_AGAIN))


async def _refresh_keys(context: TurnContext) -> bool:
    """After a release that looks people or documents up otherwise, what is there already is prepared once; false where
    the next turn has to go on with it."""
    while True:
        async with context.transaction() as tx:
            refreshed = await mirrors.refresh_keys(tx, context.connection_id)
        if not refreshed:
            return True
        if context.time_is_up():
            return False


async def _work(context: TurnContext) -> bool:
    """Plan and push chunk by chunk, kind by kind, until nothing is due."""
    if context.shown is None:
        await kept_restorations.due(context)
    async with context.reading() as tx:
        sequence = await operations.next_sequence(tx, context.connection_id, context.run_id)
        due, _ = await change_queue.count(tx, context.connection_id, context.clock.now())
    chosen = context.shown.records if context.shown is not None else None
    context.begin("write", left=due if chosen is None else min(due, len(chosen)))
    for kind in (None, *Kind):
        looked = False
        while True:
            rows = await _claimed(context, kind)
            if not rows:
                break
            rows = await _not_for_ever(context, rows)
            if not rows:
                continue
            plan_input, decided = await gathered(context, rows)
            await keep_shown(context, plan_input)
            chunk = await planned(context, decided.shown(plan_input))
            if len(rows) == _chunk(context) and context.shown is None:
                chunk = whole_batches(chunk)
            chunk = restore.with_decisions(chunk, decided)
            if context.shown is not None:
                chunk = await as_shown(context, context.shown, plan_input, chunk)
            going = named(await hold_back(context, plan_input, chunk), plan_input)
            await restore.note(context, decided)
            hidden = _hidden(decided.hidden(), going.hidden())
            sequence = await carry_out(context, plan_input, going, rows, sequence, hidden)
            await choices_used(context, plan_input)
            context.advance(min(len(rows), len(going.entries)))
            await _progress(context)
            if not looked and _is_large(context):
                looked = True
                async with context.reading() as tx:
                    await statistics.of_links(tx)
            if context.outdated or context.time_is_up():
                return False
    if context.shown is not None:
        await note_left(context, context.shown)
        return True
    async with context.reading() as tx:
        left = await due_changes.claim(tx, context.connection_id, context.clock.now(), mirrored=True, limit=1)
    return not left


def _is_large(context: TurnContext) -> bool:
    """Whether so much was read for the first time that PostgreSQL's own statistics come too late."""
    return context.backfill and context.counters.get("read") >= LARGE


def _hidden(*several: Mapping[Key, frozenset[str]]) -> dict[Key, frozenset[str]]:
    """The groups of which nothing was decided, for whichever reason."""
    found: dict[Key, frozenset[str]] = {}
    for each in several:
        for key, groups in each.items():
            found[key] = found.get(key, frozenset()) | groups
    return found


async def _claimed(context: TurnContext, kind: Kind | None) -> list[PendingChange]:
    """The next records of one kind; None: new money for documents that are there, which goes first, so that nobody who
    has paid is reminded meanwhile."""
    now, most = context.clock.now(), _chunk(context)
    if context.shown is not None:
        return await claimed(context, context.shown, kind, most) if kind is not None else []
    async with context.reading() as tx:
        if kind is None:
            return await due_changes.claim_new_money(tx, context.connection_id, now, limit=most)
        return await due_changes.claim(tx, context.connection_id, now, kinds=[kind], mirrored=True, limit=most)


async def _not_for_ever(context: TurnContext, rows: Sequence[PendingChange]) -> list[PendingChange]:
    """Of the records that are to be looked at, those that this turn has not looked at very often already."""
    context.looks.update(row.key for row in rows)
    endless = [row for row in rows if context.looks[row.key] > MOST_LOOKS]
    if endless:
        _log.error("a record was looked at without end", record="/".join(endless[0].key), records=len(endless))
        async with context.transaction() as tx:
            until = context.clock.now() + timedelta(hours=1)
            await change_queue.postpone(tx, context.connection_id, endless, until, WITHOUT_END)
    return [row for row in rows if context.looks[row.key] <= MOST_LOOKS]


def _chunk(context: TurnContext) -> int:
    return FIRST_CHUNK if context.backfill else CHUNK


async def _progress(context: TurnContext) -> None:
    phase = "push" if context.shown is None else CARRYING_OUT
    async with context.transaction() as tx:
        await runs.progress(tx, context.run_id, context.counters.values, phase=phase, progress=context.progress)
