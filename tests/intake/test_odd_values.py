"""Times, ids and addresses that nobody can hold: never a 500, and never at their neighbours' cost."""

import json
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import psycopg
import pytest

from app.storage.changes import intake
from tests.support.intake import SITE, TWO, Door, cloud_event, sale

BEYOND = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
NO_TIMES = [
    *BEYOND,
    "1969-12-31T23:59:59Z",
    "2200-01-01T00:00:00Z",
    "",
    "yesterday",
    7,
    None,
    [],
    "99999-01-01T00:00:00Z",
]
INCOMPRESSIBLE = "".join(sha256(bytes([n])).hexdigest() for n in range(200))
"""What PostgreSQL cannot make shorter: too long for a row of an index."""
NEVER_HELD = [
    INCOMPRESSIBLE,
    "\x00",
    "5\x00",
    "\ud800",
    "5\ud800",
    "\x1f",
    "é\x00",
    "\uffff",
    "x" * 5000,
    "5" * 300_000,
]


async def test_a_time_that_nobody_can_hold_is_no_time_and_the_event_and_its_neighbours_count(door: Door) -> None:
    for n, time in enumerate(NO_TIMES):
        odd = cloud_event(f"odd-{n}", f"1{n}", time=time)
        posts = [
            await door.quickbooks([cloud_event(f"a-{n}", f"2{n}"), odd, cloud_event(f"b-{n}", f"3{n}")]),
            await door.oncord(sale(f"4{n}"), sale(f"5{n}", timestamp=time), sale(f"6{n}")),
        ]
        assert [answer.status_code for answer in posts] == [200, 200], time

    rows = await door.rows("SELECT record_id, status, occurred_at FROM event")
    assert {row["record_id"] for row in rows} == {f"{m}{n}" for m in range(1, 7) for n in range(len(NO_TIMES))}
    assert {row["status"] for row in rows} == {"accepted"}
    assert {row["occurred_at"] for row in rows if row["record_id"][0] == "1"} == {None}
    assert {row["occurred_at"] for row in rows if row["record_id"][0] in "23"} == {TWO}


async def test_an_unusual_time_that_can_be_held_is_kept(door: Door) -> None:
    times = ["1970-01-01T00:00:00Z", "2199-12-31T23:59:59Z", "2026-11-22T02:00:00+14:00"]
    await door.quickbooks([cloud_event(f"e{n}", str(n), time=time) for n, time in enumerate(times)])

    rows = await door.rows("SELECT occurred_at FROM event ORDER BY record_id")
    assert [row["occurred_at"] for row in rows] == [datetime.fromisoformat(time) for time in times]


@pytest.mark.parametrize("member", ["id", "intuitentityid", "intuitaccountid", "type", "deletedid", "source"])
async def test_a_text_that_nobody_can_hold_spoils_no_neighbour_of_an_event_of_intuits(door: Door, member: str) -> None:
    for n, odd in enumerate(NEVER_HELD):
        strange = cloud_event(f"odd-{n}", f"1{n}", entity="customer", data={"deletedid": odd})
        if member != "deletedid":
            strange[member] = odd
        answer = await door.quickbooks([cloud_event(f"a-{n}", f"2{n}"), strange, cloud_event(f"b-{n}", f"3{n}")])
        assert answer.status_code == 200

    await _all_neighbours_count(door, [f"{m}{n}" for m in (2, 3) for n in range(len(NEVER_HELD))])


@pytest.mark.parametrize("member", ["id", "entity", "version", "action", "actor", "merged_ids", "deleted_with"])
async def test_a_text_that_nobody_can_hold_spoils_no_neighbour_of_a_sites_event(door: Door, member: str) -> None:
    for n, odd in enumerate(NEVER_HELD):
        shapes: dict[str, Any] = {"merged_ids": [odd], "deleted_with": {"entity": "contact", "id": odd}}
        strange = sale(f"1{n}", **{member: shapes.get(member, odd)})
        assert (await door.oncord(sale(f"2{n}"), strange, sale(f"3{n}"))).status_code == 200

    await _all_neighbours_count(door, [f"{m}{n}" for m in (2, 3) for n in range(len(NEVER_HELD))])


async def _all_neighbours_count(door: Door, records: list[str]) -> None:
    rows = await door.rows("SELECT record_id, status FROM event")
    assert set(records) <= {row["record_id"] for row in rows if row["status"] == "accepted"}
    assert "quarantined" not in {row["status"] for row in rows}
    assert set(records) <= {row["record_id"] for row in await door.rows("SELECT record_id FROM pending_change")}


