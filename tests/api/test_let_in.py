"""Whoever was let in by links of a key or a session is out when it is ended, with whomever they have let in themselves."""

import asyncio
import re
from datetime import timedelta

import pytest

from app.services import launch
from app.services.callers import KEY, Caller, Forbidden, Scope
from app.storage.database import EVERY_CONNECTION
from app.storage.people import console_sessions
from tests.api.test_access import a_key, two_connections
from tests.api.test_keys import with_key
from tests.console.pages import csrf_in, sign_in
from tests.support.app import Service


async def made_with(service: Service, connection_id: str, key: str, person: str, role: str = "viewer") -> str:
    """The ticket of a link that a program has made with its key."""
    address, body = f"/api/v1/connections/{connection_id}/launch-link", {"person": person, "role": role}
    made = await service.browser.post(address, headers=with_key(key), json=body)
    assert made.status_code == 200, made.text
    return str(made.json()["url"]).partition("ticket=")[2]


async def comes_in(service: Service, ticket: str) -> str:
    """Press the button of a link in a browser of one's own; the cookie."""
    service.browser.cookies.clear()
    opened = await service.browser.post("/launch", data={"ticket": ticket})
    assert opened.status_code == 303, opened.text
    cookie = str(service.browser.cookies["session"])
    service.browser.cookies.clear()
    return cookie


async def lets_in(service: Service, connection_id: str, cookie: str, person: str, role: str = "viewer") -> str:
    """The ticket of a link that somebody has made on the page Access."""
    shown = {"Cookie": f"session={cookie}"}
    address = f"/connections/{connection_id}/access"
    csrf = csrf_in(await service.browser.get(address, headers=shown))
    made = await service.browser.post(address, headers=shown, data={"csrf": csrf, "person": person, "role": role})
    link = re.search(r"/launch\?ticket=([\w-]+)", made.text)
    assert link, made.text
    return link[1]


async def is_in(service: Service, connection_id: str, cookie: str) -> bool:
    page = await service.browser.get(f"/connections/{connection_id}", headers={"Cookie": f"session={cookie}"})
    assert page.status_code in (200, 303)
    return page.status_code == 200


async def is_good(service: Service, ticket: str) -> bool:
    page = await service.browser.get("/launch", params={"ticket": ticket})
    assert page.status_code in (200, 401)
    return page.status_code == 200


async def signed_in(service: Service) -> dict[str, str]:
    """The ids of the sessions by name."""
    return {each["name"]: each["id"] for each in (await service.api.get("/api/v1/sessions")).json()["items"]}


async def ended(service: Service, connection_id: str) -> list[tuple[str, str]]:
    acts = (await service.api.get(f"/api/v1/connections/{connection_id}/audit")).json()["items"]
    return sorted((act["who"], act["detail"]["of"]) for act in acts if act["action"] == "session.ended")


async def test_ending_a_key_ends_all_that_its_links_have_led_to(service: Service) -> None:
    connection_id, other = await two_connections(service)
    scopes = {Scope.READ, Scope.SYNC, Scope.CONFIGURE}
    leaked, kept = [await a_key(service, connection_id, scopes, name=name) for name in ("Leaked", "Kept")]
    mia = await comes_in(service, await made_with(service, connection_id, leaked["key"], "Mia", "merchant"))
    jane = await comes_in(service, await lets_in(service, connection_id, mia, "Jane", "merchant"))
    vera = await comes_in(service, await lets_in(service, connection_id, jane, "Vera"))
    unused = [
        await made_with(service, connection_id, leaked["key"], "Nobody"),
        await lets_in(service, connection_id, jane, "Nobody"),
    ]
    left = await comes_in(service, await made_with(service, connection_id, kept["key"], "Ann"))
    good = await made_with(service, connection_id, kept["key"], "Bea")
    elsewhere = (await a_key(service, other, scopes, name="Leaked"))["key"]
    cleo = await comes_in(service, await made_with(service, other, elsewhere, "Cleo"))
    assert all([await is_in(service, connection_id, each) for each in (mia, jane, vera, left)])

    await service.api.delete(f"/api/v1/connections/{connection_id}/keys/{leaked['id']}")

    assert not any([await is_in(service, connection_id, each) for each in (mia, jane, vera)])
    assert not any([await is_good(service, each) for each in unused])
    assert await is_in(service, connection_id, left)
    assert await is_good(service, good)
    assert await is_in(service, other, cleo)
    assert await ended(service, connection_id) == [("API key", name) for name in ("Jane", "Mia", "Vera")]


