"""How fresh both sides of a connection are, read from the change queue, the runs and the lease; never from the schedule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.domain.guards.stuck import Facts, Heap
from app.domain.model.records import Kind, Side
from app.storage.database import Transaction
from app.storage.encoding import dump
from app.storage.runs.leases import MOMENT

RUNS_LOOKED_AT = 8
EDITS_LOOKED_AT = 500
"""So many of the latest edits of a side tell how long an edit takes, out of the last seven days."""
EDITS_OF = timedelta(days=7)
ECHOES_OF = timedelta(hours=6)
UNREAD_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Read:
    """How far a side was read, by its own clock, and how long edits of it took until the other side had them.

    `until` is None before everything was read once. The quantiles are over `edits` of the last seven days; each is
    counted from when it was told of, or, where nobody told, from the side's own moment of the change.
    """

    until: datetime | None = None
    edits: int = 0
    p50: timedelta | None = None
    p95: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Own:
    """A record of which, `since` then, nothing was told but what we wrote ourselves."""

    connection_id: str
    side: Side
    kind: Kind
    record_id: str
    since: datetime


_CONNECTIONS = f"""
SELECT c.id AS connection_id, c.state, c.auto_sync, c.first_sync_completed_at IS NOT NULL AS synchronised,
    CASE WHEN c.state = 'blocked' THEN c.probe_at END AS probe_at,
    (SELECT min(r.requested_at) FROM run r WHERE r.connection_id = c.id AND r.state IN ('queued', 'running') AND NOT r.dry_run)
        AS asked_at,
    last.began_at, last.states, last.finished_at,
    (SELECT min(u.completed_at) FROM cursor u WHERE u.connection_id = c.id AND u.side = 'oncord') AS downloaded_at,
    (SELECT min(u.completed_at) FROM cursor u WHERE u.connection_id = c.id AND u.side = 'quickbooks') AS books_downloaded_at,
    (SELECT min(u.watermark) FROM cursor u WHERE u.connection_id = c.id AND u.side = 'quickbooks') AS books_read_until,
    (SELECT l.expires_at + make_interval(secs => CASE WHEN l.owner = '' THEN 0 ELSE %(grace)s END) - {MOMENT} FROM lease l
        WHERE l.connection_id = c.id) AS busy_for
FROM connection c CROSS JOIN LATERAL (
    SELECT max(e.started_at) AS began_at, array_agg(e.state ORDER BY e.requested_at DESC, e.id DESC) AS states,
        (array_agg(e.finished_at ORDER BY e.requested_at DESC, e.id DESC))[1] AS finished_at
    FROM (SELECT * FROM run r WHERE r.connection_id = c.id AND NOT r.dry_run
        ORDER BY r.requested_at DESC, r.id DESC LIMIT %(runs)s) e) AS last
WHERE {{those}} ORDER BY c.id
"""

_HEAPS = """
SELECT d.connection_id, d.side, CASE WHEN d.parked THEN 'aside' WHEN e.until IS NOT NULL OR o.record_id IS NOT NULL THEN 'echo'
        WHEN d.not_before IS NOT NULL THEN 'later' WHEN d.side = 'quickbooks' AND NOT d.mirrored THEN 'unread' ELSE 'due' END AS sort,
    count(*) AS records, min(d.first_changed_at) AS since, max(d.last_changed_at) AS last,
    min(coalesce(n.told_at, d.first_changed_at)) AS first, min(coalesce(e.until, d.not_before)) AS at
FROM pending_change d JOIN connection c ON c.id = d.connection_id AND {those}
LEFT JOIN jsonb_to_recordset(%(own)s::jsonb) AS o(connection_id text, side text, kind text, record_id text, since timestamptz)
    ON o.connection_id = d.connection_id AND o.side = d.side AND o.kind = d.kind AND o.record_id = d.record_id
    AND d.last_changed_at >= o.since AND d.not_before IS NULL
