"""How the site's answers and faults are understood; the wire is pretended by pytest-httpx."""

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pytest_httpx import HTTPXMock

from app.domain.model.exchange import OutcomeState, SideFacts, Write
from app.domain.model.operations import Action, Operation
from app.domain.model.records import (
    Contact,
    Item,
    Kind,
    Name,
    Side,
)
from app.errors import Blocked, OutsideError, Throttled, Unauthorised, Unreachable
from app.oncord.client import PAGES_OF_CHANGES, OncordSide
from app.oncord.site import RETRY_SECONDS

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
URL = "https://shop.example/api/connector/v1"


@pytest.fixture
async def side() -> AsyncIterator[OncordSide]:
    async with httpx.AsyncClient() as http:
        yield OncordSide(connection_id="con_1", api_url=URL + "/", token="secret", http=http, clock=lambda: NOW)


def contact(number: int, **more: Any) -> dict[str, Any]:
    return {"id": str(number), "version": "1", "deleted": False, "last_name": f"N{number}", **more}


def answer(items: list[dict[str, Any]], cursor: str | None = None) -> dict[str, Any]:
    return {"items": items, "missing": [], "next_cursor": cursor, "as_of": "2026-11-22T01:59:00Z"}


def create(name: str, backfill: bool = False) -> Write:
    operation = Operation(Action.CREATE, Side.ONCORD, Kind.CONTACT, "C4", "new", backfill=backfill)
    return Write(f"op_{name}", operation, Contact(name=Name(last=name)), external_ref=f"op_{name}")


