"""What becomes of the writes that touch a document of a locked period, and what a person is asked about it (B1).

Whatever rule has decided on a write, it is looked at here before it is carried out. Money, tax, date, customer and
account of a document that is dated in a locked period, before or after the write, move only where somebody says so;
notes, e-mail, addresses and our own marks still travel. What QuickBooks does by itself is not ours.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from app.domain.guards.locked_period import Lock
from app.domain.model.days import day_in_words
from app.domain.model.operations import Action, LockedChange, Operation
from app.domain.model.records import Kind, Receipt, Sale, Side
from app.domain.model.waiting import OpenPeriod
from app.domain.planning.decisions import decision, words
from app.domain.planning.locked_words import advice, in_words, is_new
from app.domain.planning.locked_writes import GROUPS, KINDS, Held, by_record, date_of, shown
from app.domain.planning.plan_input import ChangedRecord, Key, PeriodAnswer, PlanInput

RULE = "B1"


def told_of(plan_input: PlanInput, operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """The decisions, of which those that bring a bookkeeper's own change of a locked period into Oncord say so."""
    lock = plan_input.lock
    return tuple(operations) if lock is None else tuple(_told_of(plan_input, lock, each) for each in operations)


def _told_of(plan_input: PlanInput, lock: Lock, operation: Operation) -> Operation:
    update = operation.action is Action.UPDATE and operation.side is Side.ONCORD and operation.kind in KINDS
    if not update or not set(operation.groups) & {*GROUPS}:
        return operation
    document = plan_input.record(Side.QUICKBOOKS, operation.kind, operation.source_id)
    link = plan_input.links.live((Side.QUICKBOOKS, operation.kind, operation.source_id))
    before = link.base_quickbooks if link is not None else None
    if not lock.holds(date_of(document), date_of(before)):
        return operation
    return replace(operation, reason=f"{operation.reason} It belongs to a locked period: {lock.in_words}.")


def as_answered(
    plan_input: PlanInput, operations: Sequence[Operation], held: Sequence[Held]
) -> tuple[Operation, ...] | None:
    """The decisions as they are, where somebody has said of all that is held that it may be done; None where not."""
    answers: dict[tuple[Kind, str], PeriodAnswer] = {}
    for about, of_one in by_record(held).items():
        answer = answer_to(plan_input, of_one)
        if answer is None or not answer.allows:
            return None
        answers[about] = answer
    allowing = {id(each.operation): answers[each.about] for each in held}
    lock = plan_input.lock
    assert lock is not None
    return tuple(_allowed(lock, each, allowing.get(id(each))) for each in operations)


def _allowed(lock: Lock, operation: Operation, answer: PeriodAnswer | None) -> Operation:
    if answer is None:
        return operation
    said = f"as {answer.by} said on {answer.on}"
    record, reason = operation.record, f"{operation.reason} It is done in a locked period, {said}."
    if answer.open_day and operation.action is Action.CREATE and isinstance(record, Sale | Receipt):
        record = replace(record, date=lock.first_open_day)
        day = day_in_words(lock.first_open_day)
        reason = f"{operation.reason} It is dated {day}, the first day that is not locked, {said}."
    return replace(
        operation, record=record, reason=reason, answers=answer.item_id, locked=LockedChange(answer.shown, "")
    )


@dataclass(frozen=True, slots=True)
class Hiding:
    """A plan's input without what may not move, so that everything else of the record goes on by its rules."""

    shown: PlanInput
    hidden: Mapping[Key, frozenset[str]]
    """The groups that the rules are not shown, and in which nothing is agreed on."""
    asked: tuple[Held, ...]
    """What a person is asked about: not what both sides have changed, where the books go on in a locked period."""


def hiding(plan_input: PlanInput, held: Sequence[Held]) -> Hiding | None:
    """Hide what may not move of updates; None where more than updates of single documents is held.

    What both sides have changed differently is no question: in a locked period the books' value goes on, and the other
    one is kept as in any conflict.
    """
    snapshots = dict(plan_input.snapshots)
    hidden: dict[Key, frozenset[str]] = {}
    asked: list[Held] = []
    for each in held:
        key: Key = (Side.ONCORD, each.operation.kind, each.operation.source_id)
        ours, links = plan_input.snapshots.get(key), plan_input.links.parts(key)
        if each.operation.action is not Action.UPDATE or ours is None or len(links) > 1:
            return None
        disputed = {d.field for d in each.operation.disagreements}
        groups = frozenset(group for group in each.groups if group not in disputed)
        if not groups:
            continue
        base = links[0].base_oncord if links else each.before  # of two that meet a gap is no edit, and is not filled
        if base is None or ours.record is None:
            return None
        values = {group: getattr(base, group) for group in groups}
        if "voided" in groups and isinstance(base, Sale):
            values["status"] = base.status
        snapshots[key] = replace(ours, record=replace(ours.record, **values))
        hidden[key] = groups
        if links:
            asked.append(each)
    winners = {**plan_input.configuration.conflict_winner, **dict.fromkeys(KINDS, Side.QUICKBOOKS)}
    configuration = replace(plan_input.configuration, conflict_winner=winners)
    return Hiding(replace(plan_input, snapshots=snapshots, configuration=configuration), hidden, tuple(asked))


