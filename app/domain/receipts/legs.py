"""The legs of a receipt: one payment for each customer, which is deleted, voided and put back by itself (R3, R4).

What the books have lost of a receipt (a payment that was deleted or voided there) is held out of it: an edit of the receipt
goes on to the legs that stand and makes none anew. Only a person's "put it back" does that, for that leg.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain.model.link_part import CREDIT, format_part
from app.domain.model.links import Link, LinkState
from app.domain.model.records import (
    Allocation,
    Kind,
    Receipt,
    Reference,
    Side,
)
from app.domain.planning.plan_input import LinkIndex, PlanInput, by_part
from app.domain.receipts.allocations import (
    Share,
    charged,
    lasting,
    tombstoned,
    too_early,
)

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Legs:
    """The payments of one receipt that stand, those that are void, and the tombstones of those that were deleted."""

    standing: tuple[Link, ...]
    voided: tuple[Link, ...]
    gone: tuple[Link, ...]
    customers: frozenset[Reference]
    """Whose payment is lost, that is void or gone."""
    invoices: frozenset[str]
    """What the lost payments had paid."""

    @property
    def lost(self) -> tuple[Link, ...]:
        """The payments that the books have lost."""
        return (*self.voided, *self.gone)

    def hold(self, share: Share) -> bool:
        """Whether this share of the receipt was lost in the books."""
        if share.customer in self.customers:
            return True
        return bool(share.allocations) and all(a.sale_id in self.invoices for a in share.allocations)

    @property
    def amount(self) -> Decimal:
        """How much of the receipt the lost payments held when they were last agreed on."""
        return sum((_base(link).payment.amount for link in self.lost if _has_base(link)), ZERO)


def legs_of(plan_input: PlanInput, oncord_id: str, restored: tuple[Link, ...] = ()) -> Legs:
    """The legs of a receipt of Oncord; `restored` are those that this very plan brings back."""
    key = (Side.ONCORD, Kind.RECEIPT, oncord_id)
    live = [*plan_input.links.parts(key), *restored]
    voided = tuple(link for link in live if _is_void(plan_input, link))
    standing = sorted((link for link in live if link not in voided), key=by_part)
    held = {_customer(plan_input, link) for link in standing}
    gone = tuple(x for x in lost_legs(plan_input.links, oncord_id) if _customer(plan_input, x) not in held)
    lost = (*voided, *gone)
    return Legs(
        tuple(standing),
        voided,
        gone,
        frozenset(_customer(plan_input, link) for link in lost),
        frozenset(str(a.sale_id) for link in lost if _has_base(link) for a in _base(link).payment.allocations),
    )


def lost_legs(links: LinkIndex, oncord_id: str) -> tuple[Link, ...]:
    """The tombstones of payments that were deleted in the books and not asked for again: the newest word of each leg."""
    newest: dict[str, Link] = {}
    for link in sorted(links.by_record.get((Side.ONCORD, Kind.RECEIPT, oncord_id), ()), key=lambda x: x.id):
        newest[_leg(link)] = link
    lost = (link for link in newest.values() if link.state is LinkState.TOMBSTONE and link.gone is Side.QUICKBOOKS)
    return tuple(link for link in lost if link.part != CREDIT)


def lost_credit(links: LinkIndex, oncord_id: str) -> Link | None:
    """The tombstone of the payment of zero that joined a refund to its credit, where that was taken off in the books."""
    joinings = [x for x in links.by_record.get((Side.ONCORD, Kind.RECEIPT, oncord_id), ()) if x.part == CREDIT]
    newest = max(joinings, key=lambda link: link.id, default=None)
    lost = newest is not None and newest.state is LinkState.TOMBSTONE and newest.gone is Side.QUICKBOOKS
    return newest if lost else None


def generation(links: LinkIndex, oncord_id: str, customer: str) -> int:
    """How often the payment of this receipt for this customer was asked for anew."""
    own_links = links.by_record.get((Side.ONCORD, Kind.RECEIPT, oncord_id), ())
    return max((link.generation for link in own_links if _leg(link) == customer), default=0)


def left_alone(plan_input: PlanInput, payments: list[tuple[Link, Receipt]], split: list[Share]) -> set[int]:
    """Of several payments those that only pay buried documents: they stay as they are, and so does their money."""
    if len(payments) < 2:
        return set()
    customers = {share.customer for share in split}
    return {
        leg.id for leg, payment in payments if payment.contact_id not in customers and _only_buried(plan_input, payment)
    }


def without(split: list[Share], cash: Decimal, customers: set[Reference]) -> list[Share]:
    """The shares, less money that stands on a payment which is left alone; `customers` have payments of their own."""
    reduced = []
    for share in split:
        taken = min(share.rest, cash) if share.rest > 0 else ZERO
        cash -= taken
        left = replace(share, rest=share.rest - taken)
        if left.allocations or left.rest or left.customer in customers or not taken:
            reduced.append(left)
    return reduced


def lost_on_buried(plan_input: PlanInput, legs: Legs, split: Sequence[Share]) -> Share:
    """Money of the receipt that a lost payment of nothing but buried documents had held (R4). Such documents have no share, so
    that it would count as money that pays nothing, and go to a payment that stands."""
    lost = (_base(link) for link in legs.lost if _has_base(link))
    amount = sum((payment.payment.amount for payment in lost if _only_buried(plan_input, payment)), ZERO)
    room = sum((share.rest for share in split if share.rest > 0), ZERO)
    return Share("", rest=min(amount, room))


def cut_down(
    everything: list[Share], payments: list[tuple[Link, Receipt]], alone: set[int]
) -> tuple[dict[int, Share], set[int]]:
    """What payments that are left alone still hold, by link, where the receipt leaves less for them than stands on them (a
    receipt's amount is cash), and all of which that is so; one that is to hold nothing any more has no share."""
    room = sum((share.rest for share in everything if share.rest > 0), ZERO)
    shares_by_link: dict[int, Share] = {}
    less = set[int]()
    for leg, payment in payments:
        if leg.id not in alone or not everything:
            continue
        keeps = min(payment.payment.amount, room)
        room -= keeps
        if keeps < payment.payment.amount:
            less.add(leg.id)
            shares_by_link |= {leg.id: Share(payment.contact_id, rest=keeps)} if keeps else {}
    return shares_by_link, less


def held_out(plan_input: PlanInput, receipt: Receipt, held: list[Share]) -> tuple[Decimal, tuple[Allocation, ...]]:
    """The cash and the allocations of a receipt that no payment holds: what the books have lost, and what pays sales from
    before the start date."""
    early = too_early(plan_input, receipt)
    sales = {sale for share in held for sale in share.sales}
    lost = (a for a in receipt.payment.allocations if str(a.sale_id) in sales)
    return charged(early) + sum((share.cash for share in held), ZERO), (*lost, *early)


def _only_buried(plan_input: PlanInput, payment: Receipt) -> bool:
    allocations = payment.payment.allocations
    return bool(tombstoned(plan_input, Side.QUICKBOOKS, allocations)) and not lasting(
        plan_input, Side.QUICKBOOKS, allocations
    )


def _is_void(plan_input: PlanInput, link: Link) -> bool:
    payment = plan_input.record(Side.QUICKBOOKS, Kind.RECEIPT, link.quickbooks_id)
    return isinstance(payment, Receipt) and payment.voided


def _customer(plan_input: PlanInput, link: Link) -> str:
    return plan_input.merged_customers.get(_leg(link), _leg(link))


def _leg(link: Link) -> str:
    return str(_base(link).contact_id) if _has_base(link) else format_part(link.part)


def _has_base(link: Link) -> bool:
    return isinstance(link.base_quickbooks, Receipt)


def _base(link: Link) -> Receipt:
    assert isinstance(link.base_quickbooks, Receipt)
    return link.base_quickbooks
