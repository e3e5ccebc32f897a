"""Grants that die soon: when a person is asked to renew them, and when that has been done."""

import datetime as dt
from collections.abc import Mapping

from app.storage.database import Transaction

DEDUP_KEY = "grant:ageing"
"""The one question about a connection's grant. Its detail keeps which end it speaks of (`ends`), so that the next end is
asked about anew, whatever became of the question about the one before."""

_ENDS = "least(t.refresh_expires_at, t.refresh_hard_expires_at)"


async def to_be_asked(tx: Transaction, until: dt.datetime) -> Mapping[str, dt.datetime]:
    """The live connections whose grant dies by `until` and about which end nobody has been asked yet, with the moment."""
    cursor = await tx.execute(
        f"SELECT t.connection_id, {_ENDS} AS ends FROM token t"
        " JOIN connection c ON c.id = t.connection_id AND c.archived_at IS NULL"
        f" WHERE {_ENDS} <= %s AND t.dead_since IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM attention a WHERE a.connection_id = t.connection_id AND a.key = %s"
        f" AND a.detail ->> 'ends' = to_char({_ENDS} AT TIME ZONE 'UTC', 'YYYY-MM-DD'))"
        " ORDER BY t.connection_id",
        (until, DEDUP_KEY),
    )
    return {row["connection_id"]: row["ends"] for row in await cursor.fetchall()}


async def renewed(tx: Transaction, until: dt.datetime) -> list[str]:
    """The connections that are still asked to renew a grant that lives longer than `until` by now."""
    cursor = await tx.execute(
        "SELECT a.connection_id FROM attention a JOIN token t ON t.connection_id = a.connection_id"
        f" WHERE a.kind = 'reconnect_soon' AND a.key = %s AND a.state = 'open' AND t.dead_since IS NULL AND ({_ENDS} IS NULL OR {_ENDS} > %s)"
        " ORDER BY a.connection_id",
        (DEDUP_KEY, until),
    )
    return [row["connection_id"] for row in await cursor.fetchall()]
