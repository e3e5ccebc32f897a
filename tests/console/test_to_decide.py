"""Which parts of the configuration form are open on a phone: those in which a person has something to decide."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.console.to_decide import parts_of
from app.console.untaxed_form import UntaxedField, UntaxedForm, UntaxedRow
from app.domain.model.configuration import Configuration, ItemPolicy, MappedMethod, MappedTaxCode
from app.services.choices import Choices

CODES = (MappedTaxCode("GST", "5", "10"), MappedTaxCode("FRE", "", "0", left_out=True))
DECIDED = Configuration(
    start_date=date(2026, 7, 1),
    payment_methods=(
        MappedMethod("1", "35"),
        MappedMethod("2", left_out=True),
        MappedMethod("1", currency="USD"),
    ),
    tax_codes=CODES,
    items=ItemPolicy("single", "7"),
    opening_receivables="match",
    gst_basis="cash",
    gst_period="quarterly",
)


def opened(shown: Configuration = DECIDED, untaxed: tuple[UntaxedField, ...] = (), **more: Any) -> set[str]:
    given: dict[str, Any] = {"waiting": False, "held": False, "errors": {}, **more}
    offered: Any = type("Offered", (), {"tax_codes": [type("Code", (), {"id": code.code})() for code in CODES]})()
    choices: Choices = offered
    form = UntaxedForm((UntaxedRow("Products", untaxed),), ())
    return {name for name, part in parts_of(shown, choices, form, [], **given).items() if part.open}


def test_where_all_is_decided_every_part_is_folded_and_says_what_it_comes_to() -> None:
    assert opened() == set()


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"payment_methods": (*DECIDED.payment_methods, MappedMethod("3"))}, "payment_methods"),
        ({"tax_codes": CODES[:1]}, "tax_codes"),
        ({"items": ItemPolicy("match", "7")}, "items"),
        ({"gst_basis": "undecided"}, "locked_periods"),
        ({"gst_period": "undecided"}, "locked_periods"),
        ({"opening_receivables": "undecided"}, "owed_before"),
    ],
)
def test_a_part_is_open_where_something_is_to_decide(changes: dict[str, Any], part: str) -> None:
    assert opened(replace(DECIDED, **changes)) == {part}


def test_what_waits_opens_its_part_and_what_was_decided_in_common_does_not() -> None:
    undecided = replace(DECIDED, payment_methods=(*DECIDED.payment_methods, MappedMethod("3")))

    assert opened(waiting=True) == {"payment_methods"}
    assert opened(held=True) == {"tax_codes"}
    assert opened(replace(undecided, unmapped_methods_account="99")) == set()


def test_lines_without_a_code_are_open_where_there_are_such_lines() -> None:
    unseen = UntaxedField("untaxed:products", "at", "Products", "", "", ())

    assert opened(untaxed=(unseen,)) == set()
    assert opened(untaxed=(replace(unseen, told=("3 sales with such lines, 44.00 AUD.",)),)) == {"untaxed"}
    assert opened(untaxed=(replace(unseen, chosen="5", told=("3 sales.",)),)) == set()


def test_with_an_error_nothing_is_folded() -> None:
    assert len(opened(errors={"start_date": "Choose the day."})) == 8
