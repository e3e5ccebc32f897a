"""What a restored installation finds that its tables know nothing of: records that were made, joined or deleted after the backup
was taken, and what they tell of their counterparts themselves.

A document that this service made in QuickBooks carries the id of its operation, a record that it made in Oncord says of what, and
what was joined shows where it stands in the books (docs/decisions/restored.md).
"""

from collections.abc import Collection
from datetime import datetime

from app.domain.model.description import DESCRIPTIONS
from app.domain.model.link_part import Part, format_part
from app.domain.model.links import Origin
from app.domain.model.records import Kind, Side, Snapshot
from app.storage.database import Transaction
from app.storage.records.mirror_rows import COLUMNS, snapshot_of

_SELECTED = ", ".join(f"m.{column}" for column in COLUMNS.split(", "))
_UNKNOWN = "NOT EXISTS (SELECT FROM link l WHERE l.connection_id = m.connection_id AND l.kind = m.kind AND l.{own} = m.record_id)"
_OWN = {Side.ONCORD: "oncord_id", Side.QUICKBOOKS: "quickbooks_id"}


async def made_in_quickbooks(tx: Transaction, connection_id: str, since: datetime) -> list[Snapshot]:
    """The documents that this service has made since the backup and that have no counterpart by what is known."""
    return await _unknown(tx, connection_id, Side.QUICKBOOKS, since, "m.marker <> '' AND m.kind IN ('sale', 'receipt')")


async def telling_in_oncord(tx: Transaction, connection_id: str, since: datetime) -> list[Snapshot]:
    """The records of Oncord without a counterpart, by what is known, that say themselves that they have or had one."""
    tells = "(m.marker LIKE 'quickbooks:%%' OR m.record ->> 'books_status' IN ('linked', 'void', 'gone'))"
    return await _unknown(tx, connection_id, Side.ONCORD, since, f"{tells} AND m.kind <> 'item'")


async def customers_of_nobody(tx: Transaction, connection_id: str, since: datetime) -> list[Snapshot]:
    """The customers since the backup that no contact is known of and that no contact without a customer could be by name or
    address; none where no contact is gone of which nothing is known."""
    gone = await (
        await tx.execute(
            "SELECT FROM mirror WHERE connection_id = %s AND side = 'oncord' AND kind = 'contact' AND deleted"
            " AND record IS NULL LIMIT 1",
            (connection_id,),
        )
    ).fetchone()
    if gone is None:
        return []
    alone = (
        "m.kind = 'contact' AND coalesce(m.record ->> 'parent_id', '') = '' AND NOT EXISTS (SELECT FROM mirror o"
        " WHERE o.connection_id = m.connection_id AND o.side = 'oncord' AND o.kind = 'contact' AND NOT o.deleted"
        " AND (o.key_email = m.key_email AND m.key_email <> '' OR o.key_name = m.key_name AND m.key_name <> '')"
        f" AND {_UNKNOWN.format(own='oncord_id').replace('m.', 'o.')})"
    )
    return await _unknown(tx, connection_id, Side.QUICKBOOKS, since, alone)


async def customers_by_documents(tx: Transaction, connection_id: str) -> list[tuple[str, str]]:
    """The contact and the customer of documents that are one, where nothing is known of the customer itself."""
    result = await tx.execute(
        "SELECT DISTINCT o.record ->> 'contact_id' AS contact, m.record_id AS customer FROM link d"
        " JOIN mirror o ON o.connection_id = d.connection_id AND o.side = 'oncord' AND o.kind = 'sale' AND o.record_id = d.oncord_id"
        " JOIN mirror q ON q.connection_id = d.connection_id AND q.side = 'quickbooks' AND q.kind = 'sale'"
        " AND q.record_id = d.quickbooks_id"
        " JOIN mirror m ON m.connection_id = d.connection_id AND m.side = 'quickbooks' AND m.kind = 'contact'"
        " AND m.record_id = q.record ->> 'contact_id' AND coalesce(m.record ->> 'parent_id', '') = ''"
        " WHERE d.connection_id = %s AND d.kind = 'sale' AND d.state = 'live' AND NOT o.deleted AND NOT q.deleted AND NOT m.deleted"
        f" AND {_UNKNOWN.format(own='quickbooks_id')} ORDER BY 1, 2",
        (connection_id,),
    )
    return [(row["contact"], row["customer"]) for row in await result.fetchall()]


async def agreed_since(
    tx: Transaction, connection_id: str, link_ids: Collection[int], since: datetime
) -> frozenset[int]:
    """Those of these pairs on which both sides have agreed since then."""
    result = await tx.execute(
        "SELECT id FROM link WHERE connection_id = %s AND id = ANY(%s) AND updated_at >= %s ORDER BY id",
        (connection_id, sorted(link_ids), since),
    )
    return frozenset([row["id"] for row in await result.fetchall()])


async def offered_in_questions(tx: Transaction, connection_id: str) -> frozenset[str]:
    """The ids of the records that open questions offer as the one that somebody or something is."""
    result = await tx.execute(
        "SELECT DISTINCT c ->> 'id' AS id FROM attention a, jsonb_array_elements(a.detail -> 'choices') AS c"
        " WHERE a.connection_id = %s AND a.state = 'open' AND jsonb_typeof(a.detail -> 'choices') = 'array' ORDER BY 1",
        (connection_id,),
    )
    return frozenset([row["id"] for row in await result.fetchall()])


async def remember_gone(
    tx: Transaction,
    connection_id: str,
    kind: Kind,
    *,
    oncord_id: str = "",
    quickbooks_id: str = "",
    gone: Side,
    origin: Origin,
    part: Part,
    generation: int = 0,
    reason: str,
    now: datetime,
) -> None:
    """Keep a tombstone of a pair one of whose records is gone, and of which no more is known; its id is "" where that is unknown."""
    await tx.execute(
        "INSERT INTO link (connection_id, kind, oncord_id, quickbooks_id, origin, state, generation, part, gone, gone_reason,"
        " vocabulary, created_at, updated_at) VALUES (%s, %s, %s, %s, %s, 'tombstone', %s, %s, %s, %s, %s, %s, %s)",
        (
            connection_id,
            kind,
            oncord_id,
            quickbooks_id,
            origin,
            generation,
            format_part(part),
            gone,
            reason,
            DESCRIPTIONS[kind].vocabulary,
            now,
            now,
        ),
    )


async def _unknown(tx: Transaction, connection_id: str, side: Side, since: datetime, which: str) -> list[Snapshot]:
    result = await tx.execute(
        f"SELECT {_SELECTED} FROM mirror m WHERE m.connection_id = %s AND m.side = %s AND NOT m.deleted"
        f" AND m.record IS NOT NULL AND coalesce(m.modified_at, %s) >= %s AND {which}"
        f" AND {_UNKNOWN.format(own=_OWN[side])} ORDER BY m.kind, m.record_id",
        (connection_id, side, since, since),
    )
    return [snapshot_of(row) for row in await result.fetchall()]
