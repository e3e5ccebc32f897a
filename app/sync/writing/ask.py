"""Attention items about operations: what a person is asked, under which key, and what is kept with the question."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.domain.model.days import day_in_words
from app.domain.model.operations import Candidate, Disagreement, Operation
from app.domain.model.waiting import (
    Answer,
    Approval,
    ConfigurationChoice,
    OpenPeriod,
    PersonsDecision,
    Uncleared,
    WaitsFor,
    format_waits_for,
)
from app.domain.planning.decisions import words
from app.domain.planning.rivals import possessive, rivals_of, value_called
from app.storage.database import Transaction
from app.storage.encoding import disagreement_to_plain
from app.storage.people import attention, locked_periods, refund_answers
from app.storage.runs.operations import StoredOperation
from app.sync.context import TurnContext

_SHORT = 60
"""How long a value may be to be told in the middle of a sentence."""
_IDS = frozenset({"contact_id", "channel"})
"""Fields whose values tell a person nothing."""
_ANSWERS = {
    "mass_delete": ("approve",),
    "deleted": (attention.PUT_BACK, "retry"),
    "ambiguous_match": (attention.CHOOSE, attention.CREATE_NEW, "retry"),
    locked_periods.KIND: (locked_periods.DO_IT_THERE, locked_periods.LEAVE),
    locked_periods.CLEARED: (locked_periods.DO_IT_ANYWAY, locked_periods.LEAVE),
}
"""What may be answered to an item of each kind; to any other, that it is to be tried again."""


def dedup_key_of(operation: Operation) -> str:
    """The key of the attention item that a parked operation is shown under: one for all records held up by one choice."""
    return format_waits_for(asked_under(operation))


def asked_under(operation: Operation) -> WaitsFor:
    """What a person is asked about where an operation is parked: a matter that holds several records up, or its record."""
    waits_for = operation.waits_for
    if isinstance(waits_for, Approval | OpenPeriod | Uncleared):
        return waits_for
    if isinstance(waits_for, ConfigurationChoice | PersonsDecision) and waits_for.matter:
        return waits_for
    scope = operation.question.scope if operation.question is not None else ""
    return Answer(operation.source_kind, operation.source_side, operation.source_id or operation.target_id, scope)


def held_by(operation: Operation) -> WaitsFor | None:
    """What a record waits for that was laid aside: a question to a person is named by its matter, so that the answer
    sets everything free that it holds up."""
    asked = isinstance(operation.waits_for, PersonsDecision | ConfigurationChoice | Approval)
    return asked_under(operation) if asked else operation.waits_for


async def ask(
    context: TurnContext,
    tx: Transaction,
    operation: Operation,
    *,
    kind: str,
    summary: str,
    advice: str = "",
    actions: Sequence[str] = ("retry",),
    key: str = "",
    rejected: Mapping[str, Any] | None = None,
) -> None:
    """Open (or bring up to date) the attention item about an operation."""
    await attention.open_item(
        tx,
        context.connection_id,
        item_id=context.ids.new("att"),
        key=key or dedup_key_of(operation),
        kind=kind,
        rule=operation.rule,
        summary=summary,
        advice=advice,
        side=operation.source_side,
        record_kind=operation.source_kind,
        record_id=operation.source_id or operation.target_id,
        detail=offered_with(operation, rejected) | _lot(operation, context.run_id),
        actions=actions,
        run_id=context.run_id,
        subject=operation.subject,
        now=context.clock.now(),
    )


async def ask_a_person(context: TurnContext, tx: Transaction, operation: Operation) -> None:
    """Open the item about an operation that was parked."""
    if operation.refund is not None:
        await refund_answers.overtake(
            tx, context.connection_id, operation.source_kind, [operation.source_id], context.clock.now()
        )
        kind, answers, advice = refund_answers.KIND, operation.refund.answers, operation.refund.advice
        await ask(context, tx, operation, kind=kind, summary=operation.reason, advice=advice, actions=answers)
        return
    if operation.question is not None and not operation.question.late:
        kind = "ambiguous_match"
    elif operation.recreates is not None:
        kind = "deleted"
    else:
        kind = _kind_of_item(operation.waits_for)
    actions = _ANSWERS.get(kind, ("retry",))
    advice = operation.locked.advice if operation.locked is not None else ""
    if operation.locked is not None:
        if operation.locked.beside:
            actions = tuple(action for action in actions if action != locked_periods.DO_IT_THERE)
        actions = (locked_periods.ENTER, *actions) if operation.locked.differs else actions
        actions = (*actions, locked_periods.OPEN_DAY) if operation.locked.is_new else actions
        actions = (locked_periods.UNAPPLY, *actions) if operation.locked.unapplies else actions
        await locked_periods.overtake(tx, context.connection_id, dedup_key_of(operation), context.clock.now())
    await ask(context, tx, operation, kind=kind, summary=operation.reason, advice=advice, actions=actions)


def _kind_of_item(waits_for: WaitsFor | None) -> str:
    match waits_for:
        case ConfigurationChoice():
            return "unmapped"
        case Approval():
            return "mass_delete"
        case OpenPeriod():
            return locked_periods.KIND
        case Uncleared():
            return locked_periods.CLEARED
    return "parked"


async def ask_about_conflict(
    context: TurnContext, tx: Transaction, stored: StoredOperation, rejected: Mapping[str, Any] | None = None
) -> None:
    """Keep the value that lost, so that a person can put it back (law 8).

    Each conflict is an item of its own: a later one about the same record must not replace what an earlier one keeps.
    """
    operation = stored.operation
    context.counters.add("conflicts")
    fields = words(tuple(d.field for d in operation.disagreements))
    changed, met = "Both sides changed its", "The two sides met with a different"
    first = all(d.base is None for d in operation.disagreements)
    winner = operation.disagreements[0].winner
    several = len(operation.disagreements) > 1
    sentences = "".join(said(each, named=several) for each in operation.disagreements)
    rivals = rivals_of(operation.disagreements)
    went_on, kept = (value_called(side, rivals) for side in (winner, winner.other))
    end = f"{went_on} went on; {kept} is kept here."
    if sentences:  # they have named the values
        end = f"{possessive(winner)} value went on; {possessive(winner.other)} is kept here."
    await ask(
        context,
        tx,
        operation,
        kind="conflict",
        summary=f"{met if first else changed} {fields}. {sentences}{end}",
        advice=(
            f"Use {kept}, and both sides have it; or keep {went_on}."
            if rejected
            else "Look whether it is right on both sides, type it anew where it is not, and close this."
        ),
        actions=("use_other", "dismiss") if rejected else ("dismiss",),
        rejected=rejected,
        key=f"conflict:{operation.kind}:{operation.target_id}:{stored.id}",
    )


def _offered(choice: Candidate) -> dict[str, Any]:
    reasons = {"speaks_for": list(choice.speaks_for), "against": list(choice.against)}
    offered = {"side": choice.side, "id": choice.id, "name": choice.name, "facts": dict(choice.facts)}
    return offered | {name: words for name, words in reasons.items() if words}


def _lot(operation: Operation, run_id: str) -> dict[str, Any]:
    """What makes a question one of the many that are put together (`sync.questions.bulk_questions`)."""
    blank = operation.question.blank if operation.question is not None else None
    return {"lot": run_id, "blank": _offered(blank)} if blank is not None else {}


def offered_with(operation: Operation, rejected: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What a question offers, and what is kept with it."""
    detail: dict[str, Any] = {}
    if operation.disagreements:
        detail["disagreements"] = [disagreement_to_plain(d) for d in operation.disagreements]
    if operation.question is not None:
        detail["choices"] = [_offered(c) for c in operation.question.choices]
        detail["scope"] = operation.question.scope
    if operation.recreates is not None:
        detail["put_back"] = dict(zip(("side", "kind", "id"), operation.recreates, strict=True))
    if operation.locked is not None:
        detail["shown"] = operation.locked.shown
    if operation.refund is not None:
        detail["shown"] = operation.refund.shown
    if rejected:
        detail["losing"] = dict(rejected)
    return detail


def said(disagreement: Disagreement, *, named: bool) -> str:
    """What each side says, where that is a day or a short text, and of which field where there are several; everything else
    is shown beside the sentence."""
    oncord_text, quickbooks_text = map(_short, (disagreement.oncord, disagreement.quickbooks))
    if disagreement.field in _IDS or not oncord_text or not quickbooks_text:
        return ""
    of = f"Of its {words((disagreement.field,))}, " if named else ""
    return f"{of}Oncord said {oncord_text}, QuickBooks {quickbooks_text}. "


def _short(value: object) -> str:
    """A value in the middle of a sentence; "" where it has no place there."""
    if isinstance(value, date):
        return day_in_words(value)
    if value is None or value == "":
        return "nothing"
    return f"“{value}”" if isinstance(value, str) and len(value) <= _SHORT else ""
