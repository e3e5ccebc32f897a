"""The three-way merge of one pair: each side is compared with its own base, group by atomic group.

A side has changed only against what that side itself returned when the pair last agreed, so that truncation, rounding
or a net amount that comes back gross never looks like somebody's edit.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.domain.matching import normalised
from app.domain.operations import Disagreement
from app.domain.records import MERGED, Address, Kind, Money, Name, Payment, Record, Side


@dataclass(frozen=True, slots=True)
class Merged:
    """Which atomic groups go where, and which both sides changed differently."""

    to_quickbooks: tuple[str, ...] = ()
    to_oncord: tuple[str, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()


def changed_groups(kind: Kind, base: Record | None, now: Record) -> frozenset[str]:
    """The atomic groups of a record that are not what its side held at the last agreement."""
    if base is None:
        return frozenset()
    return frozenset(f for f in MERGED[kind] if getattr(base, f) != getattr(now, f))


def alike(one: object, other: object) -> bool:
    """Whether two values of one group, in the same side's words, say the same; how they are written does not count."""
    if isinstance(one, str) and isinstance(other, str):
        return normalised(one) == normalised(other)
    if isinstance(one, Name) and isinstance(other, Name):
        return normalised(one.display) == normalised(other.display) and (
            normalised(f"{one.first} {one.last}") == normalised(f"{other.first} {other.last}")
        )
    if isinstance(one, Address) and isinstance(other, Address):
        return all(
            normalised(getattr(one, f)) == normalised(getattr(other, f))
            for f in ("line1", "line2", "suburb", "state", "postcode")
        )
    if isinstance(one, Money) and isinstance(other, Money):
        return (one.currency, one.total, one.tax_total) == (other.currency, other.total, other.tax_total) and (
            [(normalised(n.description), n.total) for n in one.lines]
            == [(normalised(n.description), n.total) for n in other.lines]
        )
    if isinstance(one, Payment) and isinstance(other, Payment):
        return (one.amount, one.currency, {(a.sale_id, a.amount) for a in one.allocations}) == (
            other.amount,
            other.currency,
            {(a.sale_id, a.amount) for a in other.allocations},
        )
    return one == other


def is_empty(value: object) -> bool:
    """Whether a group says nothing."""
    return value in ("", None, Address(), Name())


def three_way(
    kind: Kind,
    *,
    base_oncord: Record | None,
    oncord: Record,
    base_quickbooks: Record | None,
    quickbooks: Record,
    winner: Side,
    same: Callable[[str], bool],
    ignore: frozenset[str] = frozenset(),
) -> Merged:
    """Decide group by group: changed on one side, take it; both to the same, agreed; both differently, `winner` goes on.

    `same(group)` tells whether both sides hold the same in that group, one of them translated into the other's words.
    """
    on_oncord = changed_groups(kind, base_oncord, oncord) - ignore
    on_quickbooks = changed_groups(kind, base_quickbooks, quickbooks) - ignore
    to_quickbooks: list[str] = []
    to_oncord: list[str] = []
    disagreements: list[Disagreement] = []
    for group in MERGED[kind]:
        if group not in on_oncord and group not in on_quickbooks:
            continue
        if same(group):
            continue
        if group in on_oncord and group in on_quickbooks:
            disagreements.append(
                Disagreement(
                    group,
                    getattr(base_oncord, group),
                    getattr(oncord, group),
                    getattr(quickbooks, group),
                    winner,
                )
            )
        from_oncord = group in on_oncord and (group not in on_quickbooks or winner is Side.ONCORD)
        (to_quickbooks if from_oncord else to_oncord).append(group)
    return Merged(tuple(to_quickbooks), tuple(to_oncord), tuple(disagreements))


def first_meeting(
    kind: Kind,
    *,
    oncord: Record,
    quickbooks: Record,
    winner: Side,
    same: Callable[[str], bool],
    fill: frozenset[str],
    decide: frozenset[str],
) -> Merged:
    """Bring a pair together that has no base: what one side lacks is filled from the other (`fill`), and where both say
    something different (`decide`) the winner goes on and the other value is kept as a disagreement.

    A sale's or receipt's money is in neither set: a pair is only adopted when its money agrees.
    """
    to_quickbooks: list[str] = []
    to_oncord: list[str] = []
    disagreements: list[Disagreement] = []
    for group in MERGED[kind]:
        mine, theirs = getattr(oncord, group), getattr(quickbooks, group)
        if same(group):
            continue
        if group in fill and is_empty(theirs):
            to_quickbooks.append(group)
        elif group in fill and is_empty(mine):
            to_oncord.append(group)
        elif group in decide:
            disagreements.append(Disagreement(group, None, mine, theirs, winner))
            (to_quickbooks if winner is Side.ONCORD else to_oncord).append(group)
    return Merged(tuple(to_quickbooks), tuple(to_oncord), tuple(disagreements))


def rebased(kind: Kind, base: Record | None, before: Record | None, after: Record, groups: tuple[str, ...]) -> Record:
    """A side's new base once a write has settled: `after` in the groups that were written and in those that moved as a
    side effect; the old base in groups with a change that is still to be carried over.

    `before` is what the side held when the write was planned (for the side that was read from: the same as `after`).
    """
    if base is None:
        return after
    kept = {
        group: getattr(base, group)
        for group in MERGED[kind]
        if group not in groups and (before is None or getattr(before, group) != getattr(base, group))
    }
    return replace(after, **kept)
