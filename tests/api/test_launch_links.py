"""Launch links: the host vouches for a person; opening shows the shop, a button uses the link up, once, within ten minutes."""

import re
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from app.services.callers import Scope
from tests.api.test_access import a_key, two_connections
from tests.api.test_keys import with_key
from tests.console.pages import shown
from tests.support.app import PUBLIC_URL, Service

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
JANE = {"person": "Jane", "role": "bookkeeper", "page": "attention"}


async def a_link(service: Service, connection_id: str, body: dict[str, Any] | None = None) -> str:
    answer = await service.api.post(f"/api/v1/connections/{connection_id}/launch-link", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["url"])


async def press(service: Service, page: httpx.Response, **headers: str) -> httpx.Response:
    """Press the button of a launch page."""
    ticket = re.search(r'name="ticket" value="([^"]+)"', page.text)
    assert ticket, page.text
    return await service.browser.post("/launch", data={"ticket": ticket[1]}, headers={**HTML, **headers})


async def test_a_link_opens_the_console_as_jane_the_bookkeeper(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    page = await service.browser.get(await a_link(service, connection_id, JANE), headers=HTML)
    assert "Open Demo" in shown(page)
    assert "You are Jane, bookkeeper" in shown(page)
    assert "set-cookie" not in page.headers

    opened = await press(service, page)

    assert (opened.status_code, opened.headers["location"]) == (303, f"/connections/{connection_id}#attention")
    seen = shown(await service.browser.get(f"/connections/{connection_id}"))
    assert "Jane, bookkeeper" in seen
    (session,) = (await service.api.get("/api/v1/sessions")).json()["items"]
    assert (session["name"], session["role"], session["connection_id"]) == ("Jane", "bookkeeper", connection_id)


async def test_a_link_ends_the_session_that_the_browser_had(service: Service) -> None:
    connection_id, other = await two_connections(service)
    for one in (connection_id, other):
        await press(service, await service.browser.get(await a_link(service, one, JANE), headers=HTML))

    (session,) = (await service.api.get("/api/v1/sessions")).json()["items"]

    assert session["connection_id"] == other


async def test_what_jane_does_is_recorded_under_her_name(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    await press(service, await service.browser.get(await a_link(service, connection_id, JANE)))
    page = await service.browser.get(f"/connections/{connection_id}")
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert csrf

    await service.browser.post(f"/connections/{connection_id}/synchronise", data={"csrf": csrf[1]})
    await service.browser.post(f"/connections/{connection_id}/disconnect", data={"csrf": csrf[1]})

    acts = (await service.api.get(f"/api/v1/connections/{connection_id}/audit")).json()["items"]
    assert [(act["who"], act["role"], act["action"], act["outcome"]) for act in acts[:3]] == [
        ("Jane", "bookkeeper", "access", "refused"),
        ("Jane", "bookkeeper", "run.requested", "done"),
        ("Jane", "bookkeeper", "session.opened", "done"),
    ]
    assert acts[1]["address"] == "127.0.0.0/24"
    assert (await service.state(connection_id))["state"] == "ready"


async def test_opening_a_link_uses_nothing_up_and_its_button_does(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    link = await a_link(service, connection_id, JANE)
    for headers in ({}, HTML, HTML):
        page = await service.browser.get(link, headers=headers)
        assert page.status_code == 200

    assert (await press(service, page)).status_code == 303
    service.browser.cookies.clear()
    again, looked_at = await press(service, page), await service.browser.get(link, headers=HTML)

    for used in (again, looked_at):
        assert used.status_code == 401
        assert "Open the page from Oncord again" in shown(used)
        assert "set-cookie" not in used.headers


async def test_whoever_is_let_in_by_a_session_is_so_for_no_longer_than_it(service: Service) -> None:
    """A stolen session is good for twelve hours, however many links are made with it."""
    connection_id, _ = await two_connections(service)
    merchant = {"person": "Mia", "role": "merchant", "page": ""}
    await press(service, await service.browser.get(await a_link(service, connection_id, merchant)))
    for _ in range(5):
        service.clock.advance(minutes=118)
        page = await service.browser.get(f"/connections/{connection_id}/access")
        csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
        assert csrf
        made = await service.browser.post(
            f"/connections/{connection_id}/access", data={"csrf": csrf[1], "person": "Mia", "role": "merchant"}
        )
        link = re.search(r"/launch\?ticket=[\w-]+", made.text)
        assert link
        assert (await press(service, await service.browser.get(link[0]))).status_code == 303
    service.clock.advance(minutes=118)
    assert (await service.browser.get(f"/connections/{connection_id}")).status_code == 200

    service.clock.advance(minutes=12)

    assert (await service.browser.get(f"/connections/{connection_id}")).status_code == 303


async def test_what_a_key_lets_in_ends_with_it(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    ends = (service.clock.now() + timedelta(minutes=5)).isoformat()
    body = {"name": "Short", "scopes": ["read", "configure"], "ends_at": ends}
    key = (await service.api.post(f"/api/v1/connections/{connection_id}/keys", json=body)).json()["key"]
    address = f"/api/v1/connections/{connection_id}/launch-link"
    made = await service.browser.post(address, headers=with_key(key), json={"person": "Jane", "role": "viewer"})
    assert datetime.fromisoformat(made.json()["expires_at"]) == datetime.fromisoformat(ends)
    await press(service, await service.browser.get(made.json()["url"]))
    assert (await service.browser.get(f"/connections/{connection_id}")).status_code == 200

    service.clock.advance(minutes=5)

    assert (await service.browser.get(f"/connections/{connection_id}")).status_code == 303


@pytest.mark.parametrize(("minutes", "status"), [(9, 303), (10, 401)])
async def test_a_link_is_good_for_ten_minutes(service: Service, minutes: int, status: int) -> None:
    connection_id, _ = await two_connections(service)
    page = await service.browser.get(await a_link(service, connection_id, JANE))

    service.clock.advance(minutes=minutes)

    assert (await press(service, page)).status_code == status


async def test_no_link_can_be_forged_or_pressed_from_another_site(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    link = await a_link(service, connection_id, JANE)
    page = await service.browser.get(link)

    forged = await service.browser.get(link[:-4] + "AAAA")
    elsewhere = await press(service, page, **{"Sec-Fetch-Site": "cross-site"})

    assert forged.status_code == 401
    assert "set-cookie" not in elsewhere.headers
    assert (await press(service, page)).status_code == 303


@pytest.mark.parametrize(
    ("page", "leads_to"),
    [
        ("", "{own}"),
        ("configuration", "{own}/configuration"),
        ("{own}/opening-receivables", "{own}/opening-receivables"),
        ("https://evil.test/", None),
        ("//evil.test", None),
        ("/sessions", None),
        ("{own}@evil.test", None),
        ("{own}/../con_other", None),
        ("{own}x", None),
    ],
)
async def test_a_link_leads_to_a_page_of_its_connection(service: Service, page: str, leads_to: str | None) -> None:
    connection_id, _ = await two_connections(service)
    own = f"/connections/{connection_id}"
    body = {**JANE, "page": page.format(own=own)}

    answer = await service.api.post(f"/api/v1{own}/launch-link", json=body)

    if leads_to is None:
        assert [error["field"] for error in answer.json()["errors"]] == ["page"]
    else:
        opened = await press(service, await service.browser.get(answer.json()["url"]))
        assert opened.headers["location"] == leads_to.format(own=own)


async def test_nobody_vouches_for_more_than_they_may_do_themselves(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    key = (await a_key(service, connection_id, {Scope.READ, Scope.CONFIGURE}))["key"]
    address = f"/api/v1/connections/{connection_id}/launch-link"

    answers = {
        role: await service.browser.post(address, headers=with_key(key), json={"person": "Jane", "role": role})
        for role in ("viewer", "bookkeeper", "merchant")
    }

    assert {role: answer.status_code for role, answer in answers.items()} == {
        "viewer": 200,
        "bookkeeper": 403,
        "merchant": 403,
    }


async def test_a_link_to_quickbooks_names_the_shop_and_is_used_once(service: Service) -> None:
    made = await service.connect_site()
    assert made["connect_url"].startswith(f"{PUBLIC_URL}/oauth/quickbooks/connect?launch=")
    shown_first = await service.browser.get(made["connect_url"], headers=HTML)
    page = await service.browser.get(shown_first.headers["location"], headers=HTML)
    assert "Connect Demo to QuickBooks" in shown(page)

    onward = await press(service, page)

    assert "http://books.test/connect/oauth2?" in onward.text
    assert "session=" not in onward.headers["set-cookie"]
    assert (await press(service, page)).status_code == 401
    consent = re.search(r'href="(http://books.test/[^"]+)"', onward.text)
    assert consent
    realm = service.company()
    back = await service.consent(consent[1].replace("&amp;", "&"), f"approve={realm}")
    assert await service.come_back(back) == "connected"


@pytest.mark.parametrize("accept", ["*/*", "", "application/json", "text/html"])
async def test_whatever_opens_a_link_to_quickbooks_uses_nothing_up(service: Service, accept: str) -> None:
    """Mail scanners and previews ask for anything, or say nothing."""
    made = await service.connect_site()

    for _ in range(3):
        opened = await service.browser.get(made["connect_url"], headers={"Accept": accept}, follow_redirects=True)
        assert opened.status_code == 200
        assert "Connect Demo to QuickBooks" in shown(opened)
        assert "set-cookie" not in opened.headers
    page = await service.browser.get(made["connect_url"], follow_redirects=True)

    assert "http://books.test/connect/oauth2?" in (await press(service, page)).text
    assert (await press(service, page)).status_code == 401


@pytest.mark.parametrize("act", ["start-over", "remove"])
async def test_no_link_outlives_starting_over_or_removing_the_connection(service: Service, act: str) -> None:
    connection_id, realm = await service.ready_connection()
    link, console = await a_link(service, connection_id), await a_link(service, connection_id, JANE)
    under_way = await service.consent(await service.to_consent_page(connection_id), f"approve={realm}")

    one = f"/api/v1/connections/{connection_id}"
    done = await (service.api.post(f"{one}/start-over") if act == "start-over" else service.api.delete(one))

    assert done.status_code in (200, 204)
    for address in (link, console):
        assert (await service.browser.get(address, follow_redirects=True)).status_code == 401
    assert await service.come_back(under_way) == "oauth-state-unknown"


async def test_removing_a_connection_signs_its_people_out(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    await press(service, await service.browser.get(await a_link(service, connection_id, JANE)))

    await service.api.delete(f"/api/v1/connections/{connection_id}")

    assert (await service.api.get("/api/v1/sessions")).json() == {"items": []}


async def test_who_joins_a_company_is_recorded(service: Service) -> None:
    connection_id, realm = await service.ready_connection()
    key = await a_key(service, connection_id, {Scope.CONFIGURE}, name="Oncord")
    departure = await service.browser.get(
        f"/oauth/quickbooks/connect?connection_id={connection_id}", headers=with_key(key["key"])
    )

    await service.come_back(await service.consent(departure.headers["location"], f"approve={realm}"))

    acts = (await service.api.get(f"/api/v1/connections/{connection_id}/audit")).json()["items"]
    assert [(act["who"], act["role"]) for act in acts if act["action"] == "quickbooks.reconnected"] == [
        ("Oncord", "key")
    ]


async def test_out_of_a_frame_the_way_to_quickbooks_is_a_link_of_its_own(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    await press(service, await service.browser.get(await a_link(service, connection_id, {**JANE, "role": "merchant"})))

    page = await service.browser.get(f"/connections/{connection_id}/connect")

    link = re.search(r'href="([^"]+)" target="_blank"', page.text)
    assert link
    service.browser.cookies.clear()
    opened = await service.browser.get(link[1], follow_redirects=True)
    assert "http://books.test/connect/oauth2?" in (await press(service, opened)).text


@pytest.mark.parametrize("role", ["viewer", "merchant"])
async def test_a_link_to_the_console_leads_to_no_consent_page(service: Service, role: str) -> None:
    connection_id, _ = await two_connections(service)
    link = await a_link(service, connection_id, {**JANE, "role": role})
    ticket = link.partition("ticket=")[2]

    turned = await service.browser.get(f"/oauth/quickbooks/connect?launch={ticket}", follow_redirects=True)
    assert "Open Demo" in shown(turned)
    opened = await press(service, turned)

    assert "books.test" not in opened.text
    assert opened.headers["location"] == f"/connections/{connection_id}#attention"
