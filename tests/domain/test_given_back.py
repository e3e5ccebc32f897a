"""R5: the adjustment that a refund of goods or price pays back: the whole sale, one of its lines, or each line in proportion."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.domain.model.link_part import REFUND, format_part, made_for_refund, parse_part
from app.domain.model.records import Kind, Line, Money, Sale
from app.domain.receipts.given_back import Left, adjustment_of, amount_is, what_is_left

DAY = date(2026, 11, 20)


def line(total: str, tax: str, code: str, **members: object) -> Line:
    quantity, price = Decimal(2), Decimal(total) / 2
    return Line(
        Decimal(total), id=f"l{total}", quantity=quantity, unit_price=price, tax_code=code, tax=Decimal(tax), **members
    )  # type: ignore[arg-type]


def sale(*lines: Line, includes: bool = True) -> Sale:
    total = sum((x.total if includes else x.total + x.tax for x in lines), Decimal(0))
    tax = sum((x.tax for x in lines), Decimal(0))
    return Sale(
        "1", Money("AUD", lines, includes, tax, total), number="1041", date=date(2026, 11, 1), notes="Thank you"
    )


def untouched(of: Sale) -> Left:
    return what_is_left(of, [])


def given(*lines: Line) -> Sale:
    return replace(sale(*lines), type="adjustment", adjusts_id="7")


TEA, BREAD = line("22.00", "2.00", "GST"), line("10.00", "0.00", "FRE")


def test_the_whole_sale_is_given_back_line_by_line_and_dated_as_the_refund() -> None:
    back = adjustment_of(untouched(sale(TEA, BREAD)), "7", Decimal("32.00"), DAY, 0)

    assert (back.type, back.number, back.date, back.adjusts_id) == ("adjustment", "1041-R", DAY, "7")
    assert (back.money.total, back.money.tax_total) == (Decimal("32.00"), Decimal("2.00"))
    assert [(x.total, x.tax_code, x.quantity, x.id) for x in back.money.lines] == [
        (Decimal("22.00"), "GST", 2, ""),
        (Decimal("10.00"), "FRE", 2, ""),
    ]
    assert (back.notes, back.paid) == ("", 0)


def test_what_is_just_one_line_is_that_line() -> None:
    back = adjustment_of(untouched(sale(TEA, BREAD)), "7", Decimal("10.00"), DAY, 1)

    assert [x.tax_code for x in back.money.lines] == ["FRE"]
    assert (back.money.total, back.money.tax_total, back.number) == (Decimal("10.00"), Decimal("0.00"), "1041-R2")


@pytest.mark.parametrize(
    ("amount", "goods", "tax"),
    [("16.00", ["11.00", "5.00"], "1.00"), ("9.99", ["6.87", "3.12"], "0.62"), ("0.01", ["0.01"], "0.00")],
)
def test_a_part_of_the_price_is_each_line_in_proportion_with_its_tax_code(
    amount: str, goods: list[str], tax: str
) -> None:
    money = adjustment_of(untouched(sale(TEA, BREAD)), "7", Decimal(amount), DAY, 0).money

    assert [x.total for x in money.lines] == list(map(Decimal, goods))
    assert sum(x.total for x in money.lines) == money.total == Decimal(amount)
    assert money.tax_total == sum(x.tax for x in money.lines) == Decimal(tax)
    assert all(x.quantity == 1 and x.unit_price == x.total for x in money.lines)


def test_where_tax_is_added_the_amount_that_was_paid_back_includes_it() -> None:
    plain = untouched(sale(line("20.00", "2.00", "GST"), BREAD, includes=False))
    money = adjustment_of(plain, "7", Decimal("16.00"), DAY, 0).money

    assert sum(x.total + x.tax for x in money.lines) == money.total == Decimal("16.00")
    assert [(x.total, x.tax) for x in money.lines] == [(Decimal("10.00"), Decimal("1.00")), (Decimal("5.00"), 0)]


def test_what_an_amount_is_of_a_sale() -> None:
    twice = untouched(sale(TEA, line("22.00", "0.00", "FRE")))

    assert amount_is(untouched(sale(TEA, BREAD)), Decimal("32.00")) == "whole"
    assert amount_is(untouched(sale(TEA, BREAD)), Decimal("22.00")) == "line"
    assert amount_is(untouched(sale(TEA, BREAD)), Decimal("21.99")) == "part"
    assert amount_is(twice, Decimal("22.00")) == "part", "which of the two it is nobody can tell, and their tax differs"


CARD_USED = line("-20.00", "0.00", "", voucher=True)
CARD = line("50.00", "0.00", "", voucher=True)
ROUNDING = line("0.02", "0.00", "", kind="rounding")


def parts_of(left: Left, amount: str) -> list[tuple[str, Decimal, Decimal]]:
    money = adjustment_of(left, "7", Decimal(amount), DAY, 0).money
    assert sum(x.total for x in money.lines) + (0 if money.amounts_include_tax else money.tax_total) == money.total
    assert money.tax_total == sum(x.tax for x in money.lines)
    return [(x.tax_code, x.total, x.tax) for x in money.lines]


@pytest.mark.parametrize("beside", [CARD_USED, CARD, ROUNDING])
@pytest.mark.parametrize("includes", [True, False])
def test_a_part_of_the_price_is_none_of_a_voucher_and_none_of_rounding(beside: Line, includes: bool) -> None:
    tea = line("88.00" if includes else "80.00", "8.00", "GST")
    left = untouched(sale(tea, beside, includes=includes))

    assert amount_is(left, Decimal("30.00")) == "part"
    tax = Decimal("2.73")
    assert parts_of(left, "30.00") == [("GST", Decimal("30.00") if includes else Decimal("30.00") - tax, tax)]


def test_what_no_goods_are_left_for_is_no_part() -> None:
    assert amount_is(untouched(sale(BREAD, CARD)), Decimal("10.01")) is None, "the rest is a voucher"
    assert amount_is(untouched(sale(BREAD, CARD)), Decimal("50.00")) == "line", "the voucher itself was handed back"
    assert amount_is(untouched(sale(TEA, CARD_USED)), Decimal("2.01")) is None, "more than the sale came to"
    assert amount_is(untouched(sale(CARD)), Decimal("5.00")) is None


def test_what_was_given_back_before_is_left_of_no_line() -> None:
    left = what_is_left(sale(TEA, BREAD), [given(TEA)])

    assert [amount_is(left, Decimal(x)) for x in ("22.00", "10.01", "10.00", "4.00")] == [None, None, "line", "part"]
    assert parts_of(left, "4.00") == [("FRE", Decimal("4.00"), Decimal(0))]
    assert amount_is(what_is_left(sale(TEA, BREAD), [given(TEA), given(BREAD)]), Decimal("0.01")) is None
    assert amount_is(what_is_left(sale(TEA, BREAD), [given(TEA, BREAD)]), Decimal("32.00")) is None


def test_what_is_left_of_a_line_has_the_tax_that_is_left_of_it() -> None:
    third = line("7.33", "0.67", "GST")
    left = what_is_left(sale(TEA), [given(third), given(third)])

    assert amount_is(left, Decimal("7.34")) == "rest"
    assert parts_of(left, "7.34") == [("GST", Decimal("7.34"), Decimal("0.66"))], "2.00 of tax in all"


def test_an_adjustment_of_other_words_takes_from_the_lines_of_its_code() -> None:
    price = line("12.00", "1.09", "GST", description="Price reduced")
    left = what_is_left(sale(BREAD, replace(TEA, description="Tea")), [given(price)])

    assert parts_of(left, "20.00") == [("FRE", Decimal(10), 0), ("GST", Decimal(10), Decimal("0.91"))]


def test_an_adjustment_tells_by_its_marker_for_which_refund_it_was_made() -> None:
    assert parse_part(Kind.SALE, format_part(REFUND)) is REFUND
    assert made_for_refund("quickbooks:123:sale:17:refund", "17")
    assert made_for_refund("quickbooks:123:sale:17:refund:g2", "17")
    assert not made_for_refund("quickbooks:123:sale:117:refund", "17")
    assert not made_for_refund("quickbooks:123:sale:17", "17")
    assert not made_for_refund("", "17")
