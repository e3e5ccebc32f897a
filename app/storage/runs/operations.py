"""Operations: committed before anything is sent, settled by what was answered, and read again as a run's report."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from app.domain.model.links import Origin
from app.domain.model.operations import Action, Disagreement, Operation
from app.domain.model.records import Kind, Record, Side
from app.domain.model.write_fields import format_write_field, parse_write_field
from app.storage.clauses import Clause
from app.storage.database import Transaction
from app.storage.encoding import (
    disagreement_to_plain,
    dump,
    label_from_plain,
    record_from_json,
    record_to_json,
    subject_to_plain,
)
from app.storage.runs.operation_columns import part_column, part_in, shares_customer, waits_for_column, waits_for_in


@dataclass(slots=True)
class StoredOperation:
    """An operation with its place in a run, its place in a batch, and what came of it."""

    id: str
    run_id: str
    sequence: int
    operation: Operation
    state: str = "planned"
    batch_id: str = ""
    position: int = 0
    item_key: str = ""
    body: str = ""
    external_ref: str = ""
    result_id: str = ""
    result_version: str = ""
    code: str = ""
    message: str = ""
    advice: str = ""
    trace_id: str = ""
    created_at: datetime | None = None
    sent_at: datetime | None = None
    disagreements: list[dict[str, Any]] = field(default_factory=list)
    document: Mapping[str, Any] | None = None
    """Of a delete: the whole document as the side returned it before. Kept in the row, and not read with it."""
    before: Record | None = None
    """Of a dry run: what its target holds. Kept in the row, and not read with it."""
    preview: Mapping[str, Any] | None = None
    """Of a dry run: what else a person is shown of it before it is carried out (`app.sync.previewing`)."""


FIELDS = (
    "id, run_id, sequence, epoch, action, side, kind, source_id, target_id, part, generation, origin, "
    "expected_version, fields, disagreements, record, rule, reason, waits_for, state, batch_id, position, item_key, "
    "body, external_ref, backfill, result_id, result_version, code, message, advice, trace_id, created_at, settled_at, subject, "
    "answers, person, contact"
)

_INSERT = f"""
INSERT INTO operation (connection_id, {FIELDS}, sent_at, document, before, preview, edited_at)
SELECT %(connection_id)s, {FIELDS}, sent_at, document, before, preview, CASE WHEN action IN ('create', 'update', 'void', 'delete') AND NOT backfill THEN (
    SELECT least(d.first_changed_at, d.edited_at) FROM pending_change d WHERE d.connection_id = %(connection_id)s
        AND d.side = CASE r.side WHEN 'oncord' THEN 'quickbooks' ELSE 'oncord' END AND d.kind = r.kind
        AND d.record_id = r.source_id) END
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(
    id text, run_id text, sequence bigint, epoch bigint, action text, side text, kind text, source_id text,
    target_id text, part text, generation int, origin text, expected_version text, fields jsonb, disagreements jsonb,
    record jsonb, rule text, reason text, waits_for text, state text, batch_id text, position int, item_key text,
    body text, external_ref text, backfill boolean, result_id text, result_version text, code text, message text,
    advice text, trace_id text, created_at timestamptz, settled_at timestamptz, sent_at timestamptz, subject jsonb,
    answers text, person text, contact text, document jsonb,
    before jsonb, preview jsonb)
