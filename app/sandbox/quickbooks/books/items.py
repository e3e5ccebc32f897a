"""Products and services: types, accounts, categories, and the quantity that sales take from stock."""

from __future__ import annotations

from decimal import Decimal

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.books.kinds import Draft, Kind
from app.sandbox.quickbooks.books.names import renamed, settle
from app.sandbox.quickbooks.books.tables import Record
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
from app.sandbox.quickbooks.values.wire import Body, money

_WRITABLE: dict[str, Check] = {
    "Name": text(100),
    "Sku": text(100),
    "Description": text(4000),
    "Active": flag,
    "SubItem": flag,
    "ParentRef": reference,
    "Taxable": flag,
    "SalesTaxIncluded": flag,
    "SalesTaxCodeRef": reference,
    "PurchaseTaxIncluded": flag,
    "PurchaseTaxCodeRef": reference,
    "UnitPrice": number,
    "PurchaseCost": number,
    "PurchaseDesc": text(1000),
    "Type": choice("Service", "NonInventory", "Inventory", "Category", "Group"),
    "IncomeAccountRef": reference,
    "ExpenseAccountRef": reference,
    "AssetAccountRef": reference,
    "TrackQtyOnHand": flag,
    "QtyOnHand": number,
    "InvStartDate": day,
    "ReorderPoint": number,
    "TaxClassificationRef": reference,
    "ClassRef": reference,
    "PrefVendorRef": reference,
    "ItemGroupDetail": anything,
    "PrintGroupedItems": flag,
    "ServiceType": text(100),
    "RatePercent": number,
    "AbatementRate": number,
    "ReverseChargeRate": number,
    "UQCDisplayText": text(100),
    "UQCId": text(100),
    "Source": text(100),
    "ItemCategoryType": text(100),
}
_ACCOUNT_TYPES = {
    "IncomeAccountRef": ("Income", "Other Income"),
    "ExpenseAccountRef": ("Expense", "Cost of Goods Sold", "Other Expense", "Other Current Asset"),
    "AssetAccountRef": ("Other Current Asset",),
}
_CHOSEN_BY_A_PERSON = ("Other Current Asset", "Other Current Liability", "Equity", "Expense", "Other Expense")
"""What else the screens let a person choose as the account of what is not kept in stock: vouchers, bad debts, and what was
owed before the books began."""
_NEEDED = {
    "Service": ("IncomeAccountRef",),
    "NonInventory": ("IncomeAccountRef",),
    "Inventory": ("IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef", "InvStartDate", "QtyOnHand"),
}


def _shape(draft: Draft) -> Body:
    company, body, before = draft.company, draft.body, draft.before
    if not body.get("Name"):
        raise faults.missing("Name")
    kind = str(body.setdefault("Type", before.body["Type"] if before else "Service"))
    if before is not None and kind != before.body["Type"] and "Inventory" in (kind, before.body["Type"]):
        raise faults.business("The type of an inventory item can't be changed.")
    if kind == "Group" and not draft.person:
        raise faults.unsupported("Bundles are read only.")
    for name in _NEEDED.get(kind, ()):
        bought_only = kind != "Inventory" and "ExpenseAccountRef" in body
        if name not in body and not bought_only:
            raise faults.missing(name)
    for name, allowed in _ACCOUNT_TYPES.items():
        if name in body:
            account = company.require("Account", body[name], name)
            by_hand = name == "IncomeAccountRef" and draft.person and kind != "Inventory"
            if account.body["AccountType"] not in (*allowed, *(_CHOSEN_BY_A_PERSON if by_hand else ())):
                raise faults.FaultError(6430, "Invalid account type", f"{name} needs an account of another type.", name)
            body[name] = company.named("Account", account.id)
    for name in ("SalesTaxCodeRef", "PurchaseTaxCodeRef"):
        if name in body:
            company.require("TaxCode", body[name], name)
    if body.get("ParentRef"):
        body["ParentRef"] = company.named("Item", company.require("Item", body["ParentRef"], "ParentRef").id)
    settle(draft, "Item")
    body["SubItem"] = bool(body.get("ParentRef"))
    if body["SubItem"]:
        body["Level"] = str(body["FullyQualifiedName"]).count(":")
    if kind == "Category":
        return body
    body.setdefault("Taxable", False)
    body.setdefault("UnitPrice", 0)
    body.setdefault("PurchaseCost", 0)
    body["TrackQtyOnHand"] = kind == "Inventory"
    body.setdefault("DeferredRevenue", False)
    if company.country != "US":
        body.setdefault("SalesTaxIncluded", False)
        body.setdefault("PurchaseTaxIncluded", False)
    return body


def _applied(company: Company, record: Record) -> None:
    renamed(company, "Item", record)


def sold(company: Company, before: dict[str, Decimal], now: dict[str, Decimal]) -> None:
    """Takes what a form sells from stock; QBO raises the item's SyncToken for it."""
    for identifier in {**before, **now}:
        delta = now.get(identifier, Decimal(0)) - before.get(identifier, Decimal(0))
        record = company.get("Item", identifier)
        if delta and record is not None and record.body["Type"] == "Inventory":
            quantity = money(record.body.get("QtyOnHand", 0)) - delta
            company.change("Item", record, {**record.body, "QtyOnHand": quantity})


def merge(company: Company, loser: Record, survivor: Record) -> None:
    """Merges products as the screens do: lines speak of the survivor, the loser goes inactive, one event tells of it.

    Raises `FaultError` (6000) for an inactive survivor or one of another type.
    """
    if loser is survivor or not survivor.body["Active"] or loser.body["Type"] != survivor.body["Type"]:
        raise faults.business("You can merge an item only into another, active one of its type.")
    target = company.named("Item", survivor.id)
    for entity, table in company.tables.items():
        for document in list(table.rows.values()):
            lines = [_sold_as(line, loser.id, target) for line in document.body.get("Line", ())]
            if lines != document.body.get("Line", []):
                company.change(entity, document, {**document.body, "Line": lines})
    body = {**loser.body, "Active": False}
    loser.facts["name"] = body["Name"]
    settle(Draft(company, body, body, loser, sparse=True, person=True, include=""), "Item")
    company.change("Item", loser, body, event="")
    company.touch("Item", survivor)
    company.emit("Item", survivor.id, "Merge", loser.id)


def _sold_as(line: Body, loser: str, target: Body) -> Body:
    detail = line.get("SalesItemLineDetail", {})
    if detail.get("ItemRef", {}).get("value") != loser:
        return line
    return {**line, "SalesItemLineDetail": {**detail, "ItemRef": target}}


KIND = Kind(
    "Item",
    _WRITABLE,
    _shape,
    applied=_applied,
)
