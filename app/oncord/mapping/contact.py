"""Oncord's contact <-> `Contact`."""

import re
from typing import Any

from app.domain.model.description import merged_fields
from app.domain.model.records import (
    Contact,
    Kind,
    Name,
)
from app.oncord.mapping.values import (
    one_of,
    read_address,
    text,
    write_address,
)

SAME = ("email", "phone", "mobile", "fax", "website", "tax_number")
TYPES = ("individual", "company")
ADDRESSES = ("billing_address", "shipping_address")


def read_contact(document: dict[str, Any]) -> Contact:
    """A contact of the wire. Its display name is composed: "First Last" for a person, the company's name otherwise."""
    first, last = text(document.get("first_name")), text(document.get("last_name"))
    company = text(document.get("company_name"))
    person = f"{first} {last}".strip()
    is_company = one_of(document.get("type"), TYPES, "type of contact") == "company"
    return Contact(
        name=Name(
            type="company" if is_company else "individual",
            first=first,
            last=last,
            company=company,
            display=(company or person) if is_company else (person or company),
        ),
        email=text(document.get("email")),
        phone=text(document.get("phone")),
        mobile=text(document.get("mobile")),
        fax=text(document.get("fax")),
        website=text(document.get("website")),
        tax_number=text(document.get("tax_number")),
        billing_address=read_address(document.get("billing_address")),
        shipping_address=read_address(document.get("shipping_address")),
        sales_count=int(text(document.get("sales_count")) or 0),
    )


def write_contact(contact: Contact, fields: tuple[str, ...]) -> dict[str, Any]:
    """The members that carry `fields`. (Consent does not travel: the site itself sets a changed address to pending.)"""
    body: dict[str, Any] = {field: getattr(contact, field) for field in SAME if field in fields}
    body |= {field: write_address(getattr(contact, field)) for field in ADDRESSES if field in fields}
    if "email" in body:
        # QuickBooks takes several addresses in one field, the shop one.
        body["email"] = re.split(r"[,;]", contact.email)[0].strip()
    if "name" in fields:
        body |= _name(contact.name)
    return body


def create_contact(contact: Contact) -> dict[str, Any]:
    """A new contact: nobody who is pulled from the books has asked for mail, hence `pending`."""
    written = write_contact(contact, merged_fields(Kind.CONTACT))
    return {field: value for field, value in written.items() if value} | {"email_marketing_status": "pending"}


def _name(name: Name) -> dict[str, str]:
    """The name's parts; where there are none, parts that compose to what the other side displays."""
    first, last, company = name.first, name.last, name.company
    if not (first or last or company):
        if name.type == "company":
            company = name.display
        else:
            first, _, last = name.display.rpartition(" ")
    return {"type": name.type, "first_name": first, "last_name": last, "company_name": company}
