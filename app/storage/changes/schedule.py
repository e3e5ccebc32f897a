"""When a connection turned dirty and when it was last touched: what T1's quiet time is counted from.

`first_changed_at` is empty while nothing is due. A run calls `begin` in the transaction in which it claims its first
records, before the claim; whatever arrives later starts the count anew and rings again.
"""

from datetime import datetime

from app.storage.database import Transaction


async def begin(tx: Transaction, connection_id: str) -> None:
    """A run begins: everything up to now is its business."""
    await tx.execute(
        "UPDATE pulse SET first_changed_at = NULL, last_changed_at = NULL, held_until = NULL WHERE connection_id = %s",
        (connection_id,),
    )


async def touch(tx: Transaction, connection_id: str, now: datetime) -> None:
    """A person has decided something: what waited for it is due at once (T1's quiet is for a shop's own traffic)."""
    await ring_by(tx, connection_id, now)


async def recount(
    tx: Transaction, connection_id: str, first: datetime | None, last: datetime | None, held_until: datetime
) -> None:
    """Count from these changes only; the others were echoes, which are looked at by `held_until` at the latest."""
    await tx.execute(
        "UPDATE pulse SET first_changed_at = %s, last_changed_at = %s, held_until = least(held_until, %s) "
        "WHERE connection_id = %s",
        (first, last, held_until, connection_id),
    )


async def ring_by(tx: Transaction, connection_id: str, at: datetime) -> None:
    """A run is due at `at` at the latest, events or not (a fault's backoff, a person's decision, held echoes)."""
    await tx.execute(
        "INSERT INTO pulse AS p (connection_id, held_until) VALUES (%(c)s, %(at)s) ON CONFLICT (connection_id) "
        "DO UPDATE SET held_until = least(p.held_until, %(at)s)",
        {"c": connection_id, "at": at},
    )
