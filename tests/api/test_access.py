"""Who may do what: {no key, wrong connection, ended, lower scope, right} for every address of the API and page of the console.

The matrix is made from the routes of the application: one without an entry in `app.access` fails.
"""

import re
from collections.abc import Collection
from html import unescape
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from app.access import TABLE, Open
from app.api.auth import admit
from app.console.session import SignedIn
from app.services import sessions
from app.services.callers import EVERY_SCOPE, KEY, OPERATOR, ROLES, WHO_MAY, Caller, Need, Scope
from app.services.permits import write_repeated
from app.services.refusals import NAMED
from app.services.sessions import Visitor
from app.storage.database import EVERY_CONNECTION
from tests.support.app import Service, running_service
from tests.support.routes import addresses, example_of
from tests.support.services import DatabaseUrls

LAST = ("DELETE /api/v1/connections/{connection_id}", "POST /sign-out")
"""What nothing can be asked after."""
ENTRIES = sorted(
    ((address, need) for address, need in TABLE.items() if isinstance(need, Need)), key=lambda e: (e[0] in LAST, e[0])
)
API = [(address, need) for address, need in ENTRIES if " /api/" in address]
PAGES = [(address, need) for address, need in ENTRIES if " /api/" not in address]
ONE = "{connection_id}"


async def two_connections(service: Service) -> tuple[str, str]:
    first = (await service.connect_site())["id"]
    other = service.shop.add_site(with_sample=False)
    url = service.api_url.replace("/demo/", f"/{other.id}/")
    second = (await service.connect_site(oncord_api_url=url, oncord_token=other.token))["id"]
    return first, second


