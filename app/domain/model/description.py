"""What each kind of record consists of, declared once: the merge, the first meeting, references, words and keys follow.

A field of a record class that is `merged` is an *atomic group*: it is compared, merged and pushed as a whole. Each row
says besides what is peculiar to it; what is not said is as `Field` has it. How to add one: docs/howto/add-a-field.md.
Each vendor has a table of its own that says where a plain field stands on its wire (`mapping/fields.py` there).
"""

from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cached_property
from typing import Any

from app.domain.model.records import (
    Contact,
    Item,
    Kind,
    Receipt,
    Record,
    Sale,
    Side,
)


class Likeness(StrEnum):
    """How two texts are compared where case, spaces and composition are not all that may differ."""

    AS_TEXT = "as text"
    DIGITS = "by their digits"
    ADDRESSES = "as lists of addresses"


@dataclass(frozen=True, slots=True)
class Meeting:
    """What becomes of a field when two records that were both there before become one.

    `filled`: a gap takes what the other side says. `decided`: where both say something different, the winner goes on and
    the other value is kept as a disagreement. `only_open`: of a document that is paid, neither is done.
    """

    filled: bool = False
    decided: bool = False
    only_open: bool = False


KEPT = Meeting()
"""Each side keeps what it has."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where in a field the id of another record stands: `path` from the record, through lists too.

    `kind` is the kind of that record; None where the part that holds the id says so itself (an allocation).
    """

    path: tuple[str, ...]
    kind: Kind | None


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute of a record class.

    `words` is what people call the group ("" for its own name), `noun` what a sentence about its value calls it, `heading`
    what it is called above the values of both sides.
    `assigned_by`: the sides that work out a value of their own where a new record is sent without one.
    `key`: which natural key it is (`matching.natural_keys`). `watched`: a change of it is worth looking at; what a side
    works out for itself is not. `since`: the number of the kind's vocabulary in which it first stood; what links and
    mirrors of an earlier one hold says nothing about it (`planning.new_fields`).
    """

    name: str
    merged: bool = True
    watched: bool = True
    words: str = ""
    noun: str = ""
    heading: str = ""
    likeness: Likeness = Likeness.AS_TEXT
    meeting: Meeting = KEPT
    points: tuple[Pointer, ...] = ()
    assigned_by: frozenset[Side] = frozenset()
    key: str = ""
    since: int = 1

    @property
    def called(self) -> str:
        """What people call it."""
        return self.words or self.name.replace("_", " ")

    @property
    def value_called(self) -> str:
        """What a sentence about one value of it calls it: "its phone number"."""
        return self.noun or self.called

    @property
    def headed(self) -> str:
        """What it is called above its values."""
        return self.heading or self.called


@dataclass(frozen=True)
class Description:
    """One kind: its record class, and its fields in the order in which they are merged."""

    record: type[Any]
    fields: tuple[Field, ...]

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """The fields by their names."""
        return {field.name: field for field in self.fields}

    @cached_property
    def merged(self) -> tuple[str, ...]:
        """The atomic groups: what is compared, merged and pushed."""
        return tuple(field.name for field in self.fields if field.merged)

    @cached_property
    def vocabulary(self) -> int:
        """The number of the present vocabulary: it grows with every field that is added."""
        return max(field.since for field in self.fields)

    def newer_than(self, vocabulary: int) -> tuple[Field, ...]:
        """The merged fields that an earlier vocabulary did not have."""
        return tuple(field for field in self.fields if field.merged and field.since > vocabulary)

    @cached_property
    def unwatched(self) -> frozenset[str]:
        """What a side works out for itself or we have written there: a change of these alone is no change."""
        return frozenset(field.name for field in self.fields if not field.watched)

    @cached_property
    def pointers(self) -> tuple[Pointer, ...]:
        """Where other records are referred to: inside lists first."""
        pointers = (pointer for field in self.fields for pointer in field.points)
        return tuple(sorted(pointers, key=lambda pointer: -len(pointer.path)))

    def undeclared(self) -> set[str]:
        """What the record class and this description do not both name."""
        return {attribute.name for attribute in fields(self.record)} ^ set(self.by_name)


_DETAIL = Meeting(filled=True, decided=True)
_FILLED_WHILE_OPEN = Meeting(filled=True, only_open=True)
_TYPED_WHILE_OPEN = Meeting(filled=True, decided=True, only_open=True)
_MARK = (
    Field("books_status", heading="its mark", merged=False, watched=False),
    Field("books_reason", merged=False, watched=False),
    Field("books_url", merged=False, watched=False),
)
_OWNER = (Pointer(("contact_id",), Kind.CONTACT),)
_BOOKS = frozenset({Side.QUICKBOOKS})

DESCRIPTIONS: dict[Kind, Description] = {
    Kind.CONTACT: Description(
        Contact,
        (
            Field(
                "name", key="name"
            ),  # of two that were matched compatible; decided where a merge brings any two together
            Field("email", noun="e-mail address", likeness=Likeness.ADDRESSES, meeting=_DETAIL, key="email"),
            Field("phone", noun="phone number", likeness=Likeness.DIGITS, meeting=_DETAIL),
            Field("mobile", noun="mobile number", likeness=Likeness.DIGITS, meeting=_DETAIL),
            Field("fax", noun="fax number", likeness=Likeness.DIGITS, meeting=_DETAIL),
            Field("website", meeting=_DETAIL),
            Field("billing_address", meeting=_DETAIL),
            Field("shipping_address", meeting=_DETAIL),
            Field("tax_number", heading="tax number (ABN)", likeness=Likeness.DIGITS, meeting=_DETAIL),
            Field("currency", merged=False),
            Field("active", merged=False),
            Field("parent_id", merged=False, points=(Pointer(("parent_id",), Kind.CONTACT),)),
            Field("is_project", merged=False),
            Field("sales_count", merged=False, watched=False),
            *_MARK,
        ),
    ),
    Kind.ITEM: Description(
        Item,
        (
            Field("code", key="number"),
            Field("name", key="name"),
            Field("price"),
            Field("tax_code", assigned_by=_BOOKS),
            Field("active", merged=False),
            Field("income_account_id", merged=False),
        ),
    ),
    Kind.SALE: Description(
        Sale,
        (
            Field("contact_id", words="contact", heading="person", points=_OWNER, key="contact"),
            Field(
                "money",
                words="lines and amounts",
                points=(Pointer(("money", "lines", "item"), Kind.ITEM),),
                key="amount",
            ),
            Field("number", key="document number", assigned_by=frozenset(Side)),
            Field("date", meeting=Meeting(decided=True)),
            Field("due_date", meeting=_FILLED_WHILE_OPEN, assigned_by=_BOOKS),
            Field("notes", noun="note", meeting=_TYPED_WHILE_OPEN),
            Field("billing_address", meeting=_FILLED_WHILE_OPEN, assigned_by=_BOOKS),
            Field("shipping_address", meeting=_FILLED_WHILE_OPEN, assigned_by=_BOOKS),
            Field("voided"),
            Field("type", merged=False),
            Field("status", merged=False),
            Field("reference", merged=False),
            Field("paid", merged=False, watched=False),
            Field("adjusts_id", merged=False, points=(Pointer(("adjusts_id",), Kind.SALE),)),
            Field("adjustment_reason", merged=False),
            *_MARK,
            Field("books_settled", merged=False, watched=False),
        ),
    ),
    Kind.RECEIPT: Description(
        Receipt,
        (
            Field("contact_id", words="contact", heading="person", points=_OWNER, key="contact"),
            Field(
                "payment",
                words="amount and allocations",
                heading="amount and what it pays",
                points=(Pointer(("payment", "allocations", "sale_id"), None),),
                key="amount",
            ),
            Field("channel", words="account", heading="payment method and account", assigned_by=_BOOKS),
            Field("means", merged=False, watched=False),
            Field("date"),
            Field("reference", key="number"),
            Field("voided"),
            Field("expense_account", merged=False, watched=False),
            *_MARK,
        ),
    ),
}


def merged_fields(kind: Kind) -> tuple[str, ...]:
    """The atomic groups of a kind, in order."""
    return DESCRIPTIONS[kind].merged


def assigned_by(kind: Kind, side: Side) -> frozenset[str]:
    """The groups for which a side works out a value of its own where a new record is sent without one."""
    return frozenset(field.name for field in DESCRIPTIONS[kind].fields if side in field.assigned_by)


def declared(name: str) -> Field | None:
    """The field of this name, of whatever kind: fields of one name mean the same everywhere."""
    declarations = (description.by_name.get(name) for description in DESCRIPTIONS.values())
    return next((field for field in declarations if field is not None), None)


def called(name: str) -> str:
    """What people call a field."""
    declaration = declared(name)
    return declaration.called if declaration is not None else name.replace("_", " ")


def filled_at_meeting(kind: Kind, *, is_open: bool = True) -> frozenset[str]:
    """The groups whose gaps are filled when two records meet for the first time."""
    return frozenset(
        f.name for f in DESCRIPTIONS[kind].fields if f.meeting.filled and (is_open or not f.meeting.only_open)
    )


def decided_at_meeting(kind: Kind, *, is_open: bool = True) -> frozenset[str]:
    """The groups that are decided about when two records meet for the first time and say something different."""
    return frozenset(
        f.name for f in DESCRIPTIONS[kind].fields if f.meeting.decided and (is_open or not f.meeting.only_open)
    )


def kind_of(record: Record) -> Kind:
    """The kind that a record is of."""
    return next(kind for kind, description in DESCRIPTIONS.items() if isinstance(record, _CLASSES[kind]))


_CLASSES: dict[Kind, type[Any]] = {kind: description.record for kind, description in DESCRIPTIONS.items()}
