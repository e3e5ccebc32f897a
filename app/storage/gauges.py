"""Figures of the whole service at this moment, for its operator's monitoring."""

from collections.abc import Mapping
from datetime import datetime

from app.storage.database import Transaction

_STATEMENTS = {
    "connections": "SELECT state AS label, count(*) AS value FROM connection WHERE archived_at IS NULL GROUP BY state",
    "unfinished_runs": "SELECT state AS label, count(*) AS value FROM run WHERE state IN ('queued', 'running') GROUP BY state",
    "dirty_records": (
        "SELECT CASE WHEN parked THEN 'parked' ELSE 'due' END AS label, count(*) AS value FROM dirty GROUP BY parked"
    ),
    "attention_items": "SELECT kind AS label, count(*) AS value FROM attention WHERE state = 'open' GROUP BY kind",
    "events_kept_aside": (
        "SELECT status AS label, count(*) AS value FROM event WHERE status IN ('quarantined', 'skipped') GROUP BY status"
    ),
    "metered_reads_this_month": (
        "SELECT 'all' AS label, coalesce(sum(reads), 0) AS value FROM read_meter"
        " WHERE day >= date_trunc('month', %(now)s::timestamptz AT TIME ZONE 'UTC')"
    ),
    "oldest_change_seconds": (
        "SELECT 'all' AS label, coalesce(extract(epoch FROM %(now)s - min(first_changed_at)), 0) AS value FROM pulse"
    ),
}


async def read(tx: Transaction, now: datetime) -> Mapping[str, Mapping[str, float]]:
    """Each figure by its label."""
    found: dict[str, Mapping[str, float]] = {}
    for name, statement in _STATEMENTS.items():
        cursor = await tx.execute(f"{statement} ORDER BY label", {"now": now})
        found[name] = {row["label"]: row["value"] for row in await cursor.fetchall()}
    return found
