"""What a certificate says beside the differences: receivables rolled forward, accounts, numbers, and what was not compared."""

from datetime import date
from typing import Any

import pytest

from app.tieout.facts import Applied, Group, Settled
from app.tieout.judge import Judge
from app.tieout.period import Period, month_of
from app.tieout.rolls import Rolls
from tests.tieout.facts import SETTINGS, TIES, D, invoice, pair, payment, receipt, sale

NOVEMBER = month_of("2026-11")
OCTOBER, DECEMBER = date(2026, 10, 31), date(2026, 12, 1)
NOTHING = dict.fromkeys(
    ("opening", "sales", "credits", "receipts", "refunds", "written_off", "settled_otherwise", "closing", "later"),
    "0.00",
)


def rolled(*groups: Group, period: Period = NOVEMBER) -> Rolls:
    """What such records come to; each side's closing, and what is dated later, is what the judge certifies as owed there."""
    rolls = Rolls(period)
    judge = Judge(SETTINGS, rolls)
    for group in sorted(groups, key=lambda group: not group.entries[0].is_document):
        judge.take(group, TIES)
    judge.end()
    books = judge.certified()
    for side, figures in (("oncord", books.oncord), ("quickbooks", books.quickbooks)):
        owed = sum((amount for cell, amount in figures.items() if cell.table == "owed"), D(0))
        sums = [roll[side] for roll in rolls.roll_forward()]
        assert sum((D(each["closing"]) + D(each["later"]) for each in sums), D(0)) == owed
    return rolls


def _sides(rolls: Rolls) -> tuple[Any, Any]:
    [roll] = rolls.roll_forward()
    assert roll["currency"] == "AUD"
    return roll["oncord"], roll["quickbooks"]


def test_receivables_go_from_what_was_owed_before_to_what_is_owed_after() -> None:
    old = pair(sale("8", date=OCTOBER), invoice("91", date=OCTOBER))
    new = pair(sale(), invoice())
    credit = pair(sale("9", net="20", tax="2", credit=True), invoice("92", net="20", tax="2", credit=True))
    paid = pair(
        receipt("60", ("7", "60"), date=date(2026, 11, 21)), payment("60", ("90", "60"), date=date(2026, 11, 21))
    )
    back = pair(
        receipt("-22", record_id="21", date=date(2026, 11, 30), applied=(Applied("9", D(22), credit=True),)),
        payment("-22", record_id="96", date=date(2026, 11, 30), applied=(Applied("92", D(22), credit=True),)),
    )

    here, there = _sides(rolled(old, new, credit, paid, back))

    assert here == there
    assert here == {
        **NOTHING,
        "opening": "110.00",
        "sales": "110.00",
        "credits": "22.00",
        "receipts": "60.00",
        "refunds": "22.00",
        "closing": "160.00",
    }


def test_the_first_and_the_last_day_belong_to_the_period_and_the_next_one_does_not() -> None:
    days = [date(2026, 11, 1), date(2026, 11, 30), DECEMBER]
    groups = [pair(sale(str(n), date=day), invoice(str(90 + n), date=day)) for n, day in enumerate(days)]

    here, _ = _sides(rolled(*groups))

    assert (here["sales"], here["closing"], here["later"]) == ("220.00", "220.00", "0.00")


def test_money_that_a_bank_dates_in_the_next_month_is_later_on_that_side_only() -> None:
    paid = pair(receipt("60", ("7", "60"), date=date(2026, 11, 30)), payment("60", ("90", "60"), date=DECEMBER))
    rolls = rolled(pair(sale(), invoice()), paid)

    here, there = _sides(rolls)

    assert (here["closing"], here["later"]) == ("50.00", "0.00")
    assert (there["closing"], there["later"]) == ("110.00", "-60.00")
    assert [(x["what"], x["count"], x["amount"]) for x in rolls.not_compared()] == [
        ("balance", 1, "110.00"),
        ("days", 1, "60.00"),
    ]


def test_a_bad_debt_is_written_off_and_no_credit_whichever_side_says_so() -> None:
    here, there = _sides(
        rolled(
            pair(sale(), invoice()),
            pair(
                sale("9", net="20", tax="2", credit=True, reason="bad_debt"),
                invoice("92", net="20", tax="2", credit=True, items=frozenset({"31"})),
            ),
            pair(
                sale("10", net="10", tax="1", credit=True, reason="damaged"),
                invoice("93", net="10", tax="1", credit=True),
            ),
            Group(None, (invoice("94", net="30", tax="3", credit=True, items=frozenset({"30", "31"})),)),
        )
    )

    assert (here["credits"], here["written_off"], here["closing"]) == ("11.00", "22.00", "77.00")
    assert (there["credits"], there["written_off"], there["closing"]) == ("11.00", "55.00", "44.00")


