"""The operator's list: trouble first, with why, since when and the next step; found and filtered; and what nobody could read."""

import json
import re
from datetime import timedelta
from typing import Any

import psycopg

from app.domain.model.records import Kind, Side
from app.storage.changes import change_queue, intake
from app.storage.changes.change_queue import PendingChange
from app.storage.connections import connections
from app.storage.database import EVERY_CONNECTION, conninfo
from app.storage.watchlist import Trouble
from tests.console.pages import csrf_in, shown, sign_in
from tests.support.app import Service
from tests.support.counted import Counted
from tests.support.services import DatabaseUrls

MANY = 1000
_FILL = (
    "INSERT INTO connection (id, name, state, oncord_api_url, oncord_token, facts, configuration, first_sync_completed_at, created_at,"
    " updated_at) SELECT 'con_' || n, 'Shop ' || n, CASE WHEN n %% 50 = 7 THEN 'reconnect_required' ELSE 'ready' END,"
    " 'https://shop' || n || '.example/api', '', jsonb_build_object('quickbooks', jsonb_build_object('name', 'Company ' || n)), '{}',"
    " %(now)s, %(now)s, %(now)s FROM generate_series(1, %(many)s) n",
    "INSERT INTO token (connection_id, access_expires_at, refresh_expires_at, updated_at)"
    " SELECT 'con_' || n, %(now)s, %(now)s + interval '1 day' * (n %% 100), %(now)s FROM generate_series(1, %(many)s) n",
    "INSERT INTO read_meter (connection_id, day, reads) SELECT 'con_' || n, (%(now)s::timestamptz)::date - d, 12"
    " FROM generate_series(1, %(many)s) n, generate_series(0, 20) d",
    "INSERT INTO cursor (connection_id, side, kind, watermark, completed_at) SELECT 'con_' || n, s, k, %(now)s, %(now)s"
    " FROM generate_series(1, %(many)s) n, unnest(ARRAY['oncord', 'quickbooks']) s, unnest(ARRAY['contact', 'item', 'sale', 'receipt']) k",
    "INSERT INTO run (id, connection_id, trigger, state, counters, requested_at, finished_at) SELECT 'run_' || n || '_' || r, 'con_' || n,"
    " 'idle', 'succeeded', '{}', %(now)s - interval '1 hour' * r, %(now)s FROM generate_series(1, %(many)s) n, generate_series(1, 20) r",
    "INSERT INTO tie_out (id, connection_id, taken_at, judged, certificate) SELECT 'tie_' || n || '_' || r, 'con_' || n,"
    " %(now)s - interval '1 hour' * r, 1, '{}' FROM generate_series(1, %(many)s) n, generate_series(1, 10) r",
    "INSERT INTO tie_out_difference (tie_out_id, position, connection_id, cause, line, standing) SELECT 'tie_' || n || '_1', p, 'con_' || n,"
    " CASE WHEN n %% 100 = 3 THEN 'unexplained' ELSE 'refused' END, '{\"since\": \"2026-11-01\"}', true"
    " FROM generate_series(1, %(many)s) n, generate_series(1, 10) p",
    "INSERT INTO pending_change (connection_id, side, kind, record_id, first_changed_at, last_changed_at, parked, waits_for)"
    " SELECT 'con_' || n, 'oncord', 'sale', r::text, %(now)s, %(now)s, true, 'person' FROM generate_series(1, %(many)s) n,"
    " generate_series(1, 10) r",
    "INSERT INTO attention (id, connection_id, key, kind, summary, state, created_at, updated_at) SELECT 'att_' || n || '_' || r,"
    " 'con_' || n, r::text, 'parked', 'Waits.', 'open', %(now)s, %(now)s FROM generate_series(1, %(many)s) n, generate_series(1, 10) r",
)


async def listed(service: Service, **asked: Any) -> list[tuple[str, list[str]]]:
    answer = await service.api.get("/api/v1/watchlist", params=asked)
    assert answer.status_code == 200, answer.text
    return [(each["name"], each["troubles"]) for each in answer.json()["items"]]


