"""What a dry run would do, read from its rows: counted by kind, and line by line with what is there before and after.

Everything is counted and cut into pages by PostgreSQL, so that a preview of any size takes the memory of one page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, Literal, get_args

from psycopg import sql

from app.storage.database import Transaction
from app.storage.encoding import subject_shown
from app.storage.paging import Page, checked_limit, cut, decode_number
from app.storage.runs.decisions import Decision
from app.storage.runs.written_money import JOINS, SORT

Part = Literal["removed", "made", "changed", "recognised", "conflicts", "asked", "waiting", "left_alone"]
PARTS: tuple[Part, ...] = get_args(Part)

_MARKS_ONLY = "action = 'update' AND NOT EXISTS (SELECT FROM jsonb_array_elements_text(fields) AS f WHERE f NOT LIKE 'books\\_status:%%')"
_REMOVES = "(action IN ('void', 'delete') OR fields ? 'removal')"
_PART = (
    f"CASE WHEN {_REMOVES} THEN 'removed' WHEN action = 'create' THEN 'made' WHEN {_MARKS_ONLY} THEN 'left_alone'"
    " WHEN action = 'update' THEN 'changed' WHEN action IN ('adopt', 'repoint') THEN 'recognised'"
    " WHEN action = 'park' THEN 'asked' WHEN action = 'wait' THEN 'waiting' ELSE 'left_alone' END"
)
"""The part that a row belongs to."""
_CONFLICTS = "disagreements <> '[]'"
"""What is listed as conflicts, and belongs to the part of its write, too."""


@dataclass(frozen=True, slots=True)
class Sum:
    """So many of one sort on one side would have one thing done to them. `amount`, in `currency`, is what they come to: what is
    made, as it will be; what is removed, as it is; of what is changed, what it comes to more or less."""

    part: str
    side: str
    action: str
    sort: str
    count: int
    amount: str
    currency: str


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a dry run would do, with its record before and after as they are stored; None: it is not there."""

    decision: Decision
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    refused: str = ""
    """Why the books would not take it, as far as that is known before."""


_FIGURE = "coalesce({0} #>> '{{money,total}}', {0} #>> '{{payment,amount}}', '0')::numeric"
_BEFORE, _AFTER = _FIGURE.format("before"), _FIGURE.format("record")
_CURRENCY = (
    "coalesce(record #>> '{money,currency}', record #>> '{payment,currency}', before #>> '{money,currency}',"
    " before #>> '{payment,currency}', '')"
)
_SUMS = f"""
SELECT part, side, action, sort, count(*) AS count, sum(moved)::text AS amount, currency FROM (
    SELECT {_PART} AS part, side, action, CASE WHEN {JOINS} THEN 'joining' ELSE {SORT} END AS sort,
        CASE WHEN {_REMOVES} THEN {_BEFORE} WHEN action = 'create' THEN {_AFTER} WHEN action = 'update' THEN {_AFTER} - {_BEFORE}
        ELSE 0 END AS moved, {_CURRENCY} AS currency
    FROM operation WHERE connection_id = %(c)s AND run_id = %(run)s) AS planned
GROUP BY part, side, action, sort, currency ORDER BY part, side DESC, action, sort, currency
"""


async def sums(tx: Transaction, connection_id: str, run_id: str) -> list[Sum]:
    """What a dry run would do, by part, side and sort."""
    found = await tx.execute(sql.SQL(_SUMS), {"c": connection_id, "run": run_id})
    return [Sum(**row) for row in await found.fetchall()]


async def conflicts(tx: Transaction, connection_id: str, run_id: str) -> int:
    """Of how many records both sides say something different."""
    found = await tx.execute(
        f"SELECT count(*) AS n FROM operation WHERE connection_id = %s AND run_id = %s AND {_CONFLICTS}",
        (connection_id, run_id),
    )
    row = await found.fetchone()
    return int(row["n"]) if row else 0


