"""Takes events in durably, many requests with one commit, and wakes a worker for the connections that were queued.

A sender gets its answer only after the commit (law 3). While one commit is under way, the requests that arrive share
the next one: PostgreSQL flushes its log once for all of them. Each sender has its part of a commit and no more; what one post
holds beyond that is stored by further commits, so that nobody waits for another's thousands. Everything that waits is bounded,
by number and by bytes; whoever comes on top is turned away with a 503 and comes back later.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

import psycopg

from app import log
from app.api.away import AWAY, PATIENCE_SECONDS, database_away, is_away, unavailable
from app.api.daily_shares import DailyShares
from app.api.event_bodies import EventBodies
from app.api.event_turns import EventTurns
from app.api.site_secrets import SiteSecrets
from app.domain.model.records import Side
from app.errors import Unavailable
from app.runtime import Runtime
from app.storage.changes import intake
from app.storage.changes.intake import InboundEvent, NewlyDue
from app.storage.database import Database

_log = log.get(__name__)

INTUIT = "quickbooks"
"""The one sender of all companies' events; any other sender is a connection, by its id."""
COMMITS_AT_ONCE = 2
"""Commits under way at once: one does its work while the other waits for the disk."""
EVENTS_PER_COMMIT = 2000
EVENTS_OF_A_SENDER = 600
"""Of these, of one sender: what a single event of somebody else may have to wait for."""
REQUESTS_WAITING = 2000
REQUESTS_OF_A_SENDER = 1000
BYTES_OF_A_SITE, BYTES_OF_INTUIT = 4 * 1024 * 1024, 32 * 1024 * 1024
"""Of verified bodies that wait to be stored."""
SMALL_BYTES = 2048
"""A body of so much is taken apart at once: an event or a few."""
BROKEN_CONNECTIONS = 10
"""A restart of PostgreSQL breaks every connection of the pool; each is noticed only when it is used."""


class Unusable(Exception):
    """PostgreSQL cannot hold what was sent, whoever tries."""


@dataclass(slots=True)
class _Waiting:
    """What one request wants stored, by one commit."""

    arrivals: Sequence[InboundEvent]
    done: "asyncio.Future[None]"