LEFT JOIN (SELECT v.connection_id, v.sender, v.kind, v.record_id, max(v.received_at) AS received_at, max(v.id) AS id,
        max((v.detail ->> 'held_until')::timestamptz) AS until FROM event v
        WHERE v.status = 'echo' AND v.received_at > %(echoes)s GROUP BY v.connection_id, v.sender, v.kind, v.record_id) h
    ON h.connection_id = d.connection_id AND h.sender = d.side AND h.kind = d.kind AND h.record_id = d.record_id
CROSS JOIN LATERAL (SELECT CASE WHEN h.received_at >= d.last_changed_at AND NOT d.parked AND d.not_before IS NULL THEN h.until END
    AS until) e
LEFT JOIN LATERAL (SELECT min(a.received_at) AS told_at FROM (SELECT v.received_at FROM event v
    WHERE h.id IS NOT NULL AND e.until IS NULL AND v.connection_id = h.connection_id AND v.id > h.id AND v.sender = h.sender
        AND v.kind = h.kind AND v.record_id = h.record_id AND v.record_id <> '' AND v.status = 'accepted' OFFSET 0) a) n ON true
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""

_READ = """
SELECT c.id AS connection_id, s.side, mark.until, took.edits, took.p50, took.p95
FROM connection c CROSS JOIN (VALUES ('oncord', 'quickbooks'), ('quickbooks', 'oncord')) AS s(side, other)
CROSS JOIN LATERAL (SELECT CASE WHEN count(u.watermark) = %(kinds)s THEN min(u.watermark) END AS until FROM cursor u
    WHERE u.connection_id = c.id AND u.side = s.side) AS mark
CROSS JOIN LATERAL (SELECT count(*) AS edits, percentile_disc(0.5) WITHIN GROUP (ORDER BY e.took) AS p50,
        percentile_disc(0.95) WITHIN GROUP (ORDER BY e.took) AS p95 FROM (
    SELECT o.answered_at - o.edited_at AS took FROM operation o WHERE o.connection_id = c.id AND o.side = s.other
        AND o.edited_at IS NOT NULL AND o.state = 'done' AND o.answered_at > %(since)s
    ORDER BY o.answered_at DESC LIMIT %(edits)s) e) AS took
WHERE {those} ORDER BY c.id, s.side
"""


_TO_BE_JUDGED = """
WITH RECURSIVE changed AS (
    (SELECT d.connection_id FROM pending_change d WHERE NOT d.parked ORDER BY d.connection_id LIMIT 1)
    UNION ALL SELECT (SELECT d.connection_id FROM pending_change d WHERE NOT d.parked AND d.connection_id > w.connection_id
        ORDER BY d.connection_id LIMIT 1) FROM changed w WHERE w.connection_id IS NOT NULL
)
SELECT w.connection_id, true AS waits FROM changed w
    CROSS JOIN LATERAL (SELECT l.automatic FROM foreseen l WHERE l.connection_id = w.connection_id OFFSET 0) AS f
    WHERE f.automatic OR w.connection_id IN (
        SELECT r.connection_id FROM run r WHERE r.state IN ('queued', 'running') AND NOT r.dry_run
        UNION ALL SELECT c.id FROM connection c WHERE c.state = 'blocked' AND c.probe_at < %(now)s AND c.archived_at IS NULL)
UNION SELECT connection_id, false FROM (
    (SELECT connection_id FROM foreseen WHERE automatic AND oncord_at < %(oncord)s ORDER BY oncord_at, connection_id LIMIT %(limit)s)
    UNION ALL (SELECT connection_id FROM foreseen WHERE automatic AND quickbooks_at < %(quickbooks)s
        ORDER BY quickbooks_at, connection_id LIMIT %(limit)s)) AS unread
ORDER BY connection_id, waits
"""


def _those(statement: str, connection_ids: Sequence[str] | None) -> str:
    """The statement about these connections, or about all live ones."""
    return statement.format(those="c.archived_at IS NULL" if connection_ids is None else "c.id = ANY(%(ids)s)")


