"""What a write carries: atomic groups of the record, and what it does besides, which nobody edits and nobody compares.

Operations are kept with both as one list of texts ("phone", "active", "books_status:gone"); only this module reads and
writes those texts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum


class BooksStatus(StrEnum):
    """What Oncord is told became of a record's document in the books."""

    NONE = "none"
    LINKED = "linked"
    WAITING = "waiting"
    """It waits for something or somebody."""
    REFUSED = "refused"
    """QuickBooks has refused it."""
    GONE = "gone"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class BooksMark:
    """Tells Oncord what became of a document; it agrees nothing and revives no link."""

    status: BooksStatus


class Besides(Enum):
    """What else a write does, beside moving groups."""

    ACTIVE = "active"
    """It makes a customer or item active again (C6)."""
    ROOM = "room:made"
    """A payment only makes room for what comes after it: the receipt's money is not agreed on yet."""
    REMOVAL = "removal"
    """A void (S3), or the letting go of all that a payment pays (R3), that stands for a delete: its pair is buried as if the
    document were gone."""
    FREED = "freed"
    """A payment lets go of the document of a sale that was deleted (S3): what it pays no more is the customer's credit, which is named."""
    UNDO = "undo"
    """A delete takes back what this very run has created: no tombstone stays, as if it had never been."""


WriteField = str | BooksMark | Besides
"""A text is the name of an atomic group."""
ACTIVE, FREED, REMOVAL, ROOM, UNDO = Besides.ACTIVE, Besides.FREED, Besides.REMOVAL, Besides.ROOM, Besides.UNDO

_MARK = "books_status:"
_BESIDES = {each.value: each for each in Besides}
_STATUSES = {each.value: each for each in BooksStatus}


def groups_of(fields: Iterable[WriteField]) -> tuple[str, ...]:
    """The atomic groups among what a write carries."""
    return tuple(field for field in fields if isinstance(field, str))


def marks_of(fields: Iterable[WriteField]) -> tuple[BooksMark, ...]:
    """The marks among what a write carries."""
    return tuple(field for field in fields if isinstance(field, BooksMark))


def format_write_field(field: WriteField) -> str:
    """The stored text."""
    match field:
        case BooksMark(status):
            return f"{_MARK}{status}"
        case Besides():
            return field.value
        case str():
            return field


def parse_write_field(text: str) -> WriteField:
    """What a stored text says; one that is nothing else is the name of a group."""
    status = _STATUSES.get(text.removeprefix(_MARK)) if text.startswith(_MARK) else None
    return BooksMark(status) if status else _BESIDES.get(text, text)
