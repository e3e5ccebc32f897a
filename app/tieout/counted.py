"""What counts of a sale and its documents on each side: the one list of which figures, and sales by code, are sums."""

from app.tieout.adjusted import in_their_months
from app.tieout.bills import Bills, billed
from app.tieout.cancelled import cancelled_late, counted_late
from app.tieout.facts import Group, Settings, Ties
from app.tieout.figures import Billed
from app.tieout.wholes import adding, astray

Counted = tuple[list[Billed], list[Billed]]
"""Of Oncord's side and of QuickBooks'."""


def counted_documents(group: Group, bills: Bills | None, ties: Ties, settings: Settings) -> Counted:
    """What counts of a group, of which `bills_of` says whether it is a pair; each in the place of its own day."""
    if group.taking_back and cancelled_late(group, ties, settings):
        here, there = counted_late(group, ties, settings)
        return here, [*there, *(billed(entry, ties, settings) for entry in astray(group))]
    found: Counted = ([], [])
    added = adding(group)
    for side, bill in zip(found, bills or (), strict=False):
        side.extend(in_their_months(bill, added, ties, settings) if added else [bill])
    for entry in group.entries if bills is None else (*group.taking_back, *astray(group)):
        if not entry.void:
            found[0 if entry.side == "oncord" else 1].append(billed(entry, ties, settings))
    return found
