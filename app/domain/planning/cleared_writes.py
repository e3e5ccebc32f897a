"""Which of the writes that were planned touch money that a bank statement may hold (R3, R5, R7): a payment or a refund that is
deleted, voided, dated otherwise, given another amount or moved to another account. What it pays is another matter: that moves.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace

from app.domain.guards.cleared_money import Hold
from app.domain.model.operations import Action, Operation
from app.domain.model.records import DEPOSITED, Kind, Payment, Receipt, Record, Side, Snapshot
from app.domain.planning.locked_writes import Held, date_of
from app.domain.planning.plan_input import PlanInput

_GROUPS = ("payment", "date", "channel")


def touches_money(plan_input: PlanInput, operation: Operation) -> Held | None:
    """A write as far as it touches money that has been received or paid back; None where it touches none."""
    if operation.side is not Side.QUICKBOOKS or operation.kind is not Kind.RECEIPT or not operation.target_id:
        return None
    before = _received(plan_input.snapshot(Side.QUICKBOOKS, Kind.RECEIPT, operation.target_id))
    if before is None:
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
    held = touches_money(plan_input, operation) if plan_input.cleared is not None else None
    payment = plan_input.snapshot(Side.QUICKBOOKS, Kind.RECEIPT, operation.target_id) if held is not None else None
    hold = bank_holds(plan_input, payment) if payment is not None else None
    return replace(held, bank=hold) if held is not None and hold is not None else None


def days_of_money(plan_input: PlanInput, operations: Iterable[Operation]) -> tuple[dt.date, ...]:
    """The days of the money that some writes touch: of just these it has to be known whether a bank statement holds it."""
    money = (each for operation in operations for each in _money_of(plan_input, operation))
    days = (date_of(each) or plan_input.today for each in money)
    return tuple(sorted({day for day in days if day is not None}))


def _money_of(plan_input: PlanInput, operation: Operation) -> Iterator[Record]:
    """The money that a write touches, or from under which it takes a document away."""
    held = touches_money(plan_input, operation)
    if held is not None and held.before is not None:
        yield held.before
    removes = operation.action in (Action.VOID, Action.DELETE)
    if operation.side is Side.QUICKBOOKS and operation.kind is Kind.SALE and removes:
        yield from (receipt for payment in plan_input.paying(operation.target_id) if (receipt := _received(payment)))


def _received(payment: Snapshot | None) -> Receipt | None:
    """Money that a bank statement may hold. What lies in a bank deposit is held by that (6540), and what is void, or only joins
    credits, is no money."""
    record = payment.record if payment is not None and not payment.deleted else None
    if payment is None or not isinstance(record, Receipt) or record.voided or not record.payment.amount:
        return None
    return None if DEPOSITED in payment.extras else record


def bank_holds(plan_input: PlanInput, payment: Snapshot) -> Hold | None:
    """Why the bank keeps a payment where it is; None where it does not, or nobody has asked."""
    record, cleared = _received(payment), plan_input.cleared
    if record is None or cleared is None:
        return None
    return cleared.hold_on(payment.id, record.channel, record.date, plan_input.today)
