"""How a receipt and its payment (or payments, one per customer) are compared: rules R6 and R7. `edits` carries over."""

from collections.abc import Iterator, Sequence

from app.domain.model.links import Link
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Kind, Receipt, Side, Snapshot
from app.domain.planning.decisions import agreed, linked_again, obstructed, park
from app.domain.planning.id_map import IdMap, Obstacle
from app.domain.planning.merge import changed_groups
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.receipts.accounts import account_agreed
from app.domain.receipts.allocations import charged, comparable_link, too_early
from app.domain.receipts.comparison import Comparison, as_compared, payment_of
from app.domain.receipts.deletion import payment_voided
from app.domain.receipts.edits import carried_over
from app.domain.receipts.legs import Legs, legs_of
from app.domain.receipts.paid_meanwhile import asked_beside_what_stays
from app.domain.receipts.split import OF_THE_WHOLE, last_agreed, unpaid
from app.domain.receipts.whose_money import (
    Payments,
    at_home,
    changed_hands,
    goes_back,
    moved_in_the_books,
    unallocated,
)

_NEVER = frozenset({"voided"})


def agree_receipt(
    plan_input: PlanInput,
    id_map: IdMap,
    change: ChangedRecord,
    link: Link,
    *,
    restored: tuple[Link, ...] = (),
    freeing: str = "",
) -> Iterator[Operation]:
    """Compare a pair that is there on both sides and carry over what has moved.

    `restored` are payments that this very plan brings back; `freeing` is an invoice that is about to be deleted, and that
    the payments let go of.
    """
    oncord = plan_input.snapshots[Side.ONCORD, Kind.RECEIPT, link.oncord_id]
    legs = legs_of(plan_input, link.oncord_id, restored)
    if not legs.standing:
        yield from payment_voided(change, link, oncord)
        return
    standing = [comparable_link(plan_input, leg) for leg in legs.standing]
    lead = next((leg for leg in standing if leg.id == link.id), standing[0])
    receipt, payment = oncord.record, payment_of(plan_input, lead)
    if not isinstance(receipt, Receipt) or payment is None:
        yield park(change, "R7", "One of the two could not be read; correct it where it was made.")
        return
    if legs.voided and receipt.books_status != "void":
        yield from payment_voided(change, legs.voided[0], oncord)
    case = _comparison(plan_input, id_map, oncord, receipt, lead, legs, standing, freeing)
    if case.changed or goes_back(plan_input, id_map, receipt, case.payments):
        yield from _moved(plan_input, id_map, change, case)
    else:
        yield from _rested(change, case)


def _rested(change: ChangedRecord, case: Comparison) -> Iterator[Operation]:
    """Nothing has moved; a receipt that has all of its payments again says so."""
    if not case.legs.lost:
        yield from linked_again(case.lead, case.oncord, "R7")
    yield agreed(change, case.lead, "R7")


def _moved(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, case: Comparison) -> Iterator[Operation]:
    """What has moved is carried over, all of it or, where something is in the way, nothing."""
    trial = id_map.branch()
    try:
        operations = list(carried_over(plan_input, trial, case))
    except Obstacle as obstacle:
        yield from obstructed(change, "R7", obstacle)
        return
    if asked := asked_beside_what_stays(plan_input, trial, change, case.receipt, operations):
        yield from asked
        return
    id_map.accept(trial)
    creates_none = all(operation.action is not Action.CREATE for operation in operations)
    if creates_none and not case.legs.lost:
        yield from linked_again(case.lead, case.oncord, "R7")
    if operations:
        yield from _accounts_agreed(case, operations)
    yield from operations or _settled(plan_input, change, case.lead, case.standing)


def _accounts_agreed(case: Comparison, operations: Sequence[Operation]) -> Iterator[Operation]:
    """What the books say of their accounts is agreed on although other things are written: neither travels, now or later."""
    for leg, payment in case.payments:
        yield from account_agreed(case.receipt, leg, payment, operations)


