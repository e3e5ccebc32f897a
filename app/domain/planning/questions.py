"""Which record of the other side an unlinked one is: the one good match, what a person has said, or a question.

Where several could be each other nothing is created. The question is put once for all that it holds up: about the
record that several others could be, with these as its choices. An answer holds until the pair is linked; one that no
longer fits is asked for again.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.domain.matching.evidence import Match
from app.domain.model.currencies import with_currency
from app.domain.model.operations import (
    Action,
    Candidate,
    Operation,
    Question,
)
from app.domain.model.records import (
    Contact,
    Item,
    Kind,
    Receipt,
    Sale,
    Side,
    Snapshot,
)
from app.domain.model.waiting import OtherRecord
from app.domain.planning.decisions import adopted, decision, park
from app.domain.planning.id_map import IdMap
from app.domain.planning.labels import NOUNS, contact_name, in_a_sentence
from app.domain.planning.plan_input import (
    ChangedRecord,
    Key,
    MatchAnswer,
    PlanInput,
)

_RULES = {
    Kind.CONTACT: {Side.ONCORD: "C1", Side.QUICKBOOKS: "C4"},
    Kind.ITEM: {Side.ONCORD: "S1", Side.QUICKBOOKS: "S1"},
    Kind.SALE: {Side.ONCORD: "S1", Side.QUICKBOOKS: "S4"},
    Kind.RECEIPT: {Side.ONCORD: "R1", Side.QUICKBOOKS: "R2"},
}


def identified(
    plan_input: PlanInput,
    id_map: IdMap,
    own: Snapshot,
    matches: Sequence[Match],
    rivals_of: Callable[[Snapshot], Sequence[Match]],
    scope: str = "",
) -> Snapshot | Operation | None:
    """The record that `own` is; or the question which one it is; or None: it is there on its own side only.

    `matches` are the unlinked records of the other side that it could be, `rivals_of` answers the unlinked records of
    its own side that one of those could be. What is certain, and contended by nobody on either side, is adopted; what is
    less is asked about. `scope` is what the answer is about where a record has several counterparts.
    """
    matches = [match for match in matches if not _set_aside(plan_input, own, match.snapshot, scope)]
    answer = _answer(plan_input, own, scope)
    if answer is not None and not answer.chosen:
        return None
    objection = _objection(plan_input, id_map, own, matches, scope)
    if answer is not None and not objection:
        return plan_input.snapshots[own.side.other, own.kind, answer.chosen]
    chooser = _that_chose(plan_input, own, matches, scope)
    if chooser is not None:
        return chooser
    matches = [match for match in matches if not _spoken_for(plan_input, own, match, rivals_of)]
    if not matches and not objection:
        return None
    leading = _leading(matches)
    if leading is None or objection:
        return _question(own, matches, objection, scope)
    return _among_rivals(plan_input, id_map, own, matches, leading, rivals_of, scope)


def _that_chose(plan_input: PlanInput, own: Snapshot, matches: Sequence[Match], scope: str) -> Snapshot | None:
    """The record of the other side of which a person has said that it is this one."""
    for match in matches:
        answer = _answer(plan_input, match.snapshot, scope)
        if answer is not None and answer.chosen == own.id and _as_shown(answer, own, match):
            return match.snapshot
    return None


def _among_rivals(
    plan_input: PlanInput,
    id_map: IdMap,
    own: Snapshot,
    matches: Sequence[Match],
    leading: Match,
    rivals_of: Callable[[Snapshot], Sequence[Match]],
    scope: str,
) -> Snapshot | Operation:
    """The one good match, if nobody else of `own`'s side could be that one as well; else the question who it is."""
    candidate = leading.snapshot
    near = [
        match
        for match in rivals_of(candidate)
        if match.snapshot.id != own.id and not _told_apart(plan_input, match.snapshot, candidate)
    ]
    rivals = [match for match in near if _rivals(match, leading)]
    choices = [Match(own, leading.evidence), *rivals]
    objection = _objection(plan_input, id_map, candidate, choices, scope)
    if rivals or objection:
        return _question(candidate, choices, objection, scope)
    if leading.certain:
        return candidate
    # Both sides come upon it; it is put once, about what is in Oncord.
    if own.side is Side.ONCORD:
        return _question(own, matches, "", scope)
    others = near if own.kind is Kind.CONTACT else []
    return _question(candidate, [choices[0], *others], "", scope)


