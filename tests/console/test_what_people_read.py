"""What stands on the pages is written for people, whole, and offers what it advises."""

import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest

from app.console import readable
from app.domain.model.operations import Label
from app.domain.model.records import Contact as ContactRecord
from app.domain.model.records import (
    Kind,
    Money,
    Name,
    Sale,
    Side,
    Snapshot,
)
from app.domain.model.waiting import choice_of_code
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.storage.connections import connections
from app.storage.people import attention
from app.storage.records import links, mirrors
from tests.console.pages import shown, sign_in
from tests.support.app import Service

ADDRESS = {"line1": "1 Quay St", "suburb": "Sydney", "state": "NSW", "postcode": "2000", "country": "AU"}
MONEY = {
    "currency": "AUD",
    "lines": [{"total": "44.00", "kind": "item", "description": "Tea pot", "quantity": "2"}],
    "tax_total": "4.00",
    "total": "44.00",
}


@pytest.mark.parametrize(
    ("field", "found", "words"),
    [
        ("billing_address", ADDRESS, "1 Quay St, Sydney NSW 2000, AU"),
        ("billing_address", {}, "nothing"),
        ("name", {"type": "individual", "first": "Ada", "last": "Byron", "display": "Ada B"}, "Ada Byron"),
        ("name", {"type": "company", "company": "Acme", "display": "Acme"}, "Acme"),
        ("name", {"type": "individual", "first": "Ada", "company": "Acme"}, "Ada, Acme"),
        ("money", MONEY, "44.00 AUD, 4.00 AUD of it tax: 2 × Tea pot 44.00 AUD"),
        ("money", {"currency": "AUD", "total": "0.00", "tax_total": "0.00"}, "0.00 AUD"),
        ("payment", {"amount": "44.00", "currency": "AUD"}, "44.00 AUD, for no document"),
        (
            "payment",
            {"amount": "44.00", "currency": "AUD", "allocations": [{"amount": "40.00"}, {"amount": "4.00"}]},
            "44.00 AUD, for 2 documents (40.00 AUD + 4.00 AUD)",
        ),
        ("due_date", "2026-11-22", "22 Nov 2026"),
        ("voided", True, "yes"),
        ("contact_id", "17", "Ada Byron"),
        ("contact_id", "18", "another person"),
        ("notes", "2026-11-22", "2026-11-22"),
        ("email", "", "nothing"),
    ],
)
def test_no_value_is_shown_as_a_structure(field: str, found: Any, words: str) -> None:
    assert readable.value(field, found, {"17": "Ada Byron"}) == words


async def ask(service: Service, connection_id: str, number: int, **members: Any) -> None:
    async with service.container.database.transaction(connection_id) as tx:
        await attention.open_item(
            tx,
            connection_id,
            **{
                "item_id": f"att_{number:03}",
                "key": f"key {number}",
                "kind": "parked",
                "rule": "S1",
                "summary": f"Sale number {number} waits.",
                "side": "oncord",
                "record_kind": "sale",
                "record_id": str(number),
                "now": service.clock.now(),
                **members,
            },
        )


