"""Which records some operations make, and which they need to be made before them."""

from collections.abc import Iterable, Iterator

from app.domain.model.link_part import format_part, referred_to
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Counterpart, Kind, Record
from app.domain.model.references import references

Promise = tuple[Kind, str, str]
"""A record that is to be made: its kind, what it is made for, and which part of that."""


def makes(operations: Iterable[Operation]) -> set[Promise]:
    """The records that some operations make."""
    return {(o.kind, o.source_id, format_part(referred_to(o.part))) for o in operations if o.action is Action.CREATE}


def needs(operations: Iterable[Operation]) -> set[Promise]:
    """The records that some operations wait for."""
    return {promise for operation in operations for promise in _promises(operation.record)}


def _promises(record: Record | None) -> Iterator[Promise]:
    for _, reference in references(record):
        if isinstance(reference, Counterpart):
            yield reference.kind, reference.id, reference.part
