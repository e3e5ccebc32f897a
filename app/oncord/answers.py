"""What the shop's answers hold: lists of records, and what came of each write of a batch."""

from typing import Any

from app.domain.model.exchange import (
    BatchItem,
    Document,
    Outcome,
    OutcomeState,
)
from app.domain.model.records import (
    Kind,
    Snapshot,
)
from app.errors import Unreachable
from app.json_values import text
from app.oncord.mapping.records import to_snapshot

OUTCOMES_BY_STATUS = {
    "ok": OutcomeState.DONE,
    "exists": OutcomeState.EXISTS,
    "stale": OutcomeState.STALE,
    "invalid": OutcomeState.REFUSED,
    "not_found": OutcomeState.GONE,
}


def items_in(answer: Any, member: str = "items") -> list[Document]:
    """The records of an answer. Raises `Unreachable` for what is no list."""
    found = answer.get(member) if isinstance(answer, dict) else answer
    if not isinstance(found, list):
        raise Unreachable("The shop's answer cannot be read.", code="unreadable")
    return [
        one for one in found if isinstance(one, dict)
    ]  # what is no record has no id either that it could be shown by


def snapshots_in(kind: Kind, answer: Any) -> tuple[Snapshot, ...]:
    """The records of an answer, read. Raises `Unreachable` for what is no list."""
    return tuple(to_snapshot(kind, document) for document in items_in(answer))


def outcome_of(kind: Kind, item: BatchItem, result: Document | None) -> Outcome:
    """What came of one write of a batch; unknown where the answer does not speak of it."""
    if result is None:
        return Outcome(item.operation_id, OutcomeState.UNKNOWN, code="unanswered", message="The shop did not say.")
    status = text(result.get("status"))
    document = result.get("record")
    errors = [error for error in result.get("errors") or () if isinstance(error, dict)]
    sentences = [": ".join(filter(None, (text(e.get("field")), text(e.get("message"))))) for e in errors]
    return Outcome(
        item.operation_id,
        OUTCOMES_BY_STATUS.get(status, OutcomeState.UNKNOWN),
        snapshot=to_snapshot(kind, document) if isinstance(document, dict) and text(document.get("id")) else None,
        code="" if status in ("ok", "exists") else status or "unanswered",
        message="; ".join(sentences),
        advice="Mend this in the other system, then try again." if status == "invalid" else "",
    )
