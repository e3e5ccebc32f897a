"""How far a run has come, asked for and followed by server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.api.streams import PER_CALLER, Streams
from app.errors import TooMany
from app.services import progress as following
from app.services.callers import Scope
from app.storage.runs import progress, runs
from app.storage.runs.progress import Progress
from tests.api.test_access import a_key
from tests.console.pages import shown, sign_in
from tests.support.app import API_KEY, Service, VirtualClock
from tests.support.joint import Joint, joined
from tests.support.listening import listening
from tests.support.services import DatabaseUrls
from tests.support.watched import watched


@pytest.fixture
async def joint(own_database: DatabaseUrls) -> AsyncIterator[Joint]:
    """A shop and a company."""
    async with joined(own_database.app) as running:
        yield running


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second passes in a moment, in which others have their turn."""

    async def sleep(clock: VirtualClock, seconds: float) -> None:
        await asyncio.sleep(0.01)
        clock.advance(seconds=seconds)

    monkeypatch.setattr(VirtualClock, "sleep", sleep)


async def a_run(service: Service) -> tuple[str, str]:
    """A run that was asked for; its connection and its id."""
    connection_id, _ = await service.ready_connection()
    asked = await service.api.post(f"/api/v1/connections/{connection_id}/syncs")
    return connection_id, asked.json()["id"]


async def under_way(service: Service, connection_id: str, run_id: str, found: Progress) -> None:
    async with service.container.database.transaction(connection_id) as tx:
        await runs.start(tx, run_id, service.clock.now())
        await progress.note(tx, run_id, found)


async def ended(service: Service, connection_id: str, run_id: str) -> None:
    async with service.container.database.transaction(connection_id) as tx:
        await runs.finish(tx, run_id, "succeeded", {}, service.clock.now())


async def events_of(answer: httpx.Response) -> AsyncIterator[tuple[str, Any]]:
    name = ""
    async for line in answer.aiter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


async def test_progress_says_the_step_what_is_done_and_how_long_it_takes(service: Service) -> None:
    connection_id, run_id = await a_run(service)
    address = f"/api/v1/connections/{connection_id}/syncs/{run_id}/progress"
    queued = (await service.api.get(address)).json()
    await under_way(service, connection_id, run_id, Progress("write", service.clock.now(), 300, 900))
    service.clock.advance(seconds=60)

    running = (await service.api.get(address)).json()

    assert (queued["state"], queued["step"], queued["done"]) == ("queued", None, 0)
    assert {name: running[name] for name in ("state", "step", "done", "total", "seconds_left", "refused")} == {
        "state": "running", "step": "write", "done": 300, "total": 900, "seconds_left": 120, "refused": [],
    }  # fmt: skip
    await ended(service, connection_id, run_id)
    after = (await service.api.get(address)).json()
    assert (after["state"], after["step"], after["total"]) == ("succeeded", None, None)


async def test_what_was_refused_in_the_last_minute_is_listed_by_its_name(joint: Joint) -> None:
    ada = await joint.contact()
    await joint.sale(ada["id"], number="1041")
    await joint.hazard("quickbooks", "docnumber_taken", entity="Invoice")
    run = await joint.sync()
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        await tx.execute("UPDATE run SET state = 'running' WHERE id = %s", (run.id,))
        await tx.execute("UPDATE operation SET state = 'refused', message = 'It was not taken.' WHERE kind = 'sale'")
    async with watched(joint) as seen:
        address = f"/api/v1/connections/{joint.connection_id}/syncs/{run.id}/progress"
        found = (await seen.api.get(address)).json()
        page = await seen.browser.get(f"/connections/{joint.connection_id}/runs/{run.id}")
        joint.clock.pass_time(61)
        later = (await seen.api.get(address)).json()

    assert found["refused_lately"] == len(found["refused"]) > 0
    assert found["refused"][0]["label"] == "Sale 1041, Ada Lovelace"
    assert "Sale 1041, Ada Lovelace: It was not taken." in shown(page)
    assert (later["refused_lately"], later["refused"]) == (0, [])


