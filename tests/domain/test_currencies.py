"""Amounts by the currency's own digits (ISO 4217): rounding, splitting, tolerance and words."""

from decimal import Decimal

import pytest

from app.domain.model.currencies import smallest, unit_of, written
from app.domain.model.records import Line, Money
from app.domain.model.totals import (
    CentMoves,
    Rate,
    TaxTable,
    half_up,
    moved,
    shares,
)
from app.domain.sales.tax_representation import render

D = Decimal
TABLE = TaxTable("global", {"5": (Rate("r10", D(10)),), "0": ()}, "0")


@pytest.mark.parametrize(
    ("currency", "unit", "words", "name"),
    [
        ("JPY", "1", "1234", "JPY"),
        ("KRW", "1", "1234", "KRW"),
        ("KWD", "0.001", "1234.400", "thousandths of KWD"),
        ("AUD", "0.01", "1234.40", "cents"),
        ("", "0.01", "1234.40", "cents"),
    ],
)
def test_a_currency_has_its_own_digits(currency: str, unit: str, words: str, name: str) -> None:
    assert unit_of(currency) == D(unit)
    assert written(half_up(D("1234.4"), unit_of(currency)), currency) == words
    assert smallest(currency) == name


@pytest.mark.parametrize(("currency", "parts"), [("JPY", "34 33 33"), ("KWD", "33.334 33.333 33.333")])
def test_what_is_shared_out_has_no_smaller_parts_than_the_currency(currency: str, parts: str) -> None:
    assert shares(D(100), [D(1)] * 3, unit_of(currency)) == [D(part) for part in parts.split()]
    assert shares(D(100), [D(1)] * 3) == [D("33.34"), D("33.33"), D("33.33")]


@pytest.mark.parametrize(
    ("currency", "net", "tax"), [("JPY", "1005", "101"), ("KWD", "1.255", "0.126"), ("AUD", "10.05", "1.01")]
)
def test_tax_is_predicted_in_the_currencys_digits(currency: str, net: str, tax: str) -> None:
    line = Line(D(net), quantity=D(1), unit_price=D(net), tax_code="5", tax=D(tax))
    made = render(Money(currency, (line,), False, D(tax), D(net) + D(tax)), TABLE)
    assert (made.tax_total, made.total, made.explicit_tax) == (D(tax), D(net) + D(tax), False)


@pytest.mark.parametrize(("currency", "amount"), [("JPY", "10.50"), ("KWD", "1.2555"), ("AUD", "1.005")])
def test_less_than_can_be_paid_is_refused_in_words(currency: str, amount: str) -> None:
    with pytest.raises(CentMoves, match=smallest(currency)):
        render(Money(currency, (Line(D(amount), tax_code="0"),), False, D(0), D(amount)), TABLE)


def test_a_yen_for_each_line_is_rounding_and_one_more_is_not() -> None:
    lines = tuple(Line(D(100), tax_code="0") for _ in range(9))
    assert render(Money("JPY", lines, False, D(0), D(909)), TABLE).total == 909
    with pytest.raises(CentMoves, match="900, but the sale's total is 910"):
        render(Money("JPY", lines, False, D(0), D(910)), TABLE)


def test_a_moved_yen_is_told_in_yen() -> None:
    assert (
        moved(Money("JPY", total=D(100)), Money("JPY", total=D(101)))
        == "The total became 101 instead of 100: 1 JPY more."
    )
