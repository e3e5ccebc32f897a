"""Promised references: a record may speak of one on the other side whose counterpart did not exist when it was planned."""

from collections.abc import Mapping

from app.domain.model.link_part import Part, parse_part
from app.domain.model.records import (
    Counterpart,
    Kind,
    Record,
    Reference,
    Side,
)
from app.domain.model.references import references, with_references
from app.domain.planning.link_index import LinkIndex
from app.domain.planning.plan_input import Key

Source = tuple[Side, Kind, str, Part]
"""A record whose counterpart is created, and which of its counterparts, where it has several."""


def promises(record: Record | None) -> set[tuple[Kind, str]]:
    """The records of the other side whose counterparts a record speaks of."""
    return {(one.kind, one.id) for _, one in references(record) if not isinstance(one, str)}


def resolved(
    record: Record | None, side: Side, links: LinkIndex, created: Mapping[Source, str]
) -> tuple[Record | None, Counterpart | None]:
    """A record with every promised reference replaced by the id that has come of it, or the one that is missing."""
    missing: list[Counterpart] = []

    def find(_: Kind, reference: Reference) -> Reference:
        if isinstance(reference, str):
            return reference
        key: Key = (side.other, reference.kind, reference.id)
        part = parse_part(reference.kind, reference.part)
        link = links.live(key, part)
        record_id = created.get((*key, part)) or (link.id_on(side) if link else None)
        if record_id is None:
            missing.append(reference)
            return ""
        return record_id

    if record is not None:
        record = with_references(record, find)
    return record, missing[0] if missing else None
