"""Connections to PostgreSQL and transactions. Every transaction names the connection whose rows it is about.

Raw psycopg for what runs often, an ORM session (SQLModel) for the few rows that people edit. Both come from here, and
both tell PostgreSQL the connection they work for (`app.connection_id`), so that row-level security can be switched on.
No transaction may stay open across an HTTP call (law 10).
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg.sql import SQL, Literal
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.engine import make_url

Transaction = psycopg.AsyncConnection[DictRow]
"""An open transaction, rows as dictionaries."""

_BEGIN = SQL("BEGIN {0}; SELECT set_config('app.connection_id', {1}, true)")
_ONE_MOMENT = "ISOLATION LEVEL REPEATABLE READ"
EVERY_CONNECTION = "*"
"""Named by transactions that are about the platform itself: intake of many connections, the sweeper."""


def conninfo(database_url: str) -> str:
    """The libpq form of a SQLAlchemy address such as `postgresql+psycopg://user@/db?host=/run/postgresql`."""
    url = make_url(database_url).set(drivername="postgresql")
    parts: dict[str, Any] = {
        "user": url.username,
        "password": url.password,
        "host": url.host,
        "port": url.port,
        "dbname": url.database,
        **{key: value if isinstance(value, str) else ",".join(value) for key, value in url.query.items()},
    }
    return psycopg.conninfo.make_conninfo(**{key: value for key, value in parts.items() if value})


class Database:
    """The pool of one process. `open` before use, `close` at the end."""

    def __init__(self, database_url: str, *, size: int = 10, wait_seconds: float = 10) -> None:
        self._pool: AsyncConnectionPool[Transaction] = AsyncConnectionPool(
            conninfo(database_url),
            connection_class=psycopg.AsyncConnection[DictRow],
            kwargs={"row_factory": dict_row, "autocommit": True},
            min_size=1,
            max_size=size,
            timeout=wait_seconds,
            open=False,
            name="storage",
        )

    async def open(self) -> None:
        """Start the pool; the first connection is made in the background."""
        await self._pool.open()

    async def close(self) -> None:
        """Give all connections back."""
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self, connection_id: str, *, one_moment: bool = False) -> AsyncIterator[Transaction]:
        """A transaction about one connection's rows (or `EVERY_CONNECTION`); committed at the end of the block.

        With `one_moment` all that it reads is as it stood when it began, however long it takes.
        """
        async with AsyncExitStack() as stack:
            yield await self._begin(stack, connection_id, one_moment)

    async def _begin(self, stack: AsyncExitStack, connection_id: str, one_moment: bool) -> Transaction:
        """Begin a transaction that ends with `stack`, in one round trip: the pool's block commits, or rolls back.

        After a restart of PostgreSQL each connection of the pool is dead, and says so only when it is used. Nothing has
        been done by then, so the next one is tried.
        """
        for others in range(self._pool.max_size, -1, -1):
            connection: Transaction | None = None
            try:
                async with AsyncExitStack() as attempt:
                    connection = await attempt.enter_async_context(self._pool.connection())
                    begin = _BEGIN.format(SQL(_ONE_MOMENT if one_moment else ""), Literal(connection_id))
                    await connection.execute(begin, prepare=False)
                    stack.push_async_exit(attempt.pop_all())
                    return connection
            except psycopg.OperationalError:
                if connection is None or not connection.broken or not others:
                    raise
        raise AssertionError("the last attempt returns or raises")

    @asynccontextmanager
    async def raw(self) -> AsyncIterator[Transaction]:
        """A bare autocommit connection, for one-statement work that must be one round trip (intake)."""
        async with self._pool.connection() as connection:
            yield connection
