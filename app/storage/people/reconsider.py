"""What a person's choice, or a cure outside, sets in motion: records that waited for it, or were left out by the old one."""

from collections.abc import Collection
from datetime import datetime

from app.domain.model.configuration import Admitted
from app.domain.model.waiting import ANY_CHANGE, Family, WaitsFor
from app.storage.changes import change_queue
from app.storage.database import Transaction
from app.storage.people import attention, openings, undecided

_LEFT_OUT = """
INSERT INTO pending_change (connection_id, side, kind, record_id, generation, first_changed_at, last_changed_at, mirrored)
SELECT m.connection_id, m.side, m.kind, m.record_id, 1, %(now)s, %(now)s, true FROM mirror m
WHERE m.connection_id = %(c)s AND m.side = 'oncord' AND NOT m.deleted
    AND (m.kind = 'sale' AND m.record ->> 'date' >= %(since)s OR m.kind = 'receipt' AND %(receipts)s)
    AND NOT EXISTS (SELECT 1 FROM link l
        WHERE l.connection_id = m.connection_id AND l.kind = m.kind AND l.oncord_id = m.record_id)
ORDER BY m.side, m.kind, m.record_id
ON CONFLICT (connection_id, side, kind, record_id) DO NOTHING
"""


async def after_choosing(tx: Transaction, connection_id: str, now: datetime, admitted: Admitted) -> int:
    """Look again at what waits for the configuration, at what was refused under the old one, and at what the old one
    left out and the new one lets in; answers how many records that are."""
    count = await after_a_cure(tx, connection_id, now)
    count += await change_queue.release_many(tx, connection_id, now, [ANY_CHANGE])
    count += await change_queue.retry_now(tx, connection_id, now)
    if admitted:
        since = admitted.sales_since
        result = await tx.execute(
            _LEFT_OUT,
            {
                "c": connection_id,
                "now": now,
                "since": since.isoformat() if since else None,
                "receipts": admitted.receipts,
            },
        )
        count += result.rowcount
        if admitted.open_on is not None:
            count += await openings.queue_open(tx, connection_id, admitted.open_on, now)
    return count


async def after_a_cure(tx: Transaction, connection_id: str, now: datetime, but: Collection[WaitsFor] = ()) -> int:
    """Look again at what waits for the configuration: what was in the way may have been mended outside, where nothing
    tells of it (an account that is active again, a tax code that was repaired). `but`: what is known to be as it was."""
    return await change_queue.release(tx, connection_id, now, family=Family.CONFIGURATION, but=but)


async def after_the_lock_moved(tx: Transaction, connection_id: str, now: datetime) -> int:
    """Look again at what waits for the lock date (B1), which is a matter of the configuration, too."""
    return await after_a_cure(tx, connection_id, now)


async def close_what_holds_nothing_up(tx: Transaction, connection_id: str, now: datetime) -> int:
    """Close the questions about shared choices for which no record waits any more; answers how many."""
    result = await tx.execute(
        "SELECT a.key FROM attention a WHERE a.connection_id = %(c)s AND a.state = 'open'"
        " AND a.kind IN ('unmapped', 'mass_delete', 'locked_period', 'cleared_money') AND NOT EXISTS (SELECT 1 FROM pending_change d"
        " WHERE d.connection_id = a.connection_id AND d.parked AND d.waits_for IN (a.key, split_part(a.key, ':', 1)))"
        " AND (a.key <> %(undecided)s OR NOT EXISTS (SELECT 1 FROM connection c,"
        " jsonb_array_elements(c.configuration -> 'payment_methods') m"
        " WHERE c.id = a.connection_id AND m ->> 'choice' = 'undecided'"
        " AND coalesce(c.configuration ->> 'unmapped_methods_account', '') = ''))"
        " ORDER BY a.key",
        {"c": connection_id, "undecided": undecided.DEDUP_KEY},
    )
    keys = [row["key"] for row in await result.fetchall()]
    return await attention.settle(tx, connection_id, keys, reason="Nothing waits for it any more.", now=now)
