"""A record as QuickBooks' fields can hold it (docs/quickbooks.md 9), and what had to be left out. Pure.

Plain fields fit as their rows say (`fields`); names and lines of a sale here. Each is said once, in the decision.
"""

from dataclasses import replace

from app.domain.model.fitting import Notes, fitted_fields
from app.domain.model.records import Contact, Money, Name, Record, Sale
from app.domain.model.texts import one_line
from app.quickbooks.mapping.converters import ending
from app.quickbooks.mapping.fields import FIELDS, NUMBER_LENGTH, entity_of

DISPLAY_NAME, NAME_PART, COMPANY = 500, 100, 100
DESCRIPTION = 4000


def short_number(number: str, limit: int = NUMBER_LENGTH) -> str:
    """A document number or a payment's reference as QuickBooks holds it: the end of what is too long for it."""
    return ending(number, limit)


def fitted(record: Record | None, fields: tuple[str, ...], before: Record | None) -> tuple[Record | None, str]:
    """The record as it can be written in `fields`, and what to say about it. `before` is what QuickBooks holds."""
    notes = Notes("QuickBooks", fields)
    if record is None:
        return None, ""
    by_hand: dict[str, object] = {}
    if isinstance(record, Contact):
        by_hand["name"] = _name(record.name, notes)
    if isinstance(record, Sale):
        by_hand["money"] = _money(record.money, notes)
    known = before if isinstance(before, type(record)) else None
    found: Record = replace(record, **by_hand, **fitted_fields(FIELDS[entity_of(record)], record, notes, known))  # type: ignore[arg-type]
    return found, str(notes)


def _name(name: Name, notes: Notes) -> Name:
    return replace(
        name,
        first=notes.cut("name", "first name", one_line(name.first), NAME_PART),
        last=notes.cut("name", "last name", one_line(name.last), NAME_PART),
        company=notes.cut("name", "company name", one_line(name.company), COMPANY),
        display=notes.cut("name", "name", one_line(name.display), DISPLAY_NAME),
    )


def _money(money: Money, notes: Notes) -> Money:
    lines = (
        replace(line, description=notes.cut("money", "line's description", line.description, DESCRIPTION))
        for line in money.lines
    )
    return replace(money, lines=tuple(lines))
