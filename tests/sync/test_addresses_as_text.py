"""Addresses that QuickBooks' own screens keep as free text: taken apart where that is certain, else the shop's stays.

A screen that saves an address as text without changing it is no edit; whoever types another street in the text has made one.
"""

from typing import Any, Literal

import pytest

from tests.quickbooks.hazard_register import survives
from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.stories import Body, asked, book, change, customer, invoice, quiet, remove, run, shop, written

HOME: Body = {"line1": "12 Main Street", "suburb": "Bondi", "state": "NSW", "postcode": "2026", "country": "AU"}
THERE: Body = {"Line1": "12 Main Street", "City": "Bondi", "CountrySubDivisionCode": "NSW", "PostalCode": "2026"}


def text(*lines: str) -> Body:
    return {f"Line{n}": line for n, line in enumerate(lines, start=1)}


def lines_of(address: Body) -> Body:
    """What an address of the books says, without what QuickBooks adds to it."""
    return {name: value for name, value in address.items() if name not in ("Id", "Lat", "Long")}


def said(address: Body | None) -> Body:
    """What an address of the shop says."""
    return {name: value for name, value in (address or {}).items() if value}


async def pulled(joint: Joint, **members: Any) -> tuple[Body, Body]:
    """An invoice made in QuickBooks' screens, and the sale that it has become."""
    grace = await customer(joint, "Grace", CompanyName="Hopper Compilers", BillAddr=THERE)
    made = await invoice(joint, grace["Id"], **members)
    await run(joint)
    [sale] = await joint.shop_list("sales")
    return sale, made


async def pushed(joint: Joint, **members: Any) -> tuple[Body, Body]:
    """A sale made at the shop, and its invoice, structured as the API made it."""
    contact = await joint.contact("Ada", "Lovelace", billing_address=HOME)
    sale = await joint.sale(contact["id"], billing_address=HOME, **members)
    await run(joint)
    [made] = await joint.books_list("invoice")
    assert made["BillAddr"]["City"] == "Bondi"
    return sale, made


async def test_s4_the_screens_write_text_and_the_shop_gets_an_address(joint: Joint) -> None:
    sale, made = await pulled(joint)
    assert lines_of(made["BillAddr"]) == text("Grace Hopper", "Hopper Compilers", "12 Main Street", "Bondi NSW 2026")
    assert said(sale["billing_address"]) == {k: v for k, v in HOME.items() if k != "country"}
    assert said(sale["shipping_address"]) == said(sale["billing_address"])
    await quiet(joint)


@pytest.mark.parametrize(
    ("lines", "line1", "line2"),
    [
        (("Hopper Compilers Pty Ltd", "Level 3", "12 Main Street", "Bondi NSW 2026"), "Level 3", "12 Main Street"),
        (("Ms. Grace Hopper", "The Old Mill", "Bondi, NSW 2026"), "The Old Mill", None),
        (("12 Main Street", "Bondi New South Wales 2026"), "12 Main Street", None),
        (("G Hopper", "PO Box 7", "BONDI NSW 2026", "Australia"), "PO Box 7", None),
    ],
)
async def test_s4_what_is_certainly_an_address_is_taken_apart(
    joint: Joint, lines: tuple[str, ...], line1: str, line2: str | None
) -> None:
    sale, _ = await pulled(joint, BillAddr=text(*lines))
    found = sale["billing_address"]
    assert (found["line1"], found["line2"] or None) == (line1, line2)
    assert (found["suburb"].title(), found["state"], found["postcode"]) == ("Bondi", "NSW", "2026")
    assert (found["country"] or None) == ("AU" if "Australia" in lines else None)
    await quiet(joint)


@pytest.mark.parametrize(
    "lines",
    [
        ("Grace Hopper", "Hopper Compilers"),
        ("Hopper Compilers", "Bondi NSW 2026"),
        ("Grace Hopper",),
        ("Accounts Payable", "12 Main Street", "Bondi NSW 2026"),
        ("Grace Hopper", "Somewhere", "London SW1A 1AA"),
        ("Grace Hopper", "12 Main Street", "Bondi NSW 2026", "New Zealand"),
    ],
)
async def test_s4_a_text_that_is_not_certain_never_becomes_an_address_of_the_shop(
    joint: Joint, lines: tuple[str, ...]
) -> None:
    sale, made = await pulled(joint, BillAddr=text(*lines))
    words = str(said(sale["billing_address"]))
    assert not any(name in words for name in ("Grace", "Hopper", "Accounts"))

    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "soon"})
    assert await run(joint) == [("quickbooks", "sale", "update")]
    assert lines_of((await book(joint, "invoice", made["Id"]))["BillAddr"]) == text(*lines)
    await quiet(joint)


