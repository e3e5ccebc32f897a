"""No field is forgotten: each declared one has its place at both vendors, by a row or by hand, and by one of the two."""

from collections.abc import Iterable

import pytest

from app.domain.model.description import DESCRIPTIONS, Field, merged_fields
from app.domain.model.records import Kind
from app.oncord.mapping import fields as oncord
from app.quickbooks.mapping import fields as quickbooks
from tests.support.new_fields import OF_KIND, with_field

PLACES = [(Kind(kind), entity) for kind, entities in OF_KIND.items() for entity in entities]


def _amiss(kind: Kind, rows: Iterable[str], by_hand: frozenset[str]) -> set[str]:
    """The fields that have no place, two places, or a place without being declared."""
    placed = [*rows, *by_hand]
    twice = {name for name in placed if placed.count(name) > 1}
    return {*merged_fields(kind)} - {*placed} | twice | {*placed} - {*DESCRIPTIONS[kind].by_name}


def _amiss_in_oncord(kind: Kind) -> set[str]:
    return _amiss(kind, (row.field for row in oncord.FIELDS[kind]), oncord.BY_HAND[kind])


def _amiss_in_quickbooks(kind: Kind, entity: str) -> set[str]:
    return _amiss(kind, (row.field for row in quickbooks.FIELDS[entity]), quickbooks.BY_HAND[entity])


@pytest.mark.parametrize("kind", Kind)
def test_every_merged_field_has_one_place_in_oncord(kind: Kind) -> None:
    assert _amiss_in_oncord(kind) == set()


@pytest.mark.parametrize(("kind", "entity"), PLACES)
def test_every_merged_field_has_one_place_in_quickbooks(kind: Kind, entity: str) -> None:
    assert _amiss_in_quickbooks(kind, entity) == set()


@pytest.mark.parametrize("kind", Kind)
def test_no_member_is_written_by_two_rows(kind: Kind) -> None:
    for rows in (oncord.FIELDS[kind], *(quickbooks.FIELDS[entity] for entity in OF_KIND[kind])):
        members = [row.member for row in rows]

        assert len(members) == len({*members})


@pytest.mark.parametrize(("kind", "entity"), PLACES)
def test_leaving_out_any_row_of_a_new_field_is_found(kind: Kind, entity: str) -> None:
    with with_field(Field("extra"), kind):
        assert DESCRIPTIONS[kind].undeclared() == _amiss_in_oncord(kind) == _amiss_in_quickbooks(kind, entity) == set()

        whole = oncord.FIELDS[kind], quickbooks.FIELDS[entity], DESCRIPTIONS[kind]
        oncord.FIELDS[kind] = whole[0][:-1]
        assert _amiss_in_oncord(kind) == {"extra"}
        quickbooks.FIELDS[entity] = whole[1][:-1]
        assert _amiss_in_quickbooks(kind, entity) == {"extra"}
        oncord.FIELDS[kind], quickbooks.FIELDS[entity] = whole[:2]
        known = whole[2]
        DESCRIPTIONS[kind] = type(known)(known.record, known.fields[:-1])
        assert DESCRIPTIONS[kind].undeclared() == {"extra"}
        assert _amiss_in_oncord(kind) == _amiss_in_quickbooks(kind, entity) == {"extra"}