def test_a_bad_debt_whose_item_is_not_chosen_any_more_is_known_by_its_pair() -> None:
    off = pair(
        sale("9", net="20", tax="2", credit=True, reason="bad_debt"),
        invoice("92", net="20", tax="2", credit=True, items=frozenset({"8"})),
    )
    here, there = _sides(rolled(pair(sale(), invoice()), off))

    assert here == there
    assert (here["credits"], here["written_off"]) == ("0.00", "22.00")


@pytest.mark.parametrize(
    ("named", "written_off", "otherwise"),
    [("20", "20.00", "0.00"), ("15", "15.00", "5.00"), ("25", "20.00", "0.00"), ("0", "0.00", "20.00")],
)
def test_what_the_books_name_as_written_off_is_told_apart_from_what_else_settles_it(
    named: str, written_off: str, otherwise: str
) -> None:
    told = (Settled("written_off", D(named), "Journal 5"),)
    here, there = _sides(rolled(pair(sale(), invoice(stated_paid=D(30), linked_paid=D(10), settled_by=told))))

    assert (there["written_off"], there["settled_otherwise"], there["closing"]) == (written_off, otherwise, "90.00")
    assert (here["written_off"], here["closing"]) == ("0.00", "110.00")


def test_what_was_written_off_is_taken_off_where_it_is_known() -> None:
    here, there = _sides(rolled(pair(sale(), invoice(stated_paid=D(30), linked_paid=D(10)))))

    assert (here["settled_otherwise"], here["closing"]) == ("0.00", "110.00")
    assert (there["settled_otherwise"], there["closing"]) == ("20.00", "90.00")


def test_a_sale_that_was_cancelled_late_is_a_sale_and_a_credit_on_both_sides() -> None:
    back = invoice("91", credit=True, takes_back=True, date=date(2026, 11, 25))

    here, there = _sides(rolled(pair(sale(void=True), invoice(), back)))

    assert here == there
    assert (here["sales"], here["credits"], here["closing"]) == ("110.00", "110.00", "0.00")


@pytest.mark.parametrize("day", [date(2026, 11, 20), OCTOBER])
def test_goodwill_leaves_its_account_and_is_no_refund_of_what_customers_are_owed(day: date) -> None:
    spent = pair(receipt("-50.00", date=day), payment("-50.00", date=day, expensed=True))
    back = pair(
        receipt("-20.00", record_id="21", date=day), payment("-20.00", record_id="96", date=day)
    )  # an overpayment that was returned

    rolls = rolled(spent, back)
    for side in _sides(rolls):
        amounts = {name: side[name] for name in ("opening", "refunds", "later")}
        assert sorted(amounts.values()) == ["0.00", "0.00", "20.00"]
    out = sum(D(row["oncord"]["out"]) - D(row["oncord"]["opening"]) for row in rolls.accounts())
    assert out == 70


def test_goodwill_and_a_refund_that_a_bank_dates_later_are_later_on_that_side() -> None:
    last = date(2026, 11, 30)
    spent = pair(receipt("-50.00", date=last), payment("-50.00", date=DECEMBER, expensed=True))
    back = pair(receipt("-20.00", record_id="21", date=last), payment("-20.00", record_id="96", date=DECEMBER))

    here, there = _sides(rolled(spent, back))

    assert (here["refunds"], here["later"]) == ("20.00", "0.00")
    assert (there["refunds"], there["later"]) == ("0.00", "20.00")


def test_money_is_told_by_account() -> None:
    before = pair(receipt("5", date=OCTOBER), payment("5", date=OCTOBER))
    paid = pair(
        receipt("60", record_id="21", date=date(2026, 11, 2)), payment("60", record_id="96", date=date(2026, 11, 2))
    )
    back = pair(
        receipt("-7", record_id="22", date=date(2026, 11, 3)),
        payment("-7", record_id="97", channel="36", date=date(2026, 11, 3)),
    )

    found = {row["channel"]: row for row in rolled(before, paid, back).accounts()}

    assert found["account:35"]["oncord"] == {"opening": "5.00", "in": "60.00", "out": "7.00", "balance": "58.00"}
    assert found["account:35"]["quickbooks"] == {"opening": "5.00", "in": "60.00", "out": "0.00", "balance": "65.00"}
    assert found["account:36"]["quickbooks"] == {"opening": "0.00", "in": "0.00", "out": "7.00", "balance": "-7.00"}