async def test_s4_a_street_alone_is_an_address_of_one_line(joint: Joint) -> None:
    sale, made = await pulled(joint, BillAddr=text("Grace Hopper", "12 Main Street"))
    assert said(sale["billing_address"]) == {"line1": "12 Main Street"}

    await change(joint, "invoice", made["Id"], BillAddr=text("Grace Hopper", "14 Main Street"))
    assert await run(joint) == [("oncord", "sale", "update")]
    assert said((await shop(joint, "sales", sale["id"]))["billing_address"]) == {"line1": "14 Main Street"}
    await quiet(joint)


@survives("addresses_saved_as_text")
async def test_s5_a_screen_that_saves_an_address_as_text_has_edited_nothing(joint: Joint) -> None:
    sale, made = await pushed(joint)
    await joint.hazard("quickbooks", "addresses_saved_as_text")
    await change(joint, "invoice", made["Id"], PrivateNote=made["PrivateNote"] + " seen")
    now = await book(joint, "invoice", made["Id"])
    assert lines_of(now["BillAddr"]) == text("Ada Lovelace", "12 Main Street", "Bondi NSW 2026", "Australia")
    assert await run(joint) == []
    assert said((await shop(joint, "sales", sale["id"]))["billing_address"]) == HOME

    await change(joint, "invoice", made["Id"], CustomerMemo={"value": "Thanks"})
    assert await run(joint) == [("oncord", "sale", "update")]
    assert said((await shop(joint, "sales", sale["id"]))["billing_address"]) == HOME
    assert (await shop(joint, "sales", sale["id"]))["notes"] == "Thanks"
    assert await asked(joint) == []
    await quiet(joint)


async def test_s5_whoever_types_another_street_in_the_text_has_made_an_edit(joint: Joint) -> None:
    sale, made = await pushed(joint)
    await change(joint, "invoice", made["Id"], BillAddr=text("Ada Lovelace", "14 Main Street", "Bondi NSW 2026"))
    assert await run(joint) == [("oncord", "sale", "update")]
    assert said((await shop(joint, "sales", sale["id"]))["billing_address"]) == {**HOME, "line1": "14 Main Street"}
    await quiet(joint)

    moved = {**HOME, "line1": "20 High Street"}
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"billing_address": moved})
    assert await run(joint) == [("quickbooks", "sale", "update")]
    there = (await book(joint, "invoice", made["Id"]))["BillAddr"]
    assert (there["Line1"], there["City"], "Line2" in there) == ("20 High Street", "Bondi", False)
    await quiet(joint)

    await change(joint, "invoice", made["Id"], BillAddr=text("20 High Street", "Bondi NSW 2026"))
    assert await run(joint) == []
    await quiet(joint)


async def test_s5_a_text_that_nobody_can_take_apart_leaves_the_shops_address_alone_and_that_is_said(
    joint: Joint,
) -> None:
    sale, made = await pushed(joint)
    await change(joint, "invoice", made["Id"], BillAddr=text("Reception", "14 Main Street", "Bondi NSW 2026"))
    assert await run(joint) == []
    assert any("not certain what is name" in s.operation.reason for s in await joint.decisions())
    assert said((await shop(joint, "sales", sale["id"]))["billing_address"]) == HOME
    await quiet(joint)

    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"billing_address": {**HOME, "line1": "16 Main Street"}})
    assert await run(joint) == [("quickbooks", "sale", "update")]
    assert (await book(joint, "invoice", made["Id"]))["BillAddr"]["Line1"] == "16 Main Street"
    await quiet(joint)


async def test_i4_a_text_that_loses_against_the_shop_is_kept_and_can_be_put_back(joint: Joint) -> None:
    sale, made = await pushed(joint)
    lines = text("Reception", "14 Main Street", "Bondi NSW 2026")
    await change(joint, "invoice", made["Id"], BillAddr=lines)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"billing_address": {**HOME, "line1": "16 Main Street"}})
    await run(joint)
    assert (await book(joint, "invoice", made["Id"]))["BillAddr"]["Line1"] == "16 Main Street"
    [item] = [i for i in await joint.attention() if i.kind == "conflict"]

    await joint.answer(item.id, "use_other")
    await run(joint)
    assert lines_of((await book(joint, "invoice", made["Id"]))["BillAddr"]) == lines
    assert (await shop(joint, "sales", sale["id"]))["billing_address"]["line1"] == "16 Main Street"
    await quiet(joint)


