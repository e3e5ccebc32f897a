"""After an outage nothing is missing: cut change lists, cursors older than QuickBooks remembers, mass deletes.

The sizes of the issue (1,800 deletes, 5,000 changes) are played with GAP_SIZE=full; the suite plays a tenth of them with
a change list that is cut a tenth as long.
"""

import os

import pytest

from app.domain.model.operations import Action
from app.domain.model.records import Kind
from app.oncord.client import OncordSide
from tests.support.joint import Joint

FULL = os.environ.get("GAP_SIZE") == "full"
DELETED, CHANGED, CUT = (1800, 5000, 1000) if FULL else (180, 240, 100)
DAY = 86_400


async def _books_with_invoices(joint: Joint, count: int) -> list[str]:
    """`count` invoices of one customer, made in QuickBooks and already in Oncord; their ids."""
    customer = await joint.person("customer", {"DisplayName": "Bulk Buyer"})
    item = next(i["Id"] for i in await joint.books_list("item") if i["Name"] == "Oncord sales")
    gst = next(c["Id"] for c in await joint.books_list("taxcode") if c["Name"] == "GST")
    detail = {"ItemRef": {"value": item}, "Qty": 1, "UnitPrice": 10, "TaxCodeRef": {"value": gst}}
    body = {
        "CustomerRef": {"value": customer["Id"]},
        "GlobalTaxCalculation": "TaxExcluded",
        "Line": [{"Amount": 10, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}],
    }
    made = (await joint.in_books("POST", "invoice?quiet=true", [body] * count))["items"]
    ids = [next(iter(m.values()))["Id"] if "Id" not in m else m["Id"] for m in made]
    await joint.sync()
    assert len(await joint.shop_list("sales")) == count
    return [str(i) for i in ids]


