"""From a plan input to a plan: which operations each changed record causes, and in which order they are carried out.

Order within a run: contacts, items, sales, receipts; removals in the reverse order, those of receipts before the changes
of receipts and the others last. A record that is linked to another touched one is decided about once.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.domain.contacts.awake import with_customers_awake
from app.domain.contacts.plan import plan_contact
from app.domain.items.plan import plan_item
from app.domain.model.link_part import CREDIT
from app.domain.model.links import Link
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Kind, Side
from app.domain.model.write_fields import ROOM
from app.domain.planning import locked
from app.domain.planning.cleared_writes import days_of_money
from app.domain.planning.differences import held_as_sums
from app.domain.planning.held_writes import held_in
from app.domain.planning.id_map import IdMap
from app.domain.planning.labels import subject_of
from app.domain.planning.locked_changes import told_of
from app.domain.planning.locked_writes import Held, by_record
from app.domain.planning.plan_input import ChangedRecord, Decided, Key, PlanInput
from app.domain.planning.unreadable import set_aside
from app.domain.receipts.plan import plan_receipt
from app.domain.receipts.whole_sales import Documents, as_one, over_documents
from app.domain.sales.plan import plan_sale

_ORDER = {kind: place for place, kind in enumerate(Kind)}
_PLANNERS = {
    Kind.CONTACT: plan_contact,
    Kind.ITEM: plan_item,
    Kind.SALE: plan_sale,
    Kind.RECEIPT: plan_receipt,
}


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """What one changed record causes. `same_as` is the changed record of the other side that already decides for it."""

    change: ChangedRecord
    operations: tuple[Operation, ...]
    same_as: ChangedRecord | None = None
    hidden: Mapping[Key, frozenset[str]] = field(default_factory=dict)
    """Groups of which nothing was decided, since they belong to a locked period (B1) or to cleared money (R3, R5, R7)."""
    money: tuple[dt.date, ...] = ()
    """The days of the money that its rules would delete, void, date otherwise, make more or less of, or move."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Operations that can be sent together: one side, one kind, removals apart, and one write to each record."""

    number: int
    operations: tuple[tuple[int, Operation], ...]
    """With the index of the entry that each belongs to."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The entries in the order of their records, and the stages in the order of their writing."""

    entries: tuple[PlanEntry, ...]
    decided: Decided = field(default_factory=Decided, compare=False, repr=False)
    """What of it later pieces have to know, where a plan is made in pieces."""

    def hidden(self) -> dict[Key, frozenset[str]]:
        """The groups of which the plan has decided nothing, by record: they are agreed on in no base."""
        return {key: groups for entry in self.entries for key, groups in entry.hidden.items()}

    def days_of_money(self) -> tuple[dt.date, ...]:
        """The days of the money that it would touch but for what holds it; none for nearly every plan."""
        return tuple(sorted({day for entry in self.entries for day in entry.money}))

    def stages(self) -> Iterator[Stage]:
        """The operations in the order in which they are carried out."""
        groups: dict[tuple[int, int, int, str], list[tuple[int, Operation]]] = {}
        for index, entry in enumerate(self.entries):
            for operation in entry.operations:
                groups.setdefault(_place(operation), []).append((index, operation))
        rounds = (turn for place in sorted(groups) for turn in _one_by_one(groups[place]))
        for number, turn in enumerate(rounds):
            yield Stage(number, tuple(turn))


def place_of(operation: Operation) -> int:
    """Where the stage of an operation comes among those of a whole plan."""
    first, second, third, side = _place(operation)
    return (((first + 1) * 10 + second + len(_ORDER)) * 10 + third) * 2 + (side == Side.QUICKBOOKS)


def _place(operation: Operation) -> tuple[int, int, int, str]:
    order = _ORDER[operation.kind]
    if operation.action is Action.CREATE and operation.part == CREDIT:
        return (0, order, 2, operation.side)  # what joins a refund to its credit comes after the refund itself
    if ROOM in operation.fields:
        return (-1, order, 1, operation.side)  # a payment that lets go of an invoice makes room for its move
    if not operation.takes_away or operation.part == CREDIT:
        # Credit that is taken off a refund goes with the changes: it makes room for the refund's own.
        return (0, order, 1, operation.side)
    if operation.kind is Kind.RECEIPT:
        return (0, order, 0, operation.side)  # a payment that is taken back makes room for what is paid instead
    return (1, -order, 1, operation.side)


def _one_by_one(group: Sequence[tuple[int, Operation]]) -> list[list[tuple[int, Operation]]]:
    """The operations of one place, in rounds of at most one write to each record: the next one needs the version that the
    one before it has left."""
    rounds: list[list[tuple[int, Operation]]] = [[]]
    written: Counter[str] = Counter()
    for index, operation in group:
        turn = written[operation.target_id] if operation.action.writes and operation.target_id else 0
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append((index, operation))
        if operation.action.writes and operation.target_id:
            written[operation.target_id] += 1
    return rounds


def plan(plan_input: PlanInput) -> Plan:
    """Decide about every changed record of a plan input."""
    gathered, documents = plan_input, Documents.of(plan_input)
    plan_input = as_one(plan_input, documents)
    id_map = plan_input.id_map()
    entries: list[PlanEntry] = []
    deciding: dict[tuple[Kind, str], ChangedRecord] = {}
    for change in sorted(plan_input.changes, key=lambda t: (_ORDER[t.kind], t.side, t.id)):
        link = plan_input.links.live(change.key)
        if link is not None:
            # What became of one receipt or one sale is decided about together; each customer of a contact by itself.
            pair = (link.kind, link.oncord_id if link.kind in (Kind.RECEIPT, Kind.SALE) else str(link.id))
            if pair in plan_input.earlier.pairs:
                continue
            if pair in deciding:
                entries.append(PlanEntry(change, (), deciding[pair]))
                continue
            deciding[pair] = change
        aside = set_aside(plan_input, change)
        entry = _decided(plan_input, id_map, change) if aside is None else PlanEntry(change, (aside,))
        entries.append(_with_differences(plan_input, entry, link))
    consistent = _over_documents(gathered, documents, _without_contradictions(entries))
    return Plan(tuple(consistent), Decided(id_map.planned, set(deciding)))


