"""Which connections are due, as PostgreSQL knows it: for a wake-up that wants to know, and for the sweeper that finds all.

The candidates are found by indexes over small sets: who is queued, held back, backing off, to be probed, or left with an
unfinished run; and page by page who has been idle for longest. What they are due at is decided in `app.domain.guards.debounce`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.domain.guards.debounce import DueFacts, Timing
from app.storage.database import Transaction

RUNS_LOOKED_AT = 8
"""So many failures in a row count for the longest backoff."""

_PULSES = """
SELECT c.id AS connection_id, c.auto_sync AND c.state = 'ready' AND c.first_sync_completed_at IS NOT NULL AS automatic,
    CASE WHEN c.state = 'blocked' THEN c.probe_at END AS probe_at, p.first_changed_at, p.last_changed_at, p.due_by,
    EXISTS (SELECT 1 FROM run r WHERE r.connection_id = c.id AND r.state IN ('queued', 'running')) AS run_waiting,
    (SELECT min(d.not_before) FROM pending_change d WHERE d.connection_id = c.id AND NOT d.parked AND d.not_before IS NOT NULL)
        AS retry_at,
    (SELECT min(u.completed_at) FROM cursor u WHERE u.connection_id = c.id AND u.side = 'oncord') AS downloaded_at,
    (SELECT min(u.completed_at) FROM cursor u WHERE u.connection_id = c.id AND u.side = 'quickbooks') AS books_downloaded_at,
    (SELECT array_agg(e.state ORDER BY e.requested_at DESC, e.id DESC) FROM (SELECT * FROM run r
        WHERE r.connection_id = c.id AND NOT r.dry_run ORDER BY r.requested_at DESC, r.id DESC LIMIT %(runs)s) e) AS last_states,
    (SELECT r.finished_at FROM run r WHERE r.connection_id = c.id AND NOT r.dry_run
        ORDER BY r.requested_at DESC, r.id DESC LIMIT 1) AS last_finished_at
FROM connection c LEFT JOIN schedule p ON p.connection_id = c.id
WHERE c.id = ANY(%(ids)s) AND c.archived_at IS NULL ORDER BY c.id
"""

_AUTOMATIC = (
    "CROSS JOIN LATERAL (SELECT FROM foreseen l WHERE l.connection_id = p.connection_id AND l.automatic OFFSET 0) AS f"
)
"""Looked up for each that is found, however many PostgreSQL expects: never by reading the row of each connection."""
_CANDIDATES = f"""
SELECT DISTINCT connection_id FROM (
    SELECT p.connection_id FROM schedule p {_AUTOMATIC}
        WHERE p.first_changed_at IS NOT NULL
        AND least(p.last_changed_at + %(quiet)s::interval, p.first_changed_at + %(longest)s::interval) <= %(until)s
    UNION ALL SELECT p.connection_id FROM schedule p {_AUTOMATIC}
        WHERE p.due_by <= %(until)s
    UNION ALL SELECT p.connection_id FROM pending_change p {_AUTOMATIC}
        WHERE p.not_before <= %(until)s AND NOT p.parked
    UNION ALL SELECT connection_id FROM run WHERE state IN ('queued', 'running')
    UNION ALL SELECT id FROM connection WHERE state = 'blocked' AND probe_at <= %(until)s AND archived_at IS NULL
) AS found ORDER BY connection_id
"""

_IDLE = """
SELECT connection_id, at, waits FROM (
    (SELECT connection_id, oncord_at + %(idle)s::interval AS at, %(idle)s::interval AS waits FROM foreseen
        WHERE automatic AND oncord_at <= %(until)s::timestamptz - %(idle)s::interval
        AND (oncord_at, connection_id) > (%(after)s::timestamptz - %(idle)s::interval, %(after_id)s)
        ORDER BY oncord_at, connection_id LIMIT %(limit)s)
    UNION ALL (SELECT connection_id, quickbooks_at + %(books_idle)s::interval, %(books_idle)s::interval FROM foreseen
        WHERE automatic AND quickbooks_at <= %(until)s::timestamptz - %(books_idle)s::interval
        AND (quickbooks_at, connection_id) > (%(after)s::timestamptz - %(books_idle)s::interval, %(after_id)s)
        ORDER BY quickbooks_at, connection_id LIMIT %(limit)s)
) AS found ORDER BY at, connection_id LIMIT %(limit)s
"""
_FROM_THE_OLDEST = datetime.min.replace(tzinfo=UTC) + timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Idle:
    """A side of a connection that waits for T2: downloaded `waits` before `at`, from when on it may be due."""

    connection_id: str
    at: datetime
    waits: timedelta


async def candidates(tx: Transaction, until: datetime, timing: Timing) -> list[str]:
    """Connections that may be due by `until` for another reason than that nobody has looked at them; all that are, and a few that are not."""
    result = await tx.execute(_CANDIDATES, {"quiet": timing.quiet, "longest": timing.longest_wait, "until": until})
    return [row["connection_id"] for row in await result.fetchall()]


async def idle(tx: Transaction, until: datetime, timing: Timing, after: Idle | None, limit: int) -> list[Idle]:
    """Sides that T2 may ask for by `until`, those that wait longest first, from behind `after` on."""
    result = await tx.execute(
        _IDLE,
        {
            "until": until,
            "idle": timing.idle,
            "books_idle": timing.books_idle or timing.idle,
            "after": after.at if after else _FROM_THE_OLDEST,
            "after_id": after.connection_id if after else "",
            "limit": limit,
        },
    )
    return [Idle(**row) for row in await result.fetchall()]


async def due_facts_of(tx: Transaction, connection_ids: Sequence[str]) -> list[DueFacts]:
    """What the due moments of these (live) connections follow from."""
    result = await tx.execute(_PULSES, {"ids": list(connection_ids), "runs": RUNS_LOOKED_AT})
    found = []
    for row in await result.fetchall():
        states, finished_at = row.pop("last_states") or [], row.pop("last_finished_at")
        failures = next((n for n, state in enumerate(states) if state != "failed"), len(states))
        found.append(DueFacts(**row, failures=failures, failed_at=finished_at if failures else None))
    return found


async def sign_of_life(tx: Transaction, name: str, now: datetime) -> None:
    """Note that a recurring duty was done (`storage.health.last_seen`)."""
    await tx.execute(
        "INSERT INTO heartbeat (name, at) VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET at = excluded.at",
        (name, now),
    )
