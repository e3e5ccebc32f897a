"""What a wake-up leads to: look whether the connection is due, take its lease, carry its run on by a turn, wake again.

A wake-up is only a hint (law 2): whatever it finds stands in PostgreSQL. Too early, it asks for one at the right moment; too
late, somebody else has done the work. Between two turns of a long run the lease is given back and the connection goes
to the end of the line, so that nobody starves.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

import psycopg
from psycopg_pool import PoolTimeout

from app import log
from app.domain.guards.allowance import Refill
from app.domain.guards.debounce import (
    Cause,
    DueFacts,
    Timing,
    next_due,
)
from app.domain.guards.echoes import echoes
from app.domain.guards.read_budget import Budget
from app.domain.model.records import Side
from app.errors import LeaseLost
from app.storage.changes import due, schedule
from app.storage.changes import echoes as event_store
from app.storage.connections import connections
from app.storage.connections.connections import Connection
from app.storage.connections.vault import VaultError
from app.storage.database import Database, Transaction
from app.storage.runs import leases, meter, runs
from app.storage.runs.leases import Lease
from app.sync.context import Clock, Ids
from app.sync.ending import TurnResult
from app.sync.engine import Parts, take_turn
from app.sync.ports import SyncSide

_log = log.get(__name__)

ECHOES_WAIT = timedelta(minutes=15)
HEARTBEAT_SECONDS = 20.0
"""So much longer than the longest request a lease lasts, since none is sent with less of the lease left."""
NO_PLACE = timedelta(seconds=10)
"""So much later a connection that found no place is looked at again."""
ROUNDS = 3
"""How many runs one wake-up carries out in a row before the connection goes to the end of the line."""

TRIGGERS: dict[Cause, runs.Trigger] = {
    Cause.QUIET: "quiet",
    Cause.RETRY: "quiet",
    Cause.IDLE: "idle",
    Cause.PROBE: "reconnect",
    Cause.REQUESTED: "manual",
}


class Waker(Protocol):
    """What wakes again."""

    async def wake(self, connection_id: str, at: datetime | None = None) -> None:
        """Let a worker look at this connection at `at`, or now. Never raises."""
        ...


class Slots(Protocol):
    """Places for the runs of this process."""

    async def enter(self, connection_id: str) -> bool:
        """Take a place for a turn; False where there is none for this connection now."""
        ...

    def leave(self, connection_id: str) -> None:
        """Give it back."""
        ...


class Boundless:
    """Room for everybody."""

    async def enter(self, connection_id: str) -> bool:
        """There is always a place."""
        return True

    def leave(self, connection_id: str) -> None:
        """Nothing is given back."""


Turn = Callable[[str, str, Lease, float], Awaitable[TurnResult]]
"""Carries (connection, run) on by one turn under a lease that was asked for at a monotonic moment."""


@dataclass(frozen=True, slots=True)
class WakeContext:
    """What answering a wake-up needs."""

    database: Database
    clock: Clock
    ids: Ids
    waker: Waker
    timing: Timing
    owner: str
    turn: Turn
    request_seconds: float = 130
    """How long a request may take: a take-over waits for so long after a lease has run out."""
    slots: Slots = field(default_factory=Boundless)
    monthly_reads: int = 500_000

    def about(self, connection_id: str) -> AbstractAsyncContextManager[Transaction]:
        """A transaction about one connection."""
        return self.database.transaction(connection_id)


def timing(*, quiet_seconds: float, longest_wait_seconds: float, idle_hours: float) -> Timing:
    """How long to wait for what, as it is set."""
    return Timing(
        timedelta(seconds=quiet_seconds), timedelta(seconds=longest_wait_seconds), timedelta(hours=idle_hours)
    )


def engine_turn(
    database: Database,
    clock: Clock,
    ids: Ids,
    sides: Callable[[Connection, Refill | None], AbstractAsyncContextManager[Mapping[Side, SyncSide]]],
    turn_seconds: float,
    monthly_reads: int = 500_000,
    check_every: timedelta = timedelta(hours=24),
    certificate_key: str = "",
    public_url: str = "",
    idle: timedelta = timedelta(hours=12),
    weekly_upkeep: int = 0,
) -> Turn:
    """The engine's turn, with both sides of a connection opened anew for each."""

    async def turn(connection_id: str, run_id: str, lease: Lease, lease_taken: float) -> TurnResult:
        async with database.transaction(connection_id) as tx:
            connection = await connections.get(tx, connection_id)
        if connection is None:
            return TurnResult(False, state="cancelled")
        async with sides(connection, lease.left) as opened:
            parts = Parts(
                database,
                clock,
                ids,
                opened,
                turn_seconds,
                monthly_reads,
                check_every,
                certificate_key,
                public_url,
                idle,
                weekly_upkeep,
            )
            result = await take_turn(parts, connection_id, run_id, lease, lease_taken)
        return replace(result, left=opened[Side.QUICKBOOKS].allowance_left())

    return turn


