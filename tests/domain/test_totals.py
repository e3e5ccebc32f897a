"""A sale's total and its tax per code reach QuickBooks to the cent, or the sale is refused with the cent named (I14).

The oracle is the simulator's own arithmetic, which was written separately from what QuickBooks was seen to do.
Set TOTALS_EXAMPLES=20000 for the full search.
"""

import os
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.model.currencies import CENT
from app.domain.model.records import Line, Money
from app.domain.model.totals import (
    ZERO,
    CentMoves,
    Rate,
    Rendition,
    TaxTable,
    half_up,
    moved,
    percent_of,
    priced,
    spread,
)
from app.domain.sales.tax_representation import render
from app.sandbox.quickbooks.tax import rounding as quickbooks

EXAMPLES = int(os.environ.get("TOTALS_EXAMPLES", "150"))
FREE, GST, ODD, DOUBLE, NONE = "4", "5", "6", "7", "8"
RATES = {
    FREE: (Rate("r0", Decimal(0)),),
    GST: (Rate("r10", Decimal(10)),),
    ODD: (Rate("r7", Decimal("7.1")),),
    DOUBLE: (Rate("r5", Decimal(5)), Rate("rq", Decimal("9.975"))),
    NONE: (),
}
AUSTRALIA = TaxTable("global", RATES, NONE)
AMERICA = TaxTable("us", {"TAX": (), "NON": ()}, "NON")


def line(total: str, tax: str = "0", code: str = GST, **changes: object) -> Line:
    return Line(total=Decimal(total), tax=Decimal(tax), tax_code=code, item="1", **changes)  # type: ignore[arg-type]


def sale(*lines: Line, tax: str, total: str, inclusive: bool = True) -> Money:
    return Money("AUD", lines, inclusive, Decimal(tax), Decimal(total))


def figures(rendition: Rendition, table: TaxTable) -> tuple[Decimal, dict[str, Decimal]]:
    """Total and tax per code as QuickBooks makes them of a rendition (non-US)."""
    charges = rendition.charges
    portions = [
        quickbooks.Portion(
            c.net, c.gross, tuple(quickbooks.Rate(r.id, r.percent) for r in table.rates.get(c.tax_code, ()))
        )
        for c in charges
    ]
    inclusive = rendition.mode == "TaxInclusive"
    computed = quickbooks.tax_included(portions) if inclusive else quickbooks.tax_added(portions)
    taxes = {total.rate.id: total.tax for total in computed}
    if rendition.explicit_tax:
        for told in rendition.taxes:
            assert abs(told.tax - taxes[told.rate.id]) <= 5 * CENT
            taxes[told.rate.id] = told.tax
    elif inclusive:
        for c in charges:
            percent = percent_of(table.rates.get(c.tax_code, ()))
            assert c.gross is not None
            assert c.net == quickbooks.net_of(c.gross, percent)
    per_code = {
        code: sum((taxes.get(rate.id, ZERO) for rate in table.rates.get(code, ())), ZERO)
        for code in {c.tax_code for c in charges}
    }
    net = sum((c.net for c in charges), ZERO)
    return net + sum(taxes.values(), ZERO), {code: tax for code, tax in per_code.items() if tax}


def wanted(money: Money) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for one in money.lines:
        found[one.tax_code] = found.get(one.tax_code, ZERO) + one.tax
    return {code: tax for code, tax in found.items() if tax}


