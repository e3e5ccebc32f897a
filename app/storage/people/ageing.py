"""Grants that die soon: when a person is asked to renew them, and when that has been done."""

import datetime as dt
from collections.abc import Mapping

from app.storage.database import Transaction

DEDUP_KEY = "grant:ageing"
"""The one question about a connection's grant. Its detail keeps which end it speaks of (`ends`), so that the next end is
asked about anew, whatever became of the question about the one before."""

_ENDS = "least(t.refresh_expires_at, t.refresh_hard_expires_at)"
# The key stands in the statement, for the index that holds no other questions. What a grant's end leads to is looked up for each:
# PostgreSQL does not know how many grants die soon, and would read all connections and questions beside them.
_TO_BE_ASKED = f"""
SELECT d.connection_id, d.ends FROM (SELECT t.connection_id, {_ENDS} AS ends FROM token t WHERE {_ENDS} <= %(until)s AND t.dead_since IS NULL) d
CROSS JOIN LATERAL (SELECT FROM foreseen f WHERE f.connection_id = d.connection_id OFFSET 0) AS live
LEFT JOIN LATERAL (SELECT true AS asked FROM attention a WHERE a.connection_id = d.connection_id AND a.key = '{DEDUP_KEY}'
    AND a.detail ->> 'ends' = to_char(d.ends AT TIME ZONE 'UTC', 'YYYY-MM-DD') LIMIT 1) AS q ON true
WHERE q.asked IS NULL ORDER BY d.connection_id
"""
_RENEWED = f"""
SELECT a.connection_id FROM attention a CROSS JOIN LATERAL (SELECT t.dead_since, {_ENDS} AS ends FROM token t
    WHERE t.connection_id = a.connection_id OFFSET 0) AS t
WHERE a.key = '{DEDUP_KEY}' AND a.kind = 'reconnect_soon' AND a.state = 'open' AND t.dead_since IS NULL AND (t.ends IS NULL OR t.ends > %(until)s)
ORDER BY a.connection_id
"""


async def to_be_asked(tx: Transaction, until: dt.datetime) -> Mapping[str, dt.datetime]:
    """The live connections whose grant dies by `until` and about which end nobody has been asked yet, with the moment."""
    cursor = await tx.execute(_TO_BE_ASKED, {"until": until})
    return {row["connection_id"]: row["ends"] for row in await cursor.fetchall()}


async def renewed(tx: Transaction, until: dt.datetime) -> list[str]:
    """The connections that are still asked to renew a grant that lives longer than `until` by now."""
    cursor = await tx.execute(_RENEWED, {"until": until})
    return [row["connection_id"] for row in await cursor.fetchall()]
