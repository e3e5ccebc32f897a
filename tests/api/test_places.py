"""One shop's requests wait for its own, and nobody else's for them."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from app.api import places
from app.api.places import AT_ONCE
from app.services import export, overview
from app.services.callers import Scope
from tests.api.test_access import a_key, a_session, two_connections
from tests.api.test_keys import with_key
from tests.support.app import Service, running_service
from tests.support.services import DatabaseUrls


class Door:
    """Where requests are held up."""

    def __init__(self) -> None:
        self.inside = 0
        self.most = 0
        self.open = asyncio.Event()
        self.open.set()
        self._moved = asyncio.Condition()

    async def pass_through(self) -> None:
        if self.open.is_set():
            return
        async with self._moved:
            self.inside += 1
            self.most = max(self.most, self.inside)
            self._moved.notify_all()
        try:
            await self.open.wait()
        finally:
            self.inside -= 1

    async def holds(self, count: int) -> None:
        async with asyncio.timeout(20), self._moved:
            await self._moved.wait_for(lambda: self.inside >= count)


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    """Archives that do not end, and pages of a connection that are not answered, once it is shut, until it is opened."""
    made = Door()
    read = overview.read_connection

    async def archive(*_: object) -> AsyncIterator[bytes]:
        yield b"PK"
        await made.pass_through()

    async def held_up(*given: object) -> object:
        await made.pass_through()
        return await read(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(export, "_archive", archive)
    monkeypatch.setattr(overview, "read_connection", held_up)
    return made


async def test_of_one_connection_eight_are_under_way_and_those_of_another_are_answered(
    service: Service, door: Door
) -> None:
    one, other = await two_connections(service)
    keys = [(await a_key(service, one, {Scope.ADMIN, Scope.READ}))["key"] for _ in range(2)]
    others = (await a_key(service, other, {Scope.READ}))["key"]
    door.open.clear()

    def ask(number: int) -> "asyncio.Task[httpx.Response]":
        path = f"/api/v1/connections/{one}" + ("/export" if number % 2 else "")
        return asyncio.ensure_future(service.browser.get(path, headers=with_key(keys[number % 2])))

    asking = [ask(number) for number in range(AT_ONCE + 6)]
    await door.holds(AT_ONCE)
    elsewhere = await service.browser.get(f"/api/v1/connections/{other}/runs", headers=with_key(others))
    listed = await service.browser.get("/api/v1/connections", headers=with_key(others))
    assert (elsewhere.status_code, listed.status_code) == (404, 200)
    assert door.inside == AT_ONCE

    door.open.set()
    assert {(await each).status_code for each in asking} == {200}
    assert door.most == AT_ONCE
    assert service.app.state.places._of == {}


async def test_what_somebody_looks_at_in_the_console_counts_like_what_a_key_asks_for(
    service: Service, door: Door
) -> None:
    one, _ = await two_connections(service)
    await a_session(service, one, "viewer")
    door.open.clear()

    asking = [asyncio.ensure_future(service.browser.get(f"/connections/{one}")) for _ in range(AT_ONCE + 3)]
    await door.holds(AT_ONCE)
    await asyncio.sleep(0.1)
    assert door.inside == AT_ONCE

    door.open.set()
    assert {(await each).status_code for each in asking} == {200}
    assert service.app.state.places._of == {}


async def test_where_none_of_them_ends_whoever_waits_is_turned_away(
    service: Service, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "PATIENCE_SECONDS", 0.05)
    one, _ = await two_connections(service)
    key = (await a_key(service, one, {Scope.READ}))["key"]
    path = f"/api/v1/connections/{one}"
    door.open.clear()
    asking = [asyncio.ensure_future(service.browser.get(path, headers=with_key(key))) for _ in range(AT_ONCE)]
    await door.holds(AT_ONCE)

    refused = await service.browser.get(path, headers=with_key(key))

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
    assert refused.json()["type"].endswith("/too-many-at-once")
    door.open.set()
    assert {(await each).status_code for each in asking} == {200}


async def test_pages_of_a_connection_have_its_share_of_a_minute(own_database: DatabaseUrls) -> None:
    async with running_service(own_database, api_requests_per_minute=30) as service:
        one, other = await two_connections(service)
        await a_session(service, one, "viewer")
        answers = [(await service.browser.get(f"/connections/{one}")).status_code for _ in range(11)]

        assert answers == [200] * 10 + [429]
        await a_session(service, other, "viewer")
        assert (await service.browser.get(f"/connections/{other}")).status_code == 200
