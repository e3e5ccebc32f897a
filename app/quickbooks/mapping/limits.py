"""A record as QuickBooks' fields can hold it (docs/quickbooks.md 9), and what had to be left out. Pure.

Prose is cut: notes, descriptions, the lines of an address. What identifies is never cut, since half of it is somebody
else's: an e-mail address, a phone or tax number, a code or a postcode that is too long is left out. Of a document
number or a payment's reference the tail is kept, which tells two apart. Each is said once, in the decision.
"""

import re
from dataclasses import replace

from app.domain.model.fitting import Notes
from app.domain.model.records import (
    Address,
    Contact,
    Item,
    Receipt,
    Record,
    Sale,
)
from app.domain.model.texts import one_line
from app.places import country_code

DISPLAY_NAME, NAME_PART, COMPANY = 500, 100, 100
PHONE, EMAIL, WEBSITE, TAX_NUMBER = 30, 100, 1000, 20
ADDRESS_LINE, CITY, STATE, POSTCODE = 500, 255, 255, 30
SKU = 100
DOC_NUMBER, REFERENCE, MEMO, DESCRIPTION = 21, 21, 1000, 4000


def _identity(notes: Notes, group: str, words: str, value: str, limit: int, *, compact: bool = False) -> str:
    """A text that identifies: whole (without its punctuation where that does not count), or left out."""
    kept = one_line(value)
    if len(kept) > limit and compact:
        kept = re.sub(r"[^\w+]", "", kept)
    return notes.whole(group, words, kept, limit)


def _tail(notes: Notes, group: str, words: str, value: str, limit: int) -> str:
    """The last characters of a number, which tell two apart."""
    kept = one_line(value)
    if len(kept) <= limit:
        return kept
    notes.say(
        group, f"Its {words} {kept} is longer than the {limit} characters that QuickBooks takes; its end is kept."
    )
    return short_number(kept, limit)


def short_number(number: str, limit: int = DOC_NUMBER) -> str:
    """A document number or a payment's reference as QuickBooks holds it: the end of what is too long for it."""
    kept = one_line(number)
    return kept if len(kept) <= limit else kept[-limit:].lstrip(" -/.#")


def fitted(record: Record | None, fields: tuple[str, ...], before: Record | None) -> tuple[Record | None, str]:
    """The record as it can be written in `fields`, and what to say about it. `before` is what QuickBooks holds."""
    notes = Notes("QuickBooks", fields)
    match record:
        case Contact():
            record = _contact(record, notes, before if isinstance(before, Contact) else Contact())
        case Item():
            record = replace(record, code=_identity(notes, "code", "code", record.code, SKU))
        case Sale():
            record = _sale(record, notes, before if isinstance(before, Sale) else None)
        case Receipt():
            record = replace(record, reference=_tail(notes, "reference", "reference", record.reference, REFERENCE))
    return record, str(notes)


def _contact(contact: Contact, notes: Notes, before: Contact) -> Contact:
    name = contact.name
    return replace(
        contact,
        name=replace(
            name,
            first=notes.cut("name", "first name", one_line(name.first), NAME_PART),
            last=notes.cut("name", "last name", one_line(name.last), NAME_PART),
            company=notes.cut("name", "company name", one_line(name.company), COMPANY),
            display=notes.cut("name", "name", one_line(name.display), DISPLAY_NAME),
        ),
        email=_identity(notes, "email", "e-mail address", contact.email, EMAIL),
        phone=_identity(notes, "phone", "phone number", contact.phone, PHONE, compact=True),
        mobile=_identity(notes, "mobile", "mobile number", contact.mobile, PHONE, compact=True),
        fax=_identity(notes, "fax", "fax number", contact.fax, PHONE, compact=True),
        website=_identity(notes, "website", "website", contact.website, WEBSITE),
        tax_number=_identity(notes, "tax_number", "tax number", contact.tax_number, TAX_NUMBER, compact=True),
        billing_address=_address("billing_address", contact.billing_address, notes, before.billing_address),
        shipping_address=_address("shipping_address", contact.shipping_address, notes, before.shipping_address),
    )


def _sale(sale: Sale, notes: Notes, before: Sale | None) -> Sale:
    lines = tuple(
        replace(line, description=notes.cut("money", "line's description", line.description, DESCRIPTION))
        for line in sale.money.lines
    )
    billing, shipping = (before.billing_address, before.shipping_address) if before else (Address(), Address())
    return replace(
        sale,
        number=_tail(notes, "number", "number", sale.number, DOC_NUMBER),
        notes=notes.cut("notes", "note", sale.notes, MEMO),
        money=replace(sale.money, lines=lines),
        billing_address=_address("billing_address", sale.billing_address, notes, billing),
        shipping_address=_address("shipping_address", sale.shipping_address, notes, shipping),
    )


def _address(group: str, address: Address, notes: Notes, before: Address) -> Address:
    """An address that fits. A country that only QuickBooks says, in words of its own, is kept there."""
    strange = before.country if before.country and not country_code(before.country) else ""
    return Address(
        line1=notes.cut(group, "address", one_line(address.line1), ADDRESS_LINE),
        line2=notes.cut(group, "address", one_line(address.line2), ADDRESS_LINE),
        suburb=notes.cut(group, "suburb", one_line(address.suburb), CITY),
        state=notes.cut(group, "state", one_line(address.state), STATE),
        postcode=_identity(notes, group, "postcode", address.postcode, POSTCODE),
        country=notes.cut(group, "country", one_line(address.country or strange), CITY),
    )
