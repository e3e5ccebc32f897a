"""The receipts and refunds that may have lost their payment in the books, where another one turns up there (R4).

They pay the sales of a payment that has no receipt yet, or that pays more of one than when it last agreed; refunds are those
of the customer to whom new money out goes. The new money may have taken the place of the lost one.
"""

from collections import defaultdict

from app.domain.model.records import Allocation, Kind, Receipt, Record, Side, Snapshot
from app.domain.planning.link_index import LinkIndex
from app.domain.receipts.refunds import is_refund
from app.storage.database import Transaction
from app.storage.records import mirrors
from app.sync.context import TurnContext
from app.sync.reading.candidates import sales_across
from app.sync.reading.receipts import by_document
from app.sync.reading.sight import Sight, load_pairs, paid_by_receipts


async def receipts_paid_before(
    context: TurnContext, tx: Transaction, sight: Sight, index: LinkIndex
) -> dict[str, list[Snapshot]]:
    """Oncord's receipts by the sale that they pay, for the sales of payments in sight that were never linked, or that pay
    more than they did; with their links and payments."""
    paying = [payment for payment in _payments(sight) if _is_new(index, payment) or _pays_more(index, payment)]
    sales = sales_across(index, Side.QUICKBOOKS, paying)
    if not sales:
        return {}
    receipts = await mirrors.money_on(tx, context.connection_id, Side.ONCORD, sales, linked=True)
    await load_pairs(context, tx, sight, [(r.side, r.kind, r.id) for r in receipts])
    sight.keep_links(index)
    return by_document(receipts, sales)


async def refunds_paid_before(
    context: TurnContext, tx: Transaction, sight: Sight, index: LinkIndex
) -> dict[str, list[Snapshot]]:
    """Oncord's refunds by contact, for the customers of money out in sight that was never linked; with their links, their
    money out, the adjustments that they pay back, and what joins the new money out to its credit."""
    new = [payment for payment in _payments(sight) if is_refund(payment.record) and _is_new(index, payment)]
    owners = {
        link.oncord_id
        for payment in new
        if isinstance(payment.record, Receipt)
        for link in index.parts((Side.QUICKBOOKS, Kind.CONTACT, str(payment.record.contact_id)))
    }
    refunds = await mirrors.refunds_of(tx, context.connection_id, owners) if owners else []
    if not refunds:
        return {}
    joining = await mirrors.money_on(
        tx, context.connection_id, Side.QUICKBOOKS, [payment.id for payment in new], linked=False
    )
    await load_pairs(context, tx, sight, [(s.side, s.kind, s.id) for s in (*refunds, *joining)])
    await load_pairs(context, tx, sight, paid_by_receipts(sight))
    sight.keep_links(index)
    by_contact: dict[str, list[Snapshot]] = defaultdict(list)
    for refund in refunds:
        if isinstance(refund.record, Receipt):
            by_contact[str(refund.record.contact_id)].append(refund)
    return dict(by_contact)


def _payments(sight: Sight) -> list[Snapshot]:
    """The payments and refunds of the books that are in sight and exist."""
    return [
        snapshot
        for (side, kind, _), snapshot in sight.snapshots.items()
        if side is Side.QUICKBOOKS and kind is Kind.RECEIPT and not snapshot.deleted
    ]


def _is_new(index: LinkIndex, payment: Snapshot) -> bool:
    return not index.by_record.get((payment.side, payment.kind, payment.id))


def _pays_more(index: LinkIndex, payment: Snapshot) -> bool:
    """Whether a payment pays more of some document than when its pair last agreed."""
    link = index.live((payment.side, payment.kind, payment.id))
    if link is None or link.base_quickbooks is None:
        return False
    before = {(a.type, a.sale_id): a.amount for a in _allocations(link.base_quickbooks)}
    return any(a.amount > before.get((a.type, a.sale_id), 0) for a in _allocations(payment.record))


def _allocations(record: Record | None) -> tuple[Allocation, ...]:
    return record.payment.allocations if isinstance(record, Receipt) else ()
