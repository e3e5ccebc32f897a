"""T2 keeps the month's pace, too: near the end of the month's reads QuickBooks is downloaded once a day, and once they are spent not
before the next month, or where somebody asks; the shop, which costs nothing, is read every twelve hours as ever."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from app.domain.model.records import Kind, Side
from app.storage.changes import cursors
from app.sync.waking.sweep import SweepContext, sweep
from app.sync.waking.wake import WakeContext, answer, engine_turn
from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.workers.shift import TIMING

NEARLY, ALL = 480_000, 496_000


class Rings:
    """Who is woken."""

    def __init__(self) -> None:
        self.rung: list[str] = []

    async def wake(self, connection_id: str, at: datetime | None = None) -> None:
        self.rung.append(connection_id)

    async def wake_all(self, wakes: list[tuple[str, datetime]]) -> None:
        self.rung += [connection_id for connection_id, _ in wakes]

    async def wake_for_messages(self) -> None:
        return None

    async def waiting(self) -> frozenset[str]:
        return frozenset()


@pytest.fixture
async def joint(own_database: DatabaseUrls) -> AsyncIterator[Joint]:
    async with joined(own_database.app) as made:
        run = await made.sync()
        assert run.state == "succeeded", (run.error, run.counters)
        yield made


async def spend(joint: Joint, reads: int) -> None:
    async with joint.runtime.database.transaction("con_other") as tx:
        await tx.execute("DELETE FROM reads_of_day")
    await joint.runtime.meter.count("con_other", joint.clock.now().date(), reads)


async def hours_later(joint: Joint, hours: float) -> tuple[bool, bool, int]:
    """Whether a sweep wakes anybody then, whether a run comes of it, and how often QuickBooks was read."""
    joint.clock.pass_time(hours * 3600)
    before = int((await joint.in_books("GET", "calls"))["metered"])
    runtime, rings = joint.runtime, Rings()
    parts = SweepContext(
        runtime.database,
        joint.clock,
        rings,
        timing=TIMING,
        every=timedelta(seconds=30),
        retention=timedelta(days=900),
        ids=runtime.ids,
    )
    await sweep(parts)
    turn = engine_turn(runtime.database, joint.clock, runtime.ids, runtime.sides, 60)
    context = WakeContext(runtime.database, joint.clock, runtime.ids, Rings(), TIMING, "worker", turn)
    came = await answer(context, joint.connection_id)
    reads = int((await joint.in_books("GET", "calls"))["metered"]) - before
    return bool(rings.rung), came == "finished", reads


async def read_at(joint: Joint, side: Side) -> datetime:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        states = await cursors.load(tx, joint.connection_id)
    return min(at for kind in Kind if (at := states[side, kind].completed_at) is not None)


async def test_t2_an_ordinary_month_reads_both_sides_every_twelve_hours(joint: Joint) -> None:
    assert await hours_later(joint, 11) == (False, False, 0)
    assert await hours_later(joint, 1.2) == (True, True, 1)
    assert await hours_later(joint, 11) == (False, False, 0)


async def test_t2_nearly_spent_reads_quickbooks_once_a_day_and_the_shop_as_ever(joint: Joint) -> None:
    await spend(joint, NEARLY)
    began = await read_at(joint, Side.QUICKBOOKS)

    assert await hours_later(joint, 12.2) == (True, True, 0)
    assert await read_at(joint, Side.QUICKBOOKS) == began
    assert joint.clock.now() - await read_at(joint, Side.ONCORD) < timedelta(minutes=1)
    assert await hours_later(joint, 1) == (False, False, 0)
    assert await hours_later(joint, 11.2) == (True, True, 1)
    assert joint.clock.now() - await read_at(joint, Side.QUICKBOOKS) < timedelta(minutes=1)


async def test_t2_spent_reads_quickbooks_where_somebody_asks_and_again_in_the_next_month(joint: Joint) -> None:
    await spend(joint, ALL)

    for _ in range(4):
        assert await hours_later(joint, 12.2) == (True, True, 0)
        assert await hours_later(joint, 1) == (False, False, 0)
    before = await read_at(joint, Side.QUICKBOOKS)
    assert (await joint.sync()).state == "succeeded"
    assert await read_at(joint, Side.QUICKBOOKS) > before

    _, _, reads = await hours_later(joint, 9 * 24)  # December
    assert reads > 0
