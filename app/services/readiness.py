"""Whether this process can do its work. Only the database and its schema decide; the rest is told, and does no harm.

Without Redis or a sweeper an API still takes webhooks in and loses none, so a load balancer must not drop it.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg_pool import PoolTimeout

from app.services import secrets_at_rest
from app.services.ports import ServiceContainer
from app.storage import health
from app.storage.database import EVERY_CONNECTION

PATIENCE_SECONDS = 5
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


async def look(container: ServiceContainer, expected_schema: str) -> Readiness:
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
            amiss = await secrets_at_rest.what_is_amiss(container.database, container.vault)
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