def open_only(plan_input: PlanInput, operations: Sequence[Operation], asked: Sequence[Held]) -> tuple[Operation, ...]:
    """What moves nothing that is locked, without writes to the documents that a person is asked about where QuickBooks would
    refuse those for its closing date anyway: they go along with the answer, and nobody is asked twice."""
    lock = plan_input.lock
    closed = {
        each.operation.target_id
        for each in asked
        if lock is not None and lock.closes(date_of(each.before), date_of(each.after))
    }
    return tuple(
        o for o in operations if o.side is not Side.QUICKBOOKS or o.target_id not in closed or not o.action.writes
    )


def kept(
    plan_input: PlanInput, change: ChangedRecord, operations: Sequence[Operation], held: Sequence[Held]
) -> tuple[Operation, ...]:
    """What of the decisions about a record goes on where its write has to wait: what the books tell Oncord of it, and of the
    payments of one receipt what moves nothing that is locked."""
    told = [
        operation
        for operation in operations
        if operation.side is Side.ONCORD
        and operation.action is Action.UPDATE
        and operation.kind is change.kind
        and "contact_id" not in operation.groups
    ]
    lock = plan_input.lock
    payments = [each for each in held if each.operation.kind is Kind.RECEIPT and change.kind is Kind.RECEIPT]
    free = [_free(each) for each in payments if lock is not None and not lock.closes(date_of(each.before))]
    return (*told, *(each for each in free if each is not None))


def _free(held: Held) -> Operation | None:
    """The update of a payment without what may not move; None where nothing else was to be written."""
    operation, before, after = held.operation, held.before, held.after
    groups = tuple(group for group in operation.groups if group not in held.groups)
    if operation.action is not Action.UPDATE or operation.groups != operation.fields:
        return None
    if not groups or not isinstance(before, Receipt) or not isinstance(after, Receipt):
        return None
    record = replace(before, **{group: getattr(after, group) for group in groups})
    return replace(operation, record=record, fields=groups, reason=f"Changed in Oncord: {words(groups)}.")


def _removes(held: Sequence[Held]) -> bool:
    return any(each.operation.action in (Action.DELETE, Action.VOID) for each in held)


def answer_to(plan_input: PlanInput, held: Sequence[Held]) -> PeriodAnswer | None:
    """What a person has said about just this change of one record."""
    answer = plan_input.period_answers.get(held[0].about)
    return answer if answer is not None and answer.shown == shown(plan_input, held) else None


def decided(plan_input: PlanInput, change: ChangedRecord, held: Sequence[Held]) -> Iterator[Operation]:
    """The question about one record whose change touches a locked period, or that it is left as it is."""
    kind, oncord_id = held[0].about
    about = ChangedRecord(Side.ONCORD, kind, oncord_id)
    answer = answer_to(plan_input, held)
    if answer is not None and not answer.allows:
        yield decision(
            Action.SKIP, about, RULE, f"It is left as a named difference, as {answer.by} said on {answer.on}."
        )
        return
    lock = plan_input.lock
    assert lock is not None
    waits_for = OpenPeriod(kind, Side.ONCORD, oncord_id)
    yield Operation(
        Action.PARK,
        Side.QUICKBOOKS,
        kind,
        RULE,
        in_words(plan_input, lock, held),
        source_id=oncord_id,
        target_id=held[0].operation.target_id,
        waits_for=waits_for,
        locked=LockedChange(shown(plan_input, held), advice(lock, held), is_new=is_new(held), removes=_removes(held)),
    )
    if kind is not change.kind:  # what was told of is another record, which waits for the same
        yield decision(
            Action.WAIT, change, RULE, "It waits for what becomes of a document of a locked period.", waits_for
        )
