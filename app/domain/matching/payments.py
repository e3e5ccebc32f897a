"""Whether a receipt that has no link yet is already there as a payment on the other side, or the reverse.

The same money for the same sales is one where its dates are near, or where both together would overpay the sale. What is
less is asked about: another account, room for both, one transfer over several sales, a fee or surcharge.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain.matching.documents import days_apart
from app.domain.matching.evidence import Evidence, Grade, Match
from app.domain.matching.natural_keys import normalised
from app.domain.model.currencies import written
from app.domain.model.records import (
    Receipt,
    Reference,
    Sale,
    Snapshot,
)

NEAR_DAYS = 3
"""How far apart one and the same money is written down on both sides, however much is still open."""
ROOM_DAYS = 14
"""How far apart it could be the same although the sale has room for both."""
OVERPAYING_DAYS = 31
"""How far apart it is the same where both would pay more than the sale."""
FEE = Decimal("0.05")
"""What a fee or surcharge can make of a sale's amount."""
ONE_OVER_SEVERAL = "one transfer over several sales"
LESS_A_FEE = "a fee or surcharge would explain the amount"
OVERPAYING = "both together would pay more than the sale"
_NOTHING = Evidence(Grade.NONE, contends=False)
_GATEWAY = re.compile(r"[a-z]{2,6}_[a-z0-9_]{6,}|(?=.*[0-9])(?=.*[a-z])[a-z0-9]{12,}")


@dataclass(frozen=True, slots=True)
class PaidSale:
    """The sale that money pays, on the side where it is compared."""

    total: Decimal
    open: Decimal


def payment_evidence(
    wanted: Receipt,
    other: Receipt,
    sales: Mapping[str, PaidSale],
    *,
    same_account: bool = True,
    asked: bool = False,
    overpaid: frozenset[str] = frozenset(),
) -> Evidence:
    """How much speaks for `other` being `wanted`, which is said in the ids of `other`'s side.

    `sales` are those that are paid there, by id; what is open does not count `wanted`. `asked`: a person is being asked
    about the two, which never ends by itself in one more receipt or payment as long as both are there. `overpaid` are
    the sales there that would be overpaid if all this money were held by both sides.
    """
    mine, theirs = wanted.payment, other.payment
    if other.voided or mine.currency != theirs.currency or (mine.amount < 0) != (theirs.amount < 0):
        return _NOTHING
    found = _spoken_for(wanted, other, sales, same_account=same_account)
    if found.grade is Grade.NONE and _both_pay(wanted, other) & overpaid:
        found = _paid_twice(wanted, other)
    if found.grade is not Grade.NONE or not asked:
        return found
    against = [] if other.contact_id == wanted.contact_id else ["another contact"]
    against += [] if _applied(wanted).keys() == _applied(other).keys() else ["it pays something else"]
    against += [] if same_account else ["another account"]
    gap = days_apart(wanted.date, other.date)
    return replace(_graded(wanted, other, gap, Grade.PROBABLE, against=tuple(against)), kept=True)


def _spoken_for(wanted: Receipt, other: Receipt, sales: Mapping[str, PaidSale], *, same_account: bool) -> Evidence:
    """What the two themselves say for being one."""
    mine, theirs = wanted.payment, other.payment
    if other.contact_id != wanted.contact_id:
        return _NOTHING
    gap = days_apart(wanted.date, other.date)
    if mine.amount == theirs.amount and (mine.amount < 0 or _applied(wanted) == _applied(other)):
        grade = _grade(wanted, other, gap, overpaying=overpays(wanted, sales), same_account=same_account)
        against = () if same_account else ("another account",)
        return _graded(wanted, other, gap, grade, against=against)
    if gap > ROOM_DAYS or mine.amount <= 0 or theirs.amount <= 0:
        return _NOTHING
    if _one_over_several(wanted, other):
        return _graded(wanted, other, gap, Grade.PROBABLE, speaks=(ONE_OVER_SEVERAL,))
    if _less_a_fee(wanted, other, sales):
        return _graded(wanted, other, gap, Grade.PROBABLE, speaks=(LESS_A_FEE,))
    return _NOTHING


def _both_pay(one: Receipt, other: Receipt) -> frozenset[Reference]:
    """The sales that both pay with money."""
    if one.payment.amount <= 0 or other.payment.amount <= 0:
        return frozenset()
    return frozenset(_applied(one).keys() & _applied(other).keys())


def _paid_twice(wanted: Receipt, other: Receipt) -> Evidence:
    """Two records of money for one sale that would be overpaid by both, however else they differ: net of a fee, with a
    surcharge, part of a larger transfer."""
    against = () if other.contact_id == wanted.contact_id else ("another contact",)
    gap = days_apart(wanted.date, other.date)
    return _graded(wanted, other, gap, Grade.PROBABLE, speaks=(OVERPAYING,), against=against)


def matching_payments(
    wanted: Receipt,
    candidates: Iterable[Snapshot],
    sales: Mapping[str, PaidSale],
    accounts_agree: Mapping[str, bool],
    asked: frozenset[str] = frozenset(),
    overpaid: frozenset[str] = frozenset(),
) -> list[Match]:
    """What `wanted` is, or may be. Of several that are certain the nearest remain, and of those the ones that say the
    same reference, where there are any. `accounts_agree` says it of each candidate by id, `asked` are those of an open question, `overpaid`
    the sales that would be overpaid (`payment_evidence`)."""

    def evidence(candidate: Snapshot, record: Receipt) -> Evidence:
        account = accounts_agree.get(candidate.id, True)
        is_asked = candidate.id in asked
        return payment_evidence(wanted, record, sales, same_account=account, asked=is_asked, overpaid=overpaid)

    found = [Match(c, evidence(c, c.record)) for c in candidates if isinstance(c.record, Receipt)]
    certain = _narrowed(wanted, [m for m in found if m.certain])
    return [*certain, *(m for m in found if m.evidence.grade is Grade.PROBABLE)]


