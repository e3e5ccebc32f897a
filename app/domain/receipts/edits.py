"""What has moved of a receipt or of its payments (one for each customer), carried over to the other side: rules R6 and R7.

First the receipt's money is divided over its payments, then all payments together are merged with the receipt, and then
each payment, and the receipt, is told what it does not say yet.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.domain.contacts.ensure import provide_contact, provide_customer
from app.domain.model.link_part import OfRecord
from app.domain.model.links import Link
from app.domain.model.operations import Operation
from app.domain.model.records import Kind, Receipt, Reference, Side
from app.domain.planning.conversion import check_currency, check_same_currency
from app.domain.planning.decisions import words
from app.domain.planning.id_map import IdMap
from app.domain.planning.merge import Merged, agrees, three_way
from app.domain.planning.plan_input import PlanInput
from app.domain.planning.writes import update
from app.domain.receipts.allocations import Share, shares
from app.domain.receipts.comparison import Comparison, as_compared, payment_of
from app.domain.receipts.conversion import as_payment, as_receipt
from app.domain.receipts.legs import ZERO, cut_down, generation, left_alone, lost_on_buried, never_held, without
from app.domain.receipts.payment_edits import PaymentEdit, brought_back, following_others, typed_over_in
from app.domain.receipts.payment_writes import payment_created, payment_updated
from app.domain.receipts.split import (
    OF_THE_WHOLE,
    Together,
    as_it_is,
    dealt,
    in_the_hands_of,
    lagging_base,
    not_needed,
    to_follow,
    together,
    uncovered,
)
from app.domain.receipts.whose_money import (
    changed_hands,
    goes_back,
    moved_in_the_books,
    unallocated,
)


@dataclass(frozen=True, slots=True)
class _Division:
    """The receipt's money over its payments: what each is to hold, what the books have lost, and who is left alone."""

    split: list[Share]
    lost: list[Share]
    added: list[Share]
    """What no payment holds yet and those that stand are not to be given; it becomes a payment of its own."""
    alone: frozenset[int]
    dealt: dict[int, Share]
    targets: dict[str, Receipt]
    """What the receipt would make of each payment, by the payment's id."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How the receipt and its payments were merged, and what follows for each payment."""

    whole: Together
    merged: Merged
    moved_payment: Link | None
    """The payment that a person has moved to somebody else in the books."""
    returns_to: str
    """The customer whose the only payment becomes again, as it pays nothing any more."""


def carried_over(plan_input: PlanInput, id_map: IdMap, case: Comparison) -> Iterator[Operation]:
    """The writes by which a receipt and its payments come to say the same. Raises `Obstacle` where they cannot."""
    if "payment" in case.changed:
        _, first = case.payments[0]
        check_same_currency(case.receipt.payment.currency, first.payment.currency, plan_input.configuration)
    if "contact_id" in case.changed and changed_hands(case.base, case.receipt) and unallocated(case.receipt):
        yield from _new_owner(plan_input, id_map, case.receipt)
    division = _divided(plan_input, id_map, case)
    outcome = _compared_as_one(plan_input, id_map, case, division)
    yield from _payments_written(plan_input, case, division, outcome)
    missing = uncovered(division.split, case.payments) if "payment" in outcome.merged.to_quickbooks else []
    yield from _payments_added(plan_input, case, (*missing, *division.added))
    if outcome.merged.to_oncord:
        yield from _receipt_written(plan_input, id_map, case, division, outcome)


def _new_owner(plan_input: PlanInput, id_map: IdMap, receipt: Receipt) -> Iterator[Operation]:
    currency = plan_input.configuration.books_currency(receipt.payment.currency)
    reason = "A receipt that is synchronised was moved to this contact."
    yield from provide_customer(plan_input, id_map, str(receipt.contact_id), reason, currency)


