"""Estimates and hours that a form bills, discounts of a line, opening balances, pseudo tax codes (docs/quickbooks.md 9)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from .books import Body, Books


async def worked(books: Books, customer: Body) -> Body:
    worker = await books.write("Employee", {"GivenName": "Emil", "FamilyName": "Worker"})
    body = {"NameOf": "Employee", "EmployeeRef": {"value": worker["Id"]}, "CustomerRef": {"value": customer["Id"]}}
    return await books.write("TimeActivity", body | {"Hours": 2, "Minutes": 0, "BillableStatus": "Billable"})


async def offered(books: Books, customer: Body) -> Body:
    return await books.write("Estimate", {"CustomerRef": {"value": customer["Id"]}, "Line": [books.line("50")]})


def to(sort: str, record: Body) -> Body:
    return {"TxnId": record["Id"], "TxnType": sort}


async def test_an_invoice_names_the_hours_it_bills_and_so_does_their_line(us: Books) -> None:
    customer = await us.customer()
    hours = await worked(us, customer)
    made = await us.invoice(customer, us.line("20") | {"LinkedTxn": [to("TimeActivity", hours)]})

    assert made["LinkedTxn"] == [to("TimeActivity", hours)]
    assert made["Line"][0]["LinkedTxn"] == [to("TimeActivity", hours) | {"TxnLineId": "1"}]
    assert (await us.read("TimeActivity", hours["Id"]))["BillableStatus"] == "HasBeenBilled"


async def test_an_estimate_is_closed_by_the_invoice_that_bills_it_and_opens_again_with_its_end(us: Books) -> None:
    customer = await us.customer()
    offer = await offered(us, customer)
    made = await us.invoice(customer, us.line("50"), LinkedTxn=[to("Estimate", offer)])
    closed = await us.read("Estimate", offer["Id"])
    assert (closed["TxnStatus"], closed["LinkedTxn"]) == ("Closed", [to("Invoice", made)])

    noted = await us.write("Invoice", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"})
    assert noted["LinkedTxn"] == made["LinkedTxn"]
    await us.write("Invoice", {"Id": made["Id"], "SyncToken": noted["SyncToken"]}, operation="delete")
    opened = await us.read("Estimate", offer["Id"])
    assert (opened["TxnStatus"], opened["LinkedTxn"]) == ("Pending", [])


@pytest.mark.parametrize("what", ["another customer's", "billed already", "two estimates", "not there"])
async def test_what_cannot_be_billed_is_refused(us: Books, what: str) -> None:
    customer = await us.customer()
    hours, offer, second = await worked(us, customer), await offered(us, customer), await offered(us, customer)
    links = [to("Estimate", offer), to("Estimate", second)] if what == "two estimates" else [to("TimeActivity", hours)]
    if what == "not there":
        links = [{"TxnId": "987654", "TxnType": "Estimate"}]
    if what == "billed already":
        await us.invoice(customer, us.line("20"), LinkedTxn=links)
    owner = await us.customer(DisplayName="Somebody else") if what == "another customer's" else customer
    body = {"CustomerRef": {"value": owner["Id"]}, "Line": [us.line("20")], "LinkedTxn": links}

    answer = await us.call("POST", "invoice", json=body)

    assert answer.json()["Fault"]["Error"][0]["code"] == ("2500" if what == "not there" else "6000")


@pytest.mark.parametrize("sent", ["108", "120"])
async def test_a_discount_of_a_line_is_taken_off_once_however_its_amount_is_sent(us: Books, sent: str) -> None:
    made = await us.invoice(await us.customer(), us.line(sent, Qty=3, UnitPrice=40, DiscountRate=10, DiscountAmt=99))

    detail = made["Line"][0]["SalesItemLineDetail"]
    assert (made["Line"][0]["Amount"], made["TotalAmt"]) == (108, 108)
    assert (detail["DiscountRate"], detail["DiscountAmt"], detail["UnitPrice"]) == (10, 12, 40)


async def test_an_amount_that_neither_makes_is_refused(us: Books) -> None:
    body = {
        "CustomerRef": {"value": (await us.customer())["Id"]},
        "Line": [us.line("100", Qty=3, UnitPrice=40, DiscountRate=10)],
    }
    answer = await us.call("POST", "invoice", json=body)

    assert answer.json()["Fault"]["Error"][0]["code"] == "6070"


async def test_a_discount_of_a_line_on_a_form_that_includes_tax_is_answered_net(au: Books) -> None:
    made = await au.invoice(
        await au.customer(), au.line("99", Qty=1, UnitPrice=110, DiscountRate=10), GlobalTaxCalculation="TaxInclusive"
    )

    detail = made["Line"][0]["SalesItemLineDetail"]
    assert (made["TotalAmt"], made["Line"][0]["Amount"], detail["TaxInclusiveAmt"]) == (99, 90, 99)
    assert (detail["UnitPrice"], detail["DiscountAmt"]) == (100, 10)
    again = await au.write(
        "Invoice", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Line": _plain(made["Line"])}
    )
    assert (again["SyncToken"], again["TotalAmt"]) == ("0", 99)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return float(value) if isinstance(value, Decimal) else value


@pytest.mark.parametrize("balance", [80, 0, -5, None])
async def test_only_what_a_new_customer_owes_makes_an_invoice(us: Books, balance: float | None) -> None:
    given = {} if balance is None else {"Balance": balance}
    customer = await us.customer(OpenBalanceDate="2026-01-31", **given)
    found = (await us.query("select * from Invoice")).get("Invoice", [])

    owed = 80 if balance == 80 else 0
    assert [(x["TotalAmt"], x["TxnDate"], x["CustomerRef"]["value"]) for x in found] == (
        [(80, "2026-01-31", customer["Id"])] if owed else []
    )
    assert (await us.read("Customer", customer["Id"]))["Balance"] == owed


async def test_the_pseudo_codes_of_an_american_company_come_on_top_of_the_page(us: Books, au: Books) -> None:
    codes = (await us.query("select * from TaxCode startposition 1 maxresults 1"))["TaxCode"]
    assert [x["Id"] for x in codes] == ["TAX", "NON", "CustomSalesTax", codes[-1]["Id"]]
    assert sorted(codes[2]) == ["Description", "Id", "MetaData", "Name", "TaxGroup", "Taxable"]
    assert [(x["Taxable"], x["TaxGroup"]) for x in codes[:3]] == [(True, False), (False, False), (True, True)]
    others = (await us.query("select * from TaxCode startposition 2"))["TaxCode"]
    assert {x["Id"] for x in others} & {"TAX", "NON", "CustomSalesTax"} == set()
    active = (await us.query("select * from TaxCode where Active = true"))["TaxCode"]
    assert {x["Id"] for x in active} & {"TAX", "NON", "CustomSalesTax"} == set()
    assert {x["Id"] for x in (await au.query("select * from TaxCode"))["TaxCode"]} & {
        "TAX",
        "NON",
        "CustomSalesTax",
    } == set()


async def test_no_form_that_the_api_sends_may_name_the_pseudo_code_of_a_typed_tax(us: Books) -> None:
    typed = {"TxnTaxDetail": {"TxnTaxCodeRef": {"value": "CustomSalesTax"}, "TotalTax": 5}}
    body = {"CustomerRef": {"value": (await us.customer())["Id"]}, "Line": [us.line("100", "TAX")], **typed}
    answer = await us.call("POST", "invoice", json=body)

    assert answer.json()["Fault"]["Error"][0]["code"] == "6160"


async def test_a_form_without_another_address_is_taxed_where_it_comes_from(us: Books) -> None:
    there = {"Line1": "1 Way", "City": "Tucson", "CountrySubDivisionCode": "AZ", "PostalCode": "85001"}
    made = await us.invoice(await us.customer(), us.line("100", "TAX"), ShipFromAddr=there)
    assert (made["ShipFromAddr"]["City"], made["TxnTaxDetail"]["TotalTax"]) == ("Tucson", Decimal("9.1"))

    moved = await us.write(
        "Invoice",
        {"Id": made["Id"], "SyncToken": "0", "sparse": True, "ShipFromAddr": there | {"CountrySubDivisionCode": "CA"}},
    )
    assert moved["TxnTaxDetail"]["TotalTax"] == 8
    noted = await us.write("Invoice", {"Id": made["Id"], "SyncToken": "1", "sparse": True, "PrivateNote": "x"})
    assert noted["ShipFromAddr"] == moved["ShipFromAddr"]


async def test_every_void_writes_its_word_before_the_note(us: Books) -> None:
    made = await us.invoice(await us.customer())
    first = await us.write("Invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="void")
    second = await us.write("Invoice", {"Id": made["Id"], "SyncToken": first["SyncToken"]}, operation="void")

    assert (first["PrivateNote"], second["PrivateNote"]) == ("Voided", "Voided - Voided")


async def test_an_opening_balance_within_closed_books_leaves_nothing_behind(us: Books) -> None:
    await us.hazards(books_closed={"date": "2026-06-30"})
    body = {"DisplayName": "Late", "Balance": 5, "OpenBalanceDate": "2026-06-30"}

    assert (await us.fault("Customer", body))["code"] == "6210"
    assert "Customer" not in await us.query("select * from Customer where DisplayName = 'Late'")
