"""One of a pair of receipt and payment was deleted or voided: rules R3, R4 and C3."""

from collections.abc import Iterator

from app.domain.model.deletion import with_its_contact
from app.domain.model.links import Link, Origin
from app.domain.model.operations import Operation
from app.domain.model.records import (
    DEPOSITED,
    Kind,
    Receipt,
    Record,
    Side,
    Snapshot,
)
from app.domain.model.write_fields import BooksStatus
from app.domain.planning.decisions import (
    mark,
    park,
    skip,
    tombstoned,
)
from app.domain.planning.merge import changed_groups
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.planning.writes import delete
from app.domain.receipts.allocations import comparable


def receipt_removed(plan_input: PlanInput, change: ChangedRecord, link: Link) -> Iterator[Operation]:
    """Decide about a pair one of which, or both, are gone. In QuickBooks only what began in Oncord is deleted."""
    oncord = plan_input.snapshots[Side.ONCORD, Kind.RECEIPT, link.oncord_id]
    payment = plan_input.snapshots[Side.QUICKBOOKS, Kind.RECEIPT, link.quickbooks_id]
    if payment.deleted:
        reason = "The payment was deleted in QuickBooks. The receipt stays in Oncord, marked, and is not created again."
        yield tombstoned(Side.QUICKBOOKS, link, "R4", reason)
        if not oncord.deleted and isinstance(oncord.record, Receipt):
            yield mark(link, oncord, BooksStatus.GONE, "R4", "Its payment is gone from the books.")
    elif with_its_contact(oncord.deleted_with, change.deleted_with):
        reason = "The receipt was deleted together with its contact. The payment stays in QuickBooks."
        yield tombstoned(Side.ONCORD, link, "C3", reason)
    elif link.origin is not Origin.ONCORD:
        reason = "The receipt was deleted in Oncord, but it did not begin there. The payment stays in QuickBooks."
        yield tombstoned(Side.ONCORD, link, "R3", reason)
    elif isinstance(payment.record, Receipt) and payment.record.voided:
        reason = "The receipt was deleted in Oncord. Its payment was voided in QuickBooks before, and stays there without money."
        yield tombstoned(Side.ONCORD, link, "R3", reason)
    elif payment.record is None or moved_since(plan_input, link, payment.record):
        words = "The receipt was deleted in Oncord, but somebody has changed its payment in QuickBooks since. Delete the payment there, or put the receipt back."
        yield park(change, "R3", words)
    elif DEPOSITED in payment.extras:
        words = "The receipt was deleted in Oncord, but its payment is part of a bank deposit. Take it out of the deposit first."
        yield park(change, "R3", words)
    else:
        yield payment_deleted(link, payment, "The receipt began in Oncord and was deleted there.")


def moved_since(plan_input: PlanInput, link: Link, payment: Record) -> frozenset[str]:
    """What somebody has changed of a payment since its receipt agreed with it."""
    base, now = (comparable(plan_input, Side.QUICKBOOKS, r) for r in (link.base_quickbooks, payment))
    assert now is not None
    return changed_groups(Kind.RECEIPT, base, now)


def payment_deleted(link: Link, payment: Snapshot, reason: str) -> Operation:
    """Delete the payment of a receipt that began in Oncord (R3)."""
    return delete(payment, link.oncord_id, "R3", reason, part=link.part)


def payment_voided(change: ChangedRecord, link: Link, oncord: Snapshot) -> Iterator[Operation]:
    """A payment is void: the receipt stays as it is in Oncord, marked (R4)."""
    receipt = oncord.record
    if not isinstance(receipt, Receipt) or receipt.books_status == "void":
        yield skip(change, "R4", "Its payment is void; the receipt stays as it is in Oncord, marked.")
        return
    yield mark(
        link,
        oncord,
        BooksStatus.VOID,
        "R4",
        "Its payment was voided in QuickBooks. The receipt stays in Oncord, marked.",
    )
