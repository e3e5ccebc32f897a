"""What Oncord is told of how a record stands in the books, and when nothing is (docs/oncord.md 3)."""

import pytest

from app.domain.planning.marks import InTheBooks, Said, to_say

PAGE = "https://books.example/app/invoice?txnId=7"
THERE = InTheBooks(linked=True, page=PAGE)
NOWHERE = InTheBooks()


@pytest.mark.parametrize("held", [Said(), Said("none"), Said("waiting", "It waits."), Said("refused", "No.")])
def test_what_is_in_the_books_is_linked_with_its_page_and_without_a_reason(held: Said) -> None:
    assert to_say(held, THERE) == Said("linked", "", PAGE)


def test_what_is_shown_already_is_not_said_again() -> None:
    assert to_say(Said("linked", "", PAGE), THERE) is None
    assert to_say(Said("waiting", "It waits."), InTheBooks(waits="It waits.")) is None


def test_what_was_settled_in_the_books_stays_said_and_comes_back_after_a_refusal() -> None:
    settled = InTheBooks(linked=True, page=PAGE, settled="Settled by a journal entry.")
    assert to_say(Said("linked", "Settled by a journal entry.", PAGE), settled) is None
    assert to_say(Said("refused", "The month is closed.", PAGE), settled) == Said(
        "linked", "Settled by a journal entry.", PAGE
    )


def test_a_link_of_before_gets_its_page_and_keeps_its_reason() -> None:
    assert to_say(Said("linked", "Settled."), THERE) == Said("linked", "Settled.", PAGE)


def test_a_page_that_is_not_known_any_more_stays() -> None:
    assert to_say(Said("linked", "", PAGE), InTheBooks(linked=True)) is None


def test_what_waits_says_why_and_what_was_refused_is_called_so() -> None:
    assert to_say(Said(), InTheBooks(waits="Its payment method waits.")) == Said("waiting", "Its payment method waits.")
    refused = InTheBooks(linked=True, page=PAGE, waits="The month is closed.", refused=True)
    assert to_say(Said("linked", "", PAGE), refused) == Said("refused", "The month is closed.", PAGE)


@pytest.mark.parametrize("status", ["linked", "waiting", "refused"])
def test_what_neither_waits_nor_is_linked_any_more_has_no_mark(status: str) -> None:
    assert to_say(Said(status, "It waits.", PAGE), NOWHERE) == Said("none")


@pytest.mark.parametrize("status", ["", "none"])
def test_of_what_never_went_over_nothing_is_said(status: str) -> None:
    assert to_say(Said(status), NOWHERE) is None


@pytest.mark.parametrize("status", ["gone", "void"])
@pytest.mark.parametrize("known", [THERE, NOWHERE, InTheBooks(waits="It waits."), InTheBooks(gone=True)])
def test_what_became_of_a_document_is_left_as_it_was_told(status: str, known: InTheBooks) -> None:
    assert to_say(Said(status, "Deleted in QuickBooks."), known) is None


def test_of_a_lost_document_nothing_is_said_before_it_is_marked_as_gone() -> None:
    assert to_say(Said("linked", "", PAGE), InTheBooks(gone=True)) is None
