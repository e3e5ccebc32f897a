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
from app.domain.model.currencies import with_currency, written
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
    receipt: Receipt,
    other: Receipt,
    sales: Mapping[str, PaidSale],
    *,
    same_account: bool = True,
    asked: bool = False,
    overpaid: frozenset[str] = frozenset(),
) -> Evidence:
    """How much speaks for `other` being `receipt`, which is said in the ids of `other`'s side.

    `sales` are those that are paid there, by id; what is open does not count `receipt`. `asked`: a person is being asked
    about the two, which never ends by itself in one more receipt or payment as long as both are there. `overpaid` are
    the sales there that would be overpaid if all this money were held by both sides.
    """
    own_payment, other_payment = receipt.payment, other.payment
    one_way = (own_payment.amount < 0) == (other_payment.amount < 0)
    if other.voided or own_payment.currency != other_payment.currency or not one_way:
        return _NOTHING
    graded = _spoken_for(receipt, other, sales, same_account=same_account)
    if graded.grade is Grade.NONE and _both_pay(receipt, other) & overpaid:
        graded = _paid_twice(receipt, other)
    if graded.grade is not Grade.NONE or not asked:
        return graded
    against = [] if other.contact_id == receipt.contact_id else ["another contact"]
    against += [] if _applied(receipt).keys() == _applied(other).keys() else ["it pays something else"]
    against += [] if same_account else ["another account"]
    gap = days_apart(receipt.date, other.date)
    return replace(_graded(receipt, other, gap, Grade.PROBABLE, against=tuple(against)), kept=True)


def _spoken_for(receipt: Receipt, other: Receipt, sales: Mapping[str, PaidSale], *, same_account: bool) -> Evidence:
    """What the two themselves say for being one."""
    own_payment, other_payment = receipt.payment, other.payment
    if other.contact_id != receipt.contact_id:
        return _NOTHING
    gap = days_apart(receipt.date, other.date)
    if own_payment.amount == other_payment.amount and (own_payment.amount < 0 or _applied(receipt) == _applied(other)):
        grade = _grade(receipt, other, gap, overpaying=overpays(receipt, sales), same_account=same_account)
        against = () if same_account else ("another account",)
        return _graded(receipt, other, gap, grade, against=against)
    if gap > ROOM_DAYS or own_payment.amount <= 0 or other_payment.amount <= 0:
        return _NOTHING
    if _one_over_several(receipt, other):
        return _graded(receipt, other, gap, Grade.PROBABLE, speaks=(ONE_OVER_SEVERAL,))
    if _less_a_fee(receipt, other, sales):
        return _graded(receipt, other, gap, Grade.PROBABLE, speaks=(LESS_A_FEE,))
    return _NOTHING


def _both_pay(one: Receipt, other: Receipt) -> frozenset[Reference]:
    """The sales that both pay with money."""
    if one.payment.amount <= 0 or other.payment.amount <= 0:
        return frozenset()
    return frozenset(_applied(one).keys() & _applied(other).keys())


def _paid_twice(receipt: Receipt, other: Receipt) -> Evidence:
    """Two records of money for one sale that would be overpaid by both, however else they differ: net of a fee, with a
    surcharge, part of a larger transfer."""
    against = () if other.contact_id == receipt.contact_id else ("another contact",)
    gap = days_apart(receipt.date, other.date)
    return _graded(receipt, other, gap, Grade.PROBABLE, speaks=(OVERPAYING,), against=against)


def matching_payments(
    receipt: Receipt,
    candidates: Iterable[Snapshot],
    sales: Mapping[str, PaidSale],
    accounts_agree: Mapping[str, bool],
    asked: frozenset[str] = frozenset(),
    overpaid: frozenset[str] = frozenset(),
) -> list[Match]:
    """What `receipt` is, or may be. Of several that are certain the nearest remain, and of those the ones that say the
    same reference, where there are any. `accounts_agree` says it of each candidate by id, `asked` are those of an open question, `overpaid`
    the sales that would be overpaid (`payment_evidence`)."""

    def evidence(candidate: Snapshot, record: Receipt) -> Evidence:
        account = accounts_agree.get(candidate.id, True)
        is_asked = candidate.id in asked
        return payment_evidence(receipt, record, sales, same_account=account, asked=is_asked, overpaid=overpaid)

    matches = [Match(c, evidence(c, c.record)) for c in candidates if isinstance(c.record, Receipt)]
    certain = _narrowed(receipt, [m for m in matches if m.certain])
    return [*certain, *(m for m in matches if m.evidence.grade is Grade.PROBABLE)]


