"""Rows of two connections in every table there is, made from what PostgreSQL says of its columns."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from app.storage.database import Database, conninfo

HERE, THERE = "con_here", "con_there"
WITHOUT_CONNECTION = frozenset({"alembic_version", "heartbeat", "reads_of_day", "connections_by_state"})
"""The only tables that are about the installation itself. Whatever else comes is walled, or a test fails."""
_VALUES: dict[str, Any] = {
    "jsonb": "{}",
    "integer": 1,
    "bigint": 1,
    "numeric": 1,
    "boolean": True,
    "date": "2026-11-01",
    "timestamp with time zone": "2026-11-01T00:00:00Z",
    "ARRAY": "{}",
}
_PLAIN = {
    "state": "",
    "status": "",
    "kind": "sale",
    "side": "oncord",
    "scope": "",
    "choice": "",
    "gone": "",
    "month": "2026-11",
}
"""Texts that are one of a few words; "" leaves one out."""


@dataclass(frozen=True, slots=True)
class Walled:
    """A table, and which of its columns says whose a row is."""

    table: str
    of_connection: str

    def select(self, what: str = "*") -> sql.Composed:
        """A statement over all of its rows."""
        return sql.SQL("SELECT {} FROM {} ORDER BY 1").format(sql.SQL(what), sql.Identifier(self.table))  # type: ignore[arg-type]


def walled_tables(admin_url: str) -> list[Walled]:
    """Every table but those of the installation itself, as the database has them."""
    with psycopg.connect(conninfo(admin_url)) as admin:
        names = admin.execute(
            "SELECT c.relname, coalesce(a.attname, 'id') FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid"
            " AND a.attname = 'connection_id' WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
            " ORDER BY 1"
        ).fetchall()
    return [Walled(name, column) for name, column in names if name not in WITHOUT_CONNECTION]


def fill(admin_url: str, *connection_ids: str) -> None:
    """A row of each of some connections (the two) in every table that has none of theirs."""
    tables = walled_tables(admin_url)
    with psycopg.connect(conninfo(admin_url), row_factory=dict_row) as admin:
        admin.execute("SET session_replication_role = replica")  # in whatever order
        for walled in tables:
            for connection_id in connection_ids or (HERE, THERE):
                statement, values = insertion(admin, walled, connection_id)
                admin.execute(statement + sql.SQL(" ON CONFLICT DO NOTHING"), values)


def words(admin_url: str) -> list[str]:
    """The columns of text: each is filled with its name and the connection's id, as in "name-con_here"."""
    with psycopg.connect(conninfo(admin_url)) as admin:
        found = admin.execute(
            "SELECT DISTINCT column_name FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'text'"
            " ORDER BY 1"
        ).fetchall()
    return [name for (name,) in found]


def insertion(
    admin: psycopg.Connection[Any], walled: Walled, connection_id: str, mark: str = ""
) -> tuple[sql.Composed, list[Any]]:
    """A statement that inserts a row of a connection, with its values; `mark` makes it another row than before."""
    columns = admin.execute(
        "SELECT column_name AS name, data_type AS type, column_default IS NOT NULL OR is_identity = 'YES' OR is_nullable = 'YES'"
        " AS optional FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER' ORDER BY 1",
        (walled.table,),
    ).fetchall()
    row: dict[str, Any] = {}
    for column in columns:
        name, kind = column["name"], column["type"]
        if name == walled.of_connection:
            row[name] = connection_id
        elif name == "origin" and walled.table == "link":
            row[name] = "oncord"
        elif name in _PLAIN and kind == "text":
            row.update({name: _PLAIN[name]} if _PLAIN[name] or not column["optional"] else {})
        elif kind == "text":
            row[name] = f"{name}-{connection_id}{mark}"
        elif not column["optional"]:
            row[name] = _VALUES[kind]
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(walled.table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join([sql.Placeholder()] * len(row)),
    )
    return statement, list(row.values())


@asynccontextmanager
async def serving(url: str) -> AsyncIterator[Database]:
    """The service's own access to a database, open."""
    database = Database(url, size=2)
    await database.open()
    try:
        yield database
    finally:
        await database.close()