async def answer(parts: WakeContext, connection_id: str) -> str:
    """Answer one wake-up; says in a word what came of it."""
    with log.context(connection=connection_id):
        came = "nothing due"
        for _ in range(ROUNDS):
            due_moment = await _due(parts, connection_id)
            if due_moment is None:
                return came
            at, cause = due_moment
            if at > parts.clock.now():
                await parts.waker.wake(connection_id, at)
                return came if came != "nothing due" else "asked for later"
            came = await _placed_run(parts, connection_id, cause)
            if came != "finished":
                return came
        await parts.waker.wake(connection_id)
        return came


async def _due(parts: WakeContext, connection_id: str) -> tuple[datetime, Cause] | None:
    now = parts.clock.now()
    async with parts.about(connection_id) as tx:
        facts = await due.due_facts_of(tx, [connection_id])
        if not facts:
            return None
        [due_facts] = facts
        first = due_facts.first_changed_at
        if first is not None and due_facts.automatic and now >= first + parts.timing.quiet:
            due_facts = await _without_echoes(tx, due_facts, now)
        moment = next_due(due_facts, parts.timing, now)
        if moment is None or moment[1] is not Cause.IDLE:
            return moment
        pace = Budget(parts.monthly_reads).pace(await meter.used_this_month(tx, now.date()), now.date())
        return next_due(due_facts, parts.timing.paced(pace), now)


async def _without_echoes(tx: Transaction, due_facts: DueFacts, now: datetime) -> DueFacts:
    """What it is due by, as it is counted from changes alone; echoes are held back for a quarter of an hour at most."""
    since = await event_store.lock_schedule(tx, due_facts.connection_id)
    written = await event_store.answered_writes(tx, due_facts.connection_id, since) if since else []
    waiting = await event_store.unprocessed_events(tx, due_facts.connection_id, since) if since and written else None
    if not waiting:
        return due_facts
    held = await event_store.held_echoes(tx, due_facts.connection_id)
    echoed = echoes((one.event for one in waiting), written, held)
    if not echoed:
        return due_facts
    until = now + ECHOES_WAIT
    await event_store.hold_back(tx, echoed, until)
    left = [one.received_at for one in waiting if one.event.id not in echoed]
    await schedule.recount(tx, due_facts.connection_id, min(left, default=None), max(left, default=None), until)
    _log.info("echoes held back", echoes=len(echoed), changes=len(left))
    [counted] = await due.due_facts_of(tx, [due_facts.connection_id])
    return counted


async def _placed_run(parts: WakeContext, connection_id: str, cause: Cause) -> str:
    """One turn in a place of this process; "no place" where others go first, and another try a little later."""
    if not await parts.slots.enter(connection_id):
        await parts.waker.wake(connection_id, parts.clock.now() + NO_PLACE)
        return "no place"
    try:
        return await _run(parts, connection_id, cause)
    finally:
        parts.slots.leave(connection_id)


