"""Where the discount of a line shows: in its Amount, or in the total alone (docs/quickbooks.md 9.2)."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.model.totals import Rate, TaxTable
from app.quickbooks.mapping.books import Books
from app.quickbooks.mapping.sale import read_sale, sale_extras

BOOKS = Books("1", "A", "AU", "AUD", tax=TaxTable("global", {"5": (Rate("3", Decimal(10)),)}, ""))


def goods(amount: str, **detail: Any) -> dict[str, Any]:
    inner = {"ItemRef": {"value": "4"}, "TaxCodeRef": {"value": "5"}, **detail}
    return {"Id": amount, "Amount": Decimal(amount), "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": inner}


def document(total: str, tax: str, *lines: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {
        "Id": "7",
        "CustomerRef": {"value": "1"},
        "GlobalTaxCalculation": "TaxExcluded",
        "Line": list(lines),
        "TxnTaxDetail": {"TotalTax": Decimal(tax)},
        "TotalAmt": Decimal(total),
        "Balance": Decimal(total),
        **members,
    }


TEN_PERCENT = {"Qty": 3, "UnitPrice": 40, "DiscountRate": 10, "DiscountAmt": 12}
FIVE = {"Qty": 1, "UnitPrice": 45, "DiscountAmt": 5}
WHOLE = {"Id": "9", "DetailType": "DiscountLineDetail", "Amount": 8, "DiscountLineDetail": {"PercentBased": False}}


@pytest.mark.parametrize(
    ("lines", "total", "tax", "read"),
    [
        ((goods("108", **TEN_PERCENT), goods("40", **FIVE)), "162.80", "14.80", ["108", "40"]),
        ((goods("120", **TEN_PERCENT), goods("45", **FIVE)), "162.80", "14.80", ["108", "40"]),
        ((goods("120", **TEN_PERCENT), goods("20")), "140.80", "12.80", ["108", "20"]),
        ((goods("120", **TEN_PERCENT), WHOLE), "110.00", "10.00", ["108", "-8"]),
        ((goods("120", **TEN_PERCENT),), "132.00", "12.00", ["120"]),
        ((goods("120", **TEN_PERCENT),), "131.98", "12.00", ["120", "-0.02"]),
        ((goods("120"), goods("20")), "153.99", "14.00", ["120", "20", "-0.01"]),
        ((goods("0", **(TEN_PERCENT | {"Qty": 0, "UnitPrice": 0})),), "0", "0", ["0"]),
    ],
    ids=[
        "in the amounts",
        "in the total alone",
        "of one line",
        "beside a discount of the whole",
        "nowhere: the price says it already",
        "nowhere, and a rounding",
        "none, and a rounding",
        "void",
    ],
)
def test_i14_what_a_line_comes_to_is_what_the_total_shows(
    lines: tuple[dict[str, Any], ...], total: str, tax: str, read: list[str]
) -> None:
    sale = read_sale("Invoice", document(total, tax, *lines), BOOKS)

    assert [line.total for line in sale.money.lines] == [Decimal(each) for each in read]
    assert sum((line.tax for line in sale.money.lines), Decimal(0)) == Decimal(tax)


def test_a_discount_of_nothing_is_no_content_of_its_own() -> None:
    assert sale_extras(document("22", "2", goods("20", DiscountAmt=Decimal(0)))) == ()
    assert sale_extras(document("22", "2", goods("20", DiscountAmt=Decimal(5)))) == ("line_discount",)
