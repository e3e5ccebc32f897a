"""Figures of the whole service at this moment, for its operator's monitoring."""

from collections.abc import Mapping
from datetime import datetime

from app.storage.database import Transaction
from app.storage.people.attention import SHOWN

_LIVE = "JOIN connection c ON c.id = {0}.connection_id WHERE c.archived_at IS NULL"
"""What is counted belongs to a connection that has not been removed or set aside."""

_STATEMENTS = {
    "connections": "SELECT state AS label, count(*) AS value FROM connection WHERE archived_at IS NULL GROUP BY state",
    "unfinished_runs": (
        f"SELECT r.state AS label, count(*) AS value FROM run r {_LIVE.format('r')} AND r.state IN ('queued', 'running')"
        " GROUP BY r.state"
    ),
    "dirty_records": (
        "SELECT CASE WHEN d.parked THEN 'parked' ELSE 'due' END AS label, count(*) AS value FROM pending_change d"
        f" {_LIVE.format('d')} GROUP BY d.parked"
    ),
    "attention_items": (
        f"SELECT a.kind AS label, count(*) AS value FROM attention a {_LIVE.format('a')} AND a.state = 'open'"
        f" AND {SHOWN} GROUP BY a.kind"
    ),
    "events_kept_aside": (
        "SELECT status AS label, count(*) AS value FROM event WHERE status IN ('quarantined', 'skipped') GROUP BY status"
    ),
    "metered_reads_this_month": (
        "SELECT 'all' AS label, coalesce(sum(reads), 0) AS value FROM reads_of_day"
        " WHERE day >= date_trunc('month', %(now)s::timestamptz AT TIME ZONE 'UTC')"
    ),
    "metered_upkeep_reads_this_month": (
        "SELECT 'all' AS label, coalesce(sum(upkeep), 0) AS value FROM reads_of_day"
        " WHERE day >= date_trunc('month', %(now)s::timestamptz AT TIME ZONE 'UTC')"
    ),
    "metered_reads_of_connection": (
        f"SELECT m.connection_id AS label, sum(m.reads) AS value FROM read_meter m {_LIVE.format('m')}"
        " AND m.day >= date_trunc('month', %(now)s::timestamptz AT TIME ZONE 'UTC') GROUP BY m.connection_id"
    ),
    "metered_upkeep_reads_of_connection": (
        f"SELECT m.connection_id AS label, sum(m.upkeep) AS value FROM read_meter m {_LIVE.format('m')}"
        " AND m.day >= date_trunc('month', %(now)s::timestamptz AT TIME ZONE 'UTC') GROUP BY m.connection_id"
    ),
    "oldest_change_seconds": (
        "SELECT 'all' AS label, coalesce(extract(epoch FROM %(now)s - min(d.first_changed_at)), 0) AS value FROM pending_change d"
        f" {_LIVE.format('d')} AND NOT d.parked"
    ),
    "tie_out_differences": (
        "SELECT d.connection_id AS label, count(*) AS value FROM tie_out_difference d"
        f" {_LIVE.format('d')} AND d.standing GROUP BY d.connection_id"
    ),
    "tie_out_unexplained": (
        "SELECT d.connection_id AS label, count(*) AS value FROM tie_out_difference d"
        f" {_LIVE.format('d')} AND d.standing AND d.cause = 'unexplained' GROUP BY d.connection_id"
    ),
    "sources_counted_age_seconds": (
        "SELECT c.id AS label, extract(epoch FROM %(now)s - coalesce((SELECT min(s.checked_at) FROM source_check s"
        " WHERE s.connection_id = c.id), c.created_at)) AS value FROM connection c WHERE c.archived_at IS NULL"
    ),
    "found_by_check": (
        "SELECT d.connection_id AS label, sum(d.found) AS value FROM source_check d"
        f" {_LIVE.format('d')} GROUP BY d.connection_id"
    ),
    "deliveries": (
        "SELECT state AS label, count(*) AS value FROM delivery WHERE created_at > %(now)s - interval '25 hours' GROUP BY state"
    ),
    "tie_out_age_seconds": (
        "SELECT c.id AS label, extract(epoch FROM %(now)s - coalesce((SELECT max(t.taken_at) FROM tie_out t"
        " WHERE t.connection_id = c.id AND t.scope = 'whole'), c.created_at)) AS value"
        " FROM connection c WHERE c.archived_at IS NULL"
    ),
}


NAMED = 1000
_OF_CONNECTIONS = frozenset(
    {
        "metered_reads_of_connection",
        "metered_upkeep_reads_of_connection",
        "tie_out_differences",
        "tie_out_unexplained",
        "sources_counted_age_seconds",
        "found_by_check",
        "tie_out_age_seconds",
    }
)
"""Figures of single connections. The higher one is, the sooner somebody has to look."""


async def read(tx: Transaction, now: datetime) -> Mapping[str, Mapping[str, float]]:
    """Each figure by its label; of single connections the thousand highest."""
    found: dict[str, Mapping[str, float]] = {}
    for name, statement in _STATEMENTS.items():
        order = f"value DESC, label LIMIT {NAMED}" if name in _OF_CONNECTIONS else "label"
        cursor = await tx.execute(f"{statement} ORDER BY {order}", {"now": now})
        found[name] = {row["label"]: row["value"] for row in await cursor.fetchall()}
    return found
