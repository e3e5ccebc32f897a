"""Usual posts are read and answered by shorter ways, and nobody can tell: not by what is stored, nor by what is answered."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any, Literal

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import deliveries
from app.api.event_intake import EventIntake
from app.oncord import webhook as oncord
from app.quickbooks import webhook as quickbooks
from app.storage.changes.intake import InboundEvent
from tests.support.intake import Door, cloud_event, sale

NO_BODY = msgspec.json.Decoder(Literal["a body that nobody sends"])
ODD = ["", "\x00x\x7f", "Zoë\u2028", "\ud83d", "7" * 120, 7, -0.0, 1e400, None, True, [], ["4"], {}, {"deletedid": 4}]
ODD_JSON = st.sampled_from(ODD) | st.text() | st.integers() | st.recursive(st.none(), st.lists)
INTUITS = ("id", "type", "time", "intuitentityid", "intuitaccountid", "data", "more")
SITES = ("entity", "id", "version", "action", "actor", "timestamp", "merged_ids", "deleted_with", "more")


def read(parsed: Callable[[], Iterator[InboundEvent]]) -> object:
    try:
        return list(parsed())
    except ValueError as error:
        return type(error)


def of_intuit(body: bytes) -> object:
    return read(lambda: deliveries.of_quickbooks(body, "req"))


def of_a_site(body: bytes) -> object:
    return read(lambda: deliveries.of_oncord("con_site", "msg", body, "req"))


def assert_as_by_the_book(module: Any, of: Callable[[bytes], object], body: bytes) -> None:
    found = of(body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_USUAL", NO_BODY)
        assert found == of(body)


def spoilt(body: bytes, place: float, change: bytes) -> bytes:
    """A body with something put in, or in the place of something."""
    at = int(place * len(body))
    return body[:at] + change + body[at + len(change) // 2 :]


CHANGES = st.sampled_from(
    [b"", b",", b"\\u0000", b"\\q", b"\xff", b"\x01", b"\xef\xbb\xbf", b"01", b"NaN", b"null", b"]]", b"{}"]
)


@given(st.dictionaries(st.sampled_from(INTUITS), ODD_JSON), st.floats(0, 1), CHANGES)
def test_an_event_of_intuits_means_what_it_means_however_it_is_read(
    odd: dict[str, object], place: float, change: bytes
) -> None:
    body = json.dumps([cloud_event("e1", "5"), cloud_event("e2", "6") | odd], ensure_ascii=True).encode()

    for one in (body, spoilt(body, place, change), b" " + body + b"\n", body[1:-1]):
        assert_as_by_the_book(quickbooks, of_intuit, one)


@given(st.dictionaries(st.sampled_from(SITES), ODD_JSON), st.floats(0, 1), CHANGES)
def test_an_event_of_a_site_means_what_it_means_however_it_is_read(
    odd: dict[str, object], place: float, change: bytes
) -> None:
    entries = [sale(1), {**sale(2), **odd}]
    several = {"type": "sale.saved", "timestamp": "2026-11-22T02:00:00Z", "data": entries}

    for event in (several, several | {"data": entries[1]}, several | odd):
        body = json.dumps(event).encode()
        for one in (body, spoilt(body, place, change)):
            assert_as_by_the_book(oncord, of_a_site, one)


@pytest.mark.parametrize(
    ("of", "body"),
    [
        (of_intuit, [cloud_event("e1", "5", source="intuit", data={"deletedid": "4", "more": 1})]),
        (of_a_site, {"type": "sale.saved", "data": sale(1, merged_ids=["4"], deleted_with=None), "more": 1}),
        (of_a_site, {"type": "sale.saved", "data": [sale(1, deleted_with={"entity": "contact", "id": "7"})]}),
    ],
)
def test_what_the_vendors_describe_is_usual(
    monkeypatch: pytest.MonkeyPatch, of: Callable[[bytes], object], body: object
) -> None:
    def unexpected(*_: object, **__: object) -> None:
        raise AssertionError("it was read by the book")

    content = json.dumps(body).encode()
    monkeypatch.setattr("app.json_values.json.loads", unexpected)

    assert isinstance(of(content), list)


@pytest.mark.parametrize("pieces", [1, 2, 3])
async def test_in_one_piece_or_several_it_is_the_same_event(door: Door, pieces: int) -> None:
    door.pieces = pieces

    answers = [await door.quickbooks([cloud_event("e1", "5")]), await door.oncord(sale(1))]

    rows = await door.rows("SELECT record_id, status, request_id FROM event ORDER BY id")
    assert [(row["record_id"], row["status"]) for row in rows] == [("5", "accepted"), ("1", "accepted")]
    for answer, row in zip(answers, rows, strict=True):
        assert (answer.status_code, answer.content) == (200, b"")
        assert dict(answer.headers) == {
            "content-length": "0",
            "x-request-id": row["request_id"],
            "x-content-type-options": "nosniff",
        }


@pytest.mark.parametrize("given_id", ["attempt-7", "no decent one"])
async def test_the_callers_id_of_a_request_is_taken_where_it_is_decent(door: Door, given_id: str) -> None:
    answer = await door.quickbooks([cloud_event("e1", "5")], headers={"x-request-id": given_id})

    [row] = await door.rows("SELECT request_id FROM event")
    assert row["request_id"] == answer.headers["x-request-id"]
    assert (row["request_id"] == given_id) == (given_id == "attempt-7")


async def test_what_nobody_has_foreseen_is_a_500_and_no_2xx(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(EventIntake, "accept", failing)

    answer = await door.quickbooks([cloud_event("e1", "5")])

    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (500, "internal-error")
    intake: EventIntake = door.app.state.event_intake
    assert intake.bodies.taken == 0


@pytest.mark.parametrize(
    "path", ["/webhooks", "/webhooks/", "/webhooks/oncord/", "/webhooks/oncord/a/b", "/webhooks/quickbooks/x"]
)
async def test_what_is_no_address_of_events_is_the_routers(door: Door, path: str) -> None:
    answer = await door.http.post(path, content=b"{}")

    assert answer.status_code == 404
    assert answer.headers["content-security-policy"]


async def test_below_another_path_the_routes_do_the_same(door: Door) -> None:
    below = httpx.ASGITransport(door.app, raise_app_exceptions=False, root_path="/below")
    async with httpx.AsyncClient(transport=below, base_url="http://service/below") as http:
        whole, door.http = door.http, http
        answers = [await door.quickbooks([cloud_event("e1", "5")]), await door.oncord(sale(1))]
        answers += [await door.quickbooks([], token="wrong"), await door.oncord(connection_id="con_nobody")]
        door.http = whole

    assert [answer.status_code for answer in answers] == [200, 200, 401, 404]
    rows = await door.rows("SELECT record_id FROM event WHERE status = 'accepted' ORDER BY id")
    assert [row["record_id"] for row in rows] == ["5", "1"]


async def test_another_method_is_refused_as_everywhere(door: Door) -> None:
    answer = await door.http.get("/webhooks/quickbooks")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_whoever_is_cancelled_while_nothing_has_come_leaves_nothing_behind(door: Door) -> None:
    silent: asyncio.Event = asyncio.Event()

    async def never() -> Any:
        await silent.wait()

    async def send(_: object) -> None:
        raise AssertionError("nobody is to be answered")

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/webhooks/quickbooks",
        "headers": [(b"intuit-signature", b"bm90aGluZw==")],
    }
    task = asyncio.ensure_future(door.app(scope, never, send))
    for _ in range(5):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert not silent._waiters
