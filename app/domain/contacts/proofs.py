"""Documents prove people: two that are certainly one make the contacts that they are said to be for one, too."""

from app.domain.matching.documents import certainly_one, given_once
from app.domain.matching.evidence import Evidence, Grade, Match
from app.domain.matching.people import contradicts_wholly
from app.domain.model.records import (
    Contact,
    Kind,
    Sale,
    Side,
    Snapshot,
)
from app.domain.planning.id_map import IdMap
from app.domain.planning.plan_input import PlanInput


def free_documents(plan_input: PlanInput, id_map: IdMap, side: Side) -> list[Snapshot]:
    """What could be matched: in sight, not deleted, without a counterpart, and no draft."""
    return [
        s
        for s in plan_input.candidates.get((side, Kind.SALE), ())
        if id_map.find(side, Kind.SALE, s.id) is None and isinstance(s.record, Sale) and s.record.status != "draft"
    ]


def proven_by_documents(plan_input: PlanInput, id_map: IdMap, own: Snapshot) -> Snapshot | None:
    """The contact across that `own` must be, because documents of both are certainly one whoever they are said to be for.

    None where that is nobody, or several, or one that is linked, or whose name contradicts wholly.
    """
    if not isinstance(own.record, Contact) or (own.side, Kind.CONTACT, own.id) in plan_input.match_answers:
        return None
    contacts = _said_to_be_for(plan_input, id_map, own)
    if len(contacts) != 1:
        return None
    across = plan_input.snapshot(own.side.other, Kind.CONTACT, contacts.pop())
    if across is None or across.deleted or not isinstance(across.record, Contact):
        return None
    if _is_known(plan_input, id_map, across) or contradicts_wholly(own.record, across.record):
        return None
    return across


def _said_to_be_for(plan_input: PlanInput, id_map: IdMap, own: Snapshot) -> set[str]:
    """The contacts across that documents are for which are certainly those of this one."""
    own_documents = free_documents(plan_input, id_map, own.side)
    documents_across = free_documents(plan_input, id_map, own.side.other)
    contacts = set[str]()
    for document in own_documents:
        if _contact_of(document) != own.id or not isinstance(document.record, Sale):
            continue
        same = [other for other in documents_across if _certainly_one(document.record, other)]
        is_given_once = given_once(document.record, own_documents) and given_once(document.record, documents_across)
        if len(same) == 1 and is_given_once:
            contacts.add(_contact_of(same[0]))
    return contacts


def _certainly_one(document: Sale, other: Snapshot) -> bool:
    return isinstance(other.record, Sale) and certainly_one(document, other.record)


def _is_known(plan_input: PlanInput, id_map: IdMap, contact: Snapshot) -> bool:
    """Whether a contact has, or had, its counterpart, or a person has said something about it."""
    key = (contact.side, Kind.CONTACT, contact.id)
    if id_map.find(*key) is not None or plan_input.links.tombstone(key) is not None:
        return True
    return key in plan_input.match_answers


def hardly_proven(across: Snapshot) -> Match:
    """Somebody of one's surname with another first name whom documents say to be the same: that is for a person to say."""
    speaks, against = "a document of the same number, total, tax and date", "another first name"
    return Match(across, Evidence(Grade.PROBABLE, (speaks,), (against,)))


def _contact_of(snapshot: Snapshot) -> str:
    return str(snapshot.record.contact_id) if isinstance(snapshot.record, Sale) else ""
