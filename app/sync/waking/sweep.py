"""The sweeper: wakes a worker for everything that is due in PostgreSQL, whatever became of its wake-ups, and clears away the old.

It is what makes losing Redis cost minutes and never data (law 2). It also brings T2 about: those that wait longest first, and half as many
again as workers got through since the last sweep, so that nothing but workers and the month's reads says how many connections there can be.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Protocol

from psycopg_pool import PoolTimeout

from app import log
from app.domain.guards.debounce import Cause, Timing, after_idleness, next_due
from app.domain.guards.read_budget import Budget
from app.freshness import Alarms, Allowed, alarms
from app.storage import gauges, health, pruning
from app.storage.changes import due, forgotten
from app.storage.conditions import BEHIND
from app.storage.database import EVERY_CONNECTION, Database, Transaction
from app.storage.people import ageing, attention
from app.storage.runs import meter, runs
from app.sync.context import Clock, Ids
from app.sync.waking.life_of_data import look_after_data
from app.sync.waking.telling import tell_changes

_log = log.get(__name__)

IDLE_AT_ONCE = 50
"""So many connections may be woken by one sweep because they have been idle, whatever workers got through before."""
LOOKED_AT_ONCE = 500
NAMED = 50
"""So many connections at the most are named in the log by one sweep, where nobody was going to look."""
TELLING_SECONDS = 30
"""Half of what a sweep may last: what comes after telling people has its time, too."""
OVERDUE = timedelta(minutes=1)
WARNED_BEFORE = timedelta(days=14)
"""How long before a grant dies a person is asked to renew it."""


class Waker(Protocol):
    """Wakes for many."""

    async def wake_all(self, wakes: Sequence[tuple[str, datetime]]) -> None:
        """Wake a worker for each at its moment. Never raises."""
        ...

    async def wake_for_messages(self) -> None:
        """Let a worker send the messages that are due. Never raises."""
        ...

    async def waiting(self) -> frozenset[str]:
        """The connections for which a wake-up is ripe while a worker lives."""
        ...


@dataclass(frozen=True, slots=True)
class SweepContext:
    """What a sweep needs. `every` is the time between two of them."""

    database: Database
    clock: Clock
    waker: Waker
    timing: Timing
    every: timedelta
    retention: timedelta
    ids: Ids
    monthly_reads: int = 500_000
    request_seconds: float = 130
    keep_removed: timedelta = timedelta(days=30)
    """How long a removed connection is kept whole."""

    @property
    def allowed(self) -> Allowed:
        """How long things may wait."""
        quiet, longest_wait, idle = self.timing.quiet, self.timing.longest_wait, self.timing.idle
        return Allowed(quiet, longest_wait, idle, self.monthly_reads, self.request_seconds)


async def sweep(parts: SweepContext) -> int:
    """Wake a worker for what is due by the next sweep; answers how many wake-ups that were.

    No step waits for the success of another. Where one failed the sweep is none that was complete (`GET /ready` tells it from none at
    all), and raises `ExceptionGroup` at its end.
    """
    now = parts.clock.now()
    until = now + parts.every
    woken = await parts.waker.waiting()
    faults: list[Exception] = []
    found, wakes, pruned, erased = Alarms({}, ()), list[tuple[str, datetime]](), 0, 0
    with _apart("sound alarms", faults):
        found = await _sound_alarms(parts, now, woken)
    with _apart("find what is due", faults):
        wakes = await _wakes(parts, found.waiting, now, until, woken)
    await parts.waker.wake_all(wakes)
    with _apart("tell people", faults):
        async with asyncio.timeout(TELLING_SECONDS):
            telling = await tell_changes(parts.database, parts.ids, now, found.outlooks, parts.allowed)
        faults += telling.faults
        if telling.due:
            await parts.waker.wake_for_messages()
    with _apart("prune", faults):
        async with parts.database.transaction(EVERY_CONNECTION) as tx:
            pruned = await pruning.prune(tx, now - parts.retention)
    with _apart("gather figures", faults):
        async with parts.database.transaction(EVERY_CONNECTION) as tx:
            await gauges.gather(tx)
    with _apart("ask for grants", faults):
        async with parts.database.transaction(EVERY_CONNECTION) as tx:
            await _warn(parts, tx, now)
    with _apart("look after data", faults):
        erased = await look_after_data(
            parts.database, parts.ids, now, keep_removed=parts.keep_removed, request_seconds=parts.request_seconds
        )
    if wakes or pruned or erased:
        _log.info("swept", wakes=len(wakes), pruned=pruned, erased=erased)
    async with parts.database.transaction(EVERY_CONNECTION) as tx:
        await due.sign_of_life(tx, health.SWEEPING, now)
        if not faults:
            await due.sign_of_life(tx, health.SWEPT, now)
    if faults:
        raise ExceptionGroup("the sweep was not complete", faults)
    return len(wakes)


@contextmanager
def _apart(step: str, faults: list[Exception]) -> Iterator[None]:
    """A step without which the others go on: what it raises is logged and kept. Without a database there is no other step."""
    try:
        yield
    except PoolTimeout:
        raise
    except Exception as error:  # noqa: BLE001 - raised at the end of the sweep
        _log.exception("a step of the sweep failed", step=step)
        faults.append(error)


async def _wakes(
    parts: SweepContext, waiting: Sequence[str], now: datetime, until: datetime, woken: frozenset[str]
) -> list[tuple[str, datetime]]:
    """Whom to wake by then, and when; what nobody was going to look at gets its moment first."""
    async with parts.database.transaction(EVERY_CONNECTION) as tx:
        before = await health.last_seen(tx, health.SWEPT)
        forgot = await forgotten.reschedule(tx, waiting, before and before - BEHIND, now)
        pace = Budget(parts.monthly_reads).pace(await meter.used_this_month(tx, now.date()), now.date())
        timing = parts.timing.paced(pace)
        wakes = await _due(tx, timing, now, until)
        room = max(IDLE_AT_ONCE, await runs.ended_since(tx, now - parts.every) * 3 // 2) - len(woken)
        wakes += await _idle(tx, timing, now, until, room, woken | {each for each, _ in wakes})
    if forgot:
        _log.warning("records waited that nobody was going to look at", connections=forgot)
    return wakes


async def _due(tx: Transaction, timing: Timing, now: datetime, until: datetime) -> list[tuple[str, datetime]]:
    """What is due by then for another reason than T2."""
    facts = await due.due_facts_of(tx, await due.candidates(tx, until, timing))
    moments = [(each.connection_id, next_due(each, timing, now)) for each in facts]
    return [
        (connection_id, _wake_at(*moment, now))
        for connection_id, moment in moments
        if moment is not None and moment[0] <= until
    ]


async def _idle(
    tx: Transaction, timing: Timing, now: datetime, until: datetime, room: int, woken: frozenset[str]
) -> list[tuple[str, datetime]]:
    """Of what T2 asks for by then so many that wait longest; what is overdue is spread until the next sweep.

    It goes on behind those that wait for something else (a failure's backoff), so that they keep nobody from his turn.
    """
    moments: dict[str, datetime] = {}
    after: due.Idle | None = None
    while len(moments) < room:
        page = await due.idle(tx, until, timing, after, LOOKED_AT_ONCE)
        ripe = [
            each.connection_id
            for each in page
            if each.connection_id not in moments.keys() | woken
            and after_idleness(each.connection_id, each.at - each.waits, each.waits) <= until
        ]
        for facts in await due.due_facts_of(tx, ripe) if ripe else ():
            moment = next_due(facts, timing, now)
            if moment is not None and moment[1] is Cause.IDLE and moment[0] <= until:
                moments[facts.connection_id] = moment[0]
        if len(page) < LOOKED_AT_ONCE:
            break
        after = page[-1]
    chosen = sorted(moments.items(), key=lambda each: (each[1], each[0]))[: max(0, room)]
    overdue = sum(at < now for _, at in chosen)
    return [
        (connection_id, at if at >= now else now + (until - now) * place / overdue)
        for place, (connection_id, at) in enumerate(chosen)
    ]


async def _sound_alarms(parts: SweepContext, now: datetime, woken: frozenset[str]) -> Alarms:
    """Say what is due while nobody was going to look, before this very sweep mends it (law 12)."""
    async with parts.database.transaction(EVERY_CONNECTION) as tx:
        found = await alarms(tx, now, parts.allowed, woken)
    for connection_id, outlook in islice(found.outlooks.items(), NAMED):
        _log.error(
            "something is due and nobody was going to look at it",
            connection=connection_id,
            records=outlook.stuck,
            due_since=outlook.stuck_since,
            unread_since=outlook.unread_since,
        )
    if len(found.outlooks) > NAMED:
        _log.error("so is something in many more", connections=len(found.outlooks) - NAMED)
    return found


async def _warn(parts: SweepContext, tx: Transaction, now: datetime) -> None:
    """Ask for a reconnection while there is still time: a refresh token that has died takes the connection with it. The
    question closes when the grant has been renewed."""
    soon = now + WARNED_BEFORE
    for connection_id in await ageing.renewed(tx, soon):
        await attention.settle(tx, connection_id, [ageing.DEDUP_KEY], reason="The permission was renewed.", now=now)
    for connection_id, ends in (await ageing.to_be_asked(tx, soon)).items():
        await attention.open_item(
            tx,
            connection_id,
            item_id=parts.ids.new("att"),
            key=ageing.DEDUP_KEY,
            kind="reconnect_soon",
            rule="T5",
            summary=f"QuickBooks' permission for this connection ends on {ends:%Y-%m-%d}.",
            advice="Connect the same company again before then; every link is kept and nothing is interrupted.",
            detail={"ends": f"{ends.astimezone(UTC):%Y-%m-%d}"},
            now=now,
        )


def _wake_at(at: datetime, cause: Cause, now: datetime) -> datetime:
    """The moment to wake at; it makes the job's id.

    While it is fresh it is the due moment itself, so that a wake-up that is still queued is not doubled. What is overdue
    gets an id of its own each minute, since a killed worker blocks the old one for as long as its job might have run.
    """
    if cause is not Cause.REQUESTED and now - at < OVERDUE:
        return at
    return now.replace(second=0, microsecond=0)
