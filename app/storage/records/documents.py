"""Documents that lie near others: of the same contact and total, or of the same number and total on the other side.

Both are looked up by the natural keys that stand beside each record, and answer ids only.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.domain.model.records import Side
from app.storage.database import Transaction
from app.storage.records.mirror_rows import paid_key


@dataclass(frozen=True, slots=True)
class Bill:
    """A contact of the side that is searched, and what a document for it would say."""

    contact_id: str
    total: Decimal
    date: date


async def alike(tx: Transaction, connection_id: str, side: Side, bills: Collection[Bill], days: int) -> frozenset[str]:
    """The documents of one side, linked or not, that have the contact and total of one of these and lie near it."""
    if not bills:
        return frozenset()
    wanted = sorted(bills, key=lambda b: (b.contact_id, b.total, b.date))
    result = await tx.execute(
        "SELECT DISTINCT m.record_id FROM unnest(%(contacts)s::text[], %(totals)s::numeric[], %(dates)s::date[])"
        " AS w(contact, total, day) JOIN mirror m ON m.connection_id = %(c)s AND m.side = %(s)s AND m.kind = 'sale'"
        " AND m.key_contact = w.contact AND m.key_contact <> '' AND m.key_amount = w.total AND NOT m.deleted"
        " AND abs((m.record->>'date')::date - w.day) <= %(days)s ORDER BY m.record_id",
        {
            "c": connection_id,
            "s": side,
            "contacts": [b.contact_id for b in wanted],
            "totals": [b.total for b in wanted],
            "dates": [b.date for b in wanted],
            "days": days,
        },
    )
    return frozenset([row["record_id"] for row in await result.fetchall()])


@dataclass(frozen=True, slots=True)
class Paid:
    """What receipts of one payment method and currency pay of one sale of Oncord."""

    sale_id: str
    method_id: str
    currency: str
    amount: Decimal


async def paid_through(tx: Transaction, connection_id: str, sale_ids: Sequence[str]) -> list[Paid]:
    """How sales of Oncord were paid, by receipts that stand and are not laid aside."""
    keys = [paid_key(connection_id, Side.ONCORD, sale_id) for sale_id in sale_ids]
    result = await tx.execute(
        "SELECT a.part->>'sale_id' AS sale_id, coalesce(m.record->>'channel', '') AS method_id,"
        " m.record->'payment'->>'currency' AS currency, sum((a.part->>'amount')::numeric) AS amount"
        " FROM own_mirror m CROSS JOIN LATERAL jsonb_array_elements(m.record->'payment'->'allocations') AS a(part)"
        " WHERE m.connection_id = %(c)s AND m.side = 'oncord' AND m.kind = 'receipt' AND m.pays && %(keys)s::text[]"
        " AND NOT m.deleted AND coalesce(m.record->>'voided', 'false') <> 'true'"
        " AND a.part->>'sale_id' = ANY(%(sales)s) AND NOT EXISTS (SELECT 1 FROM pending_change d"
        " WHERE d.connection_id = m.connection_id AND d.side = m.side AND d.kind = m.kind"
        " AND d.record_id = m.record_id AND d.parked) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        {"c": connection_id, "sales": list(sale_ids), "keys": keys},
    )
    return [Paid(r["sale_id"], r["method_id"], r["currency"] or "", r["amount"]) for r in await result.fetchall()]


async def numbers_on_both_sides(
    tx: Transaction, connection_id: str, side: Side, contact_ids: Sequence[str]
) -> frozenset[str]:
    """The numbers, as they are looked up, of unlinked documents of these contacts that the other side has with the same
    total in an unlinked document as well."""
    if not contact_ids:
        return frozenset()
    unlinked = (
        "NOT EXISTS (SELECT 1 FROM link l WHERE l.connection_id = {0}.connection_id AND l.kind = 'sale'"
        " AND l.{1} = {0}.record_id)"
    )
    ids = {Side.ONCORD: "oncord_id", Side.QUICKBOOKS: "quickbooks_id"}
    result = await tx.execute(
        "SELECT DISTINCT a.key_number FROM mirror a JOIN mirror b ON b.connection_id = a.connection_id"
        " AND b.side = %(other)s AND b.kind = 'sale' AND b.key_number = a.key_number AND b.key_number <> ''"
        " AND b.key_amount = a.key_amount AND NOT b.deleted"
        " WHERE a.connection_id = %(c)s AND a.side = %(s)s AND a.kind = 'sale' AND a.key_contact = ANY(%(contacts)s)"
        f" AND a.key_contact <> '' AND a.key_number <> '' AND NOT a.deleted AND {unlinked.format('a', ids[side])}"
        f" AND {unlinked.format('b', ids[side.other])} ORDER BY a.key_number",
        {"c": connection_id, "s": side, "other": side.other, "contacts": sorted(set(contact_ids))},
    )
    return frozenset([row["key_number"] for row in await result.fetchall()])
