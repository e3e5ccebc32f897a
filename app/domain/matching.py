"""Finding out whether a record that has no link yet is already there on the other side, before one is created.

Exactly one good match is adopted. Several are a question for a person. Different e-mail addresses never match on the
name alone, and a sale needs its number, its contact and its total to agree.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.records import Contact, Item, Receipt, Record, Sale, Snapshot

TWIN_DAYS = 14
"""How far apart the dates of a receipt and a payment may lie that are one thing."""


def normalised(value: str) -> str:
    """A value for comparing: composed, without case, with single spaces."""
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())


def digits(value: str) -> str:
    """The last nine digits of a phone or tax number; shorter ones say too little and compare as missing."""
    found = "".join(c for c in value if c.isdigit())
    return found[-9:] if len(found) >= 6 else ""


@dataclass(frozen=True, slots=True)
class NaturalKeys:
    """What a record can be found by when its id is not known."""

    email: str = ""
    name: str = ""
    number: str = ""
    contact: str = ""
    amount: Decimal | None = None


def natural_keys(record: Record) -> NaturalKeys:
    """The natural keys of a record, normalised."""
    if isinstance(record, Contact):
        name = record.name.display or record.name.company or f"{record.name.first} {record.name.last}"
        return NaturalKeys(email=normalised(record.email), name=normalised(name))
    if isinstance(record, Item):
        return NaturalKeys(name=normalised(record.name), number=normalised(record.code))
    contact = record.contact_id if isinstance(record.contact_id, str) else ""
    if isinstance(record, Sale):
        return NaturalKeys(number=normalised(record.number), contact=contact, amount=record.money.total)
    return NaturalKeys(number=normalised(record.reference), contact=contact, amount=record.payment.amount)


def contacts_match(one: Contact, other: Contact) -> bool:
    """Same e-mail and a compatible name; or the same name, an e-mail missing, and phone, postcode or tax number equal."""
    keys, others = natural_keys(one), natural_keys(other)
    if keys.email and others.email:
        return keys.email == others.email and _names_compatible(one, other)
    if not keys.name or keys.name != others.name:
        return False
    return any(
        a and a == b
        for a, b in (
            (digits(one.phone or one.mobile), digits(other.phone or other.mobile)),
            (normalised(one.billing_address.postcode), normalised(other.billing_address.postcode)),
            (digits(one.tax_number), digits(other.tax_number)),
        )
    )


def _names_compatible(one: Contact, other: Contact) -> bool:
    words, others = (set(_words(c)) for c in (one, other))
    return not words or not others or bool(words & others)


def _words(contact: Contact) -> list[str]:
    name = contact.name
    return normalised(f"{name.first} {name.last} {name.company} {name.display}").split()


def matching_contacts(contact: Contact, candidates: Sequence[Snapshot]) -> list[Snapshot]:
    """The candidates that are the same person or company."""
    return [c for c in candidates if isinstance(c.record, Contact) and contacts_match(contact, c.record)]


def matching_sales(sale: Sale, contact_id: str, candidates: Sequence[Snapshot]) -> list[Snapshot]:
    """The candidates with the same number, contact (`contact_id`: its id on the candidates' side) and total."""
    number = normalised(sale.number)
    return [
        c
        for c in candidates
        if isinstance(c.record, Sale)
        and c.record.type == sale.type
        and number
        and normalised(c.record.number) == number
        and c.record.contact_id == contact_id
        and c.record.money.total == sale.money.total
        and c.record.money.currency == sale.money.currency
    ]


def matching_receipts(
    receipt: Receipt, candidates: Sequence[Snapshot], *, days: int | None = TWIN_DAYS
) -> list[Snapshot]:
    """The candidates with the same contact, amount and sales (all in the candidates' ids), dated within `days`.

    What a refund pays back is told by another document, if at all, and does not count.
    Several are narrowed down to those of the very day, and those to the ones with the same reference, where there are any.
    """
    allocated = {a.sale_id: a.amount for a in receipt.payment.allocations}
    found = [
        c
        for c in candidates
        if isinstance(c.record, Receipt)
        and not c.record.voided
        and c.record.contact_id == receipt.contact_id
        and c.record.payment.amount == receipt.payment.amount
        and c.record.payment.currency == receipt.payment.currency
        and (receipt.payment.amount < 0 or {a.sale_id: a.amount for a in c.record.payment.allocations} == allocated)
        and (days is None or _apart(c.record, receipt) <= days)
    ]
    if len(found) > 1:
        found = [c for c in found if getattr(c.record, "date", None) == receipt.date] or found
    if len(found) > 1 and receipt.reference:
        said = normalised(receipt.reference)
        found = [c for c in found if normalised(getattr(c.record, "reference", "")) == said] or found
    return found


def _apart(one: Receipt, other: Receipt) -> int:
    if one.date is None or other.date is None:
        return TWIN_DAYS + 1
    return abs((one.date - other.date).days)


def overpays(receipt: Receipt, sales: Mapping[str, Sale]) -> bool:
    """Whether a receipt, made anew, would pay one of these sales (by id, on the receipt's side) more than is open."""
    return any(
        a.type == "sale" and (sale := sales.get(str(a.sale_id))) is not None and a.amount > sale.money.total - sale.paid
        for a in receipt.payment.allocations
    )
