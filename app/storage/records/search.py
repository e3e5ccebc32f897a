"""Finding records by what people know of them, in a narrow table that is written with the mirror: one row for each key.

A word is found by its beginning as a range of the primary key, which PostgreSQL keeps in the order of bytes.
"""

from collections.abc import Sequence
from typing import Any

from app.domain.matching.search_keys import Search
from app.domain.model.records import Kind, Side
from app.storage.database import Transaction
from app.storage.paging import Page, checked_limit, cut, decode_record

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
COUNTED = 20_000
"""So many keys of a word are counted and gone through at most."""
FEW = 2000
"""So many records are asked one by one for the other words."""
OF_ONE = 1000
"""So many documents of one contact are looked at."""
_SIDES = [side.value for side in Side]
_KINDS = [kind.value for kind in Kind]


async def of_keys(tx: Transaction, connection_id: str, record_id: str, keys: Sequence[str], limit: int) -> list[Key]:
    """The records that have this id on either side, then those that have one of these keys: so many of each key at most."""
    found = await tx.execute(
        "SELECT place, key, side, kind, record_id FROM (SELECT 0 AS place, '' AS key, side, kind, record_id FROM mirror"
        "  WHERE connection_id = %(c)s AND side = ANY(%(sides)s) AND kind = ANY(%(kinds)s) AND record_id = %(id)s AND %(id)s <> ''"
        " UNION ALL SELECT 1, k.key, s.side, s.kind, s.record_id FROM unnest(%(keys)s::text[]) AS k(key) CROSS JOIN LATERAL ("
        '  SELECT side, kind, record_id FROM search_key WHERE connection_id = %(c)s AND key = k.key COLLATE "C"'
        "  ORDER BY side, kind, record_id LIMIT %(limit)s) s) AS found ORDER BY place, key, kind, side, record_id",
        {"c": connection_id, "sides": _SIDES, "kinds": _KINDS, "id": record_id, "keys": list(keys), "limit": limit},
    )
    return _keys(await found.fetchall())


async def page_of_all(tx: Transaction, connection_id: str, limit: int, cursor: str | None) -> Page[Key]:
    """Every record that either side was seen to have, by side, kind and id."""
    side, kind, record_id = decode_record(cursor) if cursor else ("", "", "")
    found = await tx.execute(
        "SELECT side, kind, record_id FROM mirror WHERE connection_id = %s AND (side, kind, record_id) > (%s, %s, %s)"
        " ORDER BY side, kind, record_id LIMIT %s",
        (connection_id, side, kind, record_id, checked_limit(limit) + 1),
    )
    return cut(_keys(await found.fetchall()), limit, lambda key: key)


async def of_words(tx: Transaction, connection_id: str, search: Search, limit: int) -> list[Key]:
    """The records that have, for each beginning, a word that begins so.

    The rarest word is looked up, and each record that has it is asked for the others; where even that one is common, all that can be
    gone through are intersected. So a word that half of all people bear costs as little as one that nobody does.
    """
    words = list(search.beginnings)
    counts = await _how_many(tx, connection_id, words) if len(words) > 1 else {}
    words.sort(key=lambda word: counts.get(word, 0))
    if not words or counts.get(words[0]) == 0:
        return []
    common = counts.get(words[0], 0) > FEW
    together = [word for word in words if counts[word] < COUNTED] if common else []
    looked_up = together or words[:1]
    values: dict[str, Any] = {"c": connection_id, "limit": limit}
    for n, word in enumerate(words):
        values |= {f"from_{n}": word, f"to_{n}": word + _LAST}
    range_of = "SELECT side, kind, record_id{more} FROM search_key WHERE connection_id = %(c)s AND key >= %(from_{n})s AND key < %(to_{n})s"
    if len(looked_up) > 1:
        of_all, order = " INTERSECT ".join(range_of.format(n=n, more="") for n in range(len(looked_up))), ""
    else:
        of_all, order = range_of.format(n=0, more=", key"), "key, "
    also = "".join(
        # The offset keeps it a look-up for each record, which ends with the limit.
        " AND EXISTS (SELECT FROM search_key o WHERE o.connection_id = %(c)s AND o.side = s.side AND o.kind = s.kind"
        f" AND o.record_id = s.record_id AND o.key >= %(from_{n})s AND o.key < %(to_{n})s OFFSET 0)"
        for n in range(len(looked_up), len(words))
    )
    found = await tx.execute(
        f"SELECT side, kind, record_id FROM ({of_all}) s WHERE true{also} ORDER BY {order}side, kind, record_id LIMIT %(limit)s",
        values,
    )
    return _keys(await found.fetchall())


