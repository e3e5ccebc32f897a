"""Reading records again by id, where QuickBooks' not knowing one any more counts as its having been deleted.

Oncord keeps what was deleted as a record of its own, so that an id it does not know says nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.domain.model.exchange import Fetched
from app.domain.model.records import Kind, Side, Snapshot
from app.storage.database import Transaction
from app.storage.records import mirrors
from app.sync.context import TurnContext


def deleted(snapshot: Snapshot, now: datetime) -> Snapshot:
    """A record that its side no longer knows."""
    return replace(snapshot, deleted=True, modified_at=now)


async def not_there_any_more(
    context: TurnContext, tx: Transaction, side: Side, kind: Kind, fetched: Fetched
) -> list[Snapshot]:
    """The records that the mirror knows and that QuickBooks, asked for them by id, does not: as deleted ones."""
    if side is not Side.QUICKBOOKS:
        return []
    mirrored = await mirrors.load(tx, context.connection_id, side, kind, fetched.missing)
    return [deleted(snapshot, context.clock.now()) for snapshot in mirrored.values()]


async def fetch(context: TurnContext, side: Side, kind: Kind, ids: Sequence[str]) -> Fetched:
    """Read records by id, with enough of the lease left for it."""
    await context.hold()
    return await context.sides[side].fetch(kind, ids)
