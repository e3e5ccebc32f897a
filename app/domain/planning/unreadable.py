"""What to do about a record that makes no sense as it is now (a total that is no number): it waits, the others go on (I16).

The mirror still holds what the record said before. Nothing is concluded from that, neither that it agrees nor that the
other side may be written to; a person is told, and as soon as the record is corrected it is looked at again.
"""

from collections.abc import Mapping

from app.domain.model.operations import Operation
from app.domain.model.records import Kind, Side, Snapshot
from app.domain.planning.decisions import park
from app.domain.planning.plan_input import Situation, Touched

_NEW = {Kind.CONTACT: "C1", Kind.ITEM: "S1", Kind.SALE: "S1", Kind.RECEIPT: "R1"}
_LINKED = {Kind.CONTACT: "C2", Kind.ITEM: "S1", Kind.SALE: "S2", Kind.RECEIPT: "R7"}
_SYSTEMS = {Side.ONCORD: "Oncord", Side.QUICKBOOKS: "QuickBooks"}


def set_aside(situation: Situation, touched: Touched) -> Operation | None:
    """The decision about a touched record that cannot be read, or whose counterpart cannot; None where both can."""
    links = situation.links.parts(touched.key)
    own = _unreadable(situation, touched.side, touched.kind, touched.id)
    if own is not None:
        return _aside(touched, own, _LINKED if links else _NEW)
    for link in links:
        side = touched.side.other
        other = _unreadable(situation, side, touched.kind, link.id_on(side))
        if other is not None:
            return _aside(Touched(side, touched.kind, other.id, touched.generation), other, _LINKED)
    return None


def _aside(about: Touched, record: Snapshot, rules: Mapping[Kind, str]) -> Operation:
    """One question about the record at fault, whichever side of the pair has moved; what waits for it is named by it."""
    reason = f"It could not be read: {record.unreadable}. Correct it in {_SYSTEMS[about.side]}, where it was made."
    return park(about, rules[about.kind], reason)


def _unreadable(situation: Situation, side: Side, kind: Kind, record_id: str) -> Snapshot | None:
    snapshot = situation.snapshot(side, kind, record_id)
    return snapshot if snapshot is not None and not snapshot.deleted and snapshot.unreadable else None
