"""What the page of a company lets a bookkeeper do, by the write of a person that QBO's own screens make (`requests.writes`)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.requests.writes import read, write
from app.sandbox.quickbooks.values.wire import Body, money

SALES = "SalesItemLineDetail"


class UnreadableError(Exception):
    """What was typed is no amount; the message is for whoever typed it."""


def shown_amount(line: Body) -> Decimal:
    """A line's amount as the form shows it: with tax where the invoice includes it."""
    return money(line[SALES].get("TaxInclusiveAmt", line["Amount"]))


def edit_invoice(company: Company, form: Mapping[str, str]) -> Body:
    """Save an invoice as it stands in the form: due date, message, and the amounts of its lines.

    Raises `FaultError` where QBO would refuse, `UnreadableError` for an amount that is none.
    """
    invoice = read(company, "Invoice", form.get("invoice", "")).body
    typed = {"DueDate": form.get("due", invoice.get("DueDate")), "CustomerMemo": {"value": form.get("message", "")}}
    lines = [_retyped(line, form) for line in invoice["Line"]]
    sent = {"Line": lines} if lines != invoice["Line"] else {}
    return _saved(company, "Invoice", invoice, {**sent, **typed})


def _retyped(line: Body, form: Mapping[str, str]) -> Body:
    """The line as it stands in the form; the price follows from amount and quantity."""
    typed = form.get(f"line-{line.get('Id')}")
    if SALES not in line or typed is None or _amount(typed) == shown_amount(line):
        return line
    follows = ("UnitPrice", "TaxInclusiveAmt", "DiscountAmt", "DiscountRate")
    detail = {name: value for name, value in line[SALES].items() if name not in follows}
    return {**line, "Amount": _amount(typed), SALES: detail}


def receive_payment(company: Company, form: Mapping[str, str]) -> Body:
    """Receive money for an invoice, all that is open unless an amount is typed.

    Raises `FaultError` where QBO would refuse, `UnreadableError` for an amount that is none.
    """
    invoice = read(company, "Invoice", form.get("invoice", "")).body
    value = _amount(form["amount"]) if "amount" in form else money(invoice["Balance"])
    applied = {"Amount": value, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
    sent: Body = {"CustomerRef": invoice["CustomerRef"], "TotalAmt": value, "Line": [applied]}
    if "account" in form:
        sent["DepositToAccountRef"] = {"value": form["account"]}
    return write(company, "Payment", sent, person=True)


def change_customer(company: Company, form: Mapping[str, str]) -> Body:
    """Save a customer as it stands in the form: names, e-mail and phone. Raises `FaultError` where QBO would refuse."""
    customer = read(company, "Customer", form.get("customer", "")).body
    typed: Body = {
        "DisplayName": form.get("display_name", customer["DisplayName"]),
        "GivenName": form.get("given_name", ""),
        "FamilyName": form.get("family_name", ""),
        "CompanyName": form.get("company_name", ""),
        "PrimaryEmailAddr": {"Address": form.get("email", "")},
        "PrimaryPhone": {"FreeFormNumber": form.get("phone", "")},
    }
    return _saved(company, "Customer", customer, typed)


def _saved(company: Company, entity: str, before: Body, typed: Body) -> Body:
    """The record with what was typed, where that says something else than before."""
    cleared = {name: "" if _says_nothing(value) else value for name, value in typed.items()}
    moved = {name: value for name, value in cleared.items() if value != before.get(name, "")}
    return write(company, entity, {"Id": before["Id"], "sparse": True, **moved}, person=True)


def _says_nothing(value: object) -> bool:
    return value in (None, "") or (isinstance(value, dict) and not any(value.values()))


def _amount(typed: str) -> Decimal:
    try:
        value = Decimal(typed.lstrip("$").replace(",", ""))
    except InvalidOperation as error:
        raise UnreadableError(f"{typed} is not an amount.") from error
    if not value.is_finite():
        raise UnreadableError(f"{typed} is not an amount.")
    return value
