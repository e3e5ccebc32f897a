"""A receipt of the shop that has no payment yet: it is joined with what is there, or becomes a payment for each customer.

Where it stays in the shop alone, its decision says why: by its payment method (R1), or by what it pays (S1, S6).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from app.domain.contacts.ensure import provide_customer
from app.domain.model.currencies import with_currency
from app.domain.model.link_part import PRIMARY, OfRecord, Part
from app.domain.model.operations import Action, Operation
from app.domain.model.records import (
    Allocation,
    Kind,
    Receipt,
    Sale,
    Side,
    is_void,
)
from app.domain.model.waiting import OPENING, WaitsFor, deleted_counterpart
from app.domain.planning.conversion import check_currency
from app.domain.planning.decisions import (
    at_fault,
    decision,
    obstructed,
    skip,
)
from app.domain.planning.id_map import IdMap, Obstacle
from app.domain.planning.opening import held_for, is_before
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.receipts.allocations import (
    Share,
    charged,
    lasting,
    shares,
    too_early,
    typed,
)
from app.domain.receipts.direct_refunds import Gives, asks_what_it_gives, what_it_gives
from app.domain.receipts.left_out import stays_in_oncord
from app.domain.receipts.legs import legs_of
from app.domain.receipts.matches import payment_found
from app.domain.receipts.payment_writes import payment_created
from app.domain.receipts.refunds import (
    refund_created,
    refund_share,
    rule_of,
)


def push_new(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, receipt: Receipt, generation: int
) -> Iterator[Operation]:
    """Decide about a receipt that has no counterpart."""
    rule = rule_of(receipt, "R1")
    refusal = _not_for_quickbooks(plan_input, change, receipt)
    if refusal is not None:
        yield refusal
        return
    try:
        check_currency(receipt.payment.currency, plan_input.configuration)
        refund = receipt.payment.amount < 0
        gives = what_it_gives(plan_input, change, receipt) if refund else Gives(receipt)
        if gives.settled:
            yield from gives.operations
            return
        receipt = gives.receipt
        needed = list(_customer_of_answered(plan_input, id_map, gives))
        split = [refund_share(plan_input, id_map, receipt)] if refund else shares(plan_input, id_map, receipt)
        split = _without_lost(plan_input, change, receipt, split)
        if not split:
            yield skip(
                change, "R4", "Its payment was deleted in QuickBooks; it is only made anew when a person asks for it."
            )
            return
        standing = _Standing() if generation else _standing(plan_input, id_map, change, receipt, split, rule)
        if standing.settles:
            yield from gives.carried_out(standing.operations)
            return
        if gives.question is not None and not generation:
            yield gives.question
            return
        paired = {operation.part for operation in standing.operations}
        if refund:
            account = gives.expense_account
            creates = refund_created(plan_input, change.id, receipt, split[0], generation, account)
            creates = gives.carried_out(creates)
        else:
            creates = [
                payment_created(plan_input, change.id, receipt, share, part=part, generation=generation)
                for part, share in zip(_parts(split), split, strict=True)
                if part not in paired
            ]
    except Obstacle as obstacle:
        yield from obstructed(change, rule, obstacle)
        return
    if not paired:
        id_map.plan_create(change.key)
    yield from needed
    yield from standing.operations
    yield from creates
    yield from _left_out(plan_input, change, receipt)


def _customer_of_answered(plan_input: PlanInput, id_map: IdMap, gives: Gives) -> Iterator[Operation]:
    """The customer of a refund about which somebody has answered that it is money out alone: its contact may have bought nothing
    since the start date. Raises `Obstacle` where it has to be asked about first."""
    if gives.answer is not None:
        receipt, reason = gives.receipt, f"Money was paid back to it, {gives.answer.said}."
        currency = plan_input.configuration.books_currency(receipt.payment.currency)
        yield from provide_customer(plan_input, id_map, str(receipt.contact_id), reason, currency)


def _parts(split: Sequence[Share]) -> list[Part]:
    """How the payments of a receipt are told apart: the first customer's is the primary one."""
    return [OfRecord(share.customer_id) if place else PRIMARY for place, share in enumerate(split)]


@dataclass(frozen=True, slots=True)
class _Standing:
    """What of a receipt is in the books already. `settles`: nothing else of it is to be made."""

    operations: list[Operation] = field(default_factory=list)
    settles: bool = False