@st.composite
def shop_sales(draw: st.DrawFn) -> Money:
    """A sale as a shop makes it: its own rounding, discounts, shipping, sometimes a total rounded to five cents."""
    inclusive = draw(st.booleans())
    per_line = draw(st.booleans())
    way = draw(st.sampled_from([ROUND_HALF_UP, ROUND_HALF_EVEN]))
    raw: list[tuple[Decimal, str, Decimal | None]] = []
    for _ in range(draw(st.integers(1, 12))):
        code = draw(st.sampled_from([GST, GST, GST, FREE, ODD, DOUBLE]))
        quantity = draw(st.sampled_from([None, Decimal(1), Decimal(3), Decimal("2.5"), Decimal(44)]))
        raw.append((Decimal(draw(st.integers(0, 500_000))) / 100, code, quantity))
    if draw(st.booleans()):
        largest = max(raw, key=lambda one: one[0])
        raw.append((-half_up(largest[0] / draw(st.integers(2, 9))), largest[1], None))
    percents = [percent_of(RATES[code]) for _, code, _ in raw]
    exact = [
        amount * percent / (100 + percent if inclusive else Decimal(100))
        for (amount, _, _), percent in zip(raw, percents, strict=True)
    ]
    taxes = [x.quantize(CENT, way) for x in exact]
    if not per_line:
        for code in {code for _, code, _ in raw}:
            places = [i for i, (_, c, _) in enumerate(raw) if c == code]
            together = sum((exact[i] for i in places), ZERO).quantize(CENT, way)
            for i, tax in zip(places, spread([exact[i] for i in places], together), strict=True):
                taxes[i] = tax
    lines = tuple(
        Line(total=amount, tax=tax, tax_code=code, item="1", quantity=quantity)
        for (amount, code, quantity), tax in zip(raw, taxes, strict=True)
    )
    tax_total = sum(taxes, ZERO)
    total = sum((one.total for one in lines), ZERO) + (ZERO if inclusive else tax_total)
    if draw(st.integers(0, 4)) == 0:
        total = (total / 5 * 100).quantize(Decimal(1), ROUND_HALF_UP) * 5 / 100
    return Money("AUD", lines, inclusive, tax_total, half_up(total))


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(shop_sales())
def test_what_is_rendered_is_reproduced_to_the_cent_or_refused(money: Money) -> None:
    try:
        rendition = render(money, AUSTRALIA)
    except CentMoves:
        return

    total, taxes = figures(rendition, AUSTRALIA)

    assert total == money.total == rendition.total
    assert taxes == wanted(money)
    for charge in rendition.charges:
        if charge.quantity is not None and charge.unit_price is not None:
            assert half_up(charge.quantity * charge.unit_price) == charge.net
            assert charge.unit_price == charge.unit_price.quantize(Decimal("0.0000001"))


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(shop_sales().filter(lambda m: len(m.lines) > 2 and m.total >= 0))
def test_honest_rounding_is_never_refused(money: Money) -> None:
    assert render(money, AUSTRALIA).total == money.total


@pytest.mark.parametrize(
    ("gross", "net", "tax"),
    [("11548.95", "10499.05", "1049.90"), ("769.94", "699.95", "69.99"), ("61.10", "55.55", "5.55")],
)
def test_the_recorded_inclusive_lines_are_predicted(gross: str, net: str, tax: str) -> None:
    rendition = render(sale(line(gross, tax), tax=tax, total=gross), AUSTRALIA)

    assert rendition.mode == "TaxInclusive"
    assert [c.net for c in rendition.charges] == [Decimal(net)]
    assert not rendition.explicit_tax


def test_a_shop_that_rounds_tax_per_line_on_net_prices_is_said_inclusive() -> None:
    lines = [line("0.05", "0.01") for _ in range(3)]

    rendition = render(sale(*lines, tax="0.03", total="0.18", inclusive=False), AUSTRALIA)

    assert rendition.mode == "TaxInclusive"
    assert figures(rendition, AUSTRALIA) == (Decimal("0.18"), {GST: Decimal("0.03")})


def test_a_shop_that_rounds_once_on_gross_prices_is_said_exclusive() -> None:
    lines = [line("0.50", tax) for tax in ("0.05", "0.05", "0.04")]

    rendition = render(sale(*lines, tax="0.14", total="1.50"), AUSTRALIA)

    assert rendition.mode == "TaxExcluded"
    assert figures(rendition, AUSTRALIA) == (Decimal("1.50"), {GST: Decimal("0.14")})


def test_a_cent_that_no_mode_makes_is_told_outright() -> None:
    rendition = render(sale(line("100.00", "9.10"), tax="9.10", total="100.00"), AUSTRALIA)

    assert rendition.explicit_tax
    assert [(t.rate.id, t.tax) for t in rendition.taxes] == [("r10", Decimal("9.10"))]


@pytest.mark.parametrize(
    ("lines", "tax", "is_rounding"),
    [
        (1, "9.10", True),  # 0.9 of the cent that one line and the total may be off
        (1, "9.08", False),  # 1.1 cents
        (2, "18.19", True),
        (2, "18.20", False),  # 1.8 cents of 1.5
        (3, "27.29", True),  # 1.7 of 2
        (3, "27.30", False),  # 2.7 of 2
        (30, "272.88", True),  # 15.3 of 15.5: not five cents in all
        (30, "272.89", False),
    ],
)
def test_i14_tax_may_differ_by_half_a_cent_for_each_taxed_line_and_half_a_cent_for_the_total(
    lines: int, tax: str, is_rounding: bool
) -> None:
    """Each line is 100.00 with tax, of which its rate makes 9.0909..., beside a line that bears none."""
    split = spread([Decimal(100) / 11] * lines, Decimal(tax))
    every = [*(line("100.00", str(part)) for part in split), line("5.00", code=FREE)]
    money = sale(*every, tax=tax, total=f"{lines * 100 + 5}.00")

    if is_rounding:
        rendition = render(money, AUSTRALIA)
        assert (rendition.tax_total, rendition.total) == (Decimal(tax), money.total)
    else:
        with pytest.raises(CentMoves, match="not rounding"):
            render(money, AUSTRALIA)