def _rivals(match: Match, leading: Match) -> bool:
    """Whether another one's claim to the leading match has to be asked about."""
    if match.certain or not leading.certain:
        return True
    return match.evidence.contends and leading.evidence.contends


def _spoken_for(
    plan_input: PlanInput, own: Snapshot, match: Match, rivals_of: Callable[[Snapshot], Sequence[Match]]
) -> bool:
    """Whether a document that could be this one is certainly another one."""
    if match.certain or match.evidence.contends:
        return False
    others = (r for r in rivals_of(match.snapshot) if r.certain and r.snapshot.id != own.id)
    return any(not _told_apart(plan_input, r.snapshot, match.snapshot) for r in others)


def _leading(matches: Sequence[Match]) -> Match | None:
    """The one match that is certain, or the only one there is; None where several could be it as well."""
    certain = [m for m in matches if m.certain]
    others = [m for m in matches if not m.certain and m.evidence.contends]
    if len(certain) == 1 and not others:
        return certain[0]
    return matches[0] if len(matches) == 1 else None


def answer_about(plan_input: PlanInput, own: Snapshot) -> MatchAnswer | None:
    """What a person has said about which one a record is, where that has not been carried out yet."""
    return _answer(plan_input, own, "")


def question_about(own: Snapshot, choices: Sequence[Match], objection: str) -> Operation:
    """The question which of `choices` a record is, for the reason that `objection` says."""
    return _question(own, choices, objection, "")


def subject(question: Operation) -> OtherRecord:
    """The record that a question is about, as other records wait for it."""
    return OtherRecord(question.kind, question.side.other, question.source_id)


def waiting(plan_input: PlanInput, change: ChangedRecord, question: Operation) -> Sequence[Operation]:
    """The question, and that the changed record waits for its answer where it is about another one."""
    if (question.side.other, question.source_id) == (change.side, change.id):
        return [question]
    side = question.side.other
    asked_about = in_a_sentence(plan_input, side, question.kind, question.source_id)
    words = f"It waits until somebody has said which one {side.called} {asked_about} is."
    return [question, decision(Action.WAIT, change, question.rule, words, subject(question))]


def joined(id_map: IdMap, own: Snapshot, counterpart: Snapshot, rule: str, reason: str) -> Operation:
    """From now on these two are one, and were both there before."""
    ids = {own.side: own.id, counterpart.side: counterpart.id}
    return adopted(id_map, own.kind, ids[Side.ONCORD], ids[Side.QUICKBOOKS], rule, reason)


def choice(snapshot: Snapshot) -> Candidate:
    """A record as somebody can tell it from others like it."""
    record = snapshot.record
    facts: dict[str, object] = {}
    name = snapshot.id
    if isinstance(record, Contact):
        name = contact_name(record)
        facts = {
            "company": record.name.company if record.name.company != name else "",
            "email": record.email,
            "phone": record.phone or record.mobile,
            "suburb": record.billing_address.suburb or record.shipping_address.suburb,
            "inactive": "" if record.active else "yes",
        }
    elif isinstance(record, Item):
        name, facts = record.name, {"code": record.code}
    elif isinstance(record, Sale):
        name = record.number
        money = record.money
        facts = {"number": record.number, "date": record.date, "total": with_currency(money.total, money.currency)}
    elif isinstance(record, Receipt):
        name, paid = record.reference, record.payment
        facts = {"number": record.reference, "date": record.date, "total": with_currency(paid.amount, paid.currency)}
    shown = tuple((fact, str(value)) for fact, value in facts.items() if value not in ("", None))
    return Candidate(snapshot.side, snapshot.id, name or snapshot.id, shown)


def _offered(match: Match) -> Candidate:
    evidence = match.evidence
    return replace(choice(match.snapshot), speaks_for=evidence.speaks_for, against=evidence.against)