@dataclass(frozen=True, slots=True)
class ToBeJudged:
    """Live connections at which somebody has to look some time without a person: in which something may be tried, and which were not
    downloaded for long."""

    waiting: tuple[str, ...]
    unread: tuple[str, ...]

    @property
    def all(self) -> list[str]:
        """Each once, in order."""
        return sorted({*self.waiting, *self.unread})


async def to_be_judged(
    tx: Transaction, now: datetime, read_before: datetime, books_read_before: datetime
) -> ToBeJudged:
    """Those in which something waits, or of which a side was last downloaded before its moment: of these the longest so, 2000 of a side
    at most."""
    found = await tx.execute(
        _TO_BE_JUDGED, {"now": now, "oncord": read_before, "quickbooks": books_read_before, "limit": UNREAD_AT_ONCE}
    )
    rows = await found.fetchall()
    waiting, unread = (tuple(row["connection_id"] for row in rows if row["waits"] is waits) for waits in (True, False))
    return ToBeJudged(waiting, unread)


async def queue_facts(
    tx: Transaction, connection_ids: Sequence[str] | None, now: datetime, *, grace: float, woken: frozenset[str]
) -> dict[str, Facts]:
    """What tells whether anybody is going to look at what waits, by connection; None asks for all live ones.

    `grace` is the longest that a request may outlive its lease, in seconds; `woken` for whom a wake-up is ripe.
    """
    ids = None if connection_ids is None else list(connection_ids)
    heaps = await heaps_of(tx, ids, now)
    found = await tx.execute(
        _those(_CONNECTIONS, ids), {"ids": ids, "runs": RUNS_LOOKED_AT, "grace": grace, "now": None}
    )
    rows = await found.fetchall()
    return {row["connection_id"]: _facts(row, heaps.get(row["connection_id"], []), now, woken) for row in rows}


async def heaps_of(
    tx: Transaction, connection_ids: Sequence[str] | None, now: datetime, own: Sequence[Own] = ()
) -> dict[str, list[Heap]]:
    """What waits, by connection; None asks for all live ones. `own`: records of which nothing was told but our own writes."""
    heaps: dict[str, list[Heap]] = {}
    rows = [
        {"connection_id": each.connection_id, "side": each.side, "kind": each.kind, "record_id": each.record_id}
        | {"since": each.since.isoformat()}
        for each in own
    ]
    values = {"ids": connection_ids, "echoes": now - ECHOES_OF, "own": dump(rows)}
    found = await tx.execute(_those(_HEAPS, connection_ids), values)
    for row in await found.fetchall():
        heaps.setdefault(row.pop("connection_id"), []).append(Heap(**{**row, "side": Side(row["side"])}))
    return heaps


def _facts(row: dict[str, Any], heaps: Sequence[Heap], now: datetime, woken: frozenset[str]) -> Facts:
    states, finished_at, busy_for = row.pop("states") or [], row.pop("finished_at"), row.pop("busy_for")
    failures = next((n for n, state in enumerate(states) if state != "failed"), len(states))
    return Facts(
        **row,
        heaps=tuple(heaps),
        failures=failures,
        failed_at=finished_at if failures else None,
        busy_until=None if busy_for is None else now + busy_for,
        woken=row["connection_id"] in woken,
    )


async def reads(tx: Transaction, connection_ids: Sequence[str] | None, now: datetime) -> dict[str, dict[Side, Read]]:
    """How far each side was read and how long its edits took, by connection; None asks for all live ones."""
    values = {
        "ids": None if connection_ids is None else list(connection_ids),
        "kinds": len(Kind),
        "since": now - EDITS_OF,
        "edits": EDITS_LOOKED_AT,
    }
    answers: dict[str, dict[Side, Read]] = {}
    found = await tx.execute(_those(_READ, connection_ids), values)
    for row in await found.fetchall():
        read = Read(row["until"], row["edits"], row["p50"], row["p95"])
        answers.setdefault(row["connection_id"], {})[Side(row["side"])] = read
    return answers
