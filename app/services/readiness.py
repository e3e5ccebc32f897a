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
SWEEPER_SILENT_AFTER = timedelta(minutes=3)


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
            seen = await health.last_seen(tx, "sweeper") if version == expected_schema else None
        if version != expected_schema:
            schema = f"{version or 'empty'}, but {expected_schema} is needed"
            return Readiness(False, "ok", schema, redis, _sweeper(container, None))
        async with asyncio.timeout(PATIENCE_SECONDS):
            amiss = await secrets_at_rest.what_is_amiss(container.database, container.vault)
    except (psycopg.Error, PoolTimeout, TimeoutError, OSError):
        return Readiness(False, "away", "unknown", redis, "unknown")
    return Readiness(True, "ok", "ok", redis, _sweeper(container, seen), amiss or "ok")


def _sweeper(container: ServiceContainer, seen: datetime | None) -> str:
    if seen is None:
        return "not seen yet: start a worker, or see in its log what fails"
    if container.clock.now() - seen > SWEEPER_SILENT_AFTER:
        since = seen.isoformat(timespec="seconds")
        return f"no complete sweep since {since}: start a worker, or see in its log which step fails"
    return "ok"
