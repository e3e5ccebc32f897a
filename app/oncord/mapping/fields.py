"""Where plain fields stand on Oncord's wire: one row serves reading, creating, updating and fitting. Pure.

What is no plain field is named in `BY_HAND` and has code of its own: names, money, allocations, references.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from app.domain.model.description import DESCRIPTIONS, kind_of, merged_fields
from app.domain.model.fitting import Notes
from app.domain.model.records import Address, Kind, Record
from app.oncord.mapping.values import amount, day, read_address, text, write_address
from app.places import is_code


@dataclass(frozen=True, slots=True)
class Converter:
    """A value of the wire in ours and the reverse."""

    read: Callable[[Any], Any]
    write: Callable[[Any], Any]


def first_address(value: str) -> str:
    """QuickBooks takes several addresses in one field, the shop one."""
    return re.split(r"[,;]", value)[0].strip()


def _as_it_is(value: Any) -> Any:
    return value


TEXT = Converter(text, _as_it_is)
EMAIL = Converter(text, first_address)
DAY = Converter(day, lambda value: value.isoformat() if value else None)
NUMBER = Converter(amount, _as_it_is)
ADDRESS = Converter(read_address, write_address)
SET = Converter(lambda value: value is True, _as_it_is)
"""A flag that is off where nothing is said."""
IN_USE = Converter(lambda value: value is not False, _as_it_is)
"""A flag that is on where nothing is said."""

Fit = Callable[[Notes, str, str, Any, Any, int], Any]
"""(what is said, group, what its value is called, value, what Oncord holds, limit) -> the value that fits."""


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


def fitted_fields(record: Record, notes: Notes, before: Record | None) -> dict[str, Any]:
    """The plain fields of a record as Oncord can hold them; `before` is what it holds."""
    declared = DESCRIPTIONS[kind_of(record)].by_name
    return {
        row.field: row.fit(
            notes,
            row.field,
            declared[row.field].value_called,
            getattr(record, row.field),
            getattr(before, row.field, None),
            row.limit,
        )
        for row in FIELDS[kind_of(record)]
        if row.fit is not None
    }