async def test_every_open_item_is_counted_and_can_be_reached(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    for number in range(120):
        await ask(service, connection_id, number)
    await sign_in(service)

    page = await service.browser.get(f"/connections/{connection_id}")
    assert "Needs attention (120)" in shown(page)
    seen = set(re.findall(r"Sale number (\d+) waits", shown(page)))
    while older := re.search(r'href="([^"]*items=[^"]*)"', page.text):
        page = await service.browser.get(older[1].replace("&amp;", "&"))
        seen |= set(re.findall(r"Sale number (\d+) waits", shown(page)))
    assert len(seen) == 120


async def test_an_item_is_headed_by_its_document_with_date_and_money(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    from datetime import date
    from decimal import Decimal

    named = Label("Sale 1041", "1041", date(2026, 11, 22), Decimal("44.00"), "AUD", "Ada Byron")
    await ask(service, connection_id, 1, subject=named)
    await sign_in(service)

    page = shown(await service.browser.get(f"/connections/{connection_id}"))

    assert "Sale 1041, Ada Byron, 22 Nov 2026, $44.00 Sale number 1 waits." in page


async def test_people_who_differ_are_called_by_their_names(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    async with service.container.database.transaction(connection_id) as tx:
        for side, record_id, name in ((Side.ONCORD, "17", "Ada"), (Side.QUICKBOOKS, "58", "Grace")):
            record = ContactRecord(name=Name(first=name, last="Hopper"))
            await mirrors.save(
                tx, connection_id, [Snapshot(side, Kind.CONTACT, record_id, "1", record)], service.clock.now()
            )
    disagreement = {"field": "contact_id", "oncord": "17", "quickbooks": "58", "winner": "oncord"}
    await ask(service, connection_id, 1, kind="conflict", detail={"disagreements": [disagreement]})
    await sign_in(service)

    page = shown(await service.browser.get(f"/connections/{connection_id}"))

    assert "person Contact Ada Hopper Customer Grace Hopper Oncord" in page


@pytest.mark.parametrize(
    ("won_at", "words"),
    [
        ("2026-11-22T05:30:00+00:00", "last changed 22 Nov 2026, 14:10 AEST 22 Nov 2026, 15:30 AEST"),
        ("", "last changed 22 Nov 2026, 14:10 AEST not known"),
    ],
)
async def test_a_conflict_says_when_each_side_was_changed_last(service: Service, won_at: str, words: str) -> None:
    connection_id, _ = await service.ready_connection()
    disagreement = {"field": "email", "oncord": "a@x.com", "quickbooks": "b@x.com", "winner": "quickbooks"}
    losing = {"side": "oncord", "typed_at": "2026-11-22T04:10:00+00:00", "won_at": won_at}
    await ask(service, connection_id, 1, kind="conflict", detail={"disagreements": [disagreement], "losing": losing})
    await sign_in(service)

    assert words in shown(await service.browser.get(f"/connections/{connection_id}"))


async def test_a_conflict_that_keeps_no_value_says_no_time(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    disagreement = {"field": "email", "oncord": "a@x.com", "quickbooks": "b@x.com", "winner": "quickbooks"}
    await ask(service, connection_id, 1, kind="conflict", detail={"disagreements": [disagreement]})
    await sign_in(service)

    assert "last changed" not in shown(await service.browser.get(f"/connections/{connection_id}"))


async def test_a_mass_removal_is_only_approved_by_whoever_says_so_twice(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    await ask(service, connection_id, 1, kind="mass_delete", actions=["approve"])
    csrf = await sign_in(service)
    address = f"/connections/{connection_id}"

    await service.browser.post(f"{address}/attention/att_001", data={"csrf": csrf, "action": "approve"})
    assert "Nothing was removed: tick the box" in shown(await service.browser.get(address))
    assert "Needs attention (1)" in shown(await service.browser.get(address))
    await service.browser.post(f"{address}/attention/att_001", data={"csrf": csrf, "action": "approve", "sure": "1"})

    assert "Nothing waits for you." in shown(await service.browser.get(address))


async def test_what_was_deleted_is_made_anew_with_the_button_of_its_decision(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    run_id = (await service.api.post(f"/api/v1/connections/{connection_id}/syncs")).json()["id"]
    now = service.clock.now()
    async with service.container.database.transaction(connection_id) as tx:
        await tx.execute(
            "INSERT INTO link (connection_id, kind, oncord_id, quickbooks_id, origin, created_at, updated_at)"
            " VALUES (%s, 'sale', '1041', '145', 'oncord', %s, %s)",
            (connection_id, now, now),
        )
        [link] = await links.of_records(tx, connection_id, Kind.SALE, Side.ONCORD, ["1041"])
        await links.add_tombstones(tx, connection_id, [link.id], Side.QUICKBOOKS, "It was deleted.", now)
        await tx.execute(
            "INSERT INTO operation (id, connection_id, run_id, sequence, epoch, action, side, kind, source_id,"
            " target_id, rule, reason, fields, disagreements, state, created_at) VALUES ('op_1', %s, %s, 1, 1,"
            " 'tombstone', 'quickbooks', 'sale', '1041', '145', 'S6', 'It was deleted.', '[]', '[]', 'decided', %s)",
            (connection_id, run_id, now),
        )
    csrf = await sign_in(service)
    page = await service.browser.get(f"/connections/{connection_id}/runs/{run_id}")
    assert "Put it back in QuickBooks" in shown(page)
    button = re.search(r'action="([^"]+/put-back)"', page.text)
    assert button

    answer = await service.browser.post(button[1], data={"csrf": csrf})

    assert "/runs/" in answer.headers["location"]
    async with service.container.database.transaction(connection_id) as tx:
        [link] = await links.of_records(tx, connection_id, Kind.SALE, Side.ONCORD, ["1041"])
    assert link.state == "revived"
    again = await service.browser.post(button[1], data={"csrf": csrf})
    assert again.status_code == 303
    assert "No counterpart of this record was ever deleted" in shown(
        await service.browser.get(again.headers["location"])
    )


@pytest.mark.parametrize(
    ("state", "remedy", "button"),
    [
        ("reconnect_required", "connect_quickbooks", "Reconnect to QuickBooks"),
        ("blocked", "connect_quickbooks", "Reconnect to QuickBooks"),
        ("reconnect_required", "renew_site_token", "Give a fresh Oncord token"),
        ("blocked", "correct_site_address", "Correct the site's address"),
        ("blocked", "", "Synchronise"),
        ("ready", "", "Synchronise"),
    ],
)
async def test_the_main_button_is_what_mends_the_connection(
    service: Service, state: connections.State, remedy: str, button: str
) -> None:
    connection_id, _ = await service.ready_connection()
    async with service.container.database.transaction(connection_id) as tx:
        await connections.set_state(tx, connection_id, state, "So it is.", service.clock.now(), remedy=remedy)
    await sign_in(service)

    page = await service.browser.get(f"/connections/{connection_id}")

    [main] = re.findall(r'class="(?:button )?main"[^>]*>([^<]+)<', page.text)
    assert unescape(main) == button
    assert (await service.state(connection_id))["remedy"] == remedy


async def test_access_given_anew_at_quickbooks_does_not_hide_that_the_site_refuses_us(service: Service) -> None:
    connection_id, realm = await service.ready_connection()
    async with service.container.database.transaction(connection_id) as tx:
        await connections.set_state(
            tx,
            connection_id,
            "reconnect_required",
            "The shop no longer accepts our token.",
            service.clock.now(),
            remedy="renew_site_token",
        )

    assert await service.join_company(connection_id, realm) == "connected"

    seen = await service.state(connection_id)
    assert (seen["state"], seen["remedy"]) == ("reconnect_required", "renew_site_token")


async def test_a_fresh_token_does_not_hide_that_quickbooks_refuses_us(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    async with service.container.database.transaction(connection_id) as tx:
        await connections.set_state(tx, connection_id, "reconnect_required", "Dead.", service.clock.now())
        await tx.execute("UPDATE token SET dead_since = %s", (service.clock.now(),))
    csrf = await sign_in(service)

    from tests.support.app import SITE_TOKEN

    await service.browser.post(f"/connections/{connection_id}/site", data={"csrf": csrf, "oncord_token": SITE_TOKEN})

    seen = await service.state(connection_id)
    assert (seen["state"], seen["remedy"]) == ("reconnect_required", "connect_quickbooks")


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/launch?ticket=ended", 401, "This link has ended"),
        ("GET", "/no/such/page", 404, "There is no page at this address."),
        ("GET", "/connections/con_0", 404, "There is no connection with this id"),
        ("GET", "/sign-in", 405, "This page cannot be opened that way."),
        ("POST", "/docs", 405, "This page cannot be opened that way."),
    ],
)
async def test_a_browser_gets_a_page_where_there_is_nothing_to_see(
    service: Service, method: str, path: str, status: int, words: str
) -> None:
    await sign_in(service)

    answer = await service.browser.request(method, path, headers={"Accept": "text/html,application/xhtml+xml,*/*"})

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert words.lower() in shown(answer).lower()
    assert "Back to the connections" in shown(answer)


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("/api/v1/nothing", "text/html", 404),
        ("/no/such/page", "application/json", 404),
        ("/no/such/page", "*/*", 404),
        ("/oauth/quickbooks/connect?connection_id=con_1", "application/json", 404),
    ],
)
async def test_a_program_gets_a_problem_document(service: Service, path: str, accept: str, status: int) -> None:
    answer = await service.api.get(path, headers={"Accept": accept})

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/problem+json")


async def _waits(service: Service, connection_id: str, code: str, side: Side, *totals: str) -> None:
    """Documents that a run has laid aside for a tax code that nobody has decided about."""
    async with service.container.database.transaction(connection_id) as tx:
        for number, total in enumerate(totals):
            sale_id = f"{side}-{code}-{number}"
            sale = Sale("17", Money("AUD", total=Decimal(total)))
            await mirrors.save(tx, connection_id, [Snapshot(side, Kind.SALE, sale_id, "1", sale)], service.clock.now())
            change = PendingChange(side, Kind.SALE, sale_id, mirrored=True)
            await change_queue.add(tx, connection_id, [change], service.clock.now())
            await change_queue.park(tx, connection_id, [change], waits_for=choice_of_code(code), reason="It waits.")


async def test_the_configuration_form_counts_the_documents_that_wait_for_each_tax_code(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    choices = await service.choices(connection_id)
    first, second = (code["id"] for code in choices["tax_codes"][:2])
    there = choices["quickbooks_tax_codes"][0]
    await _waits(service, connection_id, first, Side.ONCORD, "20.00", "40.00")
    await _waits(service, connection_id, second, Side.ONCORD, "7.00")
    await _waits(service, connection_id, there["id"], Side.QUICKBOOKS, "5.50")
    await sign_in(service)

    page = await service.browser.get(f"/connections/{connection_id}/configuration")
    rows = dict(re.findall(r'name="tax:([^"]+)"(.*?)</tr>', page.text, re.DOTALL))
    assert "2 documents wait: $60.00." in rows[first]
    assert "1 document waits: $7.00." in rows[second]
    assert [code for code, row in rows.items() if "document" in row] == [first, second]
    assert f"Of QuickBooks' {there['name']}, which no code above leads to, 1 document waits: $5.50." in shown(page)


async def test_the_configuration_form_counts_nothing_where_nothing_waits(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    await sign_in(service)

    page = shown(await service.browser.get(f"/connections/{connection_id}/configuration"))
    assert "document" not in page.split("Tax codes")[1].split("Items")[0]
