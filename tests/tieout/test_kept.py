"""What may stand on one side after its counterpart was deleted, as the table of rules has it, and nothing else may."""

from dataclasses import replace
from typing import Any

import pytest

from app.tieout.facts import Applied, Entry, Held, Lost
from app.tieout.kept import why_kept
from tests.tieout.facts import TIES, D, brief, found, invoice, pair, payment, receipt, sale

ORIGINS: tuple[Any, ...] = ("oncord", "quickbooks", "both")
OURS, THEIRS = [sale(), receipt()], [invoice(), payment()]


def _cause(entry: Entry, *lost: Lost, **members: Any) -> str:
    alone = replace(entry, lost=lost, **members)
    [difference] = found(pair(alone) if entry.side == "oncord" else pair(None, alone))
    assert (difference.what, abs(difference.amount)) == ("missing", D(110))
    return difference.cause.value


@pytest.mark.parametrize("entry", OURS, ids=["S6", "R4"])
@pytest.mark.parametrize("origin", ORIGINS)
def test_s6_r4_what_quickbooks_deletes_stays_in_oncord_wherever_it_began(entry: Entry, origin: Any) -> None:
    assert _cause(entry, Lost("quickbooks", origin)) == "kept_by_rule"


@pytest.mark.parametrize("entry", THEIRS, ids=["S3", "R3"])
@pytest.mark.parametrize("origin", ORIGINS)
def test_s3_r3_what_oncord_deletes_stays_in_the_books_only_where_it_did_not_begin_in_oncord(
    entry: Entry, origin: Any
) -> None:
    assert _cause(entry, Lost("oncord", origin)) == ("unexplained" if origin == "oncord" else "kept_by_rule")


@pytest.mark.parametrize("entry", THEIRS, ids=["document", "money"])
@pytest.mark.parametrize("origin", ORIGINS)
def test_c3_what_was_deleted_together_with_its_contact_stays_in_the_books_wherever_it_began(
    entry: Entry, origin: Any
) -> None:
    assert _cause(entry, Lost("oncord", origin, along=True)) == "kept_by_rule"


@pytest.mark.parametrize("entry", [*OURS, *THEIRS], ids=lambda entry: f"{entry.side} {entry.is_document}")
@pytest.mark.parametrize("origin", ORIGINS)
def test_a_note_of_a_deletion_explains_nothing_beside_what_is_not_gone_or_where_it_was_itself_that_went(
    entry: Entry, origin: Any
) -> None:
    across: Any = "quickbooks" if entry.side == "oncord" else "oncord"

    assert _cause(entry, Lost(across, origin, there=True)) == "unexplained"
    assert _cause(entry, Lost(entry.side, origin)) == "unexplained"
    assert _cause(entry) == "unexplained"


def test_of_several_payments_that_were_lost_one_is_enough_for_a_receipt_that_stands_alone() -> None:
    assert _cause(receipt(), Lost("quickbooks", "oncord"), Lost("oncord", "oncord")) == "kept_by_rule"


def test_what_waits_or_is_asked_about_is_that_first() -> None:
    assert _cause(invoice(), Lost("oncord", "oncord"), held=Held()) == "waiting"
    assert _cause(invoice(), Lost("oncord", "both"), question="Delete it?") == "held"


def test_each_reason_is_told_in_words() -> None:
    told = [
        why_kept(replace(entry, lost=(lost,)))
        for entry, lost in (
            (sale(), Lost("quickbooks", "both")),
            (invoice(), Lost("oncord", "both")),
            (invoice(), Lost("oncord", "oncord", along=True)),
            (receipt("0"), Lost("oncord", "oncord")),
            (invoice(), Lost("oncord", "oncord")),
        )
    ]

    assert len(set(told)) == 5
    assert told[-1] == ""


@pytest.mark.parametrize("side", ["oncord", "quickbooks"])
def test_s3_r4_what_only_joined_credit_to_something_that_went_moves_no_money_and_stays(side: Any) -> None:
    made, document = (receipt, "7") if side == "oncord" else (payment, "90")
    credit = Applied(document, D(9), credit=True)
    charge = Applied("8" if side == "oncord" else "91", D(9))
    gone = Lost(side, "oncord")

    def cause(*parts: Applied, lost: Lost = gone, amount: str = "0") -> str:
        entry = made(amount, applied=parts, lost=(lost,))
        return found(pair(entry) if side == "oncord" else pair(None, entry))[0].cause.value

    assert cause(credit) == "kept_by_rule"
    assert cause(charge) == "kept_by_rule"
    assert cause(credit, charge) == "unexplained", "it joins two that stand"
    assert cause(credit, lost=replace(gone, last=False)) == "unexplained", "what it belonged to is there"
    assert cause(credit, amount="9") == "unexplained", "it moves money"