async def _run(parts: WakeContext, connection_id: str, cause: Cause) -> str:
    """One turn under the lease: "busy", "more", "failed" or "finished"."""
    before = parts.clock.monotonic()
    owner = parts.ids.new(parts.owner)
    async with parts.about(connection_id) as tx:
        longest = parts.request_seconds
        seconds = longest + min(HEARTBEAT_SECONDS, longest)
        lease = await leases.take(tx, connection_id, owner, seconds=seconds, grace=longest)
        if lease is None:
            return "busy"
        run_id = await _unfinished_or_new(parts, tx, connection_id, cause)
    rest, left = 0.0, None
    try:
        result = await parts.turn(connection_id, run_id, lease, before)
        rest, left = result.after_seconds, result.left
        await _settle_state(parts, connection_id, run_id, result)
    except LeaseLost:
        _log.warning("the lease was lost to another worker", run=run_id)
        return "busy"
    except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout):
        raise  # the database is away: the run goes on when a sweep finds it
    except Exception as error:  # noqa: BLE001 - whatever it is, the run must not look as if it went on
        _log.exception("the turn failed", run=run_id)
        await _give_up(parts, connection_id, run_id, error)
        return "failed"
    finally:
        await _release(parts, lease, rest, left)
    if result.more:
        await parts.waker.wake(connection_id, parts.clock.now() + timedelta(seconds=rest))
        return "more"
    return "finished"


async def _unfinished_or_new(parts: WakeContext, tx: Transaction, connection_id: str, cause: Cause) -> str:
    unfinished = await runs.unfinished(tx, connection_id)
    if unfinished:
        return unfinished[0].id
    run = await runs.request(
        tx,
        connection_id,
        run_id=parts.ids.new("run"),
        trigger=TRIGGERS[cause],
        requested_by="schedule",
        now=parts.clock.now(),
        download=cause in (Cause.IDLE, Cause.PROBE),
    )
    return run.id


async def _settle_state(parts: WakeContext, connection_id: str, run_id: str, result: TurnResult) -> None:
    """A blocked connection whose run went through is no longer blocked. A dry run writes nothing and so proves nothing."""
    if result.more or result.state not in ("succeeded", "partial", "held"):
        return
    async with parts.about(connection_id) as tx:
        run = await runs.get(tx, connection_id, run_id)
        if run is None or run.dry_run:
            return
        connection = await connections.get(tx, connection_id, lock=True)
        if connection is not None and connection.state == "blocked":
            await connections.set_state(tx, connection_id, "ready", "", parts.clock.now())


async def _give_up(parts: WakeContext, connection_id: str, run_id: str, error: Exception) -> None:
    """A fault of ours: the run ends with it and the next one begins later and later; what was queued stays queued."""
    async with parts.about(connection_id) as tx:
        run = await runs.get(tx, connection_id, run_id)
        await runs.finish(
            tx,
            run_id,
            "failed",
            run.counters if run else {},
            parts.clock.now(),
            error=_words(error),
            advice="Nothing is lost; it is tried again by itself. Tell the operator if it stays.",
        )
        await schedule.wake_by(tx, connection_id, parts.clock.now())


def _words(error: Exception) -> str:
    """What has gone wrong on our side."""
    if isinstance(error, VaultError):
        return f"A stored secret of this connection cannot be opened: {error}. The key belongs into ENCRYPTION_KEYS."
    return f"A fault of this service: {type(error).__name__}."


async def _release(parts: WakeContext, lease: Lease, rest: float, left: Refill | None) -> None:
    try:
        async with parts.about(lease.connection_id) as tx:
            await leases.release(tx, lease, rest_seconds=rest, left=left)
    except (psycopg.Error, PoolTimeout) as error:
        _log.warning("the lease could not be given back and runs out by itself", error=repr(error))
