"""What PostgreSQL knows of tables that a first synchronisation has just filled; without it, plans read all of a connection for each record.

Its own job comes around once a minute, and a large first synchronisation is half done by then (migration 0045).
"""

from app.storage.database import Transaction


async def of_records(tx: Transaction) -> None:
    """Look at what is in the mirrors and in the change queue."""
    await tx.execute("SELECT statistics_of_records()")


async def of_links(tx: Transaction) -> None:
    """Look at what is linked."""
    await tx.execute("SELECT statistics_of_links()")
