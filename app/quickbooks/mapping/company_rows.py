"""The rows that a company's facts are made of, as they are kept from run to run: what is kept of them, and how change data moves them.
Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.json_values import text
from app.quickbooks.mapping.books import READ_ACCOUNTS

TOLD_OF = ("CompanyInfo", "Preferences", "Term", "PaymentMethod", "Account")
"""Those of which change data tells (docs/quickbooks.md 3)."""
_KEPT: Mapping[str, tuple[str, ...]] = {
    "CompanyInfo": ("Id", "CompanyName", "Country", "CompanyAddr", "DefaultTimeZone"),
    "Preferences": ("Id", "SalesFormsPrefs", "TaxPrefs", "CurrencyPrefs", "AccountingInfoPrefs", "ReportPrefs"),
    "TaxCode": ("Id", "Name", "Active", "Hidden", "Taxable", "SalesTaxRateList", "PurchaseTaxRateList"),
    "TaxRate": ("Id", "Name", "RateValue"),
    "Term": ("Id", "Type", "DueDays", "DiscountPercent", "Active"),
    "PaymentMethod": ("Id", "Name", "Active"),
    "Account": ("Id", "Name", "AccountType", "AccountSubType", "CurrencyRef", "Active"),
}
_INSIDE: Mapping[str, tuple[str, ...]] = {
    "CompanyAddr": ("Country",),
    "SalesFormsPrefs": ("CustomTxnNumbers", "AllowShipping", "AutoApplyCredit", "AutoApplyPayments"),
    "TaxPrefs": ("UsingSalesTax", "PartnerTaxEnabled"),
    "CurrencyPrefs": ("HomeCurrency", "MultiCurrencyEnabled"),
    "AccountingInfoPrefs": ("BookCloseDate", "TrackDepartments", "ClassTrackingPerTxn", "ClassTrackingPerTxnLine"),
    "ReportPrefs": ("ReportBasis",),
}
"""What `read_books` looks at, of each entity and of groups inside them."""
_SINGLE = ("CompanyInfo", "Preferences")


def trimmed(found: Mapping[str, Sequence[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """These rows with nothing but what `read_books` looks at, and what change data says of them."""
    return {
        entity: [
            {name: _inside(name, row[name]) for name in (*_KEPT.get(entity, ("Id",)), "status") if name in row}
            for row in rows_of
        ]
        for entity, rows_of in found.items()
    }


def _inside(name: str, value: Any) -> Any:
    if name not in _INSIDE or not isinstance(value, dict):
        return value
    return {inner: value[inner] for inner in _INSIDE[name] if inner in value}


def with_changes(
    found: Mapping[str, Sequence[dict[str, Any]]], changes: Mapping[str, Sequence[dict[str, Any]]]
) -> dict[str, list[dict[str, Any]]]:
    """The rows that `STATEMENTS` would answer now, out of what they answered before and what has changed since."""
    changed = {entity: list(rows_of) for entity, rows_of in found.items()}
    for entity, told in changes.items():
        by_id = {text(row.get("Id")): row for row in found.get(entity, ())}
        for row in told:
            row_id = text(row.get("Id"))
            if entity in _SINGLE:
                by_id = {row_id: row}
            elif _is_listed(entity, row):
                by_id[row_id] = row
            else:
                by_id.pop(row_id, None)
        changed[entity] = list(by_id.values())
    return changed


def _is_listed(entity: str, row: Mapping[str, Any]) -> bool:
    """Whether its statement answers a row: it is in use, and of an account the kind that is asked for."""
    if row.get("status") == "Deleted" or row.get("Active") is False:
        return False
    return entity != "Account" or text(row.get("AccountType")) in READ_ACCOUNTS
