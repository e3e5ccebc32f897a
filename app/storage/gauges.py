"""Figures of the whole service at this moment, for its operator's monitoring.

A scrape reads sums that are kept, what waits for somebody, and the thousand connections in which a figure is highest: nothing that each
connection has a row of (docs/decisions/many-connections.md).
"""

from collections.abc import Mapping
from datetime import datetime

from app.storage.connections import connections
from app.storage.database import Transaction
from app.storage.people.attention import SHOWN

NAMED = 1000
"""So many connections at the most are named by one figure."""
_LIVE = "{0}.connection_id NOT IN (SELECT id FROM connection WHERE archived_at IS NOT NULL)"
"""What is counted belongs to a connection that has not been removed or set aside."""
_MONTH = "date_trunc('month', %(now)s::timestamptz AT TIME ZONE 'UTC')::date"
_OPEN_ITEMS = f"SELECT a.kind, {{0}}count(*) AS n FROM attention a WHERE a.state = 'open' AND {_LIVE.format('a')}{{1}} GROUP BY a.kind"

_STATEMENTS = {
    "connections": (
        "SELECT state AS label, sum(connections) AS value FROM connections_by_state GROUP BY state HAVING sum(connections) > 0"
    ),
    "unfinished_runs": (
        f"SELECT r.state AS label, count(*) AS value FROM run r WHERE {_LIVE.format('r')} AND r.state IN ('queued', 'running')"
        " GROUP BY r.state"
    ),
    "dirty_records": (
        "SELECT CASE WHEN d.parked THEN 'parked' ELSE 'due' END AS label, count(*) AS value FROM pending_change d"
        f" WHERE {_LIVE.format('d')} GROUP BY d.parked"
    ),
    "attention_items": (
        f"SELECT kind AS label, sum(n) AS value FROM ({_OPEN_ITEMS.format('', '')} UNION ALL"
        f" {_OPEN_ITEMS.format('-', f' AND NOT {SHOWN}')}) AS counted GROUP BY kind HAVING sum(n) > 0"
    ),
    "events_kept_aside": (
        "SELECT status AS label, count(*) AS value FROM event WHERE status IN ('quarantined', 'skipped') GROUP BY status"
    ),
    "metered_reads_this_month": (
        f"SELECT 'all' AS label, coalesce(sum(reads), 0) AS value FROM reads_of_day WHERE day >= {_MONTH}"
    ),
    "metered_upkeep_reads_this_month": (
        f"SELECT 'all' AS label, coalesce(sum(upkeep), 0) AS value FROM reads_of_day WHERE day >= {_MONTH}"
    ),
    "oldest_change_seconds": (
        "SELECT 'all' AS label, coalesce(extract(epoch FROM %(now)s - min(d.first_changed_at)), 0) AS value FROM pending_change d"
        f" WHERE {_LIVE.format('d')} AND NOT d.parked"
    ),
    "last_sweep_age_seconds": (
        "SELECT 'all' AS label, extract(epoch FROM %(now)s - at) AS value FROM heartbeat WHERE name = 'sweeper'"
    ),
    "last_sweep_attempt_age_seconds": (
        "SELECT 'all' AS label, extract(epoch FROM %(now)s - at) AS value FROM heartbeat WHERE name = 'sweeper_at_work'"
    ),
    "deliveries": (
        "SELECT state AS label, count(*) AS value FROM delivery WHERE created_at > %(now)s - interval '25 hours' GROUP BY state"
    ),
}
_READS = (
    f"SELECT m.connection_id AS label, m.{{0}} AS value FROM reads_of_month m WHERE {_LIVE.format('m')} AND m.month = {_MONTH}"
    " ORDER BY m.{0} DESC, m.connection_id DESC"
)
_AGE = (
    "SELECT f.connection_id AS label, extract(epoch FROM %(now)s - f.{0}) AS value FROM foreseen f"
    " WHERE f.{0} IS NOT NULL ORDER BY f.{0}, f.connection_id"
)
_DIFFERENCES = (
    f"SELECT d.connection_id AS label, count(*) AS value FROM tie_out_difference d WHERE {_LIVE.format('d')} AND d.standing{{0}}"
    " GROUP BY d.connection_id ORDER BY value DESC, label"
)
_OF_CONNECTIONS = {
    "metered_reads_of_connection": _READS.format("reads"),
    "metered_upkeep_reads_of_connection": _READS.format("upkeep"),
    "tie_out_differences": _DIFFERENCES.format(""),
    "tie_out_unexplained": _DIFFERENCES.format(" AND d.cause = 'unexplained'"),
    "sources_counted_age_seconds": _AGE.format("counted_at"),
    "tie_out_age_seconds": _AGE.format("compared_at"),
    "found_by_check": (
        f"SELECT d.connection_id AS label, sum(d.found) AS value FROM source_check d WHERE {_LIVE.format('d')}"
        " AND (d.found > 0 OR NOT %(many)s) GROUP BY d.connection_id ORDER BY value DESC, label"
    ),
}
"""Figures of single connections, the highest first: the sooner somebody has to look. Of many those without anything found are left out."""


async def read(tx: Transaction, now: datetime) -> Mapping[str, Mapping[str, float]]:
    """Each figure by its label; of single connections the thousand highest."""
    values = {"now": now, "many": await connections.more_than(tx, NAMED)}
    statements = {
        **{name: f"{statement} ORDER BY label" for name, statement in _STATEMENTS.items()},
        **{name: f"{statement} LIMIT {NAMED}" for name, statement in _OF_CONNECTIONS.items()},
    }
    found: dict[str, Mapping[str, float]] = {}
    for name, statement in statements.items():
        rows = await (await tx.execute(statement, values)).fetchall()
        found[name] = {row["label"]: row["value"] for row in rows}
    return found


async def gather(tx: Transaction) -> None:
    """Make one row for each state of what was appended since the last time, where that has become many."""
    await tx.execute(
        "WITH gone AS (DELETE FROM connections_by_state WHERE (SELECT count(*) FROM connections_by_state) > 200 RETURNING state, connections)"
        " INSERT INTO connections_by_state (state, connections) SELECT state, sum(connections) FROM gone GROUP BY state"
    )
