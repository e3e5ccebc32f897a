"""A record as Oncord's fields can hold it, and what had to be left out. Pure.

Plain fields fit as their rows say (`fields`). Names are cut where they are longer than the shop's.
"""

from dataclasses import replace

from app.domain.model.description import kind_of
from app.domain.model.fitting import Notes, fitted_fields
from app.domain.model.records import Contact, Name, Record
from app.oncord.mapping.fields import FIELDS

NAME_PART, COMPANY = 100, 200


def fitted(record: Record | None, fields: tuple[str, ...], before: Record | None) -> tuple[Record | None, str]:
    """The record as it can be written in `fields`, and what to say about it. `before` is what Oncord holds."""
    notes = Notes("Oncord", fields)
    if record is None:
        return None, ""
    by_hand: dict[str, object] = {}
    if isinstance(record, Contact):
        by_hand["name"] = _name(record.name, notes)
    known = before if isinstance(before, type(record)) else None
    found: Record = replace(record, **by_hand, **fitted_fields(FIELDS[kind_of(record)], record, notes, known))  # type: ignore[arg-type]
    return found, str(notes)


def _name(name: Name, notes: Notes) -> Name:
    return replace(
        name,
        first=notes.cut("name", "first name", name.first, NAME_PART),
        last=notes.cut("name", "last name", name.last, NAME_PART),
        company=notes.cut("name", "company name", name.company, COMPANY),
        display=notes.cut("name", "name", name.display, COMPANY),
    )
