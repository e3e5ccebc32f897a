"""The side door, the sample company, the clock, and a world that is saved and loaded."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from app.sandbox.quickbooks import Clock, World, create_app
from app.sandbox.quickbooks.serve import open_world, save
from app.sandbox.quickbooks.side_door import state
from app.sandbox.quickbooks.values.wire import dumps, money, parse

from .books import START, Books, Mailbox, open_books, still_world
from .test_quickbooks_invariants import in_order


async def test_a_new_company_comes_with_everything_needed_to_connect(us: Books) -> None:
    made = (await us.client.post("/_sandbox/companies", json={"country": "AU", "sample": True})).json()

    assert made.keys() == {"realm_id", "client_id", "client_secret", "access_token", "refresh_token", "verifier_token"}
    assert made["realm_id"].isdigit()
    assert made["client_id"] == us.world.client_id
    assert [item["realm_id"] for item in (await us.client.get("/_sandbox/companies")).json()["items"]] == [
        us.company.realm,
        made["realm_id"],
    ]


async def test_a_country_that_does_not_exist_is_refused(us: Books) -> None:
    assert (await us.client.post("/_sandbox/companies", json={"country": "ZZ"})).status_code == 400


async def test_credentials_can_be_chosen_before_anything_starts() -> None:
    world = World(client_id="me", client_secret="mine", verifier_token="ours")

    assert (world.client_id, world.client_secret, world.webhooks.verifier_token) == ("me", "mine", "ours")
    assert World().client_id == World().client_id


@pytest.mark.parametrize("country", ["AU", "US"])
async def test_the_sample_is_as_full_as_intuits(country: str) -> None:
    company = open_books(country, sample=True).company
    rows = {entity: list(table.rows.values()) for entity, table in company.tables.items()}
    invoices = [record.body for record in rows["Invoice"]]

    assert len(rows["Customer"]) >= 29
    assert any(record.body["Job"] for record in rows["Customer"])
    assert {record.body["Type"] for record in rows["Item"]} == {
        "Service",
        "NonInventory",
        "Inventory",
        "Category",
        "Group",
    }
    assert {
        entity
        for entity in ("Payment", "CreditMemo", "SalesReceipt", "RefundReceipt", "Deposit", "Purchase")
        if not rows[entity]
    } == set()
    assert {("open", "paid", "part", "void")[state_of(body)] for body in invoices} == {"open", "paid", "part", "void"}
    assert len({record.body["AccountType"] for record in rows["Account"]}) >= 13
    in_order(company)
    assert all(record.updated <= company.clock.now().timestamp() for table in rows.values() for record in table)


def state_of(invoice: dict[str, Decimal]) -> int:
    total, balance = money(invoice["TotalAmt"]), money(invoice["Balance"])
    if not total:
        return 3
    return 0 if balance == total else 2 if balance else 1


@pytest.mark.parametrize("country", ["AU", "US"])
async def test_in_the_sample_every_balance_adds_up(country: str) -> None:
    tables = open_books(country, sample=True).company.tables
    expected: defaultdict[str, Decimal] = defaultdict(Decimal)
    for entity, name, sign in (
        ("Invoice", "Balance", 1),
        ("CreditMemo", "Balance", -1),
        ("Payment", "UnappliedAmt", -1),
    ):
        for record in tables[entity].rows.values():
            expected[record.body["CustomerRef"]["value"]] += sign * money(record.body[name])

    assert {key: money(record.body["Balance"]) for key, record in tables["Customer"].rows.items()} == {
        key: money(expected[key]) for key in tables["Customer"].rows
    }


async def test_everything_is_listed_unpaged_and_what_was_deleted_apart(us: Books) -> None:
    await us.person("customer", [{"DisplayName": f"C{number}"} for number in range(150)])
    customer = await us.customer()
    await us.write("Customer", {"Id": customer["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    receipt = await us.write("SalesReceipt", {"Line": [us.line("1")]})
    await us.person("salesreceipt", {"Id": receipt["Id"]}, operation="delete")
    base = f"/_sandbox/companies/{us.company.realm}"

    assert len((await us.client.get(f"{base}/customer")).json()["items"]) == 151
    assert (await us.client.get(f"{base}/salesreceipt")).json() == {"items": []}
    assert [item["Id"] for item in (await us.client.get(f"{base}/salesreceipt?deleted=true")).json()["items"]] == [
        receipt["Id"]
    ]


async def test_a_person_needs_no_token_no_synctoken_and_is_never_throttled(us: Books) -> None:
    await us.hazards(rate_limits=True)
    customer = await us.customer()
    for number in range(20):
        changed = await us.person("customer", {"Id": customer["Id"], "sparse": True, "Notes": str(number)})
    gone = await us.person("customer", {"Id": customer["Id"]}, operation="delete")

    assert (changed["SyncToken"], gone["Active"]) == ("20", False)


async def test_what_the_vendor_refuses_a_person_is_refused_too(us: Books) -> None:
    answer = await us.client.post(f"/_sandbox/companies/{us.company.realm}/customer", json={})

    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (400, "6080")


async def test_a_list_may_be_seeded_quietly() -> None:
    mailbox = Mailbox()
    books = open_books("US", world=still_world(webhook_transport=mailbox.transport))
    books.world.webhooks.configure({"url": "https://x.example"})
    made = await books.person("customer", [{"DisplayName": "A"}, {"DisplayName": "B"}], quiet="true")

    assert [item["DisplayName"] for item in made["items"]] == ["A", "B"]
    assert books.world.webhooks.undelivered() == []


async def test_the_clock_moves_forward_only(us: Books) -> None:
    moved = await us.client.post("/_sandbox/clock", json={"advance_seconds": 3600})
    back = await us.client.post("/_sandbox/clock", json={"advance_seconds": -1})

    assert moved.json()["now"] == "2026-11-20T23:00:00+00:00"
    assert back.status_code == 400


async def test_the_log_keeps_requests_with_their_answers(us: Books) -> None:
    await us.customer("Logged")
    entry = (await us.client.get("/_sandbox/log")).json()["items"][-1]

    assert (entry["method"], entry["path"], entry["status"]) == ("POST", f"{us.path}/customer", 200)
    assert '"Logged"' in entry["request"]
    assert entry["intuit_tid"]


async def test_a_company_that_is_not_there_is_404(us: Books) -> None:
    assert (await us.client.get("/_sandbox/companies/1/calls")).status_code == 404


async def test_a_saved_world_goes_on_where_it_stopped() -> None:
    mailbox = Mailbox()
    books = open_books("AU", sample=True, world=still_world(webhook_transport=mailbox.transport))
    books.world.webhooks.configure({"url": "https://x.example"})
    customer = await books.customer("Kept")
    first = await books.write(
        "Invoice", {"CustomerRef": {"value": customer["Id"]}, "Line": [books.line("10")]}, requestid="r"
    )
    await books.payment(customer, 4, (first, 4))
    gone = await books.invoice(customer)
    await books.write("Invoice", {"Id": gone["Id"], "SyncToken": "0"}, operation="delete")
    await books.hazards(cdc_limit={"count": 3})
    books.world.clock.advance(60)
    saved = parse(dumps(state.snapshot(books.world)))

    world = still_world(webhook_transport=mailbox.transport)
    state.restore(world, saved)
    again = Books(world, world.companies[books.company.realm], books.client, books.token, books.refresh_token)
    books.client._transport = httpx.ASGITransport(app=create_app(world))

    assert parse(dumps(state.snapshot(world))) == saved
    assert world.clock.now() == books.world.clock.now()
    assert (await again.write("Invoice", {"Line": []}, requestid="r"))["Id"] == first["Id"]
    assert (await again.read("Invoice", first["Id"]))["Balance"] == 7
    assert (await again.query("select * from Customer where DisplayName = 'kept'"))["Customer"][0]["Balance"] == 7
    assert (await again.invoice(customer))["Id"] not in again.company.tables["Invoice"].deleted
    assert (
        len(
            (await again.call("GET", "cdc", entities="Customer", changedSince="2026-11-20")).json()["CDCResponse"][0][
                "QueryResponse"
            ][0]["Customer"]
        )
        <= 3
    )
    assert await world.webhooks.deliver_due() == 1


async def test_state_travels_through_the_side_door(us: Books) -> None:
    customer = await us.customer("Before")
    saved = (await us.client.get("/_sandbox/state")).content
    await us.customer("After")
    await us.client.put("/_sandbox/state", content=saved)
    us.company = us.world.companies[us.company.realm]

    assert await us.ids("select * from Customer") == [customer["Id"]]


def test_a_program_keeps_its_world_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "world.json"
    world = open_world(country="AU", state_file=file, client_id="mine")
    save(world, file)
    again = open_world(country="US", state_file=file, rate_limits=True)

    assert again.companies.keys() == world.companies.keys()
    assert (again.client_id, again.lost_answers) == ("mine", "close")
    assert again.hazards.on("rate_limits") is not None


def test_time_never_goes_back() -> None:
    moments = [START, START.replace(year=2025)]
    clock = Clock(read=lambda: moments.pop(0))

    assert clock.now() == clock.now() == START
