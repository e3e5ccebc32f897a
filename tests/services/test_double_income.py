"""What else puts the shop's sales into QuickBooks is found; chance, other tills and ordinary books are not taken for it."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.domain.model.records import Money, Sale
from app.services.adviser import advice, advice_about
from app.services.double_income import Entries, double_income, entered_twice, next_numbers, taken_numbers
from app.services.ports import BookedSale
from tests.services.test_adviser import CHOICES, GOOD

START = date(2026, 11, 1)


def sale(number: str, total: str, day: int = 0, currency: str = "AUD") -> Sale:
    money = Money(currency, (), True, Decimal(0), Decimal(total))
    return Sale("1", money, number=number, date=START + timedelta(days=day))


def booked(number: str, total: str, day: int = 0, currency: str = "") -> BookedSale:
    return BookedSale("sales receipt", number, START + timedelta(days=day), Decimal(total), currency)


SALES = [sale(str(1041 + n), f"{20 + n}.50", n) for n in range(6)]
COPIES = [booked(f"SR-{n}", f"{20 + n}.50", n) for n in range(6)]


def entries(sales: list[Sale], receipts: list[BookedSale]) -> Entries:
    return Entries(sales, receipts, home="AUD")


def test_sales_receipts_of_the_shops_totals_and_days_are_found_with_examples_and_what_to_do() -> None:
    told = double_income(entries(SALES, COPIES))

    assert told is not None
    found, better = told
    assert found.startswith(
        "QuickBooks has 6 sales receipts from 1 Nov 2026 to 6 Nov 2026, 138.00 AUD together, with the totals and days of 6 sales of the"
        " shop: sales receipt SR-0 of 20.50 AUD on 1 Nov 2026 beside sale 1041 of 1 Nov 2026;"
    )
    assert "income twice" in found
    assert "stop it" in better


def test_a_receipt_a_day_that_is_all_sales_of_the_day_is_found() -> None:
    sales = [sale(f"{day}{n}", f"{10 + day}.00", day) for day in range(3) for n in range(2)]
    receipts = [booked("", f"{2 * (10 + day)}.00", day) for day in range(3)]

    found = entered_twice(entries(sales, receipts))

    assert [len(each.sales) for each in found] == [2, 2, 2]
    assert "beside the 2 sales of that day" in str(double_income(entries(sales, receipts)))


def test_one_of_the_same_number_is_enough() -> None:
    assert len(entered_twice(entries(SALES, [booked("#1043", "22.50", 3)]))) == 1
    assert entered_twice(entries(SALES, [booked("SR-9", "22.50", 3)])) == []


@pytest.mark.parametrize(
    "receipts",
    [
        [],
        [booked(f"T-{n}", f"{500 + n}.00", n) for n in range(6)],
        [booked(f"T-{n}", f"{20 + n}.50", n + 20) for n in range(6)],
        [booked(f"T-{n}", f"{20 + n}.50", n, "USD") for n in range(6)],
        [*COPIES[:2], *(booked(f"T-{n}", f"{500 + n}.00", n) for n in range(30))],
    ],
    ids=["none", "another till", "other days", "another currency", "a few by chance"],
)
def test_what_is_entered_besides_is_no_double_income(receipts: list[BookedSale]) -> None:
    assert double_income(entries(SALES, receipts)) is None


def test_three_of_many_by_chance_are_not_taken_for_it() -> None:
    sales = [sale(str(n), "22.00", n % 28) for n in range(200)]
    receipts = [booked(f"T-{n}", "22.00" if n < 3 else f"{500 + n}.00", n % 28) for n in range(100)]

    assert double_income(entries(sales, receipts)) is None


def test_the_sales_of_a_day_are_taken_for_one_receipt_only() -> None:
    of_a_day = [sale(f"{n}", "11.00") for n in range(2)]
    receipts = [booked(name, "22.00") for name in ("A", "B", "C")]

    assert entered_twice(entries(of_a_day, receipts)) == []
    several_days = [sale(f"{day}{n}", "11.00", day) for day in range(3) for n in range(2)]
    twice = [booked(f"{name}{day}", "22.00", day) for day in range(3) for name in ("A", "B")]
    assert [each.receipt.number for each in entered_twice(entries(several_days, twice))] == ["A0", "A1", "A2"]
    assert "of 6 sales of the shop" in str(double_income(entries(several_days, twice)))


def test_each_sale_is_taken_for_one_receipt_only() -> None:
    assert (
        entered_twice(entries([sale("7", "22.00")], [booked("A", "22.00"), booked("B", "22.00"), booked("C", "22.00")]))
        == []
    )


@pytest.mark.parametrize(
    ("numbers", "first"),
    [
        (["1041", "1042", "1040"], "1043"),
        (["W-0098", "W-0099", "7"], "W-0100"),
        (["INV/2026/7"], "INV/2026/8"),
        (["no number"], ""),
        ([], ""),
    ],
)
def test_the_next_numbers_follow_the_series_that_most_sales_have(numbers: list[str], first: str) -> None:
    found = next_numbers([sale(number, "1.00") for number in numbers])

    assert (found[0] if found else "") == first
    assert len(found) in (0, 50)


def test_numbers_that_are_taken_are_named_and_a_prefix_offered() -> None:
    taken = [BookedSale("invoice", str(1049 + n), date(2024, 5, 3), Decimal("33.00")) for n in range(5)]
    told = taken_numbers(Entries(SALES, [], ("1047", "1096"), taken, "AUD"))

    assert told is not None
    assert "1047 to 1096, meet numbers that QuickBooks has already: invoice 1049 of 33.00 AUD on 3 May 2024" in told[0]
    assert "and 2 more" in told[0]
    assert "W1047" in told[1]
    assert taken_numbers(Entries(SALES, [], ("1047", "1096"), (), "AUD")) is None


def test_the_adviser_says_both_first_and_nothing_of_numbers_that_quickbooks_gives() -> None:
    taken = (BookedSale("invoice", "1047", date(2024, 5, 3), Decimal("33.00")),)
    found = Entries(SALES, COPIES, ("1047", "1096"), taken, "AUD")
    choices = replace(CHOICES, entries=found)

    assert [each.field for each in advice(GOOD, choices)][:2] == ["start_date", "document_numbers"]
    of_books = replace(GOOD, document_numbers="quickbooks")
    assert [each.field for each in advice(of_books, choices)][:1] == ["start_date"]
    assert "document_numbers" not in [each.field for each in advice(of_books, choices)]
    assert [each.field for each in advice_about(found)] == ["start_date", "document_numbers"]
    assert advice_about(None) == ()
    assert advice(GOOD, replace(CHOICES, entries=entries(SALES, []))) == advice(GOOD, CHOICES)
