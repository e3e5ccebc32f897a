"""What an operator sees: events, those that were kept aside, and figures."""

from datetime import datetime, timedelta

import pytest

from app.domain.guards.read_budget import forecast
from app.domain.model.records import Kind, Side
from app.domain.model.waiting import PersonsDecision
from app.storage import health
from app.storage.changes import change_queue, due
from app.storage.changes.change_queue import PendingChange
from app.storage.connections import connections
from app.storage.database import EVERY_CONNECTION
from app.storage.people import attention
from app.storage.runs.meter import Meter
from tests.support.app import Service


async def an_event(service: Service, connection_id: str, key: str, status: str = "accepted") -> None:
    async with service.container.database.transaction(EVERY_CONNECTION) as tx:
        await tx.execute(
            "INSERT INTO event (sender, event_key, connection_id, received_at, kind, record_id, action, detail, status)"
            " VALUES ('oncord', %s, %s, %s, 'sale', '1', 'saved', '{}', %s)",
            (key, connection_id, service.clock.now(), status),
        )


async def test_events_are_listed_newest_first_for_their_connection_or_for_all(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]
    for number in range(3):
        await an_event(service, connection_id, f"k{number}")
    await an_event(service, "", "nobody's", "quarantined")

    first = (await service.api.get(f"/api/v1/connections/{connection_id}/events", params={"limit": 2})).json()
    rest = await service.api.get(
        f"/api/v1/connections/{connection_id}/events", params={"limit": 2, "cursor": first["next_cursor"]}
    )
    aside = (await service.api.get("/api/v1/events", params={"status": "quarantined"})).json()

    assert [event["event_key"] for event in first["items"] + rest.json()["items"]] == ["k2", "k1", "k0"]
    assert [(event["event_key"], event["connection_id"]) for event in aside["items"]] == [("nobody's", None)]
    assert len((await service.api.get("/api/v1/events")).json()["items"]) == 4


async def test_figures_are_those_of_the_database(service: Service) -> None:
    await service.ready_connection()
    await an_event(service, "", "nobody's", "quarantined")

    answer = await service.api.get("/api/v1/metrics")

    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    assert 'oncord_connections{label="ready"} 1.0' in lines
    assert 'oncord_events_kept_aside{label="quarantined"} 1.0' in lines
    reads = next(line for line in lines if line.startswith('oncord_metered_reads_this_month{label="all"}'))
    assert float(reads.split()[1]) > 0


async def test_reads_are_told_by_connection_with_what_looked_after_it_and_what_the_month_comes_to(
    service: Service,
) -> None:
    connection_id, _ = await service.ready_connection()
    day = service.clock.now().date()
    async with service.container.database.transaction(connection_id) as tx:
        await tx.execute("DELETE FROM read_meter")
        await tx.execute("DELETE FROM reads_of_month")
        await tx.execute("DELETE FROM reads_of_day")
    meter = Meter(service.container.database)
    await meter.count(connection_id, day, 70)
    await meter.count(connection_id, day, 30, upkeep=True)
    ahead = float(forecast(100, service.clock.now()))

    lines = (await service.api.get("/api/v1/metrics")).text.splitlines()
    found = (await service.api.get("/api/v1/watchlist")).json()

    assert {
        'oncord_metered_upkeep_reads_this_month{label="all"} 30.0',
        f'oncord_metered_reads_of_connection{{label="{connection_id}"}} 100.0',
        f'oncord_metered_upkeep_reads_of_connection{{label="{connection_id}"}} 30.0',
        f'oncord_metered_reads_forecast{{label="{connection_id}"}} {ahead}',
        f'oncord_metered_reads_forecast{{label="all"}} {ahead}',
    } <= set(lines)
    [listed] = found["items"]
    assert (found["reads_this_month"], found["reads_forecast"]) == (100, ahead)
    assert (listed["reads_this_month"], listed["upkeep_reads_this_month"], listed["reads_forecast"]) == (100, 30, ahead)


async def figures(service: Service) -> list[str]:
    return (await service.api.get("/api/v1/metrics")).text.splitlines()


