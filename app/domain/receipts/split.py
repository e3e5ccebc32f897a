"""One receipt that is several payments, one for each customer: what they say together, and what one of them tells the others.

Amounts add up. A date or a reference is that of the whole receipt: where a person changes it on one of the payments, the
receipt takes it over, and so do its other payments (R7). Its account is each payment's own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain.model.description import merged_fields
from app.domain.model.link_part import CREDIT
from app.domain.model.links import Link, Origin
from app.domain.model.operations import Operation
from app.domain.model.records import (
    Allocation,
    Kind,
    Payment,
    Receipt,
    Record,
    Reference,
    Side,
)
from app.domain.model.waiting import PersonsDecision
from app.domain.planning.conversion import added_up
from app.domain.planning.decisions import rebase
from app.domain.planning.id_map import IdMap, Obstacle
from app.domain.planning.merge import agrees, rebased
from app.domain.planning.plan_input import PlanInput
from app.domain.receipts.allocations import Share, charged
from app.domain.receipts.deletion import payment_deleted

_EACH_ITS_OWN = frozenset({"contact_id", "payment", "channel", "voided"})
SHARED = tuple(group for group in merged_fields(Kind.RECEIPT) if group not in _EACH_ITS_OWN)
"""The groups that all payments of a receipt have in common."""
OF_THE_WHOLE = (*SHARED, "channel")
"""The groups in which a receipt says the same to all of its payments."""


@dataclass(frozen=True, slots=True)
class Together:
    """All payments of a receipt as one: as they are, and as they were when they last agreed; and who moved a shared group."""

    now: Receipt
    base: Receipt | None
    movers: dict[str, Link]


def dealt(split: Sequence[Share], payments: Sequence[tuple[Link, Receipt]]) -> dict[int, Share]:
    """What each payment is to hold of the receipt, by its link's id; one that is missing holds nothing any more.

    Two payments stand on one customer once their customers were merged: each keeps what it pays, and what is new goes to
    the first. A receipt's only payment goes over to the customer of its first share.
    """
    shares_by_link: dict[int, Share] = {}
    for share in split:
        own = [(leg, payment) for leg, payment in payments if payment.contact_id == share.customer]
        shares_by_link |= _dealt(share, own)
    if not shares_by_link and split and len(payments) == 1:
        shares_by_link[payments[0][0].id] = split[0]
    return shares_by_link


def uncovered(split: Sequence[Share], payments: Sequence[tuple[Link, Receipt]]) -> list[Share]:
    """The shares of customers that no payment stands on."""
    customers = {payment.contact_id for _, payment in payments}
    if len(payments) == 1 and not any(share.customer in customers for share in split):
        customers |= {share.customer for share in split[:1]}  # the one payment goes over to that customer
    return [share for share in split if share.customer not in customers]


def _dealt(share: Share, payments: Sequence[tuple[Link, Receipt]]) -> dict[int, Share]:
    """One customer's share over the payments that stand on that customer."""
    if len(payments) < 2:
        return {leg.id: share for leg, _ in payments}
    first = payments[0][0].id
    open_allocations = {_key(allocation): allocation for allocation in share.allocations}
    rest = share.rest
    shares_by_link: dict[int, Share] = {}
    for leg, payment in payments:
        own = _kept_of(share, payment, open_allocations, rest)
        for kept in own.allocations:
            key = _key(kept)
            left = open_allocations[key]
            open_allocations[key] = replace(left, amount=left.amount - kept.amount)
        rest -= own.rest
        shares_by_link[leg.id] = own
    new = tuple(allocation for allocation in open_allocations.values() if allocation.amount)
    shares_by_link[first].allocations = list(added_up((*shares_by_link[first].allocations, *new)))
    shares_by_link[first].rest += rest
    if any(own.cash < 0 for own in shares_by_link.values()):
        return {first: share}
    holding = {link_id: own for link_id, own in shares_by_link.items() if own.allocations or own.rest}
    return holding or {first: share}


def _key(allocation: Allocation) -> tuple[Reference, str]:
    """What an allocation is applied to."""
    return (allocation.sale_id, allocation.type)


def _kept_of(
    share: Share, payment: Receipt, open_allocations: Mapping[tuple[Reference, str], Allocation], rest: Decimal
) -> Share:
    """What one of several payments keeps of its customer's share: what it pays already, and what it holds besides."""
    own = Share(share.customer, sales=share.sales)
    room = {key: allocation.amount for key, allocation in open_allocations.items()}
    for allocation in payment.payment.allocations:
        key = _key(allocation)
        if key in room:
            kept = min(allocation.amount, room[key])
            room[key] -= kept
            own.allocations.append(replace(open_allocations[key], amount=kept))
    unapplied = payment.payment.amount - charged(payment.payment.allocations)
    own.rest = max(min(unapplied, rest), Decimal(0))
    return own


