"""Runs: requested by a person or a rule, carried out turn by turn, and the report that stays."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, LiteralString

from psycopg import sql
from psycopg.types.json import Jsonb

from app.storage.database import Transaction
from app.storage.encoding import dump
from app.storage.paging import DEFAULT_LIMIT, Page, checked_limit, cut, decode_moment
from app.storage.runs.progress import Progress

Trigger = Literal["manual", "quiet", "idle", "reconnect", "approval"]
State = Literal["queued", "running", "succeeded", "partial", "failed", "cancelled", "held"]


@dataclass(frozen=True, slots=True)
class Run:
    """A row as it is stored. `pulled_at` is set once the run reads no further: a request after it needs another run."""

    id: str
    connection_id: str
    trigger: Trigger
    state: State
    dry_run: bool
    download: bool
    phase: str
    counters: dict[str, Any]
    turns: int
    requested_at: dt.datetime
    requested_by: str
    started_at: dt.datetime | None
    pulled_at: dt.datetime | None
    finished_at: dt.datetime | None
    error: str
    advice: str
    request_id: str
    carries_out: dict[str, Any] | None = None
    """Of a run that does what a dry run has shown: `run`, and `only`, the operations of it that were chosen (null: all)."""


_LIST = sql.SQL(", ").join(sql.Identifier(field.name) for field in fields(Run))


async def request(
    tx: Transaction,
    connection_id: str,
    *,
    run_id: str,
    trigger: Trigger,
    requested_by: str,
    now: dt.datetime,
    dry_run: bool = False,
    download: bool = False,
    request_id: str = "",
    carries_out: Mapping[str, Any] | None = None,
) -> Run:
    """Ask for a run: join a queued one, or a running one that has not finished pulling, else queue `run_id`.

    A dry run and a real one never join each other, and a run that carries out what was shown joins none. The answer's id tells which it was. A manual request that joins a
    run that a rule asked for turns it into a manual one, and its wish for a download counts too.
    """
    await tx.execute("SELECT 1 FROM connection WHERE id = %s FOR UPDATE", (connection_id,))
    cursor = await tx.execute(
        sql.SQL(
            "UPDATE run SET download = download OR %(download)s,"
            " trigger = CASE WHEN %(trigger)s = 'manual' THEN 'manual' ELSE trigger END,"
            " requested_by = CASE WHEN %(trigger)s = 'manual' THEN %(by)s ELSE requested_by END"
            " WHERE id = (SELECT id FROM run WHERE connection_id = %(connection)s AND dry_run = %(dry)s"
            " AND carries_out IS NULL AND %(joins)s"
            " AND (state = 'queued' OR state = 'running' AND pulled_at IS NULL AND (download OR NOT %(download)s))"
            " ORDER BY requested_at, id LIMIT 1) RETURNING {}"
        ).format(_LIST),
        {"connection": connection_id, "dry": dry_run, "download": download, "trigger": trigger, "by": requested_by}
        | {"joins": carries_out is None},
    )
    if row := await cursor.fetchone():
        return Run(**row)
    cursor = await tx.execute(
        sql.SQL(
            "INSERT INTO run (id, connection_id, trigger, state, dry_run, download, counters, requested_at,"
            " requested_by, request_id, carries_out) VALUES (%s, %s, %s, 'queued', %s, %s, '{{}}', %s, %s, %s, %s) RETURNING {}"
        ).format(_LIST),
        (
            run_id,
            connection_id,
            trigger,
            dry_run,
            download,
            now,
            requested_by,
            request_id,
            None if carries_out is None else Jsonb(dict(carries_out)),
        ),
    )
    row = await cursor.fetchone()
    assert row is not None  # an INSERT ... RETURNING without a conflict clause always answers
    return Run(**row)


async def get(tx: Transaction, connection_id: str, run_id: str) -> Run | None:
    """One run of a connection."""
    found = await _select(tx, "WHERE connection_id = %s AND id = %s", (connection_id, run_id))
    return found[0] if found else None


async def page(tx: Transaction, connection_id: str, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[Run]:
    """The runs of a connection, the newest first."""
    before = decode_moment(cursor) if cursor else (None, None)
    found = await _select(
        tx,
        "WHERE connection_id = %s AND (%s::timestamptz IS NULL OR (requested_at, id) < (%s, %s))"
        " ORDER BY requested_at DESC, id DESC LIMIT %s",
        (connection_id, before[0], *before, checked_limit(limit) + 1),
    )
    return cut(found, limit, lambda run: (run.requested_at, run.id))


async def latest(tx: Transaction, connection_ids: list[str]) -> Mapping[str, Run]:
    """The newest run of each of these connections that has one; a dry run is only a look and does not count."""
    found = await _select(
        tx,
        "WHERE id IN (SELECT (SELECT id FROM run WHERE connection_id = c AND NOT dry_run ORDER BY requested_at DESC, id DESC LIMIT 1)"
        " FROM unnest(%s::text[]) AS c) ORDER BY connection_id",
        (connection_ids,),
    )
    return {run.connection_id: run for run in found}


async def ended_since(tx: Transaction, moment: dt.datetime) -> int:
    """How many runs have ended since a moment, of the connections that the transaction is about."""
    result = await tx.execute("SELECT count(*) AS runs FROM run WHERE finished_at > %s", (moment,))
    row = await result.fetchone()
    return int(row["runs"]) if row else 0


async def last_failed(tx: Transaction, connection_id: str) -> bool:
    """Whether the newest run that is over failed; a dry run is only a look and does not count."""
    result = await tx.execute(
        "SELECT state FROM run WHERE connection_id = %s AND NOT dry_run AND state NOT IN ('queued', 'running')"
        " ORDER BY requested_at DESC, id DESC LIMIT 1",
        (connection_id,),
    )
    row = await result.fetchone()
    return row is not None and row["state"] == "failed"


async def unfinished(tx: Transaction, connection_id: str) -> tuple[Run, ...]:
    """What is queued or running for a connection, in the order in which it is carried out."""
    return tuple(
        await _select(
            tx,
            "WHERE connection_id = %s AND state IN ('queued', 'running')"
            " ORDER BY state = 'running' DESC, requested_at, id",
            (connection_id,),
        )
    )


async def start(tx: Transaction, run_id: str, now: dt.datetime) -> bool:
    """Begin a queued run, or go on with a running one; False where it is already finished."""
    cursor = await tx.execute(
        "UPDATE run SET state = 'running', started_at = coalesce(started_at, %s), turns = turns + 1"
        " WHERE id = %s AND state IN ('queued', 'running')",
        (now, run_id),
    )
    return cursor.rowcount == 1


async def progress(
    tx: Transaction,
    run_id: str,
    counters: Mapping[str, Any],
    *,
    phase: str = "",
    pulled_at: dt.datetime | None = None,
    progress: Progress | None = None,
) -> None:
    """Write down how far a running run has come, for its next turn and for people."""
    shown = None if progress is None else Jsonb(progress.plain)
    await tx.execute(
        "UPDATE run SET counters = %s, phase = %s, pulled_at = coalesce(pulled_at, %s), progress = coalesce(%s, progress)"
        " WHERE id = %s AND state = 'running'",
        (Jsonb(dict(counters), dumps=dump), phase, pulled_at, shown, run_id),
    )


async def finish(
    tx: Transaction,
    run_id: str,
    state: State,
    counters: Mapping[str, Any],
    now: dt.datetime,
    *,
    error: str = "",
    advice: str = "",
) -> bool:
    """End a run with its report; False where it had ended already (the first end stays)."""
    cursor = await tx.execute(
        "UPDATE run SET state = %s, counters = %s, phase = '', progress = NULL, finished_at = %s, error = %s, advice = %s,"
        " started_at = coalesce(started_at, %s) WHERE id = %s AND state IN ('queued', 'running')",
        (state, Jsonb(dict(counters), dumps=dump), now, error, advice, now, run_id),
    )
    return cursor.rowcount == 1


async def cancel_queued(tx: Transaction, connection_id: str, now: dt.datetime, reason: str) -> int:
    """Cancel what has not begun; tells how many."""
    cursor = await tx.execute(
        "UPDATE run SET state = 'cancelled', finished_at = %s, error = %s"
        " WHERE connection_id = %s AND state = 'queued'",
        (now, reason, connection_id),
    )
    return cursor.rowcount


async def _select(tx: Transaction, rest: LiteralString, parameters: tuple[object, ...]) -> list[Run]:
    cursor = await tx.execute(sql.SQL("SELECT {} FROM run ").format(_LIST) + sql.SQL(rest), parameters)
    return [Run(**row) for row in await cursor.fetchall()]
