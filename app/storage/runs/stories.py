"""What was told of, decided about and written to one pair, as far back as operations are kept: the rows of its story."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from app.domain.model.records import Kind, Record, Side
from app.storage.database import Transaction
from app.storage.encoding import record_from_json

Key = tuple[Side, Kind, str]


@dataclass(frozen=True, slots=True)
class Happened:
    """One decision or write about a pair, with what came of it.

    `record` is what the target was to hold afterwards. `edited_at`: since when the edit was known that it carried over, where that
    was told. `decided_by`: who had answered the question that it carries out.
    """

    id: str
    run_id: str
    at: dt.datetime
    action: str
    side: Side
    kind: Kind
    source_id: str
    target_id: str
    rule: str
    reason: str
    fields: tuple[str, ...]
    disagreements: tuple[dict[str, Any], ...]
    record: Record | None
    state: str
    code: str
    message: str
    advice: str
    call: str
    edited_at: dt.datetime | None
    decided_by: str


@dataclass(frozen=True, slots=True)
class Told:
    """That a side told of a change of a record, or was seen to have one."""

    at: dt.datetime
    occurred_at: dt.datetime | None
    side: Side
    action: str
    echo: bool


async def happened(tx: Transaction, connection_id: str, records: Sequence[Key], limit: int) -> list[Happened]:
    """The latest decisions and writes about some records, the last one first."""
    found = await tx.execute(
        "SELECT o.id, o.run_id, coalesce(o.answered_at, o.settled_at, o.created_at) AS at, o.action, o.side, o.kind, o.source_id,"
        " coalesce(nullif(o.result_id, ''), o.target_id) AS target_id, o.rule, o.reason, o.fields, o.disagreements, o.record, o.state, o.code,"
        " o.message, o.advice, o.trace_id, o.edited_at, coalesce(a.resolved_by, '') AS decided_by"
        " FROM operation o LEFT JOIN attention a ON a.id = o.answers AND a.connection_id = o.connection_id"
        " WHERE o.connection_id = %(c)s AND o.state <> 'planned' AND o.id IN ("
        "  SELECT t.id FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(side text, kind text, record_id text) JOIN operation t"
        "  ON t.connection_id = %(c)s AND t.side = r.side AND t.kind = r.kind AND t.target_id = r.record_id"
        "  UNION SELECT s.id FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(other text, kind text, record_id text) JOIN operation s"
        "  ON s.connection_id = %(c)s AND s.side = r.other AND s.kind = r.kind AND s.source_id = r.record_id"
        "  AND s.source_id <> '')"
        " ORDER BY at DESC, o.sequence DESC LIMIT %(limit)s",
        {"c": connection_id, "rows": _rows(records), "limit": limit},
    )
    return [_happened(row) for row in await found.fetchall()]


async def told(tx: Transaction, connection_id: str, records: Sequence[Key], limit: int) -> list[Told]:
    """The latest events about some records, the last one first."""
    found = await tx.execute(
        "SELECT e.received_at, e.occurred_at, e.sender, e.action, e.status FROM jsonb_to_recordset(%(rows)s::jsonb)"
        " AS r(side text, kind text, record_id text) JOIN event e ON e.connection_id = %(c)s AND e.kind = r.kind"
        " AND e.record_id = r.record_id AND e.record_id <> '' AND e.sender = r.side"
        " ORDER BY e.received_at DESC, e.id DESC LIMIT %(limit)s",
        {"c": connection_id, "rows": _rows(records), "limit": limit},
    )
    return [
        Told(row["received_at"], row["occurred_at"], Side(row["sender"]), row["action"], row["status"] == "echo")
        for row in await found.fetchall()
    ]


def _rows(records: Sequence[Key]) -> Any:
    return Jsonb([{"side": s, "other": s.other, "kind": k, "record_id": i} for s, k, i in records])


def _happened(row: dict[str, Any]) -> Happened:
    kind = Kind(row["kind"])
    return Happened(
        id=row["id"],
        run_id=row["run_id"],
        at=row["at"],
        action=row["action"],
        side=Side(row["side"]),
        kind=kind,
        source_id=row["source_id"],
        target_id=row["target_id"],
        rule=row["rule"],
        reason=row["reason"],
        fields=tuple(row["fields"]),
        disagreements=tuple(row["disagreements"]),
        record=record_from_json(kind, row["record"]),
        state=row["state"],
        code=row["code"],
        message=row["message"],
        advice=row["advice"],
        call=row["trace_id"],
        edited_at=row["edited_at"],
        decided_by=row["decided_by"],
    )
