"""Payments of QuickBooks that use the credit of a sale which was cancelled late (S5). In Oncord that sale is void: there is no
adjustment whose credit they could use, so that they become no receipts."""

from app.domain.model.link_part import CANCELLATION
from app.domain.model.operations import Operation
from app.domain.model.records import Allocation, Kind, Receipt, Side
from app.domain.planning.decisions import park, skip
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.receipts.allocations import lasting

RULE = "S5"


def of_a_cancellation(plan_input: PlanInput, allocation: Allocation) -> bool:
    """Whether an allocation of a payment of QuickBooks uses the credit of a cancelled sale."""
    links = plan_input.links.by_record.get((Side.QUICKBOOKS, Kind.SALE, str(allocation.sale_id)), ())
    return allocation.kind is Kind.SALE and any(link.part is CANCELLATION for link in links)


def uses_a_cancellation(plan_input: PlanInput, change: ChangedRecord, payment: Receipt) -> Operation:
    """What becomes of such a payment: it stays in the books."""
    if payment.payment.amount:
        return park(
            change,
            RULE,
            "It brings money and uses the credit of a cancelled sale at once, for which Oncord has no document. Make two payments "
            "of it in QuickBooks, one with the money and one of zero with the credit.",
        )
    paid = [a for a in payment.payment.allocations if not of_a_cancellation(plan_input, a)]
    if lasting(plan_input, Side.QUICKBOOKS, paid):
        words = "It uses the credit of a cancelled sale, for which Oncord has no document; it settles its invoice in QuickBooks only."
        return skip(change, RULE, words)
    return skip(change, RULE, "It joins the invoice of a cancelled sale to the credit memo that takes it back.")
