"""A record as a side can hold it, and what had to be said about that: each sentence once, and only of what is written.

Each vendor has a table of its plain fields (`mapping/fields.py`); how such a table is applied is the same for both.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.domain.model.description import DESCRIPTIONS, kind_of
from app.domain.model.records import Record


@dataclass(slots=True)
class Notes:
    """What happened to the fields that are written, in sentences. `taker` is the side that cannot hold more ("Oncord")."""

    taker: str
    fields: tuple[str, ...]
    sentences: list[str] = field(default_factory=list)

    def say(self, group: str, sentence: str) -> None:
        """Say it, where the group is written at all."""
        if group in self.fields and sentence not in self.sentences:
            self.sentences.append(sentence)

    def cut(self, group: str, words: str, value: str, limit: int) -> str:
        """A text cut to what fits: prose only."""
        if len(value) <= limit:
            return value
        self.say(group, f"Its {words} is cut to the {limit} characters that {self.taker} takes.")
        return value[:limit].rstrip()

    def whole(self, group: str, words: str, value: str, limit: int) -> str:
        """A text that identifies: whole, or left out."""
        if len(value) <= limit:
            return value
        self.say(group, f"Its {words} is longer than the {limit} characters that {self.taker} takes, and was left out.")
        return ""

    def __str__(self) -> str:
        return " ".join(self.sentences)


@dataclass(frozen=True, slots=True)
class Converter:
    """A value of a side's wire in ours and the reverse."""

    read: Callable[[Any], Any]
    write: Callable[[Any], Any]


def as_it_is(value: Any) -> Any:
    """A value that is written as we hold it."""
    return value


SET = Converter(lambda value: value is True, as_it_is)
"""A flag that is off where nothing is said."""
IN_USE = Converter(lambda value: value is not False, as_it_is)
"""A flag that is on where nothing is said."""

Fit = Callable[[Notes, str, str, Any, Any, int], Any]
"""(what is said, group, what its value is called, value, what the side holds, limit) -> the value that fits."""


class FittedRow(Protocol):
    """A row of a vendor's table, as far as fitting goes."""

    @property
    def field(self) -> str:
        """The attribute of the record."""
        ...

    @property
    def fit(self) -> Fit | None:
        """How its value is made to fit; None: anything does."""
        ...

    @property
    def limit(self) -> int:
        """How many characters the side takes."""
        ...


def fitted_fields(rows: Iterable[FittedRow], record: Record, notes: Notes, before: Record | None) -> dict[str, Any]:
    """The plain fields of a record as a side can hold them; `before` is what it holds."""
    declared = DESCRIPTIONS[kind_of(record)].by_name
    return {
        row.field: row.fit(
            notes,
            row.field,
            declared[row.field].value_called,
            getattr(record, row.field),
            getattr(before, row.field, None),
            row.limit,
        )
        for row in rows
        if row.fit is not None
    }
