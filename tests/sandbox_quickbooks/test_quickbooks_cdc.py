"""Change data capture (docs/quickbooks.md 3)."""

from __future__ import annotations

from .books import Body, Books

AGES_AGO = "2026-10-21T22:00:00Z"
START = "2026-11-20T22:00:00Z"


async def blocks(books: Books, entities: str, since: str = START) -> list[Body]:
    answer = await books.call("GET", "cdc", entities=entities, changedSince=since)
    assert answer.status_code == 200, answer.text
    found: list[Body] = answer.json()["CDCResponse"][0]["QueryResponse"]
    return found


async def test_changes_come_in_blocks_in_the_order_asked_for(us: Books) -> None:
    us.world.clock.advance(60)
    customer = await us.customer()
    await us.invoice(customer)
    found = await blocks(us, "invoice,Customer,Payment", "2026-11-20T22:01:00Z")

    assert [list(block)[:1] for block in found] == [["Invoice"], ["Customer"], []]
    assert (found[0]["startPosition"], found[0]["maxResults"]) == (1, 1)


async def test_the_moment_itself_is_included(us: Books) -> None:
    await us.customer()
    us.world.clock.advance(1)

    assert await blocks(us, "Customer", "2026-11-20T14:00:01-08:00") == [{}]
    assert len((await blocks(us, "Customer", "2026-11-20T14:00:00-08:00"))[0]["Customer"]) == 1


async def test_deletions_are_stubs_at_the_end_and_alone_have_no_start_position(us: Books) -> None:
    customer = await us.customer()
    us.world.clock.advance(60)
    gone, kept = await us.invoice(customer), await us.invoice(customer)
    await us.write("Invoice", {"Id": gone["Id"], "SyncToken": "0"}, operation="delete")
    mixed = (await blocks(us, "Invoice"))[0]
    us.world.clock.advance(60)
    await us.write("Invoice", {"Id": kept["Id"], "SyncToken": "0"}, operation="delete")
    alone = (await blocks(us, "Invoice", "2026-11-20T22:02:00Z"))[0]

    stub = {
        "domain": "QBO",
        "status": "Deleted",
        "Id": gone["Id"],
        "MetaData": {"LastUpdatedTime": "2026-11-20T14:01:00-08:00"},
    }
    assert [row["Id"] for row in mixed["Invoice"]] == [kept["Id"], gone["Id"]]
    assert mixed["Invoice"][1] == stub
    assert alone.keys() == {"Invoice", "maxResults", "totalCount"}


async def test_voided_and_inactive_objects_come_whole(us: Books) -> None:
    invoice = await us.invoice(await us.customer("Buyer"))
    idle = await us.customer("Idle")
    us.world.clock.advance(60)
    await us.write("Invoice", {"Id": invoice["Id"], "SyncToken": "0"}, operation="void")
    await us.write("Customer", {"Id": idle["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    invoices, customers = await blocks(us, "Invoice,Customer", "2026-11-20T22:01:00Z")

    assert (invoices["Invoice"][0]["TotalAmt"], invoices["Invoice"][0]["PrivateNote"]) == (0, "Voided")
    assert [(row["DisplayName"], row["Active"]) for row in customers["Customer"]] == [
        ("Buyer", True),
        ("Idle (deleted)", False),
    ]


async def test_a_thousand_objects_in_all_then_silence(us: Books) -> None:
    await us.person("customer", [{"DisplayName": f"C{number:04}"} for number in range(990)])
    await us.person("vendor", [{"DisplayName": f"V{number:04}"} for number in range(30)])
    customers, vendors = await blocks(us, "Customer,Vendor")

    assert (len(customers["Customer"]), len(vendors["Vendor"])) == (990, 10)


async def test_a_moment_more_than_thirty_days_back_is_refused(us: Books) -> None:
    within = await us.call("GET", "cdc", entities="Customer", changedSince=AGES_AGO)
    us.world.clock.advance(1)
    beyond = await us.call("GET", "cdc", entities="Customer", changedSince=AGES_AGO)

    assert (within.status_code, beyond.status_code) == (200, 400)


async def test_tax_codes_are_not_captured(us: Books) -> None:
    assert (await us.call("GET", "cdc", entities="TaxCode", changedSince=START)).status_code == 400


async def test_a_sale_makes_its_customer_look_changed(us: Books) -> None:
    customer = await us.customer()
    us.world.clock.advance(60)
    await us.invoice(customer)
    found = (await blocks(us, "Customer", "2026-11-20T22:01:00Z"))[0]["Customer"]

    assert [(row["Id"], row["SyncToken"]) for row in found] == [(customer["Id"], "0")]
