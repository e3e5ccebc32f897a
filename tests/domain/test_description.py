"""Each kind is declared once, and what follows from the declaration is what the rules say."""

from dataclasses import replace

import pytest

from app.domain.model.description import (
    DESCRIPTIONS,
    Description,
    called,
    decided_at_meeting,
    declared,
    filled_at_meeting,
    merged_fields,
)
from app.domain.model.records import Contact, Counterpart, Kind
from app.domain.model.references import references, referred_ids, with_references
from tests.domain.builders import line, receipt, sale


@pytest.mark.parametrize("kind", Kind)
def test_every_attribute_of_a_record_is_declared_and_every_declared_field_is_an_attribute(kind: Kind) -> None:
    assert DESCRIPTIONS[kind].undeclared() == set()


def test_a_field_without_an_attribute_or_an_attribute_without_a_field_is_found() -> None:
    whole = DESCRIPTIONS[Kind.CONTACT]

    assert Description(Contact, whole.fields[1:]).undeclared() == {"name"}
    assert Description(Contact, (*whole.fields, replace(whole.fields[0], name="no_such"))).undeclared() == {"no_such"}


def test_fields_of_one_name_are_called_alike_and_compared_alike_in_every_kind() -> None:
    for description in DESCRIPTIONS.values():
        for field in description.fields:
            first = declared(field.name)
            assert first is not None
            assert (first.called, first.likeness) == (field.called, field.likeness)


def test_what_is_merged_can_change() -> None:
    for description in DESCRIPTIONS.values():
        assert not {*description.merged} & description.unwatched


def test_what_a_first_meeting_fills_and_decides_depends_on_whether_the_document_is_open() -> None:
    details = frozenset(merged_fields(Kind.CONTACT)) - {"name"}

    assert filled_at_meeting(Kind.CONTACT) == decided_at_meeting(Kind.CONTACT) == details
    assert filled_at_meeting(Kind.SALE) == {"due_date", "notes", "billing_address", "shipping_address"}
    assert filled_at_meeting(Kind.SALE, is_open=False) == frozenset()
    assert decided_at_meeting(Kind.SALE) == {"date", "notes"}
    assert decided_at_meeting(Kind.SALE, is_open=False) == {"date"}
    assert filled_at_meeting(Kind.RECEIPT) == decided_at_meeting(Kind.RECEIPT) == frozenset()


def test_fields_are_called_as_people_call_them() -> None:
    assert called("money") == "lines and amounts"
    assert called("billing_address") == "billing address"
    assert called("no_such_field") == "no such field"


def test_every_reference_of_a_record_is_found_and_can_be_replaced() -> None:
    document = replace(sale("1", line(item="7"), line(item="")), adjusts_id="12")
    money = receipt(pays={"7": "12.00", "8": "10.00"})
    child = Contact(parent_id="4")

    assert [*references(document)] == [
        (Kind.ITEM, "7"),
        (Kind.ITEM, ""),
        (Kind.CONTACT, document.contact_id),
        (Kind.SALE, "12"),
    ]
    assert [*referred_ids(document, Kind.ITEM)] == ["7"]
    assert [*referred_ids(money, Kind.SALE)] == ["7", "8"]
    assert [*references(child)] == [(Kind.CONTACT, "4")]
    moved = with_references(money, lambda _, one: Counterpart(Kind.SALE, str(one)))
    assert {one for _, one in references(moved)} == {Counterpart(Kind.SALE, i) for i in ("7", "8", money.contact_id)}  # type: ignore[arg-type]
    assert [*referred_ids(moved, Kind.SALE)] == []


FIRST = {
    Kind.CONTACT: "name email phone mobile fax website billing_address shipping_address tax_number",
    Kind.ITEM: "code name price tax_code",
    Kind.SALE: "contact_id money number date due_date notes billing_address shipping_address voided",
    Kind.RECEIPT: "contact_id payment channel date reference voided",
}
"""What was merged before vocabularies had numbers. It does not grow: what is added says since when it stands there."""


@pytest.mark.parametrize("kind", Kind)
def test_a_field_that_was_added_says_since_when_it_stands_there(kind: Kind) -> None:
    merged = [field for field in DESCRIPTIONS[kind].fields if field.merged]
    since = [field.since for field in merged]

    assert [field.name for field in merged if field.since == 1] == FIRST[kind].split()
    assert {*since} == {*range(1, DESCRIPTIONS[kind].vocabulary + 1)}
