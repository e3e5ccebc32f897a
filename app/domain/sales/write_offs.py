"""An adjustment for a bad debt is applied to its sale by the service (S7), before its credit memo is made: never a credit beside an
unpaid invoice.

That is a receipt of zero in Oncord, dated as the write-off, which goes over like any other (R6). Where a person has made one, there is
nothing to do. Where the adjustment is taken back, so is that receipt.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from app.domain.model.currencies import with_currency
from app.domain.model.link_part import WRITE_OFF
from app.domain.model.operations import Operation
from app.domain.model.records import Allocation, Kind, Payment, Receipt, Sale, Side, is_void
from app.domain.model.waiting import PersonsDecision
from app.domain.planning.bad_debts import (
    RULE,
    allocated_to,
    is_bad_debt,
    is_taken_back,
    made_for,
    used_of,
    write_off_deleted,
)
from app.domain.planning.conversion import channel_to
from app.domain.planning.id_map import Obstacle
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.planning.writes import create
from app.domain.receipts.allocations import charged

_ZERO = Decimal(0)


def applied_first(plan_input: PlanInput, change: ChangedRecord, adjustment: Sale) -> Operation | None:
    """The receipt that applies a new adjustment for a bad debt to its sale; None where it is none, or is applied. Raises `Obstacle`
    where the sale is not open for as much."""
    if not is_bad_debt(adjustment):
        return None
    rest = adjustment.money.total - used_of(plan_input, change.id)
    if rest <= 0:
        return None
    if adjustment.paid >= adjustment.money.total:
        raise Obstacle(PersonsDecision(), _NOT_READ)
    sale_id = str(adjustment.adjusts_id)
    sale = plan_input.record(Side.ONCORD, Kind.SALE, sale_id)
    assert isinstance(sale, Sale)  # `check_bad_debt` comes first
    _check_room(plan_input, adjustment, sale_id, sale, rest)
    money = Payment(
        _ZERO,
        adjustment.money.currency,
        (Allocation(sale_id, rest), Allocation(change.id, rest, "adjustment")),
    )
    day = plan_input.not_locked(adjustment.date)
    receipt = Receipt(adjustment.contact_id, money, date=day, books_status="waiting")
    channel = channel_to(Side.ONCORD, receipt, plan_input.configuration)
    written_off = with_currency(rest, adjustment.money.currency)
    return create(
        Side.ONCORD,
        Kind.RECEIPT,
        change.id,
        replace(receipt, channel=channel),
        RULE,
        f"{written_off} of sale {sale.number} is written off: the adjustment is applied to it by a receipt of zero, and goes to QuickBooks "
        "together with that.",
        fields=("payment",),
        part=WRITE_OFF,
        generation=_times(plan_input, change.id),
        backfill=plan_input.backfill,
    )


_NOT_READ = (
    "It writes off a bad debt and is applied in Oncord, as Oncord says, but no receipt that does so is known here. Save it once more in "
    "Oncord, so that both are read anew."
)


def _check_room(plan_input: PlanInput, adjustment: Sale, sale_id: str, sale: Sale, rest: Decimal) -> None:
    """Raises `Obstacle` where a sale is not open for as much as is to be written off of it, in Oncord or in QuickBooks."""
    currency = adjustment.money.currency
    what = f"It writes off {with_currency(rest, currency)} of sale {sale.number}"
    if is_void(sale):
        raise Obstacle(PersonsDecision(), f"{what}, which was cancelled: nothing of it is owed. {_TAKE_IT_BACK}")
    if sale.contact_id != adjustment.contact_id or sale.money.currency != currency:
        words = f"{what}, which is another customer's or in another currency. Say in Oncord which sale it adjusts."
        raise Obstacle(PersonsDecision(), words)
    room = _open(plan_input, sale_id, sale)
    if room <= 0:
        raise Obstacle(
            PersonsDecision(), f"{what}, of which nothing is open any more: it was paid meanwhile. {_TAKE_IT_BACK}"
        )
    if rest > room:
        words = (
            f"{what}, of which only {with_currency(room, currency)} is open. Lower the adjustment in Oncord to what is open: the rest would "
            "be a credit that nobody is owed."
        )
        raise Obstacle(PersonsDecision(), words)


_TAKE_IT_BACK = "Delete or cancel the adjustment in Oncord."


def _open(plan_input: PlanInput, sale_id: str, sale: Sale) -> Decimal:
    """What is open of a sale by both sides: neither's money is written off."""
    here = sale.money.total - charged(allocated_to(plan_input, sale_id)) - sale.books_settled
    link = plan_input.links.live((Side.ONCORD, Kind.SALE, sale_id))
    invoice = plan_input.record(Side.QUICKBOOKS, Kind.SALE, link.quickbooks_id) if link is not None else None
    return min(here, invoice.money.total - invoice.paid) if isinstance(invoice, Sale) else here


def _times(plan_input: PlanInput, adjustment_id: str) -> int:
    """How often the adjustment had a document before: what applied it then is gone, and its name is taken."""
    links = plan_input.links.by_record.get((Side.ONCORD, Kind.SALE, adjustment_id), ())
    return max((link.generation + 1 for link in links), default=0)


def taken_back(plan_input: PlanInput, adjustment_id: str) -> Iterator[Operation]:
    """Delete in Oncord what the service had applied an adjustment by that was deleted or cancelled there."""
    if is_taken_back(plan_input, adjustment_id):
        for receipt in made_for(plan_input, adjustment_id):
            yield write_off_deleted(receipt, adjustment_id)
