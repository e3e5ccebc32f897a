"""Opening receivables (S1) as a tie-out reads them: since when their documents stand for them, and what was open then."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from app.domain.model.records import Kind, Side
from app.storage.database import Transaction
from app.storage.records.mirror_rows import paid_key

_OPENING = re.compile(r"opening (\d{4}-\d{2}-\d{2})( whole)?")
"""The part of the link of an opening receivable (S1)."""
BEFORE = """
    LEFT JOIN (
        SELECT a.sale_id AS record_id, sum(a.amount) AS amount
        FROM own_mirror m
        CROSS JOIN LATERAL jsonb_to_recordset(m.record #> '{{payment,allocations}}') AS a(sale_id text, amount numeric)
        JOIN link l ON l.connection_id = %(c)s AND l.kind = 'sale' AND l.state = 'live' AND l.oncord_id = a.sale_id
            AND starts_with(l.part, 'opening ') AND m.record ->> 'date' < substr(l.part, 9, 10)
        WHERE %(kind)s = 'sale' AND m.connection_id = %(c)s AND m.side = 'oncord' AND m.kind = 'receipt' AND NOT m.deleted
            AND NOT coalesce((m.record ->> 'voided')::boolean, false) AND m.pays && %(openings)s::text[] GROUP BY 1
    ) o_before ON o_before.record_id = o.record_id
"""
"""What was received of sales in Oncord before they came into the books as opening receivables."""


async def paying(tx: Transaction, connection_id: str, kind: Kind) -> list[str]:
    """By what the receipts are found that pay opening receivables; there are few of those, or none."""
    if kind is not Kind.SALE:
        return []
    found = await tx.execute(
        "SELECT oncord_id FROM link WHERE connection_id = %s AND kind = 'sale' AND state = 'live'"
        " AND starts_with(part, 'opening ') ORDER BY oncord_id",
        (connection_id,),
    )
    return [paid_key(connection_id, Side.ONCORD, row["oncord_id"]) for row in await found.fetchall()]


def opened(row: dict[str, Any]) -> dict[str, Any]:
    """What the link of an opening receivable says, and how much was open then."""
    opening = _OPENING.fullmatch(row.get("q_part") or "")
    if opening is None:
        return {}
    total = Decimal(((row.get("o_record") or {}).get("money") or {}).get("total") or 0)
    open_then = max(Decimal(0), total - (row.get("received_before") or 0))
    return {"opening": dt.date.fromisoformat(opening[1]), "only_open": not opening[2], "open_then": open_then}
