"""What is asked of QuickBooks in bulk, hundreds of ids to a metered read (law 9): records, rows of its lists, marked documents."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from app.domain.model.exchange import Document
from app.domain.model.records import Kind, Snapshot
from app.json_values import text
from app.quickbooks.http.paging import Place, walk
from app.quickbooks.http.wire import Wire
from app.quickbooks.mapping.books import Books
from app.quickbooks.mapping.query import ANY_STATE, one_of, select
from app.quickbooks.mapping.query import moment as at_moment
from app.quickbooks.mapping.sale import marker_in, operation_in
from app.quickbooks.mapping.snapshots import read_snapshot
from app.quickbooks.mapping.values import ENTITIES, moment

IDS_PER_QUERY = 400
_CLOCKS_APART = timedelta(hours=1)
"""How far the company's clock may be behind ours when we look for what was created since a moment of ours."""


async def rows_of_kind(wire: Wire, kind: Kind, ids: Sequence[str]) -> list[tuple[str, Document]]:
    """The records of a kind that have these ids, each with its entity; what one entity lacks is asked of the next one."""
    rows_found: list[tuple[str, Document]] = []
    left = list(dict.fromkeys(record_id for record_id in ids if record_id))
    for entity in ENTITIES[kind]:
        missing: list[str] = []
        for start in range(0, len(left), IDS_PER_QUERY):
            asked = left[start : start + IDS_PER_QUERY]
            rows, _ = await wire.query(select(entity, [one_of("Id", asked)], order=""))
            rows_found += [(entity, row) for row in rows]
            present = {text(row.get("Id")) for row in rows}
            missing += [record_id for record_id in asked if record_id not in present]
        left = missing
    return rows_found


async def rows_by_id(wire: Wire, entity: str, ids: Sequence[str]) -> dict[str, Document]:
    """The rows of one entity that have these ids, by id."""
    by_id: dict[str, Document] = {}
    for start in range(0, len(ids), IDS_PER_QUERY):
        where = [one_of("Id", ids[start : start + IDS_PER_QUERY])]
        rows, _ = await wire.query(select(entity, where, order=""))
        by_id |= {text(row.get("Id")): row for row in rows}
    return by_id


async def list_rows(wire: Wire, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Document]:
    """These rows of QuickBooks' lists (list and id), inactive ones too."""
    by_key: dict[tuple[str, str], Document] = {}
    for entity in sorted({entity for entity, _ in keys}):
        ids = sorted(row_id for of, row_id in keys if of == entity)
        for start in range(0, len(ids), IDS_PER_QUERY):
            where = [one_of("Id", ids[start : start + IDS_PER_QUERY]), ANY_STATE]
            rows, _ = await wire.query(select(entity, where, inactive=False))
            by_key |= {(entity, text(row.get("Id"))): row for row in rows}
    return by_key


async def marked_since(
    wire: Wire, books: Books, kind: Kind, markers: Collection[str], since: datetime
) -> dict[str, Snapshot]:
    """The documents created since that carry one of these operation ids; the oldest where a copy carries it too."""
    where = [f"MetaData.CreateTime >= {at_moment(since - _CLOCKS_APART)}"]
    oldest: dict[str, tuple[datetime, Snapshot]] = {}
    for entity in ENTITIES[kind]:
        async for rows, _, _ in walk(wire.query, Place(entity), where):
            for row in rows:
                marker = operation_in(marker_in(row))
                metadata = row.get("MetaData")
                created = moment(metadata.get("CreateTime")) if isinstance(metadata, dict) else None
                if marker not in markers or created is None:
                    continue
                if marker not in oldest or created < oldest[marker][0]:
                    oldest[marker] = (created, read_snapshot(entity, row, books))
    return {marker: snapshot for marker, (_, snapshot) in oldest.items()}
