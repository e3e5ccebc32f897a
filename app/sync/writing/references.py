"""Promised references: a record may speak of one on the other side whose counterpart did not exist when it was planned."""

from collections.abc import Mapping
from dataclasses import replace

from app.domain.model.records import (
    Counterpart,
    Kind,
    Receipt,
    Record,
    Reference,
    Sale,
    Side,
)
from app.domain.planning.plan_input import Key, LinkIndex

Part = tuple[Side, Kind, str, str]
"""A record, and the part of its link that is meant."""


def promises(record: Record | None) -> set[tuple[Kind, str]]:
    """The records of the other side whose counterparts a record speaks of."""
    found: set[Reference] = set()
    if isinstance(record, Sale):
        found = {record.contact_id, record.adjusts_id, *(line.item for line in record.money.lines)}
    elif isinstance(record, Receipt):
        found = {record.contact_id, *(a.sale_id for a in record.payment.allocations)}
    return {(one.kind, one.id) for one in found if not isinstance(one, str)}


def resolved(
    record: Record | None, side: Side, links: LinkIndex, created: Mapping[Part, str]
) -> tuple[Record | None, Counterpart | None]:
    """A record with every promised reference replaced by the id that has come of it, or the one that is missing."""
    missing: list[Counterpart] = []

    def find(reference: Reference) -> Reference:
        if isinstance(reference, str):
            return reference
        key: Key = (side.other, reference.kind, reference.id)
        link = links.live(key, reference.part)
        found = created.get((*key, reference.part)) or (link.id_on(side) if link else None)
        if found is None:
            missing.append(reference)
            return ""
        return found

    if isinstance(record, Sale):
        lines = tuple(replace(line, item=find(line.item)) for line in record.money.lines)
        record = replace(
            record,
            contact_id=find(record.contact_id),
            adjusts_id=find(record.adjusts_id),
            money=replace(record.money, lines=lines),
        )
    elif isinstance(record, Receipt):
        allocations = tuple(replace(a, sale_id=find(a.sale_id)) for a in record.payment.allocations)
        record = replace(
            record,
            contact_id=find(record.contact_id),
            payment=replace(record.payment, allocations=allocations),
        )
    return record, missing[0] if missing else None
