"""A snapshot as a row of the mirror: its columns, and the keys that it is looked up by.

People have keys of their own: each address, each form of the name, the tax number.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from app.domain.matching.natural_keys import NaturalKeys, natural_keys
from app.domain.matching.people import people_keys
from app.domain.matching.search_keys import search_keys
from app.domain.model.deletion import format_deleted_with, parse_deleted_with
from app.domain.model.description import DESCRIPTIONS
from app.domain.model.records import (
    Contact,
    Kind,
    Receipt,
    Side,
    Snapshot,
)
from app.storage.encoding import dump, earlier, record_digest, record_from_json, record_to_json

COLUMNS = "side, kind, record_id, version, record, deleted, deleted_with, merged_into, marker, extras, modified_at, vocabulary"


KEYS_VERSION = 5
"""Grows with what the keys of records mean; a row of an earlier version is read anew by the next run
(`mirrors.refresh_keys`)."""


def _row(connection_id: str, snapshot: Snapshot) -> dict[str, Any]:
    exists = snapshot.record is not None and not snapshot.deleted
    return {
        "side": snapshot.side,
        "kind": snapshot.kind,
        "record_id": snapshot.id,
        "version": snapshot.version,
        "record": _Raw(record_to_json(snapshot.kind, snapshot.record)),
        "deleted": snapshot.deleted,
        "deleted_with": format_deleted_with(snapshot.deleted_with),
        "merged_into": snapshot.merged_into,
        "marker": snapshot.marker,
        "extras": list(snapshot.extras),
        "modified_at": snapshot.modified_at,
        "digest": record_digest(snapshot.kind, snapshot.record),
        **key_columns(connection_id, snapshot),
        "pays": paid_keys(connection_id, snapshot) if exists else [],
        "vocabulary": _vocabulary(snapshot),
    }


def key_columns(connection_id: str, snapshot: Snapshot) -> dict[str, Any]:
    """What a record that exists is looked up by, column by column; people find what was deleted, too."""
    if snapshot.record is None or snapshot.deleted:
        keys, people = NaturalKeys(), list[int]()
    else:
        keys, people = natural_keys(snapshot.record), hashed_people_keys(connection_id, snapshot)
    return {
        "key_email": keys.email,
        "key_name": keys.name,
        "key_number": keys.number,
        "key_contact": keys.contact,
        "key_amount": keys.amount,
        "people_keys": people,
        "search_keys": None if snapshot.record is None else list(search_keys(snapshot.record)),
    }


def paid_key(connection_id: str, side: Side, sale_id: str) -> str:
    """What a document is found by in the receipts that are applied to it: one index serves all connections."""
    return f"{connection_id} {side} {sale_id}"


def paid_keys(connection_id: str, snapshot: Snapshot) -> list[str]:
    """The documents that a receipt is applied to, by `paid_key`; none for other records."""
    record = snapshot.record
    if not isinstance(record, Receipt):
        return []
    return sorted({paid_key(connection_id, snapshot.side, str(a.sale_id)) for a in record.payment.allocations})


def _vocabulary(snapshot: Snapshot) -> int:
    return DESCRIPTIONS[snapshot.kind].vocabulary if snapshot.vocabulary is None else snapshot.vocabulary


@dataclass(frozen=True, slots=True)
class _Raw:
    """JSON text that is put into other JSON text as it is."""

    text: str | None


def hashed_people_keys(connection_id: str, snapshot: Snapshot) -> list[int]:
    """What a person is looked up by, hashed; nothing for other records."""
    keys = people_keys(snapshot.record) if isinstance(snapshot.record, Contact) else frozenset()
    return hashed(connection_id, snapshot.side, keys)


def hashed(connection_id: str, side: Side, keys: Iterable[str]) -> list[int]:
    """Keys of people as numbers: one index serves all connections, and each finds only its own."""
    texts = sorted(f"{connection_id} {side} {key}" for key in keys)
    return [int.from_bytes(blake2b(t.encode(), digest_size=8).digest(), "big", signed=True) for t in texts]


def rows_of(connection_id: str, snapshots: Iterable[Snapshot]) -> str:
    """Snapshots as one JSON list of rows; of several of one record the last one counts."""
    latest = {(s.side, s.kind, s.id): s for s in snapshots}
    parts = []
    for snapshot in latest.values():
        row = _row(connection_id, snapshot)
        raw = row.pop("record").text or "null"
        parts.append(dump(row)[:-1] + f',"record":{raw}}}')
    return "[" + ",".join(parts) + "]"


def snapshot_of(row: dict[str, Any]) -> Snapshot:
    """A row, selected by `COLUMNS`, as the snapshot that it keeps."""
    kind = Kind(row["kind"])
    return Snapshot(
        side=Side(row["side"]),
        kind=kind,
        id=row["record_id"],
        version=row["version"],
        record=record_from_json(kind, row["record"]),
        modified_at=row["modified_at"],
        deleted=row["deleted"],
        deleted_with=parse_deleted_with(row["deleted_with"]),
        merged_into=row["merged_into"],
        marker=row["marker"],
        extras=tuple(row["extras"]),
        vocabulary=earlier(kind, row["vocabulary"]),
    )
