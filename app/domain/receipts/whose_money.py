"""Whose the money of a receipt is, on either side: rule R7 for contact and customer.

QuickBooks joins only documents of one customer in a payment, so that a payment belongs to the customer of what it pays, and
money that pays nothing belongs to whoever it came from: the contact of its receipt. Somebody who moves a receipt, or
money that pays nothing, to somebody else means the person; a payment that merely followed its invoice was moved by
nobody, and comes back once it pays nothing any more.
"""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.contacts.merges import merged_into, merged_there
from app.domain.contacts.ownership import belongs
from app.domain.model.links import Link
from app.domain.model.records import Allocation, Receipt
from app.domain.planning.id_map import IdMap
from app.domain.planning.plan_input import PlanInput
from app.domain.receipts.allocations import Share, charged

Payments = Sequence[tuple[Link, Receipt]]
"""The payments of one receipt that stand, the primary one first, with their links."""


def changed_hands(base: Receipt | None, receipt: Receipt) -> bool:
    """Whether a person has moved the receipt to another contact."""
    return base is not None and base.contact_id != receipt.contact_id


def at_home(
    plan_input: PlanInput, id_map: IdMap, base: Receipt | None, receipt: Receipt, payments: Payments
) -> Receipt | None:
    """A receipt's base, as if it had been its present contact's already where its own was merged into that one in Oncord,
    which moves nothing in QuickBooks, or where all payments stand with a customer of that one: it now is theirs for whom
    it pays."""
    if base is None or not payments:
        return base
    settled = all(belongs(plan_input, id_map, payment.contact_id, receipt.contact_id) for _, payment in payments)
    settled = settled or merged_into(plan_input, base.contact_id, receipt.contact_id)
    return replace(base, contact_id=receipt.contact_id) if settled else base


def unallocated(receipt: Receipt) -> bool:
    """Whether money of the receipt pays nothing."""
    return not receipt.payment.allocations or receipt.payment.amount != charged(receipt.payment.allocations)


def moved_in_the_books(plan_input: PlanInput, id_map: IdMap, receipt: Receipt, payments: Payments) -> Link | None:
    """The payment that a person has moved to another contact's customer: the only one, or the one of several that holds
    what pays nothing, which is the receipt's own contact's."""
    for leg, payment in payments:
        before = leg.base_quickbooks
        if not isinstance(before, Receipt) or before.contact_id == payment.contact_id:
            continue
        if len(payments) > 1 and (payment.payment.allocations or before.payment.allocations):
            continue
        merged = merged_there(plan_input, before.contact_id, payment.contact_id)
        if not merged and not belongs(plan_input, id_map, payment.contact_id, receipt.contact_id):
            return leg
    return None


def goes_back(
    plan_input: PlanInput, id_map: IdMap, receipt: Receipt, payments: Payments, *, emptied: bool = False
) -> str:
    """The customer whose the one payment of a receipt becomes that followed its invoice to another one and pays nothing
    any more; "" where it stays. `emptied`: the receipt pays nothing either once this plan is carried out."""
    if len(payments) != 1:
        return ""
    _, payment = payments[0]
    if payment.payment.allocations or (receipt.payment.allocations and not emptied):
        return ""
    if not payment.payment.amount or belongs(plan_input, id_map, payment.contact_id, receipt.contact_id):
        return ""
    currency = plan_input.configuration.books_currency(payment.payment.currency)
    own = id_map.customer(str(receipt.contact_id), currency)
    return own if isinstance(own, str) and own != payment.contact_id else ""


def stays_with(payment: Receipt, share: Share, kept: Sequence[Allocation]) -> bool:
    """Whether a payment stays with the customer whose buried documents it still pays: no other one's can be joined to it."""
    return bool(kept) and not share.allocations and payment.contact_id != share.customer
