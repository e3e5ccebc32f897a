"""What the sweeper finds: everything that is due in PostgreSQL, whatever became of its wake-ups."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.storage import health
from app.storage.connections import connections
from app.storage.database import EVERY_CONNECTION
from app.sync.waking import sweep
from app.sync.waking.sweep import IDLE_AT_ONCE
from tests.support.intake import SITE, TWO, a_ready_connection, sale
from tests.workers.shift import Shift


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


async def test_after_every_ring_was_lost_the_run_comes_within_one_sweep(shift: Shift) -> None:
    await shift.door.oncord(sale(1))
    shift.door.waker.wakes.clear()
    shift.door.clock.at = TWO + minutes(2) + timedelta(seconds=10)

    assert await shift.sweep() == 1
    await shift.answer_due()

    assert len(shift.began) == 1
    assert await shift.door.rows("SELECT 1 FROM pending_change") == []


async def test_a_sweep_restores_the_ring_of_a_moment_that_is_still_to_come(shift: Shift) -> None:
    await shift.door.oncord(sale(1))
    wakes = list(shift.door.waker.wakes)
    shift.door.waker.wakes.clear()
    shift.door.clock.at = TWO + minutes(1.6)

    await shift.sweep()

    assert shift.door.waker.wakes == wakes


async def test_nothing_due_is_rung_for(shift: Shift) -> None:
    await shift.door.oncord(sale(1))
    shift.door.waker.wakes.clear()

    assert await shift.sweep() == 0


async def test_what_is_long_overdue_gets_a_new_ring_each_minute(shift: Shift) -> None:
    await shift.door.oncord(sale(1))
    shift.door.clock.at = TWO + minutes(7.5)
    for _ in range(3):
        await shift.sweep()
    shift.door.clock.at = TWO + minutes(8.5)
    await shift.sweep()

    assert [at for _, at in shift.door.waker.wakes] == [TWO + minutes(2), TWO + minutes(7), TWO + minutes(8)]


async def test_t2_after_twelve_idle_hours_both_sides_are_downloaded(shift: Shift) -> None:
    await shift.request()
    await shift.answer_due()
    shift.door.waker.wakes.clear()
    for hours, due in ((11.9, 0), (12.2, 1)):
        shift.door.clock.at = TWO + timedelta(hours=hours)
        assert await shift.sweep() == due

    await shift.answer_due()

    newest = await shift.door.rows("SELECT trigger, download, state FROM run ORDER BY requested_at DESC LIMIT 1")
    assert newest == [{"trigger": "idle", "download": True, "state": "succeeded"}]
    assert await shift.sweep() == 0


async def test_t2_a_thousand_idle_connections_do_not_wake_at_once(shift: Shift) -> None:
    for number in range(IDLE_AT_ONCE + 10):
        await a_ready_connection(shift.door.runtime, f"con_{number}", str(number))
    await shift.door.rows(
        "INSERT INTO cursor (connection_id, side, kind, completed_at) SELECT id, 'oncord', 'sale', %s FROM connection "
        "RETURNING 1",
        TWO - timedelta(hours=13),
    )

    assert await shift.sweep() == IDLE_AT_ONCE


async def test_a_run_that_a_dead_worker_left_is_found(shift: Shift) -> None:
    await shift.request()
    shift.door.waker.wakes.clear()
    await shift.door.rows("UPDATE run SET state = 'running', started_at = %s, phase = 'pull' RETURNING 1", TWO)

    assert await shift.sweep() == 1
    await shift.answer_due()

    [run] = await shift.door.rows("SELECT state FROM run")
    assert run["state"] == "succeeded"


async def test_a_record_in_backoff_is_tried_again_when_its_time_has_come(shift: Shift) -> None:
    await shift.door.oncord(sale(1))
    await shift.door.rows("UPDATE schedule SET first_changed_at = NULL RETURNING 1")
    await shift.door.rows("UPDATE pending_change SET not_before = %s RETURNING 1", TWO + minutes(30))
    shift.door.clock.at = TWO + minutes(29)
    assert await shift.sweep() == 0
    shift.door.clock.at = TWO + minutes(30)

    assert await shift.sweep() == 1
    await shift.answer_due()

    assert await shift.door.rows("SELECT 1 FROM pending_change") == []


async def test_parked_records_are_not_due(shift: Shift) -> None:
    await shift.door.oncord(sale(1))
    await shift.door.rows("UPDATE schedule SET first_changed_at = NULL RETURNING 1")
    await shift.door.rows("UPDATE pending_change SET not_before = %s, parked = true RETURNING 1", TWO)
    shift.door.clock.at = TWO + timedelta(days=1)

    assert await shift.sweep() == 0


async def test_old_events_and_finished_runs_are_cleared_away_and_dirty_records_never(shift: Shift) -> None:
    await shift.door.oncord(sale(1))
    await shift.request()
    await shift.answer_due()
    await shift.door.oncord(sale(2))
    await shift.door.rows("UPDATE connection SET auto_sync = false RETURNING 1")
    shift.door.clock.at = TWO + timedelta(days=91)
    queued = await shift.request()

    await shift.sweep()

    assert await shift.door.rows("SELECT 1 FROM event") == []
    assert [row["id"] for row in await shift.door.rows("SELECT id FROM run")] == [queued.id]
    assert [row["record_id"] for row in await shift.door.rows("SELECT record_id FROM pending_change")] == ["2"]


async def test_a_sweep_is_a_sign_of_life(shift: Shift) -> None:
    await shift.sweep()

    async with shift.door.database.transaction(EVERY_CONNECTION) as tx:
        row = await (await tx.execute("SELECT at FROM heartbeat WHERE name = 'sweeper'")).fetchone()
    assert row == {"at": TWO}


STEPS = {
    "alarms": "_sound_alarms",
    "telling": "tell_changes",
    "due": "_wakes",
    "grants": "_warn",
    "data": "look_after_data",
}


async def broken(*_: Any, **__: Any) -> Any:
    raise OSError("File name too long")


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
async def test_a_step_that_fails_keeps_no_other_from_its_work_and_is_no_sign_of_life(
    shift: Shift, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    await shift.door.oncord(sale(1))
    await shift.request()
    await shift.answer_due()
    await shift.sweep()
    async with shift.door.database.transaction(SITE) as tx:
        await connections.set_state(tx, SITE, "reconnect_required", "Gone.", TWO)
    shift.door.clock.at = TWO + timedelta(days=91)
    queued = await shift.request()
    shift.door.waker.wakes.clear()

    with monkeypatch.context() as patched:
        patched.setattr(sweep, step, broken)
        with pytest.raises(ExceptionGroup) as failed:
            await shift.sweep()

    assert [str(each) for each in failed.value.exceptions] == ["File name too long"]
    assert [row["id"] for row in await shift.door.rows("SELECT id FROM run")] == [queued.id]
    woken = [connection_id for connection_id, _ in shift.door.waker.wakes]
    assert woken == ([] if step == "_wakes" else [SITE])
    topics = [row["topic"] for row in await shift.door.rows("SELECT topic FROM message")]
    assert ("reconnect" in topics) is (step != "tell_changes")
    assert (await seen(shift), await seen(shift, health.SWEEPING)) == (TWO, shift.door.clock.at)

    await shift.sweep()
    assert await seen(shift) == shift.door.clock.at


async def seen(shift: Shift, name: str = health.SWEPT) -> datetime | None:
    async with shift.door.database.transaction(EVERY_CONNECTION) as tx:
        return await health.last_seen(tx, name)
