"""QuickBooks' Customer <-> `Contact`. Pure.

The name is one group: DisplayName is unique over customers, vendors and employees and is composed by the planner
(`Name.display`). A company's number goes to PrimaryTaxIdentifier, the field that QuickBooks shows as the tax
registration number (ABN in Australia); QuickBooks masks it in its answers (docs/quickbooks.md 9.1).
"""

import re
from typing import Any

from app.domain.matching.tax_numbers import is_masked
from app.domain.model.description import DESCRIPTIONS, merged_fields
from app.domain.model.records import (
    Contact,
    Kind,
    Name,
)
from app.json_values import text
from app.quickbooks.mapping.fields import read, write
from app.quickbooks.mapping.values import present, ref

_DELETED = re.compile(r" \(deleted(?: \d+)?\)$")
_FORBIDDEN = re.compile(r"[:\t\r\n]+")


def without_deleted(name: str) -> str:
    """A name without the " (deleted)" that QuickBooks hangs on inactive ones."""
    return _DELETED.sub("", name)


def allowed_name(name: str) -> str:
    """A name without the characters QuickBooks refuses (the colon separates levels there)."""
    return " ".join(_FORBIDDEN.sub(" ", name).split())


def read_contact(document: dict[str, Any]) -> Contact:
    """A customer of the wire."""
    active = document.get("Active") is not False
    display, company = text(document.get("DisplayName")), text(document.get("CompanyName"))
    first, last = text(document.get("GivenName")), text(document.get("FamilyName"))
    found: Contact = DESCRIPTIONS[Kind.CONTACT].record(
        name=Name(
            type="company" if company and not first and not last else "individual",
            first=first,
            last=last,
            company=company,
            display=display if active else without_deleted(display),
        ),
        currency=ref(document.get("CurrencyRef")),
        parent_id=ref(document.get("ParentRef")),
        is_project=document.get("IsProject") is True,
        **read("Customer", document),
    )
    return found


def contact_extras(document: dict[str, Any]) -> tuple[str, ...]:
    """What a customer holds that our vocabulary cannot say, and what may not be overwritten unseen."""
    found = {
        "middle_name": document.get("MiddleName"),
        "title": document.get("Title"),
        "suffix": document.get("Suffix"),
        "notes": document.get("Notes"),
        "terms": document.get("SalesTermRef"),
        "alternate_phone": document.get("AlternatePhone"),
        "masked_tax_number": is_masked(text(document.get("PrimaryTaxIdentifier"))),
        "balance": document.get("Balance"),
    }
    return tuple(name for name, value in found.items() if value)


def write_contact(contact: Contact, fields: tuple[str, ...]) -> dict[str, Any]:
    """The members that carry `fields`; empty ones as empty texts, which clear."""
    name = contact.name
    body: dict[str, Any] = {}
    if "name" in fields:
        body |= {
            "DisplayName": allowed_name(name.display),
            "GivenName": allowed_name(name.first),
            "FamilyName": allowed_name(name.last),
            "CompanyName": name.company,
        }
        if not body["DisplayName"]:
            del body["DisplayName"]
    return body | write("Customer", contact, fields)


def create_contact(contact: Contact, home_currency: str) -> dict[str, Any]:
    """A new customer; its currency can never be changed afterwards."""
    body = present(write_contact(contact, merged_fields(Kind.CONTACT)))
    if contact.currency and home_currency and contact.currency != home_currency:
        body["CurrencyRef"] = {"value": contact.currency}
    if contact.parent_id:
        body |= {"Job": True, "ParentRef": {"value": contact.parent_id}}
    return body
