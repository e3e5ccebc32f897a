"""The writes of payments in QuickBooks: the one that a receipt, or one customer's share of it, becomes, and its updates."""

from dataclasses import replace

from app.domain.model.link_part import PRIMARY, Part
from app.domain.model.links import Link
from app.domain.model.operations import Disagreement, Operation
from app.domain.model.records import Kind, Payment, Receipt, Side
from app.domain.planning.conversion import channel_to
from app.domain.planning.plan_input import PlanInput
from app.domain.planning.writes import create, update
from app.domain.receipts.allocations import Share


def payment_created(
    plan_input: PlanInput, oncord_id: str, receipt: Receipt, share: Share, *, part: Part = PRIMARY, generation: int = 0
) -> Operation:
    """The payment that a receipt, or one customer's share of it, becomes (R1, R6)."""
    money = receipt.payment
    channel = channel_to(Side.QUICKBOOKS, receipt, plan_input.configuration) if share.cash else ""
    reason = f"A receipt of {money.amount} {money.currency} recorded in Oncord."
    if share.cash != money.amount:
        reason = f"{reason} This is one customer's share of it, {share.cash}."
    payment = Payment(share.cash, money.currency, tuple(share.allocations))
    return create(
        Side.QUICKBOOKS,
        Kind.RECEIPT,
        oncord_id,
        replace(receipt, contact_id=share.customer, channel=channel, payment=payment),
        "R6" if money.amount == 0 else "R1",
        reason,
        fields=("payment",),
        generation=generation,
        part=part,
        backfill=plan_input.backfill,
    )


def payment_updated(
    plan_input: PlanInput,
    leg: Link,
    record: Receipt,
    fields: tuple[str, ...],
    reason: str,
    disagreements: tuple[Disagreement, ...],
) -> Operation:
    """What has changed of a receipt, or on another payment of it, written to this payment (R7)."""
    quickbooks = plan_input.snapshots[Side.QUICKBOOKS, Kind.RECEIPT, leg.quickbooks_id]
    return update(
        quickbooks,
        leg.oncord_id,
        record,
        "R7",
        reason,
        fields=fields,
        part=leg.part,
        disagreements=disagreements,
        backfill=plan_input.backfill,
    )