async def several(service: Service) -> dict[str, str]:
    """A connection that is well, one for each of some troubles, and one that has most of them; their ids by name."""
    well, _ = await service.ready_connection()
    ids, now = {"Demo": well}, service.clock.now()
    for name in ("New", "Dead", "Waits", "Apart", "Both"):
        site = service.shop.add_site(with_sample=False)
        url = service.api_url.replace("/demo/", f"/{site.id}/")
        made = await service.connect_site(oncord_api_url=url, oncord_token=site.token, name=name)
        ids[name] = made["id"]
    async with service.container.database.transaction(EVERY_CONNECTION) as tx:
        for name in ("Dead", "Waits", "Apart", "Both"):
            await tx.execute(
                "UPDATE connection SET state = 'ready', first_sync_completed_at = %s WHERE id = %s", (now, ids[name])
            )
        why = "The permission was taken back at QuickBooks."
        service.clock.advance(hours=2)
        dead_since = service.clock.now()
        await connections.set_state(tx, ids["Dead"], "reconnect_required", why, dead_since, remedy="connect_quickbooks")
        await connections.set_state(tx, ids["Dead"], "reconnect_required", why, dead_since + timedelta(hours=1))
        for name in ("Apart", "Both"):
            await tx.execute(
                "INSERT INTO tie_out_difference (tie_out_id, position, connection_id, cause, line, standing)"
                " VALUES (%s, 0, %s, 'unexplained', '{\"since\": \"2026-11-21\"}', true)",
                (f"tie_{name}", ids[name]),
            )
        for name in ("Waits", "Both"):
            later = dead_since + timedelta(hours=9)
            rows = [PendingChange(Side.ONCORD, Kind.SALE, str(n)) for n in range(2)]
            await change_queue.add(tx, ids[name], rows, now)
            # Somebody is at work there, so that nothing of it is stuck.
            await tx.execute(
                "INSERT INTO run (id, connection_id, trigger, state, counters, requested_at, started_at)"
                " VALUES (%s, %s, 'quiet', 'running', '{}', %s, %s)",
                (f"run_{name}", ids[name], later, later),
            )
    return ids


async def test_trouble_comes_first_with_why_since_when_and_the_next_step(service: Service) -> None:
    ids = await several(service)
    found = (await service.api.get("/api/v1/watchlist")).json()
    by_name = {each["name"]: each for each in found["items"]}

    assert [(each["name"], each["troubles"]) for each in found["items"]] == [
        ("Dead", ["reconnect"]),
        ("Apart", ["unexplained"]),
        ("Both", ["unexplained", "backlog"]),
        ("Waits", ["backlog"]),
        ("New", ["not_set_up"]),
        ("Demo", []),
    ]
    dead = by_name["Dead"]
    assert dead["why"] == ["The permission was taken back at QuickBooks."]
    assert dead["since"].startswith("2026-11-22T03:00"), "since it was first so"
    assert dead["next_step"]["words"] == "Reconnect QuickBooks"
    assert by_name["Apart"]["since"].startswith("2026-11-21")
    assert by_name["Both"]["why"][1] == "2 records have waited for over an hour."
    assert by_name["Both"]["next_step"]["page"] == f"/connections/{ids['Both']}#agreement"
    assert (by_name["Demo"]["next_step"], by_name["Demo"]["since"]) == (None, None)
    assert found["counts"] | {"": 6, "backlog": 2, "unexplained": 2, "state:ready": 4} == found["counts"]

    await sign_in(service)
    words = shown(await service.browser.get("/"))
    assert "Dead no company yet" in words
    assert "Reconnect required The permission was taken back at QuickBooks." in words
    assert "22 Nov 2026, 13:00 AEST" in words, "by the clock of the shop"
    assert "UTC" not in words
    assert "21 Nov 2026" in words
    assert "21 Nov 2026," not in words, "of a day, no time is made up"
    assert words.index("Dead no company") < words.index("Waits no company") < words.index("Demo")