@pytest.mark.parametrize("days", [1, 35])
async def test_what_was_deleted_and_changed_in_quickbooks_during_an_outage_arrives_afterwards(
    joint: Joint, days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.quickbooks.client.CDC_LIMIT", CUT)  # the vendor's number; a smaller one for a smaller test
    ids = await _books_with_invoices(joint, DELETED + CHANGED)
    await joint.hazard("quickbooks", "cdc_limit", count=CUT)
    for record_id in ids[:DELETED]:
        await joint.in_books("POST", "invoice?operation=delete", {"Id": record_id})
    for record_id in ids[DELETED:]:
        await joint.person("invoice", {"Id": record_id, "sparse": True, "DueDate": "2027-01-31"})
    joint.clock.pass_time(days * DAY)
    run = await joint.sync()

    assert run.state == "succeeded", (run.error, run.counters)
    sales = await joint.shop_list("sales")
    assert len(sales) == DELETED + CHANGED
    assert sum(s["books_status"] == "gone" for s in sales) == DELETED
    assert sum(s["due_date"] == "2027-01-31" for s in sales) == CHANGED

    await joint.sync()

    assert await joint.writes() == []


async def test_sales_deleted_in_oncord_by_the_hundred_are_held_and_arrive_after_approval(joint: Joint) -> None:
    contact = await joint.contact()
    sales = [await joint.sale(contact["id"]) for _ in range(DELETED + 5)]
    await joint.sync()
    assert len(await joint.books_list("invoice")) == DELETED + 5
    for sale in sales[:DELETED]:
        await joint.in_shop("DELETE", f"sales/{sale['id']}")
    run = await joint.sync()

    assert run.state == "held"
    assert len(await joint.books_list("invoice")) == DELETED + 5
    [item] = await joint.attention()

    await joint.answer(item.id, "approve")
    run = await joint.sync()

    assert run.state == "succeeded", run.counters
    assert len(await joint.books_list("invoice")) == 5


async def test_a_delete_in_oncord_that_is_older_than_its_memory_is_found_missing_and_held(joint: Joint) -> None:
    contact = await joint.contact()
    sales = [await joint.sale(contact["id"]) for _ in range(30)]
    await joint.sync()
    await joint.in_shop("DELETE", f"sales/{sales[0]['id']}")
    joint.clock.pass_time(95 * DAY)
    run = await joint.sync()

    assert run.state == "held", run.counters
    assert len(await joint.books_list("invoice")) == 30
    [item] = [i for i in await joint.attention() if i.kind == "mass_delete"]

    await joint.answer(item.id, "approve")
    await joint.sync()

    left = [invoice["TotalAmt"] for invoice in await joint.books_list("invoice")]
    assert left.count(0) == 1, "what stands in an earlier month is voided (S3)"
    assert len(left) == 30


@pytest.mark.parametrize("told", [False, True])
async def test_c3_what_went_with_its_contact_stays_in_the_books_also_where_only_the_absence_tells(
    joint: Joint, told: bool
) -> None:
    other = await joint.contact("Ben", "Bond")
    for _ in range(5):
        await joint.sale(other["id"])
    contact = await joint.contact()
    for _ in range(2):
        await joint.receipt(await joint.sale(contact["id"]))
    await joint.sync()
    await joint.in_shop("DELETE", f"contacts/{contact['id']}?cascade=true")
    if told:
        await joint.touched("oncord", "contact", contact["id"])
    joint.clock.pass_time(95 * DAY)
    run = await joint.sync()

    assert run.state == "succeeded", run.counters
    assert len(await joint.books_list("invoice")) == 7
    assert len(await joint.books_list("payment")) == 2
    assert await joint.attention() == []
    assert {d.operation.rule for d in await joint.decisions() if d.operation.action is Action.TOMBSTONE} == {"C3"}


async def test_a_sale_that_is_missing_after_its_contact_was_deleted_long_before_is_held_with_what_it_is_about(
    joint: Joint,
) -> None:
    contact = await joint.contact()
    sale = await joint.sale(contact["id"])
    await joint.sale((await joint.contact("Ben", "Bond"))["id"])
    await joint.sync()
    await joint.in_shop("DELETE", f"contacts/{contact['id']}")
    joint.clock.pass_time(DAY)
    await joint.sync()
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    joint.clock.pass_time(95 * DAY)
    run = await joint.sync()

    assert run.state == "held", run.counters
    [item] = [i for i in await joint.attention() if i.kind == "mass_delete"]
    assert item.detail["count"] == 1
    assert item.detail["amounts"] == {"AUD": "22.00"}
    [listed] = item.detail["records"]
    assert (listed["id"], listed["number"], listed["amount"]) == (sale["id"], sale["number"], "22.00")
    assert sale["number"] in listed["label"]
    assert "1 sale of 22.00 AUD was removed in Oncord" in item.summary


async def test_many_changes_in_oncord_are_read_page_by_page_and_tell_their_deletes_themselves(
    joint: Joint, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = await joint.contact()
    sales = [await joint.sale(contact["id"]) for _ in range(30)]
    await joint.sync()
    monkeypatch.setattr("app.oncord.client.PAGE_SIZE", 5)
    asked_whole: list[Kind] = []

    async def ids(self: OncordSide, kind: Kind) -> frozenset[str]:
        asked_whole.append(kind)
        return await everything(self, kind)

    everything = OncordSide.ids
    monkeypatch.setattr(OncordSide, "ids", ids)
    await joint.in_shop("DELETE", f"sales/{sales[0]['id']}")
    for sale in sales[1:]:
        await joint.in_shop("PATCH", f"sales/{sale['id']}", {"due_date": "2027-01-31"})
    joint.clock.pass_time(DAY)
    run = await joint.sync()

    assert run.state == "succeeded", (run.error, run.counters)
    invoices = await joint.books_list("invoice")
    assert [i["DueDate"] for i in invoices] == ["2027-01-31"] * 29
    assert set(asked_whole) <= {Kind.ITEM}  # the catalogue alone does not tell what was taken out of it

    await joint.sync()

    assert await joint.writes() == []
