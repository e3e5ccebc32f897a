"""Payments of QuickBooks that use the credit of a sale which was cancelled late (S5), or came to less after its invoice was
locked (B1). In Oncord there is no adjustment whose credit they could use, so that they become no receipts."""

from app.domain.model.link_part import stands_beside
from app.domain.model.operations import Operation
from app.domain.model.records import Allocation, Kind, Receipt, Side
from app.domain.planning.decisions import park, skip
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.receipts.allocations import lasting

RULE = "S5"


def of_a_cancellation(plan_input: PlanInput, allocation: Allocation) -> bool:
    """Whether an allocation of a payment of QuickBooks uses the credit of a cancelled sale, or of one that came to less."""
    links = plan_input.links.by_record.get((Side.QUICKBOOKS, Kind.SALE, str(allocation.sale_id)), ())
    return allocation.type == "adjustment" and any(stands_beside(link.part) for link in links)


def uses_a_cancellation(plan_input: PlanInput, change: ChangedRecord, payment: Receipt) -> Operation:
    """What becomes of such a payment: it stays in the books."""
    if payment.payment.amount:
        return park(
            change,
            RULE,
            "It brings money and uses the credit of a sale at once that was cancelled, or came to less, for which Oncord has no "
            "document. Make two payments of it in QuickBooks, one with the money and one of zero with the credit.",
        )
    used = [a for a in payment.payment.allocations if of_a_cancellation(plan_input, a)]
    paid = [a for a in payment.payment.allocations if a not in used]
    if not lasting(plan_input, Side.QUICKBOOKS, paid):
        return skip(change, RULE, "It joins the invoice of a cancelled sale to the credit memo that takes it back.")
    if {_sale_of(plan_input, a) for a in paid} == {_sale_of(plan_input, a) for a in used}:
        return skip(
            change, "B1", "It joins the invoice of a sale that came to less to the credit memo over the difference."
        )
    words = (
        "It uses the credit of a sale that was cancelled, or came to less, for which Oncord has no document; it settles its invoice "
        "in QuickBooks only."
    )
    return skip(change, RULE, words)


def _sale_of(plan_input: PlanInput, allocation: Allocation) -> str:
    """The sale of Oncord whose document an allocation names; "" where there is none."""
    link = plan_input.links.live((Side.QUICKBOOKS, Kind.SALE, str(allocation.sale_id)))
    return link.oncord_id if link is not None else ""
