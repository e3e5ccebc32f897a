"""What a side has told of by events, beside what was found by reading it."""

from datetime import datetime

from app.domain.model.records import Side
from app.storage.database import Transaction


async def last_told(tx: Transaction, connection_id: str, side: Side) -> datetime | None:
    """When the last event of a side came in; None where none is kept."""
    cursor = await tx.execute(
        "SELECT received_at FROM event WHERE connection_id = %s AND sender = %s ORDER BY id DESC LIMIT 1",
        (connection_id, side),
    )
    row = await cursor.fetchone()
    return row["received_at"] if row else None


async def found_untold(tx: Transaction, connection_id: str, side: Side, before: datetime, last: datetime | None) -> int:
    """How many records wait that a download found, of which no event told, and which moved after the last event, and
    before a moment by which an event would have come."""
    cursor = await tx.execute(
        "SELECT count(*) AS found FROM pending_change WHERE connection_id = %s AND side = %s AND mirrored"
        " AND edited_at < %s AND (%s::timestamptz IS NULL OR edited_at > %s)",
        (connection_id, side, before, last, last),
    )
    row = await cursor.fetchone()
    return int(row["found"]) if row else 0


async def since(tx: Transaction, connection_id: str, key: str) -> datetime | None:
    """Since when a matter is open that was put to a person; None where it is not."""
    cursor = await tx.execute(
        "SELECT min(created_at) AS since FROM attention WHERE connection_id = %s AND key = %s AND state = 'open'",
        (connection_id, key),
    )
    row = await cursor.fetchone()
    return row["since"] if row else None
