"""Leaving for the next chunk what would send a batch to QuickBooks half empty. Pure.

A chunk of sales needs any number of new customers, and the last batch of each stage is rarely full. While more records
wait behind a chunk, those that would begin such a batch stay queued and lead the next chunk: however many records a run
carries, each kind costs one batch more than the least at the most.
"""

from collections import Counter

from app.domain.model.records import Kind, Side
from app.domain.planner import Plan, PlanEntry
from app.domain.planning.promises import Promise, makes, needs

BATCH = 30
"""Items in a call of QuickBooks' batch endpoint."""


def whole_batches(plan: Plan) -> Plan:
    """The part of a plan that fills its QuickBooks batches; all of it where that would leave less than half."""
    entries = list(plan.entries)
    for kind in Kind:
        surplus = sum(_writes(entry, kind) for entry in entries) % BATCH
        if surplus:
            entries = without(entries, _surplus(entries, kind, surplus))
    return Plan(tuple(entries)) if 2 * len(entries) >= len(plan.entries) else plan


def _writes(entry: PlanEntry, kind: Kind) -> int:
    return sum(
        operation.action.writes
        and not operation.takes_away
        and operation.side is Side.QUICKBOOKS
        and operation.kind is kind
        for operation in entry.operations
    )


def _surplus(entries: list[PlanEntry], kind: Kind, count: int) -> set[int]:
    """Entries with `count` writes of this kind: the last ones, first those that nothing else needs.

    The kinds before are whole by now, so an entry that writes one of those stays.
    """
    needed = Counter(promise for entry in entries for promise in _needs(entry))
    earlier = tuple(Kind)[: tuple(Kind).index(kind)]
    chosen: set[int] = set()
    for index, entry in sorted(
        enumerate(entries), key=lambda pair: (sum(needed[promise] for promise in _makes(pair[1])), -pair[0])
    ):
        writes = _writes(entry, kind)
        if 0 < writes <= count and not any(_writes(entry, other) for other in earlier):
            chosen.add(index)
            count -= writes
    return chosen


def without(entries: list[PlanEntry], left: set[int]) -> list[PlanEntry]:
    """The entries without these and without what needs them."""
    kept = [entry for index, entry in enumerate(entries) if index not in left]
    gone = [entries[index] for index in sorted(left)]
    while gone:
        promises = {promise for entry in gone for promise in _makes(entry)}
        decided = {entry.change.key for entry in gone}
        gone, kept_before, kept = [], kept, []
        for entry in kept_before:
            leaves = not promises.isdisjoint(_needs(entry)) or (entry.same_as and entry.same_as.key in decided)
            (gone if leaves else kept).append(entry)
    return kept


def _makes(entry: PlanEntry) -> set[Promise]:
    return makes(entry.operations)


def _needs(entry: PlanEntry) -> set[Promise]:
    """What an entry waits for that others make."""
    return needs(entry.operations) - _makes(entry)
