"""Questions about many records at once: which records wait for one, and saying so in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from app.domain.model.operations import Label
from app.domain.model.records import Kind, Side
from app.domain.model.waiting import WaitsFor, format_waits_for, parse_waits_for
from app.storage.database import Transaction
from app.storage.encoding import dump, subject_to_plain

COUNTERPART_WAITS = """
(d.side = 'quickbooks' AND EXISTS (SELECT 1 FROM link l JOIN pending_change o ON o.connection_id = l.connection_id
    AND o.side = 'oncord' AND o.kind = l.kind AND o.record_id = l.oncord_id AND o.parked AND o.waits_for = d.waits_for
    WHERE l.connection_id = d.connection_id AND l.kind = d.kind AND l.quickbooks_id = d.record_id))
"""
"""Whether a waiting change `d` is of QuickBooks' half of a pair whose other half waits for the same: it is one matter, not two."""


async def open_about(tx: Transaction, connection_id: str, kind: str) -> list[WaitsFor]:
    """What waits for the open questions of one kind."""
    result = await tx.execute(
        "SELECT key FROM attention WHERE connection_id = %s AND kind = %s AND state = 'open' ORDER BY key",
        (connection_id, kind),
    )
    found = [parse_waits_for(row["key"]) for row in await result.fetchall()]
    return [one for one in found if one is not None]


@dataclass(frozen=True, slots=True)
class Asked:
    """An open question about a record, with what it offers: the sides and ids."""

    key: str
    side: str
    record_id: str
    offered: tuple[tuple[str, str], ...]


async def open_with(tx: Transaction, connection_id: str, beginning: str) -> list[Asked]:
    """The open questions whose matter begins so."""
    result = await tx.execute(
        "SELECT key, side, record_id, coalesce(detail -> 'choices', '[]') AS choices FROM attention"
        " WHERE connection_id = %s AND state = 'open' AND starts_with(key, %s) ORDER BY key",
        (connection_id, beginning),
    )
    return [
        Asked(row["key"], row["side"], row["record_id"], tuple((c["side"], str(c["id"])) for c in row["choices"]))
        for row in await result.fetchall()
    ]


async def held_by(tx: Transaction, connection_id: str, waits_for: WaitsFor) -> list[tuple[Side, Kind, str]]:
    """The records that wait for this, the longest waiting first; of a pair whose halves both wait, Oncord's."""
    result = await tx.execute(
        "SELECT side, kind, record_id FROM pending_change d WHERE connection_id = %s AND parked AND waits_for = %s"
        f" AND NOT {COUNTERPART_WAITS} ORDER BY first_changed_at, side, kind, record_id",
        (connection_id, format_waits_for(waits_for)),
    )
    return [(Side(row["side"]), Kind(row["kind"]), row["record_id"]) for row in await result.fetchall()]


async def said(tx: Transaction, connection_id: str, kind: str) -> dict[WaitsFor, str]:
    """The open questions of one kind, with what each says of its matter alone (`about`, where more was told since)."""
    result = await tx.execute(
        "SELECT key, coalesce(detail ->> 'about', summary) AS about FROM attention"
        " WHERE connection_id = %s AND kind = %s AND state = 'open' ORDER BY key",
        (connection_id, kind),
    )
    found = ((parse_waits_for(row["key"]), str(row["about"])) for row in await result.fetchall())
    return {asked: about for asked, about in found if asked is not None}


async def tell(
    tx: Transaction,
    connection_id: str,
    about: WaitsFor,
    summary: str,
    detail: Mapping[str, Any],
    only: tuple[Side, Kind, str] | None = None,
    subject: Label | None = None,
) -> None:
    """Say in the open question what it is about: no single record, or the `only` one, which people call `subject`."""
    side, kind, record_id = only or ("", "", "")
    label = subject or Label()
    await tx.execute(
        "UPDATE attention SET summary = %s, detail = detail || %s, record_id = %s, subject = %s, person = %s, contact = %s,"
        " side = coalesce(nullif(%s, ''), side), record_kind = coalesce(nullif(%s, ''), record_kind)"
        " WHERE connection_id = %s AND key = %s AND state = 'open'",
        (
            summary,
            Jsonb(dict(detail), dumps=dump),
            record_id,
            Jsonb(subject_to_plain(label)),
            label.person,
            label.contact,
            side,
            kind,
            connection_id,
            format_waits_for(about),
        ),
    )
