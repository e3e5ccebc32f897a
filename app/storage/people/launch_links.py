"""Launch links that were given out, so that each is used once. Who a link is for stands in the link itself, sealed."""

import datetime as dt
from collections.abc import Sequence

from app.storage.database import Transaction


async def insert(
    tx: Transaction, link_id: str, connection_id: str, *, by: str, ends_at: dt.datetime, let_in_by: Sequence[str]
) -> None:
    """Remember a link that is about to be given out, by somebody who was let in by these keys and sessions (their ids)."""
    await tx.execute(
        "INSERT INTO launch_link (id, connection_id, created_by, ends_at, let_in_by) VALUES (%s, %s, %s, %s, %s)",
        (link_id, connection_id, by, ends_at, list(let_in_by)),
    )


async def hold_maker(tx: Transaction, maker_id: str, now: dt.datetime) -> bool:
    """Whether the key or session of a connection is good with which a link is made; nobody ends it before the transaction ends."""
    for statement in (
        "SELECT 1 FROM api_key WHERE id = %(id)s AND ends_at > %(now)s FOR SHARE",
        "SELECT 1 FROM console_session WHERE id = %(id)s AND ends_at > %(now)s FOR SHARE",
    ):
        if await (await tx.execute(statement, {"id": maker_id, "now": now})).fetchone():
            return True
    return False


async def is_good(tx: Transaction, link_id: str, now: dt.datetime) -> bool:
    """Whether a link may be used still."""
    found = await tx.execute(
        "SELECT 1 FROM launch_link WHERE id = %s AND used_at IS NULL AND ends_at > %s", (link_id, now)
    )
    return await found.fetchone() is not None


async def use(tx: Transaction, link_id: str, now: dt.datetime) -> tuple[str, ...] | None:
    """Use a link up; the keys and sessions (their ids) that it comes from, None where it was good no more."""
    used = await tx.execute(
        "UPDATE launch_link SET used_at = %(now)s WHERE id = %(id)s AND used_at IS NULL AND ends_at > %(now)s"
        " RETURNING let_in_by",
        {"id": link_id, "now": now},
    )
    row = await used.fetchone()
    return tuple(row["let_in_by"]) if row else None


async def end_let_in_by(tx: Transaction, by: str) -> int:
    """End the links that a key or a session (its id) has led to; tells how many."""
    ended = await tx.execute("DELETE FROM launch_link WHERE let_in_by @> ARRAY[%s]", (by,))
    return ended.rowcount


async def hand_over(tx: Transaction, former_id: str, session_id: str) -> None:
    """The links of a session are those of another one from now on."""
    await tx.execute(
        "UPDATE launch_link SET let_in_by = array_replace(let_in_by, %(former)s, %(to)s) WHERE let_in_by @> ARRAY[%(former)s]",
        {"former": former_id, "to": session_id},
    )


async def forget(tx: Transaction, before: dt.datetime) -> None:
    """Remove links that ended before a moment."""
    await tx.execute("DELETE FROM launch_link WHERE ends_at < %s", (before,))


async def end_of_connection(tx: Transaction, connection_id: str) -> None:
    """End every link to a connection."""
    await tx.execute("DELETE FROM launch_link WHERE connection_id = %s", (connection_id,))
