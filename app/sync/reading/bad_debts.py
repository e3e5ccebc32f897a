"""What a plan has to know of adjustments for bad debts (S7): which receipts of Oncord apply them, and what else pays their sales.
Nothing is read where none is in sight."""

from app.domain.model.link_part import made_for_write_off
from app.domain.model.records import Kind, Side, Snapshot
from app.domain.planning.bad_debts import is_bad_debt
from app.domain.planning.link_index import LinkIndex
from app.storage.database import Transaction
from app.sync.context import TurnContext
from app.sync.reading.receipts import receipts_on
from app.sync.reading.sight import Sight, load_pairs


async def applied_in_oncord(
    context: TurnContext, tx: Transaction, sight: Sight, index: LinkIndex
) -> dict[str, list[Snapshot]]:
    """Oncord's receipts, by the document that they are allocated to, of the adjustments for bad debts in sight and their sales; of an
    adjustment that was deleted, by what was agreed on."""
    of_receipts = {made_for_write_off(s.marker) for s in sight.snapshots.values() if s.kind is Kind.RECEIPT} - {""}
    if await load_pairs(context, tx, sight, [(Side.ONCORD, Kind.SALE, i) for i in sorted(of_receipts)]):
        sight.keep_links(index)
    sought: set[str] = set()
    for (side, kind, sale_id), snapshot in sight.snapshots.items():
        if side is Side.ONCORD and kind is Kind.SALE:
            links = index.by_record.get((side, kind, sale_id), ())
            for record in (snapshot.record, *(link.base_oncord for link in links if snapshot.record is None)):
                if is_bad_debt(record):
                    sought |= {sale_id, str(record.adjusts_id)} - {""}
    if not sought:
        return {}
    found = await receipts_on(context, tx, sought)
    made = {r.id for group in found.values() for r in group if made_for_write_off(r.marker)}
    if await load_pairs(context, tx, sight, [(Side.ONCORD, Kind.RECEIPT, i) for i in sorted(made)]):
        sight.keep_links(index)
    return found
