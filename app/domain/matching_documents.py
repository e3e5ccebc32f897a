"""Whether a sale or receipt that has no link yet is already there on the other side, before one is created.

A sale needs its number, its contact and its total to agree; a payment its contact, amount, sales and a near date.
"""

from collections.abc import Mapping, Sequence

from app.domain.matching import normalised
from app.domain.records import Receipt, Sale, Snapshot

TWIN_DAYS = 14
"""How far apart the dates of a receipt and a payment may lie that are one thing."""


def matching_sales(sale: Sale, contact_id: str, candidates: Sequence[Snapshot]) -> list[Snapshot]:
    """The candidates with the same number, contact (`contact_id`: its id on the candidates' side) and total."""
    number = normalised(sale.number)
    return [
        c
        for c in candidates
        if isinstance(c.record, Sale)
        and c.record.type == sale.type
        and number
        and normalised(c.record.number) == number
        and c.record.contact_id == contact_id
        and c.record.money.total == sale.money.total
        and c.record.money.currency == sale.money.currency
    ]


def matching_receipts(
    receipt: Receipt, candidates: Sequence[Snapshot], *, days: int | None = TWIN_DAYS
) -> list[Snapshot]:
    """The candidates with the same contact, amount and sales (all in the candidates' ids), dated within `days`.

    What a refund pays back is told by another document, if at all, and does not count.
    Several are narrowed down to those of the very day, and those to the ones with the same reference, where there are any.
    """
    allocated = {a.sale_id: a.amount for a in receipt.payment.allocations}
    found = [
        c
        for c in candidates
        if isinstance(c.record, Receipt)
        and not c.record.voided
        and c.record.contact_id == receipt.contact_id
        and c.record.payment.amount == receipt.payment.amount
        and c.record.payment.currency == receipt.payment.currency
        and (receipt.payment.amount < 0 or {a.sale_id: a.amount for a in c.record.payment.allocations} == allocated)
        and (days is None or _apart(c.record, receipt) <= days)
    ]
    if len(found) > 1:
        found = [c for c in found if getattr(c.record, "date", None) == receipt.date] or found
    if len(found) > 1 and receipt.reference:
        said = normalised(receipt.reference)
        found = [c for c in found if normalised(getattr(c.record, "reference", "")) == said] or found
    return found


def _apart(one: Receipt, other: Receipt) -> int:
    if one.date is None or other.date is None:
        return TWIN_DAYS + 1
    return abs((one.date - other.date).days)


def overpays(receipt: Receipt, sales: Mapping[str, Sale]) -> bool:
    """Whether a receipt, made anew, would pay one of these sales (by id, on the receipt's side) more than is open."""
    return any(
        a.type == "sale" and (sale := sales.get(str(a.sale_id))) is not None and a.amount > sale.money.total - sale.paid
        for a in receipt.payment.allocations
    )
