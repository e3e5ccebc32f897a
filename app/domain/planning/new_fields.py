"""A field that was added since a pair last agreed: what its bases say about it is nothing, and no edit.

Where the description fills gaps in it at a first meeting, the side that lacks it takes what the other one says. Else both
sides are agreed on as they are: nothing is overwritten, and nobody is asked about every record that there is. From then on
what is typed there is an edit like any other.
"""

from dataclasses import replace
from typing import Any

from app.domain.model.description import DESCRIPTIONS, Field
from app.domain.model.links import Link
from app.domain.model.records import Record, Sale, Side, Snapshot
from app.domain.planning.merge import is_empty


def brought_up(link: Link, oncord: Snapshot | None, quickbooks: Snapshot | None) -> Link:
    """The link with bases in the present vocabulary; with the earlier one where a side has not been read in the present
    one yet. Nothing is known of the new fields then, and nothing moves in them."""
    if link.vocabulary is None:
        return link
    description = DESCRIPTIONS[link.kind]
    new = description.newer_than(link.vocabulary)
    oncord_record, quickbooks_record = _seen(oncord), _seen(quickbooks)
    if oncord_record is None or quickbooks_record is None:
        return _taken_as_agreed(link, new, oncord, quickbooks)
    if link.base_oncord is None or link.base_quickbooks is None:
        return replace(link, vocabulary=description.vocabulary)
    bases = [_agreed(field, oncord_record, quickbooks_record) for field in new]
    return replace(
        link,
        base_oncord=replace(link.base_oncord, **{f.name: b[0] for f, b in zip(new, bases, strict=True)}),
        base_quickbooks=replace(link.base_quickbooks, **{f.name: b[1] for f, b in zip(new, bases, strict=True)}),
        vocabulary=description.vocabulary,
    )


def _seen(snapshot: Snapshot | None) -> Record | None:
    """What a side holds, where it still holds it and has been read in the present vocabulary."""
    is_current = snapshot is not None and not snapshot.deleted and snapshot.vocabulary is None
    return snapshot.record if snapshot is not None and is_current else None


def _taken_as_agreed(link: Link, new: tuple[Field, ...], oncord: Snapshot | None, quickbooks: Snapshot | None) -> Link:
    bases: dict[Side, Record | None] = {}
    for side, snapshot in ((Side.ONCORD, oncord), (Side.QUICKBOOKS, quickbooks)):
        base, now = link.base_on(side), snapshot.record if snapshot is not None else None
        if base is not None and now is not None:
            base = replace(base, **{field.name: getattr(now, field.name) for field in new})
        bases[side] = base
    return replace(link, base_oncord=bases[Side.ONCORD], base_quickbooks=bases[Side.QUICKBOOKS])


def _agreed(field: Field, oncord_record: Record, quickbooks_record: Record) -> tuple[Any, Any]:
    """What both sides count as having agreed on in a new field: where one is to be filled, that neither said anything."""
    oncord_value, quickbooks_value = getattr(oncord_record, field.name), getattr(quickbooks_record, field.name)
    one_is_empty = is_empty(oncord_value) is not is_empty(quickbooks_value)
    if not one_is_empty or not _may_be_filled(field, oncord_record, quickbooks_record):
        return oncord_value, quickbooks_value
    empty = oncord_value if is_empty(oncord_value) else quickbooks_value
    return empty, empty


def _may_be_filled(field: Field, oncord_record: Record, quickbooks_record: Record) -> bool:
    documents = [record for record in (oncord_record, quickbooks_record) if isinstance(record, Sale)]
    is_open = all(sale.paid < sale.money.total for sale in documents)
    return field.meeting.filled and (is_open or not field.meeting.only_open)
