"""Looking again at what pays a sale that is back: what a delete had freed of its receipts and payments was agreed on by
nobody (S3), and goes over once the sale has its counterpart again. And at a sale from before the start date whose money has changed (S1)."""

from collections.abc import Sequence

from app.domain.model.records import (
    Kind,
    Receipt,
    Record,
    Sale,
    Side,
    Snapshot,
)
from app.domain.planning.plan_input import Key
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.storage.database import Transaction
from app.storage.records import mirrors
from app.sync.context import TurnContext
from app.sync.writing.memory import Memory

OPEN_THEN = "What was open of it on the start date is another amount, since what pays it has changed."
"""Why a sale from before the start date is due that has not changed itself: a change of its own takes this away."""


async def what_pays(context: TurnContext, tx: Transaction, *sales: Snapshot | None) -> None:
    """Mark as changed every receipt and payment of a sale's own contact that is allocated to it."""
    paying: list[Snapshot] = []
    for sale in sales:
        if sale is not None and isinstance(sale.record, Sale):
            owners = [str(sale.record.contact_id)]
            receipts = await mirrors.of_contacts(tx, context.connection_id, sale.side, Kind.RECEIPT, owners)
            paying += [receipt for receipt in receipts if _pays(receipt.record, sale.id)]
    await _again(context, tx, paying)


def _pays(record: Record | None, sale_id: str) -> bool:
    return isinstance(record, Receipt) and any(a.sale_id == sale_id for a in record.payment.allocations)


async def whatever_pays(context: TurnContext, tx: Transaction, *sales: Snapshot | None) -> None:
    """Mark as changed every receipt and payment that is allocated to a sale which is back, whoever it belongs to."""
    paying: list[Snapshot] = []
    for sale in sales:
        if sale is not None:
            paying += await mirrors.that_pay(tx, context.connection_id, sale.side, sale.id)
    await _again(context, tx, paying)


async def pays_more(context: TurnContext, tx: Transaction, sale: Snapshot | None) -> None:
    """Mark as changed every receipt that is allocated to a sale which has one more document to pay (B1), and set those free that
    were refused since its invoice was too small for them."""
    if sale is None:
        return
    paying = await mirrors.that_pay(tx, context.connection_id, sale.side, sale.id)
    await _again(context, tx, paying)
    keys = [(receipt.side, Kind.RECEIPT, receipt.id) for receipt in paying]
    await change_queue.release(tx, context.connection_id, context.clock.now(), keys=keys)


async def early_sales(context: TurnContext, tx: Transaction, rows: Sequence[PendingChange], memory: Memory) -> None:
    """Queue the sales from before the start date without a document that changed receipts of Oncord pay, or paid until they were
    deleted: what was open of them is another amount now. The first synchronisation looks at each of them with all receipts at hand.
    """
    if context.backfill:
        return
    sales: set[Key] = set()
    for row in rows:
        snapshot = memory.snapshots.get(row.key) if row.side is Side.ONCORD else None
        if snapshot is not None and isinstance(snapshot.record, Receipt):
            sales |= {(Side.ONCORD, Kind.SALE, str(each.sale_id)) for each in snapshot.record.payment.allocations}
    for side, kind, sale_id in sorted(sales):
        if is_early(context, memory, (side, kind, sale_id)):
            await queue_again(context, tx, PendingChange(side, kind, sale_id, mirrored=True, reason=OPEN_THEN))


def is_early(context: TurnContext, memory: Memory, sale: Key) -> bool:
    """Whether this is a sale of Oncord from before the start date that has no document."""
    snapshot = memory.snapshots.get(sale)
    if snapshot is None or snapshot.deleted or not isinstance(snapshot.record, Sale) or snapshot.record.date is None:
        return False
    return snapshot.record.date < context.configuration.start_date and memory.links.live(sale) is None


async def _again(context: TurnContext, tx: Transaction, paying: Sequence[Snapshot]) -> None:
    rows = [PendingChange(receipt.side, Kind.RECEIPT, receipt.id, mirrored=True) for receipt in paying]
    await change_queue.add(tx, context.connection_id, rows, context.clock.now())


def paid_differently(oncord: Snapshot | None, quickbooks: Snapshot | None) -> bool:
    """Whether the two sides have been told of different payments of one sale."""
    pair = [s.record for s in (oncord, quickbooks) if s is not None and isinstance(s.record, Sale)]
    return len(pair) == len(Side) and pair[0].paid != pair[1].paid and not any(sale.voided for sale in pair)


async def queue_again(context: TurnContext, tx: Transaction, change: PendingChange) -> None:
    """Queue one record, which is looked at in a later chunk or run."""
    await change_queue.add(tx, context.connection_id, [change], context.clock.now())