async def test_the_site_says_what_it_is(side: OncordSide, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(
        url=f"{URL}/site",
        match_headers={"Authorization": "Bearer secret"},
        json={
            "name": "Shop",
            "time_zone": "Australia/Brisbane",
            "currency": "AUD",
            "country": "AU",
            "prices_include_tax": True,
            "features": {"commerce": True, "marketing": False},
        },
    )

    assert await side.facts() == SideFacts(
        "", "Shop", "AU", "AUD", "Australia/Brisbane", features=frozenset({"commerce", "prices_include_tax"})
    )


@pytest.mark.parametrize(
    "said",
    [
        [],
        7,
        "site",
        {"features": [{"commerce": True}]},
        {"features": [["commerce"], "marketing"]},
        {"features": "commerce"},
        {"features": 7},
        {"id": "x" * 201, "features": ["commerce"]},
    ],
)
async def test_a_site_that_does_not_say_who_it_is_as_a_connector_does_is_named_so(
    side: OncordSide, httpx_mock: HTTPXMock, said: Any
) -> None:
    httpx_mock.add_response(url=f"{URL}/site", json=said)

    with pytest.raises(Blocked) as refused:
        await side.facts()

    assert refused.value.code == "unreadable-site"
    assert "address" in refused.value.advice


@pytest.mark.parametrize(
    "said",
    [
        {"id": ["s"], "name": {"en": "Shop"}, "country": 7, "time_zone": None, "features": None},
        {"features": []},
        {"id": 7, "features": {"commerce": "yes", "marketing": [1]}, "prices_include_tax": "no"},
    ],
)
async def test_odd_members_of_a_site_are_as_good_as_absent(side: OncordSide, httpx_mock: HTTPXMock, said: Any) -> None:
    httpx_mock.add_response(url=f"{URL}/site", json=said)

    assert (await side.facts()).features == frozenset()


@pytest.mark.parametrize("said", [[], 7, "here", {"url": 7}, {"url": ["https://sync.example"]}])
async def test_a_site_that_does_not_say_where_it_posts_is_named_so(
    side: OncordSide, httpx_mock: HTTPXMock, said: Any
) -> None:
    httpx_mock.add_response(url=f"{URL}/connector", json=said)

    with pytest.raises(Blocked) as refused:
        await side.posts_to()

    assert refused.value.code == "unreadable-connector"


@pytest.mark.parametrize("said", [{"items": [], "missing": 7}, {"items": [], "missing": {"1": 2}}])
async def test_a_list_of_what_is_missing_that_is_none_misses_nothing(
    side: OncordSide, httpx_mock: HTTPXMock, said: Any
) -> None:
    httpx_mock.add_response(json=said)

    assert (await side.fetch(Kind.SALE, ["1"])).missing == ()


async def test_a_page_that_is_no_object_is_no_page(side: OncordSide, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(json=[])

    with pytest.raises(Unreachable):
        await side.changes([Kind.SALE], NOW)


async def test_changes_are_asked_for_five_minutes_earlier_and_the_last_state_counts(
    side: OncordSide, httpx_mock: HTTPXMock
) -> None:
    since = "2026-11-22T00:55:00Z"
    httpx_mock.add_response(
        url=httpx.URL(f"{URL}/contacts", params={"limit": "500", "modified_since": since}),
        json=answer([contact(1), contact(2)], "c2"),
    )
    httpx_mock.add_response(
        url=httpx.URL(f"{URL}/contacts", params={"limit": "500", "modified_since": since, "cursor": "c2"}),
        json=answer([contact(1, version="2")]) | {"as_of": "2026-11-22T02:30:00Z"},
    )

    changes = await side.changes([Kind.CONTACT], NOW - timedelta(hours=1))

    assert changes.complete
    assert [(s.id, s.version) for s in changes.snapshots] == [("2", "1"), ("1", "2")]
    assert changes.as_of == NOW - timedelta(minutes=1)


async def test_deletes_older_than_a_sites_memory_make_changes_incomplete(
    side: OncordSide, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=answer([]))

    assert not (await side.changes([Kind.SALE], NOW - timedelta(days=90))).complete


async def test_what_fills_many_pages_is_no_list_of_changes_and_is_not_held(
    side: OncordSide, httpx_mock: HTTPXMock
) -> None:
    contacts = re.compile(rf"{URL}/contacts.*")
    for number in range(PAGES_OF_CHANGES):  # one more would be refused by the mock
        httpx_mock.add_response(url=contacts, json=answer([contact(number)], f"c{number}"))
    httpx_mock.add_response(url=re.compile(rf"{URL}/sales.*"), json=answer([]))

    changes = await side.changes([Kind.CONTACT, Kind.SALE], NOW - timedelta(hours=1))

    assert (changes.snapshots, changes.complete) == ((), False)


@pytest.mark.parametrize(("days", "told"), [(None, False), (1, True), (90, False)])
async def test_pages_tell_deletes_as_far_back_as_the_site_remembers_them(
    side: OncordSide, httpx_mock: HTTPXMock, days: int | None, told: bool
) -> None:
    httpx_mock.add_response(json=answer([contact(1)]))

    [page] = [p async for p in side.pages(Kind.CONTACT, None if days is None else NOW - timedelta(days=days))]

    assert page.tells_deletes is told


async def test_a_download_goes_on_after_the_page_whose_cursor_is_given(side: OncordSide, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url=f"{URL}/contacts?limit=500", json=answer([contact(1)], "c2"))
    [first] = [page async for page in _some(side, 1)]
    httpx_mock.add_response(
        url=f"{URL}/contacts?limit=500&cursor=c2",
        json=answer([contact(2)]) | {"as_of": "2027-01-01T00:00:00Z"},
    )

    [second] = [page async for page in side.pages(Kind.CONTACT, None, first.cursor)]

    assert [s.id for s in second.snapshots] == ["2"]
    assert second.as_of == first.as_of == NOW - timedelta(minutes=1)
    assert second.cursor is None


async def _some(side: OncordSide, count: int) -> AsyncIterator[Any]:
    async for page in side.pages(Kind.CONTACT, None):
        yield page
        count -= 1
        if not count:
            return


async def test_records_are_fetched_two_hundred_at_a_time_and_unknown_is_not_deleted(
    side: OncordSide, httpx_mock: HTTPXMock
) -> None:
    ids = [str(number) for number in range(201)]
    httpx_mock.add_response(
        url=httpx.URL(f"{URL}/contacts", params={"ids": ",".join(ids[:200])}),
        json=answer([contact(1), contact(2, deleted=True)]) | {"missing": ["0"]},
    )
    httpx_mock.add_response(url=f"{URL}/contacts?ids=200", json=answer([contact(200)]))

    fetched = await side.fetch(Kind.CONTACT, [*ids, "7"])

    assert [(s.id, s.deleted) for s in fetched.snapshots] == [("1", False), ("2", True), ("200", False)]
    assert fetched.missing == ("0",)


async def test_the_catalogue_is_one_page(side: OncordSide, httpx_mock: HTTPXMock) -> None:
    product = {"id": "3", "code": "MUG", "title": "Mug", "price": 55.10, "tax_code": "GST", "active": True}
    httpx_mock.add_response(url=f"{URL}/products", json={"items": [product]}, is_reusable=True)

    [page] = [page async for page in side.pages(Kind.ITEM, NOW)]

    assert page.cursor is None
    assert [str(s.record.price) for s in page.snapshots if isinstance(s.record, Item)] == ["55.1"]
    assert (await side.fetch(Kind.ITEM, ["3", "4"])).missing == ("4",)
    assert await side.ids(Kind.ITEM) == {"3"}


async def test_writes_go_out_a_hundred_at_a_time_under_their_operations_ids(
    side: OncordSide, httpx_mock: HTTPXMock
) -> None:
    writes = [create(str(number)) for number in range(101)]

    prepared = side.prepare(writes)

    assert [len(batch.items) for batch in prepared.batches] == [100, 1]
    assert prepared == side.prepare(writes)
    assert len({batch.request_id for batch in prepared.batches}) == 2
    assert [item.key for item in prepared.batches[1].items] == ["op_100"]
    json.dumps(prepared.batches[0].items[0].body)


async def test_a_backfill_is_a_batch_of_its_own_and_an_impossible_write_is_no_part_of_any(side: OncordSide) -> None:
    impossible = Write("op_x", Operation(Action.CREATE, Side.ONCORD, Kind.ITEM, "S1", "no"), Item())

    prepared = side.prepare([create("a"), impossible, create("b", backfill=True)])

    assert [(batch.backfill, len(batch.items)) for batch in prepared.batches] == [(False, 1), (True, 1)]
    assert [refused.operation_id for refused in prepared.refused] == ["op_x"]


async def test_each_result_is_named_by_what_to_do_next(side: OncordSide, httpx_mock: HTTPXMock) -> None:
    statuses = ["ok", "exists", "stale", "invalid", "not_found", "moon"]
    results: list[dict[str, Any]] = [
        {"key": f"op_{status}", "status": status, "record": contact(7, external_ref=f"op_{status}"), "errors": []}
        for status in statuses
    ]
    results[3] = {
        "key": "op_invalid",
        "status": "invalid",
        "record": None,
        "errors": [{"field": "email", "message": "is no address"}],
    }
    [batch] = side.prepare([create(status) for status in [*statuses, "silent"]]).batches
    httpx_mock.add_response(method="POST", url=f"{URL}/contacts/batch", json={"results": results})

    outcomes = await side.send(batch)

    assert [outcome.state for outcome in outcomes] == [
        OutcomeState.DONE,
        OutcomeState.EXISTS,
        OutcomeState.STALE,
        OutcomeState.REFUSED,
        OutcomeState.GONE,
        OutcomeState.UNKNOWN,
        OutcomeState.UNKNOWN,
    ]
    assert outcomes[0].snapshot is not None
    assert outcomes[0].snapshot.marker == "op_ok"
    assert outcomes[3].snapshot is None
    assert outcomes[3].message == "email: is no address"
    sent = json.loads(httpx_mock.get_requests()[0].content)
    assert sent == {"backfill": False, "operations": [item.body for item in batch.items]}


async def test_marked_records_are_looked_up_one_by_one_or_among_the_latest(
    side: OncordSide, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(url=f"{URL}/contacts?external_ref=a", json=answer([contact(1, external_ref="a")]))
    httpx_mock.add_response(url=f"{URL}/contacts?external_ref=b", json=answer([]))
    found = await side.find_marked(Kind.CONTACT, ["a", "b"], NOW)
    assert {marker: snapshot.id for marker, snapshot in found.items()} == {"a": "1"}

    httpx_mock.add_response(
        url=httpx.URL(f"{URL}/contacts", params={"limit": "500", "modified_since": "2026-11-22T01:55:00Z"}),
        json=answer([contact(number, external_ref=str(number)) for number in range(9)]),
    )
    found = await side.find_marked(Kind.CONTACT, list("12345678"), NOW)
    assert sorted(found) == list("12345678")


FAULTS: list[tuple[int, dict[str, str], type[OutsideError]]] = [
    (401, {}, Unauthorised),
    (403, {}, Blocked),
    (404, {}, Blocked),
    (302, {"location": "http://169.254.169.254/"}, Blocked),
    (400, {}, Blocked),
    (429, {"retry-after": "7"}, Throttled),
    (503, {"retry-after": "7"}, Throttled),
    (503, {}, Unreachable),
    (500, {}, Unreachable),
    (408, {}, Unreachable),
]


@pytest.mark.parametrize(("status", "headers", "expected"), FAULTS)
async def test_a_fault_of_the_whole_call_is_named_by_what_to_do_next(
    side: OncordSide, httpx_mock: HTTPXMock, status: int, headers: dict[str, str], expected: type[OutsideError]
) -> None:
    httpx_mock.add_response(status_code=status, headers=headers, text="<html>")

    with pytest.raises(expected) as caught:
        await side.facts()

    assert len(httpx_mock.get_requests()) == 1
    assert "secret" not in str(caught.value)
    if isinstance(caught.value, Throttled):
        assert caught.value.wait_seconds == 7


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "²".encode("latin-1")}, RETRY_SECONDS),
        ({"retry-after": b"9" * 5000}, 3600),
        ({"retry-after": b"Fri, 20 Nov 2026 03:02:00 GMT"}, RETRY_SECONDS),
        ({"retry-after": b"Fri, 20 Nov 2026 03:02:00 GMT", "date": b"Fri, 20 Nov 2026 03:00:00 GMT"}, 120),
        ({"retry-after": b"Fri, 20 Nov 2099 03:02:00 GMT", "date": b"Fri, 20 Nov 2026 03:00:00 GMT"}, 3600),
        (
            {"retry-after": b"Fri, 20 Nov 2026 03:02:00 GMT", "date": b"Fri, 20 Nov 99999999999999999999 03:00:00 GMT"},
            RETRY_SECONDS,
        ),
    ],
)
async def test_a_shop_is_left_alone_as_it_asks_and_an_hour_at_most(
    side: OncordSide, httpx_mock: HTTPXMock, headers: dict[str, bytes], seconds: float
) -> None:
    named = [(name.encode(), value) for name, value in headers.items()]
    httpx_mock.add_response(status_code=429, headers=named, text="")

    with pytest.raises(Throttled) as caught:
        await side.facts()

    assert caught.value.wait_seconds == seconds


async def test_no_answer_and_no_json_are_unreachable(side: OncordSide, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_exception(httpx.ReadTimeout("slow"))
    with pytest.raises(Unreachable):
        await side.facts()
    httpx_mock.add_response(text='{"items": [')
    with pytest.raises(Unreachable):
        await side.tax_codes()
    httpx_mock.add_response(json={"items": "x"})
    with pytest.raises(Unreachable):
        await side.payment_methods()


async def test_the_site_is_told_where_to_post_its_events(side: OncordSide, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(
        method="PUT", url=f"{URL}/connector", match_json={"url": "https://us.example/w", "secret": "whsec_x"}, json={}
    )
    httpx_mock.add_response(method="GET", url=f"{URL}/connector", json={"url": "https://us.example/w"})

    await side.set_connector("https://us.example/w", "whsec_x")

    assert await side.posts_to() == "https://us.example/w"
