"""The ledger held against the documents: what it says of a period that no synchronised document explains, with its amount.

The documents are those of QuickBooks' side, counted by their own days (`app.tieout.rolls`). Where they cannot come to what a
report says (other currencies, whose amounts at home only QuickBooks knows; tax by what is paid) nothing is held against it,
and it is said why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.tieout.facts import ZERO
from app.tieout.numbers import written

Plain = dict[str, Any]
LABELS = ("G1", "G2", "G3", "1A")
BEYOND = "In the ledger, not by a synchronised document."
_OTHER_CURRENCIES = "Documents in other currencies are part of it, at rates that only QuickBooks knows."
_BY_PAYMENT = "On a cash basis a document counts as far as it is paid, which is not worked out here."


@dataclass(frozen=True, slots=True)
class Balances:
    """What the reports say, in the company's own currency; None where one was not to be had."""

    receivables: Decimal | None
    labels: Mapping[str, Decimal] | None
    accounts: Mapping[str, tuple[str, Decimal]]
    """By account: its name, and what lies in it."""
    cash_basis: bool = False


def held_against(
    balances: Balances, home: str, roll_forward: Sequence[Plain], by_code: Sequence[Plain], accounts: Sequence[Plain]
) -> list[Plain]:
    """A line for each figure of the ledger: what it says, what the documents come to, and what is beyond them."""
    found = []
    currencies = {roll["currency"] for roll in roll_forward} - {home}
    if balances.receivables is not None:
        closing = sum((Decimal(r["quickbooks"]["closing"]) for r in roll_forward if r["currency"] == home), ZERO)
        why = _OTHER_CURRENCIES if currencies else ""
        found.append(
            _line("receivables", "Owed by customers on the last day", home, balances.receivables, closing, why)
        )
    for label in LABELS if balances.labels is not None else ():
        of_label = _of_label(label, home, by_code)
        told, why = (balances.labels or {}).get(label, ZERO), _BY_PAYMENT if balances.cash_basis else ""
        why = why or (_OTHER_CURRENCIES if any(row["currency"] != home for row in by_code) else "")
        found.append(_line(f"label {label}", f"{label} of the tax return", home, told, of_label, why))
    for account, (name, amount) in sorted(balances.accounts.items()):
        inside = [row for row in accounts if row["channel"] == f"account:{account}"]
        closing = sum((Decimal(row["quickbooks"]["balance"]) for row in inside if row["currency"] == home), ZERO)
        why = _OTHER_CURRENCIES if any(row["currency"] != home for row in inside) else ""
        found.append(_line("account", name, home, amount, closing, why))
    return found


def _of_label(label: str, home: str, by_code: Sequence[Plain]) -> Decimal:
    """What the documents put on a label: the tax at 1A, sales elsewhere, at G1 with their tax."""
    found = ZERO
    for row in by_code:
        if label in row["labels"] and row["currency"] == home:
            here = row.get("quickbooks", {"sales": "0", "tax": "0"})
            sales = ZERO if label == "1A" else Decimal(here["sales"])
            found += sales + (Decimal(here["tax"]) if label in ("1A", "G1") else ZERO)
    return found


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
