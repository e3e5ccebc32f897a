"""The legs of a receipt: one payment for each customer, which is deleted, voided and put back by itself (R3, R4).

What the books have lost of a receipt (a payment that was deleted or voided there) is held out of it: an edit of the receipt
goes on to the legs that stand and makes none anew. Only a person's "put it back" does that, for that leg.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain.model.link_part import CREDIT, format_part
from app.domain.model.links import Link, LinkState, Origin
from app.domain.model.records import (
    Allocation,
    Kind,
    Payment,
    Receipt,
    Reference,
    Side,
)
from app.domain.planning.link_index import LinkIndex, by_part
from app.domain.planning.plan_input import PlanInput
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
    beside: frozenset[Reference]
    """Those of them who have a payment that stands, too: two legs are one customer's once their customers were merged."""

    @property
    def lost(self) -> tuple[Link, ...]:
        """The payments that the books have lost."""
        return (*self.voided, *self.gone)

    @property
    def amount(self) -> Decimal:
        """How much of the receipt the lost payments held when they were last agreed on."""
        return sum((payment.amount for payment in _held(self.lost)), ZERO)

    def paid_by_lost(self) -> dict[Reference, Decimal]:
        """What the lost payments had paid, by document."""
        return _by_document(self.lost)

    def divided(self, split: Sequence[Share]) -> tuple[list[Share], list[Share]]:
        """The shares of a receipt that were lost in the books, and those that stand; one customer may have both."""
        lost, left = [], []
        for share in split:
            own_lost, own_left = self._divided(share)
            lost.append(own_lost)
            left.append(own_left)
        return list(filter(None, lost)), list(filter(None, left))

    def _divided(self, share: Share) -> tuple[Share | None, Share | None]:
        if share.customer in self.beside:
            return _parted(share, self)
        paid = self.paid_by_lost()
        for_lost_documents = bool(share.allocations) and all(a.sale_id in paid for a in share.allocations)
        if share.customer in self.customers or for_lost_documents:
            return share, None
        return None, share


def _parted(share: Share, legs: Legs) -> tuple[Share | None, Share | None]:
    """One customer's share, of which some was lost and some stands."""
    paid_by_lost, paid_by_standing = legs.paid_by_lost(), _by_document(legs.standing)
    lost = Share(share.customer, sales=share.sales)
    left = Share(share.customer, sales=share.sales)
    for allocation in share.allocations:
        amount = paid_by_lost.get(allocation.sale_id, ZERO)
        if allocation.sale_id not in paid_by_standing and amount:
            amount = allocation.amount  # nobody else pays it: however much of it is entered by now, it was lost
        amount = min(amount, allocation.amount)
        if amount:
            lost.allocations.append(replace(allocation, amount=amount))
        if amount < allocation.amount:
            left.allocations.append(replace(allocation, amount=allocation.amount - amount))
    unapplied = sum((payment.amount - charged(payment.allocations) for payment in _held(legs.lost)), ZERO)
    lost.rest = min(share.rest, max(unapplied, ZERO)) if share.rest > 0 else ZERO
    left.rest = share.rest - lost.rest
    return _if_any(lost), _if_any(left)


def _if_any(share: Share) -> Share | None:
    return share if share.allocations or share.rest else None


def _held(legs: Iterable[Link]) -> list[Payment]:
    """What payments held when they were last agreed on."""
    return [_base(link).payment for link in legs if _has_base(link)]


def _by_document(legs: Iterable[Link]) -> dict[Reference, Decimal]:
    paid: dict[Reference, Decimal] = {}
    for payment in _held(legs):
        for allocation in payment.allocations:
            paid[allocation.sale_id] = paid.get(allocation.sale_id, ZERO) + allocation.amount
    return paid


def legs_of(plan_input: PlanInput, oncord_id: str, restored: tuple[Link, ...] = ()) -> Legs:
    """The legs of a receipt of Oncord; `restored` are those that this very plan brings back."""
    key = (Side.ONCORD, Kind.RECEIPT, oncord_id)
    live = [*plan_input.links.parts(key), *restored]
    voided = tuple(link for link in live if _is_void(plan_input, link))
    standing = sorted((link for link in live if link not in voided), key=by_part)
    documents = _documents_paid(plan_input, oncord_id)
    merged = plan_input.merged_customers
    gone = lost_legs(plan_input.links, oncord_id, merged, documents, restored)
    customers = frozenset(_customer(merged, link) for link in (*voided, *gone))
    beside = customers & {_customer(merged, link) for link in standing}
    return Legs(tuple(standing), voided, gone, customers, beside)