async def test_a_stream_tells_what_moves_and_ends_with_the_run(service: Service) -> None:
    connection_id, run_id = await a_run(service)
    await under_way(service, connection_id, run_id, Progress("write", service.clock.now(), 300, 900))
    path = f"/api/v1/connections/{connection_id}/syncs/{run_id}/progress/events"
    told: list[tuple[str, Any]] = []
    async with (
        listening(service) as address,
        httpx.AsyncClient(base_url=address) as client,
        client.stream("GET", path, headers={"Authorization": f"Bearer {API_KEY}"}) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        async for name, data in events_of(answer):
            told.append((name, data["done"]))
            if data["done"] == 300:
                await under_way(service, connection_id, run_id, Progress("write", service.clock.now(), 600, 900))
            elif data["done"] == 600:
                await ended(service, connection_id, run_id)

    assert told == [("progress", 300), ("progress", 600), ("ended", 0)]
    assert not service.app.state.streams._open


async def test_a_stream_holds_no_connection_to_the_database_while_it_waits(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection_id, run_id = await a_run(service)

    async def sleep(clock: VirtualClock, seconds: float) -> None:
        await asyncio.sleep(30)

    monkeypatch.setattr(VirtualClock, "sleep", sleep)
    path = f"/api/v1/connections/{connection_id}/syncs/{run_id}/progress/events"
    async with listening(service) as address, httpx.AsyncClient(base_url=address) as client:
        async with client.stream("GET", path, headers={"Authorization": f"Bearer {API_KEY}"}) as answer:
            async for _ in events_of(answer):
                break
            pool = service.container.database._pool
            for _ in range(100):
                if pool.get_stats()["pool_available"] == pool.get_stats()["pool_size"]:
                    break
                await asyncio.sleep(0.01)
            assert pool.get_stats()["pool_available"] == pool.get_stats()["pool_size"]
        for _ in range(100):  # whoever has gone is noticed, and their place is free again
            if not service.app.state.streams._open:
                break
            await asyncio.sleep(0.01)
        assert not service.app.state.streams._open


async def test_the_stream_of_a_page_ends_with_the_session(service: Service) -> None:
    connection_id, run_id = await a_run(service)
    await sign_in(service)
    path = f"/connections/{connection_id}/runs/{run_id}/progress"
    async with (
        listening(service) as address,
        httpx.AsyncClient(base_url=address, cookies=dict(service.browser.cookies)) as client,
    ):
        async with client.stream("GET", path) as answer:
            told = []
            async for name, data in events_of(answer):
                told.append((name, data["step"]))
                for each in (await service.api.get("/api/v1/sessions")).json()["items"]:
                    await service.api.delete(f"/api/v1/sessions/{each['id']}")
        again = await client.get(path)

    assert told == [("progress", "It waits for its turn.")]
    assert again.status_code == 303


async def test_the_stream_of_a_key_ends_with_the_key(service: Service) -> None:
    connection_id, run_id = await a_run(service)
    made = await a_key(service, connection_id, {Scope.READ})
    path = f"/api/v1/connections/{connection_id}/syncs/{run_id}/progress/events"
    told = []
    async with (
        listening(service) as address,
        httpx.AsyncClient(base_url=address) as client,
        client.stream("GET", path, headers={"Authorization": f"Bearer {made['key']}"}) as answer,
    ):
        async for name, _ in events_of(answer):
            told.append(name)
            await service.api.delete(f"/api/v1/connections/{connection_id}/keys/{made['id']}")

    assert told == ["progress"]


async def test_a_stream_ends_by_itself_and_says_when_to_open_the_next_one(service: Service) -> None:
    connection_id, run_id = await a_run(service)
    began = service.clock.at

    answer = await service.api.get(f"/api/v1/connections/{connection_id}/syncs/{run_id}/progress/events")

    assert answer.status_code == 200
    assert answer.text.startswith("retry: 1000\n\nevent: progress\n")
    assert "event: ended" not in answer.text
    assert (service.clock.at - began).total_seconds() == following.LASTS_SECONDS


async def test_whoever_follows_too_many_is_told_to_come_back(service: Service) -> None:
    connection_id, run_id = await a_run(service)
    leave = [service.app.state.streams.enter(f"key API key {connection_id}", connection_id) for _ in range(PER_CALLER)]
    path = f"/api/v1/connections/{connection_id}/syncs/{run_id}/progress"

    refused = await service.api.get(f"{path}/events")
    plain = await service.api.get(path)
    leave.pop()()
    await ended(service, connection_id, run_id)
    again = await service.api.get(f"{path}/events")

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
    assert refused.json()["type"].endswith("/too-many-streams")
    assert (plain.status_code, again.status_code) == (200, 200)


def test_places_are_given_back_and_nobody_takes_those_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    streams = Streams()
    monkeypatch.setattr("app.api.streams.PER_CONNECTION", 4)
    left = [streams.enter("Jane", "con_1") for _ in range(3)]
    with pytest.raises(TooMany):
        streams.enter("Jane", "con_1")
    left.append(streams.enter("Tom", "con_1"))
    with pytest.raises(TooMany):
        streams.enter("Ann", "con_1")
    left.append(streams.enter("Ann", "con_2"))

    for leave in left:
        leave()

    assert not streams._open


async def test_the_page_loads_itself_again_where_there_is_no_script_and_only_there(service: Service) -> None:
    connection_id, run_id = await a_run(service)
    await sign_in(service)
    page = await service.browser.get(f"/connections/{connection_id}/runs/{run_id}")

    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page.text
    assert f'data-events="/connections/{connection_id}/runs/{run_id}/progress"' in page.text
    assert "It waits for its turn." in shown(page)
    await ended(service, connection_id, run_id)
    page = await service.browser.get(f"/connections/{connection_id}/runs/{run_id}")
    assert "refresh" not in page.text
    assert "<script" not in page.text
