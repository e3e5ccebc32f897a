"""Receipts and payments, refunds and applied credits that were touched: rules R1 to R7. What is new is decided here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from app.domain.contacts.ensure import provide_contact
from app.domain.model.link_part import PRIMARY, OfRecord, Part
from app.domain.model.links import Link
from app.domain.model.operations import Action, Operation
from app.domain.model.records import (
    Kind,
    Receipt,
    Sale,
    Side,
    Snapshot,
)
from app.domain.planning.conversion import added_up, channel_to, check_currency
from app.domain.planning.decisions import (
    at_fault,
    obstructed,
    park,
    restored,
    skip,
)
from app.domain.planning.id_map import IdMap, Obstacle
from app.domain.planning.life import Gone, Joined, Linked, New, Tombstoned, Unseen, life_of
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.planning.writes import create
from app.domain.receipts.allocations import (
    Share,
    charged,
    lasting,
    shares,
    too_early,
)
from app.domain.receipts.credits import credit_joined
from app.domain.receipts.deletion import receipt_removed
from app.domain.receipts.left_out import stays_in_oncord
from app.domain.receipts.legs import legs_of
from app.domain.receipts.matches import payment_found
from app.domain.receipts.payment_writes import payment_created
from app.domain.receipts.reconcile import agree_receipt
from app.domain.receipts.reconcile_refunds import linked_refund
from app.domain.receipts.refunds import (
    concerns_refund,
    joins_refund,
    refund_created,
    refund_share,
)


def plan_receipt(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord) -> Iterator[Operation]:
    """Decide about one touched receipt or payment."""
    match life_of(plan_input, id_map, change):
        case Unseen():
            yield skip(change, "R7", Unseen.reason)
        case Linked(link) if concerns_refund(plan_input, link):
            yield from linked_refund(plan_input, id_map, change, link)
        case Linked(link):
            yield from _linked(plan_input, id_map, change, link)
        case Tombstoned(tombstone, snapshot):
            yield from _tombstoned(plan_input, id_map, change, tombstone, snapshot)
        case Gone():
            yield skip(change, "R3", Gone.reason)
        case Joined():
            yield skip(change, "R1", Joined.reason)
        case New(snapshot, generation):
            yield from _new(plan_input, id_map, change, snapshot, generation)


def _new(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, snapshot: Snapshot, generation: int
) -> Iterator[Operation]:
    if not isinstance(snapshot.record, Receipt):
        yield park(change, "R1", "It could not be read; correct it where it was made.")
    elif change.side is Side.ONCORD:
        yield from _push_new(plan_input, id_map, change, snapshot.record, generation)
    else:
        yield from _pull_new(plan_input, id_map, change, snapshot.record, generation)


def _tombstoned(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, tombstone: Link, snapshot: Snapshot
) -> Iterator[Operation]:
    """What is back goes on with its counterparts that stand, or is new where none does; the survivor stays as it is."""
    lost_with_it = [each for each in plan_input.links.tombstones(change.key) if each.gone is change.side]
    if snapshot.deleted or not lost_with_it:
        rule = "R4" if tombstone.gone is Side.QUICKBOOKS else "R3"
        yield skip(change, rule, "Its counterpart was deleted; it is only made anew when a person asks for it.")
        return
    if isinstance(snapshot.record, Receipt) and snapshot.record.voided:
        yield skip(change, "R4", "It was voided; it stays as it is, and its receipt goes on without it.")
        return
    legs = tuple(each for each in lost_with_it if _stands(plan_input, each))
    for leg in legs:
        yield restored(leg, "R7", "It is back; it goes on with the same counterpart as before.")
    if not legs:
        yield from _new(plan_input, id_map, change, snapshot, tombstone.generation + 1)
    elif not concerns_refund(plan_input, legs[0]):
        yield from agree_receipt(plan_input, id_map, change, legs[0], restored=legs)


def _stands(plan_input: PlanInput, tombstone: Link) -> bool:
    """Whether the record that a tombstone was put up beside is still there."""
    side = tombstone.gone.other if tombstone.gone else Side.QUICKBOOKS
    other = plan_input.snapshot(side, Kind.RECEIPT, tombstone.id_on(side))
    return other is not None and not other.deleted


def _linked(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, link: Link) -> Iterator[Operation]:
    legs = plan_input.links.parts((Side.ONCORD, Kind.RECEIPT, link.oncord_id))
    oncord = plan_input.snapshot(Side.ONCORD, Kind.RECEIPT, link.oncord_id)
    payments = [plan_input.snapshot(Side.QUICKBOOKS, Kind.RECEIPT, leg.quickbooks_id) for leg in legs]
    if oncord is None or any(p is None for p in payments):
        yield skip(change, "R7", "Its counterpart has not been read yet; there is nothing to compare.")
        return
    gone = [leg for leg, p in zip(legs, payments, strict=True) if oncord.deleted or (p is not None and p.deleted)]
    for leg in gone:
        yield from receipt_removed(plan_input, change, leg)
    left = next((leg for leg in (link, *legs) if leg not in gone), None)
    if left is not None:
        remaining = replace(plan_input, links=plan_input.links.burying(gone, Side.QUICKBOOKS)) if gone else plan_input
        yield from agree_receipt(remaining, id_map, change, left)


def _push_new(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, receipt: Receipt, generation: int
) -> Iterator[Operation]:
    rule = _rule(receipt, "R1")
    refusal = _not_for_quickbooks(plan_input, change, receipt)
    if refusal is not None:
        yield refusal
        return
    try:
        check_currency(receipt.payment.currency, plan_input.configuration)
        refund = receipt.payment.amount < 0
        split = [refund_share(plan_input, id_map, receipt)] if refund else shares(plan_input, id_map, receipt)
        split = _without_lost(plan_input, change, receipt, split)
        if not split:
            yield skip(
                change, "R4", "Its payment was deleted in QuickBooks; it is only made anew when a person asks for it."
            )
            return
        standing = _Standing() if generation else _standing(plan_input, id_map, change, receipt, split, rule)
        if standing.settles:
            yield from standing.operations
            return
        paired = {operation.part for operation in standing.operations}
        creates = [] if not refund else refund_created(plan_input, change.id, receipt, split[0], generation)
        creates += [
            payment_created(plan_input, change.id, receipt, share, part=part, generation=generation)
            for part, share in zip(_parts(split), split if not refund else (), strict=False)
            if part not in paired
        ]
    except Obstacle as obstacle:
        yield from obstructed(change, rule, obstacle)
        return
    if not paired:
        id_map.plan_create(change.key)
    yield from standing.operations
    yield from creates
    yield from _left_out(plan_input, change, receipt)


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

    One that holds other money than any share of several was named by a person, and stands for the whole receipt.
    """
    exact: dict[Part, Operation] = {}
    whole: Operation | None = None
    for part, share in zip(_parts(split), split, strict=True):
        there = _in_quickbooks(receipt, share)
        found = payment_found(plan_input, id_map.branch(), change, receipt, there, rule)
        if found and (len(split) == 1 or found[0].action is not Action.ADOPT):
            return _Standing(_paired(id_map, found), settles=True)
        if found and found[0].disagreements:
            whole = whole or found[0]
        elif found:
            exact[part] = replace(found[0], part=part)
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
    left = [share for share in split if not legs.hold(share)]
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
    return skip(change, *why) if why is not None else None