async def _how_many(tx: Transaction, connection_id: str, words: Sequence[str]) -> dict[str, int]:
    """How many keys begin with each of some words; of a common one so much as is counted."""
    found = await tx.execute(
        'SELECT w.word, (SELECT count(*) FROM (SELECT FROM search_key s WHERE s.connection_id = %(c)s AND s.key >= w.word COLLATE "C"'
        ' AND s.key < (w.word || %(last)s) COLLATE "C" LIMIT %(counted)s) s) AS keys FROM unnest(%(words)s::text[]) AS w(word)'
        " ORDER BY w.word",
        {"c": connection_id, "last": _LAST, "counted": COUNTED, "words": list(words)},
    )
    return {row["word"]: row["keys"] for row in await found.fetchall()}


async def documents_of(
    tx: Transaction, connection_id: str, contacts: Sequence[tuple[Side, str]], limit: int
) -> list[Key]:
    """The documents and the money of some contacts, the latest first; of one with more than so many some of them (`OF_ONE`)."""
    if not contacts:
        return []
    sides, ids = zip(*contacts, strict=True)
    found = await tx.execute(
        "SELECT d.side, d.kind, d.record_id FROM unnest(%(s)s::text[], %(i)s::text[]) AS p(side, contact)"
        " CROSS JOIN unnest(ARRAY['sale', 'receipt']) AS k(kind) CROSS JOIN LATERAL (SELECT side, kind, record_id, modified_at"
        "  FROM mirror m WHERE m.connection_id = %(c)s AND m.side = p.side AND m.kind = k.kind AND m.key_contact = p.contact"
        "  AND m.key_contact <> '' LIMIT %(of_one)s) d"
        " ORDER BY d.modified_at DESC NULLS LAST, d.side, d.kind, d.record_id LIMIT %(limit)s",
        {"c": connection_id, "s": list(sides), "i": list(ids), "of_one": OF_ONE, "limit": limit},
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
    if not records:
        return {}
    sides, kinds, ids = zip(*records, strict=True)
    halves = " UNION ALL ".join(
        f"SELECT r.side, l.kind, l.{own} AS own, l.{other} AS other, l.state <> 'live' AS past, l.part, l.id FROM records r"
        f" JOIN link l ON l.connection_id = %(c)s AND l.kind = r.kind AND l.{own} = r.record_id AND l.state <> 'shared'"
        f" WHERE r.side = '{side}'"
        for side, own, other in (
            (Side.ONCORD, "oncord_id", "quickbooks_id"),
            (Side.QUICKBOOKS, "quickbooks_id", "oncord_id"),
        )
    )
    rows = await tx.execute(
        "WITH records AS (SELECT * FROM unnest(%(s)s::text[], %(k)s::text[], %(i)s::text[]) AS r(side, kind, record_id))"
        f" {halves} ORDER BY past, part, id DESC",
        {"c": connection_id, "s": list(sides), "k": list(kinds), "i": list(ids)},
    )
    found: dict[Key, Key] = {}
    for row in await rows.fetchall():
        side, kind = Side(row["side"]), Kind(row["kind"])
        found.setdefault((side, kind, row["own"]), (side.other, kind, row["other"]))
    return found


def _keys(rows: Sequence[dict[str, Any]]) -> list[Key]:
    return list(dict.fromkeys((Side(row["side"]), Kind(row["kind"]), row["record_id"]) for row in rows))
