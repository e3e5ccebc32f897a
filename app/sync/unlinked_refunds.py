"""Refunds in Oncord that are not in the books yet: what they name is paid back already, whatever they wait for."""

from collections.abc import Collection

from app.domain.model.records import Receipt, Side
from app.domain.receipts.refunds import is_refund
from app.storage.database import Transaction
from app.storage.records import mirrors


async def refunds_on_their_way(tx: Transaction, connection_id: str, sale_ids: Collection[str]) -> frozenset[str]:
    """Which of these sales of Oncord are named by a refund that never had a counterpart."""
    unlinked = await mirrors.money_on(tx, connection_id, Side.ONCORD, sale_ids, linked=False)
    refunds = [s.record for s in unlinked if isinstance(s.record, Receipt) and is_refund(s.record)]
    return frozenset(str(a.sale_id) for refund in refunds for a in refund.payment.allocations) & frozenset(sale_ids)
