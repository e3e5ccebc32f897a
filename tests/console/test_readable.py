"""What a difference and a figure are called where only their values and keys are kept."""

import pytest

from app.console import readable


@pytest.mark.parametrize(
    ("what", "found", "shown"),
    [
        ("total", "44.00", "44.00 AUD"),
        ("missing", "74.50", "74.50 AUD"),
        ("missing", "nothing", "nothing"),
        ("void", "0.00", "0.00 AUD"),
        ("number", "1041", "1041"),
        ("date", "2026-11-22", "2026-11-22"),
    ],
)
def test_what_a_side_has_of_a_difference_is_money_with_its_currency_or_as_it_is(
    what: str, found: str, shown: str
) -> None:
    assert readable.compared(what, found, "AUD") == shown


@pytest.mark.parametrize(
    ("table", "key", "shown"),
    [
        ("sales", "2026-11", "November 2026"),
        ("sales_by_code", "5 2026-11", "GST, November 2026"),
        ("tax_by_code", "9 2026-10", "9, October 2026"),
        ("sales_by_code", " 2026-11", "no code, November 2026"),
        ("money_in", "method:8", "a payment method without a name"),
        ("money_in", "account:35", "an account that QuickBooks does not name"),
        ("sales", "", ""),
    ],
)
def test_a_figure_is_called_by_its_month_code_or_account(table: str, key: str, shown: str) -> None:
    assert readable.figure(table, key, {"5": "GST"}) == shown
