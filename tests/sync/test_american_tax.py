"""America: QuickBooks works tax out by where a document goes; both sides come to the same, or somebody is told (I14)."""

from typing import Any

import pytest

from tests.support.joint import Joint
from tests.support.stories import Body, book, change, customer, invoice, plain, quiet, run, shop

CALIFORNIA = {"line1": "1 Main St", "suburb": "San Pablo", "state": "CA", "postcode": "94806", "country": "US"}
ARIZONA = {"line1": "2 Sun Rd", "suburb": "Tucson", "state": "AZ", "postcode": "85701", "country": "US"}
AZ = {"Line1": "2 Sun Rd", "City": "Tucson", "CountrySubDivisionCode": "AZ", "PostalCode": "85701"}
CUPS = {"description": "Cup", "quantity": "4", "unit_price": "25.00", "tax_code": "TAX"}


async def sold(us: Joint, place: dict[str, str] = CALIFORNIA, *lines: dict[str, Any]) -> tuple[Body, Body]:
    """A sale of 100.00 that goes to a place, 8 % being the shop's own rate, with its invoice."""
    contact = await us.contact(billing_address=place, shipping_address=place)
    sale = await us.sale(contact["id"], *(lines or (CUPS,)))
    await run(us)
    [made] = await us.books_list("invoice")
    return sale, made


async def figures(us: Joint, sale_id: str, invoice_id: str) -> list[tuple[str, str]]:
    """Total and tax of the sale and of its invoice."""
    sale, made = await shop(us, "sales", sale_id), await book(us, "invoice", invoice_id)
    return [
        (sale["total"], sale["tax_total"]),
        (f"{made['TotalAmt']:.2f}", f"{made['TxnTaxDetail']['TotalTax']:.2f}"),
    ]


async def from_books(us: Joint, amount: float = 100, **customer_members: Any) -> tuple[Body, Body]:
    """An invoice made in QuickBooks with its sale."""
    made = await customer(us, "Grace", **customer_members)
    item = await us.person(
        "item",
        {
            "Name": "Goods",
            "Type": "Service",
            "Taxable": True,
            "IncomeAccountRef": {"value": await us.account("Income")},
        },
    )
    line = {
        "Amount": amount,
        "Description": "Cup",
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {
            "ItemRef": {"value": item["Id"]},
            "TaxCodeRef": {"value": "TAX"},
            "Qty": 1,
            "UnitPrice": amount,
        },
    }
    document = await invoice(us, made["Id"], line)
    await run(us)
    [sale] = await us.shop_list("sales")
    return sale, document


@pytest.mark.parametrize("field", ["shipping_address", "billing_address"])
async def test_a_sale_that_goes_elsewhere_keeps_its_tax_on_both_sides(us: Joint, field: str) -> None:
    sale, made = await sold(us)
    await us.in_shop("PATCH", f"sales/{sale['id']}", {field: ARIZONA})
    await run(us)

    assert await figures(us, sale["id"], made["Id"]) == [("108.00", "8.00")] * 2
    assert await us.attention() == []
    await quiet(us)


async def test_a_sale_that_moves_to_an_exempt_customer_keeps_its_tax_on_both_sides(us: Joint) -> None:
    sale, made = await sold(us)
    other = await us.contact("Grace", "Hopper")
    await us.sale(other["id"], CUPS, number="OTHER")
    await run(us)
    exempt = next(c for c in await us.books_list("customer") if c["DisplayName"] == "Grace Hopper")
    await change(us, "customer", exempt["Id"], Taxable=False)
    await us.in_shop("PATCH", f"sales/{sale['id']}", {"contact_id": other["id"]})
    await run(us)

    assert (await book(us, "invoice", made["Id"]))["CustomerRef"]["value"] == exempt["Id"]
    assert await figures(us, sale["id"], made["Id"]) == [("108.00", "8.00")] * 2
    await quiet(us)


