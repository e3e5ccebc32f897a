"""What a record can be found by when no link says what it is on the other side, in a form that can be compared.

Who is whom is judged elsewhere: people in `people`, sales and payments in `matching_documents`.
"""

import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.domain.matching.document_numbers import number_keys
from app.domain.model.description import DESCRIPTIONS, kind_of
from app.domain.model.records import Money, Name, Record


def normalised(value: str) -> str:
    """A value for comparing: composed, without case, with single spaces."""
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())


def digits(value: str) -> str:
    """The last nine digits of a phone or tax number; shorter ones say too little and compare as missing."""
    all_digits = "".join(c for c in value if c.isdigit())
    return all_digits[-9:] if len(all_digits) >= 6 else ""


KEY = 400
"""Characters of a key that are kept: PostgreSQL refuses an index row of more than 2,700 bytes."""


@dataclass(frozen=True, slots=True)
class NaturalKeys:
    """What a record can be found by when its id is not known."""

    email: str = ""
    name: str = ""
    number: str = ""
    contact: str = ""
    amount: Decimal | None = None


def natural_keys(record: Record) -> NaturalKeys:
    """The natural keys of a record, normalised; no longer than an index can hold."""
    keys = _keys(record)
    return NaturalKeys(keys.email[:KEY], keys.name[:KEY], keys.number[:KEY], keys.contact[:KEY], keys.amount)


def _keys(record: Record) -> NaturalKeys:
    """Each field that is declared as a key, in the form in which that key is compared."""
    keys: dict[str, Any] = {}
    for declared in DESCRIPTIONS[kind_of(record)].fields:
        value = getattr(record, declared.name)
        match declared.key:
            case "email" | "name" | "number":
                keys[declared.key] = normalised(_shown(value))
            case "document number":
                keys["number"], keys["name"] = number_keys(value)
            case "contact":
                keys["contact"] = value if isinstance(value, str) else ""
            case "amount":
                keys["amount"] = value.total if isinstance(value, Money) else value.amount
    return NaturalKeys(**keys)


def _shown(value: str | Name) -> str:
    if isinstance(value, Name):
        return value.display or value.company or f"{value.first} {value.last}"
    return value
