"""Which of the writes that were planned touch money that a bank statement may hold (R3, R5, R7): a payment or a refund that is
deleted, voided, dated otherwise, given another amount or moved to another account. What it pays is another matter: that moves.
"""

import datetime as dt
from collections.abc import Iterable

from app.domain.model.operations import Action, Operation
from app.domain.model.records import DEPOSITED, Kind, Payment, Receipt, Record, Side
from app.domain.planning.locked_writes import Held, date_of
from app.domain.planning.plan_input import PlanInput

_GROUPS = ("payment", "date", "channel")


def touches_money(plan_input: PlanInput, operation: Operation) -> Held | None:
    """A write as far as it touches money that has been received or paid back; None where it touches none.

    Money in a bank deposit is held by that (6540), and what is void, or only joins credits, is no money.
    """
    if operation.side is not Side.QUICKBOOKS or operation.kind is not Kind.RECEIPT or not operation.target_id:
        return None
    snapshot = plan_input.snapshot(Side.QUICKBOOKS, Kind.RECEIPT, operation.target_id)
    before = snapshot.record if snapshot is not None and not snapshot.deleted else None
    if snapshot is None or not isinstance(before, Receipt) or before.voided or not before.payment.amount:
        return None
    if DEPOSITED in snapshot.extras:
        return None
    match operation.action:
        case Action.DELETE:
            return Held(operation, before, None, locked=False)
        case Action.VOID:
            return Held(operation, before, operation.record, locked=False)
        case Action.UPDATE:
            groups = tuple(group for group in operation.groups if _moves(group, before, operation.record))
            return Held(operation, before, operation.record, groups, locked=False) if groups else None
    return None


def _moves(group: str, before: Receipt, after: Record | None) -> bool:
    was, becomes = getattr(before, group, None), getattr(after, group, None)
    match was, becomes:
        case Payment(), Payment():
            return (was.amount, was.currency) != (becomes.amount, becomes.currency)
    return group in _GROUPS and was != becomes


def held_by_bank(plan_input: PlanInput, operation: Operation) -> Held | None:
    """A write as far as it touches money that a bank statement holds; None where it does not, or nobody has asked."""
    cleared = plan_input.cleared
    held = touches_money(plan_input, operation) if cleared is not None else None
    if held is None or cleared is None or not isinstance(held.before, Receipt):
        return None
    before = held.before
    hold = cleared.hold_on(operation.target_id, before.channel, before.date, plan_input.today)
    if hold is None:
        return None
    return Held(operation, before, held.after, held.groups, bank=hold, locked=False)


def days_of_money(plan_input: PlanInput, operations: Iterable[Operation]) -> tuple[dt.date, ...]:
    """The days of the money that some writes touch: of just these it has to be known whether a bank statement holds it."""
    touched = (touches_money(plan_input, operation) for operation in operations)
    days = (date_of(held.before) or plan_input.today for held in touched if held is not None)
    return tuple(sorted({day for day in days if day is not None}))
