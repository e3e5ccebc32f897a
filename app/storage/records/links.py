"""Links and tombstones: reading them in bulk, re-pointing, sharing and burying them (`agreed_pairs` makes and re-bases them)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from app.domain.model.description import DESCRIPTIONS
from app.domain.model.link_part import Part, format_part, parse_part
from app.domain.model.links import Link, LinkState, Origin
from app.domain.model.records import Kind, Side
from app.storage.database import Transaction
from app.storage.encoding import dump, earlier, record_from_json

_COLUMNS = "id, kind, oncord_id, quickbooks_id, origin, state, generation, part, base_oncord, base_quickbooks, gone, vocabulary"


def _link(row: dict[str, Any]) -> Link:
    kind = Kind(row["kind"])
    return Link(
        id=row["id"],
        kind=kind,
        oncord_id=row["oncord_id"],
        quickbooks_id=row["quickbooks_id"],
        origin=Origin(row["origin"]),
        state=LinkState(row["state"]),
        generation=row["generation"],
        part=parse_part(kind, row["part"]),
        base_oncord=record_from_json(kind, row["base_oncord"]),
        base_quickbooks=record_from_json(kind, row["base_quickbooks"]),
        gone=Side(row["gone"]) if row["gone"] else None,
        vocabulary=earlier(kind, row["vocabulary"]),
    )


def _own(side: Side) -> str:
    return "oncord_id" if side is Side.ONCORD else "quickbooks_id"


async def of_records(tx: Transaction, connection_id: str, kind: Kind, side: Side, ids: Iterable[str]) -> list[Link]:
    """Every link, tombstones too, of some records of one side; live ones and primary parts first."""
    wanted = sorted({i for i in ids if i})
    if not wanted:
        return []
    result = await tx.execute(
        f"SELECT {_COLUMNS} FROM link WHERE connection_id = %s AND kind = %s AND {_own(side)} = ANY(%s) "
        "ORDER BY state, part, id",
        (connection_id, kind, wanted),
    )
    return [_link(row) for row in await result.fetchall()]


async def on_customers(
    tx: Transaction, connection_id: str, kind: Kind, customers: Iterable[str]
) -> dict[str, list[Link]]:
    """By customer the live pairs of sales or receipts that were its in QuickBooks when they last agreed, 200 of each at most."""
    asked = sorted({c for c in customers if c})
    if not asked:
        return {}
    result = await tx.execute(
        "SELECT l.* FROM unnest(%(customers)s::text[]) AS c(id) CROSS JOIN LATERAL ("
        f"SELECT {_COLUMNS}, base_customer FROM link WHERE connection_id = %(c)s AND kind = %(kind)s AND state = 'live' "
        "AND base_customer = c.id ORDER BY id LIMIT 200) l",
        {"c": connection_id, "kind": kind, "customers": asked},
    )
    found: dict[str, list[Link]] = {}
    for row in await result.fetchall():
        found.setdefault(row["base_customer"], []).append(_link(row))
    return found


async def read_since_agreed(tx: Transaction, connection_id: str, link_id: int, now: datetime) -> bool:
    """Whether one of a pair's records was read after the pair last agreed; once: the pair counts as agreed at `now`."""
    result = await tx.execute(
        "UPDATE link l SET updated_at = %(now)s WHERE l.connection_id = %(c)s AND l.id = %(id)s AND EXISTS ("
        "SELECT 1 FROM mirror m WHERE m.connection_id = l.connection_id AND m.kind = l.kind AND m.seen_at > l.updated_at"
        " AND (m.side, m.record_id) IN (('oncord', l.oncord_id), ('quickbooks', l.quickbooks_id))) RETURNING l.id",
        {"c": connection_id, "id": link_id, "now": now},
    )
    return await result.fetchone() is not None


async def selling(tx: Transaction, connection_id: str, item_id: str) -> list[Link]:
    """The live pairs of documents that had a line of this QuickBooks item when they last agreed; for what is rare."""
    wanted = dump({"money": {"lines": [{"item": item_id}]}})
    result = await tx.execute(
        f"SELECT {_COLUMNS} FROM link l WHERE connection_id = %(c)s AND kind = 'sale' AND state = 'live' "
        "AND base_quickbooks @> %(wanted)s::jsonb ORDER BY id DESC LIMIT 200",
        {"c": connection_id, "wanted": wanted},
    )
    return [_link(row) for row in await result.fetchall()]


async def add_tombstones(
    tx: Transaction, connection_id: str, link_ids: Sequence[int], gone: Side, reason: str, now: datetime
) -> None:
    """Turn links into tombstones: one of their records was deleted on the side `gone`."""
    await tx.execute(
        "UPDATE link SET state = 'tombstone', gone = %s, gone_reason = %s, updated_at = %s "
        "WHERE connection_id = %s AND id = ANY(%s)",
        (gone, reason, now, connection_id, list(link_ids)),
    )


