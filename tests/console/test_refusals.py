"""Whoever comes to an address that shows nothing reads on a page what that means and what to do; deep links survive signing in."""

import re
from html import unescape
from urllib.parse import urlencode

import httpx
import psycopg
import pytest

from app.services import watchlist
from tests.console.pages import shown, sign_in
from tests.support.app import API_KEY, Service, running_service
from tests.support.services import DatabaseUrls

HTML = {"Accept": "text/html,application/xhtml+xml,*/*"}


def is_a_page(answer: httpx.Response, status: int, *words: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert 'href="/static/console.css"' in answer.text
    for each in words:
        assert each in shown(answer)


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/launch?ticket=ended", 401, "open the page from there again"),
        ("POST", "/launch", 401, "open the page from there again"),
        ("GET", "/oauth/quickbooks/connect?connection_id=con_1", 401, "Sign in"),
        ("GET", "/no/such/page", 404, "There is nothing here"),
        ("GET", "/static/none.css", 404, "There is nothing here"),
        ("GET", "/sign-out", 405, "This cannot be opened that way"),
        ("DELETE", "/", 405, "This cannot be opened that way"),
    ],
)
async def test_a_stranger_reads_what_to_do(service: Service, method: str, path: str, status: int, words: str) -> None:
    is_a_page(await service.browser.request(method, path, headers=HTML), status, words, "Sign in")


async def test_whoever_may_not_reads_so(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    body = {"person": "Vi", "role": "viewer", "page": ""}
    link = (await service.api.post(f"/api/v1/connections/{connection_id}/launch-link", json=body)).json()["url"]
    ticket = link.rpartition("ticket=")[2]
    assert (await service.browser.post("/launch", data={"ticket": ticket})).status_code == 303

    is_a_page(
        await service.browser.get(f"/connections/{connection_id}/configuration", headers=HTML),
        403,
        "You may not do that",
        "ask whoever runs the shop, who is let in as a merchant",
    )
    is_a_page(await service.browser.post("/launch", data={"ticket": ticket}, headers=HTML), 401, "opens once")


async def test_a_fault_of_ours_has_a_number_to_quote(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    await sign_in(service)

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(watchlist, "list_watched", broken)

    answer = await service.browser.get("/", headers={**HTML, "X-Request-ID": "req_quoted"})

    is_a_page(answer, 500, "Something went wrong here", "Its number: req_quoted")
    assert "RuntimeError" not in answer.text


async def test_a_database_that_is_away_is_said(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    await sign_in(service)

    async def away(*_: object, **__: object) -> None:
        raise psycopg.OperationalError

    monkeypatch.setattr(watchlist, "list_watched", away)

    is_a_page(await service.browser.get("/", headers=HTML), 503, "Load the page again in a minute", "Nothing is lost")


async def test_who_asks_too_often_is_told_to_wait(own_database: DatabaseUrls) -> None:
    async with running_service(own_database, api_failed_keys_per_minute=2) as service:
        for _ in range(2):
            await service.browser.post("/sign-in", data={"key": "guessed"}, headers=HTML)
        answer = await service.browser.post("/sign-in", data={"key": "guessed"}, headers=HTML)

    is_a_page(answer, 429, "Wait a minute, then load the page again")
    assert int(answer.headers["retry-after"]) > 0


async def test_whoever_signs_in_goes_on_to_the_page_that_they_asked_for(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]
    deep = f"/connections/{connection_id}/records?q=ada+%26+co"

    way_in = await service.browser.get(deep)
    front = await service.browser.get(way_in.headers["location"])
    kept = re.search(r'name="next" value="([^"]*)"', front.text)
    assert kept
    wrong = await service.browser.post("/sign-in", data={"key": "guessed", "next": unescape(kept[1])})
    assert f'value="{kept[1]}"' in wrong.text
    arrived = await service.browser.post("/sign-in", data={"key": API_KEY, "next": unescape(kept[1])})

    assert (arrived.status_code, arrived.headers["location"]) == (303, deep)
    assert (await service.browser.get(deep)).status_code == 200
    again = await service.browser.get(way_in.headers["location"])
    assert (again.status_code, again.headers["location"]) == (303, deep), "who is signed in goes on at once"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example/x",
        "https://evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        " /x",
        "/x\r\ny",
    ],
)
async def test_nobody_is_led_to_another_site_by_signing_in(service: Service, elsewhere: str) -> None:
    front = await service.browser.get(f"/?{urlencode({'next': elsewhere})}")
    assert 'name="next"' not in front.text

    arrived = await service.browser.post("/sign-in", data={"key": API_KEY, "next": elsewhere})

    assert arrived.headers["location"] == "/"
    assert (await service.browser.get(f"/?{urlencode({'next': elsewhere})}")).status_code == 200


async def test_a_form_that_was_sent_without_a_session_is_not_sent_again(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]

    answer = await service.browser.post(f"/connections/{connection_id}/disconnect")

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
