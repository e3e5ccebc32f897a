"""Since when a connection has pending changes, and when the last one came: what T1's quiet time is counted from.

`first_changed_at` is empty while nothing is due. A run calls `begin` in the transaction in which it claims its first
records, before the claim; whatever arrives later starts the count anew and wakes again.
"""

from collections.abc import Sequence
from datetime import datetime

from app.storage.database import Transaction


async def begin(tx: Transaction, connection_id: str) -> None:
    """A run begins: everything up to now is its business."""
    await tx.execute(
        "UPDATE schedule SET first_changed_at = NULL, last_changed_at = NULL, due_by = NULL WHERE connection_id = %s",
        (connection_id,),
    )


async def recount(
    tx: Transaction, connection_id: str, first: datetime | None, last: datetime | None, due_by: datetime
) -> None:
    """Count from these changes only; the others were echoes, which are looked at by `due_by` at the latest."""
    await tx.execute(
        "UPDATE schedule SET first_changed_at = %s, last_changed_at = %s, due_by = least(due_by, %s) "
        "WHERE connection_id = %s",
        (first, last, due_by, connection_id),
    )


async def wake_by(tx: Transaction, connection_id: str, at: datetime) -> None:
    """A run is due at `at` at the latest, events or not (a fault's backoff, a person's decision, held echoes)."""
    await tx.execute(
        "INSERT INTO schedule AS p (connection_id, due_by) VALUES (%(c)s, %(at)s) ON CONFLICT (connection_id) "
        "DO UPDATE SET due_by = least(p.due_by, %(at)s)",
        {"c": connection_id, "at": at},
    )


async def counted_since(tx: Transaction, connection_ids: Sequence[str]) -> dict[str, datetime]:
    """Since when changes are counted that no run has taken up, by connection; those in which none are, are left out."""
    result = await tx.execute(
        "SELECT connection_id, first_changed_at FROM schedule WHERE connection_id = ANY(%s) AND first_changed_at IS NOT NULL"
        " ORDER BY connection_id",
        (list(connection_ids),),
    )
    return {row["connection_id"]: row["first_changed_at"] for row in await result.fetchall()}
