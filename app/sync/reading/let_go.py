"""Sales from before the start date that receipts of Oncord pay no more: what was open of them on it is another amount now (S1).

A receipt from before that day has no payment and no link, so that nothing but the mirror remembers what it paid.
"""

from collections.abc import Sequence

from app.domain.model.records import Kind, Receipt, Sale, Side, Snapshot
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.storage.database import Transaction
from app.storage.records import links, mirrors
from app.sync.context import TurnContext


async def look_at_early_sales_let_go(context: TurnContext, tx: Transaction, snapshots: Sequence[Snapshot]) -> None:
    """Queue the early sales without a document that these receipts paid as the mirror has them still, and pay no more; to be called
    before it is brought up to date. The first synchronisation looks at each of them with all receipts at hand.
    """
    now = {s.id: s for s in snapshots if s.side is Side.ONCORD and s.kind is Kind.RECEIPT and not s.deleted}
    if context.backfill or not now:
        return
    before = await mirrors.load(tx, context.connection_id, Side.ONCORD, Kind.RECEIPT, now)
    let_go = {sale for was in before.values() for sale in _paid(was) - _paid(now[was.id])}
    sales = await mirrors.load(tx, context.connection_id, Side.ONCORD, Kind.SALE, let_go)
    early = [sale.id for sale in sales.values() if _is_early(context, sale)]
    pairs = await links.of_records(tx, context.connection_id, Kind.SALE, Side.ONCORD, early)
    linked = {pair.oncord_id for pair in pairs}
    changes = [PendingChange(Side.ONCORD, Kind.SALE, each, mirrored=True) for each in early if each not in linked]
    await change_queue.add(tx, context.connection_id, changes, context.clock.now())


def _paid(receipt: Snapshot) -> set[str]:
    record = receipt.record
    return {str(each.sale_id) for each in record.payment.allocations} if isinstance(record, Receipt) else set()


def _is_early(context: TurnContext, sale: Snapshot) -> bool:
    record = sale.record
    if sale.deleted or not isinstance(record, Sale) or record.date is None:
        return False
    return record.date < context.configuration.start_date
