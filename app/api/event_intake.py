"""Takes events in durably, many requests with one commit, and wakes a worker for the connections that were queued.

A sender gets its answer only after the commit (law 3). While one commit is under way, the requests that arrive share
the next one: PostgreSQL flushes its log once for all of them. Everything that waits is bounded, by number and by bytes;
whoever comes on top is turned away with a 503 and comes back later.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg_pool import PoolTimeout

from app import log
from app.domain.model.records import Side
from app.errors import Unavailable
from app.runtime import Runtime
from app.storage.changes import intake
from app.storage.changes.intake import InboundEvent, NewlyDue
from app.storage.database import Database

_log = log.get(__name__)

COMMITS_AT_ONCE = 1
"""Commits under way at once. A second one would touch the same schedules and wait for the first one's locks."""
EVENTS_PER_COMMIT = 2000
REQUESTS_WAITING = 2000
BYTES_WAITING = 64 * 1024 * 1024
BROKEN_CONNECTIONS = 10
"""A restart of PostgreSQL breaks every connection of the pool; each is noticed only when it is used."""
PATIENCE_SECONDS = 2.5
"""Intuit wants an answer within three seconds."""
SECRETS_LAST_SECONDS = 30.0
SECRETS_KEPT = 10_000
"""Connections whose secrets this process remembers."""

AWAY = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, TimeoutError, OSError)


class Unusable(Exception):
    """PostgreSQL cannot hold what was sent, whoever tries."""


@dataclass(slots=True)
class _Waiting:
    arrivals: Sequence[InboundEvent]
    done: "asyncio.Future[None]"


class EventIntake:
    """The intake of one process."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self._database = runtime.database
        self._waiting: list[_Waiting] = []
        self._committing = 0
        self._bytes = 0
        self._secrets: dict[str, tuple[tuple[str, ...], float]] = {}

    @contextmanager
    def room_for(self, size: int) -> Iterator[None]:
        """Keep account of a body in memory. Raises `Unavailable` where too much is there already."""
        if self._bytes + size > BYTES_WAITING or len(self._waiting) >= REQUESTS_WAITING:
            raise Unavailable("overloaded", "Too many events at once. Send this one again a little later.")
        self._bytes += size
        try:
            yield
        finally:
            self._bytes -= size

    async def secrets(self, connection_id: str, *, fresh: bool = False) -> tuple[str, ...]:
        """The webhook secrets of a site, as remembered for half a minute; `fresh` reads them anew."""
        known = self._secrets.get(connection_id)
        if known is not None and not fresh and self.runtime.clock.monotonic() < known[1]:
            return known[0]
        with _unavailable():
            async with asyncio.timeout(PATIENCE_SECONDS), self._database.transaction(connection_id) as tx:
                secrets = await intake.secrets(tx, self.runtime.vault, connection_id)
        self._secrets.pop(connection_id, None)
        if secrets:
            while len(self._secrets) >= SECRETS_KEPT:
                del self._secrets[next(iter(self._secrets))]
            self._secrets[connection_id] = secrets, self.runtime.clock.monotonic() + SECRETS_LAST_SECONDS
        return secrets

    async def accept(self, arrivals: Sequence[InboundEvent]) -> None:
        """Return once these events are durable; `Unavailable` where they are not, `Unusable` where they cannot be."""
        if not arrivals:
            return
        waiting = _Waiting(arrivals, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._committing < COMMITS_AT_ONCE:
            self._committing += 1
            self.runtime.tasks.start(self._commit_waiting(), name="intake")
        await waiting.done

    async def quarantine(self, side: Side, connection_id: str, body: bytes, *, reason: str, request_id: str) -> None:
        """Keep a signed body that cannot be used; `Unavailable` where even that is not possible now."""
        _log.warning("a signed body cannot be used and is kept aside", side=side, bytes=len(body), reason=reason)
        with _unavailable():
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

    async def _commit_waiting(self) -> None:
        """Commit what waits, again and again, until nothing waits."""
        try:
            while self._waiting:
                batch = self._next_batch()
                try:
                    await self._commit(batch)
                finally:
                    for one in batch:
                        if not one.done.done():
                            one.done.set_exception(_away())
        finally:
            self._committing -= 1

    def _next_batch(self) -> list[_Waiting]:
        """The requests of the next commit: the first one, and as many more as fit."""
        count, events = 0, 0
        for one in self._waiting:
            events += len(one.arrivals)
            if count and events > EVENTS_PER_COMMIT:
                break
            count += 1
        batch, self._waiting[:count] = self._waiting[:count], []
        return batch

    async def _commit(self, batch: list[_Waiting]) -> None:
        arrivals = [arrival for one in batch for arrival in one.arrivals]
        try:
            turned = await _store(self._database, arrivals, self.runtime.clock.now())
        except AWAY as error:
            _log.error("events could not be stored", requests=len(batch), error=repr(error))
            return
        except psycopg.Error as error:
            if len(batch) == 1:
                batch[0].done.set_exception(Unusable(type(error).__name__))
                return
            for one in batch:  # one of them spoils it for the others: each for itself
                await self._commit([one])
            return
        if turned:
            wakes = self._wakes(turned)
            self.runtime.tasks.start(self.runtime.waker.wake_all(wakes), name="wake")
        for one in batch:
            if not one.done.done():
                one.done.set_result(None)

    def _wakes(self, turned: Sequence[NewlyDue]) -> list[tuple[str, datetime]]:
        settings = self.runtime.settings
        wait = timedelta(seconds=min(settings.sync_quiet_seconds, settings.sync_max_wait_seconds))
        return [(one.connection_id, one.changed_at + wait) for one in turned]


async def _store(database: Database, arrivals: Sequence[InboundEvent], now: datetime) -> list[NewlyDue]:
    """Store events; again at once where only a connection of the pool was broken or a lock was lost."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        for _ in range(BROKEN_CONNECTIONS):
            try:
                async with database.raw() as connection:
                    return await intake.accept(connection, arrivals, now)
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                _log.info("storing events is tried again", error=repr(error))
        async with database.raw() as connection:
            return await intake.accept(connection, arrivals, now)


@contextmanager
def _unavailable() -> Iterator[None]:
    try:
        yield
    except AWAY as error:
        _log.error("the database is away", error=repr(error))
        raise _away() from error


def _away() -> Unavailable:
    return Unavailable("database-away", "Events cannot be stored at the moment. Send this one again a little later.")
