"""What is due to be compared when a run ends, what each document of it holds, and what was named of the difference."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.domain.model.records import Kind, Sale, Side, Snapshot
from app.domain.settlement.causes import BEYOND, Cause, Part
from app.domain.settlement.state import Applied
from app.storage.database import Transaction
from app.storage.encoding import dump
from app.storage.records import mirrors

Key = tuple[Side, Kind, str]

_DOCUMENTS = """
WITH due AS (
    SELECT side, kind, record_id FROM jsonb_to_recordset(%(due)s::jsonb) AS r(side text, kind text, record_id text)
), money AS (
    SELECT m.side, a ->> 'sale_id' AS sale_id FROM due d
    JOIN mirror m ON m.connection_id = %(c)s AND m.side = d.side AND m.kind = 'receipt' AND m.record_id = d.record_id
    CROSS JOIN LATERAL jsonb_array_elements(coalesce(m.record #> '{payment,allocations}', '[]')) a
    WHERE d.kind = 'receipt'
), documents AS (
    SELECT record_id AS quickbooks_id FROM due WHERE side = 'quickbooks' AND kind = 'sale'
    UNION SELECT sale_id FROM money WHERE side = 'quickbooks'
    UNION SELECT l.quickbooks_id FROM link l WHERE l.connection_id = %(c)s AND l.kind = 'sale' AND l.state = 'live'
        AND l.oncord_id IN (SELECT sale_id FROM money WHERE side = 'oncord'
            UNION SELECT record_id FROM due WHERE side = 'oncord' AND kind = 'sale')
), wholes AS (
    SELECT DISTINCT coalesce(p.quickbooks_id, d.quickbooks_id) AS quickbooks_id FROM documents d
    LEFT JOIN LATERAL (SELECT oncord_id FROM (SELECT oncord_id, part FROM link WHERE connection_id = %(c)s AND kind = 'sale'
        AND quickbooks_id = d.quickbooks_id AND state = 'live' OFFSET 0) i WHERE i.part ~ '^difference:') l ON true
    LEFT JOIN link p ON p.connection_id = %(c)s AND p.kind = 'sale' AND p.oncord_id = l.oncord_id AND p.state = 'live'
        AND p.part !~ '^(cancelled$|difference:)'
)
SELECT d.quickbooks_id, l.oncord_id, s.amount, s.parts, beside.ids AS beside,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('side', m.side, 'record_id', m.record_id, 'seen_at', m.seen_at,
        'cash', m.record #>> '{payment,amount}', 'date', m.record ->> 'date',
        'amount', (SELECT sum((a ->> 'amount')::numeric
                * CASE WHEN coalesce(a ->> 'type', 'sale') <> coalesce(q.record ->> 'type', 'sale')
                    AND a ->> 'sale_id' = ANY(beside.ids) THEN -1 ELSE 1 END)
            FROM jsonb_array_elements(m.record #> '{payment,allocations}') a
            WHERE a ->> 'sale_id' = CASE m.side WHEN 'oncord' THEN l.oncord_id ELSE d.quickbooks_id END
                OR m.side = 'quickbooks' AND a ->> 'sale_id' = ANY(beside.ids))::text,
        'receipt_id', CASE m.side
            WHEN 'oncord' THEN (SELECT r.oncord_id FROM link r WHERE r.connection_id = %(c)s AND r.kind = 'receipt'
                AND r.oncord_id = m.record_id AND r.state = 'live' LIMIT 1)
            ELSE (SELECT r.oncord_id FROM link r WHERE r.connection_id = %(c)s AND r.kind = 'receipt'
                AND r.quickbooks_id = m.record_id AND r.state = 'live' LIMIT 1) END,
        'stays', m.side = 'quickbooks' AND EXISTS (SELECT 1 FROM link r WHERE r.connection_id = %(c)s
            AND r.kind = 'receipt' AND r.quickbooks_id = m.record_id AND r.state = 'tombstone' AND r.gone = 'oncord'),
        'cancelled', m.side = 'quickbooks' AND EXISTS (SELECT 1
            FROM jsonb_to_recordset(m.record #> '{payment,allocations}') AS a(sale_id text, type text)
            CROSS JOIN LATERAL (SELECT oncord_id, part FROM link WHERE connection_id = %(c)s AND kind = 'sale'
                AND quickbooks_id = a.sale_id AND state = 'live' OFFSET 0) r
            WHERE r.part = 'cancelled' OR r.part ~ '^difference:' AND coalesce(a.type, 'sale')
                    <> (SELECT coalesce(o.record ->> 'type', 'sale') FROM mirror o WHERE o.connection_id = %(c)s AND o.side = 'oncord'
                        AND o.kind = 'sale' AND o.record_id = r.oncord_id)))
        ORDER BY m.side, m.record_id), '[]')
    FROM own_mirror m WHERE m.kind = 'receipt' AND NOT m.deleted AND m.record ->> 'voided' IS DISTINCT FROM 'true'
        AND m.pays && (ARRAY[%(c)s || ' quickbooks ' || d.quickbooks_id, %(c)s || ' oncord ' || coalesce(l.oncord_id, '')]
            || ARRAY(SELECT %(c)s || ' quickbooks ' || i FROM unnest(beside.ids) i))
    ) AS applied, q.seen_at
FROM wholes d
CROSS JOIN LATERAL (SELECT record, seen_at FROM mirror WHERE connection_id = %(c)s AND side = 'quickbooks' AND kind = 'sale'
    AND record_id = d.quickbooks_id OFFSET 0) q
LEFT JOIN LATERAL (SELECT oncord_id, part FROM link WHERE connection_id = %(c)s AND kind = 'sale' AND quickbooks_id = d.quickbooks_id
    AND state = 'live' OFFSET 0) l ON true
LEFT JOIN LATERAL (SELECT coalesce(array_agg(b.quickbooks_id ORDER BY b.id), '{}') AS ids FROM link b
    WHERE b.connection_id = %(c)s AND b.kind = 'sale' AND b.oncord_id = l.oncord_id AND b.state = 'live'
        AND b.part ~ '^difference:' AND l.part !~ '^(cancelled$|difference:)') beside ON true
LEFT JOIN settled_otherwise s ON s.connection_id = %(c)s AND s.quickbooks_id = d.quickbooks_id
WHERE s.quickbooks_id IS NOT NULL OR l.oncord_id IS NOT NULL
ORDER BY d.quickbooks_id
"""
"""`OFFSET 0` keeps a look-up one by an index for each row, whatever PostgreSQL thinks of the table (docs/decisions/statements-by-the-batch.md)."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One document of the books with its sale, what is applied to either, and what was named before.

    `invoice` and `sale` are None where they are gone, or not joined any more.
    """

    quickbooks_id: str
    invoice: Snapshot | None
    sale: Snapshot | None
    applied: tuple[Applied, ...]
    named_parts: tuple[Part, ...] | None
    """What was named of the difference; None where there was none."""
    read_since: bool
    """Whether the document was read no earlier than every payment that is applied to it."""
    beside: tuple[Sale, ...] = ()
    """The documents over later differences of the sale (B1), which what is applied pays, too."""


async def note_due(tx: Transaction, connection_id: str, keys: Collection[Key]) -> None:
    """Have these sales and receipts compared when the run ends."""
    due = [k for k in keys if k[1] in (Kind.SALE, Kind.RECEIPT)]
    if not due:
        return
    await tx.execute(
        "INSERT INTO settlement_due (connection_id, side, kind, record_id) SELECT %s, side, kind, record_id"
        " FROM jsonb_to_recordset(%s::jsonb) AS r(side text, kind text, record_id text) ORDER BY 2, 3, 4"
        " ON CONFLICT DO NOTHING",
        (connection_id, _named(due)),
    )


async def claim(tx: Transaction, connection_id: str, *, after: Key | None, limit: int) -> list[Key]:
    """What is due, in the order of its keys, behind `after`."""
    side, kind, record_id = after or ("", "", "")
    result = await tx.execute(
        "SELECT side, kind, record_id FROM settlement_due WHERE connection_id = %s AND (side, kind, record_id) > (%s, %s, %s)"
        " ORDER BY side, kind, record_id LIMIT %s",
        (connection_id, side, kind, record_id, limit),
    )
    return [(Side(row["side"]), Kind(row["kind"]), row["record_id"]) for row in await result.fetchall()]


async def done(tx: Transaction, connection_id: str, keys: Collection[Key]) -> None:
    """These have been compared."""
    await tx.execute(
        "DELETE FROM settlement_due d USING jsonb_to_recordset(%s::jsonb) AS r(side text, kind text, record_id text)"
        " WHERE d.connection_id = %s AND d.side = r.side AND d.kind = r.kind AND d.record_id = r.record_id",
        (_named(keys), connection_id),
    )


async def compare(tx: Transaction, connection_id: str, keys: Collection[Key]) -> list[Compared]:
    """The documents that these keys concern, as far as they are joined, or something was named of them."""
    result = await tx.execute(_DOCUMENTS, {"c": connection_id, "due": _named(keys)})
    rows = await result.fetchall()
    ids = {i for row in rows for i in (row["quickbooks_id"], *row["beside"])}
    invoices = await mirrors.load(tx, connection_id, Side.QUICKBOOKS, Kind.SALE, ids)
    sales = await mirrors.load(
        tx, connection_id, Side.ONCORD, Kind.SALE, {r["oncord_id"] for r in rows if r["oncord_id"]}
    )
    return [
        Compared(
            quickbooks_id=row["quickbooks_id"],
            invoice=_there(invoices.get(row["quickbooks_id"])) if row["oncord_id"] else None,
            sale=_there(sales.get(row["oncord_id"])) if row["oncord_id"] else None,
            applied=tuple(applied(each) for each in row["applied"]),
            named_parts=None if row["parts"] is None else parts_of(row["parts"]),
            read_since=all(
                datetime.fromisoformat(a["seen_at"]) <= row["seen_at"]
                for a in row["applied"]
                if a["side"] == "quickbooks"
            ),
            beside=tuple(
                snapshot.record
                for i in row["beside"]
                if (snapshot := _there(invoices.get(i))) is not None and isinstance(snapshot.record, Sale)
            ),
        )
        for row in rows
    ]


async def keep(
    tx: Transaction, connection_id: str, quickbooks_id: str, oncord_id: str, parts: Sequence[Part], now: datetime
) -> None:
    """Remember what was named of one document; what it shows less as settled counts below zero."""
    amount = sum(-p.amount if p.cause in BEYOND else p.amount for p in parts)
    told = [{"cause": str(p.cause), "amount": str(p.amount), "label": p.label} for p in parts]
    await tx.execute(
        "INSERT INTO settled_otherwise (connection_id, quickbooks_id, oncord_id, amount, parts, named_at)"
        " VALUES (%s, %s, %s, %s, %s::jsonb, %s) ON CONFLICT (connection_id, quickbooks_id) DO UPDATE SET"
        " oncord_id = excluded.oncord_id, amount = excluded.amount, parts = excluded.parts, named_at = excluded.named_at",
        (connection_id, quickbooks_id, oncord_id, amount, dump(told), now),
    )


async def forget(tx: Transaction, connection_id: str, quickbooks_ids: Sequence[str]) -> None:
    """There is no difference of these documents any more."""
    if not quickbooks_ids:
        return
    await tx.execute(
        "DELETE FROM settled_otherwise WHERE connection_id = %s AND quickbooks_id = ANY(%s)",
        (connection_id, list(quickbooks_ids)),
    )


def applied(row: dict[str, Any]) -> Applied:
    """One receipt or payment as a statement of this folder tells it."""
    return Applied(
        side=Side(row["side"]),
        id=row["record_id"],
        amount=Decimal(row["amount"] or 0),
        receipt_id=row["receipt_id"] or "",
        credit=Decimal(row["cash"] or 0) == 0,
        cancelled=bool(row.get("cancelled")),
        written_off=bool(row.get("written_off")),
        stays=bool(row.get("stays")),
        date=date.fromisoformat(row["date"]) if row.get("date") else None,
        back=Decimal(row["cash"] or 0) < 0,
    )


def parts_of(stored: Sequence[dict[str, Any]]) -> tuple[Part, ...]:
    """What was named of a document, as it was stored."""
    return tuple(Part(Cause(each["cause"]), Decimal(each["amount"]), each["label"]) for each in stored)


def _there(snapshot: Snapshot | None) -> Snapshot | None:
    return None if snapshot is None or snapshot.deleted or snapshot.record is None else snapshot


def _named(keys: Any) -> str:
    return dump([{"side": side, "kind": kind, "record_id": record_id} for side, kind, record_id in sorted(keys)])
