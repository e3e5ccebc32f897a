"""How many metered reads each connection has cost, by day (law 9)."""

from datetime import date

from app.storage.database import Database, Transaction


class Meter:
    """Satisfies `app.quickbooks.ports.Meter`; each count is a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, connection_id: str, day: date, reads: int) -> None:
        """Add `reads` to the day's count."""
        async with self._database.transaction(connection_id) as tx:
            await tx.execute(
                "INSERT INTO read_meter AS m (connection_id, day, reads) VALUES (%s, %s, %s)"
                " ON CONFLICT (connection_id, day) DO UPDATE SET reads = m.reads + excluded.reads",
                (connection_id, day, reads),
            )


async def used_this_month(tx: Transaction, today: date) -> int:
    """Reads of all connections together since the first of the month: the allowance is the whole app's."""
    result = await tx.execute("SELECT reads_of_all_connections(%s) AS n", (today.replace(day=1),))
    row = await result.fetchone()
    return int(row["n"]) if row else 0
