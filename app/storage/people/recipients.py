"""Whom to tell: of one connection, or, as the operator, of all of them. Secrets are sealed."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from psycopg.types.json import Jsonb

from app.domain.messages.topics import Topic
from app.storage.database import Transaction

Way = Literal["webhook", "mail"]
OPERATORS: Final = ""
"""In place of a connection's id: the operator's own recipients, which a transaction about every connection sees."""
_COLUMNS = "id, connection_id, name, way, address, secret, topics, created_by, stopped, created_at"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A row as it is stored; `secret` is sealed. `stopped` says why nothing is sent there any more ("": it is)."""

    id: str
    connection_id: str
    name: str
    way: Way
    address: str
    secret: str
    topics: tuple[Topic, ...]
    created_by: str
    created_at: dt.datetime
    stopped: str = ""


async def insert(tx: Transaction, recipient: Recipient) -> None:
    """Store a new one."""
    await tx.execute(
        f"INSERT INTO recipient ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            recipient.id,
            recipient.connection_id,
            recipient.name,
            recipient.way,
            recipient.address,
            recipient.secret,
            Jsonb(list(recipient.topics)),
            recipient.created_by,
            recipient.stopped,
            recipient.created_at,
        ),
    )


async def change(tx: Transaction, recipient: Recipient) -> None:
    """Store its name, what it is told of, its secret, and whether anything is sent there."""
    await tx.execute(
        "UPDATE recipient SET name = %s, topics = %s, secret = %s, stopped = %s WHERE connection_id = %s AND id = %s",
        (
            recipient.name,
            Jsonb(list(recipient.topics)),
            recipient.secret,
            recipient.stopped,
            recipient.connection_id,
            recipient.id,
        ),
    )


async def remove(tx: Transaction, connection_id: str, recipient_id: str) -> bool:
    """Forget one; False where there is none. What is still on its way there is sent no more."""
    done = await tx.execute("DELETE FROM recipient WHERE connection_id = %s AND id = %s", (connection_id, recipient_id))
    return done.rowcount == 1


async def of_connection(tx: Transaction, connection_id: str) -> list[Recipient]:
    """Those of a connection, or the operator's own (`OPERATORS`), the oldest first."""
    found = await tx.execute(
        f"SELECT {_COLUMNS} FROM recipient WHERE connection_id = %s ORDER BY created_at, id", (connection_id,)
    )
    return [_recipient(row) for row in await found.fetchall()]


async def get(tx: Transaction, connection_id: str, recipient_id: str) -> Recipient | None:
    """One of a connection, locked until the transaction ends."""
    found = await tx.execute(
        f"SELECT {_COLUMNS} FROM recipient WHERE connection_id = %s AND id = %s FOR UPDATE",
        (connection_id, recipient_id),
    )
    row = await found.fetchone()
    return _recipient(row) if row else None


async def by_ids(tx: Transaction, ids: Collection[str]) -> dict[str, Recipient]:
    """Some of any connection, by their ids; the transaction is about all of them."""
    found = await tx.execute(f"SELECT {_COLUMNS} FROM recipient WHERE id = ANY(%s) ORDER BY id", (list(ids),))
    return {row["id"]: _recipient(row) for row in await found.fetchall()}


async def told(tx: Transaction, connection_ids: Sequence[str]) -> dict[str, list[Recipient]]:
    """All to whom something is sent of these connections, and the operator's own; the transaction is about all connections."""
    found = await tx.execute(
        f"SELECT {_COLUMNS} FROM recipient WHERE connection_id = ANY(%s) AND stopped = '' ORDER BY id",
        ([OPERATORS, *connection_ids],),
    )
    by_connection: dict[str, list[Recipient]] = {}
    for row in await found.fetchall():
        by_connection.setdefault(row["connection_id"], []).append(_recipient(row))
    return by_connection


async def stop(tx: Transaction, recipient_id: str, why: str) -> None:
    """Send nothing there any more, until somebody goes on with it."""
    await tx.execute("UPDATE recipient SET stopped = %s WHERE id = %s", (why, recipient_id))


def _recipient(row: dict[str, Any]) -> Recipient:
    return Recipient(**{**row, "topics": tuple(Topic(topic) for topic in row["topics"])})
