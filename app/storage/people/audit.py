"""Who did what to a connection or was refused it, and when. Never a secret, never a merchant's records."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from psycopg.types.json import Jsonb

from app.domain.model.actor import Actor
from app.storage.database import Transaction
from app.storage.encoding import dump
from app.storage.paging import DEFAULT_LIMIT, Page, checked_limit, cut, decode_number

Outcome = Literal["done", "refused"]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act: `who` did `action`, or was refused it; `detail` says what exactly (for a configuration: before and after)."""

    id: int
    at: dt.datetime
    who: str
    role: str
    address: str
    action: str
    outcome: Outcome
    detail: dict[str, Any]


async def record(
    tx: Transaction,
    connection_id: str,
    *,
    at: dt.datetime,
    who: Actor,
    action: str,
    detail: Mapping[str, Any] | None = None,
    outcome: Outcome = "done",
) -> None:
    """Write an act down, in the transaction that carries it out; one that was refused, in a transaction of its own."""
    await tx.execute(
        "INSERT INTO audit (connection_id, at, who, role, address, action, outcome, detail)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            connection_id,
            at,
            who.name,
            who.role,
            who.address,
            action,
            outcome,
            Jsonb(dict(detail or {}), dumps=dump),
        ),
    )


async def page(
    tx: Transaction, connection_id: str, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[AuditEntry]:
    """The acts on a connection, the newest first."""
    before = decode_number(cursor) if cursor else (1 << 63) - 1
    found = await tx.execute(
        "SELECT id, at, who, role, address, action, outcome, detail FROM audit WHERE connection_id = %s AND id < %s"
        " ORDER BY id DESC LIMIT %s",
        (connection_id, before, checked_limit(limit) + 1),
    )
    rows = [AuditEntry(**row) for row in await found.fetchall()]
    return cut(rows, limit, lambda entry: (entry.id,))


async def set_aside(tx: Transaction, connection_id: str) -> list[str]:
    """As which connections the past of one was set aside when it started over."""
    found = await tx.execute(
        "SELECT DISTINCT detail ->> 'set_aside_as' AS past FROM audit WHERE connection_id = %s"
        " AND action = 'connection.started_over' AND detail ? 'set_aside_as' ORDER BY past",
        (connection_id,),
    )
    return [row["past"] for row in await found.fetchall()]
