"""A new document that repeats one which has its counterpart already: number, contact and total are the same.

It may be the very same one, entered on both sides, of which only one was known when it was carried over; then its second
counterpart would double it in silence. So a person is asked. An ordinary repeat (another number, or none) is none of this.

Who says that it is the same has one of the two still to delete or void on this side: that stays in sight until it is done.
What is left then goes on with the document across, or anew where that one went with its own.
"""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.contacts.ownership import belongs
from app.domain.matching.document_numbers import numbers_agree, numbers_run_together
from app.domain.matching.documents import CERTAIN_DAYS, WITHOUT_SEPARATORS, days_apart
from app.domain.matching.evidence import Evidence, Grade, Match
from app.domain.model.days import day_in_words
from app.domain.model.operations import Action, Operation
from app.domain.model.records import (
    Contact,
    Kind,
    Record,
    Reference,
    Sale,
    Side,
    Snapshot,
)
from app.domain.model.waiting import Twin
from app.domain.planning.decisions import decision
from app.domain.planning.id_map import IdMap
from app.domain.planning.labels import contact_name, label_of
from app.domain.planning.plan_input import ChangedRecord, MatchAnswer, PlanInput
from app.domain.planning.questions import choice, question_about


def repeated(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, sale: Sale, contact: Reference | None
) -> Iterator[Operation]:
    """The question about a document that would double one which has its counterpart; nothing where it is another one, or
    a person has said that it is. `contact` is its contact across, where that is known."""
    twins = [t for t in plan_input.namesakes if _repeats(plan_input, id_map, change, sale, contact, t)]
    answer = _answer(plan_input, change)
    own = plan_input.snapshots[change.key]
    rule = "S7" if sale.type == "adjustment" else "S1" if change.side is Side.ONCORD else "S4"
    chosen = plan_input.snapshot(change.side.other, Kind.SALE, answer.chosen) if answer is not None else None
    pair = _pair(plan_input, chosen) if chosen is not None else None
    if chosen is not None and pair is not None and (_gone(pair) or any(t.id == chosen.id for t in twins)):
        yield _twice(plan_input, change, rule, own, pair, chosen)
        return
    if not twins or (answer is not None and not answer.chosen):
        return
    place_across = change.side.other.called
    objection = (
        f"{place_across} has a document with its number, contact and total already, which is one with another document of "
        f"{change.side.called}."
    )
    yield question_about(own, [Match(t, _evidence(sale, t)) for t in twins], objection)


def _evidence(sale: Sale, twin: Snapshot) -> Evidence:
    same = isinstance(twin.record, Sale) and numbers_agree(sale.number, twin.record.number)
    number = "the same number" if same else WITHOUT_SEPARATORS
    return Evidence(Grade.PROBABLE, (number, "the same contact", "the same total"), ("it has its pair",))


def left_by_its_pair(plan_input: PlanInput, change: ChangedRecord) -> Snapshot | None:
    """The document across that a person said this one is, once the other one here that was one with it has been deleted."""
    answer = _answer(plan_input, change)
    chosen = plan_input.snapshot(change.side.other, Kind.SALE, answer.chosen) if answer is not None else None
    if chosen is None or not isinstance(chosen.record, Sale) or _gone(chosen):
        return None
    key = (chosen.side, Kind.SALE, chosen.id)
    tombstone = plan_input.links.tombstone(key) if plan_input.links.live(key) is None else None
    return chosen if tombstone is not None and tombstone.gone is change.side else None


def outlived(plan_input: PlanInput, change: ChangedRecord) -> PlanInput:
    """The input without the answer that this one is a document which is gone or void together with its own: what a
    person left here of the two goes on as a new one."""
    answer = _answer(plan_input, change)
    chosen = plan_input.snapshot(change.side.other, Kind.SALE, answer.chosen) if answer is not None else None
    if chosen is None or not _gone(chosen):
        return plan_input
    pairs = [
        plan_input.snapshot(change.side, Kind.SALE, link.id_on(change.side))
        for link in plan_input.links.by_record.get((chosen.side, Kind.SALE, chosen.id), ())
    ]
    if not pairs or not all(pair is not None and _gone(pair) for pair in pairs):
        return plan_input
    kept = tuple(s for s in plan_input.match_answers.get(change.key, ()) if s.scope)
    return replace(plan_input, match_answers={**plan_input.match_answers, change.key: kept})


