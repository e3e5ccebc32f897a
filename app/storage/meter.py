"""How many metered reads each connection has cost, by day (law 9)."""

from datetime import date

from app.storage.database import Database


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
