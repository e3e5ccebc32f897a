"""The small lists (payment methods, terms, classes, departments, tax agencies) and the two singletons."""

from __future__ import annotations

from typing import Any

from app.sandbox.quickbooks.books.kinds import Draft, Kind
from app.sandbox.quickbooks.books.names import settle
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.fields import (
    Check,
    anything,
    choice,
    day,
    flag,
    number,
    reference,
    text,
)
from app.sandbox.quickbooks.values.wire import Body

PAYMENT_METHOD: dict[str, Check] = {"Name": text(31), "Active": flag, "Type": choice("CREDIT_CARD", "NON_CREDIT_CARD")}
TERM: dict[str, Check] = {
    "Name": text(31),
    "Active": flag,
    "Type": choice("STANDARD", "DATE_DRIVEN"),
    "DueDays": number,
    "DiscountPercent": number,
    "DiscountDays": number,
    "DayOfMonthDue": number,
    "DueNextMonthDays": number,
    "DiscountDayOfMonth": number,
}
CLASS: dict[str, Check] = {"Name": text(100), "Active": flag, "SubClass": flag, "ParentRef": reference}
DEPARTMENT: dict[str, Check] = {
    "Name": text(100),
    "Active": flag,
    "SubDepartment": flag,
    "ParentRef": reference,
    "Address": anything,
}
TAX_AGENCY: dict[str, Check] = {
    "DisplayName": text(100),
    "TaxTrackedOnSales": flag,
    "TaxTrackedOnPurchases": flag,
    "TaxRegistrationNumber": text(100),
    "LastFileDate": day,
}

_SECTIONS = (
    "AccountingInfoPrefs",
    "ProductAndServicesPrefs",
    "SalesFormsPrefs",
    "VendorAndPurchasesPrefs",
    "TimeTrackingPrefs",
    "TaxPrefs",
    "CurrencyPrefs",
    "ReportPrefs",
    "EmailMessagesPrefs",
    "OtherPrefs",
)
_COMPANY_TEXT = ("CompanyName", "LegalName", "FiscalYearStartMonth", "Country", "CompanyStartDate", "DefaultTimeZone")
_COMPANY_REST = (
    "CompanyAddr",
    "CustomerCommunicationAddr",
    "LegalAddr",
    "PrimaryPhone",
    "Email",
    "CustomerCommunicationEmailAddr",
    "WebAddr",
    "SupportedLanguages",
    "NameValue",
    "EmployerId",
)


def _named_list(entity: str, writable: dict[str, Check], *, qualified: bool = False) -> Kind:
    def shape(draft: Draft) -> Body:
        if not draft.body.get("Name"):
            raise faults.missing("Name")
        settle(draft, entity)
        body = draft.body
        if qualified:
            body.setdefault(f"Sub{entity}", bool(body.get("ParentRef")))
        else:
            body.pop("FullyQualifiedName", None)
        if entity == "PaymentMethod":
            body.setdefault("Type", "NON_CREDIT_CARD")
        if entity == "Term":
            body.setdefault("Type", "DATE_DRIVEN" if "DayOfMonthDue" in body else "STANDARD")
            if body["Type"] == "STANDARD":
                body.setdefault("DueDays", 0)
        return body

    return Kind(entity, writable, shape)


def _tax_agency(draft: Draft) -> Body:
    body = draft.body
    if not body.get("DisplayName"):
        raise faults.missing("DisplayName")
    agencies = draft.company.table("TaxAgency").find("DisplayName", body["DisplayName"])
    if any(record is not draft.before for record in agencies):
        raise faults.duplicate_name()
    body.setdefault("TaxTrackedOnSales", True)
    body.setdefault("TaxTrackedOnPurchases", False)
    return body


def _deepened(stored: Any, sent: Any) -> Any:
    """Preferences are updated section by section, also when sparse."""
    if isinstance(stored, dict) and isinstance(sent, dict):
        merged = {**stored, **{key: _deepened(stored.get(key), value) for key, value in sent.items()}}
        return {key: value for key, value in merged.items() if value is not None}
    return sent


def _preferences(draft: Draft) -> Body:
    assert draft.before is not None
    kept = dict(draft.before.body)
    for section in _SECTIONS:
        if isinstance(draft.sent.get(section), dict):
            kept[section] = _deepened(kept.get(section, {}), draft.sent[section])
    return kept


def _company_info(draft: Draft) -> Body:
    assert draft.before is not None
    return {**draft.before.body, **{name: value for name, value in draft.body.items() if name not in ("Country", "Id")}}


def usable(draft: Draft, entity: str, reference_name: str) -> None:
    """Checks a reference to one of these lists and writes its name into it."""
    value = draft.body.get(reference_name)
    if value:
        found = draft.company.require(entity, value, reference_name)
        draft.body[reference_name] = draft.company.named(entity, found.id)


PAYMENT_METHOD_KIND = _named_list("PaymentMethod", PAYMENT_METHOD)
TERM_KIND = _named_list("Term", TERM)
CLASS_KIND = _named_list("Class", CLASS, qualified=True)
DEPARTMENT_KIND = _named_list("Department", DEPARTMENT, qualified=True)
TAX_AGENCY_KIND = Kind("TaxAgency", TAX_AGENCY, _tax_agency)
PREFERENCES_KIND = Kind("Preferences", dict.fromkeys(_SECTIONS, anything), _preferences, creatable=False)
COMPANY_INFO_KIND = Kind(
    "CompanyInfo",
    {**{name: text(1024) for name in _COMPANY_TEXT}, **dict.fromkeys(_COMPANY_REST, anything)},
    _company_info,
    creatable=False,
)