async def lift_tombstones(tx: Transaction, connection_id: str, link_id: int, now: datetime) -> None:
    """Let a buried pair live again: what was deleted is back, and its counterpart is still there."""
    await tx.execute(
        "UPDATE link SET state = 'live', gone = '', gone_reason = '', updated_at = %s "
        "WHERE connection_id = %s AND id = %s",
        (now, connection_id, link_id),
    )


async def repoint(
    tx: Transaction, connection_id: str, link_id: int, side: Side, new_id: str, part: Part, now: datetime
) -> None:
    """Let a link speak of another record of one side (a merge).

    Where the Oncord record already has another live link of this part, it stands beside that under a part of its own.
    The pair has never agreed on anything, so it has no base: it meets for the first time. What Oncord held when its
    contact agreed with the former customer stays, and tells what was typed there since.
    """
    base = "" if side is Side.QUICKBOOKS else "base_oncord = NULL, "
    oncord_id, quickbooks_id = ("%(new)s", "l.quickbooks_id") if side is Side.ONCORD else ("l.oncord_id", "%(new)s")
    await tx.execute(
        f"UPDATE link l SET {_own(side)} = %(new)s, {base}base_quickbooks = NULL, updated_at = %(now)s, "
        "part = CASE WHEN EXISTS (SELECT 1 FROM link x WHERE x.connection_id = l.connection_id AND x.kind = l.kind "
        f"AND x.oncord_id = {oncord_id} AND x.part = %(part)s AND x.state = 'live' AND x.id <> l.id) "
        f"THEN {quickbooks_id} ELSE %(part)s END WHERE l.connection_id = %(c)s AND l.id = %(id)s",
        {"new": new_id, "part": format_part(part), "now": now, "c": connection_id, "id": link_id},
    )


async def lead_instead(tx: Transaction, connection_id: str, former: Link, leading: Link, now: datetime) -> None:
    """Of two live links of one Oncord record let `leading` have the part of `former`, which stands beside it from now on.

    The new pair has never agreed on anything and meets for the first time, like one that was re-pointed.
    """
    await tx.execute(
        "UPDATE link SET part = quickbooks_id, updated_at = %s WHERE connection_id = %s AND id = %s",
        (now, connection_id, former.id),
    )
    await tx.execute(
        "UPDATE link l SET part = %(part)s, base_oncord = f.base_oncord, base_quickbooks = NULL, vocabulary = f.vocabulary, "
        "updated_at = %(now)s FROM link f WHERE l.connection_id = %(c)s AND l.id = %(leading)s "
        "AND f.connection_id = %(c)s AND f.id = %(former)s",
        {
            "part": format_part(former.part),
            "now": now,
            "c": connection_id,
            "leading": leading.id,
            "former": former.id,
        },
    )


async def share(
    tx: Transaction, connection_id: str, kind: Kind, oncord_id: str, quickbooks_id: str, now: datetime
) -> int:
    """Remember that a contact is billed to the customer of another one, who is the same person. Answers the link's id."""
    result = await tx.execute(
        "INSERT INTO link (connection_id, kind, oncord_id, quickbooks_id, origin, state, vocabulary, created_at, updated_at) "
        "VALUES (%(c)s, %(kind)s, %(o)s, %(q)s, 'both', 'shared', %(vocabulary)s, %(now)s, %(now)s) RETURNING id",
        {
            "c": connection_id,
            "kind": kind,
            "o": oncord_id,
            "q": quickbooks_id,
            "vocabulary": DESCRIPTIONS[kind].vocabulary,
            "now": now,
        },
    )
    row = await result.fetchone()
    assert row is not None
    return int(row["id"])


async def share_with(
    tx: Transaction, connection_id: str, kind: Kind, quickbooks_id: str, survivor: str, now: datetime
) -> None:
    """Contacts that are billed to a customer that was merged away are billed to its survivor."""
    await tx.execute(
        "UPDATE link SET quickbooks_id = %s, updated_at = %s WHERE connection_id = %s AND kind = %s "
        "AND quickbooks_id = %s AND state = 'shared'",
        (survivor, now, connection_id, kind, quickbooks_id),
    )


async def allow_recreation(tx: Transaction, connection_id: str, link_id: int, now: datetime) -> None:
    """Take a tombstone away so that the survivor is created anew; the next generation keeps its request id its own."""
    await tx.execute(
        "UPDATE link SET state = 'revived', generation = generation + 1, updated_at = %s "
        "WHERE connection_id = %s AND id = %s",
        (now, connection_id, link_id),
    )


async def forget(tx: Transaction, connection_id: str, kind: Kind, side: Side, record_id: str) -> None:
    """Take a link away altogether: what it spoke of was taken back by the run that had made it."""
    await tx.execute(
        f"DELETE FROM link WHERE connection_id = %s AND kind = %s AND {_own(side)} = %s AND state = 'live'",
        (connection_id, kind, record_id),
    )
