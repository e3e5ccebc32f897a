"""Everything of a connection in one archive: JSON lines and CSV for each table, with a description; no secrets.

It is written as it is read: nothing but a page of rows and a piece of the archive is ever held.
"""

import datetime as dt
import json
import zipfile
from collections.abc import AsyncIterator
from typing import Any

from app import VERSION
from app.domain.model.actor import Actor
from app.services.archives import PIECE, Pieces, csv_line, plain
from app.services.ports import ServiceContainer
from app.services.sites import require_ever
from app.storage.life import exporting
from app.storage.life.exporting import Exported, Row
from app.storage.people import audit

FORMAT = "oncord-quickbooks export 1"


async def begin(container: ServiceContainer, connection_id: str, *, who: Actor) -> AsyncIterator[bytes]:
    """The archive, piece by piece; that it was asked for is in the audit first.

    Raises `NotFound` where there never was such a connection. One that was removed can be exported as far as it is there.
    """
    now = container.clock.now()
    async with container.database.transaction(connection_id) as tx:
        await require_ever(tx, connection_id)
        await audit.record(tx, connection_id, at=now, who=who, action="connection.exported")
    return _archive(container, connection_id, now)


async def _archive(container: ServiceContainer, connection_id: str, now: dt.datetime) -> AsyncIterator[bytes]:
    pieces = Pieces()
    counts: dict[str, int] = {}
    with zipfile.ZipFile(pieces, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        for table in exporting.exported():
            for suffix in ("jsonl", "csv"):
                count = 0
                with archive.open(f"{table.table}.{suffix}", "w", force_zip64=True) as file:
                    if suffix == "csv":
                        file.write(csv_line(table.columns))
                    async for row in exporting.rows(container.database, connection_id, table):
                        file.write(_json_line(row) if suffix == "jsonl" else csv_line(row.values()))
                        count += 1
                        if piece := pieces.taken(PIECE):
                            yield piece
                counts[f"{table.table}.{suffix}"] = count
        archive.writestr("description.json", json.dumps(_description(connection_id, now, counts), indent=2))
    yield pieces.taken()


def _description(connection_id: str, now: dt.datetime, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "product_version": VERSION,
        "connection": connection_id,
        "begun_at": now.isoformat(),
        "words": "Of each table one file of JSON lines and one of CSV (UTF-8) with the same rows, in the order of their keys. Moments"
        " are in UTC, amounts decimal strings. In CSV, JSON stands as its text, and a text that a spreadsheet would take for a formula"
        " has an apostrophe in front. What was written while the export was made may be in it or not.",
        "tables": {table.table: _described(table, counts) for table in exporting.exported()},
        "not_exported": exporting.not_exported(),
    }


def _described(table: Exported, counts: dict[str, int]) -> dict[str, Any]:
    told: dict[str, Any] = {"rows": counts[f"{table.table}.jsonl"], "columns": list(table.columns)}
    return told | ({"left_out_as_secrets": list(table.left_out)} if table.left_out else {})


def _json_line(row: Row) -> bytes:
    return json.dumps(row, ensure_ascii=False, default=plain, separators=(",", ":")).encode() + b"\n"
