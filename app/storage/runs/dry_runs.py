"""The rows of a dry run while it is put together: stored piece by piece, then put in order, and told what each of them would move.

All of it is done by PostgreSQL or a page at a time, so that a dry run of any size takes the memory of one piece.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from app.domain.model.operations import Action
from app.domain.model.records import Kind
from app.domain.planning.plan_input import Key
from app.storage.database import Transaction
from app.storage.encoding import dump
from app.storage.runs.operations import FIELDS, StoredOperation, stored_with_before

_WRITES = "('create', 'update', 'void', 'delete')"
_OF_RUN = "connection_id = %(c)s AND run_id = %(run)s AND state = 'planned'"
_TO_BOOKS = f"{_OF_RUN} AND side = 'quickbooks' AND action IN {_WRITES}"


async def put_in_order(tx: Transaction, connection_id: str, run_id: str) -> None:
    """Number the rows of all pieces in the order in which they would be carried out: stage by stage (`preview.stage`), and in a stage
    the first write to each record before the second."""
    await tx.execute(
        f"""
        UPDATE operation o SET sequence = n.place FROM (
            SELECT id, row_number() OVER (ORDER BY stage, turn, sequence) - 1 AS place FROM (
                SELECT id, sequence, (preview ->> 'stage')::int AS stage, CASE WHEN action IN {_WRITES} AND target_id <> ''
                    THEN row_number() OVER (PARTITION BY preview ->> 'stage', action IN {_WRITES}, target_id ORDER BY sequence)
                    ELSE 1 END AS turn
                FROM operation WHERE {_OF_RUN}) AS planned) AS n
        WHERE o.id = n.id AND o.sequence <> n.place
        """,
        {"c": connection_id, "run": run_id},
    )


async def counted(tx: Transaction, connection_id: str, run_id: str) -> Counter[Action]:
    """How many operations of each sort a dry run has."""
    found = await tx.execute(
        f"SELECT action, count(*) AS n FROM operation WHERE {_OF_RUN} GROUP BY action ORDER BY action",
        {"c": connection_id, "run": run_id},
    )
    return Counter({Action(row["action"]): row["n"] for row in await found.fetchall()})


async def _read(tx: Transaction, those: str, values: Mapping[str, Any]) -> list[StoredOperation]:
    found = await tx.execute(f"SELECT {FIELDS}, sent_at, before FROM operation WHERE {those}", values)
    return [stored_with_before(row) for row in await found.fetchall()]


async def money_writes(
    tx: Transaction, connection_id: str, run_id: str, *, after: int, limit: int
) -> list[StoredOperation]:
    """The writes of a dry run to documents and money of the books, in order, from the one after sequence number `after` on."""
    return await _read(
        tx,
        f"{_TO_BOOKS} AND kind IN ('sale', 'receipt') AND sequence > %(after)s ORDER BY sequence LIMIT %(limit)s",
        {"c": connection_id, "run": run_id, "after": after, "limit": limit},
    )


async def earlier_writes(
    tx: Transaction,
    connection_id: str,
    run_id: str,
    before: int,
    kind: Kind,
    targets: Collection[str],
    made_of: Collection[str] = (),
) -> list[StoredOperation]:
    """The writes before a sequence number to these records of the books, and those that make one of these records of Oncord."""
    if not targets and not made_of:
        return []
    return await _read(
        tx,
        f"{_TO_BOOKS} AND kind = %(kind)s AND sequence < %(before)s"
        " AND (target_id <> '' AND target_id = ANY(%(targets)s) OR action = 'create' AND source_id <> '' AND source_id = ANY(%(made)s))"
        " ORDER BY sequence",
        {
            "c": connection_id,
            "run": run_id,
            "before": before,
            "kind": kind,
            "targets": sorted(targets),
            "made": sorted(made_of),
        },
    )


async def earlier_payments(
    tx: Transaction, connection_id: str, run_id: str, before: int, sale_ids: Collection[str]
) -> list[StoredOperation]:
    """The payments before a sequence number that would pay one of these documents of the books."""
    if not sale_ids:
        return []
    return await _read(
        tx,
        f"{_TO_BOOKS} AND kind = 'receipt' AND sequence < %(before)s"
        " AND EXISTS (SELECT FROM jsonb_array_elements(coalesce(record #> '{payment,allocations}', '[]')) AS a"
        " WHERE a ->> 'sale_id' = ANY(%(ids)s)) ORDER BY sequence",
        {"c": connection_id, "run": run_id, "before": before, "ids": sorted(sale_ids)},
    )


async def recognised_sales(
    tx: Transaction, connection_id: str, run_id: str, sale_ids: Collection[str]
) -> list[StoredOperation]:
    """The operations of a dry run that take one of these sales of Oncord for a document of the books."""
    if not sale_ids:
        return []
    return await _read(
        tx,
        f"{_OF_RUN} AND kind = 'sale' AND action = 'adopt'"
        " AND (side = 'quickbooks' AND source_id <> '' AND source_id = ANY(%(ids)s) OR side = 'oncord' AND target_id = ANY(%(ids)s))"
        " ORDER BY sequence",
        {"c": connection_id, "run": run_id, "ids": sorted(sale_ids)},
    )


async def tell(tx: Transaction, connection_id: str, told: Mapping[str, Mapping[str, Any]]) -> None:
    """Add to what is shown of operations, by their ids."""
    rows = [{"id": operation_id, "more": more} for operation_id, more in told.items() if more]
    if rows:
        await tx.execute(
            "UPDATE operation o SET preview = coalesce(o.preview, '{}') || r.more"
            " FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(id text, more jsonb) WHERE o.connection_id = %(c)s AND o.id = r.id",
            {"c": connection_id, "rows": dump(rows)},
        )


_MATCH_OF = "o.preview #>> '{match,side}' = r.side AND o.preview #>> '{match,kind}' = r.kind AND o.preview #>> '{match,id}' = r.id"


async def tell_matches(
    tx: Transaction, connection_id: str, run_id: str, more: Mapping[Key, Mapping[str, Sequence[str]]]
) -> None:
    """Add to how records meet the other side, by the record that each is about."""
    rows = [{"side": side, "kind": kind, "id": i, "more": told} for (side, kind, i), told in more.items()]
    if rows:
        await tx.execute(
            "UPDATE operation o SET preview = jsonb_set(o.preview, '{match}', (o.preview -> 'match') || r.more)"
            " FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(side text, kind text, id text, more jsonb)"
            f" WHERE o.connection_id = %(c)s AND o.run_id = %(run)s AND o.preview ? 'match' AND {_MATCH_OF}",
            {"c": connection_id, "run": run_id, "rows": dump(rows)},
        )


async def forget_alone(tx: Transaction, connection_id: str, run_id: str, records: Iterable[Key]) -> None:
    """Take back that these records were found on their own side only."""
    rows = [{"side": side, "kind": kind, "id": i} for side, kind, i in sorted(records)]
    if rows:
        await tx.execute(
            "UPDATE operation o SET preview = o.preview - 'match' FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(side text, kind text, id text)"
            " WHERE o.connection_id = %(c)s AND o.run_id = %(run)s AND o.preview #>> '{match,part}' IN ('only_oncord', 'only_quickbooks')"
            f" AND {_MATCH_OF}",
            {"c": connection_id, "run": run_id, "rows": dump(rows)},
        )
