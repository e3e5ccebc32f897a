"""Who has signed in to the console. A row is found by the digest of its cookie, and gone when its session is ended."""

import datetime as dt
from dataclasses import dataclass, fields
from typing import Any

from app.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class ConsoleSession:
    """A session: of a person on one connection, or of the operator on all of them (`connection_id` "")."""

    id: str
    connection_id: str
    name: str
    role: str
    address: str
    key_digest: str
    created_at: dt.datetime
    last_seen_at: dt.datetime
    ends_at: dt.datetime
    let_in_by: tuple[str, ...] = ()


_COLUMNS = ", ".join(field.name for field in fields(ConsoleSession))


async def insert(tx: Transaction, session: ConsoleSession, digest: str) -> None:
    """Store a session under the digest of its cookie."""
    values = {field.name: getattr(session, field.name) for field in fields(ConsoleSession)}
    values["let_in_by"] = list(session.let_in_by)
    named = ", ".join(f"%({name})s" for name in values)
    await tx.execute(
        f"INSERT INTO console_session (digest, {_COLUMNS}) VALUES (%(digest)s, {named})", {"digest": digest, **values}
    )


async def find(tx: Transaction, digest: str) -> ConsoleSession | None:
    """The session of a cookie, whether or not it is good still."""
    found = await tx.execute(f"SELECT {_COLUMNS} FROM console_session WHERE digest = %s", (digest,))
    row = await found.fetchone()
    return _session(row) if row else None


async def seen(tx: Transaction, session_id: str, now: dt.datetime) -> None:
    """Remember when a session was used last."""
    await tx.execute("UPDATE console_session SET last_seen_at = %s WHERE id = %s", (now, session_id))


async def good(tx: Transaction, *, now: dt.datetime, seen_since: dt.datetime) -> list[ConsoleSession]:
    """All sessions that have not ended, the newest first."""
    found = await tx.execute(
        f"SELECT {_COLUMNS} FROM console_session WHERE ends_at > %s AND last_seen_at > %s"
        " ORDER BY created_at DESC, id DESC",
        (now, seen_since),
    )
    return [_session(row) for row in await found.fetchall()]


async def end(tx: Transaction, session_id: str) -> ConsoleSession | None:
    """End a session; answers whose it was, None where there is none."""
    found = await tx.execute(f"DELETE FROM console_session WHERE id = %s RETURNING {_COLUMNS}", (session_id,))
    row = await found.fetchone()
    return _session(row) if row else None


async def end_let_in_by(tx: Transaction, by: str) -> list[ConsoleSession]:
    """End the sessions that a key or a session (its id) has led to; answers whose they were."""
    found = await tx.execute(f"DELETE FROM console_session WHERE let_in_by @> ARRAY[%s] RETURNING {_COLUMNS}", (by,))
    return [_session(row) for row in await found.fetchall()]


async def hand_over(tx: Transaction, former_id: str, session_id: str) -> None:
    """Whoever was let in by a session was so by another one from now on."""
    await tx.execute(
        "UPDATE console_session SET let_in_by = array_replace(let_in_by, %(former)s, %(to)s) WHERE let_in_by @> ARRAY[%(former)s]",
        {"former": former_id, "to": session_id},
    )


async def end_of_connection(tx: Transaction, connection_id: str) -> None:
    """End all sessions of people on one connection."""
    await tx.execute("DELETE FROM console_session WHERE connection_id = %s", (connection_id,))


async def forget(tx: Transaction, *, now: dt.datetime, seen_since: dt.datetime) -> None:
    """Remove what has ended by itself."""
    await tx.execute("DELETE FROM console_session WHERE ends_at <= %s OR last_seen_at <= %s", (now, seen_since))


def _session(row: dict[str, Any]) -> ConsoleSession:
    return ConsoleSession(**{**row, "let_in_by": tuple(row["let_in_by"])})