def money_differs(receipt: Receipt, payment: Receipt) -> list[str]:
    """What a receipt and its payment, both in the ids of one side, say differently about the money, in words."""
    differences, currency = [], receipt.payment.currency
    if receipt.payment.amount != payment.payment.amount:
        sides = [with_currency(each.payment.amount, currency) for each in (receipt, payment)]
        differences.append(f"its amount is {sides[0]} in Oncord and {sides[1]} in QuickBooks")
    if receipt.payment.amount >= 0 and _applied(receipt) != _applied(payment):
        differences.append("it does not pay the same in Oncord as in QuickBooks")
    return differences


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
    one_text, other_text = normalised(one).lstrip("#"), normalised(other).lstrip("#")
    if not one_text or not other_text or one_text.startswith(other_text) or other_text.startswith(one_text):
        return False
    if any(" " in each or not any(c.isdigit() for c in each) for each in (one_text, other_text)):
        return False
    return _sort_of(one_text) == _sort_of(other_text)


def _sort_of(reference: str) -> str:
    """What sort of number a reference is: ids by their prefix, others by how they look."""
    if _GATEWAY.fullmatch(reference):
        return reference.partition("_")[0] if "_" in reference else f"id of {len(reference)}"
    return re.sub(r"[0-9]+", "9", reference)


def _grade(receipt: Receipt, other: Receipt, gap: int, *, overpaying: bool, same_account: bool) -> Grade:
    contradicting = references_contradict(receipt.reference, other.reference)
    if overpaying:
        certain = gap <= OVERPAYING_DAYS
    elif contradicting or gap > ROOM_DAYS:
        return Grade.NONE
    else:
        certain = gap <= NEAR_DAYS
    return Grade.CERTAIN if certain and same_account else Grade.PROBABLE


def _narrowed(receipt: Receipt, certain: list[Match]) -> list[Match]:
    def gap(match: Match) -> int:
        return days_apart(getattr(match.snapshot.record, "date", None), receipt.date)

    for most in (0, NEAR_DAYS):
        certain = [m for m in certain if gap(m) <= most] or certain
    reference = normalised(receipt.reference)
    alike = [m for m in certain if reference and normalised(getattr(m.snapshot.record, "reference", "")) == reference]
    return alike or certain


def _applied(receipt: Receipt) -> dict[Reference, Decimal]:
    return {a.sale_id: a.amount for a in receipt.payment.allocations}


def _one_over_several(one: Receipt, other: Receipt) -> bool:
    """Whether one of them pays everything that the other one pays, and more."""
    small, large = sorted((_applied(one), _applied(other)), key=len)
    return bool(small) and len(small) < len(large) and small.items() <= large.items()


def _less_a_fee(one: Receipt, other: Receipt, sales: Mapping[str, PaidSale]) -> bool:
    one_applied, other_applied = _applied(one), _applied(other)
    if len(one_applied) != 1 or one_applied.keys() != other_applied.keys() or not overpays(one, sales):
        return False
    sale = sales.get(str(next(iter(one_applied))))
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
    one_payment, other_payment = one.payment, other.payment
    speaking, objecting = list(speaks), list(against)
    if one_payment.amount == other_payment.amount:
        speaking.append("the same amount")
    else:
        differs = written(abs(one_payment.amount - other_payment.amount), one_payment.currency)
        objecting.append(f"the amount differs by {differs} {one_payment.currency}".strip())
    (speaking if gap <= NEAR_DAYS else objecting).append("the same day" if gap == 0 else _days(gap))
    if normalised(one.reference) and normalised(one.reference) == normalised(other.reference):
        speaking.append("the same reference")
    elif references_contradict(one.reference, other.reference):
        objecting.append("another reference")
    return Evidence(grade, tuple(speaking), tuple(objecting), contends=grade is Grade.CERTAIN)


def _days(gap: int) -> str:
    return f"{gap} day{'s' if gap > 1 else ''} apart" if gap < 10_000 else "a date is missing"
