"""Who did what to a connection, and when. Never a secret, never a merchant's records."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from app.storage.database import Transaction
from app.storage.encoding import dump
from app.storage.paging import DEFAULT_LIMIT, Page, checked_limit, cut, decode_number


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act: `who` did `action`; `detail` says what exactly (for a configuration: before and after)."""

    id: int
    at: dt.datetime
    who: str
    action: str
    detail: dict[str, Any]


async def record(
    tx: Transaction,
    connection_id: str,
    *,
    at: dt.datetime,
    who: str,
    action: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write an act down, in the transaction that carries it out."""
    await tx.execute(
        "INSERT INTO audit (connection_id, at, who, action, detail) VALUES (%s, %s, %s, %s, %s)",
        (connection_id, at, who, action, Jsonb(dict(detail or {}), dumps=dump)),
    )


async def page(
    tx: Transaction, connection_id: str, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[AuditEntry]:
    """The acts on a connection, the newest first."""
    before = decode_number(cursor) if cursor else (1 << 63) - 1
    found = await tx.execute(
        "SELECT id, at, who, action, detail FROM audit WHERE connection_id = %s AND id < %s ORDER BY id DESC LIMIT %s",
        (connection_id, before, checked_limit(limit) + 1),
    )
    rows = [AuditEntry(**row) for row in await found.fetchall()]
    return cut(rows, limit, lambda entry: (entry.id,))