def _question(own: Snapshot, choices: Sequence[Match], objection: str, scope: str) -> Operation:
    noun_across, own_noun = _named(own.side.other, own.kind), _named(own.side, own.kind)
    label = choice(own).name
    count = f"{len(choices)} {noun_across}s" if len(choices) != 1 else f"One {noun_across}"
    words = f"{count} could be {own_noun} {label}. Say which one it is, or that it is a new one."
    if not choices:
        words = f"No other {noun_across} could be {own_noun} {label}. Say that it is a new one."
    if held := _held(own):
        words += f" {held} waits until then."
    offered = tuple(_offered(c) for c in sorted(choices, key=lambda c: c.snapshot.id))
    blank = len(choices) == 1 and choices[0].evidence.blank and not objection
    asked = park(ChangedRecord(own.side, own.kind, own.id), _rule(own), f"{objection} {words}".strip())
    return replace(asked, question=Question(offered, scope, blank=choice(own) if blank else None))


def _held(own: Snapshot) -> str:
    """The money that waits for an answer."""
    record = own.record
    if isinstance(record, Sale):
        return with_currency(record.money.total, record.money.currency)
    if isinstance(record, Receipt):
        return with_currency(abs(record.payment.amount), record.payment.currency) if record.payment.amount else ""
    return ""


def _rule(own: Snapshot) -> str:
    if isinstance(own.record, Sale) and own.record.type == "adjustment":
        return "S7"
    if isinstance(own.record, Receipt) and not own.record.payment.amount:
        return "R6"
    return _RULES[own.kind][own.side]


def _objection(plan_input: PlanInput, id_map: IdMap, own: Snapshot, matches: Sequence[Match], scope: str) -> str:
    """Why what a person has chosen for this record does not fit any more; "" where it does, or nothing was chosen."""
    answer = _answer(plan_input, own, scope)
    if answer is None or not answer.chosen:
        return ""
    noun_across = _named(own.side.other, own.kind)
    chosen = plan_input.snapshot(own.side.other, own.kind, answer.chosen)
    if chosen is None or chosen.deleted or chosen.record is None:
        return f"The chosen {noun_across} has been deleted meanwhile."
    if id_map.find(own.side.other, own.kind, answer.chosen) is not None:
        return f"The chosen {noun_across} {choice(chosen).name} has been joined with another record meanwhile."
    fits = any(m.snapshot.id == answer.chosen and _as_shown(answer, chosen, m) for m in matches)
    if own.kind is not Kind.CONTACT and not fits:
        return f"The chosen {noun_across} {choice(chosen).name} has been changed meanwhile and no longer agrees."
    return ""


def _as_shown(answer: MatchAnswer, chosen: Snapshot, match: Match) -> bool:
    """Whether an answer fits still: something speaks for the two, or the chosen one is as the person saw it."""
    return not match.evidence.kept or tuple(sorted(choice(chosen).facts)) == answer.shown


def _set_aside(plan_input: PlanInput, own: Snapshot, match: Snapshot, scope: str) -> bool:
    """Whether a person has said that this one is not it, or is another one."""
    return _told_apart(plan_input, own, match) or _promised(plan_input, own, match, scope)


def _promised(plan_input: PlanInput, own: Snapshot, match: Snapshot, scope: str) -> bool:
    """Whether a person has chosen another record of `own`'s side for what it could be."""
    answer = _answer(plan_input, match, scope)
    if answer is None or answer.chosen in ("", own.id):
        return False
    other = plan_input.snapshot(own.side, own.kind, answer.chosen)
    linked = plan_input.links.live((own.side, own.kind, answer.chosen)) is not None
    return other is not None and not other.deleted and not linked


def _told_apart(plan_input: PlanInput, one: Snapshot, other: Snapshot) -> bool:
    """Whether a person has seen both and said that they are not the same."""
    return any(
        not answer.chosen and candidate.id in answer.offered
        for asked, candidate in ((one, other), (other, one))
        for answer in plan_input.match_answers.get(_key(asked), ())
    )


def _answer(plan_input: PlanInput, own: Snapshot, scope: str) -> MatchAnswer | None:
    return next((answer for answer in plan_input.match_answers.get(_key(own), ()) if answer.scope == scope), None)


def _key(snapshot: Snapshot) -> Key:
    return (snapshot.side, snapshot.kind, snapshot.id)


def _named(side: Side, kind: Kind) -> str:
    return f"{side.called} {NOUNS[side, kind].lower()}"
