"""What a document that is sent refers to in QuickBooks' lists: accounts, items, tax codes, a class, a term. Pure.

A refusal (610, 2500) says only that something is inactive or gone. Which one it is shows when these are read.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.model.exchange import Document, OutOfUse
from app.json_values import text
from app.quickbooks.mapping.contact import without_deleted
from app.quickbooks.mapping.values import ref

_LISTS = {
    "DepositToAccountRef": ("Account", "deposit account"),
    "IncomeAccountRef": ("Account", "income account"),
    "DiscountAccountRef": ("Account", "discount account"),
    "AccountRef": ("Account", "account"),
    "ItemRef": ("Item", "item"),
    "ClassRef": ("Class", "class"),
    "DepartmentRef": ("Department", "location"),
    "SalesTermRef": ("Term", "term"),
    "PaymentMethodRef": ("PaymentMethod", "payment method"),
    "TaxCodeRef": ("TaxCode", "tax code"),
    "TxnTaxCodeRef": ("TaxCode", "tax code"),
}
_BUILT_IN = frozenset({"SHIPPING_ITEM_ID", "GRATUITY_ITEM_ID", "TAX", "NON", "CustomSalesTax"})
"""Ids that stand for no row of a list."""


def referred_lists(content: Any) -> dict[tuple[str, str], str]:
    """The rows that a document refers to, by entity and id, with what people call their sort ("deposit account")."""
    return {(entity, row_id): sort for entity, row_id, sort in _found(content)}


def _found(content: Any) -> Iterator[tuple[str, str, str]]:
    if isinstance(content, list):
        for each in content:
            yield from _found(each)
    if not isinstance(content, dict):
        return
    for name, value in content.items():
        if name not in _LISTS:
            yield from _found(value)
            continue
        row_id = ref(value)
        if row_id and row_id not in _BUILT_IN:
            entity, sort = _LISTS[name]
            yield entity, row_id, sort


def unusable(entity: str, row_id: str, sort: str, rows: Mapping[tuple[str, str], Document]) -> OutOfUse | None:
    """The row as a person has to hear of it where it is inactive, or not among `rows`, which were read; None where it is
    in use."""
    row = rows.get((entity, row_id))
    if row is None:
        return OutOfUse(entity, row_id, sort, "", gone=True)
    if row.get("Active") is False:
        return OutOfUse(entity, row_id, sort, without_deleted(text(row.get("Name"))))
    return None
