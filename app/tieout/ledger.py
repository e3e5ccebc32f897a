"""The ledger held against the documents: what it says of a period that no synchronised document explains, with its amount.

The documents are those of QuickBooks' side, counted by their own days (`app.tieout.rolls`), or, where GST is reported by what is
paid, as far as payments of the period pay them (`app.tieout.cash`). What customers owe is held against them currency by currency,
since each customer has one; what is in another currency counts at its own rate (`app.tieout.home`). What payments at another rate than
that of what they pay make of it is an exchange difference, a part of its own with its amount and the payments that prove it; so are
cents that come of rounding, as far as that many documents can make them. Where a rate is not known nothing is held against the
ledger, and it is said of which document.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from math import isqrt
from typing import Any

from app.tieout.facts import ZERO
from app.tieout.home import Abroad, Named, Rolled, come_to, listed, on_label
from app.tieout.numbers import written

Plain = dict[str, Any]
LABELS = ("G1", "G2", "G3", "1A")
BEYOND = "In the ledger, not by a synchronised document."
EXCHANGE, ROUNDING = "exchange_difference", "rounding"
"""The causes of parts that are neither documents nor beyond them."""
_UNREAD = (
    "Not compared: the rate at which QuickBooks has booked {what} in another currency was not read yet ({names}). Read everything again"
    " and compare, and it will be."
)
_UNKNOWN = "Not compared: what documents in other currencies come to at home is not known."
_UNNAMED = "Not compared: QuickBooks' report does not name whose all of it is, and customers have several currencies."
CENT = Decimal("0.01")
SHOWN = 50
"""So many payments are listed beside an exchange difference, at the most; all are counted."""


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
    abroad: Abroad | None = None,
) -> list[Plain]:
    """A line for each figure of the ledger: what it says, what the documents come to, and what is beyond them. `currencies`: that of
    each customer of whom there are documents; `abroad`: what other currencies come to at home."""
    others = abroad or Abroad()
    found = list(_receivables(balances, home, roll_forward, currencies or {}, others))
    for label in LABELS if balances.labels is not None else ():
        of_label = _of_label(label, home, by_code, others)
        told = (balances.labels or {}).get(label, ZERO)
        foreign = any(row["currency"] != home for row in by_code)
        why = _not_known(others.unlabelled, known=abroad is not None or not foreign)
        parts = _rounded(told - of_label, others.labelled, others.unit)
        found.append(_line(f"label {label}", f"{label} of the tax return", home, told, of_label, why, parts))
    for account, (name, amount) in sorted(balances.accounts.items()):
        channel = f"account:{account}"
        inside = [row for row in accounts if row["channel"] == channel]
        closing = sum((Decimal(row["quickbooks"]["balance"]) for row in inside if row["currency"] == home), ZERO)
        foreign = any(row["currency"] != home for row in inside)
        why = _not_known(others.unread.get(channel, ()), known=abroad is not None or not foreign)
        found.append(_line("account", name, home, amount, closing + others.accounts.get(channel, ZERO), why))
    return found


def _receivables(
    balances: Balances, home: str, roll_forward: Sequence[Plain], currencies: Mapping[str, str], abroad: Abroad
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
    yield _line("receivables", name, home, left, closing.get(home, ZERO), _UNNAMED if unnamed else "")
    for currency in () if unnamed else others:
        rolled = abroad.rolls.get(currency, Rolled())
        why = _not_known(rolled.unknown, known=bool(rolled.parts))
        documents = ZERO if why else come_to({**rolled.parts, "exchange": ZERO}) + rolled.parts["rounding"]
        parts = (
            []
            if why
            else [*_exchanged(rolled), *_rounded(told[currency] - rolled.parts["closing"], rolled.in_part, abroad.unit)]
        )
        line = _line("receivables", f"{name}, by customers in {currency}", home, told[currency], documents, why, parts)
        yield {**line, "documents": ""} if why else line


def _exchanged(rolled: Rolled) -> Iterator[Plain]:
    """What payments of the period at another rate than that of what they pay have made of what is owed at home."""
    if rolled.exchanges:
        shown = [
            {"number": each.number, "date": each.date.isoformat() if each.date else "", "amount": written(each.amount)}
            for each in rolled.exchanges[:SHOWN]
        ]
        amount = written(rolled.parts["exchange"])
        yield {"cause": EXCHANGE, "amount": amount, "count": len(rolled.exchanges), "payments": shown}


def _rounded(apart: Decimal, documents: int, unit: Decimal) -> Iterator[Plain]:
    """What is left, where it is no more than the roundings of so many documents in another currency may come to: a cent (the smallest
    amount of the home currency) each, and of many twice the root of their number."""
    if apart and abs(apart) <= unit * min(documents, 2 * isqrt(documents) + 1):
        yield {"cause": ROUNDING, "amount": written(apart), "count": documents}


def _not_known(unread: Sequence[Named], *, known: bool) -> str:
    """Why nothing can be held against a figure; "" where it can."""
    if unread:
        what = "one document" if len(unread) == 1 else f"{len(unread)} documents"
        return _UNREAD.format(what=what, names="; ".join(listed(unread)) + (" and others" if len(unread) > 5 else ""))
    return "" if known else _UNKNOWN


def _of_label(label: str, home: str, by_code: Sequence[Plain], abroad: Abroad) -> Decimal:
    """What the documents put on a label."""
    found = abroad.labels.get(label, ZERO)
    for row in by_code:
        if label in row["labels"] and row["currency"] == home:
            here = row.get("quickbooks", {"sales": "0", "tax": "0"})
            found += on_label(label, Decimal(here["sales"]), Decimal(here["tax"]))
    return found.quantize(CENT, ROUND_HALF_UP)


def _line(
    what: str,
    name: str,
    currency: str,
    ledger: Decimal,
    documents: Decimal,
    why: str,
    parts: Iterable[Plain] = (),
) -> Plain:
    named = [] if why else list(parts)
    beyond = ledger - documents - sum((Decimal(part["amount"]) for part in named), ZERO)
    return {
        "what": what,
        "name": name,
        "currency": currency,
        "ledger": written(ledger),
        "documents": written(documents),
        "beyond": None if why else written(beyond),
        "why": why or (BEYOND if beyond else ""),
        **({"parts": named} if named else {}),
    }
