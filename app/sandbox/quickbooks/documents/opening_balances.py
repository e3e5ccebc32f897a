"""What a customer owed when it was made: QuickBooks writes an invoice of that amount and that day by itself.

That the balance can be set at birth alone is told by those who import customers; that it makes an invoice is what Intuit's
help says. [SIM] The invoice has one line of an item "Opening Balance", without tax, and no other member than every
invoice has. A balance below zero makes none and is left out.
"""

from __future__ import annotations

from decimal import Decimal

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.values.fields import day, number
from app.sandbox.quickbooks.values.wire import Body, money

NAME = "Opening Balance"
_UNTAXED = ("Out of Scope", "No VAT")


def opening_balance(sent: Body) -> Decimal:
    """What a customer is said to owe at birth. Raises `FaultError` for what is no amount."""
    return max(Decimal(0), money(number("Balance", sent.get("Balance") or 0)))


def since(company: Company, sent: Body) -> str:
    """The day of an opening balance: today unless it says so. Raises `FaultError` for what is no day."""
    return str(day("OpenBalanceDate", sent["OpenBalanceDate"])) if sent.get("OpenBalanceDate") else company.today()


def invoice_for(company: Company, customer: str, sent: Body, item: str) -> Body:
    """The invoice that the opening balance of a customer makes."""
    detail: Body = {"ItemRef": {"value": item}}
    if company.country == "US":
        detail["TaxCodeRef"] = {"value": "NON"}
    elif company.taxed_lines:
        detail["TaxCodeRef"] = {"value": _untaxed(company)}
    line = {
        "Amount": opening_balance(sent),
        "Description": NAME,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": detail,
    }
    return {"CustomerRef": {"value": customer}, "TxnDate": since(company, sent), "Line": [line]}


def item_for(company: Company) -> Body | None:
    """The item to be made for such lines; None where the company has it."""
    if company.table("Item").find("Name", NAME):
        return None
    return {"Name": NAME, "Type": "Service", "IncomeAccountRef": {"value": company.account_of("Income").id}}


def _untaxed(company: Company) -> str:
    codes = company.table("TaxCode").rows.values()
    free = [record.id for record in codes if not record.body.get("Taxable")]
    named = [record.id for record in codes if record.body["Name"] in _UNTAXED]
    return next(iter([*named, *free]))
