"""Outages, bursts, shuffles: an answered event is a committed one, and order plays no part."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from app.api import event_bodies, event_intake
from app.queue import RedisWaker
from app.storage.changes import intake
from app.storage.database import Transaction, conninfo
from tests.support.intake import (
    Door,
    cloud_event,
    open_door,
    sale,
)
from tests.support.services import DatabaseUrls


def _admin(urls: DatabaseUrls) -> psycopg.Connection[Any]:
    elsewhere = make_url(urls.admin).set(database="postgres").render_as_string(hide_password=False)
    return psycopg.connect(conninfo(elsewhere), autocommit=True)


def _database_of(urls: DatabaseUrls) -> str:
    return str(make_url(urls.app).database)


async def test_while_postgresql_is_away_the_answer_is_a_503_and_afterwards_all_is_well(
    own_database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_intake, "PATIENCE_SECONDS", 0.5)
    name = _database_of(own_database)
    async with open_door(own_database) as door:
        assert (await door.oncord(sale(1))).status_code == 200
        with _admin(own_database) as admin:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
            away = [
                await door.oncord(sale(2)),
                await door.quickbooks([cloud_event("e1", "5")]),
                await door.oncord(sale(2), connection_id="con_unknown"),
            ]
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())

        assert [answer.status_code for answer in away] == [503, 503, 503]
        assert {answer.headers["content-type"] for answer in away} == {"application/problem+json"}
        for _ in range(40):
            if (await door.oncord(sale(3))).status_code == 200:
                break
            await asyncio.sleep(0.1)
        assert "3" in {row["record_id"] for row in await door.rows("SELECT record_id FROM pending_change")}


async def test_a_connection_that_broke_is_replaced_without_anybody_noticing(own_database: DatabaseUrls) -> None:
    async with open_door(own_database) as door:
        await door.oncord(sale(1))
        with _admin(own_database) as admin:
            name = _database_of(own_database)
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))

        assert (await door.oncord(sale(2))).status_code == 200


async def test_redis_being_away_does_not_fail_the_request(door: Door) -> None:
    door.runtime.waker = RedisWaker("unix:///nowhere/at/all.sock", door.clock)

    assert (await door.oncord(sale(1))).status_code == 200
    assert not await door.runtime.waker.answers()


async def test_a_burst_of_ten_thousand_events_is_one_ring_and_few_commits(door: Door) -> None:
    commits = _count_commits(door)

    answers = await asyncio.gather(*(door.oncord(*(sale(100 * post + n) for n in range(100))) for post in range(100)))

    assert {answer.status_code for answer in answers} == {200}
    [count] = await door.rows("SELECT count(*) AS events, count(DISTINCT record_id) AS records FROM event")
    assert (count["events"], count["records"]) == (10_000, 10_000)
    assert len(door.waker.wakes) == 1
    assert len(commits) <= 20


async def test_one_event_that_cannot_be_stored_does_not_spoil_the_others_of_its_commit(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = intake.accept

    async def choosy(connection: Transaction, arrivals: Sequence[Any], now: datetime) -> Any:
        if any(arrival.record_id == "13" for arrival in arrivals):
            raise psycopg.DataError("cannot be stored")
        return await real(connection, arrivals, now)

    monkeypatch.setattr(intake, "accept", choosy)

    answers = await asyncio.gather(*(door.oncord(sale(number)) for number in range(10, 20)))

    assert {answer.status_code for answer in answers} == {200}
    rows = await door.rows("SELECT status, count(*) AS n FROM event GROUP BY status ORDER BY status")
    assert [(row["status"], row["n"]) for row in rows] == [("accepted", 9), ("quarantined", 1)]


async def test_who_comes_on_top_of_too_much_is_turned_away(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_bodies, "BYTES", 1000)

    answer = await door.oncord(body=b" " * 1001)

    assert answer.status_code == 503
    assert (await door.oncord(sale(1))).status_code == 200


def _count_commits(door: Door) -> list[None]:
    commits: list[None] = []
    database = door.database
    real = database.raw

    @asynccontextmanager
    async def counting() -> AsyncIterator[Transaction]:
        commits.append(None)
        async with real() as connection:
            yield connection

    database.raw = counting  # type: ignore[method-assign]
    return commits


async def test_i11_twenty_shuffles_with_duplicates_end_in_the_same_dirty_state(own_database: DatabaseUrls) -> None:
    events = [
        *(("oncord", sale(number)) for number in range(6)),
        ("oncord", {"entity": "contact", "id": "9", "action": "merged", "merged_ids": ["4"]}),
        (
            "oncord",
            {"entity": "sale", "id": "2", "action": "deleted", "deleted_with": {"entity": "contact", "id": "7"}},
        ),
        *(("quickbooks", cloud_event(f"e{number}", str(number))) for number in range(6)),
    ]
    states = set()
    async with open_door(own_database) as door:
        for seed in range(20):
            chance = random.Random(seed)
            history = [*enumerate(events), *enumerate(chance.sample(events, 7))]
            chance.shuffle(history)
            for number, (sender, event) in history:
                if sender == "oncord":
                    answer = await door.oncord(event, message_id=f"msg_{seed}_{number}_{event['id']}")
                else:
                    answer = await door.quickbooks([{**event, "id": f"{seed}_{event['id']}"}])
                assert answer.status_code == 200
            rows = await door.rows("SELECT side, kind, record_id, deleted_with FROM pending_change ORDER BY 1, 2, 3")
            states.add(tuple(tuple(row.values()) for row in rows))
            await _forget(door)

    assert len(states) == 1
    assert len(next(iter(states))) == 14


async def _forget(door: Door) -> None:
    await door.rows("DELETE FROM pending_change RETURNING 1")
    await door.rows("DELETE FROM schedule RETURNING 1")
    await door.rows("DELETE FROM event RETURNING 1")


async def test_intake_keeps_what_came_before_a_clock_was_set(door: Door) -> None:
    await door.oncord(sale(1))
    door.clock.at = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    await door.oncord(sale(1))

    [dirty] = await door.rows("SELECT last_changed_at FROM pending_change")
    assert dirty["last_changed_at"] == datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
