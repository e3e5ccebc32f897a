"""The oracle lets a difference stand only where somebody was told of exactly that one and left it."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.simulation.life import Life
from tests.simulation.looking import Question, World

LINK = {"kind": "sale", "oncord_id": "7", "quickbooks_id": "10"}
OURS = {"total": "96.68", "tax_total": "0.00", "currency": "AUD"}
THEIRS = {"TotalAmt": 96.69, "TxnTaxDetail": {"TotalTax": 0}}
TOLD = "They are one from now on, but its total is 96.68 AUD in Oncord and 96.69 AUD in QuickBooks."
LEFT = Question("oncord", "sale", "7", "differs:sale:7", "conflict", "S1", TOLD, False, True, TOLD, "dismiss")


def _left(question: Question, ours: dict[str, Any] = OURS, theirs: dict[str, Any] = THEIRS) -> bool:
    world = World(cast(Life, None), {}, {}, [], [question], [], set(), {}, {}, set())
    return world.left_so(LINK, ours, theirs)


def test_what_was_told_and_left_stands() -> None:
    assert _left(LEFT)
    assert _left(replace(LEFT, side="quickbooks", record_id="10"))


@pytest.mark.parametrize(
    "question",
    [
        replace(LEFT, resolution="", open=True),
        replace(LEFT, resolution="It has been synchronised since.", by_person=False),
        replace(LEFT, record_id="8"),
        replace(LEFT, kind="receipt"),
        replace(LEFT, summary="They are one from now on."),
    ],
)
def test_what_nobody_left_does_not_stand(question: Question) -> None:
    assert not _left(question)


def test_another_difference_than_the_one_that_was_told_does_not_stand() -> None:
    assert not _left(LEFT, theirs={**THEIRS, "TotalAmt": 96.70})
    assert not _left(LEFT, ours={**OURS, "tax_total": "2.00"})


def test_money_of_a_receipt_stands_apart_only_where_that_was_told_and_left() -> None:
    money, paid = {"amount": "110.00", "currency": "AUD"}, {"TotalAmt": 107.10}
    told = "They are one from now on, but its amount is 110.00 AUD in Oncord and 107.10 AUD in QuickBooks."
    left = replace(LEFT, kind="receipt", summary=told)
    link = {**LINK, "kind": "receipt"}

    def stands(question: Question, theirs: dict[str, Any]) -> bool:
        world = World(cast(Life, None), {}, {}, [], [question], [], set(), {}, {}, set())
        return world.left_so(link, money, theirs)

    assert stands(left, paid)
    assert not stands(left, {"TotalAmt": 107.20})
    assert not stands(left, {"TotalAmt": 110})
    assert not stands(replace(left, resolution=""), paid)
    assert stands(
        replace(left, summary="It does not: it does not pay the same in Oncord as in QuickBooks."), {"TotalAmt": 110}
    )


def test_what_agrees_needs_no_leave() -> None:
    assert not _left(LEFT, theirs={**THEIRS, "TotalAmt": 96.68})


def _apart(
    then: dict[tuple[str, str], tuple[str, str]], *, contact: str = "5", customer: str = "1", merged: bool = False
) -> bool:
    """Sale 7 is document 10; contact 6 is customer 1, and customer 3 may be merged into it."""
    life = cast(Life, SimpleNamespace(apart=then))
    world = World(life, {}, {}, [], [], [], set(), {}, {}, set())
    world.party = {("oncord", "6"): ("quickbooks", "1")} | (
        {("quickbooks", "3"): ("quickbooks", "1")} if merged else {}
    )
    return world.kept_apart({"id": "7", "contact_id": contact}, {"Id": "10", "CustomerRef": {"value": customer}})


def test_two_that_somebody_called_one_and_was_told_to_be_for_different_people_stay_with_them() -> None:
    assert _apart({("7", "10"): ("5", "1")})
    assert _apart({("7", "10"): ("5", "3")}, merged=True)


@pytest.mark.parametrize(
    ("then", "contact", "customer"),
    [
        ({}, "5", "1"),
        ({("7", "11"): ("5", "1")}, "5", "1"),
        ({("8", "10"): ("5", "1")}, "5", "1"),
        ({("7", "10"): ("5", "1")}, "4", "1"),
        ({("7", "10"): ("5", "1")}, "5", "2"),
        ({("7", "10"): ("5", "3")}, "5", "1"),
    ],
    ids=["nobody", "another document", "another sale", "the sale was moved", "the document was moved", "not merged"],
)
def test_two_of_different_people_of_which_nobody_was_told_so_do_not_stand(
    then: dict[tuple[str, str], tuple[str, str]], contact: str, customer: str
) -> None:
    assert not _apart(then, contact=contact, customer=customer)
