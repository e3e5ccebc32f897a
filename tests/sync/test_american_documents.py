"""What only American documents have: where goods come from, a tax that a person typed, and codes that no list need show."""

from decimal import Decimal

import pytest

from app.quickbooks.mapping.books import read_books
from tests.support.joint import Joint
from tests.support.stories import Body, asked, book, change, customer, invoice, quiet, run, shop
from tests.sync.test_discount_lines import us_line

ARIZONA = {"Line1": "2 Sun Rd", "City": "Tucson", "CountrySubDivisionCode": "AZ", "PostalCode": "85701"}


async def from_books(us: Joint, **members: object) -> tuple[Body, Body]:
    """An invoice of a taxed line and another one, with its sale; its customer has no address."""
    owner = await customer(us, "Grace")
    lines = [await us_line(us, "100.00", "Cup", TaxCodeRef={"value": "TAX"}), await us_line(us, "50.00", "Work")]
    lines[1]["SalesItemLineDetail"]["TaxCodeRef"] = {"value": "NON"}
    made = await invoice(us, owner["Id"], *lines, **members)
    await run(us)
    [sale] = await us.shop_list("sales")
    return sale, made


async def agree(us: Joint, sale: Body, made: Body) -> Body:
    now, there = await shop(us, "sales", sale["id"]), await book(us, "invoice", made["Id"])
    assert Decimal(now["total"]) == Decimal(str(there["TotalAmt"]))
    assert Decimal(now["tax_total"]) == Decimal(str(there["TxnTaxDetail"]["TotalTax"]))
    assert await asked(us) == []
    await quiet(us)
    return there


async def test_i15_where_goods_come_from_stays_and_their_tax_with_it(us: Joint) -> None:
    sale, made = await from_books(us, ShipFromAddr=ARIZONA)
    assert (made["ShipFromAddr"]["City"], made["TxnTaxDetail"]["TotalTax"]) == ("Tucson", 9.1)
    await agree(us, sale, made)

    first, second = (await shop(us, "sales", sale["id"]))["lines"]
    await us.in_shop(
        "PATCH", f"sales/{sale['id']}", {"lines": [first, second | {"quantity": "1", "unit_price": "60.00"}]}
    )
    await run(us)
    there = await agree(us, sale, made)
    assert (there["ShipFromAddr"], there["TxnTaxDetail"]["TotalTax"]) == (made["ShipFromAddr"], 9.1)

    await us.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Thanks"})
    await run(us)
    assert (await agree(us, sale, made))["ShipFromAddr"] == made["ShipFromAddr"]

    moved = await change(us, "invoice", made["Id"], ShipFromAddr=ARIZONA | {"CountrySubDivisionCode": "CA"})
    assert moved["TxnTaxDetail"]["TotalTax"] == 8
    await run(us)
    await agree(us, sale, made)


async def test_i14_a_tax_that_was_typed_in_the_books_is_read_and_sent_back_as_a_sum(us: Joint) -> None:
    typed = {"TxnTaxCodeRef": {"value": "CustomSalesTax"}, "TotalTax": 7.77}
    sale, made = await from_books(us, TxnTaxDetail=typed)
    assert made["TxnTaxDetail"] == typed
    await agree(us, sale, made)

    await us.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Thanks"})
    await run(us)
    assert (await agree(us, sale, made))["TxnTaxDetail"] == typed

    first, second = (await shop(us, "sales", sale["id"]))["lines"]
    await us.in_shop(
        "PATCH", f"sales/{sale['id']}", {"lines": [first, second | {"quantity": "1", "unit_price": "60.00"}]}
    )
    await run(us)
    there = await agree(us, sale, made)
    assert (there["TxnTaxDetail"]["TotalTax"], there["TotalAmt"]) == (7.77, 167.77)


async def test_i14_the_tax_code_of_a_whole_document_survives_an_edit_of_its_lines(us: Joint) -> None:
    tucson = next(code["Id"] for code in await us.books_list("taxcode") if code["Name"] == "Tucson")
    sale, made = await from_books(us, TxnTaxDetail={"TxnTaxCodeRef": {"value": tucson}})
    assert (made["TxnTaxDetail"]["TxnTaxCodeRef"], made["TxnTaxDetail"]["TotalTax"]) == ({"value": tucson}, 9.1)
    await agree(us, sale, made)

    first, second = (await shop(us, "sales", sale["id"]))["lines"]
    changed = [first, second | {"quantity": "1", "unit_price": "60.00"}]
    await us.in_shop("PATCH", f"sales/{sale['id']}", {"lines": changed})
    await run(us)
    there = await agree(us, sale, made)
    assert there["TxnTaxDetail"]["TxnTaxCodeRef"] == {"value": tucson}
    assert [line["TaxLineDetail"]["TaxPercent"] for line in there["TxnTaxDetail"]["TaxLine"]] == [7.1, 2]


@pytest.mark.parametrize("shown", [("TAX", "NON", "CustomSalesTax"), ()])
def test_a_line_in_america_can_be_taxed_or_not_whatever_the_list_shows(shown: tuple[str, ...]) -> None:
    own = {"Id": "2", "Name": "California", "SalesTaxRateList": {"TaxRateDetail": [{"TaxRateRef": {"value": "3"}}]}}
    pseudo = [{"Id": name, "Name": name, "Taxable": name != "NON"} for name in shown]
    books = read_books(
        "1",
        {
            "CompanyInfo": [{"CompanyName": "A", "Country": "US"}],
            "TaxCode": [*pseudo, own],
            "TaxRate": [{"Id": "3", "RateValue": 8}],
        },
    )

    assert [code.id for code in books.tax_codes] == ["TAX", "NON"]
