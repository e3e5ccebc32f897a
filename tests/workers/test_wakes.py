"""Two quiet minutes mean two quiet minutes; nothing starves, nothing doubles, nothing is lost."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import psycopg
import pytest

from app.errors import LeaseLost
from app.run_slots import RunSlots
from app.storage.runs import leases, runs
from app.sync.ending import TurnResult
from app.sync.waking.wake import answer
from tests.support.intake import (
    SITE,
    TWO,
    a_ready_connection,
    cloud_event,
    sale,
)
from tests.workers.shift import Shift


def clock(text: str) -> datetime:
    hours, minutes, seconds = map(int, text.split(":"))
    return TWO.replace(hour=hours, minute=minutes, second=seconds)


async def test_t1_a_change_at_two_is_synchronised_at_two_past_two(shift: Shift) -> None:
    await shift.door.oncord(sale(1))

    await shift.until(clock("3:00:00"))

    assert shift.began == [(SITE, clock("2:02:00"))]
    assert await shift.door.rows("SELECT 1 FROM pending_change") == []


async def test_t1_changes_at_two_and_at_one_past_two_land_together_after_two_quiet_minutes(shift: Shift) -> None:
    await shift.door.oncord(sale(1))
    await shift.until(clock("2:01:00"))
    await shift.door.quickbooks([cloud_event("e1", "5")])

    await shift.until(clock("2:30:00"))

    assert shift.began == [(SITE, clock("2:03:00"))]


async def test_i17_a_change_each_second_for_an_hour_is_synchronised_within_the_longest_wait(shift: Shift) -> None:
    for second in range(0, 3600, 5):
        await shift.until(TWO + timedelta(seconds=second), each=timedelta(seconds=5))
        await shift.door.oncord(sale(second % 7))
    await shift.until(clock("3:30:00"), each=timedelta(seconds=5))

    moments = [TWO, *(moment for _, moment in shift.began)]
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert max(gaps) <= timedelta(minutes=10, seconds=5)
    assert len(shift.began) == 6
    assert await shift.door.rows("SELECT 1 FROM pending_change") == []


class Rings:
    """Remembers for whom it was rung, and when."""

    def __init__(self) -> None:
        self.rung: list[tuple[str, datetime | None]] = []

    async def wake(self, connection_id: str, at: datetime | None = None) -> None:
        self.rung.append((connection_id, at))


class NoPlace:
    """Others go first."""

    def __init__(self) -> None:
        self.left: list[str] = []

    async def enter(self, connection_id: str) -> bool:
        return False

    def leave(self, connection_id: str) -> None:
        self.left.append(connection_id)


async def test_where_there_is_no_place_a_change_waits_a_little_and_is_not_lost(shift: Shift) -> None:
    await shift.door.oncord(sale(1))
    shift.door.clock.at = clock("2:02:00")
    full, rings = NoPlace(), Rings()

    came = await answer(replace(shift.wake_context, slots=full, waker=rings), SITE)

    assert (came, shift.began, full.left) == ("no place", [], [])
    assert rings.rung == [(SITE, clock("2:02:10"))]
    await shift.until(clock("2:03:00"))
    assert len(shift.began) == 1


async def test_a_place_is_given_back_whatever_becomes_of_the_turn(shift: Shift) -> None:
    slots = RunSlots(1, 1)
    await shift.request()

    async def broken(connection_id: str, run_id: str) -> TurnResult | None:
        raise RuntimeError("a fault of ours")

    shift.also = broken
    await answer(replace(shift.wake_context, slots=slots), SITE)

    async with asyncio.timeout(1):
        assert await slots.enter("another")


async def test_a_burst_is_one_run_and_a_handful_of_rings(shift: Shift) -> None:
    rung: set[tuple[str, datetime]] = set()
    for second in range(100):
        await shift.until(TWO + timedelta(seconds=second))
        await shift.door.oncord(*(sale(100 * second + n) for n in range(100)))
        rung |= set(shift.door.waker.wakes)
    await shift.until(clock("2:10:00"))

    assert len(shift.began) == 1
    assert len(rung) <= 3


async def test_what_arrives_during_a_run_is_in_the_next_one(shift: Shift) -> None:
    async def meanwhile(connection_id: str, run_id: str) -> TurnResult | None:
        if len(shift.began) == 1:
            await shift.door.oncord(sale(1), sale(2))
        return None

    shift.also = meanwhile
    await shift.door.oncord(sale(1))
    await shift.until(clock("2:02:00"))
    assert {r["record_id"] for r in await shift.door.rows("SELECT record_id FROM pending_change")} == {"1", "2"}

    await shift.until(clock("2:30:00"))

    assert [moment for _, moment in shift.began] == [clock("2:02:00"), clock("2:04:00")]
    assert await shift.door.rows("SELECT 1 FROM pending_change") == []


async def test_t3_with_automatic_synchronisation_off_changes_wait_for_the_manual_trigger(shift: Shift) -> None:
    await shift.door.rows("UPDATE connection SET auto_sync = false RETURNING 1")
    await shift.door.oncord(sale(1))
    await shift.until(clock("2:20:00"), each=timedelta(seconds=30))
    assert await shift.sweep() == 0
    assert shift.began == []

    await shift.request()
    await shift.answer_due()

    assert shift.began == [(SITE, clock("2:20:00"))]
    assert await shift.door.rows("SELECT 1 FROM pending_change") == []


async def test_t4_events_before_the_first_manual_run_start_nothing(shift: Shift) -> None:
    await shift.door.rows("UPDATE connection SET first_sync_completed_at = NULL RETURNING 1")
    await shift.door.oncord(sale(1))
    await shift.until(clock("2:20:00"), each=timedelta(seconds=30))
    assert await shift.sweep() == 0
    assert shift.began == []

    await shift.request()
    await shift.until(clock("2:21:00"))
    await shift.door.oncord(sale(2))
    await shift.until(clock("2:30:00"))

    assert [moment for _, moment in shift.began] == [clock("2:20:00"), clock("2:23:00")]


async def test_a_ring_too_early_rings_for_the_right_moment(shift: Shift) -> None:
    await shift.door.oncord(sale(1))
    shift.door.waker.wakes.clear()

    assert await answer(shift.wake_context, SITE) == "asked for later"

    assert shift.door.waker.wakes == [(SITE, clock("2:02:00"))]
    assert shift.began == []


async def test_a_ring_for_nothing_or_for_nobody_does_nothing(shift: Shift) -> None:
    assert await answer(shift.wake_context, SITE) == "nothing due"
    assert await answer(shift.wake_context, "con_unknown") == "nothing due"
    assert shift.door.waker.wakes == []


async def test_a_manual_run_is_at_once_and_joins_one_that_still_reads(shift: Shift) -> None:
    joined: list[str] = []

    async def meanwhile(connection_id: str, run_id: str) -> TurnResult | None:
        if len(shift.began) == 1:
            joined.append((await shift.request()).id)
            assert await answer(shift.wake_context, SITE) == "busy"
        return None

    shift.also = meanwhile
    first = await shift.request()
    await shift.until(clock("2:01:00"))

    assert joined == [first.id]
    assert len(shift.began) == 1


async def test_a_manual_run_after_the_other_has_read_is_carried_out_next(shift: Shift) -> None:
    follower: list[str] = []

    async def meanwhile(connection_id: str, run_id: str) -> TurnResult | None:
        if len(shift.began) == 1:
            async with shift.door.database.transaction(connection_id) as tx:
                await runs.progress(tx, run_id, {}, phase="push", pulled_at=shift.door.clock.now())
            follower.append((await shift.request()).id)
        return None

    shift.also = meanwhile
    first = await shift.request()
    await shift.until(clock("2:01:00"))

    assert follower != [first.id]
    rows = await shift.door.rows("SELECT id, state FROM run ORDER BY id")
    assert [(row["id"], row["state"]) for row in rows] == [(first.id, "succeeded"), (follower[0], "succeeded")]


async def test_a_turn_that_is_not_done_goes_to_the_end_of_the_line(shift: Shift) -> None:
    async def meanwhile(connection_id: str, run_id: str) -> TurnResult | None:
        if connection_id == "con_huge" and sum(1 for who, _ in shift.began if who == "con_huge") < 3:
            return TurnResult(True)
        return None

    shift.also = meanwhile
    await a_ready_connection(shift.door.runtime, "con_huge", "77")
    await shift.request(connection_id="con_huge")
    await shift.request()

    await shift.answer_due()

    assert [who for who, _ in shift.began] == ["con_huge", SITE, "con_huge", "con_huge"]


async def test_a_pause_that_the_outside_asked_for_is_kept_whoever_rings(shift: Shift) -> None:
    async def meanwhile(connection_id: str, run_id: str) -> TurnResult | None:
        return TurnResult(True, after_seconds=60) if len(shift.began) == 1 else None

    shift.also = meanwhile
    await shift.request()
    await shift.answer_due()

    assert await answer(shift.wake_context, SITE) == "busy"
    assert shift.door.waker.wakes == [(SITE, clock("2:01:00"))]


async def test_after_a_failure_the_next_run_waits_longer_and_longer(shift: Shift) -> None:
    async def meanwhile(connection_id: str, run_id: str) -> TurnResult | None:
        if len(shift.began) < 4:
            raise RuntimeError("a fault of ours")
        return None

    shift.also = meanwhile
    await shift.door.oncord(sale(1))
    while shift.door.clock.at < clock("2:10:00"):
        await shift.sweep()
        await shift.until(shift.door.clock.at + timedelta(seconds=30), each=timedelta(seconds=5))

    assert [moment for _, moment in shift.began] == [
        clock("2:02:00"),
        clock("2:02:30"),
        clock("2:03:30"),
        clock("2:05:30"),
    ]
    assert await shift.door.rows("SELECT 1 FROM pending_change") == []
    states = await shift.door.rows("SELECT state FROM run ORDER BY requested_at")
    assert [row["state"] for row in states] == ["failed"] * 3 + ["succeeded"]


async def test_a_lost_lease_and_a_lost_database_leave_the_run_to_others(shift: Shift) -> None:
    errors: list[Exception] = [LeaseLost(SITE), psycopg.OperationalError("gone")]

    async def meanwhile(connection_id: str, run_id: str) -> TurnResult | None:
        if errors:
            raise errors.pop(0)
        return None

    shift.also = meanwhile
    await shift.request()
    shift.door.waker.wakes.clear()
    assert await answer(shift.wake_context, SITE) == "busy"
    with pytest.raises(psycopg.OperationalError):
        await answer(shift.wake_context, SITE)
    assert [row["state"] for row in await shift.door.rows("SELECT state FROM run")] == ["running"]

    assert await shift.sweep() == 1
    await shift.until(clock("2:01:00"))

    assert [row["state"] for row in await shift.door.rows("SELECT state FROM run")] == ["succeeded"]


async def test_while_another_worker_holds_the_lease_a_ring_does_nothing(shift: Shift) -> None:
    async with shift.door.database.transaction(SITE) as tx:
        assert await leases.take(tx, SITE, "somebody", seconds=60, grace=10)
    await shift.request()

    assert await answer(shift.wake_context, SITE) == "busy"
    assert shift.began == []


async def test_a_blocked_connection_is_probed_and_ready_again_when_the_run_goes_through(shift: Shift) -> None:
    await shift.door.rows(
        "UPDATE connection SET state = 'blocked', state_reason = 'x', probe_at = %s RETURNING 1", clock("2:30:00")
    )
    await shift.until(clock("2:29:00"), each=timedelta(seconds=30))
    assert await shift.sweep() == 0
    await shift.until(clock("2:29:45"), each=timedelta(seconds=15))
    assert await shift.sweep() == 1

    await shift.until(clock("2:30:05"))

    assert shift.began == [(SITE, clock("2:30:00"))]
    [connection] = await shift.door.rows("SELECT state, state_reason, probe_at FROM connection")
    assert connection == {"state": "ready", "state_reason": "", "probe_at": None}
    [run] = await shift.door.rows("SELECT trigger, download FROM run")
    assert run == {"trigger": "reconnect", "download": True}
