"""What a refund may still give back of the sales that it names (R5): each sale less its standing adjustments, and less what an answer
about another refund gives back of it first. Two refunds of one sale give back no more than the sale."""

from collections.abc import Sequence
from decimal import Decimal

from app.domain.model.link_part import made_for_refund
from app.domain.model.records import Allocation, Kind, Receipt, Sale, Side, Snapshot, is_void
from app.domain.model.refund_answers import GIVEN_BACK
from app.domain.planning.plan_input import PlanInput
from app.domain.receipts.given_back import Left, Of, adjustment_of, amount_is, what_is_left
from app.domain.receipts.open_credit import answered_before


def adjustments_of(plan_input: PlanInput, sale_id: str) -> list[Snapshot]:
    """The adjustments of a sale in Oncord, in sight of a refund that names it."""
    known = (each for of_one in plan_input.money_of.values() for each in of_one)
    return [s for s in known if isinstance(s.record, Sale) and s.record.adjusts_id == sale_id and not s.deleted]


def made_for(plan_input: PlanInput, refund_id: str, sale_id: str) -> Snapshot | None:
    """The adjustment of a sale that the answer about a refund has made."""
    made = [s for s in adjustments_of(plan_input, sale_id) if made_for_refund(s.marker, refund_id)]
    return made[-1] if made else None


def made_before(plan_input: PlanInput, refund_id: str, refund: Receipt, sale_id: str) -> int:
    """How many adjustments of a sale were made for refunds, or are about to be, before the one for this refund."""
    made = sum(1 for each in adjustments_of(plan_input, sale_id) if each.marker)
    return made + len(_about_to_be_made(plan_input, refund_id, refund, sale_id))


def left_of(plan_input: PlanInput, refund_id: str, refund: Receipt, sale_id: str) -> Left | None:
    """What a refund may still give back of a sale; None where it can be nothing, since the sale does not count or is in another
    currency."""
    sale = plan_input.record(Side.ONCORD, Kind.SALE, sale_id)
    if not isinstance(sale, Sale) or sale.type != "sale" or is_void(sale):
        return None
    if sale.money.currency != refund.payment.currency:
        return None
    given = [s.record for s in adjustments_of(plan_input, sale_id) if isinstance(s.record, Sale)]
    standing = [each for each in given if not is_void(each)]
    left = what_is_left(sale, standing)
    for amount in _about_to_be_made(plan_input, refund_id, refund, sale_id):
        if amount_is(left, amount) is not None:
            standing.append(adjustment_of(left, sale_id, amount, None, 0))
            left = what_is_left(sale, standing)
    return left


def may_be_given_back(
    plan_input: PlanInput, refund_id: str, refund: Receipt, named: Sequence[Allocation]
) -> dict[str, Of]:
    """What of each sale that a refund names its amount is, by the sale's number or id; nothing where not all of it can be given
    back of sales: QuickBooks needs a refund for each contact, and no more than what is left of a sale can be given back."""
    found: dict[str, Of] = {}
    contacts = set[str]()
    for allocation in named:
        left = left_of(plan_input, refund_id, refund, str(allocation.sale_id))
        part = amount_is(left, allocation.amount) if left is not None else None
        if left is None or part is None:
            return {}
        contacts.add(str(left.sale.contact_id))
        found[left.sale.number or str(allocation.sale_id)] = part
    return found if len(contacts) == 1 and len(found) == len(named) else {}


def _about_to_be_made(plan_input: PlanInput, refund_id: str, refund: Receipt, sale_id: str) -> list[Decimal]:
    """What answers about other refunds give back of a sale, in adjustments that are still to be made."""
    return [
        allocation.amount
        for each_id, each in answered_before(plan_input, refund_id, refund, GIVEN_BACK)
        for allocation in each.payment.allocations
        if str(allocation.sale_id) == sale_id and made_for(plan_input, each_id, sale_id) is None
    ]
