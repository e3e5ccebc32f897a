"""Transactions, also on the morning after PostgreSQL was restarted."""

import asyncio
from typing import Any

import psycopg

from app.storage.database import EVERY_CONNECTION, Database, conninfo
from tests.support.services import DatabaseUrls


async def test_i13_a_transaction_begins_although_every_connection_of_the_pool_has_died(
    own_database: DatabaseUrls,
) -> None:
    database = Database(own_database.app, size=3)
    await database.open()
    try:
        await asyncio.gather(*(_one(database, 0.05) for _ in range(3)))
        with psycopg.connect(conninfo(own_database.admin), autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

        assert await asyncio.gather(*(_one(database) for _ in range(6))) == [1] * 6
    finally:
        await database.close()


async def _one(database: Database, seconds: float = 0) -> Any:
    async with database.transaction(EVERY_CONNECTION) as tx:
        row = await (await tx.execute("SELECT 1 AS one, pg_sleep(%s)", (seconds,))).fetchone()
        return row and row["one"]