def _comparison(
    plan_input: PlanInput,
    id_map: IdMap,
    oncord: Snapshot,
    receipt: Receipt,
    lead: Link,
    legs: Legs,
    standing: Sequence[Link],
    freeing: str,
) -> Comparison:
    payments = [(leg, payment) for leg in standing if (payment := payment_of(plan_input, leg)) is not None]
    base = _base(plan_input, id_map, receipt, legs, standing, payments, freeing)
    ignored = _ignored(plan_input, id_map, receipt, base, payments)
    changed = _changed(plan_input, receipt, base, standing, payments) - ignored
    return Comparison(oncord, receipt, lead, legs, standing, payments, base, changed, ignored, freeing)


def _base(
    plan_input: PlanInput,
    id_map: IdMap,
    receipt: Receipt,
    legs: Legs,
    standing: Sequence[Link],
    payments: Payments,
    freeing: str,
) -> Receipt | None:
    """What the receipt held when all of its payments last agreed; its money is open where it has to be applied anew."""
    held_by_none = legs.amount + charged(too_early(plan_input, receipt))
    base = last_agreed(standing, as_compared(plan_input, Side.ONCORD, receipt), held_by_none, id_map)
    base = at_home(plan_input, id_map, base, receipt, payments)
    if base is None:
        return None
    handed_on = changed_hands(base, receipt) and unallocated(receipt)
    return unpaid(base) if freeing or handed_on else base


def _changed(
    plan_input: PlanInput, receipt: Receipt, base: Receipt | None, standing: Sequence[Link], payments: Payments
) -> frozenset[str]:
    """The groups that have moved on the receipt, or on any of its payments."""
    compared = as_compared(plan_input, Side.ONCORD, receipt)
    changed = changed_groups(Kind.RECEIPT, base, compared)
    for leg in standing:
        changed |= changed_groups(Kind.RECEIPT, leg.base_oncord, compared) & {*OF_THE_WHOLE}
    for leg, payment in payments:
        now = as_compared(plan_input, Side.QUICKBOOKS, payment)
        changed |= changed_groups(Kind.RECEIPT, leg.base_quickbooks, now)
    return changed


def _settled(plan_input: PlanInput, change: ChangedRecord, link: Link, standing: Sequence[Link]) -> Iterator[Operation]:
    """Nothing is to be written; each payment of the receipt that has moved is agreed with, too."""
    yield agreed(change, link, "R7")
    for leg in standing:
        payment = payment_of(plan_input, leg)
        if leg.id != link.id and payment is not None and _lags(plan_input, leg, payment):
            yield agreed(change, leg, "R7")


def _lags(plan_input: PlanInput, leg: Link, payment: Receipt) -> bool:
    receipt = plan_input.record(Side.ONCORD, Kind.RECEIPT, leg.oncord_id)
    if not isinstance(receipt, Receipt):
        return False
    moved = changed_groups(Kind.RECEIPT, leg.base_oncord, as_compared(plan_input, Side.ONCORD, receipt))
    now = as_compared(plan_input, Side.QUICKBOOKS, payment)
    return bool(moved or changed_groups(Kind.RECEIPT, leg.base_quickbooks, now))


def _ignored(
    plan_input: PlanInput, id_map: IdMap, receipt: Receipt, base: Receipt | None, payments: Payments
) -> frozenset[str]:
    """A joining of credits has no account. Whose receipt it is is compared where somebody has moved it: a payment's
    customer follows from the invoices that it pays, and belongs to the same contact or not."""
    ignored = set(_NEVER)
    moved = moved_in_the_books(plan_input, id_map, receipt, payments)
    if not changed_hands(base, receipt) and not moved:
        ignored.add("contact_id")
    if not receipt.payment.amount and not any(payment.payment.amount for _, payment in payments):
        ignored.add("channel")
    return frozenset(ignored)
