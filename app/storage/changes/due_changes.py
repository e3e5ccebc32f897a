"""Which pending changes a run takes up next."""

from collections.abc import Sequence
from datetime import datetime

from app.domain.model.description import DESCRIPTIONS
from app.domain.model.records import Kind, Side
from app.storage.changes.change_queue import FIELDS, PendingChange, as_pending_change
from app.storage.database import Transaction

_MOVED_MONEY = (
    "SELECT 1 FROM pending_change d WHERE d.connection_id = %(c)s AND d.kind = 'receipt' AND NOT d.parked AND EXISTS ({linked})"
    " LIMIT 1"
)


async def claim(
    tx: Transaction,
    connection_id: str,
    now: datetime,
    *,
    kinds: Sequence[Kind] = tuple(Kind),
    sides: Sequence[Side] = tuple(Side),
    mirrored: bool | None = None,
    limit: int = 1000,
) -> list[PendingChange]:
    """Dirty records that may be tried now, the longest waiting first; `mirrored` tells those that the mirror already holds."""
    result = await tx.execute(
        f"SELECT {FIELDS} FROM pending_change WHERE connection_id = %(c)s AND NOT parked AND kind = ANY(%(kinds)s) "
        "AND side = ANY(%(sides)s) "
        "AND (not_before IS NULL OR not_before <= %(now)s) AND (%(mirrored)s::boolean IS NULL OR mirrored = %(mirrored)s) "
        "ORDER BY last_changed_at, side, kind, record_id LIMIT %(limit)s",
        {
            "c": connection_id,
            "kinds": list(kinds),
            "sides": list(sides),
            "now": now,
            "mirrored": mirrored,
            "limit": limit,
        },
    )
    return [as_pending_change(row) for row in await result.fetchall()]


async def claim_new_money(tx: Transaction, connection_id: str, now: datetime, *, limit: int) -> list[PendingChange]:
    """Of what `claim` answers, the receipts and payments that are new and pay documents that are there on both sides.

    Those depend on nothing else of the run: neither their documents nor their contact has moved. (QuickBooks tells of an
    invoice too when its balance has: one that holds what its pair agreed on has not moved.) None while a receipt that is
    on both sides has moved, since that may have to make room first.
    """
    own = "CASE d.side WHEN 'oncord' THEN l.oncord_id ELSE l.quickbooks_id END"
    linked = (
        f"SELECT 1 FROM link l WHERE l.connection_id = d.connection_id AND l.kind = 'receipt' AND {own} = d.record_id"
    )
    unsettled = (
        "SELECT 1 FROM jsonb_array_elements(m.record #> '{payment,allocations}') a"
        f" LEFT JOIN link l ON l.connection_id = d.connection_id AND l.kind = 'sale' AND l.state = 'live' AND {own} = a ->> 'sale_id'"
        " LEFT JOIN pending_change s ON s.connection_id = d.connection_id AND s.kind = 'sale'"
        " AND (s.side, s.record_id) IN (('oncord', l.oncord_id), ('quickbooks', l.quickbooks_id))"
        " LEFT JOIN mirror sm ON sm.connection_id = d.connection_id AND sm.side = s.side AND sm.kind = 'sale'"
        " AND sm.record_id = s.record_id AND s.mirrored AND NOT sm.deleted"
        " WHERE l.id IS NULL OR a ? 'type' OR s.record_id IS NOT NULL AND (sm.record - %(unwatched)s::text[])"
        " IS DISTINCT FROM (CASE s.side WHEN 'oncord' THEN l.base_oncord ELSE l.base_quickbooks END - %(unwatched)s::text[])"
    )
    result = await tx.execute(
        f"SELECT {', '.join('d.' + name for name in FIELDS.split(', '))} FROM pending_change d"
        " JOIN mirror m ON m.connection_id = d.connection_id AND m.side = d.side AND m.kind = 'receipt'"
        " AND m.record_id = d.record_id AND NOT m.deleted"
        " WHERE d.connection_id = %(c)s AND d.kind = 'receipt' AND NOT d.parked AND d.mirrored"
        f" AND (d.not_before IS NULL OR d.not_before <= %(now)s) AND NOT EXISTS ({linked})"
        f" AND NOT EXISTS (SELECT 1 FROM ({_MOVED_MONEY.format(linked=linked)}) moved)"
        " AND (m.record #>> '{payment,amount}')::numeric > 0 AND m.pays <> '{}'"
        " AND NOT EXISTS (SELECT 1 FROM pending_change p WHERE p.connection_id = d.connection_id AND p.side = d.side"
        " AND p.kind = 'contact' AND p.record_id = m.record ->> 'contact_id')"
        f" AND NOT EXISTS ({unsettled}) ORDER BY d.last_changed_at, d.side, d.record_id LIMIT %(limit)s",
        {"c": connection_id, "now": now, "limit": limit, "unwatched": sorted(DESCRIPTIONS[Kind.SALE].unwatched)},
    )
    return [as_pending_change(row) for row in await result.fetchall()]
