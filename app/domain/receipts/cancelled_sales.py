"""Payments of QuickBooks that use the credit of a sale which was cancelled late (S5), or came to less after its invoice was
locked (B1), or that pay what takes an adjustment back. In Oncord there is no document that they could name, so that they become no
receipts."""

from app.domain.model.link_part import stands_beside
from app.domain.model.operations import Operation
from app.domain.model.records import Allocation, Kind, Receipt, Record, Sale, Side
from app.domain.planning.decisions import park, skip
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.receipts.allocations import lasting

RULE = "S5"


def of_a_cancellation(plan_input: PlanInput, allocation: Allocation) -> bool:
    """Whether an allocation of a payment of QuickBooks uses the credit of a cancelled sale, or of one that came to less; or pays what
    takes an adjustment back, or is over what that came to less."""
    links = plan_input.links.by_record.get((Side.QUICKBOOKS, Kind.SALE, str(allocation.sale_id)), ())
    beside = [link for link in links if stands_beside(link.part)]
    if allocation.type == "adjustment":
        return bool(beside)
    return any(_is_adjustment(plan_input.record(Side.ONCORD, Kind.SALE, link.oncord_id)) for link in beside)


def _is_adjustment(sale: Record | None) -> bool:
    return isinstance(sale, Sale) and sale.type == "adjustment"


def uses_a_cancellation(plan_input: PlanInput, change: ChangedRecord, payment: Receipt) -> Operation:
    """What becomes of such a payment: it stays in the books."""
    if payment.payment.amount:
        return park(
            change,
            RULE,
            "It brings money and uses the credit of a sale at once that was cancelled, or came to less, or pays what takes an "
            "adjustment back, for which Oncord has no document. Make two payments of it in QuickBooks, one for that and one for the rest.",
        )
    used = [a for a in payment.payment.allocations if of_a_cancellation(plan_input, a)]
    paid = [a for a in payment.payment.allocations if a not in used]
    if not lasting(plan_input, Side.QUICKBOOKS, paid):
        return skip(change, RULE, "It joins the document of a cancelled sale to the one that takes it back.")
    if {_sale_of(plan_input, a) for a in paid} == {_sale_of(plan_input, a) for a in used}:
        return skip(change, "B1", "It joins the document of a sale that has changed to the one over the difference.")
    words = (
        "It uses the credit of a sale that was cancelled, or came to less, for which Oncord has no document; it settles its invoice "
        "in QuickBooks only."
    )
    return skip(change, RULE, words)


def _sale_of(plan_input: PlanInput, allocation: Allocation) -> str:
    """The sale of Oncord whose document an allocation names; "" where there is none."""
    link = plan_input.links.live((Side.QUICKBOOKS, Kind.SALE, str(allocation.sale_id)))
    return link.oncord_id if link is not None else ""