def _standing(
    plan_input: PlanInput,
    id_map: IdMap,
    change: ChangedRecord,
    receipt: Receipt,
    split: Sequence[Share],
    rule: str,
) -> _Standing:
    """The payments of a receipt that are there, adopted each as its customer's share; or the question which one it is.

    One that holds other money than any share of several was named by a person, and stands for the whole receipt. Of
    several shares only what was asked about before is asked about again.
    """
    exact: dict[Part, Operation] = {}
    whole: Operation | None = None
    for part, share in zip(_parts(split), split, strict=True):
        translated = _in_quickbooks(receipt, share)
        decided = payment_found(plan_input, id_map.branch(), change, receipt, translated, rule)
        asks = bool(decided) and decided[0].action is not Action.ADOPT
        if asks and len(split) > 1 and not plan_input.asks_about(change.key):
            continue  # what is not certain of one share is no question yet: QuickBooks refuses what is paid already
        if decided and (len(split) == 1 or asks):
            return _Standing(_paired(id_map, decided), settles=True)
        if decided and decided[0].disagreements:
            whole = whole or decided[0]
        elif decided:
            exact[part] = replace(decided[0], part=part)
    named = {operation.target_id for operation in exact.values()}
    if whole is not None and whole.target_id not in named:
        return _Standing(_paired(id_map, [whole]), settles=True)
    return _Standing(_paired(id_map, list(exact.values())))


def _paired(id_map: IdMap, operations: list[Operation]) -> list[Operation]:
    """The operations, of which nothing later in the plan makes either record anew."""
    adopted = [operation for operation in operations if operation.action is Action.ADOPT]
    for operation in adopted:
        id_map.belongs_to(Kind.RECEIPT, operation.target_id, operation.source_id)
    if adopted:
        id_map.goes_on_with(Kind.RECEIPT, adopted[0].source_id, adopted[0].target_id)
    return operations


def _without_lost(plan_input: PlanInput, change: ChangedRecord, receipt: Receipt, split: list[Share]) -> list[Share]:
    """The shares that no deleted payment of this receipt held (R4); none where they hold money that such a payment held."""
    legs = legs_of(plan_input, change.id)
    if not legs.lost:
        return split
    _, left = legs.divided(split)
    anew = sum((share.cash for share in left), Decimal(0))
    return left if anew <= receipt.payment.amount - legs.amount else []


def _not_for_quickbooks(plan_input: PlanInput, change: ChangedRecord, receipt: Receipt) -> Operation | None:
    """Why a receipt is left where it is, or handed to a person; None where it becomes a payment."""
    money = receipt.payment
    if receipt.voided:
        return skip(change, "R4", "It was voided before it was ever synchronised.")
    if money.amount == 0 and not money.allocations:
        return skip(change, "R6", "It is a receipt of nothing that joins nothing.")
    chosen = plan_input.configuration.mapped(receipt.channel, money.currency)
    if money.amount and chosen is not None and chosen.choice == "none":
        return skip(change, "R1", "Receipts of its payment method are not synchronised.")
    why = _pays_nothing_there(plan_input, receipt)
    if why is None:
        return None
    waits_for = _waits_for_opening(plan_input, receipt)
    if waits_for is not None:
        return _held(change, receipt, too_early(plan_input, receipt), waits_for)
    asked = _asks_for_its_credit(plan_input, change, receipt)
    if asked is None and asks_what_it_gives(plan_input, receipt):
        return None
    return asked or skip(change, *why)


def _asks_for_its_credit(plan_input: PlanInput, change: ChangedRecord, receipt: Receipt) -> Operation | None:
    """The question about money that was paid back since the start date and never had a counterpart, where just the credit memo that
    it pays back was deleted in QuickBooks: the bank has less, which a person has to know of; None for anything else."""
    never_there = not plan_input.links.by_record.get(change.key)
    if receipt.payment.amount >= 0 or not never_there or is_before(receipt.date, plan_input.configuration.start_date):
        return None
    lost = [str(a.sale_id) for a in typed(plan_input, receipt) if a.type == "adjustment"]
    lost = [adjustment_id for adjustment_id in lost if _has_lost_its_memo(plan_input, adjustment_id)]
    if not lost:
        return None
    money = with_currency(-receipt.payment.amount, receipt.payment.currency)
    reason = (
        f"{money} were paid back, but the credit memo for that was deleted in QuickBooks, so that the money out can be joined to "
        "nothing. Have the credit memo made anew, or say in Oncord what else the refund pays back."
    )
    asked = decision(Action.PARK, change, "R5", reason, deleted_counterpart(Kind.SALE, lost[0]))
    return replace(asked, recreates=(Side.ONCORD, Kind.SALE, lost[0]))


