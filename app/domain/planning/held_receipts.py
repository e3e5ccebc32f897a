"""What of a receipt over several customers goes on while one of its payments is held back, and what it comes to meanwhile (B1, R3, R5, R7)."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from app.domain.model.currencies import with_currency
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Kind, Receipt, Side
from app.domain.planning.locked_writes import Held
from app.domain.planning.plan_input import PlanInput

_ZERO = Decimal(0)


def other_payments(
    plan_input: PlanInput, operations: Iterable[Operation], held: Sequence[Held], *, asked: bool
) -> list[Operation]:
    """The writes to payments of a receipt that nothing holds: each of them stands by itself. Where one was to give what another one gets,
    both wait, since the money is there once; and nothing is taken away as long as a person is `asked`."""
    about = {each.about for each in held if each.operation.kind is Kind.RECEIPT}
    held_back = sum((_more(plan_input, each.operation) for each in held), _ZERO)
    waiting = {id(each.operation) for each in held}
    return [
        operation
        for operation in operations
        if id(operation) not in waiting
        and (operation.kind, operation.source_id) in about
        and _is_of_money(plan_input, operation)
        and not (asked and operation.action is Action.DELETE)
        and _more(plan_input, operation) * held_back >= 0
    ]


def _is_of_money(plan_input: PlanInput, operation: Operation) -> bool:
    """Whether it changes a payment that stays with its customer, or takes one away: nothing else has to be done for it first."""
    if operation.side is not Side.QUICKBOOKS or not _amount(plan_input, operation.target_id):
        return False
    if operation.action is Action.DELETE:
        return True
    stays = "contact_id" not in operation.groups and operation.fields == operation.groups
    return operation.action is Action.UPDATE and stays


def _amount(plan_input: PlanInput, payment_id: str) -> Decimal:
    """What a payment comes to; nothing of what only joins a refund to its credit."""
    payment = plan_input.record(Side.QUICKBOOKS, Kind.RECEIPT, payment_id)
    return payment.payment.amount if isinstance(payment, Receipt) else _ZERO


def _more(plan_input: PlanInput, operation: Operation) -> Decimal:
    """By how much more a payment would come to."""
    was = _amount(plan_input, operation.target_id)
    return _after(operation, was) - was


def _after(operation: Operation, was: Decimal) -> Decimal:
    if operation.action is Action.DELETE:
        return _ZERO
    record = operation.record
    return record.payment.amount if isinstance(record, Receipt) and "payment" in operation.groups else was


def in_all(plan_input: PlanInput, held: Sequence[Held], going: Iterable[Operation]) -> str:
    """What a receipt that is several payments comes to on either side as long as what is held stays, and the writes `going` are carried
    out: one payment's amount alone does not tell by how much both differ. "" for all else."""
    kind, receipt_id = held[0].about
    source = plan_input.snapshot(Side.ONCORD, kind, receipt_id)
    legs = plan_input.links.parts((Side.ONCORD, kind, receipt_id)) if kind is Kind.RECEIPT else []
    amounts = {leg.quickbooks_id: amount for leg in legs if (amount := _amount(plan_input, leg.quickbooks_id))}
    if source is None or not isinstance(source.record, Receipt) or len(amounts) < 2:
        return ""
    currency = source.record.payment.currency
    if source.deleted:
        asked = {each.operation.target_id for each in held}
        others = [with_currency(abs(a), currency) for each, a in amounts.items() if each not in asked]
        return f" What else of it is in QuickBooks, {' and '.join(others)}, waits with that." if others else ""
    amounts |= {each.target_id: _after(each, amounts[each.target_id]) for each in going if each.target_id in amounts}
    here, there = source.record.payment.amount, sum(amounts.values(), _ZERO)
    if here == there:
        return ""
    return (
        f" With that the receipt is {with_currency(abs(here), currency)} in Oncord, and its payments in QuickBooks come to"
        f" {with_currency(abs(there), currency)}."
    )
