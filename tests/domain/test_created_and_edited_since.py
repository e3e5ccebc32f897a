"""What can be said to have been created, of a record that was found there after its answer was lost."""

from dataclasses import fields, replace
from typing import Any

import pytest

from app.domain.model.description import DESCRIPTIONS, assigned_by, merged_fields
from app.domain.model.records import Address, Kind, Record, Side
from app.domain.planning.merge import is_empty
from app.domain.planning.write_effects import as_created
from tests.domain.builders import contact, receipt, sale

BLANK: dict[Kind, Record] = {Kind.CONTACT: contact(), Kind.SALE: sale(), Kind.RECEIPT: receipt()}
OPEN = [
    (kind, group)
    for kind, record in BLANK.items()
    for group in merged_fields(kind)
    if is_empty(getattr(record, group)) and isinstance(getattr(record, group), str | Address)
]


def _typed(value: Any) -> Any:
    return Address(line1="7 Garden Lane") if isinstance(value, Address) else "typed"


def test_most_texts_and_addresses_of_the_samples_are_open() -> None:
    assert {group for _, group in OPEN} >= {"notes", "billing_address", "shipping_address", "reference", "phone"}


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize(("kind", "group"), OPEN)
def test_what_was_left_open_is_an_edit_unless_the_side_works_it_out(kind: Kind, group: str, side: Side) -> None:
    intended = BLANK[kind]
    now = replace(intended, **{group: _typed(getattr(intended, group))})

    created = as_created(kind, side, intended, now, saved_since=False)
    saved = as_created(kind, side, intended, now, saved_since=True)

    assert created == (now if group in assigned_by(kind, side) else intended)
    assert saved == intended


def test_a_shop_works_out_nothing_but_numbers() -> None:
    assert {field for kind in DESCRIPTIONS for field in assigned_by(kind, Side.ONCORD)} == {"number"}


def test_every_group_is_a_field_of_its_record() -> None:
    for kind, description in DESCRIPTIONS.items():
        assert {field.name for field in fields(description.record)} >= set(assigned_by(kind, Side.QUICKBOOKS))