async def test_a_number_of_thousands_of_digits_spoils_no_neighbour(door: Door) -> None:
    digits = "7" * 5000
    body = json.dumps({"type": "sale.saved", "data": [sale(1), sale(2, version="@"), sale(3)]}).replace('"@"', digits)
    events = json.dumps([cloud_event("e1", "5"), cloud_event("e2", "6", data="@")]).replace('"@"', digits)

    assert (await door.oncord(body=body.encode())).status_code == 200
    assert (await door.quickbooks(None, raw=events.encode())).status_code == 200

    rows = await door.rows("SELECT record_id FROM event WHERE status = 'accepted' ORDER BY record_id")
    assert [row["record_id"] for row in rows] == ["1", "2", "3", "5", "6"]


async def test_of_a_post_of_which_one_event_cannot_be_stored_the_others_are(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = intake.accept

    async def choosy(connection: Any, arrivals: Any, now: Any) -> Any:
        if any(arrival.record_id == "13" for arrival in arrivals):
            raise psycopg.DataError("cannot be stored")
        return await real(connection, arrivals, now)

    monkeypatch.setattr(intake, "accept", choosy)

    assert (await door.oncord(*(sale(number) for number in range(10, 20)))).status_code == 200

    rows = await door.rows("SELECT record_id, status FROM event ORDER BY record_id")
    assert [row["record_id"] for row in rows if row["status"] == "accepted"] == [
        str(number) for number in range(10, 20) if number != 13
    ]
    assert [row["status"] for row in rows if row["status"] != "accepted"] == ["quarantined"]


async def test_an_address_with_an_id_that_nobody_can_hold_is_closed(door: Door) -> None:
    for address in ("con%00site", "%00", "con_site%00", "con_site%1f", "%ff"):
        answer = await door.oncord(sale(1), connection_id=address)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"

    assert (await door.oncord(sale(1), connection_id=SITE)).status_code == 200


async def test_a_zero_byte_in_any_address_finds_nothing_and_fails_nothing(door: Door) -> None:
    authorised = {"authorization": "Bearer key"}
    record = "/api/v1/connections/con_site/records/oncord/sale"
    for path in ("/api/v1/connections/con%00", f"{record}/1%00", "/%00", "/static/%00", "/webhooks/%00/x"):
        assert (await door.http.get(path, headers=authorised)).status_code in (404, 422), path
    for query in ("cursor=%00", "status=skipped&limit=%00", "%00"):
        assert (await door.http.get(f"/api/v1/events?{query}", headers=authorised)).status_code == 422, query

    assert (await door.http.get("/api/v1/events?status=skipped", headers=authorised)).status_code == 200


AN_HOUR = timedelta(hours=1)
KEPT = timedelta(days=90) - AN_HOUR


async def test_a_delivery_counts_as_long_as_it_would_be_known_again(door: Door) -> None:
    a_second = timedelta(seconds=1)
    for at in (TWO, TWO - timedelta(days=30), TWO - KEPT, TWO + AN_HOUR):
        assert (await door.oncord(sale(1), at=at)).status_code == 200, at
    for at in (TWO - KEPT - a_second, TWO + AN_HOUR + a_second, TWO.replace(year=1971), TWO.replace(year=9000)):
        assert (await door.oncord(sale(1), at=at)).status_code == 401, at

    assert len(await door.rows("SELECT id FROM event")) == 4


async def test_once_its_event_was_pruned_a_delivery_that_is_sent_again_is_refused(door: Door) -> None:
    assert (await door.oncord(sale(1), message_id="msg_old", at=TWO + AN_HOUR)).status_code == 200
    door.clock.advance(days=90, seconds=1)

    assert (await door.oncord(sale(1), message_id="msg_old", at=TWO + AN_HOUR)).status_code == 401


async def test_a_merge_of_very_many_is_stored_by_events_of_a_few_each(door: Door) -> None:
    """One notice of 20,000 losers held up everybody's commits, and could never be stored."""
    losers = [str(n) for n in range(1000, 21_000)]
    answer = await door.oncord(sale("9", action="merged", merged_ids=losers, version="7"))
    assert answer.status_code == 200

    rows = await door.rows("SELECT record_id FROM pending_change")
    assert {row["record_id"] for row in rows} == {"9", *losers}
    again = await door.oncord(sale("9", action="merged", merged_ids=losers, version="7"))
    assert again.status_code == 200
    [[most]] = [list(row.values()) for row in await door.rows("SELECT max(generation) FROM pending_change")]
    assert most in (1, 2), "an event that comes again under another message id is another event"


async def test_a_row_too_long_for_postgresql_is_no_absence_of_it(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where what is stored grows beyond what is cut here: kept aside, and its neighbours are stored, at once."""
    monkeypatch.setattr(intake, "KEPT_OF_A_WORD", 1_000_000)
    answer = await door.oncord(sale("1"), sale("2", version=INCOMPRESSIBLE, id="3" + INCOMPRESSIBLE), sale("4"))

    assert answer.status_code == 200
    rows = await door.rows("SELECT record_id FROM pending_change")
    assert {row["record_id"] for row in rows} == {"1", "4"}
