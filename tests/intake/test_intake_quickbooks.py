"""Intuit's posts: several companies, two formats, unknown companies, the size of a body."""

from typing import Any

import pytest

from tests.support.intake import (
    REALM,
    SITE,
    Door,
    a_ready_connection,
    cloud_event,
    open_door,
)
from tests.support.services import DatabaseUrls


async def test_one_post_may_hold_events_of_several_companies(door: Door) -> None:
    await a_ready_connection(door.runtime, "con_b", "222")

    answer = await door.quickbooks(
        [
            cloud_event("e1", "5"),
            cloud_event("e2", "5", realm="222"),
            cloud_event("e3", "6", realm="nobody's"),
            cloud_event("e4", "7", entity="customer"),
        ]
    )

    assert answer.status_code == 200
    dirty = await door.rows(
        "SELECT connection_id, side, kind, record_id FROM pending_change ORDER BY connection_id, record_id"
    )
    assert [tuple(row.values()) for row in dirty] == [
        ("con_b", "quickbooks", "sale", "5"),
        (SITE, "quickbooks", "sale", "5"),
        (SITE, "quickbooks", "contact", "7"),
    ]
    [skipped] = await door.rows("SELECT connection_id, reason FROM event WHERE status = 'skipped'")
    assert skipped["connection_id"] == ""
    assert skipped["reason"]
    assert {connection_id for connection_id, _ in door.waker.wakes} == {SITE, "con_b"}


def older_format(*records: str, at: str = "2026-11-22T02:00:00.000Z") -> dict[str, Any]:
    entities = [{"name": "Invoice", "id": one, "operation": "Update", "lastUpdated": at} for one in records]
    return {"eventNotifications": [{"realmId": REALM, "dataChangeEvent": {"entities": entities}}]}


async def test_the_older_format_is_read_and_a_post_of_it_counts_once_however_often_it_comes(door: Door) -> None:
    for number in range(20):
        answer = await door.quickbooks(older_format("5", "6"), headers={"x-request-id": f"attempt-{number}"})
        assert answer.status_code == 200

    rows = await door.rows("SELECT record_id, generation FROM pending_change ORDER BY record_id")
    assert rows == [{"record_id": "5", "generation": 1}, {"record_id": "6", "generation": 1}]


async def test_another_post_of_the_older_format_about_the_same_record_counts(door: Door) -> None:
    await door.quickbooks(older_format("5"))
    await door.quickbooks(older_format("5", at="2026-11-22T02:00:01.000Z"))
    await door.quickbooks(older_format("5", "5"))

    [dirty] = await door.rows("SELECT generation FROM pending_change")
    assert dirty["generation"] == 3
    assert len(await door.rows("SELECT id FROM event")) == 4


async def test_events_without_an_id_among_others_are_known_again_too(door: Door) -> None:
    post = [cloud_event("e1", "5"), cloud_event("", "6"), cloud_event("e3", "7")]
    for _ in range(3):
        assert (await door.quickbooks(post)).status_code == 200

    rows = await door.rows("SELECT record_id, generation FROM pending_change ORDER BY record_id")
    assert [(row["record_id"], row["generation"]) for row in rows] == [("5", 1), ("6", 1), ("7", 1)]


async def test_a_repeated_event_counts_once(door: Door) -> None:
    for _ in range(2):
        await door.quickbooks([cloud_event("e1", "5")])

    [dirty] = await door.rows("SELECT generation FROM pending_change")
    assert dirty["generation"] == 1


async def test_a_merge_names_the_loser_too(door: Door) -> None:
    event = cloud_event("e1", "5", type="qbo.customer.merged.v1", data={"deletedid": "4"})
    await door.quickbooks([event])

    assert [r["record_id"] for r in await door.rows("SELECT record_id FROM pending_change ORDER BY 1")] == ["4", "5"]


async def test_a_wrong_signature_is_a_401_and_several_verifier_tokens_count(own_database: DatabaseUrls) -> None:
    async with open_door(own_database, quickbooks_webhook_verifier_tokens="new,old") as door:
        assert (await door.quickbooks([cloud_event("e1", "5")], token="old")).status_code == 200
        assert (await door.quickbooks([cloud_event("e2", "5")], token="new")).status_code == 200
        assert (await door.quickbooks([cloud_event("e3", "5")], token="wrong")).status_code == 401
        assert len(await door.rows("SELECT id FROM event")) == 2


async def test_without_a_verifier_token_the_address_is_closed(own_database: DatabaseUrls) -> None:
    async with open_door(own_database, quickbooks_webhook_verifier_tokens="") as door:
        assert (await door.quickbooks([cloud_event("e1", "5")])).status_code == 404


@pytest.mark.parametrize("raw", [b"<html>", b'{"what": 1}', b"\xff\xfe"])
async def test_a_signed_body_that_is_neither_format_is_kept_and_answered_200(door: Door, raw: bytes) -> None:
    assert (await door.quickbooks(None, raw=raw)).status_code == 200

    [kept] = await door.rows("SELECT status FROM event")
    assert kept["status"] == "quarantined"


async def test_a_megabyte_and_more_is_taken_in_at_once(door: Door) -> None:
    events = [cloud_event(f"e{number}", str(number), filler="x" * 600) for number in range(3000)]

    assert (await door.quickbooks(events)).status_code == 200

    [count] = await door.rows("SELECT count(*) AS n FROM pending_change")
    assert count["n"] == 3000
    assert len(door.waker.wakes) == 1


async def test_more_than_eight_mebibytes_are_refused(door: Door) -> None:
    assert (await door.quickbooks(None, raw=b" " * (8 * 1024 * 1024 + 1))).status_code == 413
