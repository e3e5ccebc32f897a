"""Law 12: what is due while nobody is going to look at it rings within a minute, whoever has failed; what waits as it should
does not. Judged from the change queue, with the schedule taken away, the jobs, the worker, or all of them."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest

from app.services.freshness import Freshness, freshness_of
from app.storage.people import attention
from app.sync.engine import TurnResult
from tests.support.intake import SITE, TWO, cloud_event, sale
from tests.workers.shift import Shift

Loss = Callable[[Shift], Coroutine[Any, Any, None]]


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


async def fresh(shift: Shift) -> Freshness:
    container = shift.door.app.state.container
    woken = await shift.door.waker.waiting()
    async with shift.door.database.transaction(SITE) as tx:
        return (await freshness_of(container, tx, [SITE], woken))[SITE]


async def rings(shift: Shift, after: float) -> bool:
    """Whether it is an alarm so many minutes after two o'clock; leases are of the database's clock, which does not jump."""
    shift.door.clock.at = TWO + minutes(after)
    await shift.door.rows("UPDATE lease SET expires_at = expires_at - interval '1 day' WHERE owner = '' RETURNING 1")
    return (await fresh(shift)).outlook.alarm


async def the_schedule(shift: Shift) -> None:
    await shift.door.rows("DELETE FROM schedule RETURNING 1")
    shift.door.waker.wakes.clear()


async def the_jobs(shift: Shift) -> None:
    shift.door.waker.wakes.clear()


async def the_worker(shift: Shift) -> None:
    shift.door.waker.worker_lives = False


async def a_moment_that_never_comes(shift: Shift) -> None:
    """The schedule believes something else than the queue: it is no excuse."""
    later = TWO + timedelta(days=3)
    await shift.door.rows("UPDATE schedule SET first_changed_at = %s, last_changed_at = %s RETURNING 1", later, later)
    shift.door.waker.wakes.clear()


@pytest.mark.parametrize("lost", [the_schedule, the_jobs, the_worker, a_moment_that_never_comes])
async def test_whatever_is_lost_a_change_that_nobody_looks_at_rings_within_a_minute_of_its_time(
    shift: Shift, lost: Loss
) -> None:
    await shift.door.oncord(sale(1))
    await lost(shift)

    assert [await rings(shift, after) for after in (1, 2, 3, 3.1)] == [False, False, False, True]


@pytest.mark.parametrize("lost", [the_schedule, the_jobs, the_worker])
async def test_so_does_a_retry_and_a_run_that_somebody_asked_for(shift: Shift, lost: Loss) -> None:
    await shift.door.oncord(sale(1))
    await shift.door.rows("UPDATE pending_change SET not_before = %s RETURNING 1", TWO + minutes(30))
    await lost(shift)
    assert [await rings(shift, after) for after in (29, 31, 31.1)] == [False, False, True]

    shift.door.waker.worker_lives = True
    shift.door.clock.at = TWO + minutes(5)
    await shift.door.rows("UPDATE connection SET auto_sync = false RETURNING 1")
    assert not await rings(shift, 40)
    await shift.request()
    await lost(shift)
    assert [await rings(shift, after) for after in (41, 41.1)] == [False, True]


async def test_what_a_run_forgot_rings_a_minute_after_it_and_the_sweep_mends_it(shift: Shift) -> None:
    await shift.door.oncord(sale(1))

    async def forgets(connection_id: str, run_id: str) -> None:
        await shift.door.rows("UPDATE pending_change SET generation = generation + 1 RETURNING 1")

    shift.also = forgets
    await shift.until(TWO + minutes(2))
    await the_schedule(shift)
    assert len(shift.began) == 1
    assert [await rings(shift, after) for after in (2.5, 3.1)] == [False, True]

    shift.also = _nothing
    for after in (3.5, 4):
        shift.door.clock.at = TWO + minutes(after)
        await shift.sweep()
        await shift.answer_due()
    assert len(shift.began) == 2
    assert not await rings(shift, 5)


async def _nothing(connection_id: str, run_id: str) -> TurnResult | None:
    return None


async def test_the_ordinary_day_never_rings(shift: Shift) -> None:
    """Two quiet minutes, somebody who types for ten, a run that lasts, one that fails, a sweep now and then."""
    failing: list[int] = []

    async def sometimes(connection_id: str, run_id: str) -> TurnResult | None:
        failing.append(1)
        return TurnResult(False, state="failed") if len(failing) in (2, 3) else None

    shift.also = sometimes
    rang = []
    for half_minutes in range(1, 90):
        if half_minutes in (2, 5) or 10 <= half_minutes < 40:
            await shift.door.oncord(sale(half_minutes % 3))
        shift.door.clock.at = TWO + minutes(half_minutes / 2)
        await shift.sweep()
        await shift.answer_due()
        rang.append(await rings(shift, half_minutes / 2))

    assert len(shift.began) >= 4
    assert not any(rang)
    assert await shift.door.rows("SELECT 1 FROM pending_change") == []


async def test_a_lease_is_an_ordinary_wait_and_a_dead_workers_one_until_it_has_run_out(shift: Shift) -> None:
    await shift.door.oncord(sale(1))
    await the_schedule(shift)
    shift.door.clock.at = TWO + minutes(30)
    await shift.door.rows(
        "INSERT INTO lease (connection_id, owner, epoch, expires_at) VALUES (%s, 'w', 1, clock_timestamp()"
        " - interval '100 s') RETURNING 1",
        SITE,
    )
    assert not (await fresh(shift)).outlook.alarm  # a request of that worker may still be under way

    await shift.door.rows("UPDATE lease SET expires_at = clock_timestamp() - interval '200 s' RETURNING 1")
    assert (await fresh(shift)).outlook.alarm


async def test_t2_twelve_hours_are_an_ordinary_wait_and_a_download_that_nobody_makes_rings(shift: Shift) -> None:
    await shift.request()
    await shift.answer_due()
    shift.door.waker.wakes.clear()
    assert not await rings(shift, 12 * 60)
    assert await rings(shift, 12 * 60 + 21)

    await shift.sweep()
    await shift.answer_due()
    assert not (await fresh(shift)).outlook.alarm


@pytest.mark.parametrize(
    ("why", "cause"),
    [
        ("UPDATE connection SET auto_sync = false RETURNING 1", "paused"),
        ("UPDATE connection SET state = 'reconnect_required' RETURNING 1", "consent"),
        ("UPDATE connection SET first_sync_completed_at = NULL RETURNING 1", "first_run"),
    ],
)
async def test_t3_t4_what_waits_for_a_person_says_for_what(shift: Shift, why: str, cause: str) -> None:
    await shift.door.oncord(sale(1))
    await shift.door.quickbooks([cloud_event("e1", "7")])
    await the_schedule(shift)
    await shift.door.rows(why)

    assert not await rings(shift, 30)
    found = (await fresh(shift)).outlook.sides
    assert {side.value: (waits.records, waits.cause) for side, waits in found.items()} == {
        "oncord": (1, cause),
        "quickbooks": (1, cause),
    }


async def test_near_the_end_of_the_months_reads_what_quickbooks_told_of_waits_for_the_allowance(shift: Shift) -> None:
    await shift.door.quickbooks([cloud_event("e1", "7")])
    await the_schedule(shift)
    await shift.door.rows(
        "INSERT INTO cursor (connection_id, side, kind, watermark, completed_at) SELECT %s, s, k, %s, %s FROM"
        " unnest('{oncord,quickbooks}'::text[]) s, unnest('{contact,item,sale,receipt}'::text[]) k RETURNING 1",
        *(SITE, TWO, TWO),
    )
    await shift.door.rows("INSERT INTO reads_of_day (day, reads) VALUES ('2026-11-22', 490000) RETURNING 1")
    assert not await rings(shift, 600)
    assert (await fresh(shift)).outlook.sides["quickbooks"].cause == "allowance"  # type: ignore[index]

    await shift.door.rows("UPDATE reads_of_day SET reads = 10 RETURNING 1")
    assert await rings(shift, 600)


async def test_a_change_that_is_taken_for_an_echo_is_held_for_a_quarter_of_an_hour_and_no_longer(shift: Shift) -> None:
    await shift.door.oncord(sale(1))
    held = (TWO + minutes(17)).isoformat()
    await shift.door.rows(
        "UPDATE event SET status = 'echo', detail = jsonb_build_object('held_until', %s::text) RETURNING 1", held
    )
    await the_schedule(shift)

    assert [await rings(shift, after) for after in (10, 18, 18.1)] == [False, False, True]


async def test_somebody_who_types_on_in_what_seemed_an_echo_gets_quiet_minutes_of_their_own(shift: Shift) -> None:
    await shift.door.oncord(sale(1))
    held = (TWO + minutes(17)).isoformat()
    await shift.door.rows(
        "UPDATE event SET status = 'echo', detail = jsonb_build_object('held_until', %s::text) RETURNING 1", held
    )
    rang = []
    for after in (5, 6.5, 8, 9.5, 11, 12.5, 14):
        shift.door.clock.at = TWO + minutes(after)
        await shift.door.oncord(sale(1))
        await the_schedule(shift)
        rang.append(await rings(shift, after + 1.4))

    assert not any(rang)
    assert [await rings(shift, after) for after in (16, 16.1)] == [False, True]


async def test_what_waits_for_an_answer_is_laid_aside_and_rings_never(shift: Shift) -> None:
    await shift.door.oncord(sale(1))
    await the_schedule(shift)
    await shift.door.rows("UPDATE pending_change SET parked = true, waits_for = 'person:x' RETURNING 1")
    async with shift.door.database.transaction(SITE) as tx:
        words = {"kind": "parked", "rule": "C1", "summary": "What is it?"}
        await attention.open_item(tx, SITE, item_id="att_1", key="person:x", now=TWO, **words)  # type: ignore[arg-type]

    assert not await rings(shift, 60 * 24)
    assert (await fresh(shift)).outlook.sides["oncord"].aside == 1  # type: ignore[index]


async def test_the_sweep_says_what_it_found_before_it_mends_it(
    shift: Shift, capsys: pytest.CaptureFixture[str]
) -> None:
    await shift.door.oncord(sale(1))
    await the_schedule(shift)
    shift.door.clock.at = TWO + minutes(4)
    await shift.sweep()
    told = capsys.readouterr()

    assert "nobody was going to look at it" in told.out + told.err
    await shift.answer_due()
    assert len(shift.began) == 1
    await shift.sweep()
    assert "nobody was going to look at it" not in "".join(capsys.readouterr())
