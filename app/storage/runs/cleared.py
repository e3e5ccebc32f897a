"""What a run has read of the money that bank statements hold: once, however many turns it takes (law 9)."""

import datetime as dt
from dataclasses import dataclass

from psycopg.types.json import Jsonb

from app.domain.guards.cleared_money import ClearedMoney
from app.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class Kept:
    """What was read, without the names of accounts, and of which days."""

    money: ClearedMoney
    since: dt.date
    until: dt.date

    def covers(self, first: dt.date, last: dt.date) -> bool:
        """Whether nothing of these days has to be read; what was not told once in a run is not asked for again in it."""
        return not self.money.told or self.since <= first <= last <= self.until


async def of_run(tx: Transaction, run_id: str) -> Kept | None:
    """What a run has read; None where it has not asked."""
    found = await tx.execute("SELECT cleared FROM run WHERE id = %s AND cleared IS NOT NULL", (run_id,))
    row = await found.fetchone()
    if row is None:
        return None
    kept = row["cleared"]
    money = ClearedMoney(frozenset(kept["reconciled"]), frozenset(kept["cleared"]), kept["told"])
    return Kept(money, *(dt.date.fromisoformat(kept[name]) for name in ("since", "until")))


async def keep(tx: Transaction, connection_id: str, run_id: str, kept: Kept) -> None:
    """Remember what a run has read, of the payments and refunds that are mirrored."""
    listed = sorted(kept.money.reconciled | kept.money.cleared)
    found = await tx.execute(
        "SELECT record_id FROM mirror WHERE connection_id = %s AND side = 'quickbooks' AND kind = 'receipt'"
        " AND record_id = ANY(%s) ORDER BY record_id",
        (connection_id, listed),
    )
    ours = {row["record_id"] for row in await found.fetchall()}
    content = {
        "told": kept.money.told,
        "reconciled": sorted(kept.money.reconciled & ours),
        "cleared": sorted(kept.money.cleared & ours),
        "since": kept.since.isoformat(),
        "until": kept.until.isoformat(),
    }
    await tx.execute("UPDATE run SET cleared = %s WHERE id = %s", (Jsonb(content), run_id))


async def first_day_due(tx: Transaction, connection_id: str) -> dt.date | None:
    """The earliest day of the payments that are to be looked at, or whose receipts are; None where there are none."""
    found = await tx.execute(
        "SELECT min(m.record ->> 'date') AS day FROM mirror m WHERE m.connection_id = %(c)s AND m.side = 'quickbooks'"
        " AND m.kind = 'receipt' AND m.record_id IN ("
        "SELECT d.record_id FROM pending_change d WHERE d.connection_id = %(c)s AND d.side = 'quickbooks'"
        " AND d.kind = 'receipt' AND NOT d.parked UNION"
        " SELECT l.quickbooks_id FROM pending_change d JOIN link l ON l.connection_id = d.connection_id AND l.kind = d.kind"
        " AND l.oncord_id = d.record_id WHERE d.connection_id = %(c)s AND d.side = 'oncord' AND d.kind = 'receipt'"
        " AND NOT d.parked)",
        {"c": connection_id},
    )
    row = await found.fetchone()
    return dt.date.fromisoformat(row["day"]) if row is not None and row["day"] else None
