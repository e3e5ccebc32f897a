"""The decisions of a run as a person reads them: one per operation row, with its rule and its reason (law 7)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from psycopg import sql

from app.domain.model.kinds import Kind, Side
from app.storage.database import Transaction
from app.storage.encoding import subject_shown
from app.storage.paging import DEFAULT_LIMIT, Page, checked_limit, cut, decode_number
from app.storage.runs.written_money import AMOUNT, JOINS, SORT


@dataclass(frozen=True, slots=True)
class Decision:
    """One operation of a run: what was to be done where, why, and how it ended."""

    id: str
    sequence: int
    action: str
    side: str
    kind: str
    source_id: str
    target_id: str
    result_id: str
    rule: str
    reason: str
    fields: list[str]
    disagreements: list[dict[str, Any]]
    waits_for: str
    state: str
    code: str
    message: str
    advice: str
    trace_id: str
    created_at: dt.datetime
    settled_at: dt.datetime | None
    subject: dict[str, Any]
    """The record as people call it (`encoding.subject_shown`)."""
    person: str
    contact: str
    """Whose it is: the name, and the contact's id on its side ("oncord:17")."""


_OF_A_RECEIPT = sql.SQL(
    "CASE WHEN kind = 'receipt' AND part ~ '^(cancelled$|difference:)' THEN '' ELSE source_id END AS source_id"
)
"""What causes an operation, as a record of its own kind; a payment that joins the documents of a sale has none (S5, B1)."""
_LIST = sql.SQL(", ").join(
    _OF_A_RECEIPT if field.name == "source_id" else sql.Identifier(field.name) for field in fields(Decision)
)


_MOVING = sql.SQL(" AND action <> 'skip' AND (action <> 'rebase' OR disagreements <> '[]')")


async def moved(tx: Transaction, connection_id: str, run_id: str, *, dry_run: bool) -> list[dict[str, Any]]:
    """What a run wrote, or would write: `side action sort count amount currency` of each sort; what only says how a record stands
    in the books is left out."""
    found = await tx.execute(
        f"SELECT side, action, {SORT} AS sort, count(*) AS count, coalesce(sum({AMOUNT}), 0)::text AS amount,"
        " coalesce(subject ->> 'currency', '') AS currency"
        f" FROM operation WHERE connection_id = %s AND run_id = %s AND state = %s AND NOT {JOINS}"
        " AND action IN ('create', 'update', 'void', 'delete') AND (action <> 'update' OR EXISTS (SELECT FROM"
        " jsonb_array_elements_text(fields) AS f WHERE f NOT LIKE 'books\\_status:%%')) GROUP BY 1, 2, 3, 6 ORDER BY 1 DESC, 2, 3, 6",
        (connection_id, run_id, "planned" if dry_run else "done"),
    )
    return [dict(row) for row in await found.fetchall()]


async def page(
    tx: Transaction,
    connection_id: str,
    run_id: str,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
    *,
    left_alone: bool = True,
) -> Page[Decision]:
    """The decisions of a run in the order in which they were taken; without `left_alone` only what was written, waits, or was
    left different."""
    after = decode_number(cursor) if cursor else -1
    found = await tx.execute(
        sql.SQL(
            "SELECT {} FROM operation WHERE connection_id = %s AND run_id = %s AND sequence > %s{}"
            " ORDER BY sequence LIMIT %s"
        ).format(_LIST, sql.SQL("") if left_alone else _MOVING),
        (connection_id, run_id, after, checked_limit(limit) + 1),
    )
    rows = [
        Decision(**{**row, "subject": subject_shown(row["subject"], row["person"])}) for row in await found.fetchall()
    ]
    return cut(rows, limit, lambda decision: (decision.sequence,))


async def waited(
    tx: Transaction, connection_id: str, record: tuple[Side, Kind, str], matters: Sequence[str], at: dt.datetime
) -> bool:
    """Whether a record had been laid aside for one of these matters by a moment."""
    side, kind, record_id = record
    found = await tx.execute(
        "SELECT 1 FROM operation WHERE connection_id = %s AND side = %s AND kind = %s AND source_id = %s AND source_id <> ''"
        " AND action IN ('wait', 'park') AND waits_for = ANY(%s) AND created_at <= %s LIMIT 1",
        (connection_id, side.other, kind, record_id, list(matters), at),
    )
    return await found.fetchone() is not None
