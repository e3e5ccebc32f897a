"""The three-way merge of one pair: each side is compared with its own base, group by atomic group.

A side has changed only against what that side itself returned when the pair last agreed, so that truncation, rounding
or a net amount that comes back gross never looks like somebody's edit.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from app.domain.matching.addresses import addresses
from app.domain.matching.natural_keys import digits, normalised
from app.domain.matching.postal import same_address
from app.domain.matching.tax_numbers import is_masked
from app.domain.model.description import Likeness, declared, merged_fields
from app.domain.model.operations import Disagreement
from app.domain.model.records import (
    Address,
    Kind,
    Line,
    Money,
    Name,
    Payment,
    Record,
    Sale,
    Side,
    is_void,
)


@dataclass(frozen=True, slots=True)
class Merged:
    """Which atomic groups go where, and which both sides changed differently.

    `left_alone`: those that changed into something of which nobody knows what it says, and that therefore go nowhere.
    """

    to_quickbooks: tuple[str, ...] = ()
    to_oncord: tuple[str, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    left_alone: tuple[str, ...] = ()

    def lost_on(self, side: Side) -> tuple[Disagreement, ...]:
        """The disagreements whose losing value stands on `side`; the write that replaces it there keeps it."""
        return tuple(d for d in self.disagreements if d.winner is side.other)


def changed_groups(kind: Kind, base: Record | None, now: Record) -> frozenset[str]:
    """The atomic groups of a record that are not what its side held at the last agreement."""
    if base is None:
        return frozenset()
    return frozenset(f for f in merged_fields(kind) if getattr(base, f) != getattr(now, f))


def agrees(group: str, one: object, other: object) -> bool:
    """Whether two values of one group, in the same side's words, say the same; how they are written does not count."""
    match one, other:
        case str(), str():
            return _same_text(group, one, other)
        case Name(), Name():
            return _same_name(one, other)
        case Address(), Address():
            return same_address(one, other)
        case Money(), Money():
            return _same_money(one, other)
        case Payment(), Payment():
            return _same_payment(one, other)
        case _:
            return one == other


def _same_text(group: str, one: str, other: str) -> bool:
    declaration = declared(group)
    likeness = declaration.likeness if declaration is not None else Likeness.AS_TEXT
    if likeness is Likeness.DIGITS and digits(one) and digits(other):
        return digits(one) == digits(other)
    if likeness is Likeness.ADDRESSES and addresses(one) and addresses(other):
        # QuickBooks takes a list of them, the shop one.
        return addresses(one) <= addresses(other) or addresses(other) <= addresses(one)
    return normalised(one) == normalised(other)


def _same_money(one: Money, other: Money) -> bool:
    if (one.currency, one.total, one.tax_total) != (other.currency, other.total, other.tax_total):
        return False
    if len(one.lines) != len(other.lines):
        return False
    return all(_same_line(line, another) for line, another in zip(one.lines, other.lines, strict=True))


def _same_payment(one: Payment, other: Payment) -> bool:
    """The same money over the same documents, whatever the order of its allocations."""
    allocated, also_allocated = ({(a.sale_id, a.amount) for a in payment.allocations} for payment in (one, other))
    return (one.amount, one.currency, allocated) == (other.amount, other.currency, also_allocated)


def _same_name(one: Name, other: Name) -> bool:
    """Parts are compared with parts; where one side has none, what both display."""
    parts, others = ((normalised(f"{n.first} {n.last}"), normalised(n.company)) for n in (one, other))
    if any(parts) and any(others):
        return parts == others
    return normalised(one.display) == normalised(other.display)


def _same_line(one: Line, other: Line) -> bool:
    """Quantity and total say what each costs; a price may be written net or gross, before or after its discount."""
    quantities = {one.quantity, other.quantity} - {None}
    return (normalised(one.description), one.total, one.tax_code) == (
        normalised(other.description),
        other.total,
        other.tax_code,
    ) and len(quantities) < 2


def is_untold(group: str, value: object) -> bool:
    """Whether nobody knows what a group really says: a free text, or a number of which only the end is visible. It goes over
    to no other side."""
    return is_text(value) or (group == "tax_number" and is_masked(value))


