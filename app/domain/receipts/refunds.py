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
    is_void,
)
from app.domain.model.waiting import OtherRecord, PersonsDecision
from app.domain.planning.conversion import channel_to
from app.domain.planning.id_map import IdMap, Obstacle
from app.domain.planning.plan_input import PlanInput
from app.domain.planning.writes import create
from app.domain.receipts.allocations import Share, of_cancelled_sale, shares, typed


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
    back, others = _of_cancelled_sales(plan_input, receipt)
    if any(a.type != "adjustment" for a in others):
        raise Obstacle(
            PersonsDecision(),
            "It takes money off a sale directly, for which QuickBooks has no document. Give the credit with an adjustment "
            "in Oncord and allocate the refund to that.",
        )
    split = shares(plan_input, id_map, receipt)
    for customer, credit in back:
        _pays_back(split[0], customer, credit)
    if len(split) > 1:
        raise _of_several_contacts()
    if split[0].rest > 0:
        raise Obstacle(
            PersonsDecision(), "It uses up more credit than it pays back. Correct its allocations in Oncord."
        )
    return split[0]


def _of_cancelled_sales(
    plan_input: PlanInput, receipt: Receipt
) -> tuple[list[tuple[Reference, Allocation]], list[Allocation]]:
    """What a refund pays back of sales that were cancelled late, as the credit memos that take those back, each with its
    customer; and what else it pays back. Raises `Obstacle` where such a credit memo is still to come (S5)."""
    back: list[tuple[Reference, Allocation]] = []
    others: list[Allocation] = []
    for allocation in typed(plan_input, receipt):
        sale_id = str(allocation.sale_id)
        link = of_cancelled_sale(plan_input, Side.ONCORD, sale_id)
        memo = plan_input.record(Side.QUICKBOOKS, Kind.SALE, link.quickbooks_id) if link is not None else None
        if link is not None and isinstance(memo, Sale):
            back.append((memo.contact_id, Allocation(link.quickbooks_id, allocation.amount, "adjustment")))
            continue
        if is_to_be_taken_back(plan_input, sale_id):
            words = "It waits until QuickBooks has the credit memo that takes the cancelled sale back."
            raise Obstacle(OtherRecord(Kind.SALE, Side.ONCORD, sale_id), words)
        others.append(allocation)
    return back, others


def is_to_be_taken_back(plan_input: PlanInput, sale_id: str) -> bool:
    """Whether a sale was cancelled in Oncord and its invoice stands as yet, with nothing that takes it back (S5)."""
    link = plan_input.links.live((Side.ONCORD, Kind.SALE, sale_id))
    sale = plan_input.record(Side.ONCORD, Kind.SALE, sale_id)
    invoice = plan_input.record(Side.QUICKBOOKS, Kind.SALE, link.quickbooks_id) if link is not None else None
    if link is None or not isinstance(sale, Sale) or not isinstance(invoice, Sale):
        return False
    untold = isinstance(link.base_oncord, Sale) and not is_void(link.base_oncord)
    return sale.type == "sale" and is_void(sale) and not invoice.voided and untold


def _pays_back(share: Share, customer: Reference, credit: Allocation) -> None:
    """Credit of a cancelled sale as a part of what a refund pays back; its money was counted as paying nothing before."""
    if share.allocations and share.customer != customer:
        raise _of_several_contacts()
    share.customer = customer
    share.allocations.append(credit)
    share.rest += credit.amount


def _of_several_contacts() -> Obstacle:
    words = "It pays back credit of several contacts, but QuickBooks needs a refund for each. Split it in Oncord."
    return Obstacle(PersonsDecision(), words)


def refund_created(
    plan_input: PlanInput,
    oncord_id: str,
    receipt: Receipt,
    share: Share,
    generation: int,
    expense_account: str = "",
) -> list[Operation]:
    """The money out, and the joining of its credit, which waits until the money out is there; goodwill is an expense."""
    money = receipt.payment
    against = "booked as an expense, since it is goodwill" if expense_account else "against what the customer is owed"
    paid = create(
        Side.QUICKBOOKS,
        Kind.RECEIPT,
        oncord_id,
        replace(
            receipt,
            contact_id=share.customer,
            channel=channel_to(Side.QUICKBOOKS, receipt, plan_input.configuration),
            payment=Payment(money.amount, money.currency),
            expense_account=expense_account,
        ),
        "R5",
        f"A refund of {-money.amount} {money.currency} recorded in Oncord: money out {against}.",
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
