"""Where plain fields stand on QuickBooks' wire: one row serves reading, creating, updating and fitting. Pure.

What is no plain field is named in `BY_HAND` and has code of its own: names, money, lines, allocations, references.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from app.domain.model.fitting import IN_USE, Converter, Fit
from app.domain.model.records import Contact, Item, Receipt, Record, Sale
from app.quickbooks.mapping.converters import (
    ADDRESS,
    DAY,
    NUMBER,
    REFERENCE,
    TEXT,
    address,
    identity,
    number,
    prose,
    tail,
)

NUMBER_LENGTH = 21


@dataclass(frozen=True, slots=True)
class Row:
    """One plain field: where it stands ("PrimaryPhone.FreeFormNumber"), and how its value is said and made to fit.

    `clears`: whether an empty value is sent in an update, and clears what is there; else it leaves that alone.
    """

    field: str
    member: str
    converter: Converter = TEXT
    fit: Fit | None = None
    limit: int = 0
    clears: bool = True


_WHERE = (Row("billing_address", "BillAddr", ADDRESS, address), Row("shipping_address", "ShipAddr", ADDRESS, address))
_DATE = Row("date", "TxnDate", DAY, clears=False)
_HEAD = (Row("number", "DocNumber", TEXT, tail, NUMBER_LENGTH, clears=False), _DATE)
_NOTES = Row("notes", "CustomerMemo.value", TEXT, prose, 1000)

FIELDS: dict[str, tuple[Row, ...]] = {
    "Customer": (
        Row("email", "PrimaryEmailAddr.Address", TEXT, identity, 100),
        Row("phone", "PrimaryPhone.FreeFormNumber", TEXT, number, 30),
        Row("mobile", "Mobile.FreeFormNumber", TEXT, number, 30),
        Row("fax", "Fax.FreeFormNumber", TEXT, number, 30),
        Row("website", "WebAddr.URI", TEXT, identity, 1000),
        Row("tax_number", "PrimaryTaxIdentifier", TEXT, number, 20),
        *_WHERE,
        Row("active", "Active", IN_USE),
    ),
    "Item": (
        Row("code", "Sku", TEXT, identity, 100),
        Row("price", "UnitPrice", NUMBER),
        Row("tax_code", "SalesTaxCodeRef", REFERENCE, clears=False),
        Row("active", "Active", IN_USE),
    ),
    "Invoice": (*_HEAD, Row("due_date", "DueDate", DAY, clears=False), _NOTES, *_WHERE),
    "CreditMemo": (*_HEAD, _NOTES, *_WHERE),
    "Payment": (_DATE, Row("reference", "PaymentRefNum", TEXT, tail, NUMBER_LENGTH)),
    "Purchase": (_DATE, Row("reference", "DocNumber", TEXT, tail, NUMBER_LENGTH)),
}
BY_HAND: dict[str, frozenset[str]] = {
    "Customer": frozenset({"name"}),
    "Item": frozenset({"name"}),
    "Invoice": frozenset({"contact_id", "money", "voided"}),
    "CreditMemo": frozenset({"contact_id", "money", "voided", "due_date"}),
    "Payment": frozenset({"contact_id", "payment", "channel", "voided"}),
    "Purchase": frozenset({"contact_id", "payment", "channel", "voided"}),
}
"""The merged fields that have no row. A credit memo is due never."""


def entity_of(record: Record) -> str:
    """The entity that a record is: a negative adjustment is a credit memo (S7), money paid back a purchase (R5)."""
    match record:
        case Contact():
            return "Customer"
        case Item():
            return "Item"
        case Sale():
            return "CreditMemo" if record.type == "adjustment" else "Invoice"
        case Receipt():
            return "Purchase" if record.payment.amount < 0 else "Payment"


def read(entity: str, document: dict[str, Any]) -> dict[str, Any]:
    """The plain fields of a document, by name."""
    return {row.field: row.converter.read(_member(document, row.member)) for row in FIELDS[entity]}


def write(entity: str, record: Record, fields: Collection[str]) -> dict[str, Any]:
    """The members that carry those of `fields` that are plain."""
    body: dict[str, Any] = {}
    for row in FIELDS[entity]:
        value = getattr(record, row.field)
        if row.field in fields and (row.clears or value not in ("", None)):
            _place(body, row.member, row.converter.write(value))
    return body


def _member(document: dict[str, Any], path: str) -> Any:
    value: Any = document
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _place(body: dict[str, Any], path: str, value: Any) -> None:
    *outer, last = path.split(".")
    for name in outer:
        body = body.setdefault(name, {})
    body[last] = value
