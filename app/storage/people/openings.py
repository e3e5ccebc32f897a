"""Sales from before the start date that were still open on it (S1), and what people have said about single ones."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from psycopg.rows import class_row

from app.domain.model.opening import OpeningAnswer
from app.domain.model.waiting import OPENING, format_waits_for
from app.storage.database import Transaction
from app.storage.paging import DEFAULT_LIMIT, Page, checked_limit, cut, decode_id

_OPEN = """
WITH received AS (
    SELECT a ->> 'sale_id' AS sale_id, sum((a ->> 'amount')::numeric) AS amount
    FROM mirror r CROSS JOIN LATERAL jsonb_array_elements(r.record #> '{payment,allocations}') a
    WHERE r.connection_id = %(c)s AND r.side = 'oncord' AND r.kind = 'receipt' AND NOT r.deleted
        AND NOT coalesce((r.record ->> 'voided')::boolean, false) AND r.record ->> 'date' < %(start)s GROUP BY 1
), early AS (
    SELECT m.record_id, m.record, (m.record #>> '{money,total}')::numeric AS total, d.reason
    FROM mirror m LEFT JOIN pending_change d ON d.connection_id = m.connection_id AND d.side = m.side AND d.kind = m.kind
        AND d.record_id = m.record_id AND d.parked AND d.waits_for = %(asked)s
    WHERE m.connection_id = %(c)s AND m.side = 'oncord' AND m.kind = 'sale' AND NOT m.deleted
        AND m.record ->> 'date' < %(start)s AND coalesce(m.record ->> 'type', 'sale') = 'sale'
        AND coalesce(m.record ->> 'status', 'confirmed') = 'confirmed'
        AND NOT coalesce((m.record ->> 'voided')::boolean, false)
        AND NOT EXISTS (SELECT 1 FROM link l WHERE l.connection_id = m.connection_id AND l.kind = 'sale'
            AND l.oncord_id = m.record_id AND l.state IN ('live', 'tombstone'))
), open AS (
    SELECT e.record_id, e.record, e.total, e.total - coalesce(p.amount, 0) AS open_then, e.reason
    FROM early e LEFT JOIN received p ON p.sale_id = e.record_id WHERE e.total > coalesce(p.amount, 0)
)
"""


@dataclass(frozen=True, slots=True)
class OpenSale:
    """A sale of Oncord that was open on the start date and has no document. `customers` are those of its contact in
    QuickBooks; `why` says why it waits, "" where it does not."""

    sale_id: str
    number: str
    date: str
    contact_id: str
    name: str
    currency: str
    total: Decimal
    open_then: Decimal
    choice: str
    document_id: str
    why: str
    customers: list[str]


@dataclass(frozen=True, slots=True)
class OpenSum:
    """What waits for an answer, in one currency."""

    currency: str
    sales: int
    total: Decimal
    open_then: Decimal


def _values(connection_id: str, start: dt.date) -> dict[str, object]:
    return {"c": connection_id, "start": start.isoformat(), "asked": format_waits_for(OPENING)}


async def queue_open(tx: Transaction, connection_id: str, start: dt.date, now: dt.datetime) -> int:
    """Look again at every such sale; answers how many there are."""
    queued = await tx.execute(
        f"{_OPEN} INSERT INTO pending_change (connection_id, side, kind, record_id, generation, first_changed_at,"
        " last_changed_at, mirrored) SELECT %(c)s, 'oncord', 'sale', record_id, 1, %(now)s, %(now)s, true FROM open"
        " ORDER BY record_id ON CONFLICT (connection_id, side, kind, record_id) DO NOTHING",
        {**_values(connection_id, start), "now": now},
    )
    return queued.rowcount


async def waiting(tx: Transaction, connection_id: str, start: dt.date) -> list[OpenSum]:
    """What waits, by currency."""
    rows = tx.cursor(row_factory=class_row(OpenSum))
    await rows.execute(
        f"{_OPEN} SELECT coalesce(record #>> '{{money,currency}}', '') AS currency, count(*) AS sales, sum(total) AS total,"
        " sum(open_then) AS open_then FROM open WHERE reason IS NOT NULL GROUP BY 1 ORDER BY 1",
        _values(connection_id, start),
    )
    return await rows.fetchall()


async def page(
    tx: Transaction,
    connection_id: str,
    start: dt.date,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
    only: str | None = None,
) -> Page[OpenSale]:
    """These sales with what was said of each, in the order of their ids; `only` one of them."""
    rows = tx.cursor(row_factory=class_row(OpenSale))
    await rows.execute(
        f"{_OPEN} SELECT o.record_id AS sale_id, coalesce(o.record ->> 'number', '') AS number, o.record ->> 'date' AS date,"
        " coalesce(o.record ->> 'contact_id', '') AS contact_id, coalesce(c.record #>> '{name,display}', '') AS name,"
        " coalesce(o.record #>> '{money,currency}', '') AS currency, o.total, o.open_then,"
        " coalesce(s.choice, '') AS choice, coalesce(s.document_id, '') AS document_id, coalesce(o.reason, '') AS why,"
        " ARRAY(SELECT l.quickbooks_id FROM link l WHERE l.connection_id = %(c)s AND l.kind = 'contact'"
        "  AND l.oncord_id = o.record ->> 'contact_id' AND l.state IN ('live', 'shared') ORDER BY 1) AS customers"
        " FROM open o LEFT JOIN opening_answer s ON s.connection_id = %(c)s AND s.sale_id = o.record_id"
        " LEFT JOIN mirror c ON c.connection_id = %(c)s AND c.side = 'oncord' AND c.kind = 'contact'"
        "  AND c.record_id = o.record ->> 'contact_id'"
        " WHERE (%(after)s::text IS NULL OR o.record_id > %(after)s) AND (%(only)s::text IS NULL OR o.record_id = %(only)s)"
        " ORDER BY o.record_id LIMIT %(limit)s",
        {
            **_values(connection_id, start),
            "after": decode_id(cursor) if cursor else None,
            "only": only,
            "limit": checked_limit(limit) + 1,
        },
    )
    return cut(await rows.fetchall(), limit, lambda sale: (sale.sale_id,))


async def answers(tx: Transaction, connection_id: str, sale_ids: Collection[str]) -> dict[str, OpeningAnswer]:
    """What was said about single ones of these sales."""
    found = await tx.execute(
        "SELECT sale_id, choice, document_id FROM opening_answer WHERE connection_id = %s AND sale_id = ANY(%s)"
        " ORDER BY sale_id",
        (connection_id, sorted(sale_ids)),
    )
    return {row["sale_id"]: OpeningAnswer(row["choice"], row["document_id"]) for row in await found.fetchall()}


async def answer(
    tx: Transaction, connection_id: str, sale_id: str, said: OpeningAnswer, *, by: str, now: dt.datetime
) -> None:
    """Keep what somebody has said about one sale, in place of what was said before."""
    await tx.execute(
        "INSERT INTO opening_answer (connection_id, sale_id, choice, document_id, answered_by, answered_at)"
        " VALUES (%(c)s, %(s)s, %(choice)s, %(d)s, %(by)s, %(now)s) ON CONFLICT (connection_id, sale_id) DO UPDATE"
        " SET choice = excluded.choice, document_id = excluded.document_id, answered_by = excluded.answered_by,"
        " answered_at = excluded.answered_at",
        {"c": connection_id, "s": sale_id, "choice": said.choice, "d": said.document_id, "by": by, "now": now},
    )