def test_sales_by_code_are_those_of_the_days_and_not_of_the_months_that_they_lie_in() -> None:
    """A period from 31 October on contains nothing of the days of October before that."""
    days = [date(2026, 10, 30), OCTOBER, date(2026, 11, 1), DECEMBER]
    groups = [pair(sale(str(n), date=day), invoice(str(90 + n), date=day)) for n, day in enumerate(days)]
    period = Period(OCTOBER, date(2026, 11, 30))

    [code] = rolled(*groups, period=period).by_code()

    assert (code["oncord"], code["quickbooks"]) == ({"sales": "200.00", "tax": "20.00"},) * 2


def test_each_side_counts_by_code_what_it_dates_in_the_period() -> None:
    [code] = rolled(pair(sale(date=date(2026, 11, 30)), invoice(date=DECEMBER))).by_code()

    assert code["oncord"] == {"sales": "100.00", "tax": "10.00"}
    assert code["quickbooks"] == {"sales": "0.00", "tax": "0.00"}


def test_an_account_in_which_nothing_ever_was_makes_no_row() -> None:
    joining = pair(receipt("0", date=OCTOBER), payment("0", date=OCTOBER, channel=""))

    assert rolled(joining).accounts() == []


def test_numbers_of_other_days_are_not_missing() -> None:
    """What is dated before or after the period has its number all the same; 10 is nowhere."""
    here = _numbered("INV-7", "INV-12")
    elsewhere = [*_numbered("INV-8", "INV-9", date=OCTOBER), *_numbered("INV-11", date=DECEMBER)]

    series = [each for each in rolled(*here, *elsewhere).series() if each["side"] == "oncord"]

    assert [(s["first"], s["last"], s["count"], s["missing"], s["gaps"]) for s in series] == [(7, 12, 2, 1, ["10"])]


def test_what_is_not_compared_of_other_days_is_none_of_the_period() -> None:
    early = pair(sale(number="A1", date=OCTOBER), invoice(number="B2", stated_paid=D(0), date=OCTOBER), adopted=True)

    assert rolled(early).not_compared() == []


def _numbered(*numbers: str, **members: Any) -> list[Group]:
    return [pair(sale(number, number=number, **members)) for number in numbers]


def test_numbers_are_told_by_series_with_their_gaps_and_what_is_void() -> None:
    groups = [
        *_numbered("INV-7", "INV-8", "INV-12"),
        *_numbered("INV-11", void=True),
        *_numbered("3"),
        *_numbered("no number"),
    ]

    series = rolled(*groups).series()

    assert [(s["prefix"], s["first"], s["last"], s["count"], s["missing"], s["gaps"], s["voided"]) for s in series] == [
        ("", 3, 3, 1, 0, [], []),
        ("INV-", 7, 12, 4, 2, ["9 to 10"], ["INV-11"]),
    ]
    assert rolled(*_numbered("INV-7", date=OCTOBER)).series() == []


def test_what_was_not_compared_is_counted_with_its_amount() -> None:
    known: dict[str, Any] = {"stated_paid": D(0)}
    groups = [
        pair(sale(number="A1"), invoice(number="B2", **known), adopted=True),
        pair(sale("8", tax_total=D(11)), invoice("91")),
        pair(sale("9", unreadable="no total")),
    ]

    found = {(x["what"], x["count"], x["amount"], x["currency"]) for x in rolled(*groups).not_compared()}

    assert found == {
        ("numbers", 1, "110.00", "AUD"),
        ("codes", 1, "110.00", "AUD"),
        ("balance", 1, "110.00", "AUD"),
        ("unreadable", 1, "110.00", "AUD"),
    }


def test_where_all_is_compared_nothing_is_left_out() -> None:
    assert rolled(pair(sale(), invoice(stated_paid=D(0)))).not_compared() == []


def test_a_period_knows_its_months() -> None:
    assert Period(date(2026, 10, 31), date(2027, 1, 1)).months() == {"2026-10", "2026-11", "2026-12", "2027-01"}
    assert month_of("2026-02") == Period(date(2026, 2, 1), date(2026, 2, 28))
