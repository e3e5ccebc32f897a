"""What of everything a certificate of a period holds: its own, what of before is part of its first day, and nothing of after."""

from datetime import date

from app.tieout.causes import Cause
from app.tieout.certificate import (
    carried_in,
    check,
    counting,
    difference_to_plain,
    figures_to_plain,
    light,
    of_the_period,
)
from app.tieout.differences import Difference
from app.tieout.facts import Group
from app.tieout.figures import less, total
from app.tieout.judge import Judge
from app.tieout.period import Period, month_of
from app.tieout.rolls import Rolls
from tests.tieout.facts import SETTINGS, TIES, invoice, pair, payment, receipt, sale

NOVEMBER = month_of("2026-11")
EARLY, WITHIN, LATE = date(2026, 10, 12), date(2026, 11, 12), date(2026, 12, 6)


def judged(*groups: Group, period: Period = NOVEMBER) -> tuple[Judge, list[Difference]]:
    judge = Judge(SETTINGS, Rolls(period))
    found = [each for group in groups for each in judge.take(group, TIES)]
    return judge, [*found, *judge.end()[2]]


def certified(*groups: Group, period: Period = NOVEMBER) -> list[str]:
    """Whose differences the certificate holds; its figures come out by them alone."""
    judge, found = judged(*groups, period=period)
    books = judge.certified()
    lines = of_the_period([difference_to_plain(each, judge.moves_in_period(each), {}) for each in found])
    kept = [each for each in found if each.when in ("in", "before")]
    assert total(judge.moves_in_period(each) for each in kept) == less(books.quickbooks, books.oncord)
    figures = figures_to_plain(books.oncord, books.quickbooks, books.by_cause, {})
    assert {figure["key"][-7:] for figure in figures if figure["table"].startswith(("sales", "tax"))} <= period.months()
    return [f"{line['when']} {line['oncord_id'] or line['quickbooks_id']} {line['sort']}" for line in lines]


def lone(record_id: str, day: date) -> Group:
    return pair(sale(record_id, date=day))


def test_only_what_is_dated_in_the_period_or_is_part_of_its_first_day_stands_in_its_certificate() -> None:
    groups = (lone("1", EARLY), lone("2", WITHIN), lone("3", LATE))

    assert certified(*groups) == ["before 1 sales", "in 2 sales"]


def test_a_month_before_everything_agrees_whatever_differs_later() -> None:
    late = pair(receipt("133.85", date=LATE))

    assert certified(late, lone("3", LATE), period=month_of("2026-08")) == []


def test_what_moves_only_figures_of_a_month_before_is_no_matter_of_the_period() -> None:
    """Sales that stand under another code in October: what is owed is the same."""
    there = invoice(lines=(), net="100", tax="10", date=EARLY)
    moved = pair(sale(date=EARLY), there)
    judge, found = judged(moved)

    assert [each.when for each in found if not judge.moves_in_period(each)] == ["past"] * sum(
        not judge.moves_in_period(each) for each in found
    )
    assert certified(moved) == [f"before {each.oncord_id} sales" for each in found if judge.moves_in_period(each)]


def test_a_payment_that_a_bank_dates_after_the_end_belongs_to_the_period() -> None:
    across = pair(receipt("60", date=date(2026, 11, 30)), payment("61", date=LATE))

    assert set(certified(across)) == {"in 20 receipts"}


def test_what_is_carried_in_turns_the_light_only_where_nobody_can_explain_it() -> None:
    lines = [
        {"when": "before", "cause": Cause.KEPT_BY_RULE.value},
        {"when": "before", "cause": Cause.UNEXPLAINED.value},
        {"when": "in", "cause": Cause.REFUSED.value},
        {"cause": Cause.REFUSED.value},
    ]

    assert counting(lines) == lines[1:]
    assert carried_in(lines) == lines[:1]
    assert light(len(counting(lines[:1])), 0) == "agrees"
    assert check({"format": "oncord-quickbooks tie-out 4"}) != []
