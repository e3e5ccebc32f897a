"""What a refund of Oncord becomes in QuickBooks (R5): money out of the account, and the credit that it pays back.

Two documents there: a purchase against Accounts Receivable (the primary part of the links) and, where the refund pays
back an adjustment, a payment of zero that joins the credit memo and the purchase (part `CREDIT`). Income and tax are not
touched: the adjustment has reversed those already.
"""

from dataclasses import replace
from decimal import Decimal

from app.domain.model.link_part import CREDIT
from app.domain.model.links import Link
from app.domain.model.operations import Operation
from app.domain.model.records import (
    Allocation,
    Counterpart,
    Kind,
    Payment,
    Receipt,
    Record,
    Reference,
    Sale,
    Side,
)
from app.domain.model.waiting import PersonsDecision
from app.domain.planning.conversion import channel_to
from app.domain.planning.id_map import IdMap, Obstacle
from app.domain.planning.plan_input import PlanInput
from app.domain.planning.writes import create
from app.domain.receipts.allocations import Share, shares, typed


def is_refund(record: Record | None) -> bool:
    """Whether this is money paid back."""
    return isinstance(record, Receipt) and record.payment.amount < 0


def joins_refund(record: Record | None) -> bool:
    """Whether this QuickBooks payment moves no money and joins credit to money that was paid back."""
    return (
        isinstance(record, Receipt)
        and not record.payment.amount
        and any(a.type == "refund" for a in record.payment.allocations)
    )


def joins(plan_input: PlanInput, leg: Link) -> bool:
    """Whether this link of a refund leads to the payment of zero that joins it to its credit, and not to its money out."""
    now = plan_input.record(Side.QUICKBOOKS, Kind.RECEIPT, leg.quickbooks_id)
    return leg.part == CREDIT or joins_refund(now or leg.base_quickbooks)


def concerns_refund(plan_input: PlanInput, link: Link) -> bool:
    """Whether a linked pair is, or has been, part of a refund."""
    records = (
        link.base_oncord,
        link.base_quickbooks,
        plan_input.record(Side.ONCORD, Kind.RECEIPT, link.oncord_id),
        plan_input.record(Side.QUICKBOOKS, Kind.RECEIPT, link.quickbooks_id),
    )
    return link.part == CREDIT or any(map(is_refund, records))


def refund_share(plan_input: PlanInput, id_map: IdMap, receipt: Receipt) -> Share:
    """A refund with its customer and its credit in QuickBooks' ids. Raises `Obstacle` for what cannot be held there."""
    if any(a.type != "adjustment" for a in typed(plan_input, receipt)):
        raise Obstacle(
            PersonsDecision(),
            "It takes money off a sale directly, for which QuickBooks has no document. Give the credit with an adjustment "
            "in Oncord and allocate the refund to that.",
        )
    split = shares(plan_input, id_map, receipt)
    if len(split) > 1:
        raise Obstacle(
            PersonsDecision(),
            "It pays back credit of several contacts, but QuickBooks needs a refund for each. Split it in Oncord.",
        )
    if split[0].rest > 0:
        raise Obstacle(
            PersonsDecision(), "It uses up more credit than it pays back. Correct its allocations in Oncord."
        )
    return split[0]


def refund_created(
    plan_input: PlanInput, oncord_id: str, receipt: Receipt, share: Share, generation: int
) -> list[Operation]:
    """The money out, and the joining of its credit, which waits until the money out is there."""
    money = receipt.payment
    paid = create(
        Side.QUICKBOOKS,
        Kind.RECEIPT,
        oncord_id,
        replace(
            receipt,
            contact_id=share.customer,
            channel=channel_to(Side.QUICKBOOKS, receipt, plan_input.configuration),
            payment=Payment(money.amount, money.currency),
        ),
        "R5",
        f"A refund of {-money.amount} {money.currency} recorded in Oncord: money out against what the "
        "customer is owed.",
        fields=("payment",),
        generation=generation,
        backfill=plan_input.backfill,
    )
    if not share.allocations:
        return [paid]
    return [
        paid,
        credit_created(plan_input, oncord_id, receipt, share, Counterpart(Kind.RECEIPT, oncord_id), generation),
    ]


def adopted_credit(plan_input: PlanInput, id_map: IdMap, adopted: Operation) -> list[Operation]:
    """The joining that a refund which was there on both sides still lacks: its credit is open in QuickBooks."""
    receipt = plan_input.record(Side.ONCORD, Kind.RECEIPT, adopted.source_id)
    if not isinstance(receipt, Receipt) or not is_refund(receipt):
        return []
    share = open_credit(plan_input, id_map, receipt)
    return [credit_created(plan_input, adopted.source_id, receipt, share, adopted.target_id, 0)] if share else []


def open_credit(plan_input: PlanInput, id_map: IdMap, refund: Receipt) -> Share | None:
    """What a refund pays back, where all of that is still open in QuickBooks; None where it is not, or pays back nothing."""
    try:
        share = refund_share(plan_input, id_map, refund)
    except Obstacle:
        return None
    return share if share.allocations and all(_is_open(plan_input, a) for a in share.allocations) else None


def _is_open(plan_input: PlanInput, credit: Allocation) -> bool:
    memo = plan_input.record(Side.QUICKBOOKS, Kind.SALE, str(credit.sale_id))
    return isinstance(memo, Sale) and memo.money.total - memo.paid >= credit.amount


def credit_created(
    plan_input: PlanInput, oncord_id: str, receipt: Receipt, share: Share, purchase: Reference, generation: int
) -> Operation:
    """The payment of zero that joins a refund's credit to its money out."""
    return create(
        Side.QUICKBOOKS,
        Kind.RECEIPT,
        oncord_id,
        joining(receipt, share, purchase),
        "R5",
        "The refund pays back this credit, so the two are joined.",
        fields=("payment",),
        generation=generation,
        part=CREDIT,
        backfill=plan_input.backfill,
    )


def joining(receipt: Receipt, share: Share, purchase: Reference) -> Receipt:
    """The payment of zero as it should be: every credit, and as much of the money out."""
    used = sum((a.amount for a in share.allocations), Decimal(0))
    lines = (*share.allocations, Allocation(purchase, used, "refund"))
    return replace(
        receipt,
        contact_id=share.customer,
        channel="",
        reference="",
        payment=Payment(Decimal(0), receipt.payment.currency, lines),
    )


def rule_of(receipt: Receipt, otherwise: str) -> str:
    """The rule that a receipt falls under by its amount: a refund, a joining of credits, or `otherwise`."""
    amount = receipt.payment.amount
    return "R5" if amount < 0 else "R6" if amount == 0 else otherwise