@dataclass(frozen=True, slots=True)
class Moved:
    """What a dry run would move of one figure of the books in one month (`domain.planning.effects`). `home`: the same in the
    currency of the books; None where the company has no rate. `locked`: the days of it that are in a locked period."""

    figure: str
    key: str
    month: str
    locked: bool
    currency: str
    amount: Decimal
    home: Decimal | None
    name: str
    """What the key is called."""
    rate: str
    """The percentage of a tax code."""


_MOVED = """
SELECT e ->> 0 AS figure, e ->> 1 AS key, left(e ->> 2, 7) AS month, coalesce(e ->> 2 <> '' AND (e ->> 2)::date <= %(locked)s, false) AS locked,
    e ->> 4 AS currency, sum((e ->> 3)::numeric) AS amount,
    CASE WHEN bool_and(e ->> 5 IS NOT NULL) THEN sum((e ->> 5)::numeric) END AS home, max(e ->> 6) AS name, max(e ->> 7) AS rate
FROM operation CROSS JOIN LATERAL jsonb_array_elements(preview -> 'effects') AS e
WHERE connection_id = %(c)s AND run_id = %(run)s AND preview ? 'effects' AND (%(only)s::text[] IS NULL OR id = ANY(%(only)s))
GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
"""


async def moved(
    tx: Transaction, connection_id: str, run_id: str, locked_until: date | None, only: Sequence[str] | None = None
) -> list[Moved]:
    """What a dry run, or `only` these operations of it, would move in the books, figure by figure and month by month."""
    chosen = None if only is None else list(only)
    found = await tx.execute(_MOVED, {"c": connection_id, "run": run_id, "locked": locked_until, "only": chosen})
    return [Moved(**row) for row in await found.fetchall()]


async def refused(tx: Transaction, connection_id: str, run_id: str) -> int:
    """How many writes the books would not take, as far as that is known before."""
    found = await tx.execute(
        "SELECT count(*) AS n FROM operation WHERE connection_id = %s AND run_id = %s AND preview ? 'refused'",
        (connection_id, run_id),
    )
    row = await found.fetchone()
    return int(row["n"]) if row else 0


_SOURCE = "CASE WHEN kind = 'receipt' AND part ~ '^(cancelled$|difference:)' THEN '' ELSE source_id END AS source_id"
_COLUMNS = ", ".join(_SOURCE if field.name == "source_id" else field.name for field in fields(Decision))


async def page(
    tx: Transaction, connection_id: str, run_id: str, part: Part, limit: int, cursor: str | None = None
) -> Page[Line]:
    """The lines of one part in the order in which they would be done."""
    in_part = _CONFLICTS if part == "conflicts" else f"{_PART} = %(part)s"
    found = await tx.execute(
        sql.SQL(
            f"SELECT {_COLUMNS}, before, record, coalesce(preview ->> 'refused', '') AS refused FROM operation WHERE connection_id = %(c)s AND run_id = %(run)s"
            f" AND sequence > %(after)s AND {in_part} ORDER BY sequence LIMIT %(limit)s"
        ),
        {
            "c": connection_id,
            "run": run_id,
            "part": part,
            "after": decode_number(cursor) if cursor else -1,
            "limit": checked_limit(limit) + 1,
        },
    )
    lines = [_line(row) for row in await found.fetchall()]
    return cut(lines, limit, lambda line: (line.decision.sequence,))


def _line(row: Mapping[str, Any]) -> Line:
    own = {field.name: row[field.name] for field in fields(Decision)}
    named = {**own, "subject": subject_shown(row["subject"], row["person"])}
    return Line(Decision(**named), row["before"], row["record"], row["refused"])


async def labels(tx: Transaction, connection_id: str, run_id: str, ids: Sequence[str]) -> list[str]:
    """What the records of some operations are called, in order."""
    found = await tx.execute(
        "SELECT subject, person, kind FROM operation WHERE connection_id = %s AND run_id = %s AND id = ANY(%s) ORDER BY sequence",
        (connection_id, run_id, list(ids)),
    )
    rows = await found.fetchall()
    return [str(subject_shown(row["subject"], row["person"]).get("label") or f"a {row['kind']}") for row in rows]
