"""Receipts that wait because nobody has decided where those of their payment method go: how many, and how much (law 13)."""

from dataclasses import dataclass
from decimal import Decimal

from app.domain.model.waiting import UNDECIDED, format_waits_for
from app.storage.database import Transaction

DEDUP_KEY = format_waits_for(UNDECIDED)
"""The one question about them."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The receipts of one method in one currency; `amount` is their sum, refunds taken off."""

    method_id: str
    currency: str
    receipts: int
    amount: Decimal


async def waiting(tx: Transaction, connection_id: str) -> list[Waiting]:
    """What waits, by method and currency."""
    result = await tx.execute(
        "SELECT coalesce(m.record ->> 'channel', '') AS method_id, coalesce(m.record #>> '{payment,currency}', '') AS currency,"
        " count(*) AS receipts, sum((m.record #>> '{payment,amount}')::numeric) AS amount FROM pending_change d"
        " JOIN mirror m ON m.connection_id = d.connection_id AND m.side = d.side AND m.kind = d.kind"
        " AND m.record_id = d.record_id AND NOT m.deleted"
        " WHERE d.connection_id = %s AND d.parked AND d.waits_for = %s AND d.side = 'oncord' AND d.kind = 'receipt'"
        " GROUP BY 1, 2 ORDER BY 1, 2",
        (connection_id, DEDUP_KEY),
    )
    return [Waiting(**row) for row in await result.fetchall()]


async def unnamed(tx: Transaction, connection_id: str) -> list[str]:
    """The methods of the open question whose names nobody has looked up yet (one that an upgrade has put)."""
    result = await tx.execute(
        "SELECT m ->> 'id' AS id FROM attention a, jsonb_array_elements(a.detail -> 'methods') WITH ORDINALITY AS e (m, n)"
        " WHERE a.connection_id = %s AND a.key = %s AND a.state = 'open' AND coalesce(m ->> 'name', '') = '' ORDER BY n",
        (connection_id, DEDUP_KEY),
    )
    return [row["id"] for row in await result.fetchall()]
