"""Keys of connections as they are stored: digests, scopes, ends. A secret itself is never seen here."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from psycopg.types.json import Jsonb

from app.storage.database import Transaction

_COLUMNS = (
    "id, connection_id, name, scopes, created_at, created_by, ends_at, ended_by, last_used_at,"
    " CASE WHEN previous_digest <> '' THEN previous_ends_at END AS previous_ends_at"
)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret. `previous_ends_at`: until when the secret before the last rotation is good, too."""

    id: str
    connection_id: str
    name: str
    scopes: tuple[str, ...]
    created_at: dt.datetime
    created_by: str
    ends_at: dt.datetime
    ended_by: str = ""
    last_used_at: dt.datetime | None = None
    previous_ends_at: dt.datetime | None = None


async def insert(tx: Transaction, key: ApiKey, digest: str) -> None:
    """Store a new key under the digest of its secret."""
    await tx.execute(
        "INSERT INTO api_key (id, connection_id, name, scopes, digest, created_at, created_by, ends_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            key.id,
            key.connection_id,
            key.name,
            Jsonb(list(key.scopes)),
            digest,
            key.created_at,
            key.created_by,
            key.ends_at,
        ),
    )


async def of_connection(tx: Transaction, connection_id: str) -> list[ApiKey]:
    """The keys of a connection, ended ones included, the newest first."""
    found = await tx.execute(
        f"SELECT {_COLUMNS} FROM api_key WHERE connection_id = %s ORDER BY created_at DESC, id DESC", (connection_id,)
    )
    return [_key(row) for row in await found.fetchall()]


async def get(tx: Transaction, connection_id: str, key_id: str) -> ApiKey | None:
    """One key of a connection, locked until the transaction ends."""
    found = await tx.execute(
        f"SELECT {_COLUMNS} FROM api_key WHERE connection_id = %s AND id = %s FOR UPDATE", (connection_id, key_id)
    )
    row = await found.fetchone()
    return _key(row) if row else None


async def live(tx: Transaction, digests: Collection[str], now: dt.datetime) -> dict[str, ApiKey]:
    """The keys that secrets with these digests belong to, by digest, as far as they are good now: they end with their connection."""
    found = await tx.execute(
        f"SELECT asked.digest AS asked, {_COLUMNS} FROM unnest(%(digests)s::text[]) AS asked (digest), api_key"
        " WHERE (api_key.digest = asked.digest OR previous_digest = asked.digest AND previous_ends_at > %(now)s)"
        " AND ends_at > %(now)s",
        {"digests": list(digests), "now": now},
    )
    return {str(row.pop("asked")): _key(row) for row in await found.fetchall()}


async def used(tx: Transaction, key_id: str, now: dt.datetime) -> None:
    """Remember when a key was used last."""
    await tx.execute("UPDATE api_key SET last_used_at = %s WHERE id = %s", (now, key_id))


async def rotate(
    tx: Transaction, key_id: str, *, digest: str, ends_at: dt.datetime, previous_ends_at: dt.datetime
) -> None:
    """Give a key a new secret and end; the present secret is good for a while longer, the one before it no more."""
    await tx.execute(
        "UPDATE api_key SET previous_digest = digest, previous_ends_at = %s, digest = %s, ends_at = %s WHERE id = %s",
        (previous_ends_at, digest, ends_at, key_id),
    )


async def end(tx: Transaction, connection_id: str, key_ids: Sequence[str] | None, now: dt.datetime, by: str) -> int:
    """End keys of a connection (None: all of them) that have not ended yet; tells how many."""
    ended = await tx.execute(
        "UPDATE api_key SET ends_at = %(now)s, ended_by = %(by)s"
        " WHERE connection_id = %(c)s AND ends_at > %(now)s AND (%(ids)s::text[] IS NULL OR id = ANY (%(ids)s))",
        {"c": connection_id, "now": now, "by": by, "ids": None if key_ids is None else list(key_ids)},
    )
    return ended.rowcount


def _key(row: dict[str, object]) -> ApiKey:
    values = {**row, "scopes": tuple(row["scopes"])}  # type: ignore[arg-type]
    return ApiKey(**values)  # type: ignore[arg-type]