async def a_key(service: Service, connection_id: str, scopes: Collection[Scope], **more: Any) -> dict[str, Any]:
    body = {"name": service.container.secret(8), "scopes": sorted(scopes), **more}
    answer = await service.api.post(f"/api/v1/connections/{connection_id}/keys", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def ask(service: Service, address: str, connection_id: str, key: str | None) -> httpx.Response:
    method, path = example_of(address, connection_id)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return await service.browser.request(method, path, headers=headers, json=None if method == "GET" else {})


async def a_session(service: Service, connection_id: str, role: str) -> Visitor:
    """Sign the browser in, without the way that leads there."""
    scopes = EVERY_SCOPE if role == OPERATOR else ROLES[role]
    async with service.container.database.transaction(EVERY_CONNECTION) as tx:
        caller = Caller("Jane", role, scopes, connection_id)
        key_digest = sessions.keys.digest(service.settings.admin_api_key) if role == OPERATOR else ""
        cookie = await sessions.open_session(service.container, tx, caller, key_digest=key_digest)
    service.browser.cookies.set("session", cookie)
    visitor = await sessions.visitor_of(service.container, cookie, (service.settings.admin_api_key,), "")
    assert visitor is not None
    return visitor


async def look(service: Service, address: str, connection_id: str, csrf: str = "") -> httpx.Response:
    method, path = example_of(address, connection_id)
    return await service.browser.request(method, path, data={"csrf": csrf} if method == "POST" else None)


def kind_of(answer: httpx.Response) -> str:
    return str(answer.json()["type"].rpartition("/")[2])


async def test_looking_whether_a_session_is_still_good_does_not_keep_it(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    await a_session(service, connection_id, OPERATOR)
    cookie, operators = service.browser.cookies["session"], (service.settings.admin_api_key,)

    for minutes in (90, 31):
        service.clock.advance(minutes=minutes)
        looked = await sessions.visitor_of(service.container, cookie, operators, "", uses=False)
        assert (looked is not None) == (minutes == 90)

    await a_session(service, connection_id, OPERATOR)
    cookie = service.browser.cookies["session"]
    for minutes in (90, 31):
        service.clock.advance(minutes=minutes)
        assert await sessions.visitor_of(service.container, cookie, operators, "") is not None


def test_every_route_has_an_entry_and_every_entry_a_route(service: Service) -> None:
    assert addresses(service.app) == set(TABLE)


def test_every_route_that_is_not_open_asks_who_it_is(service: Service) -> None:
    """An entry that nobody looks at lets everybody in."""
    asking = {admit, SignedIn.__metadata__[0].dependency}  # type: ignore[attr-defined]

    assert {a for a in addresses(service.app) if not asks(service.app, a, asking)} == {
        address for address, need in TABLE.items() if isinstance(need, Open)
    }


def asks(app: FastAPI, address: str, asking: set[Any]) -> bool:
    def calls(dependant: Any) -> set[Any]:
        return {dependant.call}.union(*(calls(each) for each in dependant.dependencies))

    for context in iter_route_contexts(app.routes):
        if any(f"{method} {context.path}" == address for method in getattr(context, "methods", None) or ()):
            dependant = getattr(context, "dependant", None)
            return dependant is not None and bool(calls(dependant) & asking)
    raise AssertionError(address)


async def test_without_a_key_nothing_opens(service: Service) -> None:
    connection_id, _ = await two_connections(service)

    for address, _ in API:
        answer = await ask(service, address, connection_id, None)
        assert (answer.status_code, kind_of(answer)) == (401, "api-key-required"), address


async def test_the_key_of_another_connection_finds_nothing(service: Service) -> None:
    connection_id, other = await two_connections(service)
    key = (await a_key(service, other, EVERY_SCOPE))["key"]
    missing = await ask(service, "GET /api/v1/connections/{connection_id}", "con_of_nobody", key)

    for address, need in API:
        answer = await ask(service, address, connection_id, key)
        if ONE in address:
            assert (answer.status_code, kind_of(answer)) == (404, "connection-not-found"), address
            assert answer.json()["detail"] == missing.json()["detail"]
        elif need.everywhere:
            assert (answer.status_code, kind_of(answer)) == (403, "operator-only"), address
        assert connection_id not in answer.text.replace(answer.json().get("instance", ""), ""), address


async def test_a_key_that_has_ended_opens_nothing(own_database: DatabaseUrls) -> None:
    async with running_service(own_database, api_failed_keys_per_minute=0) as service:
        connection_id, _ = await two_connections(service)
        made = await a_key(service, connection_id, EVERY_SCOPE)
        await service.api.delete(f"/api/v1/connections/{connection_id}/keys/{made['id']}")

        for address, _ in API:
            answer = await ask(service, address, connection_id, made["key"])
            assert (answer.status_code, kind_of(answer)) == (401, "api-key-wrong"), address


async def test_a_key_with_every_other_scope_is_refused(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    keys = {scope: (await a_key(service, connection_id, EVERY_SCOPE - {scope}))["key"] for scope in Scope}

    for address, need in API:
        answer = await ask(service, address, connection_id, keys[need.scope])
        expected = "operator-only" if need.everywhere else "scope-missing"
        assert (answer.status_code, kind_of(answer)) == (403, expected), address
        told = answer.json()
        assert told.get("scope", need.scope) == need.scope, address
        assert not re.search(r"scope|`", told["detail"]), "words for people; the scope stands in a member"
        assert "ask" in told["detail"], address
        assert need.everywhere or told["scope"], address


async def test_a_key_with_that_scope_alone_is_let_in(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    keys = {scope: (await a_key(service, connection_id, {scope}))["key"] for scope in Scope}

    for address, need in API:
        if not need.everywhere:
            answer = await ask(service, address, connection_id, keys[need.scope])
            assert answer.status_code not in (401, 403, 500), address
            assert answer.status_code != 404 or kind_of(answer) != "connection-not-found", address


async def test_the_operators_key_is_let_in_everywhere(service: Service) -> None:
    connection_id, _ = await two_connections(service)

    for address, _ in API:
        answer = await ask(service, address, connection_id, service.settings.admin_api_key)
        assert answer.status_code not in (401, 403, 500), address


def way_in(address: str, connection_id: str) -> str:
    """The front, which leads back to what was asked for where that can be opened again."""
    method, path = example_of(address, connection_id)
    return f"/?{urlencode({'next': path})}" if method == "GET" else "/"


async def test_without_a_session_every_page_leads_to_the_front(service: Service) -> None:
    connection_id, _ = await two_connections(service)

    for address, _ in PAGES:
        answer = await look(service, address, connection_id)
        assert (answer.status_code, answer.headers["location"]) == (303, way_in(address, connection_id)), address


async def test_a_session_that_was_ended_opens_no_page(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    visitor = await a_session(service, connection_id, "merchant")
    await service.api.delete(f"/api/v1/sessions/{visitor.session_id}")

    for address, _ in PAGES:
        answer = await look(service, address, connection_id, visitor.csrf)
        assert (answer.status_code, answer.headers["location"]) == (303, way_in(address, connection_id)), address


async def test_the_pages_of_another_connection_are_not_there(service: Service) -> None:
    connection_id, other = await two_connections(service)
    visitor = await a_session(service, other, "merchant")

    for address, need in PAGES:
        if ONE in address or need.everywhere:
            answer = await look(service, address, connection_id, visitor.csrf)
            assert answer.status_code == (404 if ONE in address else 403), address
            assert connection_id not in answer.text, address
    assert connection_id not in (await service.browser.get("/")).text


@pytest.mark.parametrize("role", sorted(ROLES))
async def test_a_person_opens_what_their_role_may_and_nothing_else(service: Service, role: str) -> None:
    connection_id, _ = await two_connections(service)
    visitor = await a_session(service, connection_id, role)

    for address, need in PAGES:
        answer = await look(service, address, connection_id, visitor.csrf)
        if need.everywhere or need.scope not in ROLES[role]:
            assert answer.status_code == 403, address
            assert need.everywhere or WHO_MAY[need.scope] in unescape(answer.text), address
        else:
            assert answer.status_code not in (401, 403, 500), address


async def test_the_operator_opens_every_page(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    visitor = await a_session(service, "", OPERATOR)

    for address, _ in PAGES:
        answer = await look(service, address, connection_id, visitor.csrf)
        assert answer.status_code not in (401, 403, 500), address


async def test_whoever_repeats_what_is_refused_does_not_fill_the_audit(service: Service) -> None:
    one, other = await two_connections(service)
    key = (await a_key(service, one, {Scope.READ}, name="Nightly"))["key"]
    second = (await a_key(service, one, {Scope.READ}, name="Daily"))["key"]
    start, remove = "POST /api/v1/connections/{connection_id}/syncs", "DELETE /api/v1/connections/{connection_id}"

    for _ in range(20):
        assert (await ask(service, start, one, key)).status_code == 403
        assert (await ask(service, start, other, key)).status_code == 404
        assert (await ask(service, remove, one, key)).status_code == 403
    assert (await ask(service, start, one, second)).status_code == 403
    assert [(act["who"], act["detail"]["address"]) for act in await refused_at(service, one)] == [
        ("Daily", start),
        ("Nightly", remove),
        ("Nightly", start),
        ("Nightly", start),
    ]
    service.clock.advance(minutes=1)
    assert (await ask(service, start, one, key)).status_code == 403

    later = [act["detail"] for act in (await refused_at(service, one))[:4]]
    assert later[0] == {"address": start, "because": "scope-missing", "needs": "sync"}
    assert {(act["address"], act.get("connection_id")): act["more_within_a_minute"] for act in later[1:]} == {
        (start, None): 19,
        (start, other): 19,
        (remove, None): 19,
    }
    service.clock.advance(minutes=5)
    await write_repeated(service.container)
    assert len(await refused_at(service, one)) == 8, "what came once is not told of again"


async def test_whoever_makes_ids_up_does_not_fill_the_audit_either(service: Service) -> None:
    one, other = await two_connections(service)
    key = (await a_key(service, one, {Scope.READ}, name="Nightly"))["key"]
    read = "GET /api/v1/connections/{connection_id}"

    for asked_for in (other, *(f"con_made_up_{number}" for number in range(50))):
        assert (await ask(service, read, asked_for, key)).status_code == 404

    named = [act["detail"].get("connection_id") for act in await refused_at(service, one)]
    assert named == [None, *(f"con_made_up_{number}" for number in range(NAMED - 2, -1, -1)), other]
    service.clock.advance(minutes=1)
    await write_repeated(service.container)
    assert (await refused_at(service, one))[0]["detail"] == {"address": read, "more_within_a_minute": 51 - NAMED - 1}
    assert not await refused_at(service, other)


async def refused_at(service: Service, connection_id: str) -> list[dict[str, Any]]:
    acts = (await service.api.get(f"/api/v1/connections/{connection_id}/audit")).json()["items"]
    return [act for act in acts if act["outcome"] == "refused"]


async def test_what_was_refused_stands_in_the_audit_of_who_asked_and_of_nobody_else(service: Service) -> None:
    connection_id, other = await two_connections(service)
    key = (await a_key(service, other, {Scope.READ, Scope.CONFIGURE}, name="Nightly"))["key"]
    await ask(service, "DELETE /api/v1/connections/{connection_id}", connection_id, key)
    await ask(service, "POST /api/v1/connections/{connection_id}/syncs", other, key)
    await ask(service, "GET /api/v1/connections/{connection_id}", "con_of_nobody", key)

    own = (await service.api.get(f"/api/v1/connections/{other}/audit")).json()["items"]
    refused = [act for act in own if act["outcome"] == "refused"]
    assert [(act["who"], act["role"], act["action"]) for act in refused] == [("Nightly", KEY, "access")] * 3
    assert [act["detail"] for act in refused] == [
        {
            "address": "GET /api/v1/connections/{connection_id}",
            "because": "connection-not-found",
            "needs": "read",
            "connection_id": "con_of_nobody",
        },
        {"address": "POST /api/v1/connections/{connection_id}/syncs", "because": "scope-missing", "needs": "sync"},
        {
            "address": "DELETE /api/v1/connections/{connection_id}",
            "because": "connection-not-found",
            "needs": "admin",
            "connection_id": connection_id,
        },
    ]
    theirs = (await service.api.get(f"/api/v1/connections/{connection_id}/audit")).json()["items"]
    assert not [act for act in theirs if act["outcome"] == "refused" or "Nightly" in str(act)]
    assert key not in str(own)