# A receipt over two customers, Ada's document 7 (in the books 90) and Bob's 8 (91), of which Bob's payment is gone.
BOTH = receipt("110.00", ("7", "60.00"), ("8", "50.00"))
ADAS = payment("60.00", ("90", "60.00"))
BOBS = Lost("quickbooks", "oncord", contact_id="52", total=D(50), applied=(Applied("91", D(50)),))


def test_r4_a_payment_of_several_that_was_deleted_is_held_out_of_its_receipt() -> None:
    assert brief(found(pair(replace(BOTH, lost=(BOBS,)), ADAS))) == [
        ("amount", D(-50), "kept_by_rule"),
        ("applied", D(-50), "kept_by_rule"),
    ]
    assert brief(found(pair(BOTH, ADAS))) == [("amount", D(-50), "unexplained"), ("applied", D(-50), "unexplained")]


@pytest.mark.parametrize("lost", [replace(BOBS, there=True), Lost("oncord", "oncord", contact_id="52")])
def test_r4_but_not_by_a_payment_that_is_there_or_that_oncord_took_back(lost: Lost) -> None:
    causes = {d.cause.value for d in found(pair(replace(BOTH, lost=(lost,)), ADAS))}

    assert causes == {"unexplained"}


def test_r4_what_the_lost_payment_never_paid_is_not_explained_by_it() -> None:
    short = payment("59.00", ("90", "59.00"))

    assert brief(found(pair(replace(BOTH, lost=(BOBS,)), short))) == [
        ("amount", D(-51), "kept_by_rule"),
        ("applied", D(-1), "unexplained"),
        ("applied", D(-50), "kept_by_rule"),
    ]


def test_r4_what_the_lost_payment_paid_is_told_from_what_another_one_does_not_pay_any_more() -> None:
    freed = payment("60.00")

    assert brief(found(pair(replace(BOTH, lost=(BOBS,)), freed))) == [
        ("amount", D(-50), "kept_by_rule"),
        ("applied", D(-60), "unexplained"),
        ("applied", D(-50), "kept_by_rule"),
    ]
    less = payment("59.00")
    assert brief(found(pair(replace(BOTH, lost=(BOBS,)), less)))[0] == ("amount", D(-51), "unexplained")


def test_r4_what_a_lost_payment_held_is_gone_also_where_the_shop_has_deleted_what_it_paid() -> None:
    freed = receipt("110.00", ("7", "60.00"), lost=(BOBS,))

    assert brief(found(pair(freed, ADAS))) == [("amount", D(-50), "kept_by_rule")]
    more = receipt("120.00", ("7", "60.00"), lost=(BOBS,))
    assert brief(found(pair(more, ADAS))) == [("amount", D(-60), "unexplained")]


def test_r4_money_that_paid_nothing_went_only_with_a_payment_that_had_it() -> None:
    loose = receipt("120.00", ("7", "60.00"), ("8", "50.00"), contact_id="1")
    of_bob = replace(loose, contact_id="2")

    assert brief(found(pair(replace(loose, lost=(BOBS,)), ADAS)))[0] == ("amount", D(-60), "unexplained")
    assert brief(found(pair(replace(of_bob, lost=(BOBS,)), ADAS)))[0] == ("amount", D(-60), "kept_by_rule")
    with_rest = replace(BOBS, total=D(60))
    assert brief(found(pair(replace(loose, lost=(with_rest,)), ADAS)))[0] == ("amount", D(-60), "kept_by_rule")


def test_r4_an_edit_of_the_receipt_that_no_payment_took_up_is_of_the_lost_ones_customer_still() -> None:
    raised = receipt("115.00", ("7", "60.00"), ("8", "55.00"), lost=(BOBS,))

    assert {d.cause.value for d in found(pair(raised, ADAS), ties=TIES)} == {"kept_by_rule"}
