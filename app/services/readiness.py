"""Whether this process can do its work. Only the database and its schema decide; the rest is told, and does no harm.

Without Redis or a sweeper an API still takes webhooks in and loses none, so a load balancer must not drop it. Nobody needs a key to
ask, so that a process looks once however many ask (`Looks`).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg_pool import PoolTimeout

from app.services import secrets_at_rest
from app.services.ports import ServiceContainer
from app.storage import health
from app.storage.database import EVERY_CONNECTION

PATIENCE_SECONDS = 5
KEPT = timedelta(seconds=1)
SECRETS_KEPT = timedelta(minutes=1)
SWEEP_TAKES = timedelta(seconds=90)
"""A sweep is ended after a minute; the next one begins by then."""
MISSED = 3
"""So many sweeps may be missed before it is told."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """What was found, in words; `ready` tells whether requests should come here at all."""

    ready: bool
    database: str
    database_schema: str
    redis: str
    sweeper: str
    secrets: str = "unknown"

    @property
    def status(self) -> str:
        """ready, degraded or unavailable."""
        if not self.ready:
            return "unavailable"
        return "ready" if self.redis == self.sweeper == self.secrets == "ok" else "degraded"


class Looks:
    """What one process has found last: it looks once a second at most, and at all stored secrets once a minute."""

    def __init__(self) -> None:
        self._in_turn = asyncio.Lock()
        self._found: tuple[datetime, Readiness] | None = None
        self._amiss: tuple[datetime, str] | None = None

    async def look(self, container: ServiceContainer, expected_schema: str) -> Readiness:
        """Whether the process can do its work, as of now or of a moment ago."""
        async with self._in_turn:
            if self._found is None or container.clock.now() - self._found[0] >= KEPT:
                found = await _look(container, expected_schema, self._what_is_amiss)
                self._found = container.clock.now(), found
            return self._found[1]

    async def _what_is_amiss(self, container: ServiceContainer) -> str:
        """All stored secrets are counted for it, which takes the longer the more there are."""
        if self._amiss is None or container.clock.now() - self._amiss[0] >= SECRETS_KEPT:
            found = await secrets_at_rest.what_is_amiss(container.database, container.vault)
            self._amiss = container.clock.now(), found
        return self._amiss[1]


async def _look(
    container: ServiceContainer, expected_schema: str, what_is_amiss: Callable[[ServiceContainer], Awaitable[str]]
) -> Readiness:
    """Ask Redis, and the database about its schema, the sweeper, and the secrets that it keeps."""
    redis = "ok" if await container.waker.answers() else "away: changes are taken in and wait for the sweeper"
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), container.database.transaction(EVERY_CONNECTION) as tx:
            version = await health.schema_version(tx)
            seen = (
                [await health.last_seen(tx, name) for name in (health.SWEPT, health.SWEEPING)]
                if version == expected_schema
                else []
            )
        if version != expected_schema:
            schema = f"{version or 'empty'}, but {expected_schema} is needed"
            return Readiness(False, "ok", schema, redis, "unknown")
        async with asyncio.timeout(PATIENCE_SECONDS):
            amiss = await what_is_amiss(container)
    except (psycopg.Error, PoolTimeout, TimeoutError, OSError):
        return Readiness(False, "away", "unknown", redis, "unknown")
    return Readiness(True, "ok", "ok", redis, _sweeper(container, *seen), amiss or "ok")


def _sweeper(container: ServiceContainer, swept: datetime | None, at_work: datetime | None) -> str:
    """What is told of sweeping: `swept` was its last complete one, `at_work` the last one at all."""
    earliest = container.clock.now() - MISSED * container.sweeps_every - SWEEP_TAKES
    if swept is not None and swept >= earliest:
        return "ok"
    if swept is None and at_work is None:
        return "not seen yet: start a worker, or see in its log why it does not sweep"
    since = f"since {swept.isoformat(timespec='seconds')}" if swept else "yet"
    if at_work is not None and at_work >= earliest:
        return (
            f"at work, but no complete sweep {since}: see in the log of the workers which step failed, or which"
            " connection cannot be told of; the other steps and connections have their turns"
        )
    return f"no complete sweep {since}, and none at all lately: start a worker, or see in its log why it does not sweep"
