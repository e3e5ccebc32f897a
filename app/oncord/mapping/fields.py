"""Where plain fields stand on Oncord's wire: one row serves reading, creating, updating and fitting. Pure.

What is no plain field is named in `BY_HAND` and has code of its own: names, money, allocations, references.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from app.domain.model.description import kind_of, merged_fields
from app.domain.model.fitting import IN_USE, SET, Converter, Fit, Notes, as_it_is
from app.domain.model.records import Address, Kind, Record
from app.json_values import amount, text
from app.oncord.mapping.values import day, read_address, write_address
from app.places import is_code


def first_address(value: str) -> str:
    """QuickBooks takes several addresses in one field, the shop one."""
    return re.split(r"[,;]", value)[0].strip()


TEXT = Converter(text, as_it_is)
EMAIL = Converter(text, first_address)
DAY = Converter(day, lambda value: value.isoformat() if value else None)
NUMBER = Converter(amount, as_it_is)
ADDRESS = Converter(read_address, write_address)


def identity(notes: Notes, group: str, called: str, value: Any, _before: Any, limit: int) -> Any:
    """A text that identifies: whole, or left out."""
    return notes.whole(group, called, value, limit)


def email(notes: Notes, group: str, called: str, value: Any, _before: Any, limit: int) -> Any:
    """The first address of a list: whole, or left out."""
    return notes.whole(group, called, first_address(value), limit)


def address(notes: Notes, group: str, _called: str, value: Any, before: Any, _limit: int) -> Any:
    """An address with a country that Oncord knows: one that QuickBooks says in words of its own is left out, and the one
    that Oncord has stays."""
    if not value.country or is_code(value.country):
        return value
    notes.say(group, f'"{value.country[:60]}" is no country that Oncord knows, and was left out.')
    there = before.country if isinstance(before, Address) else ""
    return replace(value, country=there if is_code(there) else "")


@dataclass(frozen=True, slots=True)
class Row:
    """One plain field: its member on the wire, and how its value is said and made to fit."""

    field: str
    member: str
    converter: Converter = TEXT
    fit: Fit | None = None
    limit: int = 0


_WHERE = (
    Row("billing_address", "billing_address", ADDRESS, address),
    Row("shipping_address", "shipping_address", ADDRESS, address),
)

FIELDS: dict[Kind, tuple[Row, ...]] = {
    Kind.CONTACT: (
        Row("email", "email", EMAIL, email, 254),
        Row("phone", "phone"),
        Row("mobile", "mobile"),
        Row("fax", "fax"),
        Row("website", "website"),
        Row("tax_number", "tax_number"),
        *_WHERE,
    ),
    Kind.ITEM: (
        Row("code", "code"),
        Row("name", "title"),
        Row("price", "price", NUMBER),
        Row("tax_code", "tax_code"),
        Row("active", "active", IN_USE),
    ),
    Kind.SALE: (
        Row("number", "number", TEXT, identity, 50),
        Row("notes", "notes"),
        Row("reference", "reference"),
        Row("voided", "voided", SET),
        Row("date", "date", DAY),
        Row("due_date", "due_date", DAY),
        *_WHERE,
    ),
    Kind.RECEIPT: (
        Row("channel", "payment_method_id"),
        Row("date", "date", DAY),
        Row("reference", "reference"),
    ),
}
BY_HAND: dict[Kind, frozenset[str]] = {
    Kind.CONTACT: frozenset({"name"}),
    Kind.ITEM: frozenset(),
    Kind.SALE: frozenset({"contact_id", "money"}),
    Kind.RECEIPT: frozenset({"contact_id", "payment", "voided"}),
}
"""The merged fields that have no row. A void receipt is only read."""


def read(kind: Kind, document: dict[str, Any]) -> dict[str, Any]:
    """The plain fields of a document, by name."""
    return {row.field: row.converter.read(document.get(row.member)) for row in FIELDS[kind]}


def write(record: Record, fields: Collection[str]) -> dict[str, Any]:
    """The members that carry those of `fields` that are plain; empty ones too, which clear."""
    rows = FIELDS[kind_of(record)]
    return {row.member: row.converter.write(getattr(record, row.field)) for row in rows if row.field in fields}


def everything(kind: Kind, writer: Callable[[tuple[str, ...]], dict[str, Any]]) -> dict[str, Any]:
    """What a create says: every merged field, as `writer` writes it, that has something to say."""
    written = writer(merged_fields(kind))
    return {member: value for member, value in written.items() if value not in (None, "")}
