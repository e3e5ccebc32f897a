"""Oncord's posts: what is answered, what is stored, who is queued."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.intake import (
    SITE,
    TWO,
    Door,
    a_ready_connection,
    sale,
)

OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


async def test_a_verified_event_is_durable_dirty_and_rung_for_after_two_quiet_minutes(door: Door) -> None:
    answer = await door.oncord(sale(1041))

    assert answer.status_code == 200
    [event] = await door.rows("SELECT * FROM event")
    assert (event["connection_id"], event["kind"], event["record_id"], event["status"]) == (
        SITE,
        "sale",
        "1041",
        "accepted",
    )
    [dirty] = await door.rows("SELECT * FROM pending_change")
    assert (dirty["side"], dirty["kind"], dirty["record_id"], dirty["generation"], dirty["first_changed_at"]) == (
        "oncord",
        "sale",
        "1041",
        1,
        TWO,
    )
    assert door.waker.wakes == [(SITE, TWO + timedelta(minutes=2))]


async def test_only_the_first_of_many_events_rings_and_each_grows_the_generation(door: Door) -> None:
    for _ in range(5):
        await door.oncord(sale(1))
        door.clock.advance(seconds=1)

    assert len(door.waker.wakes) == 1
    [dirty] = await door.rows("SELECT generation, first_changed_at, last_changed_at FROM pending_change")
    assert dirty == {
        "generation": 5,
        "first_changed_at": TWO,
        "last_changed_at": TWO + timedelta(seconds=4),
    }


async def test_the_same_delivery_again_changes_nothing(door: Door) -> None:
    await door.oncord(sale(1), sale(2), message_id="msg_a")
    again = await door.oncord(sale(1), sale(2), message_id="msg_a")

    assert again.status_code == 200
    assert len(await door.rows("SELECT id FROM event")) == 2
    assert {row["generation"] for row in await door.rows("SELECT generation FROM pending_change")} == {1}


async def test_the_losers_of_a_merge_and_what_was_deleted_along_are_looked_at(door: Door) -> None:
    merged = {"entity": "contact", "id": "9", "action": "merged", "merged_ids": ["4", "5"]}
    deleted = {"entity": "sale", "id": "7", "action": "deleted", "deleted_with": {"entity": "contact", "id": "17"}}
    await door.oncord(merged, deleted)

    rows = await door.rows("SELECT kind, record_id, deleted_with FROM pending_change ORDER BY kind, record_id")
    assert [(r["kind"], r["record_id"], r["deleted_with"]) for r in rows] == [
        ("contact", "4", ""),
        ("contact", "5", ""),
        ("contact", "9", ""),
        ("sale", "7", "contact:17"),
    ]


async def test_a_wrong_signature_is_a_401_and_nothing_is_stored(door: Door) -> None:
    answer = await door.oncord(sale(1), secret=OTHER_SECRET)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert await door.rows("SELECT id FROM event") == []
    assert door.waker.wakes == []


async def test_both_secrets_count_during_a_rotation_and_a_new_one_at_once(door: Door) -> None:
    assert (await door.oncord(sale(1))).status_code == 200
    sealed = [
        door.runtime.vault.seal(secret, f"connection:{SITE}:oncord-secret")
        for secret in (OTHER_SECRET, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    ]
    await door.rows(
        "UPDATE connection SET oncord_secrets = to_jsonb(%s::text[]) WHERE id = %s RETURNING id", sealed, SITE
    )

    assert (await door.oncord(sale(1), secret=OTHER_SECRET)).status_code == 200
    assert (await door.oncord(sale(1))).status_code == 200


@pytest.mark.parametrize("secrets", [(), None])
async def test_without_a_secret_or_a_connection_the_address_is_closed(door: Door, secrets: Any) -> None:
    if secrets is not None:
        await a_ready_connection(door.runtime, "con_bare", "1", oncord_secrets=secrets)

    assert (await door.oncord(sale(1), connection_id="con_bare")).status_code == 404
    assert (await door.oncord(sale(1), connection_id="x" * 5000)).status_code == 404


async def test_an_archived_connection_is_closed(door: Door) -> None:
    await door.rows("UPDATE connection SET archived_at = %s WHERE id = %s RETURNING id", TWO, SITE)

    assert (await door.oncord(sale(1))).status_code == 404


@pytest.mark.parametrize("body", [b"not json", b"{}", b'{"data": []}'])
async def test_a_signed_body_that_nobody_can_read_is_kept_once_and_answered_200(door: Door, body: bytes) -> None:
    for _ in range(2):
        assert (await door.oncord(body=body)).status_code == 200

    [kept] = await door.rows("SELECT status, reason, detail FROM event")
    assert kept["status"] == "quarantined"
    assert kept["detail"] == {"body": body.decode(), "bytes": len(body)}
    assert kept["reason"]


async def test_what_is_not_synchronised_is_kept_with_its_reason_and_its_neighbours_count(door: Door) -> None:
    await door.oncord({"entity": "newsletter", "id": "1"}, sale(2), sale("x" * 101), "nonsense")  # type: ignore[arg-type]

    rows = await door.rows("SELECT status, reason FROM event ORDER BY id")
    assert sorted(row["status"] for row in rows) == ["accepted", "skipped", "skipped", "skipped"]
    assert all(row["reason"] for row in rows if row["status"] == "skipped")
    assert [row["record_id"] for row in await door.rows("SELECT record_id FROM pending_change")] == ["2"]


async def test_text_that_postgresql_cannot_hold_dams_nobody(door: Door) -> None:
    assert (await door.oncord(sale("1\x00"), sale("2\ud800", version="\x00"))).status_code == 200

    assert len(await door.rows("SELECT record_id FROM pending_change")) == 2


async def test_a_body_of_more_than_a_mebibyte_is_refused_whether_it_says_so_or_not(door: Door) -> None:
    async def pieces() -> Any:
        for _ in range(1025):
            yield b" " * 1024

    declared = await door.oncord(body=b" " * (1024 * 1024 + 1))
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    streamed = await door.http.post(f"/webhooks/oncord/{SITE}", content=pieces(), headers=dict.fromkeys(names, "1"))

    assert (declared.status_code, streamed.status_code) == (413, 413)
    assert (await door.oncord(body=b" " * 1024 * 1024)).status_code == 200


async def test_the_content_type_plays_no_part(door: Door) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "nonsense", ""):
        assert (await door.oncord(sale(1), headers={"content-type": content_type})).status_code == 200


async def test_events_of_one_site_never_touch_another(door: Door) -> None:
    await a_ready_connection(door.runtime, "con_other", "2")

    await door.oncord(sale(1), message_id="msg_same")
    await door.oncord(sale(1), message_id="msg_same", connection_id="con_other")

    rows = await door.rows("SELECT connection_id, generation FROM pending_change ORDER BY connection_id")
    assert rows == [{"connection_id": "con_other", "generation": 1}, {"connection_id": SITE, "generation": 1}]
    assert {connection_id for connection_id, _ in door.waker.wakes} == {SITE, "con_other"}


@pytest.mark.parametrize(
    "changes", [{"auto_sync": False}, {"first_sync_completed_at": None}, {"state": "reconnect_required"}]
)
async def test_t3_t4_changes_wait_and_none_is_lost(door: Door, changes: dict[str, Any]) -> None:
    await a_ready_connection(door.runtime, "con_waiting", "3", **changes)

    await door.oncord(sale(1), connection_id="con_waiting")

    assert len(await door.rows("SELECT 1 FROM pending_change WHERE connection_id = 'con_waiting'")) == 1
    assert door.waker.wakes == []


async def test_a_parked_record_does_not_ring_unless_a_change_is_what_it_waits_for(door: Door) -> None:
    await door.oncord(sale(1), sale(2))
    await door.rows("UPDATE pending_change SET parked = true, waits_for = 'person' WHERE record_id = '1' RETURNING 1")
    await door.rows("UPDATE pending_change SET parked = true, waits_for = 'change' WHERE record_id = '2' RETURNING 1")
    await door.rows("UPDATE schedule SET first_changed_at = NULL, last_changed_at = NULL RETURNING 1")
    door.waker.wakes.clear()

    await door.oncord(sale(1))
    assert door.waker.wakes == []
    await door.oncord(sale(2))

    assert len(door.waker.wakes) == 1
    rows = await door.rows("SELECT record_id, parked, generation FROM pending_change ORDER BY record_id")
    assert [(r["parked"], r["generation"]) for r in rows] == [(True, 2), (False, 2)]
