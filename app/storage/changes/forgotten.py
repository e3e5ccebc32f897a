"""Records that wait while nothing is going to look at them: found and scheduled within a minute (law 12).

Whatever path forgot them (a run that ended early, a connection that came back, a wake-up that was lost), the queue itself
tells: it holds something that may be tried now, and no moment is foreseen at which anybody would.
"""

from collections.abc import Sequence
from datetime import datetime

from app.storage.changes.change_queue import FREED_OF_D
from app.storage.database import Transaction

_CAME_TRUE = f"""
WITH moved AS MATERIALIZED (
    SELECT connection_id FROM run WHERE finished_at >= %(since)s UNION SELECT connection_id FROM run WHERE state IN ('queued', 'running')
    UNION SELECT connection_id FROM attention WHERE updated_at >= %(since)s
    UNION SELECT id FROM connection WHERE %(since)s::timestamptz IS NULL
)
UPDATE pending_change AS d SET {FREED_OF_D} FROM connection c, moved m
WHERE d.connection_id = m.connection_id AND c.id = d.connection_id AND c.archived_at IS NULL AND d.parked AND d.waits_for <> '' AND (
    d.waits_for ~ '^(contact|item|sale|receipt):' AND EXISTS (
        SELECT 1 FROM link l WHERE l.connection_id = d.connection_id AND l.state = 'live'
            AND l.kind = split_part(d.waits_for, ':', 1) AND l.created_at > d.last_changed_at
            AND CASE split_part(d.waits_for, ':', 2) WHEN 'oncord' THEN l.oncord_id ELSE l.quickbooks_id END
                = substr(d.waits_for, length(split_part(d.waits_for, ':', 1)) + length(split_part(d.waits_for, ':', 2)) + 3)
    )
    OR d.waits_for ~ '^(record|person|configuration|approval):' AND EXISTS (
        SELECT 1 FROM attention a WHERE a.connection_id = d.connection_id AND a.key = d.waits_for
            AND a.state = 'resolved' AND a.resolved_by = 'sync' AND a.resolved_at > d.last_changed_at
    ) AND NOT EXISTS (
        SELECT 1 FROM attention a WHERE a.connection_id = d.connection_id AND a.key = d.waits_for AND a.state = 'open'
    )
)
"""

_UNSCHEDULED = """
INSERT INTO schedule AS p (connection_id, first_changed_at, last_changed_at)
SELECT c.id, waiting.first_at, waiting.last_at FROM connection c
LEFT JOIN schedule b ON b.connection_id = c.id
CROSS JOIN LATERAL (SELECT min(d.last_changed_at) AS first_at, max(d.last_changed_at) AS last_at FROM pending_change d
    WHERE d.connection_id = c.id AND NOT d.parked AND d.not_before IS NULL) AS waiting
WHERE c.id = ANY(%(among)s) AND c.archived_at IS NULL AND c.auto_sync AND c.state = 'ready' AND c.first_sync_completed_at IS NOT NULL
    AND b.first_changed_at IS NULL AND b.due_by IS NULL AND waiting.first_at IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM run r WHERE r.connection_id = c.id AND r.state IN ('queued', 'running') AND NOT r.dry_run)
ORDER BY c.id
ON CONFLICT (connection_id) DO UPDATE SET first_changed_at = excluded.first_changed_at,
    last_changed_at = excluded.last_changed_at
RETURNING connection_id
"""


async def reschedule(tx: Transaction, among: Sequence[str], since: datetime | None, now: datetime) -> list[str]:
    """Put back what waits for something that has come true since a moment (None: ever), and schedule those among these
    connections at which nobody would look; answers for whom.

    Pairs come of runs, and answers are written down: so only what a run or an answer has touched is gone through.
    """
    await tx.execute(_CAME_TRUE, {"since": since, "now": now})
    result = await tx.execute(_UNSCHEDULED, {"among": list(among)})
    return [row["connection_id"] for row in await result.fetchall()]


async def reschedule_what_is_left(tx: Transaction, connection_id: str) -> bool:
    """Schedule what a run leaves that may be tried at once: a change told of meanwhile about a record that it only then
    set free. Whether there was something."""
    result = await tx.execute(_UNSCHEDULED, {"among": [connection_id]})
    return result.rowcount > 0


_HALF_DONE = """
WITH waits AS MATERIALIZED (
    SELECT d.side, d.kind, d.record_id FROM pending_change d JOIN connection c ON c.id = d.connection_id
    WHERE d.connection_id = %(c)s AND NOT d.parked AND d.not_before IS NULL AND NOT c.auto_sync AND c.state = 'ready'
        AND EXISTS (SELECT FROM operation w WHERE w.connection_id = %(c)s AND w.run_id = %(run)s AND w.sent_at IS NOT NULL)
),
written AS (SELECT o.side, o.kind, o.target_id, o.result_id, o.source_id FROM operation o
    WHERE o.connection_id = %(c)s AND o.run_id = %(run)s AND EXISTS (SELECT FROM waits))
SELECT EXISTS (SELECT FROM waits d JOIN written o ON o.side = d.side AND o.kind = d.kind AND o.target_id = d.record_id)
    OR EXISTS (SELECT FROM waits d JOIN written o ON o.side = d.side AND o.kind = d.kind AND o.result_id = d.record_id)
    OR EXISTS (SELECT FROM waits d JOIN written o ON o.side <> d.side AND o.kind = d.kind AND o.source_id = d.record_id) AS half_done
"""


async def left_half_done(tx: Transaction, connection_id: str, run_id: str) -> bool:
    """Whether a run that has written something leaves a record which it dealt with still to be looked at, where nobody is going to
    look by himself (T3): a side has told of our own write before the other side had what it brought."""
    result = await tx.execute(_HALF_DONE, {"c": connection_id, "run": run_id})
    row = await result.fetchone()
    return bool(row and row["half_done"])
