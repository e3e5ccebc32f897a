"""Whether a second worker process helps: many connections with some changes each, vendors that take their time.

Worker processes as in production, on a real PostgreSQL and a real Valkey; the simulators are processes too and answer
after 150 ms. The same work is done by one worker and by two; what is timed is from the first run's start to the last
one's end. Two that slept would be twice as fast as one that sleeps: so it is said, too, how many runs a second one gets through, and
how much of that time it was at work.
"""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime

import psutil  # type: ignore[import-untyped]

from app.storage.database import EVERY_CONNECTION
from tests.bench.figures import Bench, Figure
from tests.bench.many_connections import LATENCY, ManyConnections, many_connections
from tests.bench.processes import process
from tests.support.services import copied_database, migrate_template, running_services

CONNECTIONS, CHANGES = 200, 20
RUNS_PER_WORKER = 4
TIMES_AS_FAST = 1.7
RUNS_A_SECOND = 2.5
LONGEST_SECONDS = 480


def _measure(full: bool) -> Iterator[Figure]:
    yield from asyncio.run(_one_and_two())


async def _one_and_two() -> list[Figure]:
    with running_services() as services:
        migrate_template(services)
        with copied_database(services) as urls:
            async with many_connections(urls, services.redis_url, CONNECTIONS) as made:
                one, at_work = await _timed(made, 1)
                two, _ = await _timed(made, 2)
                invoices = [len(await made.in_books(shop, "invoice")) for shop in made.shops]
    return [
        Figure(
            f"{CONNECTIONS} runs of {CHANGES} changes, two workers, times as fast as one",
            one / two,
            "x",
            at_least=TIMES_AS_FAST,
        ),
        Figure("  runs a second of one worker", CONNECTIONS / one, at_least=RUNS_A_SECOND),
        Figure("    CPU seconds of it in each of them", at_work / CONNECTIONS, "s"),
        Figure("    of the time at work", 100 * at_work / one, "%"),
        Figure("  one worker", one, "s"),
        Figure("  two workers", two, "s"),
        Figure("  invoices that are missing or too many", sum(abs(n - CHANGES) for n in invoices), at_most=0),
    ]


async def _timed(made: ManyConnections, workers: int) -> tuple[float, float]:
    """How long so many workers take for the changes of all connections, and how many seconds of CPU they use meanwhile."""
    await made.slow_down(0)
    began = made.runtime.clock.now()
    settings = {**made.environment, "WORKER_MAX_RUNS": str(RUNS_PER_WORKER), "SYNC_SWEEP_SECONDS": "5"}
    with ExitStack() as stack:
        started = [
            psutil.Process(stack.enter_context(process(["arq", "workers.main.WorkerSettings"], settings)))
            for _ in range(workers)
        ]
        async with made.runtime.database.transaction(EVERY_CONNECTION) as tx:
            await tx.execute("UPDATE connection SET auto_sync = false")
        # Making the changes takes longer than a worker needs to start.
        for shop in made.shops:
            await made.change(shop, CHANGES // 2, workers)
        await made.slow_down(LATENCY)
        async with made.runtime.database.transaction(EVERY_CONNECTION) as tx:
            await tx.execute("UPDATE connection SET auto_sync = true")
        now, before = made.runtime.clock.now(), _cpu(started)
        await made.runtime.waker.wake_all([(shop.connection_id, now) for shop in made.shops])
        await _finished(made, began)
        at_work = _cpu(started) - before
    async with made.runtime.database.transaction(EVERY_CONNECTION) as tx:
        result = await tx.execute(
            "SELECT extract(epoch FROM max(finished_at) - min(started_at)) AS seconds FROM run WHERE requested_at > %s",
            (began,),
        )
        [row] = await result.fetchall()
    return float(row["seconds"]), at_work


def _cpu(processes: list[psutil.Process]) -> float:
    return sum(times.user + times.system for times in (each.cpu_times() for each in processes))


async def _finished(made: ManyConnections, began: datetime) -> None:
    """Wait until every connection has had its run."""
    async with asyncio.timeout(LONGEST_SECONDS):
        while True:
            async with made.runtime.database.transaction(EVERY_CONNECTION) as tx:
                result = await tx.execute(
                    "SELECT count(DISTINCT connection_id) AS n FROM run WHERE state = 'succeeded' AND requested_at > %s",
                    (began,),
                )
                [row] = await result.fetchall()
            if row["n"] == CONNECTIONS:
                return
            await asyncio.sleep(0.2)


BENCH = Bench("workers", "how much a second worker process helps", _measure)
