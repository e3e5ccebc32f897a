"""What waits for a choice of the configuration: how many records, and how much (law 13)."""

from dataclasses import dataclass
from decimal import Decimal

from app.domain.model.records import Kind, Side
from app.domain.model.waiting import UNDECIDED, Family, WaitsFor, format_waits_for, parse_waits_for
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


@dataclass(frozen=True, slots=True)
class Held:
    """The records of one side, kind and currency that wait for one choice; `amount` is their sum, what gives credit taken
    off, and zero for what is no money."""

    waits_for: WaitsFor
    side: Side
    kind: Kind
    currency: str
    count: int
    amount: Decimal


async def held(tx: Transaction, connection_id: str) -> list[Held]:
    """What waits for the choices of the configuration, whichever they are."""
    result = await tx.execute(
        "SELECT d.waits_for, d.side, d.kind, count(*) AS count,"
        " coalesce(m.record #>> '{money,currency}', m.record #>> '{payment,currency}', '') AS currency,"
        " coalesce(sum(CASE WHEN m.record ->> 'type' = 'adjustment' THEN -1 ELSE 1 END"
        " * coalesce(m.record #>> '{money,total}', m.record #>> '{payment,amount}')::numeric), 0) AS amount"
        " FROM pending_change d LEFT JOIN mirror m ON m.connection_id = d.connection_id AND m.side = d.side"
        " AND m.kind = d.kind AND m.record_id = d.record_id AND NOT m.deleted"
        " WHERE d.connection_id = %s AND d.parked AND starts_with(d.waits_for, %s)"
        " GROUP BY d.waits_for, d.side, d.kind, currency ORDER BY d.waits_for, d.side, d.kind DESC, currency",
        (connection_id, f"{Family.CONFIGURATION}:"),
    )
    found = []
    for row in await result.fetchall():
        waits_for = parse_waits_for(row["waits_for"])
        if waits_for is not None:
            found.append(
                Held(waits_for, Side(row["side"]), Kind(row["kind"]), row["currency"], row["count"], row["amount"])
            )
    return found
