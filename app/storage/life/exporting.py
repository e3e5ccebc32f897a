"""The rows of a connection as they are exported: table by table in the order of their keys, a page at a time, without secrets.

Each page is a transaction of its own, so that a slow reader holds nothing up; what is written meanwhile may be in or not.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from app.storage.database import Database
from app.storage.life.holdings import HOLDINGS
from app.storage.tables import metadata

AT_ONCE = 500

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Exported:
    """A table that is exported: its columns in order, and those that are left out since they hold secrets."""

    table: str
    columns: tuple[str, ...]
    left_out: tuple[str, ...]
    by: str
    key: tuple[str, ...]


def exported() -> list[Exported]:
    """The tables of an export, by name."""
    found = []
    for name, holding in sorted(HOLDINGS.items()):
        if holding.exported:
            table = metadata.tables[name]
            columns = tuple(column.name for column in table.columns)
            left_out = tuple(column for column in columns if column in holding.secrets)
            shown = tuple(column for column in columns if column not in left_out)
            key = tuple(column.name for column in table.primary_key.columns)
            found.append(Exported(name, shown, left_out, holding.by, key))
    return found


def not_exported() -> dict[str, str]:
    """The tables that no export has, and why."""
    return {name: holding.why_not for name, holding in sorted(HOLDINGS.items()) if not holding.exported}


async def rows(database: Database, connection_id: str, table: Exported) -> AsyncIterator[Row]:
    """The rows that a connection has in a table."""
    after: tuple[Any, ...] | None = None
    while True:
        async with database.transaction(connection_id) as tx:
            page = await (await tx.execute(_page(table, after is not None), [connection_id, *(after or ())])).fetchall()
        for row in page:
            yield {column: row[column] for column in table.columns}
        if len(page) < AT_ONCE:
            return
        after = tuple(page[-1][column] for column in table.key)


def _page(table: Exported, goes_on: bool) -> sql.Composed:
    key = sql.SQL(", ").join(map(sql.Identifier, table.key))
    later = sql.SQL(" AND ({}) > ({})").format(key, sql.SQL(", ").join([sql.Placeholder()] * len(table.key)))
    columns = dict.fromkeys((*table.columns, *table.key))
    return sql.SQL("SELECT {} FROM {} WHERE {} = %s{} ORDER BY {} LIMIT {}").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.Identifier(table.table),
        sql.Identifier(table.by),
        later if goes_on else sql.SQL(""),
        key,
        sql.Literal(AT_ONCE),
    )
