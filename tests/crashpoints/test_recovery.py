"""An answer is lost, and before we look somebody has done something to what we wrote. Nobody's doing is undone."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.model.link_part import PRIMARY, OfRecord
from app.domain.model.links import Origin
from app.domain.model.records import Kind, Side
from app.storage.records import links
from app.storage.records.agreed_pairs import AgreedPair, agree
from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls

HALF_A_CENT = {"description": "Half a cent of tax", "quantity": "1", "unit_price": "0.45", "tax_code": "GST"}


async def _lose_the_answer(joint: Joint, side: str, entity: str) -> None:
    """One turn, in which a write of `entity` is carried out and not answered."""
    await joint.hazard(side, "answer_lost", entity=entity, times=1)
    run = await joint.sync(turns=1)
    assert run.state == "running", run
    assert run.counters["interruptions"] == 1
    await joint.hazard(side, "answer_lost", on=False)


async def _go_on(joint: Joint) -> None:
    for _ in range(20):
        if not await joint.turn(joint.last_run):
            return
    raise AssertionError("the run does not end")


async def _quiet(joint: Joint) -> None:
    run = await joint.sync()
    assert run.state == "succeeded", (run.error, run.counters)
    run = await joint.sync()
    assert await joint.writes() == [], run.counters


async def _again(joint: Joint) -> None:
    """A further run writes nothing; what is laid aside stays so."""
    await joint.sync()
    assert await joint.writes() == []


async def _links(joint: Joint, kind: Kind, oncord_id: str) -> list[tuple[str, str]]:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        found = await links.of_records(tx, joint.connection_id, kind, Side.ONCORD, [oncord_id])
    return [(link.state.value, link.gone.value if link.gone else "") for link in found]


async def _invoice_by_person(joint: Joint, name: str = "Grace") -> dict[str, Any]:
    customer = await joint.person(
        "customer", {"GivenName": name, "FamilyName": "Hopper", "PrimaryEmailAddr": {"Address": f"{name}@example.com"}}
    )
    item = next(i for i in await joint.books_list("item") if i["Name"] == "Oncord sales")
    gst = next(c["Id"] for c in await joint.books_list("taxcode") if c["Name"] == "GST")
    detail = {"ItemRef": {"value": item["Id"]}, "Qty": 3, "UnitPrice": 10, "TaxCodeRef": {"value": gst}}
    return await joint.person(
        "invoice",
        {
            "CustomerRef": {"value": customer["Id"]},
            "GlobalTaxCalculation": "TaxExcluded",
            "Line": [{"Amount": 30, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}],
        },
    )


async def test_s6_an_invoice_deleted_before_we_heard_of_it_is_gone_although_its_answer_is_replayed(
    joint: Joint,
) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await _lose_the_answer(joint, "quickbooks", "invoice")
    [invoice] = await joint.books_list("invoice")
    await joint.person("invoice", {"Id": invoice["Id"], "SyncToken": invoice["SyncToken"]}, operation="delete")
    await _go_on(joint)
    await _quiet(joint)

    assert await joint.books_list("invoice") == []
    assert await _links(joint, Kind.SALE, sale["id"]) == [("tombstone", "quickbooks")]
    assert [s["books_status"] for s in await joint.shop_list("sales")] == ["gone"]


@pytest.mark.parametrize("ignored", [False, True])
async def test_i4_what_a_person_changed_on_an_invoice_before_we_heard_of_it_arrives(
    joint: Joint, ignored: bool
) -> None:
    await joint.hazard("quickbooks", "requestid_ignored", on=ignored)
    await joint.sale((await joint.contact())["id"])
    await _lose_the_answer(joint, "quickbooks", "invoice")
    [invoice] = await joint.books_list("invoice")
    await joint.person("invoice", {"Id": invoice["Id"], "sparse": True, "DueDate": "2027-02-03"})
    await _go_on(joint)
    await _quiet(joint)

    assert [i["DueDate"] for i in await joint.books_list("invoice")] == ["2027-02-03"]
    assert [s["due_date"] for s in await joint.shop_list("sales")] == ["2027-02-03"]


@pytest.mark.parametrize("ignored", [False, True])
async def test_i4_an_update_whose_answer_was_lost_is_not_written_again_over_what_came_after(
    joint: Joint, ignored: bool
) -> None:
    await joint.hazard("quickbooks", "requestid_ignored", on=ignored)
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await joint.sync()
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "0400 000 000"})
    await _lose_the_answer(joint, "quickbooks", "customer")
    [customer] = await joint.books_list("customer")
    website = {"WebAddr": {"URI": "https://ada.example.com"}, "PrimaryPhone": {"FreeFormNumber": "0400 999 999"}}
    await joint.person("customer", {"Id": customer["Id"], "sparse": True, **website})
    await _go_on(joint)
    await _quiet(joint)

    [customer] = await joint.books_list("customer")
    [contact] = await joint.shop_list("contacts")
    assert (customer["PrimaryPhone"]["FreeFormNumber"], customer["WebAddr"]["URI"]) == (
        contact["phone"],
        contact["website"],
    )
    assert contact["website"] == "https://ada.example.com"
    if not ignored:  # the write is known to be ours, so the later phone number is simply newer
        assert contact["phone"] == "0400 999 999"
    else:  # nobody can tell any more; the loser is kept
        kept = [str(item.detail) for item in await joint.attention()]
        assert contact["phone"] == "0400 999 999" or any("0400 999 999" in detail for detail in kept)


async def test_s4_a_sale_deleted_in_oncord_before_we_heard_of_it_is_not_made_again(joint: Joint) -> None:
    await _invoice_by_person(joint)
    await _lose_the_answer(joint, "oncord", "sale")
    [sale] = await joint.shop_list("sales")
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await _go_on(joint)
    await _quiet(joint)

    assert await joint.shop_list("sales") == []
    assert len(await joint.books_list("invoice")) == 1
    assert await _links(joint, Kind.SALE, sale["id"]) == [("tombstone", "oncord")]


async def test_i4_what_a_person_changed_on_a_sale_before_we_heard_of_it_arrives(joint: Joint) -> None:
    await _invoice_by_person(joint)
    await _lose_the_answer(joint, "oncord", "sale")
    [sale] = await joint.shop_list("sales")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"due_date": "2027-03-04"})
    await _go_on(joint)
    await _quiet(joint)

    assert [i["DueDate"] for i in await joint.books_list("invoice")] == ["2027-03-04"]
    assert [s["due_date"] for s in await joint.shop_list("sales")] == ["2027-03-04"]


async def test_i2_a_customer_without_e_mail_is_made_once_although_request_ids_are_ignored(joint: Joint) -> None:
    await joint.hazard("quickbooks", "requestid_ignored")
    contact = await joint.contact("Nora", "Mail", email="")
    await joint.sale(contact["id"])
    await _lose_the_answer(joint, "quickbooks", "customer")
    await _go_on(joint)
    await _quiet(joint)

    assert [c["DisplayName"] for c in await joint.books_list("customer")] == ["Nora Mail"]


async def test_i2_an_invoice_is_found_again_in_a_company_whose_clock_is_half_an_hour_behind(
    own_database: DatabaseUrls,
) -> None:
    async with joined(own_database.app, books_behind=timedelta(minutes=30)) as joint:
        await joint.sync()
        await joint.hazard("quickbooks", "requestid_ignored")
        sale = await joint.sale((await joint.contact())["id"], number="")
        await _lose_the_answer(joint, "quickbooks", "invoice")
        await _go_on(joint)
        await joint.receipt(sale)
        await _lose_the_answer(joint, "quickbooks", "payment")
        await _go_on(joint)
        await _quiet(joint)

        assert len(await joint.books_list("invoice")) == 1
        assert len(await joint.books_list("payment")) == 1
        assert len(await joint.shop_list("sales")) == 1


@pytest.mark.parametrize("ignored", [False, True])
async def test_i14_an_invoice_that_came_out_wrong_by_a_cent_is_taken_back_although_its_answer_was_lost(
    joint: Joint, ignored: bool
) -> None:
    await joint.hazard("quickbooks", "tax_half_even")
    await joint.hazard("quickbooks", "requestid_ignored", on=ignored)
    sale = await joint.sale((await joint.contact())["id"], HALF_A_CENT, amounts_include_tax=False)
    await _lose_the_answer(joint, "quickbooks", "invoice")
    await _go_on(joint)
    await _again(joint)

    assert await joint.books_list("invoice") == []
    [item] = await joint.attention()
    assert (item.kind, "instead of" in item.summary) == ("refused", True)

    await joint.hazard("quickbooks", "tax_half_even", on=False)
    await joint.answer(item.id, "retry")
    await _quiet(joint)
    assert [f"{i['TotalAmt']:.2f}" for i in await joint.books_list("invoice")] == [sale["total"]]
    assert await joint.attention() == []


async def test_i14_taking_an_invoice_back_goes_on_although_that_answer_was_lost_too(joint: Joint) -> None:
    await joint.hazard("quickbooks", "tax_half_even")
    await joint.sale((await joint.contact())["id"], HALF_A_CENT, amounts_include_tax=False)
    await joint.hazard("quickbooks", "answer_lost", entity="invoice", times=1, after=1)
    run = await joint.sync()
    await _again(joint)

    assert run.counters["replayed"] == 1
    assert len(await joint.in_books("GET", "invoice?deleted=true")) > 0
    assert await joint.books_list("invoice") == []
    assert [item.kind for item in await joint.attention()] == ["refused"]


async def test_i14_a_wrong_invoice_that_a_person_has_taken_over_meanwhile_is_shown_and_left(joint: Joint) -> None:
    await joint.hazard("quickbooks", "tax_half_even")
    await joint.sale((await joint.contact())["id"], HALF_A_CENT, amounts_include_tax=False)
    await _lose_the_answer(joint, "quickbooks", "invoice")
    [invoice] = await joint.books_list("invoice")
    await joint.person("invoice", {"Id": invoice["Id"], "sparse": True, "DueDate": "2027-02-03"})
    await _go_on(joint)
    await _again(joint)

    assert [i["Id"] for i in await joint.books_list("invoice")] == [invoice["Id"]]


async def test_a_second_live_link_of_a_record_stands_beside_the_first_and_wedges_nothing(joint: Joint) -> None:
    pair, now = AgreedPair(Kind.SALE, "700", "801", Origin.ONCORD, 0, PRIMARY, None, None), joint.clock.now()
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        [first] = await agree(tx, joint.connection_id, [pair], now)
        [again] = await agree(tx, joint.connection_id, [pair], now)
        [second] = await agree(tx, joint.connection_id, [replace(pair, quickbooks_id="802")], now)
        found = await links.of_records(tx, joint.connection_id, Kind.SALE, Side.ONCORD, ["700"])

    assert first == again
    assert [(link.id, link.part) for link in found] == [(first, PRIMARY), (second, OfRecord("802"))]
