"""What one payment of a receipt is told: what it is to hold, the groups that move, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.model.links import Link
from app.domain.model.operations import Disagreement
from app.domain.model.records import Receipt
from app.domain.planning.decisions import words
from app.domain.planning.merge import Merged
from app.domain.receipts.split import (
    Together,
)


@dataclass(frozen=True, slots=True)
class PaymentEdit:
    """What one payment is told: what it is to hold, the groups that move, and why."""

    target: Receipt
    fields: tuple[str, ...]
    reason: str


def brought_back(edit: PaymentEdit, merged: Merged, payment: Receipt, customer: str) -> PaymentEdit:
    """The edit that also gives a payment back to `customer`, whose the receipt is; the same one where that is ""."""
    if not customer or "contact_id" in (*edit.fields, *merged.to_oncord):
        return edit
    money = edit.target.payment if "payment" in edit.fields else payment.payment
    target = replace(edit.target, contact_id=customer, payment=money)
    reason = f"{edit.reason} It pays nothing any more, and so it is theirs whose receipt it is.".strip()
    return PaymentEdit(target, (*edit.fields, "contact_id"), reason)


def following_others(edit: PaymentEdit, whole: Together, groups: tuple[str, ...]) -> PaymentEdit:
    """The edit with the groups that this payment takes over from another one of its receipt."""
    if not groups:
        return edit
    target = replace(edit.target, **{group: getattr(whole.now, group) for group in groups})
    reason = f"{edit.reason} Changed on another payment of the same receipt: {words(groups)}.".strip()
    return PaymentEdit(target, (*edit.fields, *groups), reason)


def typed_over_in(
    disagreements: Sequence[Disagreement], leg: Link, payment: Receipt, fields: tuple[str, ...]
) -> tuple[Disagreement, ...]:
    """What somebody typed into this very payment of several and what is now written over, each with the value it had."""
    base = leg.base_quickbooks
    return tuple(
        replace(d, quickbooks=getattr(payment, d.field))
        for d in disagreements
        if d.field in fields and (base is None or getattr(base, d.field) != getattr(payment, d.field))
    )
