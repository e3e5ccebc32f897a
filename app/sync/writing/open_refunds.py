"""Which money out a run has looked at that began as a refund in Oncord: it may not be joined to what it evens out (R5)."""

from collections.abc import Sequence

from app.domain.model.link_part import CREDIT, PRIMARY
from app.domain.model.links import Origin
from app.domain.model.records import Kind, Receipt, Side
from app.storage.changes.change_queue import PendingChange
from app.sync.writing.memory import Memory


def money_out(rows: Sequence[PendingChange], memory: Memory) -> list[str]:
    """The purchases of the refunds among some changed records, by id, whether they are there still or not."""
    receipts = [row for row in rows if row.kind is Kind.RECEIPT]
    refunds = {link.oncord_id for row in receipts for link in memory.links.by_record.get(row.key, ())}
    refunds |= {row.id for row in receipts if row.side is Side.ONCORD}
    made = (memory.created.get((Side.ONCORD, Kind.RECEIPT, refund, PRIMARY), "") for refund in refunds)
    legs = (x for i in refunds for x in memory.links.by_record.get((Side.ONCORD, Kind.RECEIPT, i), ()))
    known = {x.quickbooks_id for x in legs if x.origin is Origin.ONCORD and x.part is not CREDIT}
    return sorted(purchase for purchase in {*made, *known} if _paid_back(memory, purchase))


def _paid_back(memory: Memory, purchase_id: str) -> bool:
    snapshot = memory.snapshots.get((Side.QUICKBOOKS, Kind.RECEIPT, purchase_id))
    record = snapshot.record if snapshot is not None else None
    return isinstance(record, Receipt) and record.payment.amount < 0
