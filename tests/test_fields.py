"""No field is forgotten: each declared one has its place at both vendors, by a row or by hand, and by one of the two."""

from collections.abc import Iterable
from datetime import date

import pytest

from app.domain import planner
from app.domain.model.configuration import Configuration
from app.domain.model.description import DESCRIPTIONS, Field, merged_fields
from app.domain.model.records import Kind, Side
from app.domain.planning import questions, restorations, unreadable
from app.domain.planning.labels import NOUNS
from app.oncord.client import PATHS
from app.oncord.mapping import fields as oncord
from app.oncord.mapping.records import READERS
from app.oncord.webhook import KINDS as ONCORD_EVENTS
from app.quickbooks.mapping import fields as quickbooks
from app.quickbooks.mapping.values import ENTITIES
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


TABLES_BY_KIND: dict[str, Iterable[object]] = {
    "description": DESCRIPTIONS,
    "planner": planner._PLANNERS,
    "conflict winner": Configuration(date(2026, 1, 1)).conflict_winner,
    "restorations": restorations._RULES,
    "questions": questions._RULES,
    "unreadable, new": unreadable._NEW,
    "unreadable, linked": unreadable._LINKED,
    "oncord fields": oncord.FIELDS,
    "oncord by hand": oncord.BY_HAND,
    "oncord readers": READERS,
    "oncord addresses": PATHS,
    "oncord events": ONCORD_EVENTS.values(),
    "quickbooks entities": ENTITIES,
}


@pytest.mark.parametrize("table", TABLES_BY_KIND)
def test_every_table_by_kind_has_every_kind(table: str) -> None:
    assert {*TABLES_BY_KIND[table]} == {*Kind}


def test_every_entity_has_its_fields_and_every_kind_is_called_something_on_each_side() -> None:
    entities = {entity for of_kind in ENTITIES.values() for entity in of_kind}

    assert entities == {*quickbooks.FIELDS} == {*quickbooks.BY_HAND}
    assert {*NOUNS} == {(side, kind) for side in Side for kind in Kind}
