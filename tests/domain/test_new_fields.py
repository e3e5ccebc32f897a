"""A deploy adds a field to pairs that agreed before it: no pair's values in it are overwritten, and none is asked about."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.domain.model.description import DESCRIPTIONS, KEPT, Field, Meeting
from app.domain.model.links import Link
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Contact, Kind, Receipt, Record, Sale, Side, Snapshot
from app.domain.planning.new_fields import brought_up
from app.domain.planning.plan_input import ChangedRecord
from tests.domain.builders import contact, decided, linked, receipt, sale, seen
from tests.support.new_fields import with_field

PAIRS = 1000
FILLED = Meeting(filled=True, decided=True)
WHILE_OPEN = Meeting(filled=True, only_open=True)
VALUES = [("", ""), ("shop", ""), ("", "books"), ("alike", "alike"), ("shop", "books")]
"""What the two sides hold in the new field: nothing, on one side, alike, and differently."""


@contextmanager
def deployed(meeting: Meeting, kind: Kind = Kind.CONTACT) -> Iterator[None]:
    """The release that adds a field to a kind whose links and mirrors are of the vocabulary before."""
    with with_field(Field("extra_note", meeting=meeting, since=2), kind):
        yield


def noted(record: Contact | Sale | Receipt, note: str) -> Any:
    """The record with something in the new field."""
    kind = next(
        k for k, c in ((Kind.CONTACT, Contact), (Kind.SALE, Sale), (Kind.RECEIPT, Receipt)) if isinstance(record, c)
    )
    known = {name: getattr(record, name) for name in DESCRIPTIONS[kind].by_name if name != "extra_note"}
    return DESCRIPTIONS[kind].record(**known, extra_note=note)


def pair(
    kind: Kind, number: int, ours: Record, theirs: Record, base: tuple[Record, Record], **members: Any
) -> tuple[Snapshot, Snapshot, Link]:
    """Both records as they are read now, and the link of the vocabulary before."""
    mine = seen(Side.ONCORD, kind, f"o{number}", ours, **members)
    there = seen(Side.QUICKBOOKS, kind, f"q{number}", theirs)
    link = linked(kind, mine.id, there.id, *base, id=number + 1, vocabulary=1)
    return mine, there, brought_up(link, mine, there)


def planned(values: list[tuple[str, str]], edited: dict[str, str]) -> list[Operation]:
    """A plan over pairs of contacts that hold these in the new field; `edited` was typed in Oncord besides."""
    things: list[Snapshot | Link | ChangedRecord] = []
    for number, (mine, there) in enumerate(values):
        plain = noted(contact(f"Ada{number}"), "")
        ours, theirs = noted(replace(plain, **edited), mine), noted(plain, there)
        things += pair(Kind.CONTACT, number, ours, theirs, (plain, plain))
        things.append(ChangedRecord(Side.ONCORD, Kind.CONTACT, f"o{number}"))
    return decided(*things)


def test_a_deploy_that_adds_a_field_to_a_thousand_pairs_fills_gaps_and_overwrites_and_asks_nothing() -> None:
    values = [VALUES[n % len(VALUES)] for n in range(PAIRS)]
    with deployed(FILLED):
        operations = planned(values, {})

    written = {o.target_id: (o.fields, o.record.extra_note) for o in operations if o.action.writes}  # type: ignore[union-attr]
    to_fill = {f"q{n}": "shop" for n, v in enumerate(values) if v == ("shop", "")}
    to_fill |= {f"o{n}": "books" for n, v in enumerate(values) if v == ("", "books")}
    assert written == {target: (("extra_note",), value) for target, value in to_fill.items()}
    assert len(written) == 2 * PAIRS // len(VALUES)
    assert all(o.disagreements == () for o in operations)
    assert {o.action for o in operations if not o.action.writes} == {Action.REBASE}


def test_a_field_that_each_side_keeps_is_agreed_on_in_silence() -> None:
    values = [VALUES[n % len(VALUES)] for n in range(PAIRS)]
    with deployed(KEPT):
        operations = planned(values, {})

    assert {o.action for o in operations} == {Action.REBASE}
    assert all(o.disagreements == () for o in operations)


@pytest.mark.parametrize("meeting", [FILLED, KEPT])
@pytest.mark.parametrize(("mine", "there"), VALUES)
def test_what_else_was_typed_travels_as_ever(meeting: Meeting, mine: str, there: str) -> None:
    with deployed(meeting):
        operations = planned([(mine, there)], {"phone": "0400 111 222"})

    [to_books] = [o for o in operations if o.side is Side.QUICKBOOKS and o.action.writes]
    filled = ("extra_note",) if meeting is FILLED and (mine, there) == ("shop", "") else ()
    assert to_books.fields == ("phone", *filled)
    assert all(o.disagreements == () for o in operations)


@pytest.mark.parametrize("meeting", [FILLED, KEPT])
def test_once_agreed_on_the_new_field_is_compared_like_any_other(meeting: Meeting) -> None:
    with deployed(meeting):
        plain = noted(contact(), "")
        mine, there, link = pair(Kind.CONTACT, 1, noted(plain, "shop"), noted(plain, "books"), (plain, plain))
        assert (link.base_oncord, link.base_quickbooks) == (mine.record, there.record)
        assert link.vocabulary == 2

        edited = replace(mine, record=noted(plain, "typed"))
        later = decided(
            edited, there, replace(link, vocabulary=None), ChangedRecord(Side.ONCORD, Kind.CONTACT, mine.id)
        )

    [write] = [o for o in later if o.action.writes]
    assert (write.side, write.fields, write.disagreements) == (Side.QUICKBOOKS, ("extra_note",), ())


def test_a_document_is_filled_only_while_it_is_open() -> None:
    with deployed(WHILE_OPEN, Kind.SALE):
        plain = noted(sale(), "")
        paid = replace(plain, paid=Decimal("22.00"))
        *_, still_open = pair(Kind.SALE, 1, noted(plain, "shop"), plain, (plain, plain))
        *_, settled = pair(Kind.SALE, 2, noted(paid, "shop"), paid, (paid, paid))

        assert (still_open.base_oncord, still_open.base_quickbooks) == (plain, plain)
        assert (settled.base_oncord, settled.base_quickbooks) == (noted(paid, "shop"), paid)


def test_a_receipt_of_several_payments_fills_each_that_lacks_it() -> None:
    with deployed(FILLED, Kind.RECEIPT):
        plain = noted(receipt(), "")
        ours = noted(plain, "shop")
        links = [
            pair(Kind.RECEIPT, n, ours, noted(plain, note), (plain, plain))[2] for n, note in enumerate(("", "books"))
        ]

        assert [x.base_oncord for x in links] == [plain, ours]


@pytest.mark.parametrize("gone", [{"vocabulary": 1}, {"deleted": True}])
def test_what_was_not_read_since_is_unknown_and_nothing_moves_in_it(gone: dict[str, Any]) -> None:
    with deployed(FILLED):
        plain = noted(contact(), "")
        mine, there, link = pair(Kind.CONTACT, 1, plain, noted(plain, "books"), (plain, plain), **gone)

        assert link.vocabulary == 1
        assert (link.base_oncord, link.base_quickbooks) == (mine.record, there.record)


def test_a_pair_without_a_base_meets_for_the_first_time() -> None:
    with deployed(FILLED):
        plain = noted(contact(), "")
        mine, there, _ = pair(Kind.CONTACT, 1, plain, noted(plain, "books"), (plain, plain))
        met = brought_up(replace(linked(Kind.CONTACT, "o1", "q1", None, None), vocabulary=1), mine, there)

        assert (met.base_oncord, met.base_quickbooks, met.vocabulary) == (None, None, 2)


def test_a_pair_of_the_present_vocabulary_is_left_as_it_is() -> None:
    link = linked(Kind.CONTACT, "o1", "q1", contact(), contact())

    assert brought_up(link, None, None) is link
