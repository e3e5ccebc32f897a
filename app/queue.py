"""The alarm clock: wakes a worker for a connection at a moment, through arq on Redis.

A job carries an id and a moment, nothing else; what there is to do stands in PostgreSQL (law 2). The job id is made of
connection and moment, so that the same wake-up, asked for fifty times, is one job. Jobs are JSON: a write to Redis must
not become code. Waking never raises: whoever is not woken for is found by the sweeper.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from arq.connections import ArqRedis, RedisSettings
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as Unanswered

from app import log

_log = log.get(__name__)

QUEUE = "oncord:wakes"
HEALTH_KEY = "oncord:worker-health"
WAKE = "wake"
DELIVER = "deliver"
PATIENCE_SECONDS = 1.0
"""How long an answer to a sender may wait for Redis."""
OUTAGE_TRIES = 60
"""A worker tries a command anew about once a second, so often, before it gives Redis up and ends."""
AT_ONCE = 8
LOOKED_AT = 10_000
"""So many ripe wake-ups are looked at, at the most."""


class Waker(Protocol):
    """What wakes a worker. A simulation has an alarm clock of its own."""

    async def wake(self, connection_id: str, at: datetime | None = None) -> None:
        """Let a worker look at this connection at `at`, or now. Never raises."""
        ...

    async def wake_all(self, wakes: Sequence[tuple[str, datetime]]) -> None:
        """Wake for many."""
        ...

    async def wake_for_messages(self) -> None:
        """Let a worker send the messages that are due. Never raises."""
        ...

    async def answers(self) -> bool:
        """Whether Redis is there."""
        ...

    async def waiting(self) -> frozenset[str]:
        """The connections for which a wake-up is ripe while a worker lives."""
        ...


class Clock(Protocol):
    """Time, injected."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


def encode(job: dict[str, Any]) -> bytes:
    """A job as arq stores it."""
    return json.dumps(job, default=str, separators=(",", ":")).encode()


def decode(stored: bytes) -> dict[str, Any]:
    """A job as arq stored it."""
    job: dict[str, Any] = json.loads(stored)
    return job


def redis_settings(redis_url: str) -> RedisSettings:
    """arq's settings of an address: `redis://`, `rediss://` or `unix:///path?db=0`.

    For a worker, which waits while Redis is away: arq's main loop ends at the first command that fails, and with it
    would end the runs that have nothing to do with Redis, and keep their leases until they run out.
    """
    settings = RedisSettings.from_dsn(redis_url) if redis_url else RedisSettings()
    lost: tuple[Any, ...] = (Disconnected, Unanswered, OSError)  # the last one while it connects
    return replace(
        settings,
        retry_on_timeout=True,
        retry_on_error=list(lost),
        retry=Retry(ExponentialBackoff(cap=1, base=0.05), OUTAGE_TRIES, lost),
        conn_retries=60,
    )


def job_id(connection_id: str, at: datetime) -> str:
    """The id of a wake-up; the same for the same connection and moment."""
    return f"{connection_id}:{round(at.timestamp() * 1000)}"


EARLY = timedelta(milliseconds=2)
"""arq counts whole milliseconds. A ring that came too early could not wake again, its id being the running job's."""


class RedisWaker:
    """Wakes through arq. Connects when first used, and again whenever Redis comes back."""

    def __init__(self, redis_url: str, clock: Clock, *, queue: str = QUEUE) -> None:
        settings = redis_settings(redis_url)
        self._clock = clock
        self._queue = queue
        self._redis = ArqRedis(
            host=str(settings.host),
            port=settings.port,
            unix_socket_path=settings.unix_socket_path,
            db=settings.database,
            username=settings.username,
            password=settings.password,
            ssl=settings.ssl,
            socket_connect_timeout=PATIENCE_SECONDS,
            socket_timeout=PATIENCE_SECONDS,
            job_serializer=encode,
            job_deserializer=decode,
            default_queue_name=queue,
        )

    async def wake(self, connection_id: str, at: datetime | None = None) -> None:
        """Enqueue the wake-up once; answered within a second whatever Redis does."""
        await self.wake_all([(connection_id, at or self._clock.now())])

    async def wake_all(self, wakes: Sequence[tuple[str, datetime]]) -> None:
        """Wake for many, a few at a time; gives up where Redis does not answer."""
        for start in range(0, len(wakes), AT_ONCE):
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await asyncio.gather(*(self._enqueue(*wake) for wake in wakes[start : start + AT_ONCE]))
            except (RedisError, OSError, TimeoutError) as error:
                _log.warning(
                    "wake-ups were lost, the sweeper will find them", wakes=len(wakes) - start, error=repr(error)
                )
                return

    async def wake_for_messages(self) -> None:
        """Enqueue the job that sends messages, once a second at most."""
        now = self._clock.now().replace(microsecond=0)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._redis.enqueue_job(DELIVER, _job_id=job_id(DELIVER, now))
        except (RedisError, OSError, TimeoutError) as error:
            _log.warning("nobody was woken for messages, the sweeper will find them", error=repr(error))

    async def _enqueue(self, connection_id: str, at: datetime) -> None:
        await self._redis.enqueue_job(WAKE, connection_id, _job_id=job_id(connection_id, at), _defer_until=at + EARLY)

    async def answers(self) -> bool:
        """Whether Redis is there."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return bool(await self._redis.ping())
        except (RedisError, OSError, TimeoutError):
            return False

    async def waiting(self) -> frozenset[str]:
        """The connections for which a wake-up's moment has come, and which a living worker has not answered yet; none
        where no worker gives a sign of life, or Redis does not answer."""
        now = round(self._clock.now().timestamp() * 1000)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                if not await self._redis.exists(HEALTH_KEY):
                    return frozenset()
                jobs = await self._redis.zrangebyscore(self._queue, "-inf", now, start=0, num=LOOKED_AT)
        except (RedisError, OSError, TimeoutError):
            return frozenset()
        return frozenset(job.decode().rpartition(":")[0] for job in jobs)

    async def close(self) -> None:
        """Give the connections back."""
        await self._redis.aclose(close_connection_pool=True)
