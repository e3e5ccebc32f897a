"""What was done to documents and money: one row a write, kept for years and append-only (docs/decisions/records-of-money.md).

A row is whole: nothing else has to be there for it to be read, so that the rest can be pruned.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from psycopg import sql

from app.domain.model.records import Kind, Record, Sale, Side
from app.storage.clauses import Clause
from app.storage.database import Transaction
from app.storage.encoding import dump, record_to_json
from app.storage.paging import DEFAULT_LIMIT, Page, checked_limit, cut, decode_number


@dataclass(frozen=True, slots=True)
class Written:
    """A write that has taken effect: its operation, and the document or money before and after (None: not there)."""

    operation_id: str
    side: Side
    kind: Kind
    record_id: str
    action: str
    called: str
    before: Record | None
    after: Record | None
    removes: bool


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """A row as it is read; amounts are in `currency`, and of a refund below zero."""

    id: int
    realm_id: str
    written_at: dt.datetime
    run_id: str
    side: str
    kind: str
    record_id: str
    action: str
    rule: str
    reason: str
    decided_by: str
    decided_at: dt.datetime | None
    decision: str
    called: str
    label: str
    number: str
    date: dt.date | None
    date_before: dt.date | None
    currency: str
    amount: Decimal | None
    amount_before: Decimal | None
    tax: Decimal | None
    tax_before: Decimal | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    document: dict[str, Any] | None


_LIST = sql.SQL(", ").join(sql.Identifier(field.name) for field in fields(DocumentChange))

_INSERT = """
INSERT INTO document_change (connection_id, realm_id, written_at, operation_id, run_id, side, kind, record_id, action, rule,
    decided_by, decision, called, number, decided_at, date, date_before, currency, amount, amount_before, tax, tax_before,
    label, contact, reason, before, after, document)
SELECT o.connection_id, c.realm_id, %(now)s, o.id, o.run_id, r.side, r.kind, r.record_id, r.action, o.rule,
    coalesce(a.resolved_by, m.resolved_by, ''), coalesce(a.resolution, m.resolution, ''), r.called, r.number,
    coalesce(a.resolved_at, m.resolved_at), r.date, r.date_before, r.currency, r.amount, r.amount_before, r.tax,
    r.tax_before, concat_ws(', ', nullif(o.subject ->> 'label', ''), nullif(o.person, '')), o.contact, o.reason, r.before, r.after,
    o.document
FROM jsonb_to_recordset(%(history)s::jsonb) AS r(operation_id text, side text, kind text, record_id text, action text,
    called text, number text, date date, date_before date, currency text, amount numeric, amount_before numeric,
    tax numeric, tax_before numeric, removes boolean, before jsonb, after jsonb)
JOIN operation o ON o.id = r.operation_id AND o.connection_id = %(c)s
JOIN connection c ON c.id = o.connection_id
LEFT JOIN attention a ON a.id = o.answers AND a.connection_id = o.connection_id
LEFT JOIN LATERAL (SELECT resolved_by, resolution, resolved_at FROM attention WHERE r.removes
    AND connection_id = %(c)s AND state = 'resolved' AND resolution = 'approve' AND kind = 'mass_delete'
    AND record_kind = r.kind AND resolved_at >= %(now)s - interval '24 hours' ORDER BY resolved_at DESC LIMIT 1) m ON true
ORDER BY o.run_id, o.sequence
ON CONFLICT (operation_id) DO NOTHING
"""


def keeping(connection_id: str, written: Sequence[Written], now: dt.datetime) -> Clause | None:
    """Keep some writes, beside what settles their operations."""
    if not written:
        return None
    rows = "[" + ",".join(_row(each) for each in written) + "]"
    return Clause(f"history AS ({_INSERT})", {"c": connection_id, "history": rows, "now": now})


def _row(written: Written) -> str:
    before, after = written.before, written.after
    standing = after if after is not None else before
    currency, amount, tax = _figures(after)
    currency_before, amount_before, tax_before = _figures(before)
    plain = {
        "operation_id": written.operation_id,
        "side": written.side,
        "kind": written.kind,
        "record_id": written.record_id,
        "action": written.action,
        "called": written.called,
        "number": _number(standing) or _number(before),
        "date": getattr(after, "date", None),
        "date_before": getattr(before, "date", None),
        "currency": currency or currency_before,
        "amount": amount,
        "amount_before": amount_before,
        "tax": tax,
        "tax_before": tax_before,
        "removes": written.removes,
    }
    texts = (record_to_json(written.kind, record) or "null" for record in (before, after))
    return dump(plain)[:-1] + ',"before":{},"after":{}}}'.format(*texts)


def _number(record: Record | None) -> str:
    return str(getattr(record, "number", "") or getattr(record, "reference", ""))


def _figures(record: Record | None) -> tuple[str, Decimal | None, Decimal | None]:
    """Currency, amount and tax; money has no tax of its own."""
    if isinstance(record, Sale):
        return record.money.currency, record.money.total, record.money.tax_total
    payment = getattr(record, "payment", None)
    return (payment.currency, payment.amount, None) if payment is not None else ("", None, None)


_BY_DATE = sql.SQL(" AND (date BETWEEN %(since)s AND %(until)s OR date_before BETWEEN %(since)s AND %(until)s)")


async def page(
    tx: Transaction,
    connection_id: str,
    *,
    since: dt.date | None = None,
    until: dt.date | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[DocumentChange]:
    """What was done to documents that are, or were before, dated from `since` to `until`; the latest first."""
    found = await tx.execute(
        sql.SQL(
            "SELECT {} FROM document_change WHERE connection_id = %(c)s AND id < %(before)s{} ORDER BY id DESC LIMIT %(limit)s"
        ).format(_LIST, _BY_DATE if since or until else sql.SQL("")),
        {
            "c": connection_id,
            "before": decode_number(cursor) if cursor else (1 << 63) - 1,
            "since": since or dt.date.min,
            "until": until or dt.date.max,
            "limit": checked_limit(limit) + 1,
        },
    )
    rows = [DocumentChange(**row) for row in await found.fetchall()]
    return cut(rows, limit, lambda row: (row.id,))
