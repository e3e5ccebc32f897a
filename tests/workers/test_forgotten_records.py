"""Law 12: a record that waits while nothing is going to look at it is found by the service itself, within a minute."""

from datetime import timedelta

import pytest

from app.storage.people import attention
from app.sync.ending import TurnResult
from tests.support.intake import SITE, TWO, sale
from tests.workers.shift import Shift


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


async def forget(shift: Shift) -> None:
    """The schedule is gone, whatever the reason; the change is not."""
    await shift.door.rows(
        "UPDATE schedule SET first_changed_at = NULL, last_changed_at = NULL, due_by = NULL RETURNING 1"
    )
    shift.door.waker.wakes.clear()


async def test_a_change_that_nobody_would_look_at_is_scheduled_by_the_next_sweep(shift: Shift) -> None:
    await shift.door.oncord(sale(1))
    await forget(shift)
    shift.door.clock.at = TWO + minutes(10)

    assert await shift.sweep() == 1
    await shift.answer_due()

    assert len(shift.began) == 1
    assert await shift.door.rows("SELECT 1 FROM pending_change") == []


async def test_a_fresh_change_that_was_forgotten_still_gets_its_two_quiet_minutes(shift: Shift) -> None:
    await shift.door.oncord(sale(1))
    await forget(shift)
    for moment in (0.5, 1, 1.5, 2):
        shift.door.clock.at = TWO + minutes(moment)
        await shift.sweep()
        await shift.answer_due()

    assert [at for _, at in shift.began] == [TWO + minutes(2)]


async def test_what_is_scheduled_is_left_as_it_is(shift: Shift) -> None:
    await shift.door.oncord(sale(1))
    before = await shift.door.rows("SELECT * FROM schedule")
    shift.door.clock.at = TWO + minutes(1)
    await shift.sweep()

    assert await shift.door.rows("SELECT * FROM schedule") == before


@pytest.mark.parametrize(
    "why",
    [
        "UPDATE connection SET auto_sync = false RETURNING 1",
        "UPDATE connection SET state = 'blocked' RETURNING 1",
        "UPDATE connection SET first_sync_completed_at = NULL RETURNING 1",
    ],
)
async def test_t3_t4_where_runs_do_not_take_place_by_themselves_changes_wait_for_a_person(
    shift: Shift, why: str
) -> None:
    await shift.door.oncord(sale(1))
    await forget(shift)
    await shift.door.rows(why)
    shift.door.clock.at = TWO + minutes(30)

    assert await shift.sweep() == 0


@pytest.mark.parametrize(
    "waits_for", ["configuration:payment method 3", "person:deleted contact 5", "change", "contact:oncord:9"]
)
async def test_what_waits_for_something_that_has_not_come_true_goes_on_waiting(shift: Shift, waits_for: str) -> None:
    await shift.door.oncord(sale(1))
    await forget(shift)
    await shift.door.rows("UPDATE pending_change SET parked = true, waits_for = %s RETURNING 1", waits_for)
    shift.door.clock.at = TWO + minutes(30)

    assert await shift.sweep() == 0
    [row] = await shift.door.rows("SELECT parked FROM pending_change")
    assert row["parked"]


@pytest.mark.parametrize("waits_for", ["contact:oncord:9", "contact:quickbooks:58", "sale:oncord:9"])
async def test_what_waits_for_a_record_that_has_found_its_counterpart_meanwhile_is_set_free(
    shift: Shift, waits_for: str
) -> None:
    await shift.door.oncord(sale(1))
    await forget(shift)
    await shift.door.rows("UPDATE pending_change SET parked = true, waits_for = %s RETURNING 1", waits_for)
    kind = waits_for.partition(":")[0]
    await shift.door.rows(
        "INSERT INTO link (connection_id, kind, oncord_id, quickbooks_id, origin, created_at, updated_at)"
        " VALUES (%s, %s, '9', '58', 'oncord', %s, %s) RETURNING 1",
        SITE,
        kind,
        TWO + minutes(1),
        TWO + minutes(1),
    )
    for moment in (30, 32):
        shift.door.clock.at = TWO + minutes(moment)
        await shift.sweep()
        await shift.answer_due()

    assert len(shift.began) == 1
    assert await shift.door.rows("SELECT 1 FROM pending_change") == []


async def test_what_waits_for_a_question_that_has_settled_itself_is_set_free_and_one_that_a_person_dismissed_is_not(
    shift: Shift,
) -> None:
    await shift.door.oncord(sale(1))
    await shift.door.oncord(sale(2))
    await forget(shift)
    async with shift.door.database.transaction(SITE) as tx:
        for number, by in ((1, "sync"), (2, "a person")):
            key = f"record:contact:oncord:{number}"
            await tx.execute(
                "UPDATE pending_change SET parked = true, waits_for = %s WHERE record_id = %s", (key, str(number))
            )
            words = {"kind": "ambiguous_match", "rule": "C1", "summary": "Which one is it?"}
            item = await attention.open_item(tx, SITE, item_id=f"att_{number}", key=key, now=TWO, **words)  # type: ignore[arg-type]
            await attention.resolve(tx, SITE, item, resolution="x", by=by, now=TWO + minutes(1))
    shift.door.clock.at = TWO + minutes(30)
    await shift.sweep()

    assert await shift.door.rows("SELECT record_id FROM pending_change WHERE NOT parked") == [{"record_id": "1"}]


async def test_a_failed_run_leaves_what_waits_scheduled(shift: Shift) -> None:
    await shift.door.oncord(sale(1))

    async def fails(connection_id: str, run_id: str) -> TurnResult:
        return TurnResult(False, state="failed")

    shift.also = fails
    await shift.until(TWO + minutes(2.1))
    assert len(shift.began) == 1

    async def works(connection_id: str, run_id: str) -> None:
        return None

    shift.also = works
    shift.door.clock.at = TWO + minutes(4)
    await shift.sweep()
    await shift.until(TWO + minutes(6))

    assert len(shift.began) == 2
    assert await shift.door.rows("SELECT 1 FROM pending_change") == []
