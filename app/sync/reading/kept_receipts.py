"""The receipts that pay the sales of a payment which has no receipt yet, and that have or had payments of their own.

One of them may have lost its payment in the books (R4), and the new one may have taken that one's place.
"""

from collections import defaultdict

from app.domain.model.records import Kind, Receipt, Side, Snapshot
from app.domain.planning.plan_input import LinkIndex
from app.storage.database import Transaction
from app.storage.records import mirrors
from app.sync.context import TurnContext
from app.sync.reading.candidates import sales_across
from app.sync.reading.sight import Sight, load_pairs


async def receipts_paid_before(
    context: TurnContext, tx: Transaction, sight: Sight, index: LinkIndex
) -> dict[str, list[Snapshot]]:
    """Oncord's receipts by the sale that they pay, for the sales of payments in sight that were never linked; with
    their links and payments."""
    new = [
        s
        for (side, kind, _), s in sight.snapshots.items()
        if side is Side.QUICKBOOKS and kind is Kind.RECEIPT and not s.deleted
        if not index.by_record.get((side, kind, s.id))
    ]
    sales = sales_across(index, Side.QUICKBOOKS, new)
    if not sales:
        return {}
    receipts = await mirrors.money_on(tx, context.connection_id, Side.ONCORD, sales, linked=True)
    await load_pairs(context, tx, sight, [(r.side, r.kind, r.id) for r in receipts])
    sight.keep_links(index)
    by_sale: dict[str, list[Snapshot]] = defaultdict(list)
    for receipt in receipts:
        if isinstance(receipt.record, Receipt):
            for sale_id in {str(a.sale_id) for a in receipt.record.payment.allocations} & sales:
                by_sale[sale_id].append(receipt)
    return dict(by_sale)
