"""Whether a sale that has no link yet is already there on the other side, before one is created.

The same number, contact, total and tax near in time make it certain. The same number with the contact or the total is
asked about, however far apart; so is one with contact and total whose number only lacks separators, and a document of
another number that says the same lines on the same day. Two documents that agree in everything but their contact prove
that their contacts are one.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from app.domain.matching.document_numbers import numbers_agree, numbers_run_together, telling
from app.domain.matching.evidence import Evidence, Grade, Match
from app.domain.model.currencies import with_currency
from app.domain.model.records import Money, Sale, Snapshot

CERTAIN_DAYS, CERTAIN_DAYS_OF_SHORT_NUMBERS = 31, 7
PROOF_DAYS = 3
"""How far apart two documents may lie that prove their contacts to be one, or that are asked about whoever's they are."""
ALIKE_DAYS = 1
"""How far apart two documents of other numbers may lie that could be one."""
ALONE_DAYS = 14
"""How far away any other document of the same total must be then."""
WITHOUT_SEPARATORS = "the same number but for its separators"
_NEVER = 100_000
_NOTHING = Evidence(Grade.NONE, contends=False)


@dataclass(frozen=True, slots=True)
class Around:
    """What is known around two documents: whether they have one contact, and whether another of that total is near."""

    same_contact: bool
    marked: bool = False
    """The QuickBooks one carries our mark, so that it was made from another sale."""
    alone: bool = True
    asked: bool = False
    """A person is being asked about the two: that never ends by itself in one more document."""


def sale_evidence(one: Sale, other: Sale, around: Around) -> Evidence:
    """How much speaks for two documents of different sides being one."""
    if one.type != other.type or one.money.currency != other.money.currency:
        return _NOTHING
    same_number = numbers_agree(one.number, other.number)
    if same_number and (around.same_contact or _same_total(one, other)):
        return _graded(one, other, around, _grade_of_a_number(one, other, around))
    if not same_number and _run_together(one, other, around):
        return _graded(one, other, around, Grade.PROBABLE)
    if not same_number and _look_alike(one, other, around):
        return _graded(one, other, around, Grade.PROBABLE)
    if around.asked:
        return replace(_graded(one, other, around, Grade.PROBABLE), kept=True)
    return _NOTHING


def _grade_of_a_number(one: Sale, other: Sale, around: Around) -> Grade:
    """How sure it is that two of one number are one: by contact, money, and days that a short number makes fewer."""
    most_days = CERTAIN_DAYS if telling(one.number) else CERTAIN_DAYS_OF_SHORT_NUMBERS
    near = days_apart(one.date, other.date) <= most_days
    return Grade.CERTAIN if around.same_contact and near and _same_money(one, other) else Grade.PROBABLE


def _run_together(one: Sale, other: Sale, around: Around) -> bool:
    """Whether two have one total, and numbers of which one only lacks separators: within a month those of one contact, within
    days all (contacts may have been merged, or be two for one person)."""
    if around.marked or not numbers_run_together(one.number, other.number):
        return False
    if not around.same_contact and not (telling(one.number) or telling(other.number)):
        return False
    most_days = CERTAIN_DAYS if around.same_contact else PROOF_DAYS
    return days_apart(one.date, other.date) <= most_days and _same_total(one, other)


def _look_alike(one: Sale, other: Sale, around: Around) -> bool:
    """Whether two of different numbers have one contact, day and lines, and nothing else of that total is near."""
    if not around.same_contact or not around.alone or around.marked or _void(one) or _void(other):
        return False
    return days_apart(one.date, other.date) <= ALIKE_DAYS and _same_lines(one.money, other.money)


def matching_sales(sale: Sale, candidates: Iterable[Snapshot], around: Callable[[Snapshot], Around]) -> list[Match]:
    """The candidates that the sale is, or may be."""
    graded = [Match(c, sale_evidence(sale, c.record, around(c))) for c in candidates if isinstance(c.record, Sale)]
    return [match for match in graded if match.evidence.grade is not Grade.NONE]


def certainly_one(one: Sale, other: Sale) -> bool:
    """Whether two documents are one whoever their contacts are said to be, if both their numbers are given only once."""
    return (
        one.type == other.type
        and telling(one.number)
        and numbers_agree(one.number, other.number)
        and one.money.currency == other.money.currency
        and not _void(one)
        and not _void(other)
        and _same_money(one, other)
        and days_apart(one.date, other.date) <= PROOF_DAYS
    )


