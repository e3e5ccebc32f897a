"""What the answer to a batch says of each write in it."""

from collections.abc import Mapping
from typing import Any

from app.domain.model.exchange import (
    Batch,
    BatchItem,
    Outcome,
    OutcomeState,
)
from app.domain.model.operations import Action
from app.domain.model.records import (
    Sale,
    Snapshot,
)
from app.json_values import text
from app.quickbooks.http.faults import faults_in, outcome_of
from app.quickbooks.mapping.books import Books
from app.quickbooks.mapping.snapshots import read_snapshot
from app.quickbooks.mapping.values import rows


def outcomes(batch: Batch, content: Mapping[str, Any], trace: str, books: Books) -> list[Outcome]:
    """One outcome per item, whatever the order and number of the answers.

    Raises `Blocked` or `Unauthorised` where an item's fault concerns the whole company.
    """
    answers = {text(answer.get("bId")): answer for answer in rows(content.get("BatchItemResponse"))}
    return [_outcome(item, answers.get(item.key), trace, books) for item in batch.items]


def words(batch: Batch, content: Mapping[str, Any]) -> dict[str, str]:
    """What QuickBooks itself said of the writes that it refused, by operation."""
    answers = {text(answer.get("bId")): answer for answer in rows(content.get("BatchItemResponse"))}
    said = {item.operation_id: faults_in(answers.get(item.key)) for item in batch.items}
    return {operation_id: faults[0].reason for operation_id, faults in said.items() if faults}


def _outcome(item: BatchItem, answer: dict[str, Any] | None, trace: str, books: Books) -> Outcome:
    if answer is None:
        return Outcome(
            item.operation_id, OutcomeState.UNKNOWN, message="QuickBooks did not answer for this one.", trace_id=trace
        )
    faults = faults_in(answer)
    if faults:
        action = Action.VOID if _voids_by_option(item) else str(item.body.get("operation"))
        return outcome_of(item.operation_id, action, faults, trace)
    snapshot: Snapshot | None = None
    for entity, document in answer.items():
        if isinstance(document, dict) and entity in item.body:
            snapshot = read_snapshot(entity, document, books)
    if snapshot is None or not snapshot.id:
        return Outcome(
            item.operation_id, OutcomeState.UNKNOWN, message="QuickBooks' answer held no record.", trace_id=trace
        )
    if _voids_by_option(item) and isinstance(snapshot.record, Sale) and not snapshot.record.voided:
        # Committed before invoices were voided by their own operation: planned anew, it goes that way.
        words = "QuickBooks ignored the option to void this invoice; it is voided another way."
        return Outcome(item.operation_id, OutcomeState.STALE, snapshot, message=words, trace_id=trace)
    return Outcome(item.operation_id, OutcomeState.DONE, snapshot, trace_id=trace)


def _voids_by_option(item: BatchItem) -> bool:
    return item.body.get("optionsData") == "void"
