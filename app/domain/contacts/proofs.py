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
    mine, theirs = (free_documents(plan_input, id_map, side) for side in (own.side, own.side.other))
    found = set[str]()
    for one in mine:
        if _contact_of(one) != own.id or not isinstance(one.record, Sale):
            continue
        same = [o for o in theirs if isinstance(o.record, Sale) and certainly_one(one.record, o.record)]
        if len(same) == 1 and given_once(one.record, mine) and given_once(one.record, theirs):
            found.add(_contact_of(same[0]))
    if len(found) != 1:
        return None
    across = plan_input.snapshot(own.side.other, Kind.CONTACT, found.pop())
    if across is None or across.deleted or not isinstance(across.record, Contact):
        return None
    key = (across.side, Kind.CONTACT, across.id)
    known = (
        id_map.find(*key) is not None or plan_input.links.tombstone(key) is not None or key in plan_input.match_answers
    )
    return None if known or contradicts_wholly(own.record, across.record) else across


def hardly_proven(across: Snapshot) -> Match:
    """Somebody of one's surname with another first name whom documents say to be the same: that is for a person to say."""
    speaks, against = "a document of the same number, total, tax and date", "another first name"
    return Match(across, Evidence(Grade.PROBABLE, (speaks,), (against,)))


def _contact_of(snapshot: Snapshot) -> str:
    return str(snapshot.record.contact_id) if isinstance(snapshot.record, Sale) else ""
