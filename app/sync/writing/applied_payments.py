"""Payments that pay more of a document than it shows as settled, read once more before anybody is told of that.

Mostly the mirror is behind: a payment was taken off a document and nothing told of it. What has moved is queued, and the
document is looked at again once that has gone through.
"""

from collections.abc import Collection

from app.domain.model.records import Kind, Side
from app.storage.records import mirrors
from app.sync.context import TurnContext
from app.sync.missing import fetch


async def moved_unheard(context: TurnContext, payments: Collection[str]) -> tuple[set[str], set[str]]:
    """Those of these payments of the books that are not as the mirror has them, which are queued, and those that QuickBooks
    does not know any more; asked for in bulk."""
    if not payments:
        return set(), set()
    fetched = await fetch(context, Side.QUICKBOOKS, Kind.RECEIPT, sorted(payments))
    async with context.transaction() as tx:
        moved = await mirrors.save_and_mark(tx, context.connection_id, fetched.snapshots, context.clock.now())
    return {record_id for _, _, record_id in moved}, set(fetched.missing)
