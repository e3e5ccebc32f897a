"""An address that QuickBooks' screens keep as free text: which of its lines are names, and what is left.

Taken apart only where that is certain: it says suburb, state and postcode, and what stands above the street is what its
customer is called. Whether a text is another address than one that is known does not need as much: who it is for never
makes another one of it.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace

from app.domain.matching.name_words import called
from app.domain.matching.names import FULL, Relation, compared
from app.domain.matching.postal import same_address
from app.domain.model.records import Address, Name

_NAMED = FULL | {Relation.SHORT}


def is_name(line: str, names: Collection[Name]) -> bool:
    """Whether a line is what one of these is called: in full, displayed, as a company, or by an initial."""
    written = called(Name(display=line))
    shown = (called(form) for name in names for form in (name, Name(display=name.display), Name(company=name.company)))
    return any(compared(written, form) in _NAMED for form in shown)


def without_names(address: Address, names: Collection[Name]) -> tuple[str, ...]:
    """The lines of a free text below those that say who it is for; one is always left."""
    lines = address.addressed
    while len(lines) > 1 and is_name(lines[0], names):
        lines = lines[1:]
    return lines


def place_in(address: Address, names: Collection[Name]) -> Address | None:
    """The address that a free text certainly tells: below the names a street, and then where that is."""
    lines = without_names(address, names)
    if not address.has_locality or (is_name(lines[0], names) and not _numbered(lines[0])):
        return None
    below_a_name = len(lines) < len(address.addressed)
    return _made_of(address, lines) if below_a_name or _numbered(lines[0]) else None


def street_in(address: Address, names: Collection[Name]) -> Address | None:
    """What a free text without suburb and postcode says, where none of it can be a name."""
    lines = without_names(address, names)
    plain = _numbered(lines[0]) or len(address.addressed) == 1
    if address.has_locality or not plain or is_name(lines[0], names):
        return None
    return _made_of(address, lines)


def same_place(one: Address, other: Address, names: Collection[Name]) -> bool:
    """Whether two addresses, either of them free text, are one, whoever each says that it is for. What a text tells for
    certain is no longer what one said that nobody could take apart."""
    if one.is_text and other.is_text and (place_in(one, names) is None) != (place_in(other, names) is None):
        return _whole(one, names) == _whole(other, names)
    return any(same_address(a, b) for a in _readings(one, names) for b in _readings(other, names))


def _whole(address: Address, names: Collection[Name]) -> tuple[str, ...]:
    return (*without_names(address, names), *address.closing)


def _readings(address: Address, names: Collection[Name]) -> Iterator[Address]:
    """An address with and without the lines that can be names, and as one text."""
    lines = address.addressed
    if not lines:
        yield address
        return
    yield Address(line1=" ".join((*lines, *address.closing)))
    yield _made_of(address, lines)
    while len(lines) > 1 and (not _numbered(lines[0]) or is_name(lines[0], names)):
        lines = lines[1:]
        yield _made_of(address, lines)


def _numbered(line: str) -> bool:
    """Whether a line holds a number, as streets, levels and boxes do."""
    return any(c.isdigit() for c in line)


def _made_of(address: Address, lines: tuple[str, ...]) -> Address:
    return replace(address, line1=lines[0], line2=", ".join(lines[1:]), addressed=(), closing=())