async def test_a_link_to_quickbooks_ends_with_its_key_too(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    key = await a_key(service, connection_id, {Scope.CONFIGURE})
    address = f"/api/v1/connections/{connection_id}/launch-link"
    link = (await service.browser.post(address, headers=with_key(key["key"]))).json()["url"].partition("launch=")[2]
    assert await is_good(service, link)

    await service.api.delete(f"/api/v1/connections/{connection_id}/keys/{key['id']}")

    assert not await is_good(service, link)
    assert (await service.browser.post("/launch", data={"ticket": link})).status_code == 401


async def test_what_the_operators_key_and_a_rotated_key_have_let_in_stays(service: Service) -> None:
    """A rotated key has not ended."""
    connection_id, _ = await two_connections(service)
    key = await a_key(service, connection_id, {Scope.READ, Scope.CONFIGURE}, name="Nightly")
    jane = await comes_in(service, await made_with(service, connection_id, key["key"], "Jane"))
    bea = await comes_in(service, await made_with(service, connection_id, service.settings.admin_api_key, "Bea"))
    keys = f"/api/v1/connections/{connection_id}/keys/{key['id']}"

    assert (await service.api.post(f"{keys}/rotate", json={"overlap_hours": 0})).status_code == 200
    assert await is_in(service, connection_id, jane)
    assert (await service.api.delete(keys)).status_code == 204

    assert not await is_in(service, connection_id, jane)
    assert await is_in(service, connection_id, bea)


@pytest.mark.parametrize("way", ["by the operator", "on the page", "signing out"])
async def test_ending_a_session_ends_whom_it_has_let_in_and_nobody_else(service: Service, way: str) -> None:
    connection_id, _ = await two_connections(service)
    key = (await a_key(service, connection_id, {Scope.READ, Scope.SYNC, Scope.CONFIGURE}))["key"]
    mia = await comes_in(service, await made_with(service, connection_id, key, "Mia", "merchant"))
    jane = await comes_in(service, await lets_in(service, connection_id, mia, "Jane", "merchant"))
    vera = await comes_in(service, await lets_in(service, connection_id, jane, "Vera"))
    unused = await lets_in(service, connection_id, jane, "Nobody")
    good = await lets_in(service, connection_id, mia, "Bea")
    shown, address = {"Cookie": f"session={mia}"}, f"/connections/{connection_id}/access"

    if way == "by the operator":
        await service.api.delete(f"/api/v1/sessions/{(await signed_in(service))['Jane']}")
    elif way == "on the page":
        form = {"csrf": csrf_in(await service.browser.get(address, headers=shown))}
        named = (await signed_in(service))["Jane"]
        await service.browser.post(f"{address}/sessions/{named}/end", headers=shown, data=form)
    else:
        form = {"csrf": csrf_in(await service.browser.get(address, headers={"Cookie": f"session={jane}"}))}
        await service.browser.post("/sign-out", headers={"Cookie": f"session={jane}"}, data=form)

    assert not any([await is_in(service, connection_id, each) for each in (jane, vera)])
    assert not await is_good(service, unused)
    assert await is_in(service, connection_id, mia)
    assert await is_good(service, good)
    assert sorted(of for _, of in await ended(service, connection_id)) == ["Jane", "Vera"]


async def test_those_whom_the_operators_session_has_let_in_end_with_it(service: Service) -> None:
    connection_id, other = await two_connections(service)
    await sign_in(service)
    operator = str(service.browser.cookies["session"])
    jane = await comes_in(service, await lets_in(service, connection_id, operator, "Jane"))
    vera = await comes_in(service, await lets_in(service, other, operator, "Vera"))

    await service.api.delete(f"/api/v1/sessions/{(await signed_in(service))['API key']}")

    assert not await is_in(service, connection_id, jane)
    assert not await is_in(service, other, vera)
    assert await signed_in(service) == {}


async def test_whoever_opens_the_console_again_keeps_those_in_whom_they_have_let_in(service: Service) -> None:
    """Oncord opens the pages by a new link each time; the session before it ends in that browser."""
    connection_id, _ = await two_connections(service)
    key = (await a_key(service, connection_id, {Scope.READ, Scope.SYNC, Scope.CONFIGURE}))["key"]
    first = await comes_in(service, await made_with(service, connection_id, key, "Mia", "merchant"))
    jane = await comes_in(service, await lets_in(service, connection_id, first, "Jane"))
    bea = await lets_in(service, connection_id, first, "Bea")
    again = {"ticket": await made_with(service, connection_id, key, "Mia", "merchant")}

    opened = await service.browser.post("/launch", data=again, headers={"Cookie": f"session={first}"})
    service.browser.cookies.clear()

    assert opened.status_code == 303
    assert not await is_in(service, connection_id, first)
    assert await is_in(service, connection_id, jane)
    assert await is_good(service, bea)

    await service.api.delete(f"/api/v1/sessions/{(await signed_in(service))['Mia']}")

    assert not await is_in(service, connection_id, jane)
    assert not await is_good(service, bea)


async def test_those_who_were_kept_in_by_another_keys_link_end_with_either_key(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    scopes = {Scope.READ, Scope.SYNC, Scope.CONFIGURE}
    first_key, second_key = [await a_key(service, connection_id, scopes, name=name) for name in ("First", "Second")]
    first = await comes_in(service, await made_with(service, connection_id, first_key["key"], "Mia", "merchant"))
    jane = await comes_in(service, await lets_in(service, connection_id, first, "Jane"))
    again = {"ticket": await made_with(service, connection_id, second_key["key"], "Mia", "merchant")}
    await service.browser.post("/launch", data=again, headers={"Cookie": f"session={first}"})
    service.browser.cookies.clear()
    assert await is_in(service, connection_id, jane)

    await service.api.delete(f"/api/v1/connections/{connection_id}/keys/{second_key['id']}")

    assert not await is_in(service, connection_id, jane)


async def test_nobody_is_handed_over_to_a_session_of_another_connection(service: Service) -> None:
    """They would be out of sight of whoever signs out of that one."""
    connection_id, other = await two_connections(service)
    scopes = {Scope.READ, Scope.SYNC, Scope.CONFIGURE}
    key, elsewhere = [(await a_key(service, each, scopes))["key"] for each in (connection_id, other)]
    mia = await comes_in(service, await made_with(service, connection_id, key, "Mia", "merchant"))
    jane = await comes_in(service, await lets_in(service, connection_id, mia, "Jane"))

    ticket = {"ticket": await made_with(service, other, elsewhere, "Mia", "merchant")}
    await service.browser.post("/launch", data=ticket, headers={"Cookie": f"session={mia}"})
    service.browser.cookies.clear()

    assert not await is_in(service, connection_id, mia)
    assert not await is_in(service, connection_id, jane)


async def test_it_ends_also_where_the_one_between_has_ended_by_itself(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    key = await a_key(service, connection_id, {Scope.READ, Scope.SYNC, Scope.CONFIGURE})
    mia = await comes_in(service, await made_with(service, connection_id, key["key"], "Mia", "merchant"))
    vera = await comes_in(service, await lets_in(service, connection_id, mia, "Vera"))
    service.clock.advance(minutes=100)
    assert await is_in(service, connection_id, vera)
    service.clock.advance(minutes=30)
    now = service.clock.now()
    async with service.container.database.transaction(EVERY_CONNECTION) as tx:
        await console_sessions.forget(tx, now=now, seen_since=now - timedelta(hours=2))
    assert [*await signed_in(service)] == ["Vera"]

    await service.api.delete(f"/api/v1/connections/{connection_id}/keys/{key['id']}")

    assert not await is_in(service, connection_id, vera)


async def test_whoever_is_at_making_a_link_while_the_key_is_ended_gets_none_that_is_good(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    key = await a_key(service, connection_id, {Scope.READ, Scope.CONFIGURE})
    address = f"/api/v1/connections/{connection_id}/launch-link"
    body = {"person": "Mallory", "role": "viewer"}
    making = [service.browser.post(address, headers=with_key(key["key"]), json=body) for _ in range(12)]

    *made, done = await asyncio.gather(
        *making, service.api.delete(f"/api/v1/connections/{connection_id}/keys/{key['id']}")
    )

    assert done.status_code == 204
    assert {each.status_code for each in made} <= {200, 401, 403}
    links = [each.json()["url"].partition("ticket=")[2] for each in made if each.status_code == 200]
    assert not any([await is_good(service, link) for link in links])
    late = Caller("Nightly", KEY, frozenset({Scope.READ}), connection_id, let_in_by=(key["id"],))
    with pytest.raises(Forbidden, match="has ended meanwhile"):
        await launch.launch_link(service.container, connection_id, person="M", role="viewer", page="", caller=late)
