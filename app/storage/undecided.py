"""Receipts that wait because nobody has decided where those of their payment method go: how many, and how much (law 13)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from psycopg.types.json import Jsonb

from app.storage.database import Transaction
from app.storage.encoding import dump

MATTER = "configuration:payment methods"
"""The one question about them (`app.domain.translate.UNDECIDED` under the configuration)."""


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
        " count(*) AS receipts, sum((m.record #>> '{payment,amount}')::numeric) AS amount FROM dirty d"
        " JOIN mirror m ON m.connection_id = d.connection_id AND m.side = d.side AND m.kind = d.kind"
        " AND m.record_id = d.record_id AND NOT m.deleted"
        " WHERE d.connection_id = %s AND d.parked AND d.waits_for = %s AND d.side = 'oncord' AND d.kind = 'receipt'"
        " GROUP BY 1, 2 ORDER BY 1, 2",
        (connection_id, MATTER),
    )
    return [Waiting(**row) for row in await result.fetchall()]


async def tell(tx: Transaction, connection_id: str, summary: str, methods: Sequence[Mapping[str, object]]) -> None:
    """Say in the open question what waits, by method."""
    await tx.execute(
        "UPDATE attention SET summary = %s, detail = detail || %s, side = '', record_kind = '', record_id = '',"
        " subject = '{}' WHERE connection_id = %s AND key = %s AND state = 'open'",
        (summary, Jsonb({"methods": list(methods)}, dumps=dump), connection_id, MATTER),
    )
