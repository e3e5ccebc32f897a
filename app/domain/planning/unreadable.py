"""What to do about a record that makes no sense as it is now (a total that is no number): it waits, the others go on (I16).

The mirror still holds what the record said before. Nothing is concluded from that, neither that it agrees nor that the
other side may be written to; a person is told, and as soon as the record is corrected it is looked at again.
"""

from collections.abc import Mapping

from app.domain.model.operations import Operation
from app.domain.model.records import Kind, Side, Snapshot
from app.domain.planning.decisions import park
from app.domain.planning.plan_input import ChangedRecord, PlanInput

_NEW = {Kind.CONTACT: "C1", Kind.ITEM: "S1", Kind.SALE: "S1", Kind.RECEIPT: "R1"}
_LINKED = {Kind.CONTACT: "C2", Kind.ITEM: "S1", Kind.SALE: "S2", Kind.RECEIPT: "R7"}


def set_aside(plan_input: PlanInput, change: ChangedRecord) -> Operation | None:
    """The decision about a changed record that cannot be read, or whose counterpart cannot; None where both can."""
    links = plan_input.links.parts(change.key)
    own = _unreadable(plan_input, change.side, change.kind, change.id)
    if own is not None:
        return _aside(change, own, _LINKED if links else _NEW)
    for link in links:
        side = change.side.other
        other = _unreadable(plan_input, side, change.kind, link.id_on(side))
        if other is not None:
            return _aside(ChangedRecord(side, change.kind, other.id, change.generation), other, _LINKED)
    return None


def _aside(about: ChangedRecord, record: Snapshot, rules: Mapping[Kind, str]) -> Operation:
    """One question about the record at fault, whichever side of the pair has moved; what waits for it is named by it."""
    reason = f"It could not be read: {record.unreadable}. Correct it in {about.side.called}, where it was made."
    return park(about, rules[about.kind], reason)


def _unreadable(plan_input: PlanInput, side: Side, kind: Kind, record_id: str) -> Snapshot | None:
    snapshot = plan_input.snapshot(side, kind, record_id)
    return snapshot if snapshot is not None and not snapshot.deleted and snapshot.unreadable else None
