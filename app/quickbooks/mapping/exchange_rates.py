"""The exchange rates that new documents in another currency are sent with. Pure.

QuickBooks' screens fill in the rate of a document's day. Its API does not: a document of another currency that is sent
without `ExchangeRate` is booked at 1 (WordPress/wordcamp.org, issue 1250 and pull request 1325, 2024), so that every home
amount of it is wrong. The company's own rate of that day is read, once for each currency and day, and sent along.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from app.domain.model.exchange import Write
from app.domain.model.operations import Action
from app.domain.model.records import Receipt, Record, Sale
from app.domain.model.totals import CentMoves
from app.quickbooks.mapping.books import Books

RateKey = tuple[str, date | None]
"""A currency and a day; without a day the document is of today."""
Rates = Mapping[RateKey, Decimal | None]
"""Home currency for one of a currency on a day; None where the company has no rate."""


def needed(writes: Iterable[Write], books: Books) -> list[RateKey]:
    """The rates that the new documents among some writes need, each once."""
    keys = (key_of(w.record, books) for w in writes if w.operation.action is Action.CREATE)
    return list(dict.fromkeys(key for key in keys if key is not None))


def key_of(record: Record | None, books: Books) -> RateKey | None:
    """Which rate a document needs; None where it is in the home currency, or the company keeps only that."""
    match record:
        case Sale():
            currency = record.money.currency
        case Receipt():
            currency = record.payment.currency
        case _:
            return None
    abroad = books.multi_currency and currency not in ("", books.home_currency)
    return (currency, record.date) if abroad else None


def rate_of(record: Record | None, books: Books, rates: Rates) -> dict[str, Decimal]:
    """The member that carries a new document's rate; none where it needs none.

    Raises `CentMoves` where the company has no rate of that day: without one it would be booked one to one.
    """
    key = key_of(record, books)
    if key is None or key not in rates:
        return {}
    rate = rates[key]
    if rate is not None:
        return {"ExchangeRate": rate}
    currency, day = key
    when = f"{day.day} {day:%b %Y}" if day else "today"
    raise CentMoves(
        f"QuickBooks has no exchange rate of {currency} for {when}, and would book it one to one.",
        f"Enter the rate of {currency} for that day in QuickBooks, under Currencies, and try again.",
    )