async def test_a_due_date_moves_no_tax_and_asks_nobody(us: Joint) -> None:
    sale, made = await sold(us)
    await us.in_shop("PATCH", f"sales/{sale['id']}", {"due_date": "2026-12-24", "notes": "Thank you"})
    await run(us)

    assert (await book(us, "invoice", made["Id"]))["DueDate"] == "2026-12-24"
    assert await figures(us, sale["id"], made["Id"]) == [("108.00", "8.00")] * 2
    assert await us.attention() == []
    await quiet(us)


async def test_tax_that_quickbooks_will_not_take_is_named_with_its_amount_and_never_agreed_on(us: Joint) -> None:
    sale, made = await sold(us)
    await us.hazard("quickbooks", "tax_override_ignored")
    await us.in_shop("PATCH", f"sales/{sale['id']}", {"shipping_address": ARIZONA})
    await run(us)

    assert await figures(us, sale["id"], made["Id"]) == [("108.00", "8.00"), ("109.10", "9.10")]
    [item] = await us.attention()
    assert "109.10 instead of 108.00" in item.summary
    assert "1.10 USD more" in item.summary
    assert "QuickBooks" in item.advice
    await quiet(us)
    await us.touched("quickbooks", "sale", made["Id"])
    await quiet(us)
    assert len(await us.attention()) == 1

    await us.hazard("quickbooks", "tax_override_ignored", on=False)
    await us.answer(item.id, "retry")
    await run(us)
    assert await figures(us, sale["id"], made["Id"]) == [("108.00", "8.00")] * 2
    assert await us.attention() == []
    await quiet(us)


async def test_a_difference_that_is_set_right_in_the_books_closes_its_question(us: Joint) -> None:
    sale, made = await sold(us)
    await us.hazard("quickbooks", "tax_override_ignored")
    await us.in_shop("PATCH", f"sales/{sale['id']}", {"shipping_address": ARIZONA})
    await run(us)
    assert len(await us.attention()) == 1

    await us.hazard("quickbooks", "tax_override_ignored", on=False)
    await change(us, "invoice", made["Id"], TxnTaxDetail={"TotalTax": 8})
    await run(us)
    assert await figures(us, sale["id"], made["Id"]) == [("108.00", "8.00")] * 2
    assert await us.attention() == []
    await quiet(us)


async def test_a_difference_that_is_set_right_in_the_shop_closes_its_question(us: Joint) -> None:
    sale, made = await sold(us)
    await us.hazard("quickbooks", "tax_override_ignored")
    await us.in_shop("PATCH", f"sales/{sale['id']}", {"shipping_address": ARIZONA})
    await run(us)

    lines = [{**sale["lines"][0], "tax_rate": "9.1"}]
    await us.in_shop("PATCH", f"sales/{sale['id']}", {"lines": lines})
    await run(us)
    assert await figures(us, sale["id"], made["Id"]) == [("109.10", "9.10")] * 2
    assert await us.attention() == []
    await quiet(us)


async def test_an_invoice_that_goes_elsewhere_in_the_books_brings_its_tax_along(us: Joint) -> None:
    sale, made = await sold(us)
    await change(us, "invoice", made["Id"], ShipAddr=AZ)
    await run(us)

    assert await figures(us, sale["id"], made["Id"]) == [("109.10", "9.10")] * 2
    await quiet(us)


async def doubled(us: Joint, sale: Body) -> None:
    """The shop changes the quantity of the first line."""
    lines = [{**sale["lines"][0], "quantity": "2"}, *sale["lines"][1:]]
    await us.in_shop("PATCH", f"sales/{sale['id']}", {"lines": plain(lines)})
    await run(us)


async def test_the_quantity_of_an_exempt_customers_invoice_changed_in_the_shop_puts_no_tax_on_it(us: Joint) -> None:
    sale, made = await from_books(us, Taxable=False, ShipAddr=AZ, BillAddr=AZ)
    await doubled(us, sale)

    assert await figures(us, sale["id"], made["Id"]) == [("200.00", "0.00")] * 2
    line = (await book(us, "invoice", made["Id"]))["Line"][0]
    assert line["SalesItemLineDetail"]["TaxCodeRef"]["value"] == "TAX"
    assert await us.attention() == []
    await quiet(us)


