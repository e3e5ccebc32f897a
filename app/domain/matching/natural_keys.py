"""What a record can be found by when no link says what it is on the other side, in a form that can be compared.

Who is whom is judged elsewhere: people in `people`, sales and payments in `matching_documents`.
"""

import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from app.domain.matching.document_numbers import number_keys
from app.domain.model.records import (
    Contact,
    Item,
    Record,
    Sale,
)


def normalised(value: str) -> str:
    """A value for comparing: composed, without case, with single spaces."""
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())


def digits(value: str) -> str:
    """The last nine digits of a phone or tax number; shorter ones say too little and compare as missing."""
    found = "".join(c for c in value if c.isdigit())
    return found[-9:] if len(found) >= 6 else ""


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
    found = _keys(record)
    return NaturalKeys(found.email[:KEY], found.name[:KEY], found.number[:KEY], found.contact[:KEY], found.amount)


def _keys(record: Record) -> NaturalKeys:
    if isinstance(record, Contact):
        name = record.name.display or record.name.company or f"{record.name.first} {record.name.last}"
        return NaturalKeys(email=normalised(record.email), name=normalised(name))
    if isinstance(record, Item):
        return NaturalKeys(name=normalised(record.name), number=normalised(record.code))
    contact = record.contact_id if isinstance(record.contact_id, str) else ""
    if isinstance(record, Sale):
        number, shortened = number_keys(record.number)
        return NaturalKeys(name=shortened, number=number, contact=contact, amount=record.money.total)
    return NaturalKeys(number=normalised(record.reference), contact=contact, amount=record.payment.amount)
