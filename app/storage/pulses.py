"""When a connection turned dirty and when it was last touched: what T1's quiet time is counted from.

`first_changed_at` is empty while nothing is due. A run calls `begin` in the transaction in which it claims its first
records; whatever arrives later starts the count anew and rings again.
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
    """Something other than an event made records dirty (a person's decision, a configuration): count quiet from now."""
    await tx.execute(
        "INSERT INTO pulse AS p (connection_id, first_changed_at, last_changed_at) VALUES (%(c)s, %(now)s, %(now)s) "
        "ON CONFLICT (connection_id) DO UPDATE SET first_changed_at = coalesce(p.first_changed_at, %(now)s), "
        "last_changed_at = %(now)s",
        {"c": connection_id, "now": now},
    )


async def ring_by(tx: Transaction, connection_id: str, at: datetime) -> None:
    """A run is due at `at` at the latest, events or not (a fault's backoff, echoes that are held back)."""
    await tx.execute(
        "INSERT INTO pulse AS p (connection_id, held_until) VALUES (%(c)s, %(at)s) ON CONFLICT (connection_id) "
        "DO UPDATE SET held_until = least(p.held_until, %(at)s)",
        {"c": connection_id, "at": at},
    )
