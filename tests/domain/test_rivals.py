"""What both sides of a conflict are called: by their values where these are short, else by their fields."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from app.domain.model.operations import Disagreement
from app.domain.model.records import Address, Money, Name, Payment, Side
from app.domain.planning.rivals import Rival, rivals_of, value_called
from app.storage.encoding import disagreement_to_plain


@pytest.mark.parametrize(
    ("field", "oncord", "quickbooks", "called"),
    [
        ("money", Money("AUD", total=Decimal(381)), Money("AUD", total=Decimal(289)), "Oncord's 381.00 AUD"),
        ("money", Money("JPY", total=Decimal(381)), Money("JPY", total=Decimal(289)), "Oncord's 381 JPY"),
        ("money", Money("AUD", total=Decimal(5)), Money("AUD", total=Decimal(5)), "Oncord's lines and amounts"),
        ("payment", Payment(Decimal(-5), "USD"), Payment(Decimal(-4), "USD"), "Oncord's -5.00 USD"),
        ("due_date", dt.date(2026, 12, 14), dt.date(2026, 12, 20), "Oncord's 14 Dec 2026"),
        ("due_date", None, dt.date(2026, 12, 20), "Oncord's empty due date"),
        ("phone", "0400 111 111", "", "Oncord's “0400 111 111”"),
        ("notes", "x" * 41, "y", "Oncord's note"),
        ("name", Name(first="Ada", last="Byron"), Name(first="Ada", last="King"), "Oncord's “Ada Byron”"),
        ("name", Name(company="Tea Ltd"), Name(first="Ada"), "Oncord's “Tea Ltd”"),
        ("shipping_address", Address("1 Main St", suburb="Perth"), Address(), "Oncord's “1 Main St, Perth”"),
        ("shipping_address", Address(), Address("1 Main St"), "Oncord's empty shipping address"),
        ("contact_id", "17", "18", "Oncord's contact"),
        ("channel", "4", "35", "Oncord's account"),
        ("voided", True, False, "Oncord's “void”"),
    ],
)
def test_a_value_is_named_where_it_is_short_from_records_as_from_what_is_kept(
    field: str, oncord: Any, quickbooks: Any, called: str
) -> None:
    disagreement = Disagreement(field, None, oncord, quickbooks, Side.QUICKBOOKS)

    assert value_called(Side.ONCORD, rivals_of([disagreement])) == called
    assert value_called(Side.ONCORD, rivals_of([disagreement_to_plain(disagreement)])) == called


def test_several_fields_are_named_and_quickbooks_has_an_apostrophe_alone() -> None:
    fields = [Rival("notes", "Ring", "Knock"), Rival("due_date", None, "2026-12-20")]

    assert value_called(Side.QUICKBOOKS, fields) == "QuickBooks' note and due date"
    assert value_called(Side.QUICKBOOKS, fields[1:]) == "QuickBooks' 20 Dec 2026"
