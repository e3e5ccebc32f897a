"""Which writes are kept for years (docs/decisions/records-of-money.md): those that made, changed, voided or deleted money.

Notes, addresses and marks are no record of money. A write that changed a figure on the way to something else is.
"""

from app.domain.model.exchange import Outcome, OutcomeState
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Receipt, Record, Sale, Snapshot, is_void
from app.domain.planning.labels import label_of
from app.domain.planning.locked_writes import GROUPS
from app.storage.records.document_changes import Written
from app.storage.runs.operations import StoredOperation

_ACTIONS = {Action.CREATE: "created", Action.UPDATE: "changed", Action.VOID: "voided", Action.DELETE: "deleted"}


def record_of_money(stored: StoredOperation, outcome: Outcome, before: Snapshot | None) -> Written | None:
    """What is kept of a write that has taken effect; None where it moved no money.

    `before` is the document as it was last read. What somebody else had deleted before our delete came is not ours.
    """
    operation, snapshot = stored.operation, outcome.snapshot
    gone_already = outcome.state is OutcomeState.GONE and stored.sent_at is None
    was = before.record if before is not None else None
    becomes = snapshot.record if snapshot is not None and operation.action is not Action.DELETE else None
    if gone_already or not _is_of_money(operation, was, becomes):
        return None
    named = becomes if becomes is not None else was if was is not None else operation.record
    return Written(
        operation_id=stored.id,
        side=operation.side,
        kind=operation.kind,
        record_id=stored.result_id or (snapshot.id if snapshot is not None else operation.target_id),
        action=_ACTIONS[operation.action],
        called=label_of(operation.side, operation.kind, named).called,
        before=was,
        after=becomes,
        removes=operation.takes_away,
    )


def _is_of_money(operation: Operation, was: Record | None, becomes: Record | None) -> bool:
    if not isinstance(was or becomes or operation.record, Sale | Receipt):
        return False
    if operation.action is not Action.UPDATE or operation.takes_away:
        return True
    return bool({*GROUPS, "number"} & {*operation.groups}) or (
        was is not None and becomes is not None and _figures(was) != _figures(becomes)
    )


def _figures(record: Record) -> tuple[object, ...]:
    match record:
        case Sale():
            return (record.number, record.date, record.contact_id, record.money, is_void(record))
        case Receipt():
            return (record.reference, record.date, record.contact_id, record.payment, record.channel, record.voided)
    return ()
