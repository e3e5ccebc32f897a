"""What a record adds to which figure: sales by month, sales and tax by code and month, what each party owes, what was
paid, and money in and out by account. A figure is a table, a key within it and a currency.

What a receipt pays for somebody else's document lessens what that other party owes, so that a figure does not depend
on whose name a receipt bears.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from app.tieout.facts import ZERO


class Cell(NamedTuple):
    """One figure. `key` is "" for the whole, a month, a code with a month, a party or an account."""

    table: str
    key: str
    currency: str


Figures = dict[Cell, Decimal]

SALES, SALES_BY_CODE, TAX_BY_CODE = "sales", "sales_by_code", "tax_by_code"
OWED, PAID, MONEY_IN, MONEY_OUT = "owed", "paid", "money_in", "money_out"
BY_MONTH = frozenset({SALES, SALES_BY_CODE, TAX_BY_CODE})
"""The tables whose keys end with a month."""
NOT_SPLIT = "?"
"""The tax code of a document whose lines do not say where its tax is."""


@dataclass(frozen=True, slots=True)
class Billed:
    """What counts of a document. `settled`: what was settled by no receipt or credit that the side knows."""

    sign: int
    currency: str
    party: str
    month: str
    total: Decimal
    nets: Mapping[str, Decimal] = field(default_factory=dict)
    taxes: Mapping[str, Decimal] = field(default_factory=dict)
    settled: Decimal = ZERO
    day: dt.date | None = field(default=None, compare=False)
    """On which it counts: no figure of its own, but which days a certificate is about."""

    def figures(self) -> Figures:
        """What it adds."""
        found: Figures = defaultdict(Decimal)
        found[Cell(SALES, self.month, self.currency)] += self.sign * self.total
        found[Cell(OWED, self.party, self.currency)] += self.sign * (self.total - self.settled)
        for code, net in self.nets.items():
            found[Cell(SALES_BY_CODE, f"{code} {self.month}", self.currency)] += self.sign * net
        for code, tax in self.taxes.items():
            found[Cell(TAX_BY_CODE, f"{code} {self.month}", self.currency)] += self.sign * tax
        return plain(found)


@dataclass(frozen=True, slots=True)
class Paid:
    """What counts of money. `applied`: by document name, credits below zero; `owners`: the parties of those documents.

    What is applied to nothing is `party`'s, but for what payments of the same receipt leave with others (`elsewhere`), and what
    was `spent`: booked to an expense, so that nobody owes it.
    """

    currency: str
    party: str
    cash: Mapping[str, Decimal] = field(default_factory=dict)
    applied: Mapping[str, Decimal] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Mapping[str, Decimal] = field(default_factory=dict)
    spent: Decimal = ZERO

    @property
    def amount(self) -> Decimal:
        """All its cash."""
        return sum(self.cash.values(), ZERO)

    def figures(self) -> Figures:
        """What it adds."""
        found: Figures = defaultdict(Decimal)
        for channel, cash in self.cash.items():
            found[Cell(MONEY_OUT if cash < 0 else MONEY_IN, channel, self.currency)] += cash
            found[Cell(OWED, self.party, self.currency)] -= cash
        found[Cell(OWED, self.party, self.currency)] += self.spent
        for document, amount in self.applied.items():
            found[Cell(PAID, "", self.currency)] += amount
            found[Cell(OWED, self.party, self.currency)] += amount
            found[Cell(OWED, self.owners.get(document, self.party), self.currency)] -= amount
        for party, amount in self.elsewhere.items():
            found[Cell(OWED, self.party, self.currency)] += amount
            found[Cell(OWED, party, self.currency)] -= amount
        return plain(found)


def month_in(cell: Cell) -> str:
    """The month ("2026-11") that a figure is of; "" where it is of all days, or of documents without one."""
    return cell.key.rpartition(" ")[2] if cell.table in BY_MONTH else ""


def plain(figures: Mapping[Cell, Decimal]) -> Figures:
    """Figures without the zeros."""
    return {cell: amount for cell, amount in figures.items() if amount}


def less(whole: Mapping[Cell, Decimal], part: Mapping[Cell, Decimal]) -> Figures:
    """One set of figures less another."""
    return plain({cell: whole.get(cell, ZERO) - part.get(cell, ZERO) for cell in {*whole, *part}})


def total(several: Iterable[Mapping[Cell, Decimal]]) -> Figures:
    """Several sets of figures together."""
    found: Figures = defaultdict(Decimal)
    for figures in several:
        for cell, amount in figures.items():
            found[cell] += amount
    return plain(found)
