"""Receipts and payments, refunds and applied credits that were touched: rules R1 to R7. What is new is decided here."""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.contacts.ensure import provide_contact
from app.domain.model.links import Link
from app.domain.model.operations import Operation
from app.domain.model.records import (
    Kind,
    Receipt,
    Side,
    Snapshot,
)
from app.domain.planning.conversion import added_up, channel_to
from app.domain.planning.decisions import (
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
    lasting,
)
from app.domain.receipts.cancelled_sales import of_a_cancellation, uses_a_cancellation
from app.domain.receipts.credits import credit_joined
from app.domain.receipts.deletion import receipt_removed
from app.domain.receipts.direct_refunds import given_back_removed
from app.domain.receipts.push import push_new, still_held
from app.domain.receipts.reconcile import agree_receipt
from app.domain.receipts.reconcile_refunds import linked_refund
from app.domain.receipts.refunds import (
    concerns_refund,
    joins_refund,
    rule_of,
)
from app.domain.receipts.replaced import receipt_found
from app.domain.receipts.write_offs import of_what_was_taken_back, taken_apart


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
            yield from given_back_removed(plan_input, change)
            yield from taken_apart(plan_input, change)
        case Gone():
            yield skip(change, "R3", Gone.reason)
            yield from given_back_removed(plan_input, change)
        case Joined():
            yield skip(change, "R1", Joined.reason)
        case New(snapshot, generation):
            yield from _new(plan_input, id_map, change, snapshot, generation)


def _new(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, snapshot: Snapshot, generation: int
) -> Iterator[Operation]:
    if not isinstance(snapshot.record, Receipt):
        yield park(change, "R1", "It could not be read; correct it where it was made.")
    elif (orphan := of_what_was_taken_back(plan_input, snapshot)) is not None:
        yield orphan
    elif change.side is Side.ONCORD:
        yield from push_new(plan_input, id_map, change, snapshot.record, generation)
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
        if change.side is Side.ONCORD:
            yield from still_held(plan_input, change)


def _pull_new(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, payment: Receipt, generation: int
) -> Iterator[Operation]:
    rule = rule_of(payment, "R2")
    if payment.voided:
        yield skip(change, "R4", "It was voided before it was ever synchronised.")
        return
    if payment.payment.amount == 0 and not payment.payment.allocations:
        yield skip(change, "R6", _joins_nothing(plan_input, change))
        return
    if joins_refund(payment):
        yield from credit_joined(plan_input, id_map, change, payment)
        return
    if any(of_a_cancellation(plan_input, a) for a in payment.payment.allocations):
        yield uses_a_cancellation(plan_input, change, payment)
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
        found = [] if generation else receipt_found(plan_input, id_map, change, payment, translated, rule)
        if found:
            yield from found
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


def _called(payment: Receipt) -> str:
    money = payment.payment
    return f"A {'refund' if money.amount < 0 else 'payment'} of {abs(money.amount)} {money.currency}"
