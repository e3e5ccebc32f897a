"""What is owed to whoever holds a voucher, as far as synchronised documents of either side say it: what was sold, and what of it
was redeemed by a line, or by a payment into a clearing account (docs/decisions/vouchers.md).

Oncord's lines and receipts say themselves that they are vouchers. In QuickBooks it is what bears an item that was chosen for them,
and the payments of those receipts.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from app.storage.database import Transaction
from app.tieout.numbers import written

Plain = dict[str, Any]
PARTS = ("sold", "redeemed_by_line", "redeemed_by_payment")

_LINES = """
SELECT m.side, coalesce(m.record #>> '{money,currency}', '') AS currency,
    sum(greatest(l.amount, 0)) AS sold, sum(greatest(-l.amount, 0)) AS redeemed
FROM mirror m CROSS JOIN LATERAL (
    SELECT CASE m.record ->> 'type' WHEN 'adjustment' THEN -1 ELSE 1 END * (x ->> 'total')::numeric AS amount
    FROM jsonb_array_elements(m.record #> '{money,lines}') x
    WHERE CASE m.side WHEN 'oncord' THEN coalesce((x ->> 'voucher')::boolean, false)
        ELSE x ->> 'item' = ANY(%(items)s) END
) l
WHERE m.connection_id = %(c)s AND m.kind = 'sale' AND NOT m.deleted AND NOT coalesce((m.record ->> 'voided')::boolean, false)
    AND coalesce(m.record ->> 'status', 'confirmed') = 'confirmed' AND m.record ->> 'date' <= %(last)s
GROUP BY 1, 2
"""
_PAYMENTS = """
WITH redeemed AS (
    SELECT m.record_id, m.record FROM mirror m WHERE m.connection_id = %(c)s AND m.side = 'oncord' AND m.kind = 'receipt'
        AND NOT m.deleted AND NOT coalesce((m.record ->> 'voided')::boolean, false) AND m.record ->> 'means' = 'voucher'
), both_sides AS (
    SELECT 'oncord' AS side, record FROM redeemed
    UNION ALL
    SELECT 'quickbooks', q.record FROM redeemed r
    JOIN link l ON l.connection_id = %(c)s AND l.kind = 'receipt' AND l.oncord_id = r.record_id AND l.state = 'live'
    JOIN mirror q ON q.connection_id = %(c)s AND q.side = 'quickbooks' AND q.kind = 'receipt' AND q.record_id = l.quickbooks_id
        AND NOT q.deleted AND NOT coalesce((q.record ->> 'voided')::boolean, false)
)
SELECT side, coalesce(record #>> '{payment,currency}', '') AS currency, sum((record #>> '{payment,amount}')::numeric) AS paid
FROM both_sides WHERE record ->> 'date' <= %(last)s GROUP BY 1, 2
"""


async def vouchers(tx: Transaction, connection_id: str, items: Sequence[str], last: dt.date) -> list[Plain]:
    """Each currency: what each side says of vouchers up to `last`; empty where nothing is a voucher. `items` are those that were
    chosen for vouchers, sold or redeemed."""
    values = {"c": connection_id, "items": list(items), "last": last.isoformat()}
    found: dict[str, dict[str, dict[str, Decimal]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(Decimal)))
    for row in await (await tx.execute(_LINES, values)).fetchall():
        sums = found[row["currency"]][row["side"]]
        sums["sold"] += row["sold"]
        sums["redeemed_by_line"] += row["redeemed"]
    for row in await (await tx.execute(_PAYMENTS, values)).fetchall():
        found[row["currency"]][row["side"]]["redeemed_by_payment"] += row["paid"]
    return [
        {"currency": currency, **{side: _told(sides.get(side, {})) for side in ("oncord", "quickbooks")}}
        for currency, sides in sorted(found.items())
    ]


def _told(sums: dict[str, Decimal]) -> dict[str, str]:
    parts = {name: sums.get(name, Decimal(0)) for name in PARTS}
    owed = parts["sold"] - parts["redeemed_by_line"] - parts["redeemed_by_payment"]
    return {**{name: written(amount) for name, amount in parts.items()}, "owed": written(owed)}