def _has_lost_its_memo(plan_input: PlanInput, adjustment_id: str) -> bool:
    """Whether an adjustment counts in Oncord and its credit memo was deleted in QuickBooks, maybe in this very run."""
    key = (Side.ONCORD, Kind.SALE, adjustment_id)
    adjustment, link = plan_input.record(*key), plan_input.links.live(key)
    if not isinstance(adjustment, Sale) or is_void(adjustment):
        return False
    if link is None:
        buried = plan_input.links.tombstone(key)
        return buried is not None and buried.gone is Side.QUICKBOOKS
    memo = plan_input.snapshot(Side.QUICKBOOKS, Kind.SALE, link.quickbooks_id)
    return memo is not None and memo.deleted


def _pays_nothing_there(plan_input: PlanInput, receipt: Receipt) -> tuple[str, str] | None:
    """Rule and reason where nothing that a receipt pays is, or comes to be, in the books."""
    allocations = receipt.payment.allocations
    start = plan_input.configuration.start_date
    if not allocations:
        if receipt.date is None or receipt.date >= start:
            return None
        return "S1", f"It is dated before the start date {start} and pays no synchronised sale."
    if not lasting(plan_input, Side.ONCORD, allocations) and not _names_a_sale(plan_input, receipt):
        words = "It pays a sale that is void or whose invoice was deleted, so there is nothing to apply it to."
        return "S6", words
    if all(stays_in_oncord(plan_input, str(allocation.sale_id)) for allocation in allocations):
        return "S1", "It pays a sale with a tax code whose sales are not synchronised."
    if len(too_early(plan_input, receipt)) == len(allocations):
        if is_before(receipt.date, start):
            return "S1", f"It is dated before the start date {start}, and so is what it pays."
        return "S1", f"It pays a sale dated before the start date {start} that is not synchronised."
    return None


def _names_a_sale(plan_input: PlanInput, receipt: Receipt) -> bool:
    """Whether this is a refund that names a sale: what becomes of that is decided by what the refund gives back (R5)."""
    return receipt.payment.amount < 0 and any(a.type == "sale" for a in typed(plan_input, receipt))


def _waits_for_opening(plan_input: PlanInput, receipt: Receipt) -> WaitsFor | None:
    """What a receipt waits for since it pays a sale that was open on the start date (S1); None where it pays none."""
    asked = [held_for(plan_input, str(a.sale_id), receipt.date) for a in too_early(plan_input, receipt)]
    waits = [one for one in asked if one is not None]
    return OPENING if OPENING in waits else next(iter(waits), None)


def _held(
    change: ChangedRecord, receipt: Receipt, early: Sequence[Allocation], waits_for: WaitsFor, rest: str = ""
) -> Operation:
    """The decision about money of a sale that was open on the start date, of which nobody has said how it comes into the
    books."""
    money = receipt.payment
    pays = with_currency(charged(early), money.currency)
    reason = (
        f"It pays {pays} of what was open on the start date, and waits until somebody has said how that comes into QuickBooks."
        f"{rest}"
    )
    return decision(Action.PARK if waits_for == OPENING else Action.WAIT, change, "S1", reason, waits_for)


def _left_out(plan_input: PlanInput, change: ChangedRecord, receipt: Receipt) -> Iterator[Operation]:
    """What to do about the part of a receipt that pays sales from before the start date; the rest goes over."""
    early = too_early(plan_input, receipt)
    if not early:
        return
    waits_for = _waits_for_opening(plan_input, receipt)
    if waits_for is not None:
        yield _held(change, receipt, early, waits_for, " The rest of it goes there.")
        return
    sales = [plan_input.record(Side.ONCORD, Kind.SALE, str(a.sale_id)) for a in early]
    named = ", ".join(s.number for s in sales if isinstance(s, Sale) and s.number)
    money, start = receipt.payment, plan_input.configuration.start_date
    reason = (
        f"{charged(early)} {money.currency} of this receipt of {money.amount} {money.currency} pays "
        f"{f'sale {named}' if named else 'a sale'} from before the start date {start}, which is not synchronised, and stays "
        "out of QuickBooks; the rest goes there. Choose an earlier start date to bring that sale too, or leave it as it is "
        "where it is part of your opening balances."
    )
    yield at_fault(change, "S1", reason)


def still_held(plan_input: PlanInput, change: ChangedRecord) -> Iterator[Operation]:
    """The part of a receipt with payments that waits for a sale that was open on the start date."""
    receipt = plan_input.record(*change.key)
    waits_for = _waits_for_opening(plan_input, receipt) if isinstance(receipt, Receipt) else None
    if waits_for is not None and isinstance(receipt, Receipt):
        yield _held(change, receipt, too_early(plan_input, receipt), waits_for, " The rest of it is there.")


def _in_quickbooks(receipt: Receipt, share: Share) -> Receipt:
    payment = replace(receipt.payment, amount=share.cash, allocations=tuple(share.allocations))
    return replace(receipt, contact_id=share.customer, payment=payment)
