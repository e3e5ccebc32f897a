"""A receipt in QuickBooks' words, and its payments in Oncord's; what has not moved stays as it is there."""

from dataclasses import replace

from app.domain.model.links import Link
from app.domain.model.records import Kind, Payment, Receipt, Side
from app.domain.planning.conversion import added_up, channel_to
from app.domain.planning.id_map import IdMap
from app.domain.planning.plan_input import PlanInput
from app.domain.receipts.accounts import money_follows
from app.domain.receipts.allocations import Share, kept_with, lasting, tombstoned
from app.domain.receipts.comparison import Comparison
from app.domain.receipts.legs import held_out
from app.domain.receipts.whose_money import (
    stays_with,
)


def as_payment(plan_input: PlanInput, case: Comparison, leg: Link, payment: Receipt, share: Share | None) -> Receipt:
    """The receipt, or its share for one customer, in QuickBooks' words; what has not moved stays as it is there."""
    channel = account_of(plan_input, case, leg, payment)
    if share is None:
        return replace(case.receipt, contact_id=payment.contact_id, channel=channel, payment=payment.payment)
    buried = tombstoned(plan_input, Side.QUICKBOOKS, payment.payment.allocations)
    kept = [allocation for allocation in buried if allocation.sale_id != case.freeing]
    if share.allocations and share.customer != payment.contact_id:
        kept = []
    allocations = kept_with(tuple(share.allocations), kept, share.cash)
    money = Payment(share.cash, case.receipt.payment.currency, allocations)
    contact = payment.contact_id if stays_with(payment, share, kept) else share.customer
    return replace(case.receipt, contact_id=contact, channel=channel, payment=money)


def account_of(plan_input: PlanInput, case: Comparison, leg: Link, payment: Receipt) -> str:
    """The account of a payment, which belongs to the books (R7): the one that it lies in, but where `money_follows` the
    method that a person has chosen in Oncord. Raises `Obstacle` where nobody has chosen where that one leads."""
    snapshot = plan_input.snapshots[Side.QUICKBOOKS, Kind.RECEIPT, leg.quickbooks_id]
    follows = "channel" in case.changed and money_follows(plan_input, case.receipt, leg, payment, snapshot.extras)
    return channel_to(Side.QUICKBOOKS, case.receipt, plan_input.configuration) if follows else payment.channel


def as_receipt(
    plan_input: PlanInput,
    id_map: IdMap,
    receipt: Receipt,
    payment: Receipt,
    fields: tuple[str, ...],
    lost: list[Share],
) -> Receipt:
    """The payments in Oncord's words, with what no payment holds; allocations to sales whose invoice is gone stay as far
    as the money reaches."""
    money = receipt.payment
    if "payment" in fields:
        money = _money_received(plan_input, id_map, receipt, payment, lost)
    return replace(payment, channel=receipt.channel, payment=money, books_status="")


def _money_received(
    plan_input: PlanInput, id_map: IdMap, receipt: Receipt, payment: Receipt, lost: list[Share]
) -> Payment:
    converted = tuple(
        replace(allocation, sale_id=id_map.counterpart(Side.QUICKBOOKS, Kind.SALE, allocation.sale_id))
        for allocation in lasting(plan_input, Side.QUICKBOOKS, payment.payment.allocations)
    )
    buried = tombstoned(plan_input, Side.ONCORD, receipt.payment.allocations)
    more, left_out = held_out(plan_input, receipt, lost)
    cash = payment.payment.amount + more
    allocations = kept_with((*added_up(converted), *left_out), buried, cash)
    return replace(payment.payment, amount=cash, allocations=allocations)