class EventIntake:
    """The intake of one process."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.bodies = EventBodies()
        self.secrets = SiteSecrets(runtime)
        self.shares = DailyShares(runtime.clock)
        self._turns = EventTurns()
        self._database = runtime.database
        self._waiting: dict[str, deque[_Waiting]] = {}
        """By sender, in the order of their turns."""
        self._requests = 0
        self._committing = 0
        self._under_way = 0
        """Requests that are being committed."""

    def insist_open(self, sender: str) -> None:
        """Raises `Unavailable` where too many requests wait already, of this sender or of all."""
        waiting = self._waiting.get(sender)
        if self._requests >= REQUESTS_WAITING or (waiting is not None and len(waiting) >= REQUESTS_OF_A_SENDER):
            raise Unavailable("overloaded", "Too many events at once. Send this one again a little later.")

    async def accept(self, sender: str, body_size: int, arrivals: Iterable[InboundEvent]) -> None:
        """Return once these events are durable, however many commits that takes.

        `arrivals` are made as they are stored, from a body of so many bytes. Raises `Unavailable` where they are not durable (what
        of them is known again when they come the next time), `Unusable` where some cannot be stored; the others are.
        """
        if body_size <= SMALL_BYTES:
            few = list(arrivals)
            if 0 < len(few) <= EVENTS_OF_A_SENDER:
                await self._durable(sender, few)
            else:
                await self._accept_parts(sender, few)
            return
        share = BYTES_OF_INTUIT if sender == INTUIT else BYTES_OF_A_SITE
        async with self._turns.turn(sender, body_size, share):
            await self._accept_parts(sender, arrivals)

    async def _accept_parts(self, sender: str, arrivals: Iterable[InboundEvent]) -> None:
        unusable: Unusable | None = None
        remaining = iter(arrivals)
        while part := list(islice(remaining, EVENTS_OF_A_SENDER)):
            try:
                await self._durable(sender, part)
            except Unusable as error:
                unusable = error
            if len(part) < EVENTS_OF_A_SENDER:
                break
        if unusable is not None:
            raise unusable

    async def _durable(self, sender: str, arrivals: Sequence[InboundEvent]) -> None:
        self.insist_open(sender)
        waiting = _Waiting(arrivals, asyncio.get_running_loop().create_future())
        self._requests += 1
        queue = self._waiting.get(sender)
        if queue is None:
            queue = self._waiting[sender] = deque()
        queue.append(waiting)
        self._begin_commit()
        await waiting.done

    async def quarantine(self, side: Side, connection_id: str, body: bytes, *, reason: str, request_id: str) -> None:
        """Keep a signed body that cannot be used; `Unavailable` where even that is not possible now."""
        _log.warning("a signed body cannot be used and is kept aside", side=side, bytes=len(body), reason=reason)
        with unavailable():
            async with asyncio.timeout(PATIENCE_SECONDS), self._database.raw() as connection:
                await intake.quarantine(
                    connection,
                    side,
                    connection_id,
                    body,
                    reason=reason,
                    request_id=request_id,
                    now=self.runtime.clock.now(),
                )

    def _begin_commit(self) -> None:
        """Start a commit where none is about to begin, and it is worth its while."""
        if not self._committing or (self._under_way and self._committing < COMMITS_AT_ONCE and self._enough_wait()):
            self._committing += 1
            self.runtime.tasks.start(self._commit_waiting(), name="intake")

    def _enough_wait(self) -> bool:
        """Whether a commit is worth its while: where another one is under way, as many wait as that one has."""
        return bool(self._waiting) and self._requests >= self._under_way

    async def _commit_waiting(self) -> None:
        """Commit what waits, again and again, until nothing waits, or too little beside what is under way."""
        try:
            while self._enough_wait():
                batch = self._next_batch()
                self._under_way += len(batch)
                self._begin_commit()
                try:
                    await self._commit(batch)
                finally:
                    self._under_way -= len(batch)
                    for one in batch:
                        if not one.done.done():
                            one.done.set_exception(database_away())
        finally:
            self._committing -= 1

    def _next_batch(self) -> list[_Waiting]:
        """The requests of the next commit: of each sender in turn its part, as many as fit, and one at least."""
        batch: list[_Waiting] = []
        events = 0
        for sender, queue in list(self._waiting.items()):
            of_sender = 0
            while queue:
                size = len(queue[0].arrivals)
                if batch and events + size > EVENTS_PER_COMMIT:
                    self._requests -= len(batch)
                    return batch
                if of_sender and of_sender + size > EVENTS_OF_A_SENDER:
                    break
                batch.append(queue.popleft())
                of_sender += size
                events += size
            del self._waiting[sender]
            if queue:
                self._waiting[sender] = queue
        self._requests -= len(batch)
        return batch

    async def _commit(self, batch: list[_Waiting]) -> None:
        arrivals = [arrival for one in batch for arrival in one.arrivals]
        try:
            turned = await _store(self._database, arrivals, self.runtime.clock.now())
        except (*AWAY, psycopg.Error) as error:
            if is_away(error):
                _log.error("events could not be stored", requests=len(batch), error=repr(error))
            elif len(batch) == 1:
                await self._commit_halves(batch[0], error)
            else:  # one of them spoils it for the others: each for itself
                for one in batch:
                    await self._commit([one])
            return
        self._wake(turned)
        for one in batch:
            if not one.done.done():
                one.done.set_result(None)

    async def _commit_halves(self, waiting: _Waiting, error: Exception) -> None:
        """One event spoils it for its neighbours: store those without it, each half for itself."""
        if len(waiting.arrivals) == 1:
            waiting.done.set_exception(Unusable(type(error).__name__))
            return
        middle = len(waiting.arrivals) // 2
        failures = [await self._failure_of(half) for half in (waiting.arrivals[:middle], waiting.arrivals[middle:])]
        if away := [failure for failure in failures if isinstance(failure, Unavailable)]:
            failures = list(away)
        waiting.done.set_exception(next(filter(None, failures), Unusable(type(error).__name__)))

    async def _failure_of(self, arrivals: Sequence[InboundEvent]) -> BaseException | None:
        """What keeps one of these from being stored; None where all are."""
        part = _Waiting(arrivals, asyncio.get_running_loop().create_future())
        await self._commit([part])
        return part.done.exception() if part.done.done() else database_away()

    def _wake(self, turned: Sequence[NewlyDue]) -> None:
        if not turned:
            return
        settings = self.runtime.settings
        wait = timedelta(seconds=min(settings.sync_quiet_seconds, settings.sync_max_wait_seconds))
        wakes = [(one.connection_id, one.changed_at + wait) for one in turned]
        self.runtime.tasks.start(self.runtime.waker.wake_all(wakes), name="wake")


async def _store(database: Database, arrivals: Sequence[InboundEvent], now: datetime) -> list[NewlyDue]:
    """Store events; again at once where only a connection of the pool was broken or a lock was lost."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        for _ in range(BROKEN_CONNECTIONS):
            try:
                async with database.raw() as connection:
                    return await intake.accept(connection, arrivals, now)
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                if not is_away(error):
                    raise
                _log.info("storing events is tried again", error=repr(error))
        async with database.raw() as connection:
            return await intake.accept(connection, arrivals, now)
