"""Single-use `state` values of the consent page. Only digests are stored: reading this table lets nobody in."""

import datetime as dt
import hashlib
from dataclasses import dataclass

from app.domain.model.actor import Actor
from app.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class Taken:
    """What a state was made for."""

    connection_id: str
    cookie_digest: str
    return_to: str
    created_at: dt.datetime
    who: Actor


def digest(value: str) -> str:
    """The form in which a state or a cookie is stored."""
    return hashlib.sha256(value.encode()).hexdigest()


async def put(
    tx: Transaction, connection_id: str, *, state: str, cookie: str, return_to: str, who: Actor, now: dt.datetime
) -> None:
    """Remember a state that is about to be sent to the consent page."""
    await tx.execute(
        "INSERT INTO oauth_state (state_digest, connection_id, cookie_digest, return_to, created_at, who, role, address)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (digest(state), connection_id, digest(cookie), return_to, now, who.name, who.role, who.address),
    )


async def take(tx: Transaction, state: str, now: dt.datetime) -> Taken | None:
    """Use a state up; None where it is unknown or has been used before."""
    cursor = await tx.execute(
        "UPDATE oauth_state SET used_at = %s WHERE state_digest = %s AND used_at IS NULL"
        " RETURNING connection_id, cookie_digest, return_to, created_at, who, role, address",
        (now, digest(state)),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    who = Actor(row["who"], row["role"], row["address"])
    return Taken(row["connection_id"], row["cookie_digest"], row["return_to"], row["created_at"], who)


async def end_of_connection(tx: Transaction, connection_id: str) -> None:
    """Let nobody come back who is under way for a connection."""
    await tx.execute("DELETE FROM oauth_state WHERE connection_id = %s", (connection_id,))


async def forget(tx: Transaction, before: dt.datetime) -> int:
    """Remove states made before a moment; tells how many."""
    cursor = await tx.execute("DELETE FROM oauth_state WHERE created_at < %s", (before,))
    return cursor.rowcount
