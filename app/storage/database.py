"""Connections to PostgreSQL and transactions. Every transaction says what it is about, and PostgreSQL shows it nothing else.

Raw psycopg for what runs often, an ORM session (SQLModel) for the few rows that people edit. Both come from here, and
both begin by naming the connection they work for, in the round trip that begins them (row-level security, migration 0033).
No transaction may stay open across an HTTP call (law 10).
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from enum import Enum
from typing import Any, Final

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg.sql import SQL, Composed, Literal
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.engine import make_url

Transaction = psycopg.AsyncConnection[DictRow]
"""An open transaction, rows as dictionaries."""


class _Every(Enum):
    CONNECTION = "every connection"


EVERY_CONNECTION: Final = _Every.CONNECTION
"""What transactions are about that no one connection has: the one way around the wall. Who may go it stands in a closed list
(`tests/storage/test_walls.py`), and none of them is reached with a connection's key."""


class Presented:
    """Secrets that are shown, by their digests: the transaction sees the rows that keep them (keys, sessions, states)."""

    def __init__(self, *digests: str) -> None:
        self.digests = digests


OWNERS_OPTIONS = "-c app.connection_id=*"
"""What the owner of the tables says in order to see every connection: the wall is forced."""
About = str | Presented | _Every
"""What a transaction is about: a connection, by its id."""

_ONE_MOMENT = "ISOLATION LEVEL REPEATABLE READ"
_ONE = SQL("BEGIN {0}; SELECT set_config('app.connection_id', {1}, true)")
_SHOWN = SQL("BEGIN {0}; SELECT set_config('app.presented', {1}, true)")
_ALL = (
    "SELECT set_config('app.connection_id', '*', {local}), set_config('role', coalesce((SELECT 'oncord_every' FROM pg_policy"
    " WHERE polname = 'every_connection' LIMIT 1), current_setting('role')), {local})"
)
"""Take on the role that the walls let through; where there are none by roles (migration 0033), saying "*" does."""
_ABOUT_ALL = _ALL.format(local="false")
_CUSTOM_PLANS = "SET plan_cache_mode = force_custom_plan"
"""Each statement is planned for the values that it has and the tables as they stand: a plan that was made while they were empty, or for
another connection, reads all rows of a connection for each record. The intake's one statement goes without."""
_AS_THE_SERVICE = """
SELECT set_config('role', 'oncord_app', false) FROM (SELECT FROM pg_policy WHERE polname = 'every_connection' LIMIT 1) p
WHERE current_user <> 'oncord_app'
"""
"""Whoever signs in, an owner or a superuser even: from here on it is the service, for whom the walls stand."""


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
    """The pools of one process. `open` before use, `close` at the end."""

    def __init__(self, database_url: str, *, size: int = 10, wait_seconds: float = 10) -> None:
        self._pool = _pool(database_url, "storage", 1, size, wait_seconds, _CUSTOM_PLANS)
        self._raw = _pool(database_url, "intake", 0, size, wait_seconds, _ABOUT_ALL)

    async def open(self) -> None:
        """Start the pools; the first connection is made in the background."""
        await self._pool.open()
        await self._raw.open()

    async def close(self) -> None:
        """Give all connections back."""
        await self._raw.close()
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self, about: About, *, one_moment: bool = False) -> AsyncIterator[Transaction]:
        """A transaction about one connection's rows (or `EVERY_CONNECTION`); committed at the end of the block.

        With `one_moment` all that it reads is as it stood when it began, however long it takes.
        """
        async with AsyncExitStack() as stack:
            yield await self._begin(stack, _begin(about, one_moment))

    async def _begin(self, stack: AsyncExitStack, begin: Composed) -> Transaction:
        """Begin a transaction that ends with `stack`, in one round trip: the pool's block commits, or rolls back.

        After a restart of PostgreSQL each connection of the pool is dead, and says so only when it is used. Nothing has
        been done by then, so the next one is tried.
        """
        for others in range(self._pool.max_size, -1, -1):
            connection: Transaction | None = None
            try:
                async with AsyncExitStack() as attempt:
                    connection = await attempt.enter_async_context(self._pool.connection())
                    await connection.execute(begin, prepare=False)
                    stack.push_async_exit(attempt.pop_all())
                    return connection
            except psycopg.OperationalError:
                if connection is None or not connection.broken or not others:
                    raise
        raise AssertionError("the last attempt returns or raises")

    @asynccontextmanager
    async def raw(self) -> AsyncIterator[Transaction]:
        """A bare autocommit connection about every connection, for one-statement work that must be one round trip (intake)."""
        async with self._raw.connection() as connection:
            try:
                yield connection
            except psycopg.errors.InsufficientPrivilege:
                await connection.close()  # opened before the walls went up: the next one knows of them
                raise


@asynccontextmanager
async def owners_connection(database_url: str) -> AsyncIterator[Transaction]:
    """A connection of the owner of the tables about every connection, for what the service may not do. Closed at the end."""
    async with await psycopg.AsyncConnection.connect(
        conninfo(database_url), row_factory=dict_row, autocommit=True
    ) as connection:
        await connection.execute("SELECT set_config('app.connection_id', '*', false)")
        yield connection


async def turn_to(tx: Transaction, connection_id: str) -> None:
    """From here on a transaction is about another connection: one that it makes (starting over), and back again."""
    await tx.execute("SELECT set_config('app.connection_id', %s, true)", (_id(connection_id),))


def _begin(about: About, one_moment: bool) -> Composed:
    moment = SQL(_ONE_MOMENT if one_moment else "")
    if isinstance(about, Presented):
        return _SHOWN.format(moment, Literal(",".join(filter(None, about.digests))))
    if isinstance(about, str):
        return _ONE.format(moment, Literal(_id(about)))
    return SQL("BEGIN {0}; ").format(moment) + SQL(_ALL.format(local="true"))


def _id(connection_id: str) -> str:
    """An id as it is told to PostgreSQL, where "*" would mean all of them."""
    return "" if connection_id == "*" else connection_id


def _pool(
    database_url: str,
    name: str,
    kept: int,
    size: int,
    wait_seconds: float,
    then: str,
) -> AsyncConnectionPool[Transaction]:
    async def configure(connection: Transaction) -> None:
        await connection.execute(f"{_AS_THE_SERVICE}; {then}", prepare=False)

    return AsyncConnectionPool(
        conninfo(database_url),
        connection_class=psycopg.AsyncConnection[DictRow],
        kwargs={"row_factory": dict_row, "autocommit": True},
        min_size=kept,
        max_size=size,
        timeout=wait_seconds,
        configure=configure,
        open=False,
        name=name,
    )
