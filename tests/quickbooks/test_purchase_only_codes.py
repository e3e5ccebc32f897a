"""Australia's tax codes: what only purchases can bear is offered for no sale, and refused on one (docs/quickbooks.md 9.12)."""

import pytest

from app.live_choices import _choices
from app.quickbooks.mapping.books import STATEMENTS, read_books
from tests.quickbooks.company import Company

FOR_SALES = {"GST", "GST-free", "GST-free exports", "Input taxed", "Out of Scope"}
FOR_PURCHASES = {"GST on capital", "GST on non-capital", "GST-free capital", "GST-free non-capital"}


async def test_the_chart_carries_intuits_names_and_only_sales_codes_are_offered(books: Company) -> None:
    found = await books.side.wire.queries(STATEMENTS)
    read = read_books(books.side.wire.realm_id, found)
    offered = {code.name: code.rate for code in _choices(read, {"Account": [], "Item": [], "TaxAgency": []}).tax_codes}

    assert {code["Name"] for code in found["TaxCode"]} == FOR_SALES | FOR_PURCHASES
    assert offered == {**dict.fromkeys(FOR_SALES, "0"), "GST": "10"}
    assert read.tax.no_tax_code == next(c["Id"] for c in found["TaxCode"] if c["Name"] == "Out of Scope")


@pytest.mark.parametrize("name", sorted(FOR_PURCHASES))
async def test_a_sale_under_a_code_for_purchases_is_refused(books: Company, name: str) -> None:
    code, customer, item = await books.tax_code(name), await books.customer("A"), await books.item()
    detail = {"ItemRef": {"value": item}, "TaxCodeRef": {"value": code}}
    line = {"Amount": 10, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    body = {"CustomerRef": {"value": customer}, "GlobalTaxCalculation": "TaxExcluded", "Line": [line]}
    answer = await books.http.post(f"/_sandbox/companies/{books.realm}/invoice", json=body)

    assert answer.status_code == 400
    [error] = answer.json()["Fault"]["Error"]
    assert error["code"] == "6000"
    assert "Try reselecting the tax rate" in error["Detail"]
