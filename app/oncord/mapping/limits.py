"""A record as Oncord's fields can hold it, and what had to be left out. Pure.

Oncord's countries are ISO 3166 codes: a country that QuickBooks says in words of its own is left out, and the one that
Oncord has stays. Names are cut where they are longer than the shop's; what identifies is left out whole.
"""

import re
from dataclasses import replace

from app.domain.model.fitting import Notes
from app.domain.model.records import (
    Address,
    Contact,
    Receipt,
    Record,
    Sale,
)
from app.places import is_code

NAME_PART, COMPANY, EMAIL, NUMBER = 100, 200, 254, 50


def fitted(record: Record | None, fields: tuple[str, ...], before: Record | None) -> tuple[Record | None, str]:
    """The record as it can be written in `fields`, and what to say about it. `before` is what Oncord holds."""
    notes = Notes("Oncord", fields)
    match record:
        case Contact():
            record = _contact(record, notes, before if isinstance(before, Contact) else Contact())
        case Sale():
            billing, shipping = (
                (before.billing_address, before.shipping_address)
                if isinstance(before, Sale)
                else (Address(), Address())
            )
            record = replace(
                record,
                number=notes.whole("number", "number", record.number, NUMBER),
                billing_address=_address("billing_address", record.billing_address, notes, billing),
                shipping_address=_address("shipping_address", record.shipping_address, notes, shipping),
            )
        case Receipt():
            pass
    return record, str(notes)


def _contact(contact: Contact, notes: Notes, before: Contact) -> Contact:
    name = contact.name
    # QuickBooks takes several addresses in one field, the shop one.
    email = re.split(r"[,;]", contact.email)[0].strip()
    return replace(
        contact,
        name=replace(
            name,
            first=notes.cut("name", "first name", name.first, NAME_PART),
            last=notes.cut("name", "last name", name.last, NAME_PART),
            company=notes.cut("name", "company name", name.company, COMPANY),
            display=notes.cut("name", "name", name.display, COMPANY),
        ),
        email=notes.whole("email", "e-mail address", email, EMAIL),
        billing_address=_address("billing_address", contact.billing_address, notes, before.billing_address),
        shipping_address=_address("shipping_address", contact.shipping_address, notes, before.shipping_address),
    )


def _address(group: str, address: Address, notes: Notes, before: Address) -> Address:
    if not address.country or is_code(address.country):
        return address
    notes.say(group, f'"{address.country[:60]}" is no country that Oncord knows, and was left out.')
    return replace(address, country=before.country if is_code(before.country) else "")
