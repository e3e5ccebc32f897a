"""Law 9: near the end of the month's allowance QuickBooks is read less often, and pushes go on."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.guards.read_budget import Budget, Pace, forecast
from app.domain.model.records import Side
from app.storage.changes import due_changes
from app.storage.database import EVERY_CONNECTION
from app.storage.people import attention
from app.sync.waking.sweep import SweepContext, sweep
from app.sync.waking.wake import timing
from tests.support.counted import Counted
from tests.support.joint import START, Joint, SilentWaker


@pytest.mark.parametrize(
    ("used", "day", "pace"),
    [
        (0, 1, Pace.FREE),
        (85, 10, Pace.HOURLY),
        (85, 29, Pace.FREE),
        (95, 29, Pace.IDLE_ONLY),
        (98, 30, Pace.IDLE_ONLY),
        (99, 30, Pace.SPENT),
        (100, 30, Pace.SPENT),
    ],
)
def test_the_pace_falls_as_the_allowance_runs_out(used: int, day: int, pace: Pace) -> None:
    assert Budget(100).pace(used, START.date().replace(day=day)) is pace


@pytest.mark.parametrize(
    ("used", "now", "ahead"),
    [
        (0, datetime(2026, 11, 20, 3, tzinfo=UTC), 0),
        (300, datetime(2026, 11, 16, tzinfo=UTC), 600),  # half of November
        (12, datetime(2026, 11, 1, 0, 5, tzinfo=UTC), 360),  # five minutes say no more than a day
        (31, datetime(2026, 12, 2, tzinfo=UTC), 961),
        (280, datetime(2027, 2, 28, 23, 59, 59, tzinfo=UTC), 280),
    ],
)
def test_a_month_goes_on_as_it_has_so_far(used: int, now: datetime, ahead: int) -> None:
    assert forecast(used, now) == ahead


async def _metered(joint: Joint) -> tuple[int, int]:
    """All reads, and those of them that were no part of synchronising."""
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        found = await tx.execute("SELECT sum(reads) AS reads, sum(upkeep) AS upkeep FROM read_meter")
        row = await found.fetchone()
    assert row is not None
    return int(row["reads"]), int(row["upkeep"])


async def test_what_looks_after_a_company_is_counted_apart_from_synchronising(joint: Joint) -> None:
    reads, facts = await _metered(joint)  # the first run has read the company's facts, and everything
    assert 0 < facts < reads

    await joint.sync()
    idle, still = await _metered(joint)
    joint.clock.pass_time(25 * 3600)
    await joint.sync()
    checked, upkeep = await _metered(joint)

    assert (idle - reads, still - facts) == (1, 0), "the change list"
    assert checked - idle == upkeep - still + 1, "the closing date, how many there are, and all of them once more"
    assert upkeep > still


_TIMING = timing(quiet_seconds=120, longest_wait_seconds=600, idle_hours=12)


async def _spend(joint: Joint, reads: int) -> None:
    await joint.runtime.meter.count("con_other", joint.clock.now().date(), reads)


async def _reads(joint: Joint) -> int:
    calls = await joint.in_books("GET", "calls")
    return int(calls["metered"])


async def test_when_the_allowance_is_nearly_spent_events_of_quickbooks_wait_and_sales_still_become_invoices(
    joint: Joint,
) -> None:
    await _spend(joint, 499_000)
    customer = await joint.person("customer", {"DisplayName": "Waits"})
    sale = await joint.sale((await joint.contact())["id"])
    await joint.touched("quickbooks", "contact", customer["Id"])
    await joint.touched("oncord", "sale", sale["id"])
    before = await _reads(joint)
    run = await joint.sync(download=False)

    assert run.state == "succeeded", run.counters
    assert await _reads(joint) == before
    assert len(await joint.books_list("invoice")) == 1
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        [waiting] = await due_changes.claim(
            tx, joint.connection_id, joint.clock.now(), sides=[Side.QUICKBOOKS], mirrored=False
        )
    assert waiting.id == customer["Id"]

    await joint.sync(download=True)

    assert "Waits" in [c["company_name"] for c in await joint.shop_list("contacts")]


async def test_a_grant_that_dies_within_a_fortnight_is_a_question_once(joint: Joint) -> None:
    parts = SweepContext(
        joint.runtime.database,
        joint.clock,
        SilentWaker(),
        timing=_TIMING,
        every=timedelta(seconds=30),
        retention=timedelta(days=900),
        ids=joint.runtime.ids,
    )
    await sweep(parts)
    assert await joint.attention() == []

    joint.clock.pass_time(90 * 86_400)
    await sweep(parts)
    await sweep(parts)

    [item] = await joint.attention()
    assert (item.kind, item.rule) == ("reconnect_soon", "T5")
    async with joint.runtime.database.transaction(EVERY_CONNECTION) as tx:
        await attention.resolve(
            tx, joint.connection_id, item.id, resolution="dismiss", by="test", now=joint.clock.now()
        )
    await sweep(parts)
    assert await joint.attention() == []


async def test_what_the_month_has_left_is_looked_up_once_in_a_run(joint: Joint) -> None:
    await joint.sale((await joint.contact())["id"])
    counted = Counted()
    counted.watch(joint.runtime.database)

    assert (await joint.sync()).state == "succeeded"

    assert len([each for each in counted.statements if "FROM reads_of_day" in each]) == 1
