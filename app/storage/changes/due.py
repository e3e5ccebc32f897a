"""Which connections are due, as PostgreSQL knows it: for a wake-up that wants to know, and for the sweeper that finds all.

The candidates are found by indexes over small sets: who is queued, held back, backing off, idle for long, to be probed,
or left with an unfinished run. What they are due at is decided in `app.domain.guards.debounce`.
"""

from collections.abc import Sequence
from datetime import datetime

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

_CANDIDATES = """
SELECT DISTINCT connection_id FROM (
    SELECT connection_id FROM schedule WHERE first_changed_at IS NOT NULL
        AND least(last_changed_at + %(quiet)s::interval, first_changed_at + %(longest)s::interval) <= %(until)s
    UNION ALL SELECT connection_id FROM schedule WHERE due_by <= %(until)s
    UNION ALL SELECT connection_id FROM pending_change WHERE not_before <= %(until)s AND NOT parked
    UNION ALL SELECT connection_id FROM run WHERE state IN ('queued', 'running')
    UNION ALL SELECT id FROM connection WHERE state = 'blocked' AND probe_at <= %(until)s AND archived_at IS NULL
    UNION ALL (SELECT u.connection_id FROM cursor u JOIN connection c ON c.id = u.connection_id
        WHERE c.archived_at IS NULL AND c.auto_sync AND c.state = 'ready' AND c.first_sync_completed_at IS NOT NULL
        GROUP BY u.connection_id HAVING min(u.completed_at) FILTER (WHERE u.side = 'oncord') <= %(until)s::timestamptz - %(idle)s::interval
            OR min(u.completed_at) FILTER (WHERE u.side = 'quickbooks') <= %(until)s::timestamptz - %(books_idle)s::interval)
) AS found ORDER BY connection_id
"""


async def candidates(tx: Transaction, until: datetime, timing: Timing) -> list[str]:
    """Connections that may be due by `until`; all that are, and a few that are not."""
    waits = {"quiet": timing.quiet, "longest": timing.longest_wait, "idle": timing.idle}
    result = await tx.execute(_CANDIDATES, {**waits, "books_idle": timing.books_idle or timing.idle, "until": until})
    return [row["connection_id"] for row in await result.fetchall()]


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
    """Note that a recurring duty was done."""
    await tx.execute(
        "INSERT INTO heartbeat (name, at) VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET at = excluded.at",
        (name, now),
    )