def common_base(standing: Sequence[Link], receipt: Receipt) -> Receipt | None:
    """What Oncord's receipt held when all of its payments last agreed: one that has not been told yet keeps it open.

    The groups that all payments share are left to `lagging_base`.
    """
    bases = [leg.base_oncord for leg in standing if isinstance(leg.base_oncord, Receipt)]
    if not bases:
        return None
    own = [group for group in merged_fields(Kind.RECEIPT) if group not in SHARED]
    older = {g: getattr(b, g) for g in own for b in bases if getattr(b, g) != getattr(receipt, g)}
    return replace(bases[0], **older)


def last_agreed(standing: Sequence[Link], receipt: Receipt, held: Decimal, id_map: IdMap) -> Receipt | None:
    """Like `common_base`; where one of the payments has never come into being, the money is not agreed on yet.

    `held` is what no payment is to hold: what the books have lost, and what pays sales from before the start date.
    """
    base = common_base(standing, receipt)
    paid = [_accounts_for(leg, base, id_map) for leg in standing if isinstance(leg.base_quickbooks, Receipt)]
    if base is None or len(paid) < len(standing) or sum(paid, held) >= base.payment.amount:
        return base
    return unpaid(base)


def _accounts_for(leg: Link, base: Receipt | None, id_map: IdMap) -> Decimal:
    """How much of the receipt a payment stood for when they last agreed: what it holds; for one that was there before it was
    joined, perhaps with other money, what the receipt has for the documents that it pays, where that is more."""
    assert isinstance(leg.base_quickbooks, Receipt)
    holds = leg.base_quickbooks.payment
    if leg.origin is not Origin.BOTH or base is None:
        return holds.amount
    sales = {id_map.find(Side.QUICKBOOKS, Kind.SALE, str(paid.sale_id)) for paid in holds.allocations}
    received = charged([allocation for allocation in base.payment.allocations if allocation.sale_id in sales])
    return max(holds.amount, received)


def unpaid(base: Receipt) -> Receipt:
    """A base whose money counts as not agreed on, so that the receipt's own goes over."""
    return replace(base, payment=Payment(Decimal(0), base.payment.currency))


def together(payments: Sequence[tuple[Link, Receipt]], targets: dict[str, Receipt]) -> Together:
    """The payments of one receipt, the primary one first, as one. `targets` are what Oncord's receipt would make of each.

    Of several that moved a shared group, the first that says something new speaks for all.
    """
    now = added_together([receipt for _, receipt in payments])
    bases = [leg.base_quickbooks for leg, _ in payments if isinstance(leg.base_quickbooks, Receipt)]
    if not bases:
        return Together(now, None, {})
    base = added_together(bases)
    movers: dict[str, Link] = {}
    for group in SHARED:
        speaker = _speaker(group, payments, targets)
        if speaker is None:
            continue
        leg, receipt = speaker
        movers[group] = leg
        now = replace(now, **{group: getattr(receipt, group)})
        base = replace(base, **{group: getattr(leg.base_quickbooks, group)})
    return Together(now, base, movers)


def _speaker(
    group: str, payments: Sequence[tuple[Link, Receipt]], targets: Mapping[str, Receipt]
) -> tuple[Link, Receipt] | None:
    """The payment that speaks for all in a group that they share: the first that moved it to something new, else the
    first that moved it."""
    moved = [(leg, receipt) for leg, receipt in payments if _moved(leg, receipt, group)]
    for leg, receipt in moved:
        target = targets.get(leg.quickbooks_id)
        if target is not None and not _same(group, target, receipt):
            return leg, receipt
    return moved[0] if moved else None


def in_the_hands_of(whole: Together, leg: Link, payment: Receipt) -> Together:
    """All payments as one that belongs to whom a person has given `leg` to, which holds what pays nothing."""
    before = leg.base_quickbooks
    base = whole.base
    if base is not None and isinstance(before, Receipt):
        base = replace(base, contact_id=before.contact_id)
    return replace(whole, now=replace(whole.now, contact_id=payment.contact_id), base=base)


def to_follow(whole: Together, leg: Link, payment: Receipt, groups: Iterable[str]) -> tuple[str, ...]:
    """Which of these groups, moved on another payment of the same receipt, this payment has to take over."""
    others = [g for g in groups if g in whole.movers and whole.movers[g].id != leg.id]
    return tuple(g for g in others if not _same(g, whole.now, payment))


