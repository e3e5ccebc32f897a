"""What a company keeps beside the sales of its customers: bills, supplier credits, purchase orders, transfers, estimates,
hours worked, and notes on any of them.

[SIM] They have ids, names, versions, totals and change data as every object has, and post nothing to an account.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.sandbox.quickbooks.books import lists
from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.books.kinds import Draft, Kind
from app.sandbox.quickbooks.books.tables import Record
from app.sandbox.quickbooks.documents.form_totals import complete
from app.sandbox.quickbooks.documents.money_out import numbered, spent
from app.sandbox.quickbooks.documents.sales_form_fields import FORM
from app.sandbox.quickbooks.tax.rounding import cents
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.fields import (
    Check,
    address,
    anything,
    choice,
    day,
    memo,
    number,
    reference,
    rows,
    text,
)
from app.sandbox.quickbooks.values.wire import Body, money

ZERO = Decimal(0)
DAYS_TO_PAY_A_BILL = 10
_OF_ANY: dict[str, Check] = {
    "TxnDate": day,
    "PrivateNote": text(4000),
    "CurrencyRef": reference,
    "ExchangeRate": number,
    "DepartmentRef": reference,
    "TxnSource": text(100),
}
_BY_VENDOR: dict[str, Check] = {
    **_OF_ANY,
    "DocNumber": text(21),
    "VendorRef": reference,
    "APAccountRef": reference,
    "VendorAddr": address,
    "Line": rows,
    "GlobalTaxCalculation": text(30),
    "Memo": text(4000),
}
_DUE: dict[str, Check] = {"SalesTermRef": reference, "DueDate": day}
_ORDER: dict[str, Check] = {
    **_BY_VENDOR,
    **_DUE,
    "POStatus": choice("Open", "Closed"),
    "ShipAddr": address,
    "POEmail": anything,
    "ClassRef": reference,
}
_TRANSFER: dict[str, Check] = {
    **_OF_ANY,
    "FromAccountRef": reference,
    "ToAccountRef": reference,
    "Amount": number,
    "ClassRef": reference,
}
_ESTIMATE: dict[str, Check] = {
    **{name: check for name, check in FORM.items() if name not in ("DepositToAccountRef", "PaymentMethodRef")},
    "ExpirationDate": day,
    "AcceptedBy": text(200),
    "AcceptedDate": day,
    "TxnStatus": choice("Pending", "Accepted", "Closed", "Rejected"),
    "CustomerMemo": memo,
    "SalesTermRef": reference,
    "DueDate": day,
}
_HOURS: dict[str, Check] = {
    "TxnDate": day,
    "NameOf": choice("Employee", "Vendor"),
    "EmployeeRef": reference,
    "VendorRef": reference,
    "CustomerRef": reference,
    "ItemRef": reference,
    "ClassRef": reference,
    "DepartmentRef": reference,
    "BillableStatus": choice("Billable", "NotBillable", "HasBeenBilled"),
    "Taxable": anything,
    "HourlyRate": number,
    "CostRate": number,
    "Hours": number,
    "Minutes": number,
    "BreakHours": number,
    "BreakMinutes": number,
    "StartTime": text(40),
    "EndTime": text(40),
    "Description": text(4000),
}
_NOTE: dict[str, Check] = {
    "FileName": text(1000),
    "Note": text(2000),
    "Category": text(100),
    "ContentType": text(100),
    "PlaceName": text(2000),
    "Tag": text(2000),
    "Lat": text(100),
    "Long": text(100),
    "AttachableRef": rows,
}


def _named(draft: Draft, entity: str, member: str) -> None:
    """Checks a reference that the body must have, and writes its name into it."""
    if not draft.body.get(member):
        raise faults.missing(member)
    found = draft.company.require(entity, draft.body[member], member)
    draft.body[member] = draft.company.named(entity, found.id)


def _dated(draft: Draft) -> None:
    draft.body.setdefault("TxnDate", draft.company.today())
    draft.body.setdefault("CurrencyRef", draft.company.home_currency)
    lists.usable(draft, "Department", "DepartmentRef")
    lists.usable(draft, "Class", "ClassRef")


def _by_vendor(entity: str, draft: Draft) -> Body:
    body, company = draft.body, draft.company
    _named(draft, "Vendor", "VendorRef")
    if not body.get("Line"):
        raise faults.missing("Line")
    lines = [spent(draft, line) for line in body["Line"]]
    body["Line"] = numbered(lines)
    body["TotalAmt"] = sum((money(line["Amount"]) for line in lines), ZERO)
    body.setdefault("APAccountRef", {"value": company.account_of("Accounts Payable").id})
    _named(draft, "Account", "APAccountRef")
    _dated(draft)
    lists.usable(draft, "Term", "SalesTermRef")
    if entity == "Bill":
        due = date.fromisoformat(str(body["TxnDate"])) + timedelta(days=DAYS_TO_PAY_A_BILL)
        body.setdefault("DueDate", due.isoformat())
    if entity == "PurchaseOrder":
        body.setdefault("POStatus", "Open")
    else:
        body["Balance"] = body["TotalAmt"]
    return body


def _transfer(draft: Draft) -> Body:
    body = draft.body
    _named(draft, "Account", "FromAccountRef")
    _named(draft, "Account", "ToAccountRef")
    if body["FromAccountRef"]["value"] == body["ToAccountRef"]["value"]:
        raise faults.business("You must select two different accounts for a transfer.")
    if body.get("Amount") is None:
        raise faults.missing("Amount")
    body["Amount"] = cents(money(body["Amount"]), draft.unit)
    _dated(draft)
    return body


def _estimate(draft: Draft) -> Body:
    body = draft.body
    _named(draft, "Customer", "CustomerRef")
    _dated(draft)
    lists.usable(draft, "Term", "SalesTermRef")
    complete(draft)
    body["LinkedTxn"] = [] if draft.before is None else draft.before.body.get("LinkedTxn", [])
    body.setdefault("TxnStatus", "Pending")
    body.setdefault("PrintStatus", "NeedToPrint")
    body.setdefault("EmailStatus", "NotSet")
    body.setdefault("CustomField", [])
    return body


def _hours(draft: Draft) -> Body:
    body = draft.body
    if not body.get("NameOf"):
        raise faults.missing("NameOf")
    _named(draft, str(body["NameOf"]), f"{body['NameOf']}Ref")
    for entity in ("Customer", "Item", "Class", "Department"):
        lists.usable(draft, entity, f"{entity}Ref")
    if body.get("StartTime") and body.get("EndTime"):
        _moment("StartTime", body["StartTime"])
        _moment("EndTime", body["EndTime"])
    elif body.get("Hours") is None and body.get("Minutes") is None:
        raise faults.missing("Hours")
    body.setdefault("TxnDate", str(body.get("StartTime") or draft.company.today())[:10])
    body.setdefault("BillableStatus", "NotBillable")
    return body


def _moment(name: str, value: Any) -> None:
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        raise faults.bad_value(2060, "Date", name, value) from None


def _note(draft: Draft) -> Body:
    body = draft.body
    if not body.get("Note") and not body.get("FileName"):
        raise faults.missing("Note")
    for link in body.get("AttachableRef", []):
        target = link.get("EntityRef") or {}
        entity = next((name for name in draft.company.tables if name.lower() == str(target.get("type")).lower()), "")
        if not entity:
            raise faults.bad_value(2170, "Enumeration", "EntityRef.type", target.get("type"))
        draft.company.require(entity, target, "EntityRef")
    return body


def _gone(company: Company, record: Record) -> None:
    """Nothing elsewhere knows of it."""


def _kind(entity: str, writable: dict[str, Check], shape: Callable[[Draft], Body]) -> Kind:
    return Kind(entity, writable, shape, removed=_gone)


BILL = _kind("Bill", {**_BY_VENDOR, **_DUE}, lambda draft: _by_vendor("Bill", draft))
VENDOR_CREDIT = _kind("VendorCredit", _BY_VENDOR, lambda draft: _by_vendor("VendorCredit", draft))
PURCHASE_ORDER = _kind("PurchaseOrder", _ORDER, lambda draft: _by_vendor("PurchaseOrder", draft))
TRANSFER = _kind("Transfer", _TRANSFER, _transfer)
ESTIMATE = _kind("Estimate", _ESTIMATE, _estimate)
TIME_ACTIVITY = _kind("TimeActivity", _HOURS, _hours)
ATTACHABLE = _kind("Attachable", _NOTE, _note)
KINDS = (BILL, VENDOR_CREDIT, PURCHASE_ORDER, TRANSFER, ESTIMATE, TIME_ACTIVITY, ATTACHABLE)