def test_i14_the_lines_tax_may_miss_the_sales_by_as_much_and_no_more() -> None:
    lines = [line("1.05", "0.10") for _ in range(10)]

    assert render(sale(*lines, tax="0.95", total="10.50"), AUSTRALIA).tax_total == Decimal("0.95")
    with pytest.raises(CentMoves, match=r"adds up to 1\.00, but the sale says 0\.94"):
        render(sale(*lines, tax="0.94", total="10.50"), AUSTRALIA)


def test_a_total_rounded_by_cents_gets_a_rounding_line_without_tax() -> None:
    money = sale(line("10.01", "0.91"), line("5.01", "0.46"), tax="1.37", total="15.00")

    rendition = render(money, AUSTRALIA)

    assert rendition.charges[-1].position is None
    assert (rendition.charges[-1].net, rendition.charges[-1].tax_code) == (Decimal("-0.02"), NONE)


@pytest.mark.parametrize("table", [AUSTRALIA, AMERICA, TaxTable("none", {})])
@pytest.mark.parametrize(
    ("currency", "lines", "total", "most"),
    [
        ("USD", 1, "10.01", "0.01"),  # a cent a line
        ("USD", 10, "100.10", "0.10"),
        ("AUD", 1, "10.02", "0.025"),  # the coin of five cents
        ("AUD", 10, "99.90", "0.10"),
        ("NZD", 1, "9.95", "0.05"),
        ("SEK", 1, "10.50", "0.50"),
        ("CHF", 1, "10.02", "0.025"),
    ],
)
def test_i14_a_total_may_be_rounded_by_a_cent_a_line_or_to_the_smallest_coin(
    table: TaxTable, currency: str, lines: int, total: str, most: str
) -> None:
    code = {"global": FREE, "us": "NON"}.get(table.regime, "")
    goods = tuple(line("10.00", code=code) for _ in range(lines))
    reached = Decimal(10 * lines)
    money = Money(currency, goods, False, ZERO, Decimal(total))

    rounding = render(money, table).charges[-1]

    assert (rounding.position, rounding.net) == (None, Decimal(total) - reached)
    assert rounding.tax_code == {"global": NONE, "us": "NON"}.get(table.regime, "")
    beyond = half_up(Decimal(most)) + CENT if half_up(Decimal(most)) == Decimal(most) else half_up(Decimal(most))
    for apart in (beyond, -beyond):
        with pytest.raises(CentMoves, match="more than rounding"):
            render(Money(currency, goods, False, ZERO, reached + apart), table)


def test_i14_what_a_shop_calls_rounding_is_bound_by_the_same_and_both_count_together() -> None:
    def rounded(amount: str, total: str) -> Money:
        off = Line(total=Decimal(amount), kind="rounding")
        return sale(line("10.00", code=FREE), off, tax="0", total=total)

    assert render(rounded("-0.02", "9.98"), AUSTRALIA).charges[-1].tax_code == NONE
    with pytest.raises(CentMoves, match=r"rounded by -0\.85 AUD") as refused:
        render(rounded("-0.85", "9.15"), AUSTRALIA)
    assert "as a discount or a line of its own" in refused.value.advice
    with pytest.raises(CentMoves, match="more than rounding"):
        render(rounded("-0.02", "9.97"), AUSTRALIA)


def test_a_wrong_tax_code_map_is_refused_and_says_which_code() -> None:
    with pytest.raises(CentMoves, match=r"code of one of its lines makes 9\.09 .* has 13\.04"):
        render(sale(line("100.00", "13.04"), tax="13.04", total="100.00"), AUSTRALIA)


def test_lines_whose_tax_does_not_add_up_are_refused() -> None:
    with pytest.raises(CentMoves, match="adds up to"):
        render(sale(line("100.00", "9.09"), tax="12.00", total="100.00"), AUSTRALIA)


def test_a_line_without_a_tax_code_is_refused_where_none_can_be_given() -> None:
    with pytest.raises(CentMoves, match="no tax code"):
        render(sale(line("10.00", "0.91", code=""), tax="0.91", total="10.00"), AUSTRALIA)


def test_a_negative_total_is_refused() -> None:
    with pytest.raises(CentMoves, match="negative"):
        render(sale(line("-10.00", "-0.91"), tax="-0.91", total="-10.00"), AUSTRALIA)


def test_a_fraction_of_a_cent_is_refused() -> None:
    with pytest.raises(CentMoves, match="fraction"):
        render(sale(line("10.005", "0.91"), tax="0.91", total="10.00"), AUSTRALIA)


def test_a_company_without_tax_takes_untaxed_sales_only() -> None:
    untaxed = TaxTable("none", {})

    assert render(sale(line("10.00"), tax="0", total="10.00"), untaxed).mode == "NotApplicable"
    with pytest.raises(CentMoves, match="not set up for tax"):
        render(sale(line("10.00", "0.91"), tax="0.91", total="10.00"), untaxed)


