"""Which pending changes a run takes up next."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from app.domain.model.description import DESCRIPTIONS
from app.domain.model.records import Kind, Side
from app.storage.changes.change_queue import FIELDS, PendingChange, as_pending_change
from app.storage.database import Transaction

_LINKED = """(d.side = 'oncord' AND EXISTS (SELECT 1 FROM link l
        WHERE l.connection_id = %(c)s AND l.kind = 'receipt' AND l.oncord_id = d.record_id)
    OR d.side = 'quickbooks' AND EXISTS (SELECT 1 FROM link l
        WHERE l.connection_id = %(c)s AND l.kind = 'receipt' AND l.quickbooks_id = d.record_id))"""
"""Whether the record of a row `d` is, or was, on both sides. Each side by its own column: only such a condition finds it by an index."""
_NEW_MONEY = f"""
WITH money AS MATERIALIZED (
    SELECT {", ".join("d." + name for name in FIELDS.split(", "))}, m.record ->> 'contact_id' AS contact_id,
        m.record #> '{{payment,allocations}}' AS allocations
    FROM pending_change d
    JOIN mirror m ON m.connection_id = %(c)s AND m.side = d.side AND m.kind = 'receipt' AND m.record_id = d.record_id
        AND NOT m.deleted
    WHERE d.connection_id = %(c)s AND d.kind = 'receipt' AND NOT d.parked AND d.mirrored
        AND (d.not_before IS NULL OR d.not_before <= %(now)s)
        AND (m.record #>> '{{payment,amount}}')::numeric > 0 AND m.pays <> '{{}}'
)
SELECT {FIELDS} FROM money d
WHERE NOT {_LINKED}
AND NOT EXISTS (SELECT 1 FROM pending_change d WHERE d.connection_id = %(c)s AND d.kind = 'receipt' AND NOT d.parked
    AND {_LINKED} LIMIT 1)
AND NOT EXISTS (SELECT 1 FROM pending_change p WHERE p.connection_id = %(c)s AND p.side = d.side AND p.kind = 'contact'
    AND p.record_id = d.contact_id)
AND NOT EXISTS (SELECT 1 FROM jsonb_to_recordset(d.allocations) AS a(sale_id text, type text)
    LEFT JOIN link l ON l.connection_id = %(c)s AND l.kind = 'sale' AND l.state = 'live'
        AND (d.side = 'oncord' AND l.oncord_id = a.sale_id OR d.side = 'quickbooks' AND l.quickbooks_id = a.sale_id)
    LEFT JOIN pending_change s ON s.connection_id = %(c)s AND s.kind = 'sale'
        AND (s.side, s.record_id) IN (('oncord', l.oncord_id), ('quickbooks', l.quickbooks_id))
    LEFT JOIN mirror sm ON sm.connection_id = %(c)s AND sm.side = s.side AND sm.kind = 'sale'
        AND sm.record_id = s.record_id AND s.mirrored AND NOT sm.deleted
    WHERE l.id IS NULL OR a.type IS NOT NULL OR s.record_id IS NOT NULL AND (sm.record - %(unwatched)s::text[])
        IS DISTINCT FROM (CASE s.side WHEN 'oncord' THEN l.base_oncord ELSE l.base_quickbooks END - %(unwatched)s::text[]))
ORDER BY d.last_changed_at, d.side, d.record_id LIMIT %(limit)s
"""


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


async def next_in_order(
    tx: Transaction, connection_id: str, now: datetime, after: tuple[Side, Kind, str] | None, *, limit: int
) -> list[PendingChange]:
    """What may be tried now and comes after a record, in the order in which a plan is made: by kind, side and id."""
    found: list[PendingChange] = []
    places = [(kind, side) for kind in Kind for side in sorted(Side)]
    last = (after[1], after[0]) if after is not None else places[0]
    for kind, side in places[places.index(last) :]:
        result = await tx.execute(
            f"SELECT {FIELDS} FROM pending_change WHERE connection_id = %s AND side = %s AND kind = %s AND record_id > %s"
            " AND NOT parked AND (not_before IS NULL OR not_before <= %s) ORDER BY record_id LIMIT %s",
            (connection_id, side, kind, after[2] if after and (kind, side) == last else "", now, limit - len(found)),
        )
        found += [as_pending_change(row) for row in await result.fetchall()]
        if len(found) >= limit:
            break
    return found


async def claim_new_money(tx: Transaction, connection_id: str, now: datetime, *, limit: int) -> list[PendingChange]:
    """Of what `claim` answers, the receipts and payments that are new and pay documents that are there on both sides.

    Those depend on nothing else of the run: neither their documents nor their contact has moved. (QuickBooks tells of an
    invoice too when its balance has: one that holds what its pair agreed on has not moved.) None while a receipt that is
    on both sides has moved, since that may have to make room first.
    """
    result = await tx.execute(
        _NEW_MONEY,
        {"c": connection_id, "now": now, "limit": limit, "unwatched": sorted(DESCRIPTIONS[Kind.SALE].unwatched)},
    )
    return [as_pending_change(row) for row in await result.fetchall()]


async def claim_shown(
    tx: Transaction,
    connection_id: str,
    now: datetime,
    kind: Kind,
    plan_id: str,
    records: Sequence[str] | None,
    but: Iterable[tuple[Side, Kind, str]],
    *,
    limit: int,
) -> list[PendingChange]:
    """Changed records of one kind that a plan which was shown deals with, or only these of them ("oncord:sale:7"), and that may be
    tried now, but for some; the longest waiting first."""
    result = await tx.execute(
        f"SELECT {FIELDS} FROM pending_change d WHERE d.connection_id = %(c)s AND NOT d.parked AND d.kind = %(kind)s AND d.mirrored"
        " AND (d.not_before IS NULL OR d.not_before <= %(now)s) AND d.side || ':' || d.kind || ':' || d.record_id IN ("
        "SELECT o.preview ->> 'of' FROM operation o WHERE o.connection_id = %(c)s AND o.run_id = %(plan)s)"
        " AND (%(records)s::text[] IS NULL OR d.side || ':' || d.kind || ':' || d.record_id = ANY(%(records)s))"
        " AND d.side || ':' || d.kind || ':' || d.record_id <> ALL(%(but)s::text[])"
        " ORDER BY d.last_changed_at, d.side, d.kind, d.record_id LIMIT %(limit)s",
        {
            "c": connection_id,
            "kind": kind,
            "now": now,
            "plan": plan_id,
            "records": None if records is None else list(records),
            "but": [":".join(key) for key in but],
            "limit": limit,
        },
    )
    return [as_pending_change(row) for row in await result.fetchall()]