ORDER BY sequence
"""


def _row(stored: StoredOperation, epoch: int, now: datetime) -> str:
    operation = stored.operation
    settled = now if stored.state not in ("prepared", "sent") else None
    row = {
        "id": stored.id,
        "run_id": stored.run_id,
        "sequence": stored.sequence,
        "epoch": epoch,
        "action": operation.action,
        "side": operation.side,
        "kind": operation.kind,
        "source_id": operation.source_id,
        "target_id": operation.target_id,
        "part": part_column(operation),
        "generation": operation.generation,
        "origin": operation.origin or "",
        "expected_version": operation.expected_version,
        "fields": [format_write_field(field) for field in operation.fields],
        "disagreements": [disagreement_to_plain(d) for d in operation.disagreements],
        "rule": operation.rule,
        "reason": operation.reason,
        "waits_for": waits_for_column(operation.waits_for),
        "state": stored.state,
        "batch_id": stored.batch_id,
        "position": stored.position,
        "item_key": stored.item_key,
        "body": stored.body,
        "external_ref": stored.external_ref,
        "backfill": operation.backfill,
        "result_id": stored.result_id,
        "result_version": stored.result_version,
        "code": stored.code,
        "message": stored.message,
        "advice": stored.advice,
        "trace_id": stored.trace_id,
        "created_at": now,
        "settled_at": settled,
        "sent_at": now if stored.state == "sent" else None,
        "subject": subject_to_plain(operation.subject),
        "person": operation.subject.person,
        "contact": operation.subject.contact,
        "answers": operation.answers,
        "document": stored.document,
        "preview": stored.preview,
    }
    record, before = (record_to_json(operation.kind, each) or "null" for each in (operation.record, stored.before))
    return dump(row)[:-1] + f',"record":{record},"before":{before}}}'


async def add(
    tx: Transaction, connection_id: str, stored: Sequence[StoredOperation], epoch: int, now: datetime
) -> None:
    """Write operations down: decisions as settled, writes as prepared, or as sent where they leave next (law 4)."""
    if stored:
        rows = "[" + ",".join(_row(s, epoch, now) for s in stored) + "]"
        await tx.execute(_INSERT, {"connection_id": connection_id, "rows": rows})


async def forget_plan(tx: Transaction, connection_id: str, run_id: str) -> None:
    """Remove what a dry run has stored of its plan, which is stored anew."""
    await tx.execute(
        "DELETE FROM operation WHERE connection_id = %s AND run_id = %s AND state = 'planned'", (connection_id, run_id)
    )


async def forget_moved(tx: Transaction, connection_id: str, run_id: str) -> None:
    """Remove what a run has listed as moved since it was shown, which is listed anew."""
    await tx.execute(
        "DELETE FROM operation WHERE connection_id = %s AND run_id = %s AND state = 'moved'", (connection_id, run_id)
    )


async def forget_some(tx: Transaction, connection_id: str, ids: Sequence[str]) -> None:
    """Remove single rows, which are listed otherwise."""
    if ids:
        await tx.execute(
            "DELETE FROM operation WHERE connection_id = %s AND state = 'moved' AND id = ANY(%s)",
            (connection_id, list(ids)),
        )


async def supersede(
    tx: Transaction,
    connection_id: str,
    run_id: str,
    records: Iterable[tuple[Side, Kind, str]],
    state: Literal["decided", "planned"] = "decided",
) -> int:
    """Take back that nothing was to be done about these records, where a later record of the run needs them after all."""
    rows = [{"side": side.other, "kind": kind, "source_id": record_id} for side, kind, record_id in sorted(records)]
    if not rows:
        return 0
    result = await tx.execute(
        "DELETE FROM operation o USING jsonb_to_recordset(%(rows)s::jsonb) AS r(side text, kind text, source_id text) "
        "WHERE o.connection_id = %(c)s AND o.run_id = %(run)s AND o.action = 'skip' AND o.state = %(state)s "
        "AND o.side = r.side AND o.kind = r.kind AND o.source_id = r.source_id",
        {"c": connection_id, "run": run_id, "rows": dump(rows), "state": state},
    )
    return result.rowcount


async def mark_sent(tx: Transaction, connection_id: str, ids: Sequence[str], now: datetime) -> None:
    """Note the moment just before a batch leaves; the first one stays (an echo's time lies after it)."""
    if not ids:
        return
    await tx.execute(_MARK_SENT, {"now": now, "c": connection_id, "leaving": list(ids)})


_MARK_SENT = (
    "UPDATE operation SET state = 'sent', sent_at = coalesce(sent_at, %(now)s)"
    " WHERE connection_id = %(c)s AND id = ANY(%(leaving)s)"
)
_SETTLE = (
    "UPDATE operation o SET state = r.state, result_id = r.result_id, result_version = r.result_version, "
    "code = r.code, message = r.message, advice = r.advice, trace_id = r.trace_id, answered_at = %(now)s, "
    "settled_at = %(now)s FROM jsonb_to_recordset(%(settled)s::jsonb) AS r(id text, state text, result_id text, "
    "result_version text, code text, message text, advice text, trace_id text) "
    "WHERE o.connection_id = %(c)s AND o.id = r.id"
)


def leaving(connection_id: str, ids: Sequence[str], now: datetime) -> Clause | None:
    """The same (`mark_sent`) beside other changes."""
    return Clause(f"leaving AS ({_MARK_SENT})", {"now": now, "c": connection_id, "leaving": list(ids)}) if ids else None


def settling(connection_id: str, stored: Iterable[StoredOperation], now: datetime) -> Clause | None:
    """Note what came of operations: their state, result and the vendor's words."""
    rows = [
        {
            "id": s.id,
            "state": s.state,
            "result_id": s.result_id,
            "result_version": s.result_version,
            "code": s.code,
            "message": s.message,
            "advice": s.advice,
            "trace_id": s.trace_id,
        }
        for s in stored
    ]
    return Clause(f"settled AS ({_SETTLE})", {"now": now, "settled": dump(rows), "c": connection_id}) if rows else None


def _stored(row: dict[str, Any]) -> StoredOperation:
    kind = Kind(row["kind"])
    operation = Operation(
        action=Action(row["action"]),
        side=Side(row["side"]),
        kind=kind,
        rule=row["rule"],
        reason=row["reason"],
        source_id=row["source_id"],
        target_id=row["target_id"],
        record=record_from_json(kind, row["record"]),
        fields=tuple(parse_write_field(field) for field in row["fields"]),
        expected_version=row["expected_version"],
        generation=row["generation"],
        part=part_in(kind, row),
        shares_customer=shares_customer(row),
        stands_beside=bool(row["action"] == Action.REPOINT and row["part"]),
        origin=Origin(row["origin"]) if row["origin"] else None,
        disagreements=tuple(
            Disagreement(d["field"], d["base"], d["oncord"], d["quickbooks"], Side(d["winner"]))
            for d in row["disagreements"]
        ),
        waits_for=waits_for_in(row),
        backfill=row["backfill"],
        subject=label_from_plain(row["subject"], row["person"], row["contact"]),
        answers=row["answers"],
    )
    return StoredOperation(
        id=row["id"],
        run_id=row["run_id"],
        sequence=row["sequence"],
        operation=operation,
        state=row["state"],
        batch_id=row["batch_id"],
        position=row["position"],
        item_key=row["item_key"],
        body=row["body"],
        external_ref=row["external_ref"],
        result_id=row["result_id"],
        result_version=row["result_version"],
        code=row["code"],
        message=row["message"],
        advice=row["advice"],
        trace_id=row["trace_id"],
        created_at=row["created_at"],
        sent_at=row["sent_at"],
        disagreements=list(row["disagreements"]),
    )


def stored_with_before(row: dict[str, Any]) -> StoredOperation:
    """A row of a dry run, read with what its target holds."""
    stored = _stored(row)
    stored.before = record_from_json(stored.operation.kind, row["before"])
    return stored


async def unsettled(tx: Transaction, connection_id: str, limit: int = 3000) -> list[StoredOperation]:
    """Writes that were committed but whose answer we do not have, in the order in which they were planned."""
    result = await tx.execute(
        f"SELECT {FIELDS}, sent_at FROM operation WHERE connection_id = %s AND state IN ('prepared', 'sent') "
        "ORDER BY created_at, sequence LIMIT %s",
        (connection_id, limit),
    )
    return [_stored(row) for row in await result.fetchall()]


async def of_run(
    tx: Transaction, connection_id: str, run_id: str, *, after: int = -1, limit: int = 100
) -> list[StoredOperation]:
    """The decisions of a run, in order, from the one after sequence number `after` on."""
    result = await tx.execute(
        f"SELECT {FIELDS}, sent_at FROM operation WHERE connection_id = %s AND run_id = %s AND sequence > %s "
        "ORDER BY sequence LIMIT %s",
        (connection_id, run_id, after, limit),
    )
    return [_stored(row) for row in await result.fetchall()]


async def by_ids(tx: Transaction, connection_id: str, ids: Sequence[str]) -> list[StoredOperation]:
    """These operations of a connection, in the order of their runs."""
    result = await tx.execute(
        f"SELECT {FIELDS}, sent_at FROM operation WHERE connection_id = %s AND id = ANY(%s) ORDER BY run_id, sequence",
        (connection_id, list(ids)),
    )
    return [_stored(row) for row in await result.fetchall()]


async def next_sequence(tx: Transaction, connection_id: str, run_id: str) -> int:
    """Where the numbering of a run goes on."""
    result = await tx.execute(
        "SELECT coalesce(max(sequence), -1) + 1 AS n FROM operation WHERE connection_id = %s AND run_id = %s",
        (connection_id, run_id),
    )
    row = await result.fetchone()
    return int(row["n"]) if row else 0