def lagging_base(
    base: Record | None, payments: Sequence[tuple[Link, Receipt]], receipt: Receipt, targets: dict[str, Receipt]
) -> Record | None:
    """The receipt's base, as it was in the groups that one of the payments has not taken over yet from the others.

    The run that was to write it ended before that, or the write was refused; the base of that payment's link knows.
    """
    if not isinstance(base, Receipt):
        return base
    for leg, payment in payments:
        for group in SHARED:
            old, target = leg.base_oncord, targets[leg.quickbooks_id]
            moved = isinstance(old, Receipt) and getattr(old, group) != getattr(receipt, group)
            if moved and not _moved(leg, payment, group) and not _same(group, target, payment):
                base = replace(base, **{group: getattr(old, group)})
    return base


def sibling_base(
    sibling: Link, write: Operation, leading_leg: Receipt | None, before: Receipt | None, after: Receipt
) -> Record:
    """What a receipt held when it last agreed with one of its payments, once another one has changed it by `write`.

    `before` and `after` are the receipt, `leading_leg` is that other payment. What this payment has yet to take over from
    the other one has not been agreed on with it, and neither has the share of a refund that was not told of.
    """
    base, base_payment = sibling.base_oncord, sibling.base_quickbooks
    base_after = rebased(Kind.RECEIPT, base, before, after, write.groups)
    if not isinstance(base, Receipt) or not isinstance(base_payment, Receipt) or not isinstance(base_after, Receipt):
        return base_after
    if CREDIT in (sibling.part, write.part):
        if "payment" not in write.fields or before is None:
            return base_after
        return replace(base_after, payment=_told_in_part(base.payment, before.payment, base_after.payment))
    if leading_leg is None:
        return base_after
    to_take_over = [g for g in SHARED if g in write.fields and not _same(g, leading_leg, base_payment)]
    return replace(base_after, **{group: getattr(base, group) for group in to_take_over})


def _told_in_part(base: Payment, before: Payment, now: Payment) -> Payment:
    """The money of a refund's base, where only its amount or only its allocations were told of."""
    amount = base.amount if before.amount == now.amount else now.amount
    allocations = base.allocations if before.allocations == now.allocations else now.allocations
    return replace(now, amount=amount, allocations=allocations)


def taken_over(sibling: Link, write: Operation, payment: Receipt) -> Record | None:
    """What one payment held when it was last agreed on, once another one has told the receipt what all of them say
    together: the money of each is known by then. The groups that they share are taken over one by one (`to_follow`)."""
    base = sibling.base_quickbooks
    groups = [g for g in write.fields if g in merged_fields(Kind.RECEIPT) and g not in SHARED]
    if CREDIT in (sibling.part, write.part) or not isinstance(base, Receipt) or not groups:
        return base
    return replace(base, **{group: getattr(payment, group) for group in groups})


def added_together(receipts: Sequence[Receipt]) -> Receipt:
    """Several payments as one that holds what all of them hold."""
    first = receipts[0]
    if len(receipts) == 1:
        return first
    amount = sum((r.payment.amount for r in receipts[1:]), first.payment.amount)
    allocations = tuple(a for r in receipts for a in r.payment.allocations)
    return replace(first, payment=replace(first.payment, amount=amount, allocations=allocations))


def _moved(leg: Link, payment: Receipt, group: str) -> bool:
    base = leg.base_quickbooks
    return isinstance(base, Receipt) and getattr(base, group) != getattr(payment, group)


def _same(group: str, one: Receipt, other: Receipt) -> bool:
    return agrees(group, getattr(one, group), getattr(other, group))


def as_it_is(leg: Link) -> Operation:
    """What has moved in Oncord asks nothing of this payment: it agrees already."""
    return rebase(leg, Side.QUICKBOOKS, "R7", "This payment of the receipt says the same; nothing to do.")


def not_needed(plan_input: PlanInput, leg: Link) -> Operation:
    """Take back a payment for a customer whom the receipt no longer pays for.

    Raises `Obstacle` where that payment did not begin in Oncord.
    """
    if leg.origin is not Origin.ONCORD:
        raise Obstacle(
            PersonsDecision(),
            "The receipt no longer pays anything for one of its customers, but that payment did not begin in Oncord. "
            "Delete it in QuickBooks.",
        )
    payment = plan_input.snapshots[Side.QUICKBOOKS, Kind.RECEIPT, leg.quickbooks_id]
    return payment_deleted(leg, payment, "The receipt in Oncord no longer pays anything for this customer.")
