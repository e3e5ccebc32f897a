"""Whose card it is (C2, C5): of a contact that the books knew before, single fields have a winner of their own.

Name, tax number and billing address say who is invoiced, and where; they are the books', and how somebody is reached is
the shop's. What was typed into an order is that order's alone.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.domain.model.configuration import default_contact_winners
from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.stories import asked, book, change, customer, invoice, quiet, run, shop

Body = dict[str, Any]

IN_ONCORD: Body = {
    "last_name": "Byron",
    "email": "ada@shop.example",
    "phone": "0400 111 222",
    "billing_address": {
        "line1": "1 Shop Street",
        "suburb": "Perth",
        "state": "WA",
        "postcode": "6000",
        "country": "AU",
    },
    "shipping_address": {
        "line1": "2 Shop Street",
        "suburb": "Perth",
        "state": "WA",
        "postcode": "6000",
        "country": "AU",
    },
}
IN_QUICKBOOKS: Body = {
    "FamilyName": "King",
    "PrimaryEmailAddr": {"Address": "ada@books.example"},
    "PrimaryPhone": {"FreeFormNumber": "0499 333 444"},
    "BillAddr": {"Line1": "1 Book Street", "City": "Hobart", "CountrySubDivisionCode": "TAS", "PostalCode": "7000"},
    "ShipAddr": {"Line1": "2 Book Street", "City": "Hobart", "CountrySubDivisionCode": "TAS", "PostalCode": "7000"},
}


@pytest.fixture
async def company(own_database: DatabaseUrls, request: pytest.FixtureRequest) -> AsyncIterator[Joint]:
    """A shop and a company, Australian unless a test says otherwise, whose people have chosen what is proposed."""
    async with joined(own_database.app, country=getattr(request, "param", "AU")) as made:
        await made.configure(contact_winner=default_contact_winners())
        assert (await made.sync()).state == "succeeded"
        yield made


async def _on_both(joint: Joint, **members: Any) -> tuple[str, str]:
    """Somebody whom both sides knew before they met; both ids."""
    contact = await joint.contact(**members)
    owner = await customer(joint, "Ada", "Lovelace", email="ada@example.com")
    await joint.sale(contact["id"])
    return contact["id"], owner["Id"]


async def _from_the_books(joint: Joint) -> tuple[str, str]:
    """Somebody who began in QuickBooks."""
    owner = await customer(joint, "Ada", "Lovelace", email="ada@example.com")
    await run(joint)
    [contact] = await joint.shop_list("contacts")
    return contact["id"], owner["Id"]


async def _both_type(joint: Joint, contact_id: str, customer_id: str) -> tuple[Body, Body]:
    """Both sides change every field, and a run brings them together."""
    await joint.in_shop("PATCH", f"contacts/{contact_id}", IN_ONCORD)
    await change(joint, "customer", customer_id, **IN_QUICKBOOKS)
    await run(joint)
    return await shop(joint, "contacts", contact_id), await book(joint, "customer", customer_id)


def _of_contact(contact: Body) -> tuple[str, ...]:
    return (
        contact["last_name"],
        contact["billing_address"]["line1"],
        contact["email"],
        contact["phone"],
        contact["shipping_address"]["line1"],
    )


def _of_customer(owner: Body) -> tuple[str, ...]:
    return (
        owner["FamilyName"],
        owner["BillAddr"]["Line1"],
        owner["PrimaryEmailAddr"]["Address"],
        owner["PrimaryPhone"]["FreeFormNumber"],
        owner["ShipAddr"]["Line1"],
    )


@pytest.mark.parametrize(("company", "began"), [("AU", _on_both), ("US", _from_the_books)], indirect=["company"])
async def test_c2_c5_of_somebody_the_books_knew_before_each_field_goes_on_from_its_side(
    company: Joint, began: Any
) -> None:
    pair = await began(company)
    await run(company)

    contact, owner = await _both_type(company, *pair)

    shared = ("King", "1 Book Street", "ada@shop.example", "0400 111 222", "2 Shop Street")
    assert _of_contact(contact) == _of_customer(owner) == shared
    lost = {d["field"]: d["winner"] for item in await company.attention() for d in item.detail["disagreements"]}
    assert lost == {
        "name": "quickbooks",
        "billing_address": "quickbooks",
        "email": "oncord",
        "phone": "oncord",
        "shipping_address": "oncord",
    }
    await quiet(company)


async def test_c5_a_name_that_lost_to_the_books_can_be_put_back(company: Joint) -> None:
    contact_id, customer_id = await _from_the_books(company)
    await company.in_shop("PATCH", f"contacts/{contact_id}", {"last_name": "Byron"})
    await change(company, "customer", customer_id, FamilyName="King")
    await run(company)
    [item] = await company.attention()
    assert "QuickBooks' “Ada King” went on; Oncord's “Ada Byron” is kept here." in item.summary

    await company.answer(item.id, "use_other")
    await company.sync(download=False)

    assert (await shop(company, "contacts", contact_id))["last_name"] == "Byron"
    assert (await book(company, "customer", customer_id))["FamilyName"] == "Byron"
    await quiet(company)


async def test_c2_c5_at_a_first_meeting_the_billing_address_of_the_books_goes_on_and_the_phone_of_the_shop(
    company: Joint,
) -> None:
    contact_id, customer_id = await _on_both(
        company, phone="0400 111 222", billing_address=IN_ONCORD["billing_address"]
    )
    members = {name: IN_QUICKBOOKS[name] for name in ("PrimaryPhone", "BillAddr")}
    await change(company, "customer", customer_id, **members)
    await run(company)

    contact, owner = await shop(company, "contacts", contact_id), await book(company, "customer", customer_id)
    assert contact["billing_address"]["line1"] == owner["BillAddr"]["Line1"] == "1 Book Street"
    assert contact["phone"] == owner["PrimaryPhone"]["FreeFormNumber"] == "0400 111 222"
    await quiet(company)


async def test_c2_what_was_typed_into_an_order_is_on_its_invoice_and_in_nobodys_card(company: Joint) -> None:
    contact_id, customer_id = await _from_the_books(company)
    await company.in_shop("PATCH", f"contacts/{contact_id}", {"shipping_address": IN_ONCORD["shipping_address"]})
    await run(company)
    gift = {"line1": "9 Gift Lane", "suburb": "Cairns", "state": "QLD", "postcode": "4870", "country": "AU"}
    await company.sale(contact_id, shipping_address=gift)
    await run(company)

    [billed] = await company.books_list("invoice")
    owner, contact = await book(company, "customer", customer_id), await shop(company, "contacts", contact_id)
    assert billed["ShipAddr"]["Line1"] == "9 Gift Lane"
    assert (owner["ShipAddr"]["Line1"], contact["shipping_address"]["line1"]) == ("2 Shop Street", "2 Shop Street")

    away = {**IN_ONCORD["shipping_address"], "line1": "3 New Street"}
    await company.in_shop("PATCH", f"contacts/{contact_id}", {"shipping_address": away})
    await run(company)

    assert (await book(company, "invoice", billed["Id"]))["ShipAddr"]["Line1"] == "9 Gift Lane"
    assert (await book(company, "customer", customer_id))["ShipAddr"]["Line1"] == "3 New Street"
    assert await asked(company) == []
    await quiet(company)


async def test_s4_an_address_typed_on_an_invoice_is_in_its_sale_and_in_nobodys_card(company: Joint) -> None:
    contact_id, customer_id = await _from_the_books(company)
    billed = await invoice(company, customer_id, BillAddr=IN_QUICKBOOKS["BillAddr"])
    await run(company)

    [sale] = await company.shop_list("sales")
    assert sale["billing_address"]["line1"] == "1 Book Street"
    assert (await shop(company, "contacts", contact_id))["billing_address"]["line1"] == ""
    owner = await book(company, "customer", customer_id)
    assert (owner.get("BillAddr") or {}).get("Line1") is None
    assert (await book(company, "invoice", billed["Id"]))["BillAddr"]["Line1"] == "1 Book Street"
    await quiet(company)
