"""The four writes that a plan can intend, and what each of them needs to say. Every write of a plan is made here.

`source_id` is the record on the other side that causes a write. Decisions that only we remember are in `decisions`.
"""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.model.link_part import PRIMARY, Part
from app.domain.model.links import Origin
from app.domain.model.operations import Action, Disagreement, Operation
from app.domain.model.records import Kind, Receipt, Record, Side, Snapshot
from app.domain.model.write_fields import REMOVAL, WriteField

_ORIGINS = {Side.ONCORD: Origin.QUICKBOOKS, Side.QUICKBOOKS: Origin.ONCORD}
"""Where a pair began whose record was created on this side."""


def create(
    side: Side,
    kind: Kind,
    source_id: str,
    record: Record,
    rule: str,
    reason: str,
    *,
    fields: Sequence[WriteField],
    generation: int = 0,
    part: Part = PRIMARY,
    backfill: bool = False,
) -> Operation:
    """Make the counterpart of a record on `side`; the pair begins on the other side."""
    return Operation(
        Action.CREATE,
        side,
        kind,
        rule,
        reason,
        source_id=source_id,
        record=record,
        fields=tuple(fields),
        generation=generation,
        part=part,
        origin=_ORIGINS[side],
        backfill=backfill,
    )


def update(
    target: Snapshot,
    source_id: str,
    record: Record | None,
    rule: str,
    reason: str,
    *,
    fields: Sequence[WriteField],
    part: Part = PRIMARY,
    disagreements: Sequence[Disagreement] = (),
    backfill: bool = False,
    answers: str = "",
) -> Operation:
    """Write groups of a record that is there, in the version that we know of it."""
    return Operation(
        Action.UPDATE,
        target.side,
        target.kind,
        rule,
        reason,
        source_id=source_id,
        target_id=target.id,
        record=record,
        fields=tuple(fields),
        expected_version=target.version,
        part=part,
        disagreements=tuple(disagreements),
        backfill=backfill,
        answers=answers,
    )


def void(written: Operation, rule: str, reason: str) -> Operation:
    """Void the document that an update was to write; what else has moved of it is written once it is void."""
    return replace(written, action=Action.VOID, rule=rule, reason=reason, fields=("voided",))


def void_instead(target: Snapshot, source_id: str, voided: Record, rule: str, reason: str) -> Operation:
    """Void a document whose counterpart was deleted; `voided` is what it says then."""
    write = update(target, source_id, voided, rule, reason, fields=("voided", REMOVAL))
    return replace(write, action=Action.VOID)


def let_go_instead(
    target: Snapshot, source_id: str, released: Receipt, rule: str, reason: str, *, part: Part
) -> Operation:
    """Take a payment off all that it pays, in place of a delete; `released` is what it says then."""
    return update(target, source_id, released, rule, reason, fields=("payment", REMOVAL), part=part)


def delete(
    target: Snapshot, source_id: str, rule: str, reason: str, *, part: Part = PRIMARY, fields: Sequence[WriteField] = ()
) -> Operation:
    """Delete a record that is there, in the version that we know of it."""
    return Operation(
        Action.DELETE,
        target.side,
        target.kind,
        rule,
        reason,
        source_id=source_id,
        target_id=target.id,
        record=target.record,
        fields=tuple(fields),
        expected_version=target.version,
        part=part,
    )
