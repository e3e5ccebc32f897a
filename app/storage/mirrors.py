"""What we last saw of both sides, and which of it is news: pages are saved in bulk and turn changed records dirty.

Matching looks candidates up by natural keys that are kept beside each record: normalised e-mail, name and number, the
contact, the amount.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.matching import natural_keys
from app.domain.records import Kind, Side, Snapshot
from app.storage.database import Transaction
from app.storage.encoding import dump, record_digest, record_from_json, record_to_json

_COLUMNS = "side, kind, record_id, version, record, deleted, deleted_with, merged_into, marker, extras, modified_at"

_SAVE = """
WITH incoming AS (
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(
        side text, kind text, record_id text, version text, record jsonb, deleted boolean, deleted_with text,
        merged_into text, marker text, extras jsonb, modified_at timestamptz, digest text,
        key_email text, key_name text, key_number text, key_contact text, key_amount numeric)
), news AS (
    SELECT i.side, i.kind, i.record_id FROM incoming i
    LEFT JOIN mirror m ON m.connection_id = %(connection_id)s AND m.side = i.side AND m.kind = i.kind
        AND m.record_id = i.record_id
    WHERE m.record_id IS NULL OR m.digest <> i.digest OR m.deleted <> i.deleted OR m.merged_into <> i.merged_into
), saved AS (
    INSERT INTO mirror AS m (connection_id, side, kind, record_id, version, record, deleted, deleted_with, merged_into,
        marker, extras, modified_at, digest, seen_at, key_email, key_name, key_number, key_contact, key_amount)
    SELECT %(connection_id)s, side, kind, record_id, version, record, deleted, deleted_with, merged_into, marker, extras,
        modified_at, digest, %(now)s, key_email, key_name, key_number, key_contact, key_amount
    FROM incoming ORDER BY side, kind, record_id
    ON CONFLICT (connection_id, side, kind, record_id) DO UPDATE SET
        version = excluded.version, record = coalesce(excluded.record, m.record), deleted = excluded.deleted,
        deleted_with = excluded.deleted_with, extras = excluded.extras,
        merged_into = CASE WHEN excluded.side = 'quickbooks' AND excluded.merged_into = ''
            AND excluded.record->>'active' = 'false' THEN m.merged_into ELSE excluded.merged_into END,
        marker = CASE WHEN excluded.marker <> '' THEN excluded.marker ELSE m.marker END,
        modified_at = excluded.modified_at, digest = excluded.digest, seen_at = excluded.seen_at,
        key_email = excluded.key_email, key_name = excluded.key_name, key_number = excluded.key_number,
        key_contact = excluded.key_contact, key_amount = excluded.key_amount
)
"""

_SAVE_AND_MARK = (
    _SAVE
    + """
INSERT INTO dirty AS d (connection_id, side, kind, record_id, generation, first_changed_at, last_changed_at, seen)
SELECT %(connection_id)s, side, kind, record_id, 1, %(now)s, %(now)s, true FROM news
ORDER BY side, kind, record_id
ON CONFLICT (connection_id, side, kind, record_id) DO UPDATE SET
    generation = d.generation + 1, last_changed_at = excluded.last_changed_at, seen = true, not_before = NULL,
    parked = false, waits_for = '', reason = ''