async def test_it_is_found_filtered_and_paged(service: Service) -> None:
    ids = await several(service)

    assert await listed(service, q="  WAITS ") == [("Waits", ["backlog"])]
    assert await listed(service, q="sandbox company") == [("Demo", [])], "by the company's name"
    assert [name for name, _ in await listed(service, q="/demo/")] == ["Demo"]
    assert await listed(service, q="%") == []
    assert [name for name, _ in await listed(service, trouble="unexplained")] == ["Apart", "Both"]
    assert [name for name, _ in await listed(service, trouble="backlog", q="both")] == ["Both"]
    assert [name for name, _ in await listed(service, state="reconnect_required")] == ["Dead"]
    assert (await service.api.get("/api/v1/watchlist", params={"trouble": "grief"})).status_code == 422

    names, cursor = [], None
    for _ in range(3):
        asked = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        part = (await service.api.get("/api/v1/watchlist", params=asked)).json()
        names += [each["name"] for each in part["items"]]
        cursor = part["next_cursor"]
    assert names == ["Dead", "Apart", "Both", "Waits", "New", "Demo"]
    assert cursor is None
    for wrong in (
        "nonsense",
        (await service.api.get("/api/v1/events", params={"limit": 1})).json()["next_cursor"] or "W10",
    ):
        assert (await service.api.get("/api/v1/watchlist", params={"cursor": wrong})).status_code == 422

    await sign_in(service)
    page = await service.browser.get("/", params={"q": "both", "trouble": "backlog"})
    assert "Both" in shown(page)
    assert "Apart" not in shown(page)
    assert ids["Both"] in page.text
    assert "There is none of these." in shown(await service.browser.get("/", params={"q": "<nobody>"}))


async def test_each_filter_stands_there_once_whichever_way_it_is_asked_for(service: Service) -> None:
    await several(service)
    await sign_in(service)
    front = (await service.browser.get("/")).text
    by_trouble = (await service.browser.get("/", params={"trouble": "reconnect"})).text
    by_state = (await service.browser.get("/", params={"state": "reconnect_required"})).text

    for page in (front, by_trouble, by_state):
        filters = re.findall(r'class="button[^"]*" href="/\?q=[^"]*"[^>]*>([^<(]+)', page)
        assert "Reconnect required " in filters
        assert len(filters) == len(set(filters)), filters
    for page in (by_trouble, by_state):
        assert re.search(r'aria-current="true">Reconnect required', page)
    assert by_trouble == by_state.replace(csrf_of(by_state), csrf_of(by_trouble))


def csrf_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found[1]


async def test_access_that_ends_soon_reads_that_run_out_and_what_nobody_looks_at_are_troubles(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    now = service.clock.now()
    async with service.container.database.transaction(EVERY_CONNECTION) as tx:
        await tx.execute("UPDATE token SET refresh_expires_at = %s", (now + timedelta(days=15),))
        await tx.execute(
            "INSERT INTO read_meter (connection_id, day, reads) VALUES (%s, %s, 499000) ON CONFLICT (connection_id, day)"
            " DO UPDATE SET reads = 499000",
            (connection_id, now.date()),
        )
        await tx.execute("UPDATE reads_of_day SET reads = 499000 WHERE day = %s", (now.date(),))
    assert await listed(service) == [("Demo", [])], "an only connection has all of the reads"
    site = service.shop.add_site(with_sample=False)
    url = service.api_url.replace("/demo/", f"/{site.id}/")
    await service.connect_site(oncord_api_url=url, oncord_token=site.token, name="Other")
    assert await listed(service) == [("Demo", ["reads"]), ("Other", ["not_set_up"])]

    service.clock.advance(days=1, minutes=1)
    async with service.container.database.transaction(connection_id) as tx:
        await connections.mark_first_sync_completed(tx, connection_id, now)
        await change_queue.add(tx, connection_id, [PendingChange(Side.ONCORD, Kind.SALE, "1")], now)
    [demo, _] = (await service.api.get("/api/v1/watchlist")).json()["items"]

    assert demo["troubles"] == ["stuck", "access_ends", "backlog", "reads"]
    assert demo["why"][:2] == [
        "1 record is due, and nobody is going to look at it.",
        "QuickBooks' permission ends on 7 Dec 2026.",
    ]
    assert demo["next_step"] == {"words": "Synchronise", "page": f"/connections/{connection_id}/synchronise"}
    assert set(demo["troubles"]) <= {each.value for each in Trouble}
    await sign_in(service)
    words = shown(await service.browser.get("/"))
    assert "QuickBooks was read 499,0" in words
    assert "it is nearly used up" in words


async def test_whoever_is_no_operator_sees_their_own_connection_and_no_list(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    made = await service.api.post(
        f"/api/v1/connections/{connection_id}/keys",
        json={"name": "Nightly", "scopes": ["read", "sync", "configure", "admin"]},
    )
    key = {"Authorization": f"Bearer {made.json()['key']}"}

    for method, path in (("GET", "watchlist"), ("GET", "events/1/delivery"), ("POST", "events/1/read-again")):
        answer = await service.browser.request(method, f"/api/v1/{path}", headers=key)
        assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]) == (403, "operator-only")


