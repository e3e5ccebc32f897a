"""Launch links that were given out, so that each is used once. Who a link is for stands in the link itself, sealed."""

import datetime as dt

from app.storage.database import Transaction


async def insert(tx: Transaction, link_id: str, connection_id: str, *, by: str, ends_at: dt.datetime) -> None:
    """Remember a link that is about to be given out."""
    await tx.execute(
        "INSERT INTO launch_link (id, connection_id, created_by, ends_at) VALUES (%s, %s, %s, %s)",
        (link_id, connection_id, by, ends_at),
    )


async def is_good(tx: Transaction, link_id: str, now: dt.datetime) -> bool:
    """Whether a link may be used still."""
    found = await tx.execute(
        "SELECT 1 FROM launch_link WHERE id = %s AND used_at IS NULL AND ends_at > %s", (link_id, now)
    )
    return await found.fetchone() is not None


async def use(tx: Transaction, link_id: str, now: dt.datetime) -> bool:
    """Use a link up; whether it was good until now."""
    used = await tx.execute(
        "UPDATE launch_link SET used_at = %(now)s WHERE id = %(id)s AND used_at IS NULL AND ends_at > %(now)s",
        {"id": link_id, "now": now},
    )
    return used.rowcount == 1


async def forget(tx: Transaction, before: dt.datetime) -> None:
    """Remove links that ended before a moment."""
    await tx.execute("DELETE FROM launch_link WHERE ends_at < %s", (before,))


async def end_of_connection(tx: Transaction, connection_id: str) -> None:
    """End every link to a connection."""
    await tx.execute("DELETE FROM launch_link WHERE connection_id = %s", (connection_id,))
