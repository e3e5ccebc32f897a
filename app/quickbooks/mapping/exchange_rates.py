"""The exchange rates that new documents in another currency are sent with, and those that the books tell. Pure.

QuickBooks' screens fill in the rate of a document's day. Its API does not: a document of another currency that is sent
without `ExchangeRate` is booked at 1 (WordPress/wordcamp.org, issue 1250 and pull request 1325, 2024), so that every home
amount of it is wrong. The company's own rate of that day is read, once for each currency and day, and sent along.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from app.domain.model.currencies import unit_of, written
from app.domain.model.days import day_in_words
from app.domain.model.exchange import Write
from app.domain.model.home_amounts import booked_at
from app.domain.model.operations import Action
from app.domain.model.records import Receipt, Record, Sale
from app.domain.model.totals import Absent, CentMoves, half_up
from app.json_values import maybe
from app.quickbooks.mapping.books import Books
from app.quickbooks.mapping.values import ref

RateKey = tuple[str, date | None]
"""A currency and a day; without a day the document is of today."""
Rates = Mapping[RateKey, Decimal | None]
"""Home currency for one of a currency on a day; None where the company has no rate."""


def rate_extras(document: dict[str, Any], books: Books) -> tuple[str, ...]:
    """What a document in another currency is worth at home, as the books tell it; nothing of one in the home currency.

    It is read and never written, and no part of what is compared or merged: the rate is the books' own field. One that makes no sense
    is none, and spoils nothing else of the document.
    """
    if not books.multi_currency or ref(document.get("CurrencyRef")) in ("", books.home_currency):
        return ()
    try:
        rate, at_home = maybe(document.get("ExchangeRate")), maybe(document.get("HomeTotalAmt"))
    except ValueError:
        return ()
    return booked_at(rate, at_home) if rate is not None and rate > 0 else ()


def needed(writes: Iterable[Write], books: Books) -> list[RateKey]:
    """The rates that the new documents among some writes need, each once."""
    if not books.multi_currency:
        return []
    keys = (key_of(w.record, books, w.particulars.rate_of) for w in writes if w.operation.action is Action.CREATE)
    return list(dict.fromkeys(key for key in keys if key is not None))


def key_of(record: Record | None, books: Books, day: date | None = None) -> RateKey | None:
    """Which rate a document needs, that of `day` or else of its own; None where it is in the home currency."""
    match record:
        case Sale():
            currency = record.money.currency
        case Receipt():
            currency = record.payment.currency
        case _:
            return None
    home = {"", books.home_currency} if books.home_currency else {currency}
    return None if currency in home else (currency, day or record.date)


def in_home_currency(record: Record, books: Books, rates: Rates) -> str:
    """What a new document comes to in the books at the rate that it would be sent with, in words; "" where it is in the home
    currency, comes to nothing, or cannot be sent at all."""
    key = key_of(record, books)
    amount = _amount(record)
    if key is None or not amount or not books.multi_currency:
        return ""
    rate, home = rates.get(key), books.home_currency
    if rate is None:
        return f"{_no_rate(*key)} It waits until there is one."
    at_home = written(half_up(abs(amount) * rate, unit_of(home)), home)
    return f"In the books that is {at_home} {home}, at the company's rate of {rate.normalize():f}."


def _amount(record: Record) -> Decimal:
    match record:
        case Sale():
            return record.money.total
        case Receipt():
            return record.payment.amount
    return Decimal(0)


def _no_rate(currency: str, day: date | None) -> str:
    return f"QuickBooks has no exchange rate of {currency} for {day_in_words(day) if day else 'today'}."


def make_sure_it_is_kept(currency: str, books: Books) -> None:
    """Raises `Absent` for another currency than the only one that the company keeps, as far as is known."""
    if books.multi_currency or currency in ("", books.home_currency) or not books.home_currency:
        return
    raise Absent(
        f"It is in {currency}, but QuickBooks keeps its books in {books.home_currency} only.",
        "Turn on multiple currencies in QuickBooks and save the configuration again, or enter it there by hand.",
    )


def rate_of(record: Record | None, books: Books, rates: Rates, day: date | None = None) -> dict[str, Decimal]:
    """The member that carries a new document's rate; none where it needs none.

    Raises `CentMoves` where the company has no rate of that day: without one it would be booked one to one; and `Absent`
    where it keeps one currency only, as far as is known.
    """
    key = key_of(record, books, day)
    if key is None:
        return {}
    currency, day = key
    make_sure_it_is_kept(currency, books)
    rate = rates.get(key)
    if rate is not None:
        return {"ExchangeRate": rate}
    when = day_in_words(day) if day else "today"
    raise CentMoves(
        f"QuickBooks has no exchange rate of {currency} for {when}, and would book it one to one.",
        f"Enter the rate of {currency} for that day in QuickBooks, under Currencies, and try again.",
    )
