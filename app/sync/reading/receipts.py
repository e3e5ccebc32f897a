"""The receipts that are allocated to documents, by document."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from app.domain.model.records import Receipt, Side, Snapshot
from app.storage.database import Transaction
from app.storage.records import mirrors
from app.sync.context import TurnContext


async def receipts_on(context: TurnContext, tx: Transaction, sale_ids: Collection[str]) -> dict[str, list[Snapshot]]:
    """Oncord's receipts by those of these sales that they are allocated to, whether they have a counterpart or not: the linked ones
    first."""
    receipts: list[Snapshot] = []
    for linked in (True, False):
        receipts += await mirrors.money_on(tx, context.connection_id, Side.ONCORD, sale_ids, linked=linked)
    return by_document(receipts, sale_ids)


def by_document(receipts: Iterable[Snapshot], document_ids: Collection[str]) -> dict[str, list[Snapshot]]:
    """Receipts of one side, by those of these documents that they are allocated to."""
    found: dict[str, list[Snapshot]] = defaultdict(list)
    for receipt in receipts:
        if isinstance(receipt.record, Receipt):
            for document_id in {str(a.sale_id) for a in receipt.record.payment.allocations}.intersection(document_ids):
                found[document_id].append(receipt)
    return dict(found)