def test_american_tax_is_one_stated_sum() -> None:
    lines = (line("100.00", "8.25", code="TAX"), line("50.00", code="NON"))

    rendition = render(sale(*lines, tax="8.25", total="158.25", inclusive=False), AMERICA)

    assert [c.tax_code for c in rendition.charges] == ["TAX", "NON"]
    assert (rendition.explicit_tax, rendition.tax_total, rendition.total) == (True, Decimal("8.25"), Decimal("158.25"))


def test_american_sales_without_tax_say_so_on_every_line() -> None:
    rendition = render(sale(line("100.00", code="TAX"), tax="0", total="100.00", inclusive=False), AMERICA)

    assert [c.tax_code for c in rendition.charges] == ["NON"]
    assert not rendition.explicit_tax


def test_american_sales_that_include_tax_are_taken_apart() -> None:
    rendition = render(sale(line("108.25", "8.25", code="TAX"), tax="8.25", total="108.25"), AMERICA)

    assert [c.net for c in rendition.charges] == [Decimal("100.00")]


@pytest.mark.parametrize(
    ("stated", "accepted"),
    [("5.00", True), ("5.01", True), ("4.99", True), ("5.02", False), ("7.00", False), ("0", False)],
)
@pytest.mark.parametrize("inclusive", [True, False])
def test_american_lines_that_state_another_tax_than_the_sale_are_refused(
    stated: str, accepted: bool, inclusive: bool
) -> None:
    total = Decimal("100.00") if inclusive else Decimal("100.00") + Decimal(stated)
    money = sale(line("100.00", "5.00", code="TAX"), tax=stated, total=str(total), inclusive=inclusive)

    if accepted:
        assert render(money, AMERICA).tax_total == Decimal(stated)
    else:
        with pytest.raises(CentMoves, match=r"The lines' tax adds up to 5\.00, but the sale says"):
            render(money, AMERICA)


def test_american_lines_that_state_no_tax_bear_the_sales_in_proportion() -> None:
    """As ever: such a shop states its tax once, for the whole sale."""
    lines = (line("100.00", code="TAX"), line("50.00", code="NON"))
    rendition = render(sale(*lines, tax="7.00", total="157.00", inclusive=False), AMERICA)

    assert (rendition.explicit_tax, rendition.tax_total) == (True, Decimal("7.00"))


def test_each_american_line_may_have_been_rounded_by_itself() -> None:
    lines = tuple(line("10.00", "0.83", code="TAX") for _ in range(4))

    assert render(sale(*lines, tax="3.30", total="43.30", inclusive=False), AMERICA).tax_total == Decimal("3.30")
    with pytest.raises(CentMoves, match=r"adds up to 3\.32"):
        render(sale(*lines, tax="3.29", total="43.29", inclusive=False), AMERICA)


def test_foreign_tax_codes_are_refused_in_america() -> None:
    with pytest.raises(CentMoves, match="The tax code of"):
        render(sale(line("10.00", "1.00", code="7"), tax="1.00", total="10.00"), AMERICA)


@pytest.mark.parametrize(
    ("amount", "quantity", "unit", "expected"),
    [
        ("89.28", "44", None, ("44", "2.0290909")),
        ("10.00", "3", "3.33", ("3", "3.3333333")),
        ("10.00", "2", "5", ("2", "5")),
        ("10.00", "0", "5", (None, None)),
        ("1000000.01", "3000000007", None, (None, None)),
    ],
)
def test_unit_prices_have_seven_decimals_or_are_left_out(
    amount: str, quantity: str, unit: str | None, expected: tuple[str | None, str | None]
) -> None:
    found = priced(Decimal(amount), Decimal(quantity), Decimal(unit) if unit else None)

    assert found == tuple(Decimal(x) if x else None for x in expected)


@given(st.lists(st.decimals(-1000, 1000, places=4), min_size=1, max_size=9), st.integers(-9, 9))
def test_spreading_keeps_the_sum(parts: list[Decimal], cents: int) -> None:
    target = half_up(sum(parts, ZERO)) + cents * CENT

    assert sum(spread(parts, target), ZERO) == target


def test_a_moved_cent_is_named() -> None:
    before = sale(line("10.00", "0.91"), tax="0.91", total="10.00")

    assert moved(before, before) == ""
    assert "9.99" in moved(before, sale(line("9.99", "0.91"), tax="0.91", total="9.99"))
    assert "tax became 0.90" in moved(before, sale(line("10.00", "0.90"), tax="0.90", total="10.00"))
    assert "code 4" in moved(before, sale(line("10.00", "0.91", code=FREE), tax="0.91", total="10.00"))
