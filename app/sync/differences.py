"""What two documents still say differently about their money when they have become one: said, and closed once it is gone."""

from collections.abc import Sequence

from app.domain.matching_documents import differing
from app.domain.operations import Action, Operation
from app.domain.records import Kind, Sale, Side
from app.storage.database import Transaction
from app.storage.inbox import DirtyRecord
from app.sync.context import TurnContext
from app.sync.decide import ask
from app.sync.outcomes import Memory


async def say_difference(context: TurnContext, tx: Transaction, operation: Operation) -> None:
    """Tell a person about an adoption of two documents whose money differs."""
    if operation.action is Action.ADOPT and operation.disagreements:
        key = _key(operation.source_id if operation.side is Side.QUICKBOOKS else operation.target_id)
        await ask(context, tx, operation, kind="conflict", summary=operation.reason, actions=("dismiss",), key=key)


def agreed_by_now(memory: Memory, rows: Sequence[DirtyRecord]) -> list[str]:
    """The matters of those documents among these whose two sides have the same money now."""
    keys = []
    for row in rows:
        link = memory.links.live(row.key) if row.kind is Kind.SALE else None
        if link is None:
            continue
        ours, theirs = (memory.snapshots.get((side, Kind.SALE, link.id_on(side))) for side in Side)
        records = [s.record for s in (ours, theirs) if s is not None and isinstance(s.record, Sale)]
        if len(records) == 2 and not differing(*records):
            keys.append(_key(link.oncord_id))
    return sorted(set(keys))


def _key(oncord_id: str) -> str:
    return f"differs:sale:{oncord_id}"