def _divided(plan_input: PlanInput, id_map: IdMap, case: Comparison) -> _Division:
    everything: list[Share] = []
    if case.changed & {"payment", "contact_id"}:
        everything = shares(plan_input, id_map, case.receipt)
    lost, split = case.legs.divided(everything)
    alone = set[int]()
    if not case.freeing:
        alone = left_alone(plan_input, list(case.payments), split)
    standing = sum((payment.payment.amount for leg, payment in case.payments if leg.id in alone), ZERO)
    customers = {payment.contact_id for _, payment in case.payments}
    split = without(split, standing, customers)
    lost_with_void = lost_on_buried(plan_input, case.legs, split)
    split = without(split, lost_with_void.rest, customers)
    lost += [lost_with_void] if lost_with_void.rest else []
    added = never_held(plan_input, case.receipt, case.legs, case.payments, split)
    split = without(split, sum((share.rest for share in added), ZERO), customers)
    lost += added
    cut, cut_links = cut_down(everything, list(case.payments), alone)
    alone -= cut_links
    shares_dealt = {**dealt(split, case.payments), **cut}
    targets = {
        leg.quickbooks_id: as_payment(plan_input, case, leg, payment, shares_dealt.get(leg.id))
        for leg, payment in case.payments
    }
    return _Division(split, lost, added, frozenset(alone), shares_dealt, targets)


def _compared_as_one(plan_input: PlanInput, id_map: IdMap, case: Comparison, division: _Division) -> _Outcome:
    moved_payment = moved_in_the_books(plan_input, id_map, case.receipt, case.payments)
    whole = _together(plan_input, case, division, moved_payment)
    merged = _merged(plan_input, case, division, whole, moved_payment)
    if "payment" in merged.to_quickbooks:
        check_currency(case.receipt.payment.currency, plan_input.configuration)
    emptied = "payment" in merged.to_oncord and not whole.now.payment.allocations
    returns_to = goes_back(plan_input, id_map, case.receipt, case.payments, emptied=emptied)
    return _Outcome(whole, merged, moved_payment, returns_to)


def _together(plan_input: PlanInput, case: Comparison, division: _Division, moved_payment: Link | None) -> Together:
    """All payments as one; as those of the one to whom a person has moved one of several."""
    compared = [(leg, as_compared(plan_input, Side.QUICKBOOKS, payment)) for leg, payment in case.payments]
    whole = together(compared, division.targets)
    if moved_payment is None or len(case.payments) < 2:
        return whole
    payment = next(payment for leg, payment in case.payments if leg.id == moved_payment.id)
    return in_the_hands_of(whole, moved_payment, payment)


def _merged(
    plan_input: PlanInput, case: Comparison, division: _Division, whole: Together, moved_payment: Link | None
) -> Merged:
    """The receipt and its payments as one, compared group by group with what they said when they last agreed."""
    asked = [leg for leg in case.standing if leg.id not in division.alone]
    every_share_has_one = not uncovered(division.split, case.payments)
    covered = every_share_has_one and all(leg.id in division.dealt for leg in asked)

    def same(group: str) -> bool:
        if group == "contact_id" and moved_payment is not None:
            return False
        looked_at = case.standing if group in OF_THE_WHOLE else asked
        return _all_agree(plan_input, group, looked_at, division.targets, covered)

    base = case.base
    if len(case.payments) > 1:
        lagging = lagging_base(base, case.payments, case.receipt, division.targets)
        base = lagging if isinstance(lagging, Receipt) else None
    return three_way(
        Kind.RECEIPT,
        base_oncord=base,
        oncord=as_compared(plan_input, Side.ONCORD, case.receipt),
        base_quickbooks=None if whole.base is None else replace(whole.base, channel=whole.now.channel),
        quickbooks=whole.now,
        winner=plan_input.configuration.conflict_winner[Kind.RECEIPT],
        same=same,
        ignore=case.ignored,
    )


def _all_agree(
    plan_input: PlanInput, group: str, standing: Sequence[Link], targets: dict[str, Receipt], covered: bool
) -> bool:
    """Whether each payment says what it is to say; `covered`: every share has its payments, and every payment a share."""
    if group == "payment" and not covered:
        return False
    for leg in standing:
        target = targets.get(leg.quickbooks_id)
        payment = payment_of(plan_input, leg)
        if target is None or payment is None or not _agree(group, target, payment):
            return False
    return True


