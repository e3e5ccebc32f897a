"""How a plain value stands on QuickBooks' wire, and how one that is too long is made to fit (docs/quickbooks.md 9). Pure.

Prose is cut. What identifies is never cut, since half of it is somebody else's: it is left out whole, without its
punctuation first where that does not count. Of a number the tail is kept, which tells two apart.
"""

import re
from typing import Any

from app.domain.model.fitting import Converter, Notes, as_it_is
from app.domain.model.records import Address
from app.domain.model.texts import one_line
from app.json_values import amount, text
from app.places import country_code
from app.quickbooks.mapping.values import day, plain, read_address, ref, write_address

ADDRESS_LINE, CITY, POSTCODE = 500, 255, 30


TEXT = Converter(text, as_it_is)
DAY = Converter(day, lambda value: value.isoformat())
NUMBER = Converter(amount, plain)
ADDRESS = Converter(read_address, write_address)
REFERENCE = Converter(ref, lambda value: {"value": value})


def prose(notes: Notes, group: str, called: str, value: Any, _before: Any, limit: int) -> Any:
    """A text that loses its end."""
    return notes.cut(group, called, value, limit)


def identity(notes: Notes, group: str, called: str, value: Any, _before: Any, limit: int) -> Any:
    """A text that identifies: whole, or left out."""
    return notes.whole(group, called, one_line(value), limit)


def number(notes: Notes, group: str, called: str, value: Any, _before: Any, limit: int) -> Any:
    """A text that identifies, and whose punctuation does not count."""
    kept = one_line(value)
    if len(kept) > limit:
        kept = re.sub(r"[^\w+]", "", kept)
    return notes.whole(group, called, kept, limit)


def tail(notes: Notes, group: str, called: str, value: Any, _before: Any, limit: int) -> Any:
    """A number whose last characters tell two apart."""
    kept = one_line(value)
    if len(kept) <= limit:
        return kept
    notes.say(
        group, f"Its {called} {kept} is longer than the {limit} characters that QuickBooks takes; its end is kept."
    )
    return ending(kept, limit)


def ending(value: str, limit: int) -> str:
    """The end of what is too long."""
    kept = one_line(value)
    return kept if len(kept) <= limit else kept[-limit:].lstrip(" -/.#")


def address(notes: Notes, group: str, _called: str, value: Any, before: Any, _limit: int) -> Any:
    """An address that fits. A country that only QuickBooks says, in words of its own, is kept there; so is free text."""
    if value.is_text:
        return value
    there = before.country if isinstance(before, Address) else ""
    strange = there if there and not country_code(there) else ""
    return Address(
        line1=notes.cut(group, "address", one_line(value.line1), ADDRESS_LINE),
        line2=notes.cut(group, "address", one_line(value.line2), ADDRESS_LINE),
        suburb=notes.cut(group, "suburb", one_line(value.suburb), CITY),
        state=notes.cut(group, "state", one_line(value.state), CITY),
        postcode=notes.whole(group, "postcode", one_line(value.postcode), POSTCODE),
        country=notes.cut(group, "country", one_line(value.country or strange), CITY),
    )
