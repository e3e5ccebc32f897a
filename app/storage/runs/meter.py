"""How many metered reads each connection has cost, by day (law 9), and how many of them were no part of synchronising: facts of
the company, the closing date, checks of the mirrors, reports (`upkeep`).

The allowance is the whole app's, so the same statement counts for all of them together, and for the connection's month: what the month has
left, and who reads most, is read from a few rows, however many connections there are. What a removed connection has read stays counted there, since it stays spent.
"""

from datetime import date, timedelta

from app.storage.database import Database, Transaction

_COUNT = """
WITH own AS (
    INSERT INTO read_meter AS m (connection_id, day, reads, upkeep) VALUES (%(c)s, %(day)s, %(reads)s, %(upkeep)s)
    ON CONFLICT (connection_id, day) DO UPDATE SET reads = m.reads + excluded.reads, upkeep = m.upkeep + excluded.upkeep
), month AS (
    INSERT INTO reads_of_month AS m (connection_id, month, reads, upkeep)
    VALUES (%(c)s, date_trunc('month', %(day)s::date)::date, %(reads)s, %(upkeep)s)
    ON CONFLICT (connection_id, month) DO UPDATE SET reads = m.reads + excluded.reads, upkeep = m.upkeep + excluded.upkeep
)
INSERT INTO reads_of_day AS d (day, reads, upkeep) VALUES (%(day)s, %(reads)s, %(upkeep)s)
ON CONFLICT (day) DO UPDATE SET reads = d.reads + excluded.reads, upkeep = d.upkeep + excluded.upkeep
"""


class Meter:
    """Satisfies `app.quickbooks.ports.Meter`; each count is a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, connection_id: str, day: date, reads: int, *, upkeep: bool = False) -> None:
        """Add `reads` to the day's count, and where they were `upkeep` to that one, too."""
        async with self._database.transaction(connection_id) as tx:
            await tx.execute(_COUNT, {"c": connection_id, "day": day, "reads": reads, "upkeep": reads if upkeep else 0})


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
    result = await tx.execute(
        "SELECT coalesce(sum(reads), 0) AS n FROM reads_of_day WHERE day >= %s", (today.replace(day=1),)
    )
    row = await result.fetchone()
    return int(row["n"]) if row else 0