def is_text(value: object) -> bool:
    """Whether a group is a free text of which nobody knows what is what: it replaces nothing and fills no gap."""
    return isinstance(value, Address) and value.is_text


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
    winner: Side | Mapping[str, Side],
    same: Callable[[str], bool],
    ignore: frozenset[str] = frozenset(),
) -> Merged:
    """Decide group by group: changed on one side, take it; both to the same, agreed; both differently, `winner` (or that of the
    group) goes on.

    What of QuickBooks is untold never goes on: it is left alone, and where Oncord has changed the same group it is kept as
    the value that lost. `same(group)` tells whether both sides hold the same in that group, one of them translated into the other's words.
    """
    on_oncord = changed_groups(kind, base_oncord, oncord) - ignore
    on_quickbooks = changed_groups(kind, base_quickbooks, quickbooks) - ignore
    to_quickbooks: list[str] = []
    to_oncord: list[str] = []
    disagreements: list[Disagreement] = []
    left_alone: list[str] = []
    for group in merged_fields(kind):
        if group not in on_oncord and group not in on_quickbooks:
            continue
        if same(group):
            continue
        untold = is_untold(group, getattr(quickbooks, group))
        if (untold and group not in on_oncord) or is_untold(group, getattr(oncord, group)):
            left_alone.append(group)
            continue
        goes_on = Side.ONCORD if untold else _winner_of(group, winner)
        if group in on_oncord and group in on_quickbooks:
            disagreements.append(
                Disagreement(
                    group,
                    getattr(base_oncord, group),
                    getattr(oncord, group),
                    getattr(quickbooks, group),
                    goes_on,
                )
            )
        from_oncord = group in on_oncord and (group not in on_quickbooks or goes_on is Side.ONCORD)
        (to_quickbooks if from_oncord else to_oncord).append(group)
    return Merged(tuple(to_quickbooks), tuple(to_oncord), tuple(disagreements), tuple(left_alone))


def first_meeting(
    kind: Kind,
    *,
    oncord: Record,
    quickbooks: Record,
    winner: Side | Mapping[str, Side],
    same: Callable[[str], bool],
    fill: frozenset[str],
    decide: frozenset[str],
) -> Merged:
    """Bring a pair together that has no base: what one side lacks is filled from the other (`fill`), and where both say
    something different (`decide`) the winner, or that of the group, goes on and the other value is kept as a disagreement.

    A sale's or receipt's money is in neither set: a pair is only adopted when its money agrees.
    """
    to_quickbooks: list[str] = []
    to_oncord: list[str] = []
    disagreements: list[Disagreement] = []
    for group in merged_fields(kind):
        oncord_value, quickbooks_value = getattr(oncord, group), getattr(quickbooks, group)
        if same(group) or is_untold(group, quickbooks_value) or is_untold(group, oncord_value):
            continue
        if group in fill and is_empty(quickbooks_value):
            to_quickbooks.append(group)
        elif group in fill and is_empty(oncord_value):
            to_oncord.append(group)
        elif group in decide:
            goes_on = _winner_of(group, winner)
            disagreements.append(Disagreement(group, None, oncord_value, quickbooks_value, goes_on))
            (to_quickbooks if goes_on is Side.ONCORD else to_oncord).append(group)
    return Merged(tuple(to_quickbooks), tuple(to_oncord), tuple(disagreements))


def _winner_of(group: str, winner: Side | Mapping[str, Side]) -> Side:
    return winner if isinstance(winner, Side) else winner[group]


def unsettled(money: Money) -> Money:
    """The money of a base where the two sides came to different figures: which line is which is known, but nothing about
    it is agreed, so that the side that it belongs to counts as changed until both come to the same."""
    return replace(money, currency="")


def is_unsettled(base: Record | None, now: Record) -> bool:
    """Whether a base says that its money was never agreed on, and nobody has changed it since."""
    if not isinstance(base, Sale) or not isinstance(now, Sale) or base.money.currency:
        return False
    return now.money.currency != "" and replace(now.money, currency="") == base.money


def rebased(kind: Kind, base: Record | None, before: Record | None, after: Record, groups: tuple[str, ...]) -> Record:
    """A side's new base once a write has settled: `after` in the groups that were written and in those that moved as a
    side effect; the old base in groups with a change that is still to be carried over.

    `before` is what the side held when the write was planned (for the side that was read from: the same as `after`).
    """
    if base is None:
        return after
    kept = {
        group: getattr(base, group)
        for group in merged_fields(kind)
        if group not in groups and (before is None or getattr(before, group) != getattr(base, group))
    }
    return replace(after, **kept)


def without_amounts_of_void(
    base: Mapping[Side, Record | None], now: Mapping[Side, Record | None], agreed: Mapping[Side, Record | None]
) -> dict[Side, Record | None]:
    """The new bases of a pair (`agreed`), in which no amounts are agreed on while either side is void, or cancelled (S5): what was
    changed of them until then, or is meanwhile, is compared once both stand again.

    `base` are the bases before, `now` what both sides hold. What is void in QuickBooks comes to nothing by that, which is nobody's edit.
    """
    if not any(isinstance(record, Sale) and is_void(record) for record in now.values()):
        return dict(agreed)
    return {side: _with_its_amounts(base[side], now[side], agreed[side]) for side in Side}


def _with_its_amounts(base: Record | None, now: Record | None, agreed: Record | None) -> Record | None:
    if not isinstance(now, Sale) or not isinstance(base, Sale) or not isinstance(agreed, Sale):
        return agreed
    comes_to_nothing = now.voided and not now.money.total
    return replace(agreed, money=now.money if comes_to_nothing else base.money)


def still_to_travel(kind: Kind, base: Record | None, before: Record, after: Record, groups: tuple[str, ...]) -> Record:
    """A side's base once `groups` were put back there: an edit like any other, which nobody has agreed on yet."""
    old = base if base is not None else before
    return replace(rebased(kind, old, before, after, ()), **{group: getattr(old, group) for group in groups})
