"""What a question costs the database: how many statements, and how many pages each of them reads or finds in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from app.storage.database import About, Database


@dataclass(slots=True)
class Counted:
    """The statements that were executed, one after the other; with `pages` how many pages each of those that only read took."""

    statements: list[str] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    scanned: set[str] = field(default_factory=set)
    """The tables that were read from one end to the other."""
    explain: bool = False

    def watch(self, database: Database) -> None:
        """From now on count what this database is asked."""
        transaction = database.transaction

        @asynccontextmanager
        async def watched(about: About, *, one_moment: bool = False) -> AsyncIterator[Any]:
            async with transaction(about, one_moment=one_moment) as tx:
                yield Watched(tx, self)

        database.transaction = watched  # type: ignore[method-assign]


class Watched:
    """A connection that counts before it executes."""

    def __init__(self, connection: Any, counted: Counted) -> None:
        self._connection, self._counted = connection, counted

    async def execute(self, query: Any, values: Any = None, **options: Any) -> Any:
        """Count, then execute."""
        text = query if isinstance(query, str) else query.as_string(self._connection)
        self._counted.statements.append(text)
        if self._counted.explain and text.lstrip().startswith(("SELECT", "WITH")):
            found = await self._connection.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {text}", values)
            plan = (await found.fetchone())["QUERY PLAN"][0]["Plan"]
            self._counted.pages.append(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
            self._counted.scanned |= set(_scanned(plan))
        return await self._connection.execute(query, values, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def _scanned(plan: Any) -> list[str]:
    below = [name for part in plan.get("Plans", ()) for name in _scanned(part)]
    return [*below, plan["Relation Name"]] if plan["Node Type"] == "Seq Scan" and plan["Actual Loops"] else below
