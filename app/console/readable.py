"""Values, amounts and answers as people read them. What is kept as a structure is never shown as one."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from app.console.money import AsTyped
from app.domain.model.currencies import written
from app.domain.model.description import declared
from app.storage.connections.channel_names import nameless

NOTHING = "nothing"


def field(name: str) -> str:
    """A field as a person calls it."""
    plain = name.partition(":")[0]
    found = declared(plain)
    return found.headed if found is not None else plain.replace("_", " ")


def day(value: str | date) -> str:
    """A date as people write it; what is no date comes back as it is."""
    try:
        found = value if isinstance(value, date) else date.fromisoformat(value)
    except ValueError:
        return str(value)
    return f"{found:%-d %b %Y}"


def amount(value: Any, currency: str = "") -> str:
    """An amount with its currency, in that currency's decimals: "44.00 AUD"; what is no number stays as it is."""
    try:
        shown = written(Decimal(str(value)), currency) if currency else str(value)
    except InvalidOperation:
        shown = str(value)
    return f"{shown} {currency}".strip()


OF_MONEY = frozenset(["total", "tax", "amount", "settled", "missing", "void"])
"""What differs of a record, where what a side has is an amount, or a word where it has none."""


def compared(what: str, found: str, currency: str) -> str:
    """What one side has of a difference: money with its currency, anything else as it is."""
    try:
        return amount(Decimal(found), currency) if what in OF_MONEY else found
    except InvalidOperation:
        return found


def figure(table: str, key: str, codes: Mapping[str, str]) -> str:
    """What a figure of a comparison is about, of which only the key is kept. `codes`: tax codes by their id."""
    name, _, month = key.rpartition(" ")
    if table in ("sales_by_code", "tax_by_code"):
        return f"{codes.get(name, name) or 'no code'}, {_month(month)}"
    return _month(key) if table == "sales" else channel(key)


def _month(text: str) -> str:
    try:
        return f"{date.fromisoformat(f'{text}-01'):%B %Y}"
    except ValueError:
        return text


def channel(name: str) -> str:
    """An account or a payment method by its name; one of which only the id is known, as what it is."""
    return nameless(name) if name.startswith(("account:", "method:")) else name


def subject(named: Mapping[str, str]) -> str:
    """A record in one line, from what is kept of it: "Invoice 1041, Ada Byron, 22 Nov 2026, 44.00 AUD"."""
    parts = [named.get("label", "")]
    if named.get("date"):
        parts.append(day(named["date"]))
    if named.get("amount"):
        parts.append(amount(named["amount"], named.get("currency", "")))
    return ", ".join(part for part in parts if part)


def value(name: str, found: Any, people: Mapping[str, str] | None = None) -> str:
    """One side's value of a field. `people`: the names of contacts by their id on that side."""
    if found in (None, "", [], {}):
        return NOTHING
    if isinstance(found, bool):
        return "yes" if found else "no"
    if name == "contact_id":
        return (people or {}).get(str(found), "another person")
    if isinstance(found, Mapping):
        return _structure(found)
    return day(found) if name in ("date", "due_date") else AsTyped(found)


def _structure(found: Mapping[str, Any]) -> str:
    if "lines" in found or "total" in found:
        return _money(found)
    if "allocations" in found or "amount" in found:
        return _payment(found)
    if found.keys() & {"first", "last", "company", "display", "type"}:
        return _name(found)
    return _address(found)


def _name(found: Mapping[str, Any]) -> str:
    person = f"{found.get('first', '')} {found.get('last', '')}".strip()
    company = str(found.get("company", ""))
    if person and company:
        return f"{person}, {company}"
    return person or company or str(found.get("display", "")) or NOTHING


def _address(found: Mapping[str, Any]) -> str:
    town = " ".join(str(found[part]) for part in ("suburb", "state", "postcode") if found.get(part))
    parts = [*(str(found[part]) for part in ("line1", "line2") if found.get(part)), town, str(found.get("country", ""))]
    return ", ".join(part for part in parts if part) or NOTHING


def _money(found: Mapping[str, Any]) -> str:
    currency = str(found.get("currency", ""))
    lines = [_line(line, currency) for line in found.get("lines", ())]
    tax = f", {amount(found['tax_total'], currency)} of it tax" if _is_something(found.get("tax_total")) else ""
    listed = f": {'; '.join(lines)}" if lines else ""
    return f"{amount(found.get('total', '0.00'), currency)}{tax}{listed}"


def _line(line: Mapping[str, Any], currency: str) -> str:
    quantity = f"{line['quantity']} × " if line.get("quantity") else ""
    words = str(line.get("description") or line.get("item_code") or line.get("kind", "a line"))
    return f"{quantity}{words} {amount(line.get('total', '0.00'), currency)}"


def _payment(found: Mapping[str, Any]) -> str:
    currency = str(found.get("currency", ""))
    parts = [amount(a.get("amount", "0.00"), currency) for a in found.get("allocations", ())]
    documents = "one document" if len(parts) == 1 else f"{len(parts)} documents"
    paid = f", for {documents} ({' + '.join(parts)})" if parts else ", for no document"
    return f"{amount(found.get('amount', '0.00'), currency)}{paid}"


def _is_something(number: Any) -> bool:
    return str(number or "").strip("-0.") != ""
