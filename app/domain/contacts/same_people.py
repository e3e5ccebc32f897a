"""Contacts that are the same person as one that has its counterpart, and what goes on while nobody has said who is who.

A shop makes a contact of every guest, so that one person is there many times: all of them are billed to one customer,
and only the first one's details travel. A question about who somebody is holds documents up for a while, and not longer.
"""

from dataclasses import replace

from app.domain.matching.people import contradicts_wholly, only_by_initials
from app.domain.model.operations import Operation
from app.domain.model.records import (
    Contact,
    Counterpart,
    Kind,
    Reference,
    Side,
    Snapshot,
)
from app.domain.model.waiting import PersonsDecision
from app.domain.planning.decisions import adoption
from app.domain.planning.id_map import IdMap
from app.domain.planning.labels import in_a_sentence
from app.domain.planning.plan_input import PlanInput
from app.domain.planning.questions import choice, subject

SEPARATE = "separate "
"""What the question begins with, in its matter, that says that one of its own was made for somebody."""


def same_person(plan_input: PlanInput, id_map: IdMap, own: Snapshot) -> Reference | None:
    """The one contact that is certain to be the same person as an unlinked contact or customer, and has a customer or is
    about to have one (then a promise of it); None where there is none, there are several, or somebody has said no."""
    answers = plan_input.match_answers.get((own.side, Kind.CONTACT, own.id), ())
    if not isinstance(own.record, Contact) or any(not each.chosen for each in answers):
        return None
    owners: set[Reference] = set()
    for side in Side:
        for match in plan_input.kin(side).matching(own.record, plan_input.commons):
            another = match.certain and (side, match.snapshot.id) != (own.side, own.id)
            if another and not _of_another_person(plan_input, id_map, own.record, match.snapshot):
                owners.add(_owner(id_map, side, match.snapshot.id) or "")
    owners -= {"", own.id if own.side is Side.ONCORD else ""}
    return owners.pop() if len(owners) == 1 else None


def _of_another_person(plan_input: PlanInput, id_map: IdMap, own: Contact, near: Snapshot) -> bool:
    """Whether the counterpart of one that is the same person has another first name, by way of an initial, or another tax
    number: not that person."""
    across = id_map.find(near.side, Kind.CONTACT, near.id)
    far = plan_input.record(near.side.other, Kind.CONTACT, across) if isinstance(across, str) else None
    if not isinstance(far, Contact) or not isinstance(near.record, Contact):
        return False
    return only_by_initials(own, near.record, far) or contradicts_wholly(own, far)


def _owner(id_map: IdMap, side: Side, record_id: str) -> Reference | None:
    across = id_map.find(side, Kind.CONTACT, record_id)
    if side is Side.QUICKBOOKS:
        return id_map.owner(across) if isinstance(across, str) else None
    if isinstance(across, Counterpart):
        return Counterpart(Kind.CONTACT, record_id)
    return id_map.owner(record_id) if across is not None else None


def stands_in(plan_input: PlanInput, id_map: IdMap, contact_id: str, owner: str) -> Operation:
    """From now on a contact is billed to the customer of the one that is the same person."""
    customer = id_map.paired(Side.ONCORD, Kind.CONTACT, owner)
    assert customer is not None
    id_map.stand_in(contact_id, owner, customer)
    reason = (
        f"It is the same person as {in_a_sentence(plan_input, Side.ONCORD, Kind.CONTACT, owner)} and is billed to that one's customer. "
        "Only the other one's details travel."
    )
    return replace(adoption(Kind.CONTACT, contact_id, customer, "C1", reason), shares_customer=True)


def held_long_enough(plan_input: PlanInput, question: Operation) -> bool:
    """Whether documents go on without an answer to this question."""
    return plan_input.holds_nothing or subject(question) in plan_input.overdue


def separately(plan_input: PlanInput, own: Snapshot, question: Operation) -> Operation:
    """What is said where a document could not wait for an answer any longer: one of its own was made."""
    assert question.question is not None
    place, made = ("QuickBooks", "customer") if own.side is Side.ONCORD else ("Oncord", "contact")
    offered = [c for c in question.question.choices if c.side is own.side.other]
    asked = plan_input.snapshot(question.side.other, Kind.CONTACT, question.source_id)
    if asked is not None and asked.side is own.side.other:
        offered = [choice(asked)]
    others = " or ".join(c.name for c in offered) or choice(own).name
    words = (
        f"Nobody has said in time which {made} {choice(own).name} is, so a {made} of its own was created in {place}. "
        f"Is it the same as {others}? Then merge the two in {place}: what was synchronised follows. If not, dismiss this."
    )
    return replace(
        question,
        side=own.side.other,
        source_id=own.id,
        reason=words,
        waits_for=PersonsDecision(f"{SEPARATE}{own.side} {own.id}"),
        question=replace(question.question, choices=tuple(offered), late=True, blank=None),
    )
