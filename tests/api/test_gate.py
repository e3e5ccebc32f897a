"""What a request must get past before its body is read: rates, the key, characters, size and time."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from structlog.testing import capture_logs

from app.api import gate, rates
from app.api.gate import BODY_BYTES, FORM_BYTES
from app.api.rates import Rates, address_of
from app.errors import TooMany
from app.settings import Settings
from tests.support.app import API_KEY, Service, running_service
from tests.support.services import DatabaseUrls

WRONG = {"Authorization": "Bearer wrong"}
KEY = {"Authorization": f"Bearer {API_KEY}"}


async def endless(taken: list[int]) -> AsyncIterator[bytes]:
    """A body that never ends; notes each piece that somebody took."""
    while True:
        taken.append(1)
        yield b'{"a":1},' * 128


@pytest.mark.parametrize(("headers", "type_"), [({}, "api-key-required"), (WRONG, "api-key-wrong")])
async def test_without_a_key_not_a_byte_of_a_body_is_read(
    service: Service, headers: dict[str, str], type_: str
) -> None:
    taken: list[int] = []

    answer = await service.browser.post("/api/v1/connections", content=endless(taken), headers=headers)

    assert answer.status_code == 401
    assert answer.json()["type"].endswith(f"/{type_}")
    assert taken == []


@pytest.mark.parametrize("host", ["x/y", "x/health?", "x#", "x/webhooks/", "[", "user@x", ""])
async def test_no_host_header_leads_past_the_gate(service: Service, host: str) -> None:
    taken: list[int] = []

    answer = await service.browser.post("/api/v1/connections", content=endless(taken), headers={"Host": host})

    assert (answer.status_code, taken) == (401, [])


async def test_without_a_configured_key_no_body_is_read_either(own_database: DatabaseUrls) -> None:
    taken: list[int] = []
    async with running_service(own_database, admin_api_key="") as service:
        answer = await service.browser.post("/api/v1/connections", content=endless(taken), headers=WRONG)

    assert (answer.status_code, taken) == (503, [])


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":1},' * 1000])
async def test_a_broken_body_without_a_key_is_a_401_and_with_one_a_422(service: Service, body: bytes) -> None:
    as_json = {"Content-Type": "application/json"}

    without = await service.browser.post("/api/v1/connections", content=body, headers=as_json)
    with_one = await service.api.post("/api/v1/connections", content=body, headers=as_json)

    assert (without.status_code, with_one.status_code) == (401, 422)
    assert with_one.json()["type"].endswith("/invalid-input")


@pytest.mark.parametrize("address", ["/api/v1/connections", "/api/v1/nothing"])
async def test_a_declared_body_that_is_too_long_is_refused_before_it_comes(service: Service, address: str) -> None:
    taken: list[int] = []

    answer = await service.api.post(address, content=endless(taken), headers={"Content-Length": str(BODY_BYTES + 1)})

    assert answer.status_code == 413
    assert answer.json()["type"].endswith("/too-large")
    assert "256 KiB" in answer.json()["detail"]
    assert taken == []


async def test_an_undeclared_body_is_refused_as_soon_as_it_is_too_long(service: Service) -> None:
    taken: list[int] = []

    answer = await service.api.post("/api/v1/connections", content=endless(taken))

    assert answer.status_code == 413
    assert len(taken) == BODY_BYTES // 1024 + 1


async def test_a_body_of_just_the_size_is_read(service: Service) -> None:
    long = json.dumps({"oncord_api_url": "x" * (BODY_BYTES - 100), "oncord_token": "t"}).encode()
    long += b" " * (BODY_BYTES - len(long))

    answer = await service.api.post("/api/v1/connections", content=long)

    assert answer.status_code == 422
    assert "connection" not in answer.headers


async def test_the_forms_of_the_console_and_the_way_back_from_quickbooks_have_a_limit_too(service: Service) -> None:
    for method, address in (("POST", "/sign-in"), ("POST", "/connections/new"), ("GET", "/oauth/quickbooks/callback")):
        taken: list[int] = []
        answer = await service.browser.request(
            method,
            address,
            content=endless(taken),
            headers={"Content-Length": str(BODY_BYTES + 1), "Accept": "text/html"},
        )
        assert (answer.status_code, taken) == (413, []), address

    taken = []
    answer = await service.browser.post(
        "/sign-in", content=endless(taken), headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 413
    assert len(taken) == FORM_BYTES // 1024 + 1


async def test_who_is_sent_away_by_a_page_sends_nothing_that_is_read(service: Service) -> None:
    taken: list[int] = []

    answer = await service.browser.post("/connections/con_1/pause", content=endless(taken))
    form = await service.browser.post("/connections/con_1/automatic", content=endless(taken))

    assert (answer.status_code, form.status_code, taken) == (404, 303, [])


async def test_a_body_that_takes_too_long_is_not_waited_for(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "READING_SECONDS", 0.2)

    async def dripping() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.05)

    api = await service.api.post("/api/v1/connections", content=dripping())
    form = await service.browser.post(
        "/sign-in", content=dripping(), headers={"Content-Type": "application/x-www-form-urlencoded"}
    )

    assert (api.status_code, form.status_code) == (408, 408)
    assert "Send it again" in api.json()["detail"]


async def test_wrong_keys_are_slowed_in_the_api_and_the_console_together_and_a_right_one_still_passes(
    own_database: DatabaseUrls,
) -> None:
    async with running_service(own_database, api_failed_keys_per_minute=3) as service:
        guesses = [
            await service.browser.get("/api/v1/connections", headers=WRONG),
            await service.browser.get("/oauth/quickbooks/connect?connection_id=con_1", headers=WRONG),
            await service.browser.post("/sign-in", data={"key": "wrong"}),
            await service.browser.get("/api/v1/connections", headers=WRONG),
            await service.browser.get("/oauth/quickbooks/connect?connection_id=con_1", headers=WRONG),
            await service.browser.post("/sign-in", data={"key": "wrong"}),
        ]
        right = await service.api.get("/api/v1/connections")
        signed_in = await service.browser.post("/sign-in", data={"key": API_KEY})
        without = await service.browser.get("/api/v1/connections")

    assert [guess.status_code for guess in guesses] == [401, 401, 403, 429, 429, 429]
    assert all(0 < int(guess.headers["retry-after"]) <= 60 for guess in guesses[3:])
    assert guesses[3].json()["type"].endswith("/too-many-failed-keys")
    assert (right.status_code, signed_in.status_code, without.status_code) == (200, 303, 401)


@pytest.mark.parametrize("limit", [0, 100])
async def test_wrong_keys_below_the_limit_are_told_so(own_database: DatabaseUrls, limit: int) -> None:
    async with running_service(own_database, api_failed_keys_per_minute=limit) as service:
        answers = [await service.browser.get("/api/v1/connections", headers=WRONG) for _ in range(30)]

    assert {answer.status_code for answer in answers} == {401}


async def test_a_request_too_many_of_an_address_is_a_429_that_says_when_to_come_back(
    own_database: DatabaseUrls,
) -> None:
    async with running_service(own_database, api_requests_per_minute=4) as service:
        answers = [await service.browser.get("/") for _ in range(5)]
        health = await service.browser.get("/health")
        with_a_key = await service.api.get("/api/v1/connections")

    assert [answer.status_code for answer in answers] == [200] * 4 + [429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 60
    assert answers[0].headers["ratelimit-policy"] == '"address";q=4;w=60'
    assert answers[0].headers["ratelimit"].startswith('"address";r=3;t=')
    assert (health.status_code, with_a_key.status_code) == (200, 200)


async def test_a_connection_has_a_third_of_what_its_key_has_and_another_connection_is_not_held_up(
    own_database: DatabaseUrls,
) -> None:
    async with running_service(own_database, api_requests_per_minute=30) as service:
        one = [await service.api.get("/api/v1/connections/con_1") for _ in range(11)]
        other = await service.api.get("/api/v1/connections/con_2")
        everything = await service.api.get("/api/v1/connections")

    assert [answer.status_code for answer in one] == [404] * 10 + [429]
    assert one[0].headers["ratelimit-policy"] == '"connection";q=10;w=60'
    assert other.status_code == 404
    assert everything.headers["ratelimit"].startswith('"key";r=')


def test_whoever_comes_under_many_names_makes_nobody_forget_what_was_counted_under_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rates, "REMEMBERED", 5)
    counted = Rates(Settings(_env_file=None, api_requests_per_minute=30, api_failed_keys_per_minute=3))
    for number in range(30):
        counted.count_key("a key", f"con_{number}")
    for _ in range(3):
        counted.count_failure("203.0.113.9")
    for number in range(30):
        counted.count_address(f"198.51.100.{number}")

    with pytest.raises(TooMany, match="this key"):
        counted.count_key("a key", "con_30")
    with pytest.raises(TooMany, match="wrong keys"):
        counted.count_failure("203.0.113.9")


async def test_both_keys_of_the_operator_are_good_while_one_takes_the_place_of_the_other(
    own_database: DatabaseUrls,
) -> None:
    async with running_service(own_database, admin_api_key="the-new-key, the-old-key") as service:
        answers = [
            await service.browser.get("/api/v1/connections", headers={"Authorization": f"Bearer {key}"})
            for key in ("the-new-key", "the-old-key", "the-new-key, the-old-key", "the-new-key,", "")
        ]
        signed_in = await service.browser.post("/sign-in", data={"key": "the-old-key"})
        inside = await service.browser.get("/connections/new")

    assert [answer.status_code for answer in answers] == [200, 200, 401, 401, 401]
    assert (signed_in.status_code, inside.status_code) == (303, 200)


async def test_the_log_says_from_where_somebody_was_refused_and_of_nobody_else(
    service: Service,
) -> None:
    with capture_logs() as lines:
        await service.browser.get("/api/v1/connections", headers=WRONG)
        await service.api.get("/api/v1/connections")

    assert [line.get("address") for line in lines] == ["127.0.0.1", None]
    assert all("wrong" not in str(line) for line in lines)


@pytest.mark.parametrize(
    ("client", "address"),
    [
        (("203.0.113.9", 1), "203.0.113.9"),
        (("::ffff:203.0.113.9", 1), "203.0.113.9"),
        (("2001:db8::1:2", 1), "2001:db8::/64"),
        (("x" * 1000, 1), "x" * 64),
        (None, "unknown"),
    ],
)
def test_an_address_is_a_whole_network_where_everybody_has_one(client: tuple[str, int] | None, address: str) -> None:
    assert address_of({"client": client}) == address


def cursor(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


CURSORS = [
    ["\x00"], ["\ud800"], ["con_\x00"], [True], [-1], [1 << 70], [None], {}, 7, [1.5],
    ["0001-01-01T00:00:00+14:00", "a"], ["9999-12-31T23:59:59-14:00", "a"], ["2026-01-01T00:00:00+00:00", "\x00"],
]  # fmt: skip


async def test_a_made_up_cursor_is_a_422_in_every_list(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    lists = [
        path.replace("{connection_id}", connection_id)
        for path, methods in service.app.openapi()["paths"].items()
        if "cursor" in {parameter["name"] for parameter in methods.get("get", {}).get("parameters", [])}
        and path.count("{") == path.count("{connection_id}")
    ]
    assert len(lists) > 6

    for path in lists:
        for content in CURSORS:
            answer = await service.api.get(path, params={"cursor": cursor(content)})
            assert answer.status_code in (200, 422), (path, content, answer.text)


async def test_a_character_that_no_text_has_is_never_a_500(service: Service) -> None:
    """In any id, cursor or query of any address, of the API and of the console."""
    connection_id, _ = await service.ready_connection()
    await service.browser.post("/sign-in", data={"key": API_KEY})
    for path, methods in sorted(every_path(service).items()):
        known = path.replace("{connection_id}", connection_id)
        for method in methods - {"DELETE"}:
            asked = [
                known.replace("{", "%00").replace("}", ""),
                f"{known.replace('{', '').replace('}', '')}?cursor=%00&x=%00",
            ]
            for address in asked:
                if "%00" not in address or path.startswith(("/webhooks/", "/health")):
                    continue
                answer = await service.browser.request(method, address, headers=KEY)
                way_back = method == "GET" and "?" in address and path == "/oauth/quickbooks/callback"
                expected = (302,) if way_back else (404, 422)  # who comes back from the consent page is led on
                assert answer.status_code in expected, (method, address, answer.status_code)


async def test_a_form_with_a_character_that_no_text_has_is_a_page_and_not_a_500(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    await service.browser.post("/sign-in", data={"key": API_KEY})
    page = (await service.browser.get(f"/connections/{connection_id}")).text
    csrf = page.partition('name="csrf" value="')[2].partition('"')[0]
    assert csrf

    for path, methods in every_path(service).items():
        if "POST" not in methods or not path.startswith("/connections/"):
            continue
        address = path.replace("{connection_id}", connection_id).replace("{", "").replace("}", "")
        answer = await service.browser.post(address, data={"csrf": csrf, "choice": "\x00", "action": "choose"})
        assert answer.status_code < 500, (address, answer.text[:200])


@pytest.mark.parametrize("text", ["a\\u0000b", "a\\ud800b"])
async def test_a_body_with_a_character_that_no_text_has_is_a_422(service: Service, text: str) -> None:
    connection_id, _ = await service.ready_connection()
    body = (
        f'{{"name": "{text}", "{text}": 1, "action": "{text}", "choice": "{text}", "oncord_token": "{text}"}}'.encode()
    )
    for path, methods in every_path(service).items():
        if not path.startswith("/api/"):
            continue
        for method in methods & {"POST", "PUT", "PATCH"}:
            address = path.replace("{connection_id}", connection_id).replace("{", "").replace("}", "")
            if any(word in path for word in ("disconnect", "start-over", "launch-link")):
                continue
            answer = await service.api.request(method, address, content=body)
            assert answer.status_code < 500, (method, address, answer.text)


def every_path(service: Service) -> dict[str, set[str]]:
    """Each address with the methods of all its routes."""
    found: dict[str, set[str]] = {}
    for route in every_route(service.app.routes):
        found.setdefault(route.path, set()).update(route.methods or ())
    assert len(found) > 60
    return found


def every_route(routes: Any) -> list[APIRoute]:
    found: list[APIRoute] = []
    for route in routes:
        if isinstance(route, APIRoute):
            found.append(route)
        elif hasattr(route, "original_router"):
            found += every_route(route.original_router.routes)
    return found


async def test_a_405_lists_the_methods_of_all_routes_of_its_address(service: Service) -> None:
    routes = every_route(service.app.routes)
    several = 0
    for path in every_path(service):
        address = path.replace("{", "").replace("}", "")
        takes = set().union(*(route.methods for route in routes if route.path_regex.match(address)))
        several += len(takes) > 1

        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - takes:
            answer = await service.browser.request(method, address, headers=KEY)

            assert answer.status_code == 405, (method, address)
            assert answer.headers["allow"].split(", ") == sorted(takes), (method, address)
    assert several > 5


async def test_files_are_read_and_nothing_else(service: Service) -> None:
    answer = await service.browser.post("/static/console.css")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
