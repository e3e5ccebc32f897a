"""Looking again at what pays a sale that is back: what a delete had freed of its receipts and payments was agreed on by
nobody (S3), and goes over once the sale has its counterpart again."""

from app.domain.records import Kind, Receipt, Sale, Side, Snapshot
from app.storage import inbox, mirrors
from app.storage.database import Transaction
from app.storage.inbox import DirtyRecord
from app.sync.context import TurnContext


async def what_pays(context: TurnContext, tx: Transaction, *sales: Snapshot | None) -> None:
    """Mark as changed every receipt and payment that is allocated to one of these sales."""
    rows: list[DirtyRecord] = []
    for sale in sales:
        if sale is None or not isinstance(sale.record, Sale):
            continue
        owner = str(sale.record.contact_id)
        for found in await mirrors.of_contacts(tx, context.connection_id, sale.side, Kind.RECEIPT, [owner]):
            if isinstance(found.record, Receipt) and any(
                a.sale_id == sale.id for a in found.record.payment.allocations
            ):
                rows.append(DirtyRecord(found.side, Kind.RECEIPT, found.id, seen=True))
    await inbox.mark(tx, context.connection_id, rows, context.clock.now())


def paid_differently(oncord: Snapshot | None, quickbooks: Snapshot | None) -> bool:
    """Whether the two sides have been told of different payments of one sale."""
    pair = [s.record for s in (oncord, quickbooks) if s is not None and isinstance(s.record, Sale)]
    return len(pair) == len(Side) and pair[0].paid != pair[1].paid and not any(sale.voided for sale in pair)
