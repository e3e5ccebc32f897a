"""Moving an invoice to another customer (S2): QuickBooks moves none while a payment of the old customer is applied to it.

So the payments let go of it first, the invoice moves, and then their receipts are applied again, for its new customer
(R7). Each step is an operation of its own; in between the receipt's money counts as not agreed on, so that whatever ends
a run in the middle, the next one goes on from there.
"""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.model.currencies import written
from app.domain.model.days import day_in_words
from app.domain.model.links import Link
from app.domain.model.operations import Operation
from app.domain.model.records import (
    DEPOSITED,
    Contact,
    Counterpart,
    Kind,
    Receipt,
    Reference,
    Sale,
    Side,
    Snapshot,
)
from app.domain.model.waiting import OtherRecord, PersonsDecision
from app.domain.model.write_fields import ROOM
from app.domain.planning.id_map import IdMap, Obstacle
from app.domain.planning.plan_input import PlanInput
from app.domain.planning.writes import update
from app.domain.receipts.allocations import DocumentsInSight
from app.domain.receipts.deletion import moved_since
from app.domain.receipts.refunds import concerns_refund

_ADVICE = "Undo that and try again, move both in QuickBooks, or move the sale back."


def made_room(plan_input: PlanInput, id_map: IdMap, link: Link, customer: Reference) -> Iterator[Operation]:
    """Let the payments go of an invoice that is to move to `customer`. Raises `Obstacle` where one of them cannot; then none
    of this is to be written."""
    for payment in plan_input.paying(link.quickbooks_id):
        held = payment.record
        if not isinstance(held, Receipt) or held.contact_id in _family(plan_input, customer):
            continue
        own = plan_input.links.live((Side.QUICKBOOKS, Kind.RECEIPT, payment.id))
        _check(plan_input, own, payment, held, link)
        assert own is not None
        if id_map.is_released(payment.id):
            continue
        id_map.release(payment.id)
        yield update(
            payment,
            own.oncord_id,
            replace(held, payment=replace(held.payment, allocations=())),
            "R7",
            "The sale that it pays moves to another contact, and QuickBooks moves no invoice under its payment. It lets go "
            "of the invoice first and is applied again once that has moved.",
            fields=("payment", ROOM),
            part=own.part,
            backfill=plan_input.backfill,
        )


def _family(in_sight: DocumentsInSight, customer: Reference) -> set[Reference]:
    """A customer and those above it, whose payments may pay its invoices."""
    customers: set[Reference] = set()
    while customer and customer not in customers and not isinstance(customer, Counterpart):
        customers.add(customer)
        snapshot = in_sight.snapshots.get((Side.QUICKBOOKS, Kind.CONTACT, customer))
        above = snapshot.record if snapshot is not None else None
        customer = above.parent_id if isinstance(above, Contact) else ""
    return customers or {customer}


def _check(plan_input: PlanInput, own: Link | None, payment: Snapshot, held: Receipt, link: Link) -> None:
    money = f"a payment of {written(held.payment.amount, held.payment.currency)} {held.payment.currency}"
    called = f"{money} of {day_in_words(held.date)}" if held.date else money
    if own is None:
        raise Obstacle(
            PersonsDecision(),
            f"It was moved to another contact, but {called} that is not synchronised is applied to its invoice, and "
            f"QuickBooks moves no invoice under its payment. {_ADVICE}",
        )
    if DEPOSITED in payment.extras:
        raise Obstacle(
            PersonsDecision(),
            f"It was moved to another contact, but {called} on its invoice is part of a bank deposit, and QuickBooks moves "
            f"no invoice under its payment. {_ADVICE}",
        )
    if concerns_refund(plan_input, own) or (not held.payment.amount and not _all_move(plan_input, held, link)):
        raise Obstacle(
            PersonsDecision(),
            "It was moved to another contact, but credit of its old contact is joined to it in QuickBooks, which joins "
            f"only documents of one customer. {_ADVICE}",
        )
    if moved_since(plan_input, own, held) & {"payment", "contact_id"}:
        raise Obstacle(
            OtherRecord(Kind.RECEIPT, Side.ONCORD, own.oncord_id),
            f"It waits until {called} on its invoice, which was changed in QuickBooks, is synchronised.",
        )


def _all_move(plan_input: PlanInput, held: Receipt, link: Link) -> bool:
    """Whether everything that a payment of zero joins goes to the contact that this sale goes to."""
    moved_sale = plan_input.record(Side.ONCORD, Kind.SALE, link.oncord_id)
    for allocation in held.payment.allocations:
        other = plan_input.links.live((Side.QUICKBOOKS, Kind.SALE, str(allocation.sale_id)))
        sale = plan_input.record(Side.ONCORD, Kind.SALE, other.oncord_id) if other else None
        if not isinstance(sale, Sale) or not isinstance(moved_sale, Sale) or sale.contact_id != moved_sale.contact_id:
            return False
    return True
