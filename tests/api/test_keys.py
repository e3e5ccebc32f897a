"""Keys of one connection: shown once, kept as a digest, rotated with two valid at once, ended."""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from app import keys as commands
from app.services.callers import Scope
from app.storage.database import EVERY_CONNECTION, Transaction
from app.storage.people import api_keys
from tests.api.test_access import a_key, two_connections
from tests.support.app import START, Service


async def reads(service: Service, connection_id: str, key: str) -> int:
    answer = await service.browser.get(
        f"/api/v1/connections/{connection_id}", headers={"Authorization": f"Bearer {key}"}
    )
    return answer.status_code


async def listed(service: Service, connection_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await service.api.get(f"/api/v1/connections/{connection_id}/keys")).json()["items"]
    return found


def with_key(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def test_a_key_is_shown_once_and_kept_as_a_digest(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    made = await a_key(service, connection_id, {Scope.READ, Scope.SYNC}, name="Nightly")

    (shown,) = await listed(service, connection_id)

    assert {**shown, "key": made["key"]} == made
    assert (shown["name"], shown["scopes"], shown["created_by"]) == ("Nightly", ["read", "sync"], "API key")
    assert shown["ends_at"] == (START + timedelta(days=365)).isoformat().replace("+00:00", "Z")
    async with service.container.database.transaction(EVERY_CONNECTION) as tx:
        stored = str(await (await tx.execute("SELECT * FROM api_key")).fetchall())
        acts = str(await (await tx.execute("SELECT * FROM audit")).fetchall())
    assert made["key"] not in stored + acts


async def test_its_last_use_is_remembered_to_the_minute(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    key = (await a_key(service, connection_id, {Scope.READ}))["key"]
    assert (await listed(service, connection_id))[0]["last_used_at"] is None

    for seconds in (60, 30, 40):
        service.clock.advance(seconds=seconds)
        assert await reads(service, connection_id, key) == 200

    used = (await listed(service, connection_id))[0]["last_used_at"]
    assert used == (START + timedelta(seconds=130)).isoformat().replace("+00:00", "Z")


async def test_a_key_ends_at_its_end(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    ends_at = (START + timedelta(hours=1)).isoformat()
    key = (await a_key(service, connection_id, {Scope.READ}, ends_at=ends_at))["key"]

    service.clock.advance(minutes=59)
    assert await reads(service, connection_id, key) == 200
    service.clock.advance(minutes=1)
    assert await reads(service, connection_id, key) == 401


async def test_after_a_rotation_both_secrets_are_good_for_a_while(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    made = await a_key(service, connection_id, {Scope.READ})
    address = f"/api/v1/connections/{connection_id}/keys/{made['id']}/rotate"

    second = (await service.api.post(address, json={"overlap_hours": 2})).json()
    service.clock.advance(minutes=119)
    assert [await reads(service, connection_id, key) for key in (made["key"], second["key"])] == [200, 200]
    service.clock.advance(minutes=1)
    assert [await reads(service, connection_id, key) for key in (made["key"], second["key"])] == [401, 200]


async def test_the_command_rotates_a_key_as_well(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    connection_id, other = await two_connections(service)
    first = (await a_key(service, connection_id, {Scope.READ}, name="Nightly"))["key"]
    runtime = service.app.state.runtime

    assert await commands.api_key(runtime, connection_id, "Nightly") == 0

    second = capsys.readouterr().out.splitlines()[-1]
    assert second.startswith("oqk_")
    assert [await reads(service, connection_id, key) for key in (first, second)] == [200, 200]
    service.clock.advance(hours=24)
    assert [await reads(service, connection_id, key) for key in (first, second)] == [401, 200]
    written = (await service.api.get(f"/api/v1/connections/{connection_id}/audit")).json()["items"][0]
    assert (written["action"], written["who"], written["role"]) == ("key.rotated", "command line", "operator")
    assert second not in str(written)
    for connection, name in ((connection_id, "Weekly"), (other, "Nightly"), ("con_nobody", "Nightly")):
        assert await commands.api_key(runtime, connection, name) == 1


async def test_a_second_rotation_leaves_two_secrets_and_not_three(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    made = await a_key(service, connection_id, {Scope.READ})
    address = f"/api/v1/connections/{connection_id}/keys/{made['id']}/rotate"

    second, third = [(await service.api.post(address)).json()["key"] for _ in range(2)]

    assert [await reads(service, connection_id, key) for key in (made["key"], second, third)] == [401, 200, 200]


async def test_ending_a_key_ends_both_of_its_secrets(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    made = await a_key(service, connection_id, {Scope.READ})
    address = f"/api/v1/connections/{connection_id}/keys/{made['id']}"
    second = (await service.api.post(f"{address}/rotate")).json()["key"]

    assert (await service.api.delete(address)).status_code == 204

    assert [await reads(service, connection_id, key) for key in (made["key"], second)] == [401, 401]
    assert (await listed(service, connection_id))[0]["ended_by"] == "API key"
    assert (await service.api.post(f"{address}/rotate")).json()["type"].endswith("/key-ended")


async def test_removing_a_connection_ends_its_keys(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    key = (await a_key(service, connection_id, {Scope.READ}))["key"]

    await service.api.delete(f"/api/v1/connections/{connection_id}")

    assert await reads(service, connection_id, key) == 401


async def test_nobody_gives_away_a_scope_that_they_have_not_got(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    strong = await a_key(service, connection_id, {Scope.CONFIGURE})
    admin = with_key((await a_key(service, connection_id, {Scope.ADMIN, Scope.READ}))["key"])
    keys = f"/api/v1/connections/{connection_id}/keys"

    weaker = await service.browser.post(keys, headers=admin, json={"name": "Reads", "scopes": ["read"]})
    beyond = await service.browser.post(keys, headers=admin, json={"name": "Writes", "scopes": ["read", "configure"]})
    taken_over = await service.browser.post(f"{keys}/{strong['id']}/rotate", headers=admin)

    assert weaker.status_code == 201
    for refused in (beyond, taken_over):
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (403, "scope-beyond")
        assert refused.json()["scopes"] == ["configure"]
        assert "may change the configuration, which you may not do yourself" in refused.json()["detail"]


async def test_nobody_ends_a_key_that_may_do_more_than_they(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    strong, weak = [await a_key(service, connection_id, {scope}) for scope in (Scope.CONFIGURE, Scope.READ)]
    admin = with_key((await a_key(service, connection_id, {Scope.ADMIN, Scope.READ}))["key"])
    keys = f"/api/v1/connections/{connection_id}/keys"

    beyond = await service.browser.delete(f"{keys}/{strong['id']}", headers=admin)
    within = await service.browser.delete(f"{keys}/{weak['id']}", headers=admin)

    assert (beyond.status_code, beyond.json()["type"].rpartition("/")[2]) == (403, "scope-beyond")
    assert beyond.json()["scopes"] == ["configure"]
    assert "may change the configuration, which you may not do yourself" in beyond.json()["detail"]
    assert within.status_code == 204
    ended = {key["id"] for key in await listed(service, connection_id) if key["ended_by"]}
    assert ended == {weak["id"]}
    assert (await service.api.delete(f"{keys}/{strong['id']}")).status_code == 204


async def test_a_key_of_another_connection_is_not_rotated_or_ended_here(service: Service) -> None:
    connection_id, other = await two_connections(service)
    made = await a_key(service, other, {Scope.READ})
    address = f"/api/v1/connections/{connection_id}/keys/{made['id']}"

    assert (await service.api.post(f"{address}/rotate")).status_code == 404
    assert (await service.api.delete(address)).status_code == 404
    assert await reads(service, other, made["key"]) == 200


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "scopes": ["read"]},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["everything"]},
        {"name": "a\u0000b", "scopes": ["read"]},
        {"name": "x", "scopes": ["read"], "ends_at": "2020-01-01T00:00:00Z"},
        {"name": "x", "scopes": ["read"], "ends_at": "2040-01-01T00:00:00Z"},
        {"name": "x", "scopes": ["read"], "ends_at": "2027-01-01T00:00:00"},
        {"name": "x", "scopes": ["read"], "ends_at": "0001-01-01T00:00:00+14:00"},
    ],
)
async def test_a_key_that_makes_no_sense_is_refused(service: Service, body: dict[str, Any]) -> None:
    connection_id, _ = await two_connections(service)

    answer = await service.api.post(f"/api/v1/connections/{connection_id}/keys", json=body)

    assert answer.status_code == 422
    assert answer.json()["errors"]


async def test_a_name_is_one_keys_at_a_time(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    first = await a_key(service, connection_id, {Scope.READ}, name="Nightly")
    keys = f"/api/v1/connections/{connection_id}/keys"

    again = await service.api.post(keys, json={"name": "Nightly", "scopes": ["read"]})
    await service.api.delete(f"{keys}/{first['id']}")
    anew = await service.api.post(keys, json={"name": "Nightly", "scopes": ["read"]})

    assert (again.status_code, anew.status_code) == (409, 201)


@pytest.mark.parametrize("given", ["oqk_" + "é" * 43, "oqk_" + "A" * 43, "oqk_", "A" * 5000])
async def test_what_only_looks_like_a_key_is_none(service: Service, given: str) -> None:
    answer: httpx.Response = await service.browser.get(
        "/api/v1/connections", headers={b"Authorization": f"Bearer {given}".encode()}
    )

    assert answer.status_code == 401


async def test_look_ups_of_made_up_keys_share_their_statements_and_a_right_one_is_found_among_them(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection_id, other = await two_connections(service)
    keys = [(await a_key(service, one, {Scope.READ}))["key"] for one in (connection_id, other)]
    asked: list[int] = []
    real = api_keys.live

    async def counting(tx: Transaction, digests: Collection[str], now: datetime) -> dict[str, api_keys.ApiKey]:
        asked.append(len(digests))
        return await real(tx, digests, now)

    monkeypatch.setattr(api_keys, "live", counting)
    made_up = [f"oqk_{number:043d}" for number in range(300)]

    shown = await asyncio.gather(*(reads(service, connection_id, key) for key in (*made_up, *keys, *made_up)))

    assert (shown[300:302], set(shown[:300]) | set(shown[302:])) == ([200, 404], {401, 429})
    assert sum(asked) >= 302
    assert len(asked) <= 10


async def test_whoever_shares_a_look_up_with_one_that_is_given_up_is_answered(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection_id, _ = await two_connections(service)
    key = (await a_key(service, connection_id, {Scope.READ}))["key"]
    real, begun = api_keys.live, asyncio.Event()

    async def slow(tx: Transaction, digests: Collection[str], now: datetime) -> dict[str, api_keys.ApiKey]:
        if not begun.is_set():
            begun.set()
            await asyncio.sleep(60)
        return await real(tx, digests, now)

    monkeypatch.setattr(api_keys, "live", slow)
    first, second = (asyncio.create_task(reads(service, connection_id, key)) for _ in range(2))
    await begun.wait()
    first.cancel()

    assert await second == 200


async def test_a_refused_change_of_a_site_stands_in_the_audit_without_its_secret(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    body = {"oncord_api_url": "http://ada:hunter2@evil.test/api", "oncord_token": "token-of-a-thief"}

    answer = await service.api.patch(f"/api/v1/connections/{connection_id}", json=body)

    assert answer.status_code in (422, 503)
    act = (await service.api.get(f"/api/v1/connections/{connection_id}/audit")).json()["items"][0]
    assert (act["who"], act["role"], act["action"], act["outcome"]) == (
        "API key",
        "operator",
        "connection.change_refused",
        "refused",
    )
    assert act["detail"]["fields"] == ["oncord_api_url", "oncord_token"]
    assert not any(secret in str(act) for secret in ("hunter2", "token-of-a-thief"))