async def test_a_thousand_connections_cost_a_fixed_number_of_statements_and_no_table_is_read_whole(
    service: Service, own_database: DatabaseUrls
) -> None:
    with psycopg.connect(conninfo(own_database.admin), autocommit=True) as admin:
        for statement in _FILL:
            admin.execute(statement, {"now": service.clock.now(), "many": MANY})
        admin.execute("VACUUM ANALYZE")
    one, many = Counted(), Counted(explain=True)
    one.watch(service.container.database)
    assert len(await listed(service, q="Shop 999")) == 1
    of_one = len(one.statements)
    many.watch(service.container.database)
    found = await listed(service, limit=50)

    assert len(found) == 50
    assert [troubles for _, troubles in found[:20]] == [["reconnect"]] * 20
    assert len(many.statements) == of_one <= 8, many.statements
    assert many.scanned <= {"connection", "token", "cursor", "reads_of_day"}, "one row a connection, or eight, or a day"
    assert sum(many.pages) < 20 * MANY, many.pages


async def test_a_delivery_that_nobody_could_read_is_listed_and_read_again(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    good = {"type": "sale.saved", "data": {"entity": "sale", "id": "7", "action": "saved"}}
    bodies = [json.dumps(good).encode(), b"{", b"[" + b"1," * 40_000 + b"1]"]
    async with service.container.database.raw() as raw:
        for number, body in enumerate(bodies):
            await intake.quarantine(
                raw,
                Side.ONCORD,
                connection_id,
                body,
                reason=f"reason {number}",
                request_id="req_1",
                now=service.clock.now(),
            )
    await sign_in(service)
    page = await service.browser.get("/deliveries")
    assert "Oncord, Demo reason 0" in shown(page)
    csrf = csrf_in(page)
    cut, bad, well = [
        each["id"]
        for each in (await service.api.get("/api/v1/events", params={"status": "quarantined"})).json()["items"]
    ]
    seen = (await service.api.get(f"/api/v1/events/{well}/delivery")).json()
    assert (seen["reason"], json.loads(seen["body"])) == ("reason 0", good)

    answer = await service.browser.post(f"/deliveries/{well}/read-again", data={"csrf": csrf})
    assert "It tells of 1 change" in shown(await service.browser.get(answer.headers["location"]))
    async with service.container.database.transaction(connection_id) as tx:
        waiting = await (await tx.execute("SELECT side, kind, record_id FROM pending_change")).fetchall()
    assert waiting == [{"side": "oncord", "kind": "sale", "record_id": "7"}]
    still = await service.browser.post(f"/deliveries/{bad}/read-again", data={"csrf": csrf})
    assert "It still cannot be read" in shown(await service.browser.get(still.headers["location"]))
    assert (await service.api.post(f"/api/v1/events/{cut}/read-again")).json()["type"].endswith("delivery-cut-off")
    assert (await service.api.post(f"/api/v1/events/{well}/read-again")).status_code == 404, "once"
    [read] = (await service.api.get("/api/v1/events", params={"status": "read_again"})).json()["items"]
    assert read["reason"].startswith("It was read again by ")
    [act] = [
        each
        for each in (await service.api.get(f"/api/v1/connections/{connection_id}/audit")).json()["items"]
        if each["action"] == "delivery.read_again"
    ]
    assert act["detail"] == {"event": well, "changes": 1}
