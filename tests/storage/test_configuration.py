"""A configuration as it is stored, and as a later release reads it."""

from datetime import date

from app.domain.model.configuration import Configuration, ItemPolicy, MappedMethod, default_winners
from app.domain.model.records import Kind, Side
from app.domain.model.untaxed_lines import UntaxedCodes, UntaxedLines
from app.storage.connections.configuration import configuration_from_json, configuration_to_json

CHOSEN = Configuration(
    date(2026, 7, 1),
    payment_methods=(MappedMethod("4", "35"),),
    unmapped_methods_account="90",
    untaxed_lines=UntaxedLines(UntaxedCodes(products="2"), UntaxedCodes(shipping="6")),
    items=ItemPolicy("single", "1", voucher_item_id="77", reason_items={"bad_debt": "44", "return": "lines"}),
    conflict_winner={**default_winners(), Kind.SALE: Side.ONCORD},
    contact_winner={"email": Side.QUICKBOOKS},
)


def test_what_is_stored_reads_as_it_was_chosen() -> None:
    assert configuration_from_json(configuration_to_json(CHOSEN)) == CHOSEN


def test_a_kind_that_came_after_the_choice_has_the_winner_that_nobody_has_chosen_against() -> None:
    stored = configuration_to_json(CHOSEN)
    del stored["conflict_winner"]["receipt"]

    winners = configuration_from_json(stored).conflict_winner

    assert winners == {**default_winners(), Kind.SALE: Side.ONCORD}


def test_what_was_configured_before_there_were_winners_by_field_has_none() -> None:
    stored = configuration_to_json(CHOSEN)
    del stored["contact_winner"]

    assert configuration_from_json(stored).contact_winner == {}


def test_of_before_anybody_was_asked_nothing_is_chosen_about_lines_without_a_code() -> None:
    stored = configuration_to_json(CHOSEN)
    del stored["untaxed_lines"], stored["charges_tax"], stored["unmapped_methods_account"]

    read = configuration_from_json(stored)

    assert (read.untaxed_lines, read.charges_tax, read.unmapped_methods_account) == (UntaxedLines(), True, "")


def test_of_before_anybody_was_asked_nothing_is_chosen_about_vouchers_and_bad_debts() -> None:
    stored = configuration_to_json(CHOSEN)
    del stored["items"]["voucher_item_id"], stored["items"]["reason_items"]

    assert configuration_from_json(stored).items == ItemPolicy("single", "1")
