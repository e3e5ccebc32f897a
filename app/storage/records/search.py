"""Finding records by what people know of them, in a narrow table that is written with the mirror: one row for each key.

A word is found by its beginning as a range of the primary key, which PostgreSQL keeps in the order of bytes.
"""

from collections.abc import Sequence
from typing import Any

from app.domain.matching.search_keys import Search
from app.domain.model.records import Kind, Side
from app.storage.database import Transaction

Key = tuple[Side, Kind, str]

KEEP = """
), other_keys AS (
    DELETE FROM search_key s USING incoming i WHERE i.search_keys IS NOT NULL AND s.connection_id = %(connection_id)s
        AND s.side = i.side AND s.kind = i.kind AND s.record_id = i.record_id AND s.key <> ALL (i.search_keys)
), keys AS (
    INSERT INTO search_key (connection_id, key, side, kind, record_id)
    SELECT DISTINCT %(connection_id)s, k, i.side, i.kind, i.record_id FROM incoming i, unnest(i.search_keys) AS k
    ORDER BY 2, 3, 4, 5 ON CONFLICT DO NOTHING
"""
"""Within a statement that has the rows of the mirror as `incoming`: their keys, those of before taken away."""

_LAST = "\U0010ffff"
_SIDES = [side.value for side in Side]
_KINDS = [kind.value for kind in Kind]


async def of_id(tx: Transaction, connection_id: str, record_id: str) -> list[Key]:
    """The records that have this id on either side."""
    found = await tx.execute(
        "SELECT side, kind, record_id FROM mirror WHERE connection_id = %s AND side = ANY(%s) AND kind = ANY(%s)"
        " AND record_id = %s ORDER BY kind, side",
        (connection_id, _SIDES, _KINDS, record_id),
    )
    return _keys(await found.fetchall())


async def of_keys(tx: Transaction, connection_id: str, keys: Sequence[str], limit: int) -> list[Key]:
    """The records that have one of these keys."""
    if not keys:
        return []
    found = await tx.execute(
        "SELECT side, kind, record_id FROM search_key WHERE connection_id = %s AND key = ANY(%s)"
        " ORDER BY key, side, kind, record_id LIMIT %s",
        (connection_id, list(keys), limit),
    )
    return _keys(await found.fetchall())


async def of_words(tx: Transaction, connection_id: str, search: Search, limit: int) -> list[Key]:
    """The records that have, for each beginning, a word that begins so."""
    if not search.beginnings:
        return []
    first, *others = sorted(search.beginnings, key=len, reverse=True)
    also = "".join(
        f" AND EXISTS (SELECT FROM search_key o WHERE o.connection_id = s.connection_id AND o.side = s.side"
        f" AND o.kind = s.kind AND o.record_id = s.record_id AND o.key >= %(from_{n})s AND o.key < %(to_{n})s)"
        for n, _ in enumerate(others)
    )
    bounds = {f"from_{n}": word for n, word in enumerate(others)} | {f"to_{n}": w + _LAST for n, w in enumerate(others)}
    found = await tx.execute(
        "SELECT side, kind, record_id FROM search_key s WHERE connection_id = %(c)s AND key >= %(from)s AND key < %(to)s"
        f"{also} ORDER BY key, side, kind, record_id LIMIT %(limit)s",
        {"c": connection_id, "from": first, "to": first + _LAST, "limit": limit, **bounds},
    )
    return _keys(await found.fetchall())


async def documents_of(
    tx: Transaction, connection_id: str, side: Side, contact_ids: Sequence[str], limit: int
) -> list[Key]:
    """The documents and the money of some contacts of a side, the latest first."""
    if not contact_ids:
        return []
    found = await tx.execute(
        "SELECT side, kind, record_id FROM mirror WHERE connection_id = %s AND side = %s AND kind IN ('sale', 'receipt')"
        " AND key_contact = ANY(%s) AND key_contact <> '' ORDER BY modified_at DESC NULLS LAST, kind, record_id LIMIT %s",
        (connection_id, side, list(contact_ids), limit),
    )
    return _keys(await found.fetchall())


async def waiting(tx: Transaction, connection_id: str, records: Sequence[Key]) -> dict[Key, str]:
    """Why some of these records wait, in words, where they were laid aside."""
    if not records:
        return {}
    sides, kinds, ids = zip(*records, strict=True)
    found = await tx.execute(
        "SELECT d.side, d.kind, d.record_id, d.reason FROM pending_change d"
        " JOIN unnest(%(s)s::text[], %(k)s::text[], %(i)s::text[]) AS r(side, kind, record_id) ON d.side = r.side"
        " AND d.kind = r.kind AND d.record_id = r.record_id WHERE d.connection_id = %(c)s AND d.reason <> ''",
        {"c": connection_id, "s": list(sides), "k": list(kinds), "i": list(ids)},
    )
    return {(Side(r["side"]), Kind(r["kind"]), r["record_id"]): r["reason"] for r in await found.fetchall()}


async def across(tx: Transaction, connection_id: str, records: Sequence[Key]) -> dict[Key, Key]:
    """The counterpart of each of these records that has, or had, one; a live one first."""
    found: dict[Key, Key] = {}
    for side, own, other in (
        (Side.ONCORD, "oncord_id", "quickbooks_id"),
        (Side.QUICKBOOKS, "quickbooks_id", "oncord_id"),
    ):
        some = [(kind.value, record_id) for of, kind, record_id in records if of is side]
        if not some:
            continue
        kinds, ids = zip(*some, strict=True)
        rows = await tx.execute(
            f"SELECT l.kind, l.{own} AS own, l.{other} AS other FROM unnest(%(k)s::text[], %(i)s::text[]) AS r(kind, record_id)"
            f" JOIN link l ON l.connection_id = %(c)s AND l.kind = r.kind AND l.{own} = r.record_id AND l.state <> 'shared'"
            " ORDER BY l.state <> 'live', l.part, l.id DESC",
            {"c": connection_id, "k": list(kinds), "i": list(ids)},
        )
        for row in await rows.fetchall():
            found.setdefault((side, Kind(row["kind"]), row["own"]), (side.other, Kind(row["kind"]), row["other"]))
    return found


def _keys(rows: Sequence[dict[str, Any]]) -> list[Key]:
    return list(dict.fromkeys((Side(row["side"]), Kind(row["kind"]), row["record_id"]) for row in rows))
