"""Sealed months: what each document and payment of a month said when it was sealed, and what it says today."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.model.records import Kind, Side
from app.storage.database import Transaction

Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SealedMonth:
    """A month ("2026-10") that was sealed; `moved` of its documents are no longer as they were, or were not there."""

    month: str
    sealed_at: dt.datetime
    sealed_by: str
    tie_out_id: str
    documents: int
    differences: int
    hash: str
    moved: int = 0


@dataclass(frozen=True, slots=True)
class Moved:
    """A record of a sealed month that is not as it was. `figures` is None where it was not there, `today` where it is gone.

    `pair` names it together with its counterpart on the other side.
    """

    side: Side
    kind: Kind
    id: str
    month: str
    figures: Figures | None
    today: Figures | None
    pair: str


_THERE = "m.record IS NOT NULL AND NOT m.deleted AND coalesce(m.record ->> 'status', '') <> 'draft'"
_FIGURES = """jsonb_strip_nulls(jsonb_build_object(
    'amount', trim_scale(coalesce(m.record #>> '{money,total}', m.record #>> '{payment,amount}', '0')::numeric)::text,
    'tax', CASE WHEN m.kind = 'sale' THEN trim_scale(coalesce(m.record #>> '{money,tax_total}', '0')::numeric)::text END,
    'currency', coalesce(m.record #>> '{money,currency}', m.record #>> '{payment,currency}'),
    'date', m.record ->> 'date',
    'number', nullif(m.record ->> 'number', ''),
    'account', nullif(m.record ->> 'channel', ''),
    'void', CASE WHEN (m.record ->> 'voided')::boolean OR m.record ->> 'status' = 'cancelled' THEN true END,
    'codes', (SELECT jsonb_object_agg(c.code, c.net || ' ' || c.tax) FROM (
        SELECT coalesce(l ->> 'tax_code', '') AS code, trim_scale(sum(coalesce(l ->> 'total', '0')::numeric))::text AS net,
            trim_scale(sum(coalesce(l ->> 'tax', '0')::numeric))::text AS tax
        FROM jsonb_array_elements(m.record #> '{money,lines}') l GROUP BY 1) c)
))"""
_OF_MONTH = "m.kind IN ('sale', 'receipt') AND left(m.record ->> 'date', 7)"
_GONE = """'{"gone": true}'::jsonb"""
_AMONG = """JOIN unnest(%(sides)s::text[], %(kinds)s::text[], %(ids)s::text[]) k(side, kind, record_id)
    ON k.side = {0}.side AND k.kind = {0}.kind AND k.record_id = {0}.record_id"""
"""Only the records that were looked at, each found by its key."""
_PAIR = """coalesce((SELECT 'oncord:' || l.oncord_id FROM link l WHERE l.connection_id = s.connection_id AND l.kind = s.kind
    AND s.side = 'quickbooks' AND l.quickbooks_id = s.record_id AND l.state IN ('live', 'tombstone', 'revived') ORDER BY l.id DESC LIMIT 1),
    s.side || ':' || s.record_id)"""
_COLUMNS = "month, sealed_at, sealed_by, tie_out_id, documents, differences, hash"


async def months(tx: Transaction, connection_id: str) -> list[SealedMonth]:
    """The sealed months of a connection, the latest first."""
    found = await tx.execute(
        f"SELECT {_COLUMNS}, (SELECT count(*) FROM sealed_document d WHERE d.connection_id = s.connection_id"
        " AND d.month = s.month AND d.today IS NOT NULL) AS moved FROM sealed_month s WHERE connection_id = %s"
        " ORDER BY month DESC",
        (connection_id,),
    )
    return [SealedMonth(**row) for row in await found.fetchall()]


async def last_month(tx: Transaction, connection_id: str) -> str:
    """The latest month that is sealed; "" where none is."""
    found = await tx.execute("SELECT max(month) AS month FROM sealed_month WHERE connection_id = %s", (connection_id,))
    row = await found.fetchone()
    return str((row and row["month"]) or "")


async def differences(tx: Transaction, connection_id: str, tie_out_id: str) -> Mapping[str, int]:
    """How many differences the certificate of a tie-out does not agree by, by cause: its period's own, and of earlier ones what nobody
    can explain (`app.tieout.certificate.counting`)."""
    found = await tx.execute(
        "SELECT cause, count(*) AS n FROM tie_out_difference WHERE connection_id = %s AND tie_out_id = %s"
        " AND (line ->> 'when' = 'in' OR line ->> 'when' = 'before' AND cause = 'unexplained') GROUP BY cause ORDER BY cause",
        (connection_id, tie_out_id),
    )
    return {row["cause"]: row["n"] for row in await found.fetchall()}


async def has_moved(tx: Transaction, connection_id: str, since: dt.datetime) -> bool:
    """Whether any document or money of a connection has moved on either side since a moment."""
    found = await tx.execute(
        "SELECT 1 FROM mirror WHERE connection_id = %s AND kind IN ('sale', 'receipt') AND moved_at > %s LIMIT 1",
        (connection_id, since),
    )
    return await found.fetchone() is not None


async def seal(
    tx: Transaction, connection_id: str, month: str, *, now: dt.datetime, who: str, tie_out_id: str, apart: int
) -> None:
    """Keep what all of a month says on both sides; `apart` differences of it are named."""
    values = {"c": connection_id, "m": month}
    await tx.execute(
        "INSERT INTO sealed_document (connection_id, side, kind, record_id, month, figures)"
        f" SELECT m.connection_id, m.side, m.kind, m.record_id, %(m)s, {_FIGURES} FROM mirror m"
        f" WHERE m.connection_id = %(c)s AND {_THERE} AND {_OF_MONTH} = %(m)s ORDER BY m.side, m.kind, m.record_id",
        values,
    )
    await tx.execute(
        f"INSERT INTO sealed_month (connection_id, {_COLUMNS}) SELECT %(c)s, %(m)s, %(now)s, %(who)s, %(tie)s, count(*),"
        " %(apart)s, encode(sha256(convert_to(coalesce(string_agg(concat_ws(' ', d.side, d.kind, d.record_id, d.figures::text),"
        " E'\\n' ORDER BY d.side, d.kind, d.record_id), ''), 'UTF8')), 'hex')"
        " FROM sealed_document d WHERE d.connection_id = %(c)s AND d.month = %(m)s",
        {**values, "now": now, "who": who, "tie": tie_out_id, "apart": apart},
    )


async def unseal(tx: Transaction, connection_id: str, month: str) -> bool:
    """Let go of a month; whether it was sealed."""
    values = (connection_id, month)
    await tx.execute("DELETE FROM sealed_document WHERE connection_id = %s AND month = %s", values)
    gone = await tx.execute("DELETE FROM sealed_month WHERE connection_id = %s AND month = %s", values)
    return gone.rowcount == 1


async def compare(
    tx: Transaction, connection_id: str, changed: Mapping[tuple[Side, Kind], Collection[str]] | None
) -> None:
    """Hold what was sealed against today's mirrors: all of it, or what has just been looked at. What a mirror has not got,
    as while a company that has returned is read anew, says nothing; what is deleted stays there as such."""
    values: dict[str, Any] = {"c": connection_id}
    among = ""
    if changed is not None:
        keys = sorted((side.value, kind.value, record_id) for (side, kind), ids in changed.items() for record_id in ids)
        values |= {name: [key[place] for key in keys] for place, name in enumerate(("sides", "kinds", "ids"))}
        among = _AMONG
    await tx.execute(
        "UPDATE sealed_document s SET today = nullif(x.today, s.figures) FROM (SELECT d.side, d.kind, d.record_id, d.month,"
        f" CASE WHEN {_THERE} THEN {_FIGURES} ELSE {_GONE} END AS today FROM sealed_document d"
        f" {among.format('d')} JOIN mirror m"
        " ON m.connection_id = d.connection_id AND m.side = d.side AND m.kind = d.kind AND m.record_id = d.record_id"
        " WHERE d.connection_id = %(c)s) x WHERE s.connection_id = %(c)s AND s.side = x.side"
        " AND s.kind = x.kind AND s.record_id = x.record_id AND s.month = x.month"
        " AND s.today IS DISTINCT FROM nullif(x.today, s.figures)",
        values,
    )
    await tx.execute(
        "INSERT INTO sealed_document (connection_id, side, kind, record_id, month, today)"
        f" SELECT m.connection_id, m.side, m.kind, m.record_id, s.month, {_FIGURES} FROM sealed_month s"
        f" JOIN mirror m ON m.connection_id = s.connection_id AND {_OF_MONTH} = s.month AND {_THERE}"
        f" {among.format('m')} WHERE s.connection_id = %(c)s ORDER BY m.side, m.kind, m.record_id ON CONFLICT DO NOTHING",
        values,
    )
    await tx.execute(  # what was not there when it was sealed, and is not there any more
        "DELETE FROM sealed_document WHERE connection_id = %(c)s AND figures IS NULL"
        f" AND (today = {_GONE} OR left(today ->> 'date', 7) <> month)",
        values,
    )


async def moved(tx: Transaction, connection_id: str, limit: int) -> Sequence[Moved]:
    """What is not as it was sealed, with what it belongs to on the other side."""
    found = await tx.execute(
        f"SELECT s.side, s.kind, s.record_id, s.month, s.figures, s.today, {_PAIR} AS pair FROM sealed_document s"
        " WHERE s.connection_id = %s AND s.today IS NOT NULL ORDER BY s.month, s.kind, pair, s.side LIMIT %s",
        (connection_id, limit),
    )
    return [
        Moved(
            Side(row["side"]),
            Kind(row["kind"]),
            row["record_id"],
            row["month"],
            row["figures"],
            None if row["today"].get("gone") else row["today"],
            row["pair"],
        )
        for row in await found.fetchall()
    ]
