"""What a person is told of money that a bank statement holds: what it is, where it lies, and what was to become of it."""

from collections.abc import Sequence

from app.domain.model.currencies import with_currency
from app.domain.model.days import day_in_words
from app.domain.model.operations import Action
from app.domain.model.records import Receipt, Side
from app.domain.planning.labels import subject_of
from app.domain.planning.locked_writes import Held, date_of
from app.domain.planning.plan_input import PlanInput

_DONE = {Action.UPDATE: "changed", Action.VOID: "voided", Action.DELETE: "deleted"}


def in_words(plan_input: PlanInput, held: Sequence[Held]) -> str:
    """What was to be done to which money, and why it was not."""
    first = held[0]
    label, day = subject_of(plan_input, first.operation).label, date_of(first.before)
    of = f" of {day_in_words(day)}" if day else ""
    now = " and ".join(_where(plan_input, each) for each in held)
    hold = next((each.bank for each in held if each.bank), None)
    why = hold.in_words if hold is not None else ""
    return (
        f"{label}{of}, {now} in QuickBooks, {_meant(plan_input, held)}. It was not {_DONE[first.operation.action]} there,"
        f" since {why}."
    )


def _where(plan_input: PlanInput, held: Held) -> str:
    """Its amount, and the account that it lies in where that is known."""
    if not isinstance(held.before, Receipt):
        return "nothing"
    account = plan_input.cleared.name_of(held.before.channel) if plan_input.cleared is not None else ""
    return f"{_amount(held.before)} in {account}" if account else _amount(held.before)


def _amount(receipt: Receipt) -> str:
    paid = receipt.payment
    return with_currency(abs(paid.amount), paid.currency)


def _meant(plan_input: PlanInput, held: Sequence[Held]) -> str:
    operation = held[0].operation
    if operation.action is Action.UPDATE:
        return f"is to {_becomes(plan_input, held)}"
    source = plan_input.snapshot(Side.ONCORD, operation.kind, operation.source_id)
    if source is None or source.deleted:
        return "was deleted in Oncord"
    return "is void in Oncord" if operation.action is Action.VOID else "is no part of its receipt in Oncord any more"


def _becomes(plan_input: PlanInput, held: Sequence[Held]) -> str:
    groups = {group for each in held for group in each.groups}
    after = [each.after for each in held if isinstance(each.after, Receipt)]
    parts = []
    if "payment" in groups:
        parts.append(f"become {' and '.join(_amount(each) for each in after)}")
    day = date_of(held[0].after)
    if "date" in groups and day:
        parts.append(f"be dated {day_in_words(day)}")
    if "channel" in groups:
        parts.append(f"lie in {_account(plan_input, after)}")
    return " and ".join(parts)


def _account(plan_input: PlanInput, after: Sequence[Receipt]) -> str:
    names = {plan_input.cleared.name_of(each.channel) for each in after} if plan_input.cleared is not None else {""}
    return names.pop() or "another account" if len(names) == 1 else "other accounts"


def advice(held: Sequence[Held], *, unapplies: bool) -> str:
    """What each answer does."""
    return (
        f"{_proposed(held) if unapplies else ''}Do it all the same, once and on your name: the reconciliation of that account is"
        " then out by it. Or leave it as a named difference, which ends with the next change of it. What else was changed goes"
        " over meanwhile. Once the reconciliation lets go of it in QuickBooks, what waits goes by itself with the next"
        " download; and the question ends where the change is taken back in Oncord."
    )


def _proposed(held: Sequence[Held]) -> str:
    if any(isinstance(each.before, Receipt) and each.before.payment.amount < 0 for each in held):
        return (
            "Proposed: unapply it and leave it as the customer's credit, so that it is taken off the credit memo that it paid"
            " back, which is open again, and the money stays where the bank has put it. "
        )
    return (
        "Proposed: unapply it and leave it as the customer's credit, so that it pays nothing that the receipt does not pay,"
        " and the money stays where the bank has put it. "
    )
