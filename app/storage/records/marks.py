"""The records of Oncord whose mark may have to be said anew, and what is known about each of their counterparts.

A mark that is due is a wish that was committed with what caused it; saying it twice does no harm.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.domain.model.exchange import Mark
from app.domain.model.link_part import Opening, parse_part
from app.domain.model.records import Kind, Side
from app.domain.planning.marks import Said
from app.domain.settlement.causes import Part
from app.storage.database import Transaction
from app.storage.encoding import dump
from app.storage.records.settled_otherwise import parts_of

Key = tuple[Kind, str]
"""A record of Oncord."""

_STANDING = """
SELECT m.record_id, m.record ->> 'books_status' AS status, m.record ->> 'books_reason' AS why,
    m.record ->> 'books_url' AS url, m.record ->> 'books_settled' AS settled, m.record #>> '{money,currency}' AS currency,
    first.quickbooks_id, first.part, first.total, coalesce(lost.gone = 'quickbooks', false) AS gone, waits.reason, waits.refused,
    (SELECT parts FROM settled_otherwise s WHERE s.connection_id = %(c)s AND s.quickbooks_id = first.quickbooks_id
        AND m.kind = 'sale') AS parts
FROM mirror m
LEFT JOIN LATERAL (SELECT l.quickbooks_id, l.part, l.base_quickbooks #>> '{money,total}' AS total FROM link l
    WHERE l.connection_id = %(c)s AND l.kind = m.kind AND l.oncord_id = m.record_id AND l.state IN ('live', 'shared') AND l.part !~ '^(cancelled$|difference:)' ORDER BY l.state, l.part, l.id LIMIT 1) first ON true
LEFT JOIN LATERAL (SELECT l.gone FROM link l WHERE l.connection_id = %(c)s AND l.kind = m.kind
    AND l.oncord_id = m.record_id AND l.state = 'tombstone' AND l.part !~ '^(cancelled$|difference:)' ORDER BY l.id DESC LIMIT 1) lost ON true
LEFT JOIN LATERAL (SELECT d.reason, d.refused FROM pending_change d WHERE d.connection_id = %(c)s AND d.kind = m.kind
    AND (d.side = 'oncord' AND d.record_id = m.record_id OR d.side = 'quickbooks' AND d.record_id IN (
        SELECT l.quickbooks_id FROM link l WHERE l.connection_id = %(c)s AND l.kind = m.kind AND l.oncord_id = m.record_id
            AND l.state = 'live'))
    AND d.reason <> '' AND (d.parked OR d.not_before > %(now)s) ORDER BY d.side, d.record_id LIMIT 1) waits ON true
WHERE m.connection_id = %(c)s AND m.side = 'oncord' AND m.kind = %(kind)s AND m.record_id = ANY(%(ids)s)
    AND NOT m.deleted AND m.record IS NOT NULL
ORDER BY m.record_id
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """One record of Oncord: what it shows, and what is known about its counterpart; the first of several."""

    id: str
    held: Said
    quickbooks_id: str
    """"" where it has none."""
    gone: bool
    waits: str
    refused: bool
    settled: Decimal
    """What Oncord shows as settled in the books by something that is no receipt."""
    parts: tuple[Part, ...]
    """What that consists of."""
    currency: str
    opening: Opening | None = None
    """Of a sale from before the start date that was open on it: how it came into the books (S1)."""
    opening_total: Decimal = Decimal(0)
    """What its document was for."""


async def note_due(tx: Transaction, connection_id: str, keys: Collection[Key]) -> None:
    """Have the marks of these records looked at when the run ends."""
    rows = [{"k": kind, "i": record_id} for kind, record_id in sorted(set(keys)) if record_id]
    if rows:
        await tx.execute(
            "INSERT INTO mark_due (connection_id, kind, oncord_id) SELECT %s, k, i"
            " FROM jsonb_to_recordset(%s::jsonb) AS r(k text, i text) ORDER BY 2, 3 ON CONFLICT DO NOTHING",
            (connection_id, dump(rows)),
        )


async def claim(tx: Transaction, connection_id: str, *, limit: int) -> list[Key]:
    """The next that are due, in the order of their keys."""
    result = await tx.execute(
        "SELECT kind, oncord_id FROM mark_due WHERE connection_id = %s ORDER BY kind, oncord_id LIMIT %s",
        (connection_id, limit),
    )
    return [(Kind(row["kind"]), row["oncord_id"]) for row in await result.fetchall()]


async def done(tx: Transaction, connection_id: str, keys: Collection[Key]) -> None:
    """These have been looked at."""
    rows = [{"k": kind, "i": record_id} for kind, record_id in keys]
    await tx.execute(
        "DELETE FROM mark_due d USING jsonb_to_recordset(%s::jsonb) AS r(k text, i text)"
        " WHERE d.connection_id = %s AND d.kind = r.k AND d.oncord_id = r.i",
        (dump(rows), connection_id),
    )


async def load(
    tx: Transaction, connection_id: str, kind: Kind, ids: Collection[str], now: datetime
) -> Sequence[Standing]:
    """What is known about these records of Oncord; those that are gone, or make no sense, are left out."""
    asked = {"c": connection_id, "kind": kind, "ids": sorted(ids), "now": now}
    result = await tx.execute(_STANDING, asked)
    return [
        Standing(
            id=row["record_id"],
            held=Said(row["status"] or "", row["why"] or "", row["url"] or ""),
            quickbooks_id=row["quickbooks_id"] or "",
            gone=row["gone"],
            waits=row["reason"] or "",
            refused=bool(row["refused"]),
            settled=Decimal(row["settled"] or 0),
            parts=parts_of(row["parts"] or ()),
            currency=row["currency"] or "",
            opening=_opening(kind, row["part"] or ""),
            opening_total=Decimal(row["total"] or 0),
        )
        for row in await result.fetchall()
    ]


def _opening(kind: Kind, part: str) -> Opening | None:
    parsed = parse_part(kind, part)
    return parsed if isinstance(parsed, Opening) else None


async def note_said(tx: Transaction, connection_id: str, marks: Collection[Mark]) -> None:
    """Oncord shows these now: its records keep their versions, so that nothing is read again for it."""
    if not marks:
        return
    rows = [{"k": mark.kind, "i": mark.id, "m": _as_stored(mark)} for mark in marks]
    await tx.execute(
        "UPDATE mirror m SET record = (m.record - '{books_status,books_reason,books_url}'::text[]) || r.m"
        " FROM jsonb_to_recordset(%s::jsonb) AS r(k text, i text, m jsonb) WHERE m.connection_id = %s AND m.side = %s"
        " AND m.kind = r.k AND m.record_id = r.i AND m.record IS NOT NULL",
        (dump(rows), connection_id, Side.ONCORD),
    )


def _as_stored(mark: Mark) -> dict[str, str]:
    """As a record of the mirror holds it: what says nothing is left out."""
    told = {"books_status": mark.status.value, "books_reason": mark.reason, "books_url": mark.url}
    return {name: value for name, value in told.items() if value}
