"""Whose card it is (C2, C5): who goes on in which field of a contact, by where its pair began and what was decided."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.domain.model.configuration import Configuration, default_contact_winners
from app.domain.model.description import merged_fields
from app.domain.model.links import Origin
from app.domain.model.operations import Operation
from app.domain.model.records import Address, Contact, Kind, Name, Side
from app.domain.planning.plan_input import ChangedRecord
from tests.domain.builders import CONFIGURATION, contact, decided, linked, seen

BOOKS = ("name", "billing_address", "tax_number")
SHOPS = ("email", "phone", "mobile", "fax", "website", "shipping_address")
BEFORE = contact(billing_address=Address(line1="1 Old Street"), tax_number="51824753556")
PROPOSED = replace(CONFIGURATION, contact_winner=default_contact_winners())
BY_QUICKBOOKS = replace(CONFIGURATION, conflict_winner=dict.fromkeys(Kind, Side.QUICKBOOKS))


def _typed(side: str, last: str) -> Contact:
    return Contact(
        name=Name(first="Ada", last=last, display=f"Ada {last}"),
        email=f"ada@{side}.example",
        phone=f"0400 {len(side)}",
        mobile=f"0401 {len(side)}",
        fax=f"0402 {len(side)}",
        website=f"https://{side}.example",
        billing_address=Address(line1=f"1 {side} Street"),
        shipping_address=Address(line1=f"2 {side} Street"),
        tax_number=f"5182475355{len(side) % 10}",
    )


IN_ONCORD, IN_QUICKBOOKS = _typed("shop", "Byron"), _typed("books", "King")


def _carried(configuration: Configuration, origin: Origin) -> dict[Side, set[str]]:
    """Which fields each side gets where both have changed every one of them."""
    operations = decided(
        seen(Side.ONCORD, Kind.CONTACT, "1", IN_ONCORD),
        seen(Side.QUICKBOOKS, Kind.CONTACT, "c1", IN_QUICKBOOKS),
        linked(Kind.CONTACT, "1", "c1", BEFORE, BEFORE, origin=origin),
        ChangedRecord(Side.ONCORD, Kind.CONTACT, "1"),
        configuration=configuration,
    )
    assert all({d.field for d in o.disagreements} == set(o.fields) for o in operations)
    assert all(d.winner is o.side.other for o in operations for d in o.disagreements)
    return {o.side: set(o.fields) for o in operations}


@pytest.mark.parametrize("origin", [Origin.BOTH, Origin.QUICKBOOKS])
def test_c2_c5_of_who_was_in_the_books_before_name_tax_number_and_billing_address_are_the_books(origin: Origin) -> None:
    assert _carried(PROPOSED, origin) == {Side.ONCORD: set(BOOKS), Side.QUICKBOOKS: set(SHOPS)}


@pytest.mark.parametrize(("configuration", "loser"), [(PROPOSED, Side.QUICKBOOKS), (BY_QUICKBOOKS, Side.ONCORD)])
def test_c2_c5_of_who_began_in_oncord_one_side_goes_on_in_everything(configuration: Configuration, loser: Side) -> None:
    by_field = replace(configuration, contact_winner=default_contact_winners())

    assert _carried(by_field, Origin.ONCORD) == {loser: {*BOOKS, *SHOPS}}


@pytest.mark.parametrize(("configuration", "loser"), [(CONFIGURATION, Side.QUICKBOOKS), (BY_QUICKBOOKS, Side.ONCORD)])
@pytest.mark.parametrize("origin", Origin)
def test_where_nothing_was_decided_by_field_contacts_go_on_as_ever(
    configuration: Configuration, loser: Side, origin: Origin
) -> None:
    assert _carried(configuration, origin) == {loser: {*BOOKS, *SHOPS}}


def test_a_field_that_is_left_as_contacts_go_has_their_winner() -> None:
    configuration = replace(BY_QUICKBOOKS, contact_winner={"email": Side.ONCORD})

    assert _carried(configuration, Origin.BOTH) == {
        Side.QUICKBOOKS: {"email"},
        Side.ONCORD: {*BOOKS, *SHOPS} - {"email"},
    }


def _merged(in_oncord: dict[str, Any], in_quickbooks: dict[str, Any]) -> list[Operation]:
    """What becomes of edits on both sides of a contact that both knew before they met."""
    return decided(
        seen(Side.ONCORD, Kind.CONTACT, "1", replace(BEFORE, **in_oncord)),
        seen(Side.QUICKBOOKS, Kind.CONTACT, "c1", replace(BEFORE, **in_quickbooks)),
        linked(Kind.CONTACT, "1", "c1", BEFORE, BEFORE, origin=Origin.BOTH),
        ChangedRecord(Side.ONCORD, Kind.CONTACT, "1"),
        configuration=PROPOSED,
    )


def test_c2_what_one_side_alone_changed_travels_whoever_would_win() -> None:
    operations = _merged({"tax_number": "33051775556"}, {"email": "new@example.com"})

    assert {(o.side, o.rule, o.fields) for o in operations} == {
        (Side.QUICKBOOKS, "C2", ("tax_number",)),
        (Side.ONCORD, "C5", ("email",)),
    }
    assert not any(o.disagreements for o in operations)


def test_c5_a_tax_number_that_quickbooks_masks_is_won_by_nobody_unseen() -> None:
    operations = _merged({"tax_number": "33051775556"}, {"tax_number": "XXXXXX12345"})

    assert [(o.side, o.fields) for o in operations] == [(Side.QUICKBOOKS, ("tax_number",))]


def test_every_field_of_a_contact_has_a_winner_that_is_proposed() -> None:
    assert set(default_contact_winners()) == set(merged_fields(Kind.CONTACT)) == {*BOOKS, *SHOPS}
    assert Configuration(date(2026, 1, 1)).contact_winner == {}
