"""The billing address of a document as QuickBooks' own screens write it: free text.

Who it is for, the company, the street, and a last line of suburb, state and postcode, with neither City nor
CountrySubDivisionCode nor PostalCode: 64 of 77 recorded invoices are so, all of both sample companies among them. A ship-to
was structured in all 113.
"""

from __future__ import annotations

from app.sandbox.quickbooks.values.wire import Body

_LINES = 5
_PARTS = ("City", "CountrySubDivisionCode", "PostalCode")


def as_text(customer: Body, address: Body) -> Body:
    """A structured address of a customer as text; one that is text already as it is."""
    if not any(address.get(part) for part in _PARTS):
        return address
    person = " ".join(str(customer[part]) for part in ("GivenName", "FamilyName") if customer.get(part))
    company = str(customer.get("CompanyName", ""))
    names = [person, company] if person or company else [str(customer["DisplayName"])]
    streets = [str(address[f"Line{n}"]) for n in range(1, _LINES + 1) if address.get(f"Line{n}")]
    lines = [line for line in [*names, *streets] if line]
    last = [_last_line(address), str(address.get("Country", ""))]
    closing = [line for line in last if line]
    room = _LINES - len(closing)
    above = lines if len(lines) <= room else [*lines[: room - 1], ", ".join(lines[room - 1 :])]
    return {f"Line{n}": line for n, line in enumerate([*above, *closing], start=1)}


def _last_line(address: Body) -> str:
    """ "Middlefield, CA  94303" with a ZIP code, "Bondi NSW 2026" otherwise."""
    city, state, postcode = (str(address.get(part, "")) for part in _PARTS)
    american = len(postcode.partition("-")[0]) == 5
    text = f"{city}, {state}  {postcode}" if american else f"{city} {state} {postcode}"
    return text.strip(" ,")
