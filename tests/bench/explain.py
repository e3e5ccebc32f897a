"""Looking over a database's shoulder: every statement that is executed is also explained, once, with its plan kept.

A statement is explained twice: with the values it is executed with, and as the generic plan that PostgreSQL may choose
once a connection has prepared it.
"""

import re
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

import app.storage
from app.storage.database import About, Database

_STORAGE = Path(app.storage.__path__[0])
_EXPLAINED = re.compile(r"\s*(WITH|SELECT|INSERT|UPDATE|DELETE)\b")
_PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?s|%%")


@dataclass(frozen=True, slots=True)
class Access:
    """How a plan reaches one table: by an index, or ("") by reading all of it."""

    table: str
    index: str


@dataclass(slots=True)
class Explained:
    """The statements that were seen, by the function that they belong to."""

    plans: dict[str, set[Access]] = field(default_factory=dict)
    generic: dict[str, set[Access]] = field(default_factory=dict)
    seen: set[tuple[str, str]] = field(default_factory=set)

    def watch(self, database: Database) -> None:
        """From now on explain what this database is asked."""
        transaction, raw = database.transaction, database.raw

        @asynccontextmanager
        async def watched_transaction(about: About, *, one_moment: bool = False) -> AsyncIterator[Any]:
            async with transaction(about, one_moment=one_moment) as tx:
                yield _Watched(tx, self)

        @asynccontextmanager
        async def watched_raw() -> AsyncIterator[Any]:
            async with raw() as connection:
                yield _Watched(connection, self)

        database.transaction = watched_transaction  # type: ignore[method-assign]
        database.raw = watched_raw  # type: ignore[method-assign]

    async def explain(self, connection: Any, query: str, values: Any) -> None:
        """Keep the plans of a statement that has not been seen yet with as much to look for."""
        whose = _owner()
        if not _EXPLAINED.match(query) or not whose or (whose, query) in self.seen:
            return
        self.seen.add((whose, query))
        result = await connection.execute(f"EXPLAIN (FORMAT JSON) {query}", values)
        self.plans.setdefault(whose, set()).update(_accesses((await result.fetchone())["QUERY PLAN"]))
        try:
            async with connection.transaction():
                result = await connection.execute(f"EXPLAIN (FORMAT JSON, GENERIC_PLAN) {_numbered(query)}")
                self.generic.setdefault(whose, set()).update(_accesses((await result.fetchone())["QUERY PLAN"]))
        except psycopg.ProgrammingError:
            return  # a value whose type only the client knows; the plan with values has been seen


class _Watched:
    """A connection that explains before it executes."""

    def __init__(self, connection: Any, explained: Explained) -> None:
        self._connection, self._explained = connection, explained

    async def execute(self, query: Any, values: Any = None, **options: Any) -> Any:
        """Explain, then execute."""
        text = query if isinstance(query, str) else query.as_string(self._connection)
        await self._explained.explain(self._connection, text, values)
        return await self._connection.execute(query, values, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def _owner() -> str:
    """The storage function that is executing a statement."""
    frame = sys._getframe(1)
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(_STORAGE) and path.stem != "database":
            return f"{path.stem}.{frame.f_code.co_name.lstrip('_')}"
        if frame.f_back is None:
            return ""
        frame = frame.f_back
    return ""


def _numbered(query: str) -> str:
    """The statement with PostgreSQL's own placeholders."""
    names: dict[str, int] = {}
    count = 0

    def number(found: re.Match[str]) -> str:
        nonlocal count
        if found[0] == "%%":
            return "%"
        count += found[1] is None or found[1] not in names
        return f"${names.setdefault(found[1], count) if found[1] else count}"

    return _PLACEHOLDER.sub(number, query)


def _accesses(plan: Any) -> Iterator[Access]:
    if isinstance(plan, Sequence) and not isinstance(plan, str):
        for part in plan:
            yield from _accesses(part)
    elif isinstance(plan, Mapping):
        kind, table = plan.get("Node Type"), str(plan.get("Relation Name", ""))
        if kind == "Seq Scan":
            yield Access(table, "")
        elif kind in ("Index Scan", "Index Only Scan"):
            yield Access(table, plan["Index Name"])
        elif kind == "Bitmap Heap Scan":
            yield from (Access(table, index) for index in sorted(_bitmap_indexes(plan)))
        elif kind == "ModifyTable":
            yield from (Access(table, index) for index in plan.get("Conflict Arbiter Indexes", ()))
        for part in (plan.get("Plan"), plan.get("Plans")):
            yield from _accesses(part)


def _bitmap_indexes(plan: Mapping[str, Any]) -> Iterator[str]:
    for part in plan.get("Plans", ()):
        if part["Node Type"] == "Bitmap Index Scan":
            yield part["Index Name"]
        elif part["Node Type"] in ("BitmapAnd", "BitmapOr"):
            yield from _bitmap_indexes(part)