def _agree(group: str, target: Receipt, payment: Receipt) -> bool:
    return agrees(group, getattr(target, group), getattr(payment, group))


def _payments_written(
    plan_input: PlanInput, case: Comparison, division: _Division, outcome: _Outcome
) -> Iterator[Operation]:
    """What each payment that stands is told, or that one is not needed any more."""
    merged = outcome.merged
    several = len(case.standing) > 1 or (bool(division.lost) and not division.split)
    disagreements = merged.lost_on(Side.QUICKBOOKS)
    for leg, payment in case.payments:
        has_a_share = leg.id in division.dealt or leg.id in division.alone
        if "payment" in merged.to_quickbooks and several and not has_a_share:
            yield not_needed(plan_input, leg)
            continue
        edit = brought_back(_edit(case, division, merged, leg, payment), merged, payment, outcome.returns_to)
        following = to_follow(outcome.whole, leg, payment, merged.to_oncord)
        if edit.fields or following:
            typed_over = disagreements
            if len(case.payments) > 1:
                typed_over = typed_over_in(disagreements, leg, payment, edit.fields)
            full_edit = following_others(edit, outcome.whole, following)
            yield payment_updated(plan_input, leg, full_edit.target, full_edit.fields, full_edit.reason, typed_over)
        elif merged.to_quickbooks and not merged.to_oncord:
            yield as_it_is(leg)


def _edit(case: Comparison, division: _Division, merged: Merged, leg: Link, payment: Receipt) -> PaymentEdit:
    """What has moved in Oncord, as far as this payment does not say it yet."""
    target = division.targets[leg.quickbooks_id]
    fields = merged.to_quickbooks
    if leg.id in division.alone:
        fields = tuple(group for group in fields if group in OF_THE_WHOLE)
    if "payment" in fields and target.contact_id != payment.contact_id:
        fields = (*(group for group in fields if group != "contact_id"), "contact_id")
    if max(len(case.standing), len(division.split)) > 1:
        fields = tuple(group for group in fields if not _agree(group, target, payment))
    reason = f"Changed in Oncord: {words(fields)}." if fields else ""
    if fields == ("channel",) and isinstance(leg.base_oncord, Receipt) and not leg.base_oncord.channel:
        reason = "Somebody has chosen an account for its payment method since; it went to the one for unmapped methods."
    return PaymentEdit(target, fields, reason)


def _payments_added(plan_input: PlanInput, case: Comparison, added: Sequence[Share]) -> Iterator[Operation]:
    """A payment for each customer who has a share of the receipt and no payment yet, or none that may be given it."""
    receipt_id = case.lead.oncord_id
    for share in added:
        anew = generation(plan_input.links, receipt_id, share.customer_id)
        part = OfRecord(share.customer_id)
        yield payment_created(plan_input, receipt_id, case.receipt, share, part=part, generation=anew)


def _receipt_written(
    plan_input: PlanInput, id_map: IdMap, case: Comparison, division: _Division, outcome: _Outcome
) -> Iterator[Operation]:
    """What has moved in QuickBooks, told to the receipt by the payment that moved it."""
    fields = outcome.merged.to_oncord
    contact: Reference = case.receipt.contact_id
    if "contact_id" in fields:
        contact, prerequisites = provide_contact(plan_input, id_map, str(outcome.whole.now.contact_id))
        yield from prerequisites
    record = as_receipt(plan_input, id_map, case.receipt, outcome.whole.now, fields, division.lost)
    yield update(
        case.oncord,
        _speaker(case, outcome).quickbooks_id,
        replace(record, contact_id=contact),
        "R7",
        f"Changed in QuickBooks: {words(fields)}.",
        fields=fields,
        disagreements=outcome.merged.lost_on(Side.ONCORD),
        backfill=plan_input.backfill,
    )


def _speaker(case: Comparison, outcome: _Outcome) -> Link:
    """The payment that has something to tell the receipt: one that was moved or edited, else the one that is looked at."""
    fields = outcome.merged.to_oncord
    if outcome.moved_payment is not None and "contact_id" in fields:
        return outcome.moved_payment
    movers = outcome.whole.movers
    return next((movers[group] for group in fields if group in movers), case.lead)
