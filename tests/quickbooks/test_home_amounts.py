"""What a preview says of a new document in another currency: its amount in the books, at the rate that it would be sent with."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.domain.model.records import Contact, Money, Payment, Receipt, Record, Sale
from app.quickbooks.mapping.books import Books
from app.quickbooks.mapping.exchange_rates import Rates, in_home_currency

DAY = date(2026, 11, 1)
BOOKS = Books("1", "Books", "AU", "AUD", multi_currency=True)
RATES: Rates = {
    ("USD", DAY): Decimal("1.50000"),
    ("JPY", DAY): Decimal("0.0101"),
    ("EUR", DAY): None,
    ("AUD", DAY): Decimal("97.5"),
}


def _sale(total: str, currency: str) -> Sale:
    return Sale("1", Money(currency, total=Decimal(total)), date=DAY)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (_sale("22.01", "USD"), "In the books that is 33.02 AUD, at the company's rate of 1.5."),
        (_sale("1150", "JPY"), "In the books that is 11.62 AUD, at the company's rate of 0.0101."),
        (
            Receipt("1", Payment(Decimal("-22.00"), "USD"), date=DAY),
            "In the books that is 33.00 AUD, at the company's rate of 1.5.",
        ),
        (
            _sale("22.00", "EUR"),
            "QuickBooks has no exchange rate of EUR for 1 Nov 2026. It waits until there is one.",
        ),
        (_sale("22.00", "AUD"), ""),
        (_sale("0.00", "USD"), ""),
        (Contact(currency="USD"), ""),
    ],
)
def test_a_new_document_in_another_currency_says_what_it_comes_to(record: Record, said: str) -> None:
    assert in_home_currency(record, BOOKS, RATES) == said


def test_a_company_of_one_currency_has_nothing_to_say() -> None:
    assert in_home_currency(_sale("22.00", "USD"), replace(BOOKS, multi_currency=False), RATES) == ""


def test_the_home_amount_has_the_home_currencys_own_decimals() -> None:
    yen = replace(BOOKS, home_currency="JPY")

    assert in_home_currency(_sale("2.50", "AUD"), yen, RATES) == (
        "In the books that is 244 JPY, at the company's rate of 97.5."
    )