async def test_what_waits_is_counted_in_the_change_queue(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    async with service.container.database.transaction(connection_id) as tx:
        row = PendingChange(Side.ONCORD, Kind.SALE, "1")
        await change_queue.add(tx, connection_id, [row], service.clock.now())
    service.clock.advance(seconds=90)

    assert 'oncord_oldest_change_seconds{label="all"} 90.0' in await figures(service)
    assert 'oncord_dirty_records{label="due"} 1.0' in await figures(service)

    async with service.container.database.transaction(connection_id) as tx:
        await change_queue.park(tx, connection_id, [row], waits_for=PersonsDecision(), reason="It waits.")

    assert 'oncord_oldest_change_seconds{label="all"} 0.0' in await figures(service)
    assert 'oncord_dirty_records{label="parked"} 1.0' in await figures(service)


async def test_the_age_of_the_last_complete_sweep_is_a_figure_once_there_was_one(service: Service) -> None:
    assert not [line for line in await figures(service) if line.startswith("oncord_last_sweep_age_seconds{")]
    async with service.container.database.transaction(EVERY_CONNECTION) as tx:
        await due.sign_of_life(tx, "sweeper", service.clock.now())

    service.clock.advance(minutes=4)

    assert 'oncord_last_sweep_age_seconds{label="all"} 240.0' in await figures(service)


async def test_a_sweep_that_was_not_complete_is_told_from_none_at_all(service: Service) -> None:
    async with service.container.database.transaction(EVERY_CONNECTION) as tx:
        await due.sign_of_life(tx, health.SWEPT, service.clock.now())
        service.clock.advance(minutes=4)
        await due.sign_of_life(tx, health.SWEEPING, service.clock.now())

    found = await figures(service)

    assert 'oncord_last_sweep_age_seconds{label="all"} 240.0' in found
    assert 'oncord_last_sweep_attempt_age_seconds{label="all"} 0.0' in found


async def test_the_figures_of_a_removed_connection_are_gone(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    now = service.clock.now()
    async with service.container.database.transaction(connection_id) as tx:
        await attention.open_item(
            tx, connection_id, item_id="att_1", key="k", kind="conflict", rule="C2", summary="Two values.", now=now
        )
        await change_queue.add(tx, connection_id, [PendingChange(Side.ONCORD, Kind.SALE, "1")], now)
    assert 'oncord_attention_items{label="conflict"} 1.0' in await figures(service)

    assert (await service.api.delete(f"/api/v1/connections/{connection_id}")).status_code == 204

    left = await figures(service)
    assert [line for line in left if line.startswith(("oncord_attention_items{", "oncord_dirty_records{"))] == []
    assert 'oncord_oldest_change_seconds{label="all"} 0.0' in left


async def test_law_12_what_nobody_looks_at_is_an_alarm_in_the_api_and_in_the_figures(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    async with service.container.database.transaction(connection_id) as tx:
        await connections.mark_first_sync_completed(tx, connection_id, service.clock.now())
        row = PendingChange(Side.ONCORD, Kind.SALE, "1")
        await change_queue.add(tx, connection_id, [row], service.clock.now())
    told_at = service.clock.now()
    service.clock.advance(seconds=90)

    fresh = (await service.state(connection_id))["freshness"]
    assert (fresh["alarm"], fresh["stuck"]) == (False, 0)
    assert (fresh["oncord"]["waiting"], fresh["oncord"]["waits_for"]) == (1, "quiet")
    assert datetime.fromisoformat(fresh["oncord"]["waits_until"]) == told_at + timedelta(minutes=2)
    assert fresh["quickbooks"]["waiting"] == 0
    of_it = f'connection="{connection_id}"'
    assert f"oncord_stuck_records{{{of_it}}} 0.0" in await figures(service)

    service.clock.advance(seconds=91)
    fresh = (await service.state(connection_id))["freshness"]
    assert (fresh["alarm"], fresh["stuck"], fresh["oncord"]["waits_for"]) == (True, 1, "nothing")
    assert datetime.fromisoformat(fresh["stuck_since"]) == told_at + timedelta(minutes=2)
    shown = await figures(service)
    assert f"oncord_stuck_records{{{of_it}}} 1.0" in shown
    assert f'oncord_waiting_records{{{of_it},side="oncord",waits_for="nothing"}} 1.0' in shown
    [listed] = (await service.api.get("/api/v1/connections")).json()["items"]
    assert listed["freshness"] == fresh


async def test_of_very_many_connections_those_are_named_at_which_somebody_has_to_look(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection_id, _ = await service.ready_connection()
    day = service.clock.now().date()
    async with service.container.database.transaction(EVERY_CONNECTION) as tx:
        await tx.execute("DELETE FROM reads_of_month")
    await Meter(service.container.database).count(connection_id, day, 3)
    fresh = f'oncord_waiting_records{{connection="{connection_id}"'
    reads_of = f'oncord_metered_reads_of_connection{{label="{connection_id}"}} 3.0'

    async def lines() -> str:
        return (await service.api.get("/api/v1/metrics")).text

    assert fresh in await lines()
    monkeypatch.setattr("app.services.freshness.NAMED", 0)
    assert fresh not in await lines()
    assert reads_of in await lines()
    monkeypatch.setattr("app.storage.gauges.NAMED", 0)
    assert reads_of not in await lines()

    async with service.container.database.transaction(connection_id) as tx:
        await connections.mark_first_sync_completed(tx, connection_id, service.clock.now())
        await change_queue.add(tx, connection_id, [PendingChange(Side.ONCORD, Kind.SALE, "1")], service.clock.now())
    assert fresh in await lines()