def money_differs(ours: Receipt, theirs: Receipt) -> list[str]:
    """What a receipt and its payment, both in the ids of one side, say differently about the money, in words."""
    found, currency = [], ours.payment.currency
    if ours.payment.amount != theirs.payment.amount:
        sides = [f"{written(each.payment.amount, currency)} {currency}".strip() for each in (ours, theirs)]
        found.append(f"its amount is {sides[0]} in Oncord and {sides[1]} in QuickBooks")
    if ours.payment.amount >= 0 and _applied(ours) != _applied(theirs):
        found.append("it does not pay the same in Oncord as in QuickBooks")
    return found


def overpays(receipt: Receipt, sales: Mapping[str, PaidSale]) -> bool:
    """Whether a receipt, made anew, would pay one of these sales (by id, on the receipt's side) more than is open."""
    return any(
        a.type == "sale" and (sale := sales.get(str(a.sale_id))) is not None and a.amount > sale.open
        for a in receipt.payment.allocations
    )


def paid_sale(sale: Sale) -> PaidSale:
    """What is known of a sale that money pays."""
    return PaidSale(sale.money.total, sale.money.total - sale.paid)


def references_contradict(one: str, other: str) -> bool:
    """Whether two references are two numbers of one kind, such as ids of a gateway; a text that a bank writes says less."""
    mine, theirs = normalised(one).lstrip("#"), normalised(other).lstrip("#")
    if not mine or not theirs or mine.startswith(theirs) or theirs.startswith(mine):
        return False
    if any(" " in each or not any(c.isdigit() for c in each) for each in (mine, theirs)):
        return False
    return _sort_of(mine) == _sort_of(theirs)


def _sort_of(reference: str) -> str:
    """What sort of number a reference is: ids by their prefix, others by how they look."""
    if _GATEWAY.fullmatch(reference):
        return reference.partition("_")[0] if "_" in reference else f"id of {len(reference)}"
    return re.sub(r"[0-9]+", "9", reference)


def _grade(wanted: Receipt, other: Receipt, gap: int, *, overpaying: bool, same_account: bool) -> Grade:
    contradicting = references_contradict(wanted.reference, other.reference)
    if overpaying:
        certain = gap <= OVERPAYING_DAYS
    elif contradicting or gap > ROOM_DAYS:
        return Grade.NONE
    else:
        certain = gap <= NEAR_DAYS
    return Grade.CERTAIN if certain and same_account else Grade.PROBABLE


def _narrowed(wanted: Receipt, certain: list[Match]) -> list[Match]:
    def gap(match: Match) -> int:
        return days_apart(getattr(match.snapshot.record, "date", None), wanted.date)

    for most in (0, NEAR_DAYS):
        certain = [m for m in certain if gap(m) <= most] or certain
    said = normalised(wanted.reference)
    alike = [m for m in certain if said and normalised(getattr(m.snapshot.record, "reference", "")) == said]
    return alike or certain


def _applied(receipt: Receipt) -> dict[Reference, Decimal]:
    return {a.sale_id: a.amount for a in receipt.payment.allocations}


def _one_over_several(one: Receipt, other: Receipt) -> bool:
    """Whether one of them pays everything that the other one pays, and more."""
    small, large = sorted((_applied(one), _applied(other)), key=len)
    return bool(small) and len(small) < len(large) and small.items() <= large.items()


def _less_a_fee(one: Receipt, other: Receipt, sales: Mapping[str, PaidSale]) -> bool:
    mine, theirs = _applied(one), _applied(other)
    if len(mine) != 1 or mine.keys() != theirs.keys() or not overpays(one, sales):
        return False
    sale = sales.get(str(next(iter(mine))))
    return sale is not None and abs(one.payment.amount - other.payment.amount) <= sale.total * FEE


def _graded(
    one: Receipt,
    other: Receipt,
    gap: int,
    grade: Grade,
    *,
    speaks: tuple[str, ...] = (),
    against: tuple[str, ...] = (),
) -> Evidence:
    if grade is Grade.NONE:
        return _NOTHING
    mine, theirs = one.payment, other.payment
    said, unsaid = list(speaks), list(against)
    if mine.amount == theirs.amount:
        said.append("the same amount")
    else:
        differs = written(abs(mine.amount - theirs.amount), mine.currency)
        unsaid.append(f"the amount differs by {differs} {mine.currency}".strip())
    (said if gap <= NEAR_DAYS else unsaid).append("the same day" if gap == 0 else _days(gap))
    if normalised(one.reference) and normalised(one.reference) == normalised(other.reference):
        said.append("the same reference")
    elif references_contradict(one.reference, other.reference):
        unsaid.append("another reference")
    return Evidence(grade, tuple(said), tuple(unsaid), contends=grade is Grade.CERTAIN)


def _days(gap: int) -> str:
    return f"{gap} day{'s' if gap > 1 else ''} apart" if gap < 10_000 else "a date is missing"
