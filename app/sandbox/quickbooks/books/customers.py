"""Customers, and the vendors and employees who share their names and ids: shaping, inactivating, merging."""

from __future__ import annotations

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.books.kinds import Draft, Kind
from app.sandbox.quickbooks.books.ledger import post
from app.sandbox.quickbooks.books.names import renamed, settle
from app.sandbox.quickbooks.books.tables import Record
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.fields import (
    Check,
    address,
    anything,
    choice,
    day,
    email,
    flag,
    number,
    phone,
    reference,
    text,
    website,
)
from app.sandbox.quickbooks.values.wire import Body, money

NAME_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")

_PERSON: dict[str, Check] = {
    "Title": text(16),
    "GivenName": text(100),
    "MiddleName": text(100),
    "FamilyName": text(100),
    "Suffix": text(16),
    "DisplayName": text(500),
    "CompanyName": text(100),
    "PrintOnCheckName": text(110),
    "Active": flag,
    "PrimaryPhone": phone,
    "AlternatePhone": phone,
    "Mobile": phone,
    "Fax": phone,
    "PrimaryEmailAddr": email,
    "WebAddr": website,
    "OtherAddr": address,
    "Notes": text(2000),
    "OtherContactInfo": anything,
}
_PARTNER: dict[str, Check] = {
    **_PERSON,
    "BillAddr": address,
    "ShipAddr": address,
    "CurrencyRef": reference,
    "source": anything,
}
CUSTOMER: dict[str, Check] = {
    **_PARTNER,
    "Taxable": flag,
    "DefaultTaxCodeRef": reference,
    "TaxExemptionReasonId": text(16),
    "SalesTermRef": reference,
    "PaymentMethodRef": reference,
    "PreferredDeliveryMethod": choice("Print", "Email", "None"),
    "ResaleNum": text(16),
    "Job": flag,
    "ParentRef": reference,
    "BillWithParent": flag,
    "CustomerTypeRef": reference,
    "ARAccountRef": reference,
    "PrimaryTaxIdentifier": text(20),
    "SecondaryTaxIdentifier": text(20),
    "GSTIN": text(15),
    "GSTRegistrationType": text(15),
    "BusinessNumber": text(10),
}
VENDOR: dict[str, Check] = {
    **_PARTNER,
    "TaxIdentifier": text(20),
    "AcctNum": text(100),
    "TermRef": reference,
    "Vendor1099": flag,
    "BillRate": number,
    "CostRate": number,
    "APAccountRef": reference,
    "VendorPaymentBankDetail": anything,
    "TaxReportingBasis": text(100),
}
EMPLOYEE: dict[str, Check] = {
    **_PERSON,
    "PrimaryAddr": address,
    "SSN": text(100),
    "EmployeeNumber": text(100),
    "BirthDate": day,
    "HiredDate": day,
    "ReleasedDate": day,
    "Gender": text(100),
    "BillRate": number,
    "CostRate": number,
    "BillableTime": flag,
    "Organization": flag,
}


def _person(draft: Draft, entity: str) -> Body:
    """Name, e-mail and currency, which the three lists have in common."""
    body = draft.body
    parts = " ".join(str(body[part]) for part in NAME_PARTS if body.get(part))
    if not body.get("DisplayName"):
        body["DisplayName"] = parts or body.get("CompanyName", "")
    if not body["DisplayName"]:
        raise faults.no_name()
    if draft.before is None or "PrintOnCheckName" not in body:
        body.setdefault("PrintOnCheckName", body.get("CompanyName") or parts or body["DisplayName"])
    currency = body.get("CurrencyRef") or {"value": draft.company.home_currency["value"]}
    if draft.before is not None:
        currency = draft.before.body.get("CurrencyRef", currency)  # set once, for good
    body["CurrencyRef"] = draft.company.currency(str(currency["value"]))
    settle(draft, entity)
    return body


def _customer(draft: Draft) -> Body:
    company, before = draft.company, draft.before
    body = _person(draft, "Customer")
    if "SalesTermRef" in body:
        company.require("Term", body["SalesTermRef"], "SalesTermRef")
    if "PaymentMethodRef" in body:
        company.require("PaymentMethod", body["PaymentMethodRef"], "PaymentMethodRef")
    if before is not None and before.body["Active"] and not body["Active"] and money(before.body["Balance"]) > 0:
        raise faults.has_balance()
    parent = body.get("ParentRef")
    body["Job"] = bool(parent)
    if parent:
        body["ParentRef"] = company.named("Customer", company.require("Customer", parent, "ParentRef").id)
        body["Level"] = str(body["FullyQualifiedName"]).count(":")
    else:
        body.pop("Level", None)
    body.setdefault("Taxable", company.country == "US")
    body.setdefault("BillWithParent", False)
    body.setdefault("PreferredDeliveryMethod", "Print")
    if draft.person and "IsProject" in draft.sent:  # its screens make projects, the API does not
        body["IsProject"] = bool(parent and draft.sent["IsProject"])
    body.setdefault("IsProject", False)
    if before is None:
        body["Balance"] = body["BalanceWithJobs"] = 0  # what it is said to owe becomes an invoice
        body["ClientEntityId"] = "0"
        body["V4IDPseudonym"] = f"00{company.chance.getrandbits(112):028x}"
    return body


def _customer_applied(company: Company, record: Record) -> None:
    renamed(company, "Customer", record)


def _listed(entity: str) -> Kind:
    def shape(draft: Draft) -> Body:
        body = _person(draft, entity)
        if entity == "Vendor":
            body.setdefault("Balance", 0)
            body.setdefault("Vendor1099", False)
        else:
            body.pop("CurrencyRef", None)
        body.pop("FullyQualifiedName", None)
        return body

    return Kind(entity, VENDOR if entity == "Vendor" else EMPLOYEE, shape)


def merge(company: Company, loser: Record, survivor: Record) -> None:
    """Merges customers as the screens do: documents move to the survivor, the loser goes inactive, one event tells of it.

    Raises `FaultError` (6000) for an inactive survivor, and for a loser that has sub-customers.
    """
    if loser is survivor or not survivor.body["Active"]:
        raise faults.business("You can merge a customer only into another, active one.")
    if any(row.body.get("ParentRef", {}).get("value") == loser.id for row in company.table("Customer").rows.values()):
        raise faults.business("You can't merge a customer that has sub-customers.")
    target = company.named("Customer", survivor.id)
    for entity, table in company.tables.items():
        for document in table.find("CustomerRef", loser.id):
            company.change(entity, document, {**document.body, "CustomerRef": target})
            post(company, entity, document)
    for purchase in list(company.table("Purchase").rows.values()):
        payee = purchase.body.get("EntityRef", {})
        if payee.get("type") == "Customer" and payee.get("value") == loser.id:
            company.change("Purchase", purchase, {**purchase.body, "EntityRef": {**target, "type": "Customer"}})
            post(company, "Purchase", purchase)
    body = {**loser.body, "Active": False}
    loser.facts["name"] = body["DisplayName"]
    settle(Draft(company, body, body, loser, sparse=True, person=True, include=""), "Customer")
    company.change("Customer", loser, body, event="")
    loser.facts["merged_into"] = survivor.id
    company.touch("Customer", survivor)
    company.emit("Customer", survivor.id, "Merge", loser.id)


CUSTOMER_KIND = Kind("Customer", CUSTOMER, _customer, applied=_customer_applied)
VENDOR_KIND = _listed("Vendor")
EMPLOYEE_KIND = _listed("Employee")