def _pays_nothing_there(plan_input: PlanInput, receipt: Receipt) -> tuple[str, str] | None:
    """Rule and reason where nothing that a receipt pays is, or comes to be, in the books."""
    allocations = receipt.payment.allocations
    start = plan_input.configuration.start_date
    if not allocations:
        if receipt.date is None or receipt.date >= start:
            return None
        return "S1", f"It is dated before the start date {start} and pays no synchronised sale."
    if not lasting(plan_input, Side.ONCORD, allocations):
        words = "It pays a sale that is void or whose invoice was deleted, so there is nothing to apply it to."
        return "S6", words
    if all(stays_in_oncord(plan_input, str(allocation.sale_id)) for allocation in allocations):
        return "S1", "It pays a sale with a tax code whose sales are not synchronised."
    if len(too_early(plan_input, receipt)) == len(allocations):
        return "S1", f"It pays a sale dated before the start date {start} that is not synchronised."
    return None


def _left_out(plan_input: PlanInput, change: ChangedRecord, receipt: Receipt) -> Iterator[Operation]:
    """What to do about the part of a receipt that pays sales from before the start date; the rest goes over."""
    early = too_early(plan_input, receipt)
    if not early:
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


def _in_quickbooks(receipt: Receipt, share: Share) -> Receipt:
    payment = replace(receipt.payment, amount=share.cash, allocations=tuple(share.allocations))
    return replace(receipt, contact_id=share.customer, payment=payment)