def _answer(plan_input: PlanInput, change: ChangedRecord) -> MatchAnswer | None:
    return next((s for s in plan_input.match_answers.get(change.key, ()) if not s.scope), None)


def _pair(plan_input: PlanInput, chosen: Snapshot) -> Snapshot | None:
    """The document of this side that is one with the chosen one, as long as that one stands."""
    link = plan_input.links.live((chosen.side, Kind.SALE, chosen.id))
    if link is None or _gone(chosen):
        return None
    return plan_input.snapshot(chosen.side.other, Kind.SALE, link.id_on(chosen.side.other))


def _gone(snapshot: Snapshot) -> bool:
    return snapshot.deleted or (isinstance(snapshot.record, Sale) and _void(snapshot.record))


def _twice(
    plan_input: PlanInput, change: ChangedRecord, rule: str, own: Snapshot, pair: Snapshot, chosen: Snapshot
) -> Operation:
    """What the person who said that it is the same has still to do; it is looked at again when the other one changes."""
    place, place_across = change.side.called, change.side.other.called
    own_name, pair_name, chosen_name = (_named(plan_input, s) for s in (own, pair, chosen))
    if _gone(pair):
        reason = (
            f"{pair_name} is void or deleted in {place}, and {chosen_name}, with which it is one, still stands in {place_across}. {own_name} is "
            f"not sent to {place_across} before that one is void or deleted as well."
        )
    else:
        reason = (
            f"{place} has one document twice: {own_name}, and {pair_name}, which is one with {chosen_name} in {place_across}. Somebody said that "
            f"they are the same, so that the first is not sent again. Delete or void the one that is too many in {place}; "
            "this closes by itself then."
        )
    return decision(Action.PARK, change, rule, reason, Twin(change.side, pair.id))


def _named(plan_input: PlanInput, document: Snapshot) -> str:
    record = document.record
    assert isinstance(record, Sale)
    contact = plan_input.record(document.side, Kind.CONTACT, str(record.contact_id))
    person = contact_name(contact) if isinstance(contact, Contact) else ""
    facts = dict(choice(document).facts)
    phrases = [label_of(document.side, Kind.SALE, record, person).label]
    phrases += [f"of {day_in_words(record.date)}"] if record.date else []
    return f"{' '.join(phrases)} ({facts['total']})"


def _repeats(
    plan_input: PlanInput,
    id_map: IdMap,
    change: ChangedRecord,
    sale: Sale,
    contact: Reference | None,
    twin: Snapshot,
) -> bool:
    if twin.side is not change.side.other or not _of_one_number_and_total(sale, twin.record):
        return False
    link = plan_input.links.live((twin.side, Kind.SALE, twin.id))
    if link is None or link.id_on(change.side) == change.id:
        return False
    pair = plan_input.record(change.side, Kind.SALE, link.id_on(change.side))
    if not isinstance(pair, Sale) or _void(pair) or not isinstance(twin.record, Sale):
        return False
    if change.side is Side.ONCORD:
        return belongs(plan_input, id_map, twin.record.contact_id, sale.contact_id)
    return isinstance(contact, str) and twin.record.contact_id == contact


def _of_one_number_and_total(sale: Sale, other: Record | None) -> bool:
    """Whether two documents of one sort, neither of them void, have the same number, currency and total."""
    if not isinstance(other, Sale) or _void(sale) or _void(other) or sale.type != other.type:
        return False
    if not _of_one_number(sale, other):
        return False
    return (sale.money.currency, sale.money.total) == (other.money.currency, other.money.total)


def _of_one_number(sale: Sale, other: Sale) -> bool:
    """Whether two have one number; without its separators it is one for a month."""
    if numbers_agree(sale.number, other.number):
        return True
    return days_apart(sale.date, other.date) <= CERTAIN_DAYS and numbers_run_together(sale.number, other.number)


def _void(sale: Sale) -> bool:
    return sale.voided or sale.status == "cancelled"
