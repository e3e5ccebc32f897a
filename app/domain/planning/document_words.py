"""What an invoice or a credit memo of QuickBooks is called in a sentence."""

from app.domain.model.currencies import with_currency, written
from app.domain.model.days import day_in_words
from app.domain.model.records import Sale


def noun_of(document: Sale) -> str:
    """What QuickBooks calls it."""
    return "invoice" if document.type == "sale" else "credit memo"


def number_and_day(document: Sale) -> str:
    """A document by its number and its day: "credit memo 12 of 3 May 2026"."""
    day = f" of {day_in_words(document.date)}" if document.date else ""
    return f"{_numbered(document)}{day}"


def number_and_money(document: Sale) -> str:
    """A document by its number, its money and its day: "credit memo 12 of 11.00 AUD dated 3 May 2026"."""
    return f"{_numbered(document)} of {with_currency(document.money.total, document.money.currency)}{_dated(document)}"


def called(document: Sale) -> str:
    """A document over a difference, with its money and its day, as a sentence begins with it."""
    money = document.money
    noun = "A credit memo" if document.type == "adjustment" else "An invoice"
    tax = f", tax {written(money.tax_total, money.currency)}," if money.tax_total else ""
    return f"{noun} of {with_currency(money.total, money.currency)}{tax}{_dated(document)}"


def _numbered(document: Sale) -> str:
    return f"{noun_of(document)} {document.number}".rstrip()


def _dated(document: Sale) -> str:
    return f" dated {day_in_words(document.date)}" if document.date else ""
