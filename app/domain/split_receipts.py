"""One receipt that is several payments, one for each customer: what they say together, and what one of them tells the others.

Amounts add up. A date, a reference or an account is that of the whole receipt: where a person changes it on one of the
payments, the receipt takes it over, and so do its other payments (R7).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.domain.links import Link
from app.domain.merge import agrees
from app.domain.records import Receipt

SHARED = ("channel", "date", "reference")
"""The groups that all payments of a receipt have in common."""


@dataclass(frozen=True, slots=True)
class Together:
    """All payments of a receipt as one: as they are, and as they were when they last agreed; and who moved a shared group."""

    now: Receipt
    base: Receipt | None
    movers: dict[str, Link]


def together(payments: Sequence[tuple[Link, Receipt]], wanted: dict[str, Receipt]) -> Together:
    """The payments of one receipt, the primary one first, as one. `wanted` is what Oncord's receipt would make of each.

    Of several that moved a shared group, the first that says something new speaks for all.
    """
    now = _added_up([receipt for _, receipt in payments])
    bases = [part.base_quickbooks for part, _ in payments if isinstance(part.base_quickbooks, Receipt)]
    base = _added_up(bases) if bases else None
    movers: dict[str, Link] = {}
    for group in SHARED if base is not None else ():
        moved = [(part, receipt) for part, receipt in payments if _moved(part, receipt, group)]
        news = [(p, r) for p, r in moved if p.quickbooks_id in wanted and not _same(group, wanted[p.quickbooks_id], r)]
        for part, receipt in (news or moved)[:1]:
            movers[group] = part
            now = replace(now, **{group: getattr(receipt, group)})
            base = replace(base, **{group: getattr(part.base_quickbooks, group)}) if base is not None else None
    return Together(now, base, movers)


def to_follow(whole: Together, part: Link, payment: Receipt, groups: Iterable[str]) -> tuple[str, ...]:
    """Which of these groups, moved on another payment of the same receipt, this payment has to take over."""
    others = [g for g in groups if g in whole.movers and whole.movers[g].id != part.id]
    return tuple(g for g in others if not _same(g, whole.now, payment))


def _added_up(receipts: Sequence[Receipt]) -> Receipt:
    first = receipts[0]
    if len(receipts) == 1:
        return first
    amount = sum((r.payment.amount for r in receipts[1:]), first.payment.amount)
    allocations = tuple(a for r in receipts for a in r.payment.allocations)
    return replace(first, payment=replace(first.payment, amount=amount, allocations=allocations))


def _moved(part: Link, payment: Receipt, group: str) -> bool:
    base = part.base_quickbooks
    return isinstance(base, Receipt) and getattr(base, group) != getattr(payment, group)


def _same(group: str, one: Receipt, other: Receipt) -> bool:
    return agrees(group, getattr(one, group), getattr(other, group))
