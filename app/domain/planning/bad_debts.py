"""Adjustments for bad debts in Oncord, and the receipts of zero that apply them to their sales (S7): what is used of them, and which
receipts the service has made for them."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TypeGuard

from app.domain.model.configuration import BAD_DEBT
from app.domain.model.link_part import WRITE_OFF, made_for_write_off
from app.domain.model.operations import Operation
from app.domain.model.records import Allocation, Kind, Receipt, Sale, Side, Snapshot, is_void
from app.domain.planning.plan_input import PlanInput
from app.domain.planning.writes import delete

RULE = "S7"


def is_bad_debt(record: object) -> TypeGuard[Sale]:
    """Whether this is an adjustment for a bad debt."""
    return isinstance(record, Sale) and record.type == "adjustment" and record.adjustment_reason == BAD_DEBT


def used_of(plan_input: PlanInput, adjustment_id: str) -> Decimal:
    """What of an adjustment's credit receipts of Oncord use."""
    return sum((a.amount for a in allocated_to(plan_input, adjustment_id)), Decimal(0))


def allocated_to(plan_input: PlanInput, document_id: str) -> Iterator[Allocation]:
    """What receipts of Oncord allocate to an adjustment for a bad debt in sight, or to its sale."""
    receipts = (r.record for r in plan_input.applied_in_oncord.get(document_id, ()))
    parts = (a for r in receipts if isinstance(r, Receipt) and not r.voided for a in r.payment.allocations)
    return (a for a in parts if a.sale_id == document_id)


def is_taken_back(plan_input: PlanInput, adjustment_id: str) -> bool:
    """Whether an adjustment for a bad debt was deleted or cancelled in Oncord."""
    own = plan_input.snapshot(Side.ONCORD, Kind.SALE, adjustment_id)
    if own is None:
        return False
    return own.deleted or (is_bad_debt(own.record) and is_void(own.record))


def made_for(plan_input: PlanInput, adjustment_id: str) -> list[Snapshot]:
    """The receipts that the service has applied an adjustment by; the site may have released them from it since."""
    known = (r for group in plan_input.applied_in_oncord.values() for r in group)
    made = {r.id: r for r in known if made_for_write_off(r.marker) == adjustment_id}
    return [made[i] for i in sorted(made)]


def write_off_deleted(receipt: Snapshot, adjustment_id: str) -> Operation:
    """Delete in Oncord a receipt that the service had applied an adjustment by which was taken back."""
    reason = "The bad debt that it wrote off was taken back in Oncord."
    return delete(receipt, adjustment_id, RULE, reason, part=WRITE_OFF)