async def test_s3_a_screen_that_saved_an_address_as_text_does_not_keep_an_invoice_from_going(joint: Joint) -> None:
    sale, made = await pushed(joint)
    await change(joint, "invoice", made["Id"], BillAddr=text("Ada Lovelace", "12 Main Street", "Bondi NSW 2026"))
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)
    assert await joint.books_list("invoice") == []
    await quiet(joint)


async def test_c5_a_customers_address_may_be_text_too(joint: Joint) -> None:
    grace = await customer(
        joint, "Grace", BillAddr=text("Grace Hopper", "12 Main Street", "Bondi NSW 2026"), ShipAddr=THERE
    )
    await run(joint)
    [contact] = await joint.shop_list("contacts")
    assert said(contact["billing_address"]) == said(contact["shipping_address"])
    await quiet(joint)

    await change(joint, "customer", grace["Id"], BillAddr=THERE)
    assert await run(joint) == []
    await change(joint, "customer", grace["Id"], ShipAddr=text("Hopper", "14 Main Street", "Bondi NSW 2026"))
    assert await run(joint) == []
    await change(joint, "customer", grace["Id"], ShipAddr=text("14 Main Street", "Bondi NSW 2026"))
    assert await run(joint) == [("oncord", "contact", "update")]
    assert (await shop(joint, "contacts", contact["id"]))["shipping_address"]["line1"] == "14 Main Street"
    await quiet(joint)


@pytest.mark.parametrize(
    "lines", [("Grace Hopper", "Hopper Compilers"), ("Grace Hopper", "12 Main Street", "Bondi NSW 2026")]
)
async def test_two_that_meet_fill_no_gap_with_a_name_and_overwrite_nothing(
    joint: Joint, lines: tuple[str, ...]
) -> None:
    contact = await joint.contact("Grace", "Hopper", billing_address=HOME, email="grace.hopper@example.com")
    await customer(joint, "Grace", BillAddr=text(*lines))
    assert await run(joint) == []
    assert said((await shop(joint, "contacts", contact["id"]))["billing_address"]) == HOME
    [there] = await joint.books_list("customer")
    assert lines_of(there["BillAddr"]) == text(*lines)
    assert await asked(joint) == []
    await quiet(joint)


async def test_a_sub_customers_text_names_its_parent(joint: Joint) -> None:
    parent = await customer(joint, "Grace", CompanyName="Hopper Compilers")
    sub = await joint.person(
        "customer", {"DisplayName": "Harbour job", "Job": True, "ParentRef": {"value": parent["Id"]}}
    )
    await invoice(joint, sub["Id"], BillAddr=text("Hopper Compilers", "The Old Mill", "Bondi NSW 2026"))
    await run(joint)
    [sale] = await joint.shop_list("sales")
    assert sale["billing_address"]["line1"] == "The Old Mill"
    await quiet(joint)


@pytest.mark.parametrize("country", ["AU", "US"])
async def test_s4_the_sample_companys_invoices_come_over_with_whole_addresses(
    own_database: DatabaseUrls, country: Literal["AU", "US"]
) -> None:
    async with joined(own_database.app, sample=True, country=country) as joint:
        invoices = [i for i in await joint.books_list("invoice") if "BillAddr" in i]
        assert invoices
        assert all("City" not in i["BillAddr"] and "Line3" in i["BillAddr"] for i in invoices)
        numbers = {i["DocNumber"] for i in invoices}
        for _ in range(3):
            await run(joint)
        sales = [s for s in await joint.shop_list("sales") if s["number"] in numbers and s["source"] == "connector"]
        assert sales
        for sale in sales:
            address = sale["billing_address"]
            assert address["line1"].endswith("Main Street"), sale
            assert all(address[part] for part in ("suburb", "state", "postcode")), sale
            assert not address["line2"]
        assert all("billing address" not in s.operation.reason for s in await written(joint))


async def test_s3_an_invoice_whose_text_says_something_else_is_asked_about(joint: Joint) -> None:
    sale, made = await pushed(joint)
    await change(joint, "invoice", made["Id"], BillAddr=text("Reception", "14 Main Street", "Bondi NSW 2026"))
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)
    assert (await book(joint, "invoice", made["Id"]))["TotalAmt"]
    assert await asked(joint)
    await remove(joint, "invoice", made["Id"])
    await run(joint)
