"""One database for all points: its rows are put back, its connections stay."""

import time
from typing import Any

import psycopg
from psycopg import sql

from app.storage.database import Database

TRUNCATED_EVERY = 25


class Rows:
    """The rows of one database, kept at any moment and put back in a few milliseconds.

    A copy of the database for each point costs fifteen times as much, and every connection to a new copy learns its
    tables anew.
    """

    def __init__(self, owner: psycopg.Connection[Any]) -> None:
        self.owner = owner
        found = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        self.tables = [sql.Identifier(name) for (name,) in found]
        self.columns = [_columns(owner, name) for (name,) in found]
        self.kept = 0
        self.put = 0

    def keep(self) -> str:
        """Keep all rows as they are; answers the name under which."""
        self.kept += 1
        name = f"kept_{self.kept}"
        self.owner.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
        for table in self.tables:
            self.owner.execute(
                sql.SQL("CREATE TABLE {}.{} AS TABLE public.{}").format(sql.Identifier(name), table, table)
            )
        return name

    def put_back(self, kept: str) -> None:
        """Have exactly the rows that were kept."""
        self.put += 1
        tables = sql.SQL(", ").join(sql.SQL("public.{}").format(table) for table in self.tables)
        emptied = [sql.SQL("DELETE FROM public.{}").format(table) for table in self.tables]
        if self.put % TRUNCATED_EVERY == 0:  # slower, but it leaves no dead rows
            emptied = [sql.SQL("TRUNCATE {}").format(tables)]
        filled = [
            sql.SQL("INSERT INTO public.{table} ({columns}) SELECT {columns} FROM {kept}.{table}").format(
                table=table, columns=columns, kept=sql.Identifier(kept)
            )
            for table, columns in zip(self.tables, self.columns, strict=True)
        ]
        with self.owner.transaction():
            self.owner.execute(sql.SQL("; ").join([*emptied, *filled]))

    def left_alone(self, companions: int) -> None:
        """Wait until nobody but so many others is connected: what a killed process had begun is undone by then."""
        for _ in range(200):
            if self.companions() <= companions:
                return
            time.sleep(0.05)
        raise AssertionError("the database still serves a process that was killed")

    def companions(self) -> int:
        """How many others are connected."""
        found = self.owner.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        ).fetchone()
        assert found is not None
        return int(found[0])


def _columns(owner: psycopg.Connection[Any], table: str) -> sql.Composed:
    """The columns of a table that are written; PostgreSQL works the others out."""
    found = owner.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s"
        " AND is_generated = 'NEVER' ORDER BY ordinal_position",
        (table,),
    ).fetchall()
    return sql.SQL(", ").join(sql.Identifier(name) for (name,) in found)


class SharedDatabase(Database):
    """A process's way to the database over connections that outlive it.

    A crash happens between two transactions, never inside one, so that a connection holds nothing of the dead process;
    and one that has learned its tables answers three times as fast as a new one.
    """

    def __init__(self, others: Database) -> None:
        self._pool, self._raw = others._pool, others._raw

    async def open(self) -> None:
        """It is open."""

    async def close(self) -> None:
        """The next process goes on with it."""
