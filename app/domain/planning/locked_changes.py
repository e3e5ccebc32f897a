"""What the bookkeeper has done in QuickBooks in a locked period is pulled as ever, and said (B1): what was made there, changed, voided or
deleted, document or payment.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.domain.model.links import LinkState
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Record, Side
from app.domain.model.write_fields import BooksMark, BooksStatus
from app.domain.planning.locked_writes import GROUPS, KINDS, date_of
from app.domain.planning.plan_input import PlanInput

_VOID = BooksMark(BooksStatus.VOID)


def told_of(plan_input: PlanInput, operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """The decisions, of which those that bring a bookkeeper's own change of a locked period into Oncord say so."""
    return tuple(_told_of(plan_input, each) for each in operations)


def _told_of(plan_input: PlanInput, operation: Operation) -> Operation:
    lock = plan_input.lock
    if lock is None or operation.kind not in KINDS or not _is_of_the_books(operation):
        return operation
    if not lock.holds(*(date_of(each) for each in _before_and_now(plan_input, operation))):
        return operation
    return replace(operation, reason=f"{operation.reason} It belongs to a locked period: {lock.in_words}.")


def _is_of_the_books(operation: Operation) -> bool:
    """Whether it is about what was done in QuickBooks: made there (S4, R2), changed or voided (S5, R7, R4), or deleted (S6, R4)."""
    match operation.action:
        case Action.CREATE:
            return operation.side is Side.ONCORD and operation.source_side is Side.QUICKBOOKS
        case Action.UPDATE:
            moves = bool({*operation.groups} & {*GROUPS}) or _VOID in operation.fields
            return operation.side is Side.ONCORD and moves
        case Action.TOMBSTONE:
            return operation.side is Side.QUICKBOOKS
    return False


def _before_and_now(plan_input: PlanInput, operation: Operation) -> Iterator[Record | None]:
    """The document of the books as it is, and as it was when its pair last agreed."""
    document_id = operation.target_id if operation.action is Action.TOMBSTONE else operation.source_id
    yield plan_input.record(Side.QUICKBOOKS, operation.kind, document_id)
    for link in plan_input.links.by_record.get((Side.QUICKBOOKS, operation.kind, document_id), ()):
        if link.state is LinkState.LIVE:
            yield link.base_quickbooks
