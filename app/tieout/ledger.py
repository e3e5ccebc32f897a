"""The ledger held against the documents: what it says of a period that no synchronised document explains, with its amount.

The documents are those of QuickBooks' side, counted by their own days (`app.tieout.rolls`), or, where GST is reported by what is
paid, as far as payments of the period pay them (`app.tieout.cash`). What customers owe is held against them currency by currency,
since each customer has one. Where documents cannot come to what a report says (other currencies, whose amounts at home only QuickBooks
knows) nothing is held against it, and it is said why.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from app.tieout.facts import ZERO
from app.tieout.numbers import written

Plain = dict[str, Any]
LABELS = ("G1", "G2", "G3", "1A")
BEYOND = "In the ledger, not by a synchronised document."
_OTHER_CURRENCIES = "Documents in other currencies are part of it, at rates that only QuickBooks knows."
_IN_ANOTHER = "The documents come to {documents} {currency}, which QuickBooks tells in {home}, at rates that only QuickBooks knows."
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Balances:
    """What the reports say, in the company's own currency; None where one was not to be had."""

    receivables: Decimal | None
    labels: Mapping[str, Decimal] | None
    accounts: Mapping[str, tuple[str, Decimal]]
    """By account: its name, and what lies in it."""
    by_customer: Mapping[str, Decimal] = field(default_factory=dict)
    """What each customer owes."""


def held_against(
    balances: Balances,
    home: str,
    roll_forward: Sequence[Plain],
    by_code: Sequence[Plain],
    accounts: Sequence[Plain],
    currencies: Mapping[str, str] | None = None,
) -> list[Plain]:
    """A line for each figure of the ledger: what it says, what the documents come to, and what is beyond them. `currencies`: that of
    each customer of whom there are documents."""
    found = list(_receivables(balances, home, roll_forward, currencies or {}))
    for label in LABELS if balances.labels is not None else ():
        of_label = _of_label(label, home, by_code)
        told = (balances.labels or {}).get(label, ZERO)
        why = _OTHER_CURRENCIES if any(row["currency"] != home for row in by_code) else ""
        found.append(_line(f"label {label}", f"{label} of the tax return", home, told, of_label, why))
    for account, (name, amount) in sorted(balances.accounts.items()):
        inside = [row for row in accounts if row["channel"] == f"account:{account}"]
        closing = sum((Decimal(row["quickbooks"]["balance"]) for row in inside if row["currency"] == home), ZERO)
        why = _OTHER_CURRENCIES if any(row["currency"] != home for row in inside) else ""
        found.append(_line("account", name, home, amount, closing, why))
    return found


def _receivables(
    balances: Balances, home: str, roll_forward: Sequence[Plain], currencies: Mapping[str, str]
) -> Iterator[Plain]:
    """What customers owe, by the currency of the customer; whoever has no synchronised document counts as one of the home currency."""
    if balances.receivables is None:
        return
    closing = {roll["currency"]: Decimal(roll["quickbooks"]["closing"]) for roll in roll_forward}
    others = sorted({*closing} - {home})
    told: dict[str, Decimal] = dict.fromkeys(others, ZERO)
    for customer, amount in balances.by_customer.items():
        if (currency := currencies.get(customer, home)) != home:
            told[currency] = told.get(currency, ZERO) + amount
    unnamed = bool(others) and sum(balances.by_customer.values(), ZERO) != balances.receivables
    left = balances.receivables - sum(told.values(), ZERO)
    name = "Owed by customers on the last day"
    yield _line("receivables", name, home, left, closing.get(home, ZERO), _OTHER_CURRENCIES if unnamed else "")
    for currency in () if unnamed else others:
        words = _IN_ANOTHER.format(documents=written(closing[currency]), currency=currency, home=home)
        line = _line("receivables", f"{name}, by customers in {currency}", home, told[currency], ZERO, words)
        yield {**line, "documents": ""}


def _of_label(label: str, home: str, by_code: Sequence[Plain]) -> Decimal:
    """What the documents put on a label: the tax at 1A, sales elsewhere, at G1 with their tax."""
    found = ZERO
    for row in by_code:
        if label in row["labels"] and row["currency"] == home:
            here = row.get("quickbooks", {"sales": "0", "tax": "0"})
            sales = ZERO if label == "1A" else Decimal(here["sales"])
            found += sales + (Decimal(here["tax"]) if label in ("1A", "G1") else ZERO)
    return found.quantize(CENT, ROUND_HALF_UP)


def _line(what: str, name: str, currency: str, ledger: Decimal, documents: Decimal, why: str) -> Plain:
    return {
        "what": what,
        "name": name,
        "currency": currency,
        "ledger": written(ledger),
        "documents": written(documents),
        "beyond": None if why else written(ledger - documents),
        "why": why or (BEYOND if ledger != documents else ""),
    }
