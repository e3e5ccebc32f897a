"""What 100,000 connections cost those that have nothing to do with most of them: a sweep, a ring, a run, and whoever scrapes.

The rows are made by SQL, as a life leaves them: all were downloaded within twelve hours, one in a hundred is stopped with changes that wait, one
in ten has a question that somebody was told of. Beside them one connection really synchronises.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import psycopg

from app import log
from app.container import build_container
from app.services import freshness, monitoring
from app.storage.database import OWNERS_OPTIONS, conninfo
from app.storage.runs import meter
from app.sync.waking.sweep import SweepContext, sweep
from app.sync.waking.wake import WakeContext, answer, engine_turn, timing
from tests.bench.explain import Explained
from tests.bench.figures import Bench, Figure, Note, typical
from tests.bench.many_rows import STATISTICS, TABLES, WAITS, late, ran, rows
from tests.bench.world import own_database
from tests.support.joint import Joint, SilentWaker, joined
from tests.support.services import DatabaseUrls

FEW, MANY, LATE = 1_000, 100_000, 10_000
SWEEP_MS = 50
SCRAPE = 5
"""What a hundred times as many connections may cost whoever scrapes: a hundred times as much waits, and is counted; no more."""
OUTAGE_SECONDS = 15
"""Half of the time between two sweeps."""
EVERY = timedelta(seconds=30)
TIMES = 16
COUNTS = ("gauges.read",)
"""Who counts what waits, and may go through it."""
_TIMING = timing(quiet_seconds=120, longest_wait_seconds=600, idle_hours=12)


class Rung(SilentWaker):
    """Keeps who is rung for, and when; everybody is answered before the next sweep."""

    def __init__(self) -> None:
        self.wakes: list[tuple[str, datetime]] = []

    async def wake_all(self, wakes: list[tuple[str, datetime]]) -> None:
        self.wakes = [*wakes]


def _measure(full: bool) -> Iterator[Figure | Note]:
    yield from asyncio.run(_many())


async def _many() -> list[Figure | Note]:
    with own_database() as urls:
        async with joined(urls.app) as joint:
            await joint.sync()
            _fill(urls, joint, 0, FEW)
            few = await _each(joint)
            seconds = _fill(urls, joint, FEW, MANY, statistics=False)
            without = await _timed(lambda: _swept(joint, SilentWaker()))
            _told(urls, STATISTICS)
            many = await _each(joint)
            overdue = await _overdue(urls, joint)
            whole = await _read_whole(joint)
    return [
        Note(f"{MANY:,} connections beside one that synchronises, made in {seconds:.0f} s; in brackets beside {FEW:,}"),
        Figure("a sweep with nothing due", many["sweep"] * 1000, "ms", SWEEP_MS),
        Figure("  before PostgreSQL has statistics of them", without * 1000, "ms", SWEEP_MS),
        Figure(f"  times one over {FEW:,}", many["sweep"] / few["sweep"], "x", 4),
        Figure("a ring for which nothing is due, times one of few", many["ring"] / few["ring"], "x", 1.5),
        Figure("what the month has left, times that of few", many["month"] / few["month"], "x", 1.5),
        Figure("an idle run, times one of few", many["run"] / few["run"], "x", 1.3),
        Figure("figures for a scrape, times those of few", many["metrics"] / few["metrics"], "x", SCRAPE),
        Figure("  in all", many["metrics"] * 1000, "ms"),
        *overdue,
        Figure(
            f"statements that read {MANY:,} rows or more from end to end{''.join(f', {one}' for one in whole)}",
            len(whole),
            "",
            0,
        ),
    ]


async def _each(joint: Joint) -> dict[str, float]:
    """What each of them takes, in seconds."""
    runtime, parts = joint.runtime, _worker(joint)

    async def left() -> None:
        async with runtime.database.transaction(joint.connection_id) as tx:
            await meter.used_this_month(tx, joint.clock.now().date())

    return {
        "sweep": await _timed(lambda: _swept(joint, SilentWaker())),
        "ring": await _timed(lambda: answer(parts, joint.connection_id)),
        "month": await _timed(left),
        "run": await _timed(joint.sync),
        "metrics": await _timed(lambda: _scraped(joint)),
    }


async def _overdue(urls: DatabaseUrls, joint: Joint) -> list[Figure | Note]:
    """After an outage: sweep by sweep, with workers that get through all they are given. The alarm that it is one is not printed."""
    log.configure("text", "CRITICAL")
    _told(urls, late(LATE, joint.clock.now().isoformat()))
    waker, order, took, apart = Rung(), [], [], True
    while len(order) < LATE and len(took) < 100:
        began = time.perf_counter()
        await _swept(joint, waker)
        took.append(time.perf_counter() - began)
        order += [connection_id for connection_id, _ in waker.wakes]
        moments = [at for _, at in waker.wakes]
        apart = apart and len({*moments}) == len(moments)
        joint.clock.pass_time(EVERY.total_seconds())
        ids = "','".join(connection_id for connection_id, _ in waker.wakes)
        _told(urls, ran(ids, joint.clock.now().isoformat(), len(took)))
    swaps = sum(earlier < later for earlier, later in pairwise(order))
    return [
        Figure(f"sweeps until {LATE:,} overdue have been rung for", len(took), "", 16),
        Figure(
            "  of these rung for twice or not at all", abs(LATE - len({*order})) + len(order) - len({*order}), "", 0
        ),
        Figure("  out of the order of their age", swaps, "", 0),
        Figure("  at the same moment as another one", 0 if apart else 1, "", 0),
        Figure("  the dearest of these sweeps, in seconds", max(took), "s", OUTAGE_SECONDS),
    ]


async def _read_whole(joint: Joint) -> list[str]:
    """The statements of a sweep, a ring, a run and a scrape that read a table of which each connection has a row."""
    explained = Explained()
    explained.watch(joint.runtime.database)
    await _swept(joint, SilentWaker())
    await answer(_worker(joint), joint.connection_id)
    await joint.sync()
    await _scraped(joint)
    assert len(explained.seen) > 70
    return sorted(
        {
            f"{whose} ({access.table})"
            for whose, found in explained.plans.items()
            for access in found
            if not access.index and access.table in TABLES and not (whose in COUNTS and access.table in WAITS)
        }
    )


async def _scraped(joint: Joint) -> None:
    """What a scrape asks for."""
    container = build_container(joint.runtime)
    await monitoring.read_gauges(container)
    await freshness.read_freshness(container)


def _worker(joint: Joint) -> WakeContext:
    runtime = joint.runtime
    turn = engine_turn(runtime.database, joint.clock, runtime.ids, runtime.sides, 60)
    return WakeContext(runtime.database, joint.clock, runtime.ids, SilentWaker(), _TIMING, "bench", turn)


async def _swept(joint: Joint, waker: SilentWaker) -> int:
    runtime = joint.runtime
    parts = SweepContext(
        runtime.database, joint.clock, waker, _TIMING, EVERY, retention=timedelta(days=60), ids=runtime.ids
    )
    return await sweep(parts)


async def _timed(act: Callable[[], Awaitable[object]], times: int = TIMES) -> float:
    await act()
    found = []
    for _ in range(times):
        began = time.perf_counter()
        await act()
        found.append(time.perf_counter() - began)
    return typical(found)


def _fill(urls: DatabaseUrls, joint: Joint, after: int, until: int, *, statistics: bool = True) -> float:
    began = time.perf_counter()
    _told(urls, rows(after, until, joint.clock.now().isoformat()))
    if statistics:
        _told(urls, STATISTICS)
    return time.perf_counter() - began


def _told(urls: DatabaseUrls, statements: str) -> None:
    with psycopg.connect(conninfo(urls.owner), autocommit=True, options=OWNERS_OPTIONS) as owner:
        for statement in filter(str.strip, statements.split(";\n")):
            owner.execute(statement)  # type: ignore[call-overload]


BENCH = Bench("many", "what many other connections cost", _measure)
