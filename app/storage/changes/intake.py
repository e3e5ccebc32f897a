"""The door: events become durable, records queued and connections due, in one round trip (laws 1 to 3).

An event is stored once under its key; what it names is queued; the connections that were clean until now are
answered, so that somebody can wake a worker for them. Whatever cannot be used is kept too, with its reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

import msgspec

from app.domain.model.deletion import MERGED, DeletedWith, format_deleted_with
from app.domain.model.records import Kind, Side
from app.storage.connections.connections import secret_context
from app.storage.connections.vault import Vault
from app.storage.database import Transaction
from app.storage.encoding import dump

KEPT_OF_A_BODY = 65536
KEPT_OF_A_WORD = 200
"""Letters that are kept of an id, a version, an action: more than any has, and few enough for an index."""
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""A time outside is nobody's time of an event. Times near the ends of the calendar cannot be told in every zone, by nobody."""


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """One event of a verified delivery. Its connection is named by id, or by the company (`realm_id`).

    `also` are further records of the same kind to look at (the losers of a merge; of those of QuickBooks the pending change
    remembers into which, since nothing else there ever tells again). `problem` is why it can only be
    kept, "" if it can be used.
    """

    side: Side
    event_key: str
    connection_id: str = ""
    realm_id: str = ""
    kind: Kind | None = None
    record_id: str = ""
    action: str = ""
    version: str = ""
    occurred_at: datetime | None = None
    also: tuple[str, ...] = ()
    deleted_with: DeletedWith | None = None
    problem: str = ""
    request_id: str = ""
    detail: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewlyDue:
    """A connection that was clean until this moment."""

    connection_id: str
    changed_at: datetime


_ACCEPT = """
WITH given AS MATERIALIZED (
    SELECT r.* FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(n int, side text, event_key text,
        connection_id text, realm_id text, kind text, record_id text, action text, version text,
        occurred_at timestamptz, also jsonb, deleted_with text, problem text, request_id text, detail jsonb)
),
placed AS MATERIALIZED (
    SELECT g.*, CASE WHEN g.connection_id <> ''
        THEN (SELECT c.id FROM connection c WHERE c.id = g.connection_id AND c.archived_at IS NULL)
        ELSE (SELECT c.id FROM connection c WHERE c.realm_id = g.realm_id AND c.realm_id <> '' AND c.archived_at IS NULL)
        END AS owner
    FROM given g
),
stored AS (
    INSERT INTO event (sender, event_key, connection_id, received_at, occurred_at, kind, record_id, action, version,
        detail, status, reason, request_id)
    SELECT side, event_key, coalesce(owner, ''), %(now)s, occurred_at, kind, record_id, action, version, detail,
        CASE WHEN owner IS NULL OR problem <> '' THEN 'skipped' ELSE 'accepted' END,
        CASE WHEN owner IS NULL THEN 'no connection of ours is meant' ELSE problem END, request_id
    FROM placed ORDER BY side, event_key, n
    ON CONFLICT (sender, event_key) DO NOTHING
    RETURNING sender, event_key, status
),
named AS (
    SELECT p.owner, p.side, p.kind, ids.record_id, max(CASE WHEN p.side = 'quickbooks' AND ids.record_id <> p.record_id
        THEN %(merged)s || p.record_id ELSE p.deleted_with END) AS deleted_with
    FROM stored s JOIN placed p ON p.side = s.sender AND p.event_key = s.event_key
    CROSS JOIN LATERAL (SELECT p.record_id UNION SELECT jsonb_array_elements_text(p.also)) AS ids(record_id)
    WHERE s.status = 'accepted' GROUP BY p.owner, p.side, p.kind, ids.record_id
),
queued AS (
    INSERT INTO pending_change AS d (connection_id, side, kind, record_id, generation, first_changed_at, last_changed_at,
        deleted_with)
    SELECT owner, side, kind, record_id, 1, %(now)s, %(now)s, deleted_with FROM named
    ORDER BY owner, side, kind, record_id
    ON CONFLICT (connection_id, side, kind, record_id) DO UPDATE SET
        generation = d.generation + 1, last_changed_at = greatest(d.last_changed_at, excluded.last_changed_at),
        deleted_with = coalesce(nullif(excluded.deleted_with, ''), d.deleted_with), mirrored = false,
        parked = d.parked AND d.waits_for <> 'change', refused = d.refused AND d.waits_for <> 'change',
        waits_for = CASE WHEN d.waits_for = 'change' THEN '' ELSE d.waits_for END,
        not_before = CASE WHEN d.waits_for = 'change' THEN NULL ELSE d.not_before END
    RETURNING connection_id, parked
),
due AS (
    INSERT INTO schedule AS p (connection_id, first_changed_at, last_changed_at)
    SELECT DISTINCT connection_id, %(now)s::timestamptz, %(now)s::timestamptz FROM queued WHERE NOT parked
    ORDER BY connection_id
    ON CONFLICT (connection_id) DO UPDATE SET first_changed_at = coalesce(p.first_changed_at, excluded.first_changed_at),
        last_changed_at = greatest(p.last_changed_at, excluded.last_changed_at)
    RETURNING connection_id, first_changed_at
)
SELECT b.connection_id, b.first_changed_at FROM due b JOIN connection c ON c.id = b.connection_id
WHERE b.first_changed_at = %(now)s AND c.auto_sync AND c.state = 'ready' AND c.first_sync_completed_at IS NOT NULL
ORDER BY b.connection_id
"""


