"""How both sides meet for the first time, read from the rows of a dry run; PostgreSQL counts and cuts into pages, as of a preview."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from psycopg import sql

from app.domain.planning.matches import RecordMatch
from app.storage.database import Transaction
from app.storage.paging import Page, checked_limit, cut, decode_number
from app.storage.runs import runs
from app.storage.runs.runs import Run

Part = Literal["certain", "probable", "ambiguous", "only_oncord", "only_quickbooks", "doubles", "clashes"]
PARTS: tuple[Part, ...] = get_args(Part)
"""The parts of the list; doubles and clashes are listed in another part, too."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the operation's id and place, what would be done about the record and why, and its name as it is stored."""

    id: str
    sequence: int
    action: str
    rule: str
    reason: str
    subject: dict[str, Any]
    person: str
    contact: str
    match: RecordMatch


async def plan_of(tx: Transaction, connection_id: str, *, since: dt.datetime | None) -> Run | None:
    """The latest dry run that came to its end, and was asked for since a moment."""
    found = await tx.execute(
        "SELECT id FROM run WHERE connection_id = %s AND dry_run AND finished_at IS NOT NULL AND state NOT IN ('failed', 'cancelled')"
        " AND (%s::timestamptz IS NULL OR requested_at >= %s)"
        " ORDER BY requested_at DESC, id DESC LIMIT 1",
        (connection_id, since, since),
    )
    row = await found.fetchone()
    return await runs.get(tx, connection_id, row["id"]) if row else None


_ANSWERED = (
    " AND (match ->> 'kind', match ->> 'side', match ->> 'id', coalesce(match ->> 'scope', '')) IN (SELECT record_kind, side, record_id,"
    " coalesce(detail ->> 'scope', '') FROM attention WHERE connection_id = %(c)s AND state = 'resolved' AND resolution = ANY(%(answers)s))"
)


async def counts(
    tx: Transaction, connection_id: str, run_id: str, *, answers: Sequence[str] = ()
) -> dict[tuple[str, str], int]:
    """How many rows each part has of each kind; `answers`: only those of which somebody has said something, kept by these words."""
    found = await tx.execute(
        sql.SQL(
            "SELECT part, match ->> 'kind' AS kind, count(*) AS n FROM (SELECT preview -> 'match' AS match FROM operation"
            " WHERE connection_id = %(c)s AND run_id = %(run)s AND preview ? 'match') AS met CROSS JOIN LATERAL unnest(array_remove(ARRAY["
            "match ->> 'part', CASE WHEN match ? 'doubles' THEN 'doubles' END, CASE WHEN match ? 'clashes' THEN 'clashes' END], NULL)) AS part"
            " WHERE true{} GROUP BY 1, 2"
        ).format(sql.SQL(_ANSWERED if answers else "")),
        {"c": connection_id, "run": run_id, "answers": list(answers)},
    )
    return {(row["part"], row["kind"]): row["n"] for row in await found.fetchall()}


async def page(
    tx: Transaction, connection_id: str, run_id: str, part: Part, kind: str, limit: int, cursor: str | None = None
) -> Page[Row]:
    """The rows of one part, of one kind where that is said, in the order in which they would be dealt with."""
    which = sql.SQL(
        "preview -> 'match' ? %(part)s" if part in ("doubles", "clashes") else "preview #>> '{match,part}' = %(part)s"
    )
    rows = await _select(
        tx,
        sql.SQL("AND {} AND %(kind)s IN ('', preview #>> '{{match,kind}}') AND sequence > %(after)s").format(which),
        {
            "c": connection_id,
            "run": run_id,
            "part": part,
            "kind": kind,
            "after": decode_number(cursor) if cursor else -1,
            "limit": checked_limit(limit) + 1,
        },
    )
    return cut(rows, limit, lambda row: (row.sequence,))


async def of_ids(tx: Transaction, connection_id: str, run_id: str, ids: Collection[str]) -> list[Row]:
    """These rows of a dry run; those that are none of it are left out."""
    return await _select(
        tx,
        sql.SQL("AND id = ANY(%(ids)s)"),
        {"c": connection_id, "run": run_id, "ids": list(ids), "limit": len(ids)},
    )


async def _select(tx: Transaction, which: sql.Composable, values: dict[str, Any]) -> list[Row]:
    found = await tx.execute(
        sql.SQL(
            "SELECT id, sequence, action, rule, reason, subject, person, contact, preview -> 'match' AS match FROM operation"
            " WHERE connection_id = %(c)s AND run_id = %(run)s AND preview ? 'match' {} ORDER BY sequence LIMIT %(limit)s"
        ).format(which),
        values,
    )
    return [Row(**{**row, "match": RecordMatch.of(row["match"])}) for row in await found.fetchall()]
