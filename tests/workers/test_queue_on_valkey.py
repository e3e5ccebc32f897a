"""The alarm clock on a real Valkey: one job per moment, JSON inside, and nothing lost with Redis."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from arq.connections import ArqRedis, create_pool
from arq.worker import Worker, func

from app.queue import HEALTH_KEY, QUEUE, WAKE, RedisWaker, decode, encode, job_id, redis_settings
from app.runtime import SystemClock
from app.sandbox.local.services import ServiceAddresses
from app.settings import Settings
from workers.main import worker_settings

pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated close:DeprecationWarning")
"""arq 0.28 closes its pool by the name of an older redis-py."""

SOON = datetime(2126, 11, 22, 2, 2, tzinfo=UTC)


@pytest.fixture
async def redis(services: ServiceAddresses) -> AsyncIterator[ArqRedis]:
    pool = await create_pool(
        redis_settings(services.redis_url),
        job_serializer=encode,
        job_deserializer=decode,
        default_queue_name=QUEUE,
    )
    await pool.flushdb()
    yield pool
    await pool.flushdb()
    await pool.aclose()


@pytest.fixture
async def waker(services: ServiceAddresses) -> AsyncIterator[RedisWaker]:
    made = RedisWaker(services.redis_url, SystemClock())
    yield made
    await made.close()


def worker(redis_url: str, seen: list[str], **changes: Any) -> Worker:
    """A worker with the settings of the real one, whose ring only notes who was rung for."""

    async def wake(ctx: dict[Any, Any], *args: Any, **_: Any) -> None:
        seen.append(args[0])

    settings = worker_settings(Settings(_env_file=None, redis_url=redis_url))
    kept = {k: v for k, v in settings.items() if k not in ("on_startup", "on_shutdown", "cron_jobs")}
    functions = [func(wake, name=WAKE, keep_result=0)]
    return Worker(
        **{**kept, "functions": functions, "burst": True, "handle_signals": False, "poll_delay": 0.01, **changes}
    )


async def test_the_same_moment_rung_fifty_times_at_once_is_one_job(redis: ArqRedis, waker: RedisWaker) -> None:
    await asyncio.gather(*(waker.wake("con_1", SOON) for _ in range(50)))
    await waker.wake_all([("con_1", SOON), ("con_2", SOON), ("con_1", SOON + timedelta(seconds=1))])

    jobs = await redis.queued_jobs()
    assert sorted(list(job.args) for job in jobs) == [["con_1"], ["con_1"], ["con_2"]]
    assert {job.job_id for job in jobs} == {
        job_id("con_1", SOON),
        job_id("con_2", SOON),
        job_id("con_1", SOON + timedelta(seconds=1)),
    }


async def test_a_job_is_json_and_carries_an_id_only(redis: ArqRedis, waker: RedisWaker) -> None:
    await waker.wake("con_1", SOON)

    stored = await redis.get(f"arq:job:{job_id('con_1', SOON)}")
    assert stored is not None
    assert decode(stored)["a"] == ["con_1"]


async def test_a_ring_is_answered_not_before_its_moment_and_leaves_nothing_behind(
    redis: ArqRedis, waker: RedisWaker, services: ServiceAddresses
) -> None:
    seen: list[str] = []
    now = datetime.now(UTC)
    await waker.wake("con_now", now)
    await waker.wake("con_soon", now + timedelta(seconds=0.4))
    await waker.wake("con_later", SOON)
    wake_context = worker(services.redis_url, seen, burst=False)
    work = asyncio.ensure_future(wake_context.async_run())
    while len(seen) < 2:  # noqa: ASYNC110 - arq says nothing when a job has ended
        await asyncio.sleep(0.01)
    ended = datetime.now(UTC)
    await asyncio.sleep(0.05)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    await wake_context.close()

    assert ended >= now + timedelta(seconds=0.4)
    assert seen == ["con_now", "con_soon"]
    assert [list(job.args) for job in await redis.queued_jobs()] == [["con_later"]]
    assert [key for key in await redis.keys("*") if b"result" in key or b"in-progress" in key] == []


async def test_the_same_ring_may_come_again_once_it_was_answered(
    redis: ArqRedis, waker: RedisWaker, services: ServiceAddresses
) -> None:
    seen: list[str] = []
    now = datetime.now(UTC)
    for _ in range(2):
        await waker.wake("con_1", now)
        wake_context = worker(services.redis_url, seen)
        await wake_context.async_run()
        await wake_context.close()

    assert seen == ["con_1", "con_1"]


async def test_what_is_not_json_in_redis_is_no_job(redis: ArqRedis, services: ServiceAddresses) -> None:
    import pickle

    seen: list[str] = []
    await redis.set("arq:job:evil", pickle.dumps({"f": WAKE, "a": ("x",), "k": {}, "t": None, "et": 0}))
    await redis.zadd(QUEUE, {"evil": 1})
    wake_context = worker(services.redis_url, seen)

    await wake_context.async_run()
    await wake_context.close()

    assert seen == []
    assert await redis.zcard(QUEUE) == 0


async def test_a_redis_that_is_away_is_noted_and_nothing_else(waker: RedisWaker) -> None:
    nowhere = RedisWaker("unix:///nowhere/at/all.sock", SystemClock())

    await nowhere.wake("con_1")
    await nowhere.wake_all([(f"con_{n}", SOON) for n in range(1000)])

    assert not await nowhere.answers()
    assert await waker.answers()
    await nowhere.close()


async def test_a_redis_that_hangs_costs_a_sender_a_second_at_most() -> None:
    ended = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ended.wait()
        writer.close()
        await writer.wait_closed()

    clock = SystemClock()
    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        hanging = RedisWaker(f"redis://127.0.0.1:{port}", clock)
        began = clock.monotonic()

        await hanging.wake_all([(f"con_{n}", SOON) for n in range(1000)])

        assert clock.monotonic() - began < 1.5
        await hanging.close()
        ended.set()
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://:word@cache:6380/2", ("cache", 6380, 2, None, "word")),
        ("unix:///run/valkey.sock?db=1", ("localhost", 6379, 1, "/run/valkey.sock", None)),
        ("", ("localhost", 6379, 0, None, None)),
    ],
)
def test_addresses_of_both_sorts_are_understood(url: str, expected: tuple[object, ...]) -> None:
    settings = redis_settings(url)

    assert (
        settings.host,
        settings.port,
        settings.database,
        settings.unix_socket_path,
        settings.password,
    ) == expected


async def test_law_12_a_ripe_wake_up_is_told_of_while_a_worker_lives_and_otherwise_nothing(
    redis: ArqRedis, waker: RedisWaker
) -> None:
    now = SystemClock().now()
    await waker.wake_all([("con_1", now - timedelta(minutes=3)), ("con_2", now + timedelta(hours=1))])
    assert await waker.waiting() == frozenset()

    await redis.psetex(HEALTH_KEY, 16_000, "a worker's sign of life")
    assert await waker.waiting() == {"con_1"}

    nowhere = RedisWaker("unix:///nowhere/at/all.sock", SystemClock())
    assert await nowhere.waiting() == frozenset()
    await nowhere.close()
