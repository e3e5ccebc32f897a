"""How far each side has been downloaded, so that a download can go on where it was interrupted."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.model.records import Kind, Side
from app.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class DownloadState:
    """The watermark of one side and kind, and the page a running download stands at."""

    side: Side
    kind: Kind
    watermark: datetime | None = None
    page_cursor: str | None = None
    page_since: datetime | None = None
    page_as_of: datetime | None = None
    completed_at: datetime | None = None
    records: int = 0


async def load(tx: Transaction, connection_id: str) -> dict[tuple[Side, Kind], DownloadState]:
    """All cursors of a connection."""
    result = await tx.execute(
        "SELECT side, kind, watermark, page_cursor, page_since, page_as_of, completed_at, records FROM cursor "
        "WHERE connection_id = %s ORDER BY side, kind",
        (connection_id,),
    )
    return {
        (Side(r["side"]), Kind(r["kind"])): DownloadState(**{**r, "side": Side(r["side"]), "kind": Kind(r["kind"])})
        for r in await result.fetchall()
    }


async def save(tx: Transaction, connection_id: str, state: DownloadState) -> None:
    """Store one cursor."""
    await tx.execute(
        "INSERT INTO cursor (connection_id, side, kind, watermark, page_cursor, page_since, page_as_of, completed_at, "
        "records) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (connection_id, side, kind) DO UPDATE SET "
        "watermark = excluded.watermark, page_cursor = excluded.page_cursor, page_since = excluded.page_since, "
        "page_as_of = excluded.page_as_of, completed_at = excluded.completed_at, records = excluded.records",
        (
            connection_id,
            state.side,
            state.kind,
            state.watermark,
            state.page_cursor,
            state.page_since,
            state.page_as_of,
            state.completed_at,
            state.records,
        ),
    )