def lost_legs(
    links: LinkIndex,
    oncord_id: str,
    merged_customers: Mapping[str, str] | None = None,
    documents: Collection[Reference] = (),
    restored: Collection[Link] = (),
) -> tuple[Link, ...]:
    """The tombstones of payments that were deleted in the books and not asked for again: the newest word of each leg.

    `documents` are those that the receipt pays, as far as known; `restored` are links that the very plan brings back.
    """
    known = links.by_record.get((Side.ONCORD, Kind.RECEIPT, oncord_id), ())
    own = [link for link in (*known, *restored) if link.part != CREDIT]
    merged = merged_customers or {}

    def is_back(lost: Link) -> bool:
        later = (link for link in own if link.id > lost.id or link in restored)
        of_the_same = (link for link in later if _customer(merged, link) == _customer(merged, lost))
        return any(_takes_its_place(link, lost, documents) for link in of_the_same)

    lost = (link for link in own if link.state is LinkState.TOMBSTONE and link.gone is Side.QUICKBOOKS)
    return tuple(link for link in sorted(lost, key=lambda x: x.id) if not is_back(link))


def _takes_its_place(other: Link, lost: Link, documents: Collection[Reference]) -> bool:
    """Whether a later payment of the same customer is the same leg as one that was lost: customers may have been merged, so
    that it is for the same document; or for another one where the receipt no longer pays the first."""
    had, has = set(_by_document([lost])), set(_by_document([other]))
    if not had or not has or had & has:
        return True
    return bool(documents) and not had & set(documents)


def _documents_paid(plan_input: PlanInput, oncord_id: str) -> set[Reference]:
    """The documents of the books that a receipt of Oncord pays."""
    receipt = plan_input.record(Side.ONCORD, Kind.RECEIPT, oncord_id)
    if not isinstance(receipt, Receipt):
        return set()
    links = (plan_input.links.live((Side.ONCORD, Kind.SALE, str(a.sale_id))) for a in receipt.payment.allocations)
    return {link.quickbooks_id for link in links if link is not None}


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


def never_held(
    plan_input: PlanInput,
    receipt: Receipt,
    legs: Legs,
    payments: Sequence[tuple[Link, Receipt]],
    split: Sequence[Share],
) -> list[Share]:
    """Money of the receipt for buried documents that no payment ever held (its own was refused until they were buried), where
    it would come to lie on a payment that did not begin in Oncord: what a delete did by itself changes no such payment."""
    holder = next((share.customer for share in split if share.rest > 0), None)
    standing = [leg for leg, payment in payments if payment.contact_id == holder]
    if not standing or any(leg.origin is Origin.ONCORD for leg in standing):
        return []
    buried = charged(tombstoned(plan_input, Side.ONCORD, receipt.payment.allocations))
    held = sum((payment.payment.amount for _, payment in payments), legs.amount)
    unheld = receipt.payment.amount - charged(too_early(plan_input, receipt)) - held
    rest = min(buried, unheld)
    return [Share(holder, rest=rest)] if holder is not None and rest > 0 else []


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
    amounts = {share.sales[a.sale_id]: a.amount for share in held for a in share.allocations}
    own = {str(a.sale_id): a for a in receipt.payment.allocations}
    lost = (replace(own[sale_id], amount=amount) for sale_id, amount in amounts.items() if sale_id in own)
    return charged(early) + sum((share.cash for share in held), ZERO), (*lost, *early)


def _only_buried(plan_input: PlanInput, payment: Receipt) -> bool:
    allocations = payment.payment.allocations
    return bool(tombstoned(plan_input, Side.QUICKBOOKS, allocations)) and not lasting(
        plan_input, Side.QUICKBOOKS, allocations
    )


def _is_void(plan_input: PlanInput, link: Link) -> bool:
    payment = plan_input.record(Side.QUICKBOOKS, Kind.RECEIPT, link.quickbooks_id)
    return isinstance(payment, Receipt) and payment.voided


def _customer(merged_customers: Mapping[str, str], link: Link) -> str:
    return merged_customers.get(_leg(link), _leg(link))


def _leg(link: Link) -> str:
    return str(_base(link).contact_id) if _has_base(link) else format_part(link.part)


def _has_base(link: Link) -> bool:
    return isinstance(link.base_quickbooks, Receipt)


def _base(link: Link) -> Receipt:
    assert isinstance(link.base_quickbooks, Receipt)
    return link.base_quickbooks
