"""Oncord's contact <-> `Contact`."""

from typing import Any

from app.domain.model.description import DESCRIPTIONS
from app.domain.model.records import (
    Contact,
    Kind,
    Name,
)
from app.json_values import text
from app.oncord.mapping.fields import everything, read, write
from app.oncord.mapping.values import one_of, read_mark

TYPES = ("individual", "company")


def read_contact(document: dict[str, Any]) -> Contact:
    """A contact of the wire. Its display name is composed: "First Last" for a person, the company's name otherwise."""
    first, last = text(document.get("first_name")), text(document.get("last_name"))
    company = text(document.get("company_name"))
    person = f"{first} {last}".strip()
    is_company = one_of(document.get("type"), TYPES, "type of contact") == "company"
    found: Contact = DESCRIPTIONS[Kind.CONTACT].record(
        name=Name(
            type="company" if is_company else "individual",
            first=first,
            last=last,
            company=company,
            display=(company or person) if is_company else (person or company),
        ),
        sales_count=int(text(document.get("sales_count")) or 0),
        **read_mark(document),
        **read(Kind.CONTACT, document),
    )
    return found


def write_contact(contact: Contact, fields: tuple[str, ...]) -> dict[str, Any]:
    """The members that carry `fields`. (Consent does not travel: the site itself sets a changed address to pending.)"""
    name = _name(contact.name) if "name" in fields else {}
    return write(contact, fields) | name


def create_contact(contact: Contact) -> dict[str, Any]:
    """A new contact: nobody who is pulled from the books has asked for mail, hence `pending`."""
    written = everything(Kind.CONTACT, lambda fields: write_contact(contact, fields))
    return written | {"email_marketing_status": "pending", "books_status": "linked"}


def _name(name: Name) -> dict[str, str]:
    """The name's parts; where there are none, parts that compose to what the other side displays."""
    first, last, company = name.first, name.last, name.company
    if not (first or last or company):
        if name.type == "company":
            company = name.display
        else:
            first, _, last = name.display.rpartition(" ")
    return {"type": name.type, "first_name": first, "last_name": last, "company_name": company}
