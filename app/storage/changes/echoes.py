"""Events beside our own writes, so that echoes can be told from changes (`app.domain.guards.echoes` decides)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.guards.echoes import AnsweredWrite, HeldEcho, SeenEvent
from app.domain.model.records import Kind, Side
from app.storage.database import Transaction

AT_MOST = 3000
"""More events than so many at once are no echo of anything."""
RUNS_BACK = 20
SKEW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class UnprocessedEvent:
    """An event that no run has taken up yet."""

    event: SeenEvent
    received_at: datetime


async def lock_schedule(tx: Transaction, connection_id: str) -> datetime | None:
    """Since when changes are counted; nothing is counted meanwhile, until the transaction ends."""
    result = await tx.execute(
        "SELECT first_changed_at FROM schedule WHERE connection_id = %s FOR UPDATE", (connection_id,)
    )
    row = await result.fetchone()
    return row["first_changed_at"] if row else None


async def unprocessed_events(tx: Transaction, connection_id: str, since: datetime) -> list[UnprocessedEvent] | None:
    """The events accepted at or after `since`; None where they are too many to be worth the look."""
    result = await tx.execute(
        "SELECT id, sender, kind, record_id, occurred_at, version, received_at FROM (SELECT * FROM event "
        "WHERE connection_id = %s ORDER BY id DESC LIMIT %s) AS e "
        "WHERE e.received_at >= %s AND e.status = 'accepted' ORDER BY e.id",
        (connection_id, AT_MOST, since),
    )
    rows = await result.fetchall()
    if len(rows) == AT_MOST:
        return None
    return [
        UnprocessedEvent(
            SeenEvent(r["id"], Side(r["sender"]), Kind(r["kind"]), r["record_id"], r["occurred_at"], r["version"]),
            r["received_at"],
        )
        for r in rows
    ]


async def answered_writes(tx: Transaction, connection_id: str, since: datetime) -> list[AnsweredWrite]:
    """Our answered writes of the runs that were under way at `since` or later."""
    result = await tx.execute(
        "SELECT o.id, o.side, o.kind, coalesce(nullif(o.result_id, ''), o.target_id) AS record_id, o.result_version, "
        "o.sent_at, o.answered_at, ARRAY(SELECT coalesce(l.quickbooks_id, a.value #>> '{sale_id}') "
        "FROM jsonb_array_elements(o.record #> '{payment,allocations}') AS a LEFT JOIN link l "
        "ON l.connection_id = o.connection_id AND l.kind = 'sale' AND l.oncord_id = a.value #>> '{sale_id,id}' "
        "AND l.state = 'live' ORDER BY 1) AS paid "
        "FROM operation o WHERE o.connection_id = %(c)s AND o.run_id = ANY(ARRAY(SELECT r.id FROM run r "
        "WHERE r.connection_id = %(c)s AND r.started_at IS NOT NULL AND (r.finished_at IS NULL "
        "OR r.finished_at >= %(since)s) ORDER BY r.requested_at DESC, r.id DESC LIMIT %(runs)s)) "
        "AND o.sent_at IS NOT NULL AND o.answered_at IS NOT NULL ORDER BY o.run_id, o.sequence",
        {"c": connection_id, "since": since - SKEW, "runs": RUNS_BACK},
    )
    return [
        AnsweredWrite(
            operation_id=r["id"],
            side=Side(r["side"]),
            kind=Kind(r["kind"]),
            record_id=r["record_id"],
            version=r["result_version"],
            sent_at=r["sent_at"],
            answered_at=r["answered_at"],
            paid=frozenset(filter(None, r["paid"])) if r["side"] == Side.QUICKBOOKS else frozenset(),
        )
        for r in await result.fetchall()
    ]


async def held_echoes(tx: Transaction, connection_id: str) -> set[HeldEcho]:
    """For which writes and records an event was held already."""
    result = await tx.execute(
        "SELECT kind, record_id, detail ->> 'echo_of' AS echo_of FROM (SELECT * FROM event WHERE connection_id = %s "
        "ORDER BY id DESC LIMIT %s) AS e WHERE e.status = 'echo' ORDER BY e.id",
        (connection_id, AT_MOST * 2),
    )
    return {(r["echo_of"] or "", Kind(r["kind"]), r["record_id"]) for r in await result.fetchall()}


async def hold_back(tx: Transaction, found: Mapping[int, str], until: datetime) -> None:
    """Note that these events echo these operations. Their records stay queued; only nobody is woken for them, and they
    are looked at by `until`."""
    ids = sorted(found)
    await tx.execute(
        "UPDATE event e SET status = 'echo', reason = 'an echo of our own write', "
        "detail = e.detail || jsonb_build_object('echo_of', f.operation, 'held_until', %s::text) "
        "FROM unnest(%s::bigint[], %s::text[]) AS f(id, operation) WHERE e.id = f.id",
        (until.isoformat(), ids, [found[one] for one in ids]),
    )
