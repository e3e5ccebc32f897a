"""One of a pair of sale and invoice was deleted: rules S3, S6 and C3.

Nothing is deleted in Oncord. In QuickBooks only what began in Oncord is, and only if nobody has touched it there since
and no money but our own is applied to it. Our own payments go first: those whose receipts were deleted are deleted,
those whose receipts live on are released.
"""

from collections.abc import Iterator

from app.domain.agree_receipts import agree_receipt
from app.domain.decisions import buried, mark, park
from app.domain.directory import Directory
from app.domain.links import Link, Origin
from app.domain.merge import changed_groups
from app.domain.operations import Action, Operation
from app.domain.records import Kind, Receipt, Sale, Side, Snapshot
from app.domain.refunds import concerns_refund, joins_refund
from app.domain.remove_receipts import moved_since, payment_deleted
from app.domain.situation import Situation, Touched


def sale_removed(situation: Situation, directory: Directory, touched: Touched, link: Link) -> Iterator[Operation]:
    """Decide about a pair one of which, or both, are gone."""
    oncord = situation.snapshots[Side.ONCORD, Kind.SALE, link.oncord_id]
    quickbooks = situation.snapshots[Side.QUICKBOOKS, Kind.SALE, link.quickbooks_id]
    rule = "S6" if quickbooks.deleted else "S3"
    if quickbooks.deleted:
        reason = "The invoice was deleted in QuickBooks. The sale stays in Oncord, marked, and is not created again."
        yield buried(Side.QUICKBOOKS, link, rule, reason)
        if not oncord.deleted and isinstance(oncord.record, Sale):
            yield mark(link, oncord, "gone", rule, "Its invoice is gone from the books.")
    elif oncord.deleted_with.startswith("contact:") or touched.deleted_with.startswith("contact:"):
        reason = "The sale was deleted together with its contact. The invoice stays in QuickBooks."
        yield buried(Side.ONCORD, link, "C3", reason)
    elif link.origin is not Origin.ONCORD:
        reason = "The sale was deleted in Oncord, but it did not begin there. The invoice stays in QuickBooks."
        yield buried(Side.ONCORD, link, rule, reason)
    else:
        yield from _delete_invoice(situation, directory, touched, link, quickbooks)


def _delete_invoice(
    situation: Situation, directory: Directory, touched: Touched, link: Link, quickbooks: Snapshot
) -> Iterator[Operation]:
    theirs = quickbooks.record
    if not isinstance(theirs, Sale) or changed_groups(Kind.SALE, link.base_quickbooks, theirs):
        words = "The sale was deleted in Oncord, but somebody has changed its invoice in QuickBooks since. Delete the invoice there, or put the sale back."
        yield park(touched, "S3", words)
        return
    payments = situation.payments_on.get(link.quickbooks_id, ())
    foreign = [p for p in payments if not _ours(situation, p, link.oncord_id)]
    if foreign:
        words = f"The sale was deleted in Oncord, but {len(foreign)} payment(s) that did not begin there, are deposited, or still pay it in Oncord are applied to its invoice. Remove them in QuickBooks, or put the sale back."
        yield park(touched, "S3", words)
        return
    for payment in payments:
        own = situation.links.live((Side.QUICKBOOKS, Kind.RECEIPT, payment.id))
        assert own is not None
        receipt = situation.snapshot(Side.ONCORD, Kind.RECEIPT, own.oncord_id)
        if receipt is not None and receipt.deleted:
            yield payment_deleted(own, payment, "Its receipt and the sale that it paid were deleted in Oncord.")
        elif _joins_nothing_else(situation, own, payment, link.quickbooks_id):
            yield payment_deleted(own, payment, "It only joined credit to what was deleted in Oncord.")
        else:
            about = Touched(Side.ONCORD, Kind.RECEIPT, own.oncord_id)
            released = list(agree_receipt(situation, directory, about, own, freeing=link.quickbooks_id))
            if not any(o.action in (Action.UPDATE, Action.DELETE) and o.side is Side.QUICKBOOKS for o in released):
                yield park(
                    touched, "S3", "The sale was deleted in Oncord, but its payment cannot be taken off its invoice."
                )
                return
            yield from released
    yield Operation(
        Action.DELETE,
        Side.QUICKBOOKS,
        Kind.SALE,
        "S3",
        "The sale began in Oncord and was deleted there.",
        source_id=link.oncord_id,
        target_id=link.quickbooks_id,
        record=theirs,
        expected_version=quickbooks.version,
    )


def _joins_nothing_else(situation: Situation, own: Link, payment: Snapshot, gone: str) -> bool:
    """Whether a payment of ours moves no money and has nothing left to join once the document `gone` is deleted."""
    if concerns_refund(situation, own):
        return joins_refund(payment.record)
    if not isinstance(payment.record, Receipt) or payment.record.payment.amount:
        return False
    left = [a for a in payment.record.payment.allocations if a.sale_id != gone]
    return len({a.type == "adjustment" for a in left}) < 2


def _ours(situation: Situation, payment: Snapshot, sale_id: str) -> bool:
    """Whether a payment may be taken off the invoice for the sale's sake: it began in Oncord, nobody has deposited it
    or changed it since, and its receipt is gone or pays the sale no more."""
    link = situation.links.live((Side.QUICKBOOKS, Kind.RECEIPT, payment.id))
    if link is None or link.origin is not Origin.ONCORD or "deposited" in payment.extras:
        return False
    if payment.record is None or moved_since(situation, link, payment.record):
        return False
    receipt = situation.snapshot(Side.ONCORD, Kind.RECEIPT, link.oncord_id)
    if receipt is None:
        return False
    if receipt.deleted:
        return True
    return isinstance(receipt.record, Receipt) and all(a.sale_id != sale_id for a in receipt.record.payment.allocations)
