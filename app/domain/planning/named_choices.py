"""What a person has to know before answering which document or which money one is: said in the question's own words."""

from dataclasses import replace

from app.domain.matching.payments import LESS_A_FEE, ONE_OVER_SEVERAL, OVERPAYING
from app.domain.model.days import day_in_words
from app.domain.model.operations import Operation
from app.domain.model.records import (
    Contact,
    Kind,
    Receipt,
    Sale,
    Side,
)
from app.domain.planning.labels import NOUNS, contact_name
from app.domain.planning.plan_input import PlanInput
from app.domain.planning.questions import choice

_OVERPAID = {OVERPAYING, LESS_A_FEE}


def of_another_contact(plan_input: PlanInput, question: Operation) -> Operation:
    """A question about a document that says whose each of those is that are for somebody else."""
    side = question.side.other
    asked = plan_input.record(side, Kind.SALE, question.source_id)
    if question.question is None or not isinstance(asked, Sale):
        return question
    strangers = [c for c in question.question.choices if "another contact" in c.against]
    owners = [(c.name, _owner(plan_input, c.side, plan_input.record(c.side, Kind.SALE, c.id))) for c in strangers]
    named = " and ".join(f"{name} is for {owner}" for name, owner in owners if owner)
    own = _owner(plan_input, side, asked)
    if not named or not own:
        return question
    noun = NOUNS[side, Kind.SALE].lower()
    words = f"In {side.other.called} {named}, and this {noun} is for {own}: if you say that it is the one, each keeps its own contact."
    return replace(question, reason=f"{question.reason} {words}")


def _owner(plan_input: PlanInput, side: Side, document: object) -> str:
    contact = plan_input.record(side, Kind.CONTACT, str(document.contact_id)) if isinstance(document, Sale) else None
    return contact_name(contact) if isinstance(contact, Contact) else ""


def one_of_several(plan_input: PlanInput, question: Operation) -> Operation:
    """A question about money that says that one transfer can be joined with one of several only, and which those are."""
    if question.question is None:
        return question
    parts = [c for c in question.question.choices if ONE_OVER_SEVERAL in c.speaks_for]
    records = [plan_input.record(c.side, Kind.RECEIPT, c.id) for c in parts]
    asked = plan_input.record(question.side.other, Kind.RECEIPT, question.source_id)
    receipts = [r for r in records if isinstance(r, Receipt)]
    if not isinstance(asked, Receipt) or not receipts:
        return question
    if any(len(r.payment.allocations) > len(asked.payment.allocations) for r in receipts):
        which = "It is part of one transfer over several sales, which can be joined with one record only."
    else:
        listed = " and ".join(
            _money(dict(choice(plan_input.snapshots[c.side, Kind.RECEIPT, c.id]).facts)) for c in parts
        )
        which = f"It is one transfer over several sales, and can be joined with one of these only: {listed}."
    remedy = "To keep them together, make one receipt of them in Oncord, or one payment for each sale in QuickBooks, before you answer."
    return replace(question, reason=f"{question.reason} {which} {remedy}")


def both_amounts(plan_input: PlanInput, question: Operation) -> Operation:
    """A question about money that would overpay a sale: what each side has recorded, and what either answer does."""
    side = question.side.other
    asked = plan_input.snapshot(side, Kind.RECEIPT, question.source_id)
    if question.question is None or asked is None:
        return question
    twice = [c for c in question.question.choices if _OVERPAID & set(c.speaks_for)]
    snapshots = [plan_input.snapshots.get((c.side, Kind.RECEIPT, c.id)) for c in twice]
    recorded = (asked, *filter(None, snapshots))
    amounts = {s.side: f"{_money(dict(choice(s).facts))} in {s.side.called}" for s in recorded}
    if len(amounts) < 2:
        return question
    words = (
        f"Recorded are {amounts[Side.ONCORD]} and {amounts[Side.QUICKBOOKS]}, which together would pay more than the sale. If it is "
        "the same money, say so, and correct the amount that is wrong; a new one leaves the sale overpaid."
    )
    return replace(question, reason=f"{question.reason} {words}")


def _money(facts: dict[str, str]) -> str:
    said = [facts.get("total", ""), day_in_words(facts.get("date", ""))]
    return " of ".join(filter(None, said))