async def test_a_taxed_line_added_to_an_exempt_customers_invoice_leaves_the_others_untaxed_in_the_books(
    us: Joint,
) -> None:
    sale, made = await from_books(us, Taxable=False, ShipAddr=AZ, BillAddr=AZ)
    cup = {"description": "Cup", "quantity": "1", "unit_price": "50.00", "tax_code": "TAX"}
    await us.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [*plain(sale["lines"]), cup]})
    await run(us)

    assert await figures(us, sale["id"], made["Id"]) == [("154.00", "4.00")] * 2
    lines = [each for each in (await book(us, "invoice", made["Id"]))["Line"] if "SalesItemLineDetail" in each]
    assert [each["SalesItemLineDetail"]["TaxCodeRef"]["value"] for each in lines] == ["NON", "TAX"]
    assert await us.attention() == []
    await quiet(us)


async def test_an_invoice_of_another_rate_than_the_shops_keeps_it_when_the_shop_changes_a_quantity(us: Joint) -> None:
    sale, made = await from_books(us, ShipAddr=AZ, BillAddr=AZ)
    assert (sale["lines"][0]["tax_rate"], sale["tax_total"]) == ("9.1", "9.10")
    await doubled(us, sale)

    assert await figures(us, sale["id"], made["Id"]) == [("218.20", "18.20")] * 2
    await quiet(us)


async def test_an_invoice_of_the_shops_own_rate_stays_so(us: Joint) -> None:
    california = {**AZ, "CountrySubDivisionCode": "CA"}
    sale, made = await from_books(us, ShipAddr=california, BillAddr=california)
    assert sale["lines"][0]["tax_rate"] == "8"
    await doubled(us, sale)

    assert await figures(us, sale["id"], made["Id"]) == [("216.00", "16.00")] * 2
    await quiet(us)


async def test_a_tax_that_was_typed_over_comes_with_the_rate_that_it_comes_to(us: Joint) -> None:
    sale, made = await from_books(us, ShipAddr=AZ, BillAddr=AZ)
    await change(us, "invoice", made["Id"], TxnTaxDetail={"TotalTax": 5})
    await run(us)
    sale = await shop(us, "sales", sale["id"])
    assert (sale["lines"][0]["tax_rate"], sale["tax_total"]) == ("5", "5.00")
    await doubled(us, sale)

    assert await figures(us, sale["id"], made["Id"]) == [("210.00", "10.00")] * 2
    await quiet(us)


@pytest.mark.parametrize("off", [{"tax_code": "NON"}, {"tax_rate": "0"}, {"tax_code": None}])
async def test_tax_taken_off_a_linked_sale_goes_through_and_comes_back(us: Joint, off: dict[str, Any]) -> None:
    sale, made = await sold(us)
    await us.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{**sale["lines"][0], **off}]})
    await run(us)

    assert await figures(us, sale["id"], made["Id"]) == [("100.00", "0.00")] * 2
    assert await us.attention() == []
    await quiet(us)

    await us.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{**sale["lines"][0], "tax_rate": "8"}]})
    await run(us)
    assert await figures(us, sale["id"], made["Id"]) == [("108.00", "8.00")] * 2
    assert await us.attention() == []
    await quiet(us)


async def test_a_sale_whose_tax_was_taken_off_stays_without_when_it_goes_elsewhere(us: Joint) -> None:
    sale, made = await sold(us)
    await us.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{**sale["lines"][0], "tax_rate": "0"}]})
    await run(us)
    await us.in_shop("PATCH", f"sales/{sale['id']}", {"shipping_address": ARIZONA})
    await run(us)

    assert await figures(us, sale["id"], made["Id"]) == [("100.00", "0.00")] * 2
    assert await us.attention() == []
    await quiet(us)
