"""What becomes of the writes that touch a document of a locked period (B1), or money that a bank statement holds (R3, R5, R7),
and what a person is asked about it.

Whatever rule has decided on a write, it is looked at here before it is carried out. Money, tax, date, customer and
account of a document that is dated in a locked period, before or after the write, move only where somebody says so;
notes, e-mail, addresses and our own marks still travel. Amount, day and account of cleared money do so, too, and what it
pays travels. What QuickBooks does by itself is not ours.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from app.domain.guards.locked_period import Lock
from app.domain.model.days import day_in_words
from app.domain.model.link_part import stands_beside
from app.domain.model.operations import Action, LockedChange, Operation
from app.domain.model.records import Kind, Receipt, Sale, Side
from app.domain.model.waiting import OpenPeriod, Uncleared, WaitsFor
from app.domain.planning import cleared_words
from app.domain.planning.decisions import decision, park, words
from app.domain.planning.differences import entered, last_agreed, offered
from app.domain.planning.held_receipts import in_all, other_payments
from app.domain.planning.labels import in_a_line, subject_of
from app.domain.planning.locked_words import advice, in_words, is_new
from app.domain.planning.locked_writes import KINDS, Held, added_amounts, by_record, covers, date_of, shown
from app.domain.planning.plan_input import ChangedRecord, Key, PeriodAnswer, PlanInput
from app.domain.planning.unapplied import answered_by, leaves_credit, unapplied

RULE = "B1"


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
    allowing = {id(each.operation): each for each in held}
    done: list[Operation] = []
    for operation in operations:
        here = allowing.get(id(operation))
        done += [operation] if here is None else _allowed(plan_input, here, answers[here.about])
    return tuple(done)


def _allowed(plan_input: PlanInput, held: Held, answer: PeriodAnswer) -> Iterable[Operation]:
    """A write that somebody has let through, or what that person said was to be done in its place."""
    if answer.unapplies:
        return unapplied(plan_input, held, answer)
    if answer.as_difference and isinstance(held.before, Sale):
        instead = entered(plan_input, held.operation, held.before, answer.said, stay=held.groups)
        return (answered_by(each, answer) for each in instead)
    operation, lock = held.operation, plan_input.lock
    where = "in a locked period" if held.locked else f"although {held.bank.in_words}" if held.bank else ""
    record, reason = operation.record, f"{operation.reason} It is done {where}, {answer.said}."
    dated = answer.open_day and operation.action is Action.CREATE
    if dated and lock is not None and isinstance(record, Sale | Receipt):
        record = replace(record, date=lock.first_open_day)
        day = day_in_words(lock.first_open_day)
        reason = f"{operation.reason} It is dated {day}, the first day that is not locked, {answer.said}."
    return (answered_by(replace(operation, record=record, reason=reason), answer),)


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
        ours = plan_input.snapshots.get(key)
        links = [link for link in plan_input.links.parts(key) if not stands_beside(link.part)]
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
        if "money" in groups and (agreed := last_agreed(plan_input, key[2])):
            values["money"] = agreed
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
        if lock is not None and lock.closes(date_of(each.before))  # the day that it is to have is held back
    }
    return tuple(
        o for o in operations if o.side is not Side.QUICKBOOKS or o.target_id not in closed or not o.action.writes
    )


def as_far_as_open(
    plan_input: PlanInput, change: ChangedRecord, operations: Sequence[Operation]
) -> tuple[Operation, ...]:
    """What moves nothing that is locked, without changes of documents that QuickBooks would refuse for its closing date all the
    same: a note or an address waits for that to move, and nobody is asked about it."""
    lock = plan_input.lock
    shut = [each for each in operations if lock is not None and _is_shut(plan_input, lock, each)]
    if lock is None or lock.closed_until is None or not shut:
        return tuple(operations)
    first = shut[0]
    why = (
        f"QuickBooks refuses every change of what is dated up to {day_in_words(lock.closed_until)}, its closing date. This one"
        f" ({words(first.groups)}) moves no figure, and goes once the closing date is moved."
    )
    waits_for = OpenPeriod(first.kind, Side.ONCORD, first.source_id)
    free = (each for each in operations if not any(each is one for one in shut))
    return (*free, decision(Action.WAIT, change, RULE, why, waits_for))


def _is_shut(plan_input: PlanInput, lock: Lock, operation: Operation) -> bool:
    """Whether it updates a document of a period that QuickBooks has closed, and nobody has said that it is to be done."""
    if operation.side is not Side.QUICKBOOKS or operation.action is not Action.UPDATE or operation.answers:
        return False
    before = plan_input.record(Side.QUICKBOOKS, operation.kind, operation.target_id)
    return operation.kind in KINDS and lock.closes(date_of(before))


def kept(
    plan_input: PlanInput, change: ChangedRecord, operations: Sequence[Operation], held: Sequence[Held]
) -> tuple[Operation, ...]:
    """What of the decisions about a record goes on where its write has to wait: what the books tell Oncord of it, that a pair of it
    has ended, and of the payments of one receipt what moves nothing that is locked."""
    ended = [each for each in operations if each.action is Action.TOMBSTONE and each.kind is change.kind]
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
    free = [_free(each) for each in payments if lock is None or not lock.closes(date_of(each.before))]
    asked = any(answer_to(plan_input, of_one) is None for of_one in by_record(held).values())
    others = other_payments(plan_input, operations, payments, asked=asked)
    return (*ended, *told, *others, *(each for each in free if each is not None))


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
    if answer is None:
        return None
    if answer.as_difference and offered(plan_input, held) is None:
        return None
    now = shown(plan_input, held)
    return answer if covers(answer.shown, now, whatever_holds=not answer.allows) else None


def decided(
    plan_input: PlanInput, change: ChangedRecord, held: Sequence[Held], going: Sequence[Operation] = ()
) -> Iterator[Operation]:
    """The question about one record whose change touches a locked period or cleared money, or that it is left as it is; `going`:
    what is written of it all the same."""
    kind, oncord_id = held[0].about
    about = ChangedRecord(Side.ONCORD, kind, oncord_id)
    rule = _rule(held)
    answer = answer_to(plan_input, held)
    if answer is not None and not answer.allows:
        yield decision(Action.SKIP, about, rule, f"It is left as a named difference, {answer.said}.")
        if kind is not change.kind:
            yield park(change, rule, _stays_with_it(plan_input, held, answer))
        return
    yield replace(_question(plan_input, held, going), rule=rule, source_id=oncord_id)
    if kind is not change.kind:  # what was told of is another record, which waits for the same
        yield decision(Action.WAIT, change, rule, _WAITS[_in_a_locked_period(held)], _waits_for(held))


_WAITS = {
    True: "It waits for what becomes of a document of a locked period.",
    False: "It waits for what becomes of money that the bank reconciliation holds.",
}


def _question(plan_input: PlanInput, held: Sequence[Held], going: Sequence[Operation]) -> Operation:
    lock, first = plan_input.lock, held[0].operation
    asked = shown(plan_input, held)
    if lock is not None and _in_a_locked_period(held):
        document = offered(plan_input, held)
        beside = bool(added_amounts(plan_input, held)) and any("money" in each.groups for each in held)
        words = in_words(plan_input, lock, held)
        told = advice(lock, held, document, in_place=not beside)
        change = LockedChange(
            asked, told, is_new=is_new(held), removes=_removes(held), differs=document is not None, beside=beside
        )
    else:
        words = cleared_words.in_words(plan_input, held)
        unapplies = leaves_credit(held)
        told = cleared_words.advice(held, unapplies=unapplies)
        change = LockedChange(asked, told, removes=_removes(held), unapplies=unapplies)
    return Operation(
        Action.PARK,
        Side.QUICKBOOKS,
        first.kind,
        first.rule,
        words + in_all(plan_input, held, going),
        target_id=first.target_id,
        waits_for=_waits_for(held),
        locked=change,
    )


def _waits_for(held: Sequence[Held]) -> WaitsFor:
    kind, oncord_id = held[0].about
    return (OpenPeriod if _in_a_locked_period(held) else Uncleared)(kind, Side.ONCORD, oncord_id)


def _in_a_locked_period(held: Sequence[Held]) -> bool:
    return any(each.locked for each in held)


def _rule(held: Sequence[Held]) -> str:
    """By which rule it is held back: that of locked periods, or the one that cleared money belongs to."""
    if _in_a_locked_period(held):
        return RULE
    if any(isinstance(each.before, Receipt) and each.before.payment.amount < 0 for each in held):
        return "R5"
    return "R3" if _removes(held) else "R7"


def _stays_with_it(plan_input: PlanInput, held: Sequence[Held], answer: PeriodAnswer) -> str:
    """What is said of a record that cannot go on without another one, which somebody has left as it is."""
    label = in_a_line(subject_of(plan_input, held[0].operation))
    return (
        f"Its change was not carried out in QuickBooks, since {label} belongs to it, which {answer.by} left as a named"
        f" difference on {answer.on}. Undo the change in Oncord, or do both in QuickBooks by hand."
    )
