"""Consent, exchange, refresh and farewell through Authlib, against the simulator; docs/quickbooks.md 1."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pytest_httpx import HTTPXMock

from app.errors import Blocked, Unauthorised, Unreachable
from app.quickbooks.http import oauth as intuit
from app.quickbooks.http.oauth import MAX_BYTES, SCOPE, OAuth
from tests.quickbooks.company import Company, VirtualClock

CALLBACK = "https://sync.example.com/oauth/quickbooks/callback"
TOKEN_URL = "https://intuit.test/token"


def oauth(http: httpx.AsyncClient, clock: VirtualClock) -> OAuth:
    return OAuth(
        client_id="id",
        client_secret="secret",
        http=http,
        clock=clock,
        authorize_url="https://intuit.test/connect",
        token_url=TOKEN_URL,
        revoke_url="https://intuit.test/revoke",
    )


async def consent(books: Company, **answer: str) -> dict[str, str]:
    """What the browser brings back to the callback."""
    url = books.oauth.authorise_url(state="s-1", redirect_uri=CALLBACK)
    back = await books.http.get(f"{url}&{'&'.join(f'{k}={v}' for k, v in answer.items())}")
    assert back.status_code in (302, 303)
    return {k: v[0] for k, v in parse_qs(urlsplit(back.headers["location"]).query).items()}


def test_the_consent_page_is_asked_for_with_state_and_scope(books: Company) -> None:
    url = urlsplit(books.oauth.authorise_url(state="s/1", redirect_uri=CALLBACK))

    assert {k: v[0] for k, v in parse_qs(url.query).items()} == {
        "client_id": books.world.client_id,
        "response_type": "code",
        "scope": SCOPE,
        "redirect_uri": CALLBACK,
        "state": "s/1",
    }


async def test_a_code_is_traded_once(books: Company) -> None:
    back = await consent(books, approve=books.realm)
    assert (back["realmId"], back["state"]) == (books.realm, "s-1")

    pair = await books.oauth.exchange(back["code"], CALLBACK)

    now = books.clock.now()
    assert now + timedelta(minutes=59) < pair.access_expires_at <= now + timedelta(hours=1)
    assert pair.refresh_expires_at is not None
    assert pair.refresh_hard_expires_at is not None
    assert pair.refresh_hard_expires_at > now + timedelta(days=4 * 365)
    with pytest.raises(Unauthorised) as refused:
        await books.oauth.exchange(back["code"], CALLBACK)
    assert refused.value.code == "invalid_grant"


async def test_denied_consent_brings_no_code(books: Company) -> None:
    back = await consent(books, deny="1")

    assert (back["error"], "code" in back) == ("access_denied", False)


async def test_a_refresh_brings_a_token_that_works(books: Company) -> None:
    books.clock.world.advance(3601)

    await books.side.facts()

    assert books.tokens.refreshed == 1


async def test_a_rotated_value_is_dead(books: Company) -> None:
    await books.hazard("strict_rotation")
    back = await consent(books, approve=books.realm)
    first = await books.oauth.exchange(back["code"], CALLBACK)
    second = await books.oauth.refresh(first.refresh_token)

    assert second.refresh_token != first.refresh_token
    with pytest.raises(Unauthorised):
        await books.oauth.refresh(first.refresh_token)


async def test_giving_the_grant_back_kills_it_and_twice_is_no_error(books: Company) -> None:
    back = await consent(books, approve=books.realm)
    pair = await books.oauth.exchange(back["code"], CALLBACK)

    await books.oauth.revoke(pair.refresh_token)
    await books.oauth.revoke(pair.refresh_token)

    with pytest.raises(Unauthorised):
        await books.oauth.refresh(pair.refresh_token)


async def test_the_secret_travels_as_basic_authentication_only(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(json={"access_token": "a", "refresh_token": "r", "expires_in": 3600})
    async with httpx.AsyncClient() as http:
        pair = await oauth(http, VirtualClock()).refresh("old")

    (request,) = httpx_mock.get_requests()
    assert request.headers["authorization"].startswith("Basic ")
    assert request.headers["x-include-refresh-token-hard-expires-in"] == "true"
    assert b"secret" not in request.content
    assert (pair.access_token, pair.refresh_token) == ("a", "r")
    assert "'a'" not in repr(pair)


@pytest.mark.parametrize(
    ("status", "content", "error"),
    [
        (400, {"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token"}, Unauthorised),
        (400, {"error": "invalid_grant"}, Unauthorised),
        (401, {"error": "invalid_client"}, Blocked),
        (400, {"error": "invalid_request"}, Blocked),
        (400, {"error": "temporarily_unavailable"}, Unreachable),
        (200, {"hello": "world"}, Unreachable),
    ],
)
async def test_only_invalid_grant_is_the_end(
    httpx_mock: HTTPXMock, status: int, content: dict[str, str], error: type[Exception]
) -> None:
    httpx_mock.add_response(status_code=status, json=content)
    async with httpx.AsyncClient() as http:
        with pytest.raises(error):
            await oauth(http, VirtualClock()).refresh("old")


@pytest.mark.parametrize(("status", "body"), [(503, "<html>down</html>"), (429, "slow"), (200, "<html>"), (500, "{}")])
async def test_no_usable_answer_is_not_the_end(httpx_mock: HTTPXMock, status: int, body: str) -> None:
    httpx_mock.add_response(status_code=status, text=body)
    async with httpx.AsyncClient() as http:
        with pytest.raises(Unreachable):
            await oauth(http, VirtualClock()).refresh("old")


async def test_no_answer_at_all_is_not_the_end(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_exception(httpx.ReadTimeout("slow"))
    async with httpx.AsyncClient() as http:
        with pytest.raises(Unreachable):
            await oauth(http, VirtualClock()).refresh("old")


@pytest.mark.parametrize("seconds", ["soon", -1, 10**30, None, [3600], "", True])
async def test_a_span_of_time_that_makes_no_sense_is_as_good_as_not_said(
    httpx_mock: HTTPXMock, seconds: object
) -> None:
    httpx_mock.add_response(
        json={"access_token": "a", "refresh_token": "r", "expires_in": 3600} | {"x_refresh_token_expires_in": seconds}
    )
    async with httpx.AsyncClient() as http:
        pair = await oauth(http, VirtualClock()).exchange("code", CALLBACK)

    assert (pair.access_token, pair.refresh_expires_at) == ("a", None)


@pytest.mark.parametrize("half", [{"access_token": "a"}, {"access_token": "a", "refresh_token": 7}])
async def test_half_a_pair_is_given_back(httpx_mock: HTTPXMock, half: dict[str, object]) -> None:
    httpx_mock.add_response(url=TOKEN_URL, json=half)
    httpx_mock.add_response(url="https://intuit.test/revoke", match_json={"token": "a"}, json={})
    async with httpx.AsyncClient() as http:
        with pytest.raises(Unreachable):
            await oauth(http, VirtualClock()).exchange("code", CALLBACK)


async def test_an_endless_answer_for_tokens_is_no_answer(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(content=b" " * (MAX_BYTES + 1))
    async with httpx.AsyncClient() as http:
        with pytest.raises(Unreachable):
            await oauth(http, VirtualClock()).refresh("old")


class Endless(httpx.AsyncByteStream):
    """A body that never ends; counts what was read of it."""

    def __init__(self) -> None:
        self.read = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            self.read += 1
            yield b" " * 65536


@pytest.mark.parametrize(("status", "given_back"), [(200, True), (400, True), (503, False)])
async def test_of_an_endless_answer_to_a_farewell_nothing_is_read(status: int, given_back: bool) -> None:
    body = Endless()
    transport = httpx.MockTransport(lambda request: httpx.Response(status, stream=body))
    async with httpx.AsyncClient(transport=transport) as http:
        try:
            await oauth(http, VirtualClock()).revoke("r")
            assert given_back
        except Unreachable:
            assert not given_back

    assert body.read == 0


class Silent(httpx.AsyncBaseTransport):
    """Deals out the head of its answer for ever, so that no single wait is long."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        raise AssertionError("nobody waits so long")


@pytest.mark.parametrize("ask", ["exchange", "refresh", "revoke"])
async def test_whatever_is_asked_of_intuit_ends_in_time(monkeypatch: pytest.MonkeyPatch, ask: str) -> None:
    monkeypatch.setattr(intuit, "ANSWER_SECONDS", 0.05)
    async with httpx.AsyncClient(transport=Silent()) as http:
        app = oauth(http, VirtualClock())
        with pytest.raises(Unreachable):
            await {"exchange": lambda: app.exchange("c", CALLBACK), "refresh": lambda: app.refresh("r")}.get(
                ask, lambda: app.revoke("r")
            )()


async def test_a_packed_answer_for_tokens_is_read(httpx_mock: HTTPXMock) -> None:
    body = gzip.compress(b'{"access_token": "a", "refresh_token": "r", "expires_in": 3600}')
    httpx_mock.add_response(content=body, headers={"content-encoding": "gzip", "content-type": "application/json"})
    async with httpx.AsyncClient() as http:
        assert (await oauth(http, VirtualClock()).refresh("old")).access_token == "a"