def _over_documents(plan_input: PlanInput, documents: Documents, entries: list[PlanEntry]) -> list[PlanEntry]:
    """The entries, with payments applied to each of the documents of a sale that has several (B1)."""
    if not documents.several:
        return entries
    return [
        replace(entry, operations=tuple(over_documents(plan_input, documents, o) for o in entry.operations))
        for entry in entries
    ]


def _with_differences(plan_input: PlanInput, entry: PlanEntry, link: Link | None) -> PlanEntry:
    """Of a sale whose differences have documents of their own (B1) the amounts are agreed on in no base: what they were when each
    document was made tells which lines are one, and what has moved since."""
    if link is None or link.kind is not Kind.SALE or not held_as_sums(plan_input, link):
        return entry
    key: Key = (Side.ONCORD, Kind.SALE, link.oncord_id)
    groups = entry.hidden.get(key, frozenset()) | {"money"}
    return replace(entry, hidden={**entry.hidden, key: groups})


def _decided(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord) -> PlanEntry:
    """What a changed record causes by its rules, as far as neither a locked period (B1) nor a bank statement holds it back."""
    trial = id_map if plan_input.lock is None and plan_input.cleared is None else id_map.branch()
    operations = _operations(plan_input, trial, change)
    entry = _as_far_as_it_may(plan_input, id_map, trial, change, operations)
    said = told_of(plan_input, entry.operations)
    return replace(entry, operations=said, money=days_of_money(plan_input, operations))


def _as_far_as_it_may(
    plan_input: PlanInput, id_map: IdMap, trial: IdMap, change: ChangedRecord, operations: tuple[Operation, ...]
) -> PlanEntry:
    held = held_in(plan_input, operations)
    if not held:
        id_map.accept(trial)
        return PlanEntry(change, locked.as_far_as_open(plan_input, change, operations))
    answered = locked.as_answered(plan_input, operations, held)
    if answered is not None:
        id_map.accept(trial)
        return PlanEntry(change, answered)
    return _without_what_is_held(plan_input, id_map, change, operations, held)


def _operations(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord) -> tuple[Operation, ...]:
    return tuple(with_customers_awake(plan_input, id_map, _PLANNERS[change.kind](plan_input, id_map, change)))


def _without_what_is_held(
    plan_input: PlanInput,
    id_map: IdMap,
    change: ChangedRecord,
    operations: Sequence[Operation],
    held: Sequence[Held],
) -> PlanEntry:
    """What is left of the decisions about a record: what moves nothing that is held, and the question about the rest."""
    removes = any(o.takes_away and o.side is Side.QUICKBOOKS for o in operations)
    hiding = locked.hiding(plan_input, held) if not removes else None  # what pays a document keeps that, too
    if hiding is not None:
        trial = id_map.branch()
        free = _operations(hiding.shown, trial, change)
        if not held_in(plan_input, free):
            id_map.accept(trial)
            questions = _about_held(plan_input, change, hiding.asked)
            return PlanEntry(
                change, (*locked.open_only(plan_input, free, hiding.asked), *questions), hidden=hiding.hidden
            )
    going = locked.kept(plan_input, change, operations, held)
    return PlanEntry(change, (*going, *_about_held(plan_input, change, held, going)))


def _about_held(
    plan_input: PlanInput, change: ChangedRecord, held: Sequence[Held], going: Sequence[Operation] = ()
) -> Iterator[Operation]:
    for of_one in by_record(held).values():
        yield from locked.decided(plan_input, change, of_one, going)


def named(plan: Plan, plan_input: PlanInput) -> Plan:
    """The plan with every operation carrying the name of the record that it is about, as people call it."""
    entries = (
        replace(entry, operations=tuple(replace(o, subject=subject_of(plan_input, o)) for o in entry.operations))
        for entry in plan.entries
    )
    return replace(plan, entries=tuple(entries))


def provided(operations: Iterable[Operation]) -> set[tuple[Side, Kind, str]]:
    """The records that these operations give a counterpart, or join with the one that is there."""
    records: set[tuple[Side, Kind, str]] = set()
    for operation in operations:
        if operation.action in (Action.CREATE, Action.ADOPT):
            records.add(_about(operation))
        if operation.action is Action.ADOPT:
            records.add((operation.side, operation.kind, operation.target_id))
    return records


def _without_contradictions(entries: Sequence[PlanEntry]) -> list[PlanEntry]:
    """Nothing is said to be needless ("it has no sale yet") that a later record of the same plan provides for."""
    consistent: list[PlanEntry] = []
    later: set[tuple[Side, Kind, str]] = set()
    for entry in reversed(entries):
        kept = tuple(o for o in entry.operations if o.action is not Action.SKIP or _about(o) not in later)
        consistent.append(entry if len(kept) == len(entry.operations) else replace(entry, operations=kept))
        later |= provided(kept)
    return consistent[::-1]


def _about(operation: Operation) -> tuple[Side, Kind, str]:
    return (operation.source_side, operation.source_kind, operation.source_id)