def _pull_new(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, payment: Receipt, generation: int
) -> Iterator[Operation]:
    rule = _rule(payment, "R2")
    if payment.voided:
        yield skip(change, "R4", "It was voided before it was ever synchronised.")
        return
    if payment.payment.amount == 0 and not payment.payment.allocations:
        yield skip(change, "R6", _joins_nothing(plan_input, change))
        return
    if joins_refund(payment):
        yield from credit_joined(plan_input, id_map, change, payment)
        return
    lasting_ones = lasting(plan_input, Side.QUICKBOOKS, payment.payment.allocations)
    if payment.payment.allocations and not lasting_ones:
        yield skip(change, "S3", "It pays an invoice that is void or whose sale was deleted in Oncord.")
        return
    try:
        contact, prerequisites = provide_contact(plan_input, id_map, str(payment.contact_id))
        yield from prerequisites
        across = tuple(
            replace(a, sale_id=id_map.counterpart(Side.QUICKBOOKS, Kind.SALE, a.sale_id)) for a in lasting_ones
        )
        money = replace(payment.payment, allocations=added_up(across))
        translated = replace(payment, contact_id=contact, payment=money, books_status="linked")
        if (isinstance(contact, str) or plan_input.asks_about(change.key)) and not generation:
            twin = payment_found(plan_input, id_map, change, payment, translated, rule)
            if twin:
                yield from twin
                return
        translated = replace(translated, channel=channel_to(Side.ONCORD, payment, plan_input.configuration))
    except Obstacle as obstacle:
        yield from obstructed(change, rule, obstacle)
        return
    id_map.plan_create(change.key)
    yield create(
        Side.ONCORD,
        Kind.RECEIPT,
        change.id,
        translated,
        rule,
        f"{_called(payment)} recorded in QuickBooks.",
        fields=("payment",),
        generation=generation,
        backfill=plan_input.backfill,
    )


def _joins_nothing(plan_input: PlanInput, change: ChangedRecord) -> str:
    """Why a payment of zero is no receipt: its credit is none that Oncord has a word for, or there is none."""
    snapshot = plan_input.snapshot(*change.key)
    if snapshot is not None and {"linked_journalentry", "linked_deposit"} & set(snapshot.extras):
        return "It sets a journal entry or a bank deposit against an invoice; the sale is said to be settled by that."
    return "It is a payment of nothing that joins nothing."


def _rule(receipt: Receipt, otherwise: str) -> str:
    amount = receipt.payment.amount
    return "R5" if amount < 0 else "R6" if amount == 0 else otherwise


def _called(payment: Receipt) -> str:
    money = payment.payment
    return f"A {'refund' if money.amount < 0 else 'payment'} of {abs(money.amount)} {money.currency}"
