"""A value that lost a conflict and that a person wants back: what one plan makes of such a decision. Pure.

A decision is carried out once. First its value is written where it had lost: an edit, as if it had been typed there once
more. Then it travels to the other side alone, so that a refusal over there holds up nothing else of the record. Whatever
somebody has typed into the same field meanwhile is newer than the decision: it goes on, and the person is asked again.
Where the other side refuses it the two differ in that field: it is held apart, agreed on by nobody, until somebody
decides or types there again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.domain.matching.standing_lines import upon
from app.domain.model.description import merged_fields
from app.domain.model.operations import Operation
from app.domain.model.records import (
    Kind,
    Record,
    Sale,
    Side,
    Snapshot,
)
from app.domain.planning.decisions import words
from app.domain.planning.merge import agrees
from app.domain.planning.plan_input import Key, PlanInput
from app.domain.planning.rivals import possessive
from app.domain.planning.writes import update

_RULES = {Kind.CONTACT: "C2", Kind.SALE: "S2", Kind.RECEIPT: "R7", Kind.ITEM: "S2"}
_AMOUNTS = frozenset({"money", "payment"})


class Answer(StrEnum):
    """What a person has decided about a value that lost."""

    USE_OTHER = "use_other"
    """It goes on after all."""
    TAKE_BACK = "take_back"
    """It stands on one side only, since the other one refused it: what was agreed on before stands there again."""


@dataclass(frozen=True, slots=True)
class Restoration:
    """One decision: these groups of the record `key`, which had lost, shall read again as in `record`."""

    item_id: str
    key: Key
    others: tuple[str, ...]
    """Its counterparts: one, or each payment of a receipt."""
    fields: tuple[str, ...]
    record: Record
    as_answered: Record | None = None
    """The record of `key` as its side answered once the value stood there again; None before."""
    answer: Answer | None = Answer.USE_OTHER
    """None: the other side has refused the value, and the person has not decided again yet."""
    further: bool = False
    """The record is a further customer of its contact, which carries no details: the value stands there and travels nowhere."""

    def about(self) -> frozenset[Key]:
        """The record and its counterparts, as far as they have to do with the value."""
        side, kind, _ = self.key
        if self.further:
            return frozenset({self.key})
        return frozenset({self.key, *((side.other, kind, other) for other in self.others)})


@dataclass(slots=True)
class Look:
    """What one plan makes of the wishes about one pair."""

    key: Key
    ended: list[Restoration] = field(default_factory=list)
    """Nothing is left of them: carried out, or typed over on the side where the value stood."""
    returned: list[tuple[Restoration, str, str, bool]] = field(default_factory=list)
    """Back to the person: what happened, what to do, and whether it can still be carried out."""
    active: Restoration | None = None
    edit: Operation | None = None
    """The write of the value on the side that had lost; nothing else of the pair goes in the same plan."""
    hidden: dict[Key, frozenset[str]] = field(default_factory=dict)
    """Groups that the plan is not shown, and that it therefore agrees on nothing in."""
    more: bool = False
    """Whether the pair has to be planned once more after this."""
    merging: Key | None = None
    """The counterpart that was merged away, and that this very plan, or a later one, exchanges for the survivor."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """Both records of a wish as they are, and as they were when they last agreed."""

    own: Snapshot
    other: Snapshot
    own_base: Record
    other_base: Record
    travels_otherwise: bool
    """A receipt that is several payments, which agree on it together, or a further customer of its contact: where a value
    stands again, the decision is carried out."""

    def moved(self, group: str) -> bool:
        """Whether the record that had lost says something else here than when the two last agreed."""
        return bool(getattr(self.own.record, group) != getattr(self.own_base, group))

    def moved_across(self, group: str) -> bool:
        """Whether its counterpart does."""
        return bool(getattr(self.other.record, group) != getattr(self.other_base, group))


def looked_at(plan_input: PlanInput, wishes: Sequence[Restoration]) -> Look:
    """What becomes of the wishes about one pair, the oldest first; one of them is carried on at a time."""
    look = Look(wishes[0].key)
    apart: list[tuple[Restoration, tuple[str, ...]]] = []
    for restoration in wishes:
        if restoration.answer is not None:
            continue
        left = _standing(restoration, pair) if isinstance(pair := _pair(plan_input, restoration), _Pair) else ()
        if left:
            apart.append((restoration, left))
            look.hidden[restoration.key] = look.hidden.get(restoration.key, frozenset()) | frozenset(left)
        else:
            look.ended.append(restoration)
    for restoration in wishes:
        if restoration.answer is None:
            continue
        if look.active is not None:
            look.more = True
            break
        pair = _pair(plan_input, restoration)
        if isinstance(pair, str) and (merging := _merging(plan_input, restoration)):
            look.merging = merging
        elif isinstance(pair, str):
            look.returned.append((restoration, pair, "There is nothing to put the value back into.", False))
        elif restoration.as_answered is None or restoration.answer is Answer.TAKE_BACK:
            _write(look, restoration, pair, apart)
        elif left := _standing(restoration, pair):
            _send_across(look, restoration, pair, left)
        else:
            look.ended.append(restoration)
    return look


def _pair(plan_input: PlanInput, restoration: Restoration) -> _Pair | str:
    """The pair that a wish is about, or why it cannot be carried out."""
    side, kind, _ = restoration.key
    link = plan_input.links.live(restoration.key)
    own = plan_input.snapshots.get(restoration.key)
    if own is None or own.deleted or own.record is None:
        return f"It was deleted in {side.called}."
    if link is None:
        return "The two records are not joined any more."
    other = plan_input.snapshots.get((side.other, kind, link.id_on(side.other)))
    if other is None or other.deleted or other.record is None:
        return f"It was deleted in {side.other.called}."
    void = any(getattr(one.record, "voided", False) for one in (own, other))
    if void and _AMOUNTS & set(restoration.fields):
        return "It is void by now, and the amounts of what is void do not change."
    payments = plan_input.links.parts((Side.ONCORD, kind, link.oncord_id)) if kind is Kind.RECEIPT else ()
    return _Pair(
        own,
        other,
        link.base_on(side) or own.record,
        link.base_on(side.other) or other.record,
        travels_otherwise=len(payments) > 1 or restoration.further,
    )


def _merging(plan_input: PlanInput, restoration: Restoration) -> Key | None:
    """The contact that its customer still belongs to although it was merged into another one in Oncord."""
    side, kind, _ = restoration.key
    link = plan_input.links.live(restoration.key)
    if link is None or side is Side.ONCORD:
        return None
    other = (side.other, kind, link.oncord_id)
    snapshot = plan_input.snapshots.get(other)
    return other if snapshot is not None and snapshot.merged_into else None


def _standing(restoration: Restoration, pair: _Pair) -> tuple[str, ...]:
    """The groups in which the value stands on its own side only: written, told to nobody, and nothing typed since."""
    if restoration.as_answered is None or pair.travels_otherwise:
        return ()
    return tuple(
        group
        for group in restoration.fields
        if getattr(pair.own.record, group) == getattr(restoration.as_answered, group)
        and pair.moved(group)
        and not pair.moved_across(group)
    )


def _write(
    look: Look, restoration: Restoration, pair: _Pair, apart: Sequence[tuple[Restoration, tuple[str, ...]]]
) -> None:
    """Write the value on the side that had lost, unless somebody has typed there, or across, since they last agreed."""
    taking_back = restoration.answer is Answer.TAKE_BACK
    target = _upon(pair.own_base if taking_back else restoration.record, pair.own)
    groups = _standing(restoration, pair) if taking_back else restoration.fields
    left_over = {group for _, groups_apart in apart for group in groups_apart}
    typed = [g for g in groups if not taking_back and _typed(g, target, pair, left_over)]
    if typed:
        look.returned.append((restoration, *_overtaken(typed, pair), True))
        return
    groups = tuple(g for g in groups if getattr(pair.own.record, g) != getattr(target, g) and not pair.moved_across(g))
    if not groups:
        look.ended.append(restoration)
        return
    look.active = restoration
    look.edit = _edit(restoration, pair, target, groups)


def _typed(group: str, target: Record, pair: _Pair, left_over: set[str]) -> bool:
    """Whether there is something in this group that no decision has put there and that has not travelled yet."""
    value = getattr(target, group)
    here = pair.moved(group) and group not in left_over and getattr(pair.own.record, group) != value
    across = pair.moved_across(group) and not agrees(group, value, getattr(pair.other.record, group))
    return here or across


def _overtaken(typed: Sequence[str], pair: _Pair) -> tuple[str, str]:
    side = pair.own.side if any(pair.moved(group) for group in typed) else pair.other.side
    summary = (
        f"Before {possessive(pair.own.side)} value could be put back, somebody changed the {words(tuple(typed))} in {side.called}. "
        "That is newer and goes on; the value that you wanted is still kept here."
    )
    return summary, f"Use {possessive(pair.own.side)} value again if it is to replace that one, too."


def _edit(restoration: Restoration, pair: _Pair, target: Record, groups: tuple[str, ...]) -> Operation:
    reason = "A person put the value back that had lost a conflict."
    if restoration.answer is Answer.TAKE_BACK:
        reason = "A person took a value back that the other side had refused."
    record = replace(pair.own.record, **{g: getattr(target, g) for g in groups})  # type: ignore[type-var]
    kind = pair.own.kind
    return update(pair.own, pair.other.id, record, _RULES[kind], reason, fields=groups, answers=restoration.item_id)


def _upon(kept: Record, own: Snapshot) -> Record:
    """A kept record with the line ids that its document has now."""
    if not isinstance(kept, Sale) or not isinstance(own.record, Sale):
        return kept
    lines = upon(kept.money.lines, own.record.money.lines)
    return replace(kept, money=replace(kept.money, lines=lines))


def _send_across(look: Look, restoration: Restoration, pair: _Pair, groups: tuple[str, ...]) -> None:
    """Let the value travel as the edit that it is, and nothing else of the pair with it."""
    look.active = restoration
    others = frozenset(merged_fields(restoration.key[1])) - set(groups)
    across = (restoration.key[0].other, restoration.key[1], pair.other.id)
    look.hidden = {restoration.key: others, across: others}
    look.more = any(pair.moved(group) or pair.moved_across(group) for group in others)


def shown(plan_input: PlanInput, looks: Sequence[Look]) -> PlanInput:
    """The input as a plan is shown it: hidden groups read as they were when the pair last agreed."""
    snapshots = dict(plan_input.snapshots)
    for look in looks:
        for key, groups in look.hidden.items():
            now, link = snapshots[key], plan_input.links.live(key)
            base = link.base_on(key[0]) if link is not None else None
            if now.record is not None and base is not None:
                values = {group: getattr(base, group) for group in groups}
                snapshots[key] = replace(now, record=replace(now.record, **values))
    return replace(plan_input, snapshots=snapshots) if looks else plan_input