async def accept(connection: Transaction, arrivals: Sequence[InboundEvent], now: datetime) -> list[NewlyDue]:
    """Make these events durable; one statement, one round trip, its own transaction on an autocommit connection."""
    rows = [
        {
            "n": position,
            "side": arrival.side,
            "event_key": _key(arrival.event_key),
            "connection_id": _word(arrival.connection_id),
            "realm_id": _word(arrival.realm_id),
            "kind": arrival.kind or "",
            "record_id": _word(arrival.record_id),
            "action": _word(arrival.action),
            "version": _word(arrival.version),
            "occurred_at": _stamp(arrival.occurred_at),
            "also": [_word(one) for one in arrival.also],
            "deleted_with": _word(format_deleted_with(arrival.deleted_with)),
            "problem": clean(arrival.problem),
            "request_id": clean(arrival.request_id),
            "detail": {name: _word(value) for name, value in arrival.detail.items()},
        }
        for position, arrival in enumerate(arrivals)
    ]
    result = await connection.execute(
        _ACCEPT, {"rows": msgspec.json.encode(rows).decode(), "now": now, "merged": MERGED}
    )
    return [NewlyDue(row["connection_id"], row["first_changed_at"]) for row in await result.fetchall()]


async def quarantine(
    connection: Transaction,
    side: Side,
    connection_id: str,
    body: bytes,
    *,
    reason: str,
    request_id: str,
    now: datetime,
) -> None:
    """Keep a signed body that nobody can read, once however often it is delivered, for an operator to look at."""
    detail = {"body": clean(body[:KEPT_OF_A_BODY].decode("utf-8", "replace")), "bytes": len(body)}
    await connection.execute(
        "INSERT INTO event (sender, event_key, connection_id, received_at, status, reason, request_id, detail) "
        "VALUES (%s, %s, %s, %s, 'quarantined', %s, %s, %s::jsonb) ON CONFLICT (sender, event_key) DO NOTHING",
        (
            side,
            f"{connection_id}/body/{sha256(body).hexdigest()}",
            connection_id,
            now,
            clean(reason),
            clean(request_id),
            dump(detail),
        ),
    )


async def sealed_secrets(tx: Transaction, connection_ids: Sequence[str]) -> dict[str, list[str]]:
    """The sealed webhook secrets of these connections' sites, the newest first; a connection that is not live is left out."""
    result = await tx.execute(
        "SELECT id, oncord_secrets FROM connection WHERE id = ANY(%s) AND archived_at IS NULL", (list(connection_ids),)
    )
    return {row["id"]: row["oncord_secrets"] for row in await result.fetchall()}


def opened_secrets(vault: Vault, connection_id: str, sealed: Sequence[str]) -> tuple[str, ...]:
    """What was sealed. Raises `VaultError` where nothing of it can be opened; what can be is enough."""
    context = secret_context(connection_id)
    opened = vault.those_that_open(sealed, context)
    return tuple(opened.values() or [vault.open(one, context) for one in sealed])


def clean(value: str) -> str:
    """Text as PostgreSQL can hold it: no NUL, no half of a surrogate pair, of bounded length."""
    if len(value) <= KEPT_OF_A_BODY and value.isprintable():
        return value
    return value.replace("\x00", "").encode("utf-8", "replace").decode()[:KEPT_OF_A_BODY]


def _word(value: str) -> str:
    return clean(value)[:KEPT_OF_A_WORD]


def _stamp(occurred_at: datetime | None) -> str | None:
    return occurred_at.isoformat() if occurred_at is not None and EARLIEST <= occurred_at < LATEST else None


def _key(value: str) -> str:
    """A key that fits into an index row, whatever the sender thought of."""
    value = clean(value)
    return value if len(value) <= 200 else sha256(value.encode()).hexdigest()
