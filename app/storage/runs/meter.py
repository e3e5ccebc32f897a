"""How many metered reads each connection has cost, by day (law 9), and how many of them were no part of synchronising: facts of
the company, the closing date, checks of the mirrors, reports (`upkeep`)."""

from datetime import date, timedelta

from app.storage.database import Database, Transaction


class Meter:
    """Satisfies `app.quickbooks.ports.Meter`; each count is a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, connection_id: str, day: date, reads: int, *, upkeep: bool = False) -> None:
        """Add `reads` to the day's count, and where they were `upkeep` to that one, too."""
        async with self._database.transaction(connection_id) as tx:
            await tx.execute(
                "INSERT INTO read_meter AS m (connection_id, day, reads, upkeep) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (connection_id, day) DO UPDATE SET reads = m.reads + excluded.reads, upkeep = m.upkeep + excluded.upkeep",
                (connection_id, day, reads, reads if upkeep else 0),
            )


async def upkeep_of_a_week(tx: Transaction, connection_id: str, today: date) -> int:
    """Reads of one connection in seven days up to this one that were no part of synchronising."""
    result = await tx.execute(
        "SELECT coalesce(sum(upkeep), 0) AS n FROM read_meter WHERE connection_id = %s AND day > %s",
        (connection_id, today - timedelta(days=7)),
    )
    row = await result.fetchone()
    return int(row["n"]) if row else 0


async def used_this_month(tx: Transaction, today: date) -> int:
    """Reads of all connections together since the first of the month: the allowance is the whole app's."""
    result = await tx.execute("SELECT reads_of_all_connections(%s) AS n", (today.replace(day=1),))
    row = await result.fetchone()
    return int(row["n"]) if row else 0
