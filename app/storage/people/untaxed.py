"""Sales of Oncord with lines that have neither a tax code nor tax: how many, how much, and how many of them wait for a choice."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from app.domain.model.untaxed_lines import Destination, Sort, destination_in
from app.domain.model.waiting import UNTAXED, format_waits_for
from app.storage.database import Transaction

_COUNTED = """
WITH sold AS (
    SELECT m.record_id, m.record, d.record_id IS NOT NULL AS waits, coalesce(
        m.record #>> '{shipping_address,country}',
        CASE WHEN m.record ? 'shipping_address' THEN '' ELSE m.record #>> '{billing_address,country}' END, '') AS country
    FROM mirror m LEFT JOIN pending_change d ON d.connection_id = m.connection_id AND d.side = m.side AND d.kind = m.kind
        AND d.record_id = m.record_id AND d.parked AND d.waits_for = %(asked)s
    WHERE m.connection_id = %(c)s AND m.side = 'oncord' AND m.kind = 'sale' AND NOT m.deleted
        AND (d.record_id IS NOT NULL OR m.record ->> 'date' >= %(since)s
            AND coalesce(m.record ->> 'status', 'confirmed') = 'confirmed' AND NOT m.record ? 'voided')
), bare AS (
    SELECT s.record_id, s.waits, s.country, coalesce(s.record #>> '{money,currency}', '') AS currency,
        CASE WHEN s.record ->> 'type' = 'adjustment' THEN -1 ELSE 1 END * (l ->> 'total')::numeric AS amount,
        CASE coalesce(l ->> 'kind', 'item') WHEN 'shipping' THEN 'shipping' WHEN 'discount' THEN 'discounts'
            ELSE CASE WHEN coalesce(l ->> 'item', '') = '' THEN 'free_text' ELSE 'products' END END AS sort
    FROM sold s, jsonb_array_elements(s.record #> '{money,lines}') l
    WHERE coalesce(l ->> 'tax_code', '') = '' AND coalesce((l ->> 'tax')::numeric, 0) = 0
        AND (l ->> 'total')::numeric <> 0 AND coalesce(l ->> 'kind', 'item') <> 'rounding'
        AND NOT coalesce((l ->> 'voucher')::boolean, false)
)
SELECT sort, country, currency, count(DISTINCT record_id) AS sales, sum(amount) AS amount,
    count(DISTINCT record_id) FILTER (WHERE waits) AS waiting FROM bare GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class UntaxedSales:
    """The sales with lines of one sort without a code, in one currency; `amount` is what these lines come to, what gives
    credit taken off. `destination` None: where they are shipped to is in no country that is known."""

    sort: Sort
    destination: Destination | None
    currency: str
    sales: int
    waiting: int
    amount: Decimal


async def untaxed_sales(
    tx: Transaction, connection_id: str, country: str, since: date | None = None
) -> list[UntaxedSales]:
    """Those dated on or after `since`, and all that wait (None: these alone). `country` is the company's own."""
    found = await tx.execute(
        _COUNTED,
        {"c": connection_id, "asked": format_waits_for(UNTAXED), "since": since.isoformat() if since else None},
    )
    counted: dict[tuple[str, Destination | None, str], UntaxedSales] = {}
    for row in await found.fetchall():
        one = UntaxedSales(
            row["sort"],
            destination_in(row["country"], country),
            row["currency"],
            row["sales"],
            row["waiting"],
            row["amount"],
        )
        key = (one.sort, one.destination, one.currency)
        before = counted.get(key)
        counted[key] = (
            replace(
                one,
                sales=before.sales + one.sales,
                waiting=before.waiting + one.waiting,
                amount=before.amount + one.amount,
            )
            if before
            else one
        )
    return list(counted.values())
