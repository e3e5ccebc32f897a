"""`taxservice/taxcode`, the only way in which an app makes tax codes and rates, and how they are stored."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.tax.taxes import CUSTOM_SALES_TAX
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.fields import number, text
from app.sandbox.quickbooks.values.wire import Body, money

_USES = ("Sales", "Purchase")


def create_code(company: Company, sent: Any) -> Body:
    """Makes a code with new or existing rates; answers without an envelope. Everything is checked before anything is made.

    Raises `FaultError` for what is missing and for a name that is taken.
    """
    if not isinstance(sent, dict) or not sent.get("TaxCode"):
        raise faults.missing("TaxCode")
    name = text(100)("TaxCode", sent["TaxCode"])
    if company.table("TaxCode").find("Name", name):
        raise faults.duplicate_name()
    rows = sent.get("TaxRateDetails")
    if not isinstance(rows, list) or not rows:
        raise faults.missing("TaxRateDetails")
    for row in rows:
        _check(company, row)
    made = [_made(company, row) for row in rows]
    sales, purchases = (
        [row["TaxRateId"] for row in made if row.get("TaxApplicableOn", "Sales") == use] for use in _USES
    )
    return {"TaxCode": name, "TaxCodeId": insert_code(company, name, sales, purchases), "TaxRateDetails": made}


def _made(company: Company, row: Body) -> Body:
    """The row as it is answered: ids are texts."""
    agency = {"TaxAgencyId": str(row["TaxAgencyId"])} if row.get("TaxAgencyId") else {}
    return {**row, **agency, "TaxRateId": str(row.get("TaxRateId") or _rate(company, row))}


def _check(company: Company, row: Any) -> None:
    if not isinstance(row, dict):
        raise faults.bad_json("TaxRateDetails is not a list of objects")
    use = row.get("TaxApplicableOn", "Sales")
    if use not in _USES:
        raise faults.bad_value(2270, "TaxApplicableOn", "TaxApplicableOn", use)
    if row.get("TaxRateId"):
        company.require("TaxRate", {"value": str(row["TaxRateId"])}, "TaxRateId")
        return
    for name in ("TaxRateName", "RateValue", "TaxAgencyId"):
        if row.get(name) in (None, ""):
            raise faults.missing(name)
    text(100)("TaxRateName", row["TaxRateName"])
    number("RateValue", row["RateValue"])
    company.require("TaxAgency", {"value": str(row["TaxAgencyId"])}, "TaxAgencyId", "TaxAgency")


def _rate(company: Company, row: Body) -> str:
    return insert_rate(
        company, str(row["TaxRateName"]), money(number("RateValue", row["RateValue"])), str(row["TaxAgencyId"])
    )


def insert_rate(company: Company, name: str, percent: Decimal, agency: str) -> str:
    body = {
        "Name": name,
        "Description": name,
        "Active": True,
        "RateValue": percent,
        "AgencyRef": {"value": agency},
        "SpecialTaxType": "NONE" if percent else "ZERO_RATE",
        "DisplayType": "ReadOnly",
        "EffectiveTaxRate": [{"RateValue": percent, "EffectiveDate": "2000-07-01T00:00:00-07:00"}],
    }
    return company.insert("TaxRate", body, event=False).id


def insert_pseudo_code(company: Company, name: str) -> None:
    """TAX, NON or CustomSalesTax of an American company, with no more members than were recorded."""
    body = {"Name": name, "Description": name, "Taxable": name != "NON", "TaxGroup": name == CUSTOM_SALES_TAX}
    company.insert("TaxCode", body, identifier=name, event=False)


def insert_code(
    company: Company,
    name: str,
    sales: Sequence[str],
    purchases: Sequence[str] = (),
    *,
    identifier: str | None = None,
    description: str = "",
) -> str:
    def listed(rates: Sequence[str]) -> Body:
        rows = [
            {"TaxRateRef": company.named("TaxRate", rate), "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0}
            for rate in rates
        ]
        return {"TaxRateDetail": rows}

    body = {
        "Name": name,
        "Description": description or name,
        "Active": True,
        "Hidden": False,
        "Taxable": bool(sales),
        "TaxGroup": True,
        "SalesTaxRateList": listed(sales),
        "PurchaseTaxRateList": listed(purchases),
    }
    return company.insert("TaxCode", body, identifier=identifier, event=False).id
