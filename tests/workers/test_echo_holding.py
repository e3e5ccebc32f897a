"""Our own echoes do not ring, and a person's edit among them always does."""

from datetime import datetime, timedelta
from typing import Any

from tests.support.intake import TWO, cloud_event, sale
from tests.workers.shift import Shift

WROTE = (
    "INSERT INTO operation (id, connection_id, run_id, action, side, kind, target_id, result_id, result_version, record, "
    "state, created_at, sent_at, answered_at) VALUES (%s, 'con_site', 'run_1', 'update', %s, %s, %s, %s, %s, "
    "%s::jsonb, 'done', %s, %s, %s) RETURNING id"
)


def at(seconds: float) -> datetime:
    return TWO + timedelta(seconds=seconds)


async def we_wrote(
    shift: Shift,
    operation_id: str,
    side: str,
    kind: str,
    record_id: str,
    *,
    version: str = "",
    record: str = "{}",
    created: bool = False,
    sent: float = 0,
    answered: float = 2,
) -> None:
    await shift.door.rows(
        "INSERT INTO run (id, connection_id, trigger, state, counters, requested_at, started_at, finished_at) "
        "VALUES ('run_1', 'con_site', 'quiet', 'succeeded', '{}', %s, %s, %s) ON CONFLICT (id) DO UPDATE SET id = run.id RETURNING id",
        TWO,
        TWO,
        at(5),
    )
    target = "" if created else record_id
    values = (operation_id, side, kind, target, record_id, version, record, TWO, at(sent), at(answered))
    await shift.door.rows(WROTE, *values)


def event(event_id: str, record_id: str, seconds: float, entity: str = "invoice") -> Any:
    return cloud_event(event_id, record_id, entity=entity, time=at(seconds).isoformat())


async def test_an_echo_rings_nobody_and_its_record_stays_dirty(shift: Shift) -> None:
    await we_wrote(shift, "op_1", "quickbooks", "sale", "5", created=True)
    shift.door.clock.at = at(10)
    await shift.door.quickbooks([event("e1", "5", 1)])

    await shift.until(at(600), each=timedelta(seconds=30))

    assert shift.began == []
    assert len(await shift.door.rows("SELECT 1 FROM pending_change")) == 1
    [kept] = await shift.door.rows("SELECT status, detail FROM event")
    assert (kept["status"], kept["detail"]["echo_of"]) == ("echo", "op_1")


async def test_a_held_echo_is_looked_at_after_a_quarter_of_an_hour_at_most(shift: Shift) -> None:
    await we_wrote(shift, "op_1", "quickbooks", "sale", "5")
    shift.door.clock.at = at(10)
    await shift.door.quickbooks([event("e1", "5", 1)])

    for _ in range(40):
        await shift.sweep()
        await shift.until(shift.door.clock.at + timedelta(seconds=30), each=timedelta(seconds=30))

    assert len(shift.began) == 1
    assert timedelta(minutes=15) <= shift.began[0][1] - at(10) <= timedelta(minutes=18)
    assert await shift.door.rows("SELECT 1 FROM pending_change") == []


async def test_a_second_edit_of_the_same_record_rings(shift: Shift) -> None:
    await we_wrote(shift, "op_1", "quickbooks", "sale", "5")
    shift.door.clock.at = at(10)
    await shift.door.quickbooks([event("e1", "5", 1), event("e2", "5", 2)])

    await shift.until(at(300), each=timedelta(seconds=10))

    assert [moment for _, moment in shift.began] == [at(130)]


async def test_t1_an_echo_does_not_put_off_what_a_person_changed(shift: Shift) -> None:
    await we_wrote(shift, "op_1", "quickbooks", "sale", "5")
    await shift.door.oncord(sale(1))
    shift.door.clock.at = at(90)
    await shift.door.quickbooks([event("e1", "5", 1)])

    await shift.until(at(600))

    assert [moment for _, moment in shift.began] == [at(120)]


async def test_t1_quiet_is_counted_from_the_change_and_not_from_an_echo_before_it(shift: Shift) -> None:
    await we_wrote(shift, "op_1", "quickbooks", "sale", "5")
    shift.door.clock.at = at(10)
    await shift.door.quickbooks([event("e1", "5", 1)])
    shift.door.clock.at = at(60)
    await shift.door.oncord(sale(1))

    await shift.until(at(600))

    assert [moment for _, moment in shift.began] == [at(180)]


async def test_a_payment_echoes_the_invoices_it_was_applied_to(shift: Shift) -> None:
    paid = '{"payment": {"allocations": [{"sale_id": "5"}, {"sale_id": {"kind": "sale", "id": "1041"}}]}}'
    await we_wrote(shift, "op_1", "quickbooks", "receipt", "8", record=paid, created=True)
    await shift.door.rows(
        "INSERT INTO link (connection_id, kind, oncord_id, quickbooks_id, origin, created_at, updated_at) "
        "VALUES ('con_site', 'sale', '1041', '6', 'oncord', %s, %s) RETURNING id",
        TWO,
        TWO,
    )
    shift.door.clock.at = at(10)
    await shift.door.quickbooks(
        [event("e1", "8", 1, "payment"), event("e2", "5", 1), event("e3", "6", 1), event("e4", "7", 1)]
    )

    await shift.until(at(300), each=timedelta(seconds=10))

    statuses = await shift.door.rows("SELECT record_id, status FROM event ORDER BY record_id")
    assert {row["record_id"]: row["status"] for row in statuses} == {
        "5": "echo",
        "6": "echo",
        "7": "accepted",
        "8": "echo",
    }
    assert len(shift.began) == 1


async def test_oncord_tells_its_echo_by_the_version(shift: Shift) -> None:
    await we_wrote(shift, "op_1", "oncord", "sale", "1", version="7")
    shift.door.clock.at = at(10)
    await shift.door.oncord(sale(1, version="7", actor="connector"))
    await shift.until(at(300), each=timedelta(seconds=10))
    assert shift.began == []

    await shift.door.oncord(sale(1, version="8"))
    await shift.until(at(600), each=timedelta(seconds=10))

    assert [moment for _, moment in shift.began] == [at(420)]