def given_once(sale: Sale, own: Iterable[Snapshot]) -> bool:
    """Whether at most one of these documents of one side has the sale's number."""
    numbers = [s for s in own if isinstance(s.record, Sale) and numbers_agree(s.record.number, sale.number)]
    return len(numbers) <= 1


def lone(one: Snapshot, other: Snapshot, others: Sequence[Snapshot]) -> bool:
    """Whether no other document of that total is near for the contact of either. `others` are the documents around."""
    pair = {(s.side, s.id): s.record for s in (one, other)}
    contacts = {(side, r.contact_id) for (side, _), r in pair.items() if isinstance(r, Sale)}
    first = one.record
    assert isinstance(first, Sale)
    return not any(
        isinstance(s.record, Sale)
        and (s.side, s.id) not in pair
        and (s.side, s.record.contact_id) in contacts
        and s.record.money.total == first.money.total
        and days_apart(s.record.date, first.date) <= ALONE_DAYS
        for s in others
    )


def days_apart(one: date | None, other: date | None) -> int:
    """Days between two dates; a great many where one is not known."""
    return abs((one - other).days) if one is not None and other is not None else _NEVER


def differing(sale: Sale, invoice: Sale) -> list[str]:
    """What two documents that are to be one say differently about their money, in words; Oncord's comes first."""
    currency, differences = sale.money.currency, []
    if _void(sale) != _void(invoice):
        differences.append(f"it is void in {'Oncord' if _void(sale) else 'QuickBooks'} only")
    elif not _void(sale):
        for name, sale_amount, invoice_amount in (
            ("total", sale.money.total, invoice.money.total),
            ("tax", sale.money.tax_total, invoice.money.tax_total),
        ):
            if sale_amount != invoice_amount:
                sides = f"{with_currency(sale_amount, currency)} in Oncord and {with_currency(invoice_amount, currency)} in QuickBooks"
                differences.append(f"its {name} is {sides}")
    return differences


def _graded(one: Sale, other: Sale, around: Around, grade: Grade) -> Evidence:
    speaks: list[str] = []
    against: list[str] = []
    if numbers_agree(one.number, other.number):
        speaks.append("the same number")
    elif numbers_run_together(one.number, other.number):
        speaks.append(WITHOUT_SEPARATORS)
    else:
        against.append("another number")
    (speaks if around.same_contact else against).append(
        "the same contact" if around.same_contact else "another contact"
    )
    gap = days_apart(one.date, other.date)
    if gap <= CERTAIN_DAYS:
        speaks.append("the same day" if gap == 0 else f"{gap} day{'s' if gap > 1 else ''} apart")
    else:
        against.append(f"{gap} days apart" if gap < _NEVER else "a date is missing")
    if _void(one) != _void(other):
        against.append("one of the two is void")
    else:
        for name, one_amount, other_amount in (
            ("total", one.money.total, other.money.total),
            ("tax", one.money.tax_total, other.money.tax_total),
        ):
            if one_amount == other_amount:
                speaks.append(f"the same {name}")
            else:
                against.append(
                    f"the {name} differs by {with_currency(abs(one_amount - other_amount), one.money.currency)}"
                )
    return Evidence(grade, tuple(speaks), tuple(against), contends=grade is Grade.CERTAIN)


def _same_total(one: Sale, other: Sale) -> bool:
    return one.money.total == other.money.total and _void(one) == _void(other)


def _same_money(one: Sale, other: Sale) -> bool:
    """Amounts of what is void on both sides mean nothing any more."""
    if _void(one) and _void(other):
        return True
    return _same_total(one, other) and one.money.tax_total == other.money.tax_total


def _same_lines(one: Money, other: Money) -> bool:
    return bool(one.total) and one.total == other.total and _net(one) == _net(other)


def _net(money: Money) -> list[Decimal]:
    lines = (line.total - line.tax if money.amounts_include_tax else line.total for line in money.lines)
    return sorted(net for net in lines if net)


def _void(sale: Sale) -> bool:
    return sale.voided or sale.status == "cancelled"
