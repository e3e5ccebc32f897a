"""The pairs of records that are dated in some days, by either side's date: what a list of a period's documents is made of."""

import datetime as dt

from app.domain.model.records import Kind
from app.storage.database import Transaction

Ids = tuple[str, str]
"""Oncord's id and QuickBooks', "" where that side has none."""

_DATED = """
WITH pairs AS (
    SELECT l.oncord_id, l.quickbooks_id, l.part FROM link l
    WHERE l.connection_id = %(c)s AND l.kind = %(kind)s AND (l.state = 'live' OR l.state = 'tombstone'
        AND NOT EXISTS (SELECT FROM link x WHERE x.connection_id = %(c)s AND x.kind = %(kind)s
            AND x.oncord_id = l.oncord_id AND (x.state = 'live' OR x.state = 'tombstone' AND x.id > l.id))
        AND NOT EXISTS (SELECT FROM link x WHERE x.connection_id = %(c)s AND x.kind = %(kind)s
            AND x.quickbooks_id = l.quickbooks_id AND (x.state = 'live' OR x.state = 'tombstone' AND x.id > l.id)))
), oncord AS (
    SELECT record_id, left(record ->> 'date', 10) AS day, key_number FROM mirror
    WHERE connection_id = %(c)s AND side = 'oncord' AND kind = %(kind)s AND NOT deleted
), quickbooks AS (
    SELECT record_id, left(record ->> 'date', 10) AS day, key_number FROM mirror
    WHERE connection_id = %(c)s AND side = 'quickbooks' AND kind = %(kind)s AND NOT deleted
), found AS (
    SELECT o.record_id AS oncord_id, coalesce(p.quickbooks_id, '') AS quickbooks_id, o.day, o.key_number AS number, p.part
    FROM oncord o LEFT JOIN pairs p ON p.oncord_id = o.record_id WHERE o.day BETWEEN %(from)s AND %(to)s
    UNION ALL
    SELECT coalesce(p.oncord_id, ''), q.record_id, q.day, q.key_number, p.part
    FROM quickbooks q LEFT JOIN pairs p ON p.quickbooks_id = q.record_id LEFT JOIN oncord o ON o.record_id = p.oncord_id
    WHERE q.day BETWEEN %(from)s AND %(to)s AND (o.day IS NULL OR o.day NOT BETWEEN %(first)s AND %(last)s)
)
SELECT oncord_id, quickbooks_id FROM found ORDER BY day, number, oncord_id, part NULLS FIRST, quickbooks_id
"""


async def pairs_dated(
    tx: Transaction, connection_id: str, kind: Kind, days: tuple[dt.date, dt.date], period: tuple[dt.date, dt.date]
) -> list[Ids]:
    """The pairs of a kind whose day lies in `days`, by day and number: Oncord's date where that lies in the `period` that `days` are
    a part of, else QuickBooks'. What one record of Oncord has several of stands together, the first one first; of what was deleted
    across the last one."""
    (since, until), (first, last) = days, period
    found = await tx.execute(
        _DATED,
        {
            "c": connection_id,
            "kind": kind,
            "from": since.isoformat(),
            "to": until.isoformat(),
            "first": first.isoformat(),
            "last": last.isoformat(),
        },
    )
    return [(row["oncord_id"], row["quickbooks_id"]) for row in await found.fetchall()]
