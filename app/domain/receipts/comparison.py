"""A receipt beside its payments, as they are compared: without what has no counterpart on the other side."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.model.links import Link
from app.domain.model.records import Kind, Receipt, Side, Snapshot
from app.domain.planning.plan_input import PlanInput
from app.domain.receipts.allocations import comparable
from app.domain.receipts.legs import Legs
from app.domain.receipts.whose_money import (
    Payments,
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A receipt beside its payments that stand, and what has moved on either side since they last agreed."""

    oncord: Snapshot
    receipt: Receipt
    lead: Link
    """The link that the change is about."""
    legs: Legs
    standing: Sequence[Link]
    payments: Payments
    base: Receipt | None
    changed: frozenset[str]
    ignored: frozenset[str]
    freeing: str
    """An invoice that is about to be deleted, and that the payments let go of; "" for none."""


def as_compared(plan_input: PlanInput, side: Side, receipt: Receipt) -> Receipt:
    """A receipt of `side` without what has no counterpart to be compared with."""
    compared = comparable(plan_input, side, receipt)
    assert isinstance(compared, Receipt)
    return compared


def payment_of(plan_input: PlanInput, leg: Link) -> Receipt | None:
    """The payment of a link, as QuickBooks has it."""
    record = plan_input.record(Side.QUICKBOOKS, Kind.RECEIPT, leg.quickbooks_id)
    return record if isinstance(record, Receipt) else None
