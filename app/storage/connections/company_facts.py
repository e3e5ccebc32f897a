"""What a company has said of itself, kept from run to run (`app.quickbooks.company_facts`): the run that holds the lease reads and
writes it. What belongs to another company, or to a state of it that somebody may have changed, is not found any more."""

from dataclasses import dataclass
from datetime import datetime

from app.storage.connections.connections import Connection
from app.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class Kept:
    """QuickBooks' rows by entity as JSON (text: numbers stay as they were written), when they and the closing date were read."""

    rows: str
    read_at: datetime
    closing_read_at: datetime


async def load(tx: Transaction, connection: Connection) -> Kept | None:
    """What is kept of the company that the connection has now; None where nothing is."""
    result = await tx.execute(
        "SELECT rows, read_at, closing_read_at FROM company_facts"
        " WHERE connection_id = %s AND realm_id = %s AND generation = %s",
        (connection.id, connection.realm_id, connection.company_generation),
    )
    row = await result.fetchone()
    return Kept(row["rows"], row["read_at"], row["closing_read_at"]) if row else None


async def keep(tx: Transaction, connection: Connection, kept: Kept) -> None:
    """Keep this instead of what was kept before."""
    await tx.execute(
        "INSERT INTO company_facts (connection_id, realm_id, generation, rows, read_at, closing_read_at)"
        " VALUES (%(c)s, %(realm)s, %(generation)s, %(rows)s, %(read)s, %(closing)s)"
        " ON CONFLICT (connection_id) DO UPDATE SET realm_id = excluded.realm_id, generation = excluded.generation,"
        " rows = excluded.rows, read_at = excluded.read_at, closing_read_at = excluded.closing_read_at",
        {
            "c": connection.id,
            "realm": connection.realm_id,
            "generation": connection.company_generation,
            "rows": kept.rows,
            "read": kept.read_at,
            "closing": kept.closing_read_at,
        },
    )