RETURNING d.side, d.kind, d.record_id
"""
)

_SAVE_ONLY = _SAVE + "SELECT side, kind, record_id FROM news ORDER BY side, kind, record_id"


def _row(snapshot: Snapshot) -> dict[str, Any]:
    keys = natural_keys(snapshot.record) if snapshot.record is not None and not snapshot.deleted else None
    return {
        "side": snapshot.side,
        "kind": snapshot.kind,
        "record_id": snapshot.id,
        "version": snapshot.version,
        "record": _Raw(record_to_json(snapshot.kind, snapshot.record)),
        "deleted": snapshot.deleted,
        "deleted_with": snapshot.deleted_with,
        "merged_into": snapshot.merged_into,
        "marker": snapshot.marker,
        "extras": list(snapshot.extras),
        "modified_at": snapshot.modified_at,
        "digest": record_digest(snapshot.kind, snapshot.record),
        "key_email": keys.email if keys else "",
        "key_name": keys.name if keys else "",
        "key_number": keys.number if keys else "",
        "key_contact": keys.contact if keys else "",
        "key_amount": keys.amount if keys else None,
    }


@dataclass(frozen=True, slots=True)
class _Raw:
    """JSON text that is put into other JSON text as it is."""

    text: str | None


def _rows(snapshots: Iterable[Snapshot]) -> str:
    latest = {(s.side, s.kind, s.id): s for s in snapshots}
    parts = []
    for snapshot in latest.values():
        row = _row(snapshot)
        raw = row.pop("record").text or "null"
        parts.append(dump(row)[:-1] + f',"record":{raw}}}')
    return "[" + ",".join(parts) + "]"


def _snapshot(row: dict[str, Any]) -> Snapshot:
    kind = Kind(row["kind"])
    return Snapshot(
        side=Side(row["side"]),
        kind=kind,
        id=row["record_id"],
        version=row["version"],
        record=record_from_json(kind, row["record"]),
        modified_at=row["modified_at"],
        deleted=row["deleted"],
        deleted_with=row["deleted_with"],
        merged_into=row["merged_into"],
        marker=row["marker"],
        extras=tuple(row["extras"]),
    )


async def save_and_mark(
    tx: Transaction, connection_id: str, snapshots: Sequence[Snapshot], now: datetime
) -> list[tuple[Side, Kind, str]]:
    """Save what a side has told and mark as dirty what differs from before in anything that the merge looks at.

    A deleted record keeps the content that we last saw, and an inactive customer into which other it was merged: only
    an event tells that, once. Answers the records that turned dirty.
    """
    if not snapshots:
        return []
    result = await tx.execute(_SAVE_AND_MARK, {"rows": _rows(snapshots), "connection_id": connection_id, "now": now})
    return [(Side(r["side"]), Kind(r["kind"]), r["record_id"]) for r in await result.fetchall()]


async def save(tx: Transaction, connection_id: str, snapshots: Sequence[Snapshot], now: datetime) -> None:
    """Save records without marking anything: what our own writes returned, or what was read again to be planned now."""
    if snapshots:
        await tx.execute(_SAVE_ONLY, {"rows": _rows(snapshots), "connection_id": connection_id, "now": now})


async def load(tx: Transaction, connection_id: str, side: Side, kind: Kind, ids: Iterable[str]) -> dict[str, Snapshot]:
    """The mirrored records of one side and kind, by id; those never seen are left out."""
    wanted = sorted({i for i in ids if i})
    if not wanted:
        return {}
    result = await tx.execute(
        f"SELECT {_COLUMNS} FROM mirror WHERE connection_id = %s AND side = %s AND kind = %s AND record_id = ANY(%s) "
        "ORDER BY record_id",
        (connection_id, side, kind, wanted),
    )
    return {row["record_id"]: _snapshot(row) for row in await result.fetchall()}


async def candidates(
    tx: Transaction,
    connection_id: str,
    side: Side,
    kind: Kind,
    *,
    emails: Iterable[str] = (),
    names: Iterable[str] = (),
    numbers: Iterable[str] = (),
    contacts: Iterable[str] = (),
    linked: bool = False,
) -> list[Snapshot]:
    """Records of one side that still exist, share a natural key and were never linked (matching before creating).

    `linked` adds those with a live link: a contact may get a further customer.
    """
    own = "oncord_id" if side is Side.ONCORD else "quickbooks_id"
    link = f"SELECT 1 FROM link l WHERE l.connection_id = m.connection_id AND l.kind = m.kind AND l.{own} = m.record_id"
    found: dict[str, Snapshot] = {}
    for column, keys in (
        ("key_email", emails),
        ("key_name", names),
        ("key_number", numbers),
        ("key_contact", contacts),
    ):
        wanted = sorted({k for k in keys if k})
        if not wanted:
            continue
        result = await tx.execute(
            f"SELECT {_COLUMNS} FROM mirror m WHERE connection_id = %(c)s AND side = %(s)s AND kind = %(k)s "
            f"AND {column} = ANY(%(keys)s) AND {column} <> '' AND NOT deleted AND (NOT EXISTS ({link})"
            + (f" OR EXISTS ({link} AND l.state = 'live')" if linked else "")
            + ") ORDER BY record_id",
            {"c": connection_id, "s": side, "k": kind, "keys": wanted},
        )
        for row in await result.fetchall():
            found[row["record_id"]] = _snapshot(row)
    return list(found.values())


async def names_taken(tx: Transaction, connection_id: str, side: Side, names: Iterable[str]) -> dict[str, str]:
    """Which of these normalised contact names a side already uses, with the id of the record that has it."""
    wanted = sorted({n for n in names if n})
    if not wanted:
        return {}
    result = await tx.execute(
        "SELECT key_name, record_id FROM mirror WHERE connection_id = %s AND side = %s AND kind = 'contact' "
        "AND key_name = ANY(%s) AND NOT deleted ORDER BY key_name, record_id",
        (connection_id, side, wanted),
    )
    return {row["key_name"]: row["record_id"] for row in await result.fetchall()}


async def ids(
    tx: Transaction, connection_id: str, side: Side, kind: Kind, *, without: Iterable[str] = ()
) -> frozenset[str]:
    """The ids of all records that the mirror holds as existing, those `without` left out."""
    result = await tx.execute(
        "SELECT record_id FROM mirror WHERE connection_id = %s AND side = %s AND kind = %s AND NOT deleted "
        "AND NOT EXISTS (SELECT 1 FROM unnest(%s::text[]) AS w(id) WHERE w.id = record_id) ORDER BY record_id",
        (connection_id, side, kind, list(without)),
    )
    return frozenset([row["record_id"] for row in await result.fetchall()])


async def of_contacts(
    tx: Transaction, connection_id: str, side: Side, kind: Kind, contact_ids: Iterable[str]
) -> list[Snapshot]:
    """The sales or receipts of some contacts of one side that still exist."""
    result = await tx.execute(
        f"SELECT {_COLUMNS} FROM mirror WHERE connection_id = %s AND side = %s AND kind = %s AND key_contact = ANY(%s) "
        "AND key_contact <> '' AND NOT deleted ORDER BY record_id",
        (connection_id, side, kind, sorted(set(contact_ids))),
    )
    return [_snapshot(row) for row in await result.fetchall()]
