"""What an accountant reads in a certificate beside the differences: how each side's receivables went from one day to
another, what went through each account, which numbers are missing, and what was not compared.

Counted once more from the same records as the figures, each side by its own days: what customers owed before the period,
what came to it and what took it away, and what they owe after it. A roll-forward and what is dated after the period come to
what the figures say is owed (`app.tieout.certificate`). What settles a document and is no payment has no day of its own, and
bears that of its document.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

from app.tieout.bills import Bills
from app.tieout.cancelled import cancelled_late, counted_late
from app.tieout.facts import ZERO, Entry, Group, Settings, Side, Ties
from app.tieout.figures import NOT_SPLIT, Billed
from app.tieout.home import Home
from app.tieout.numbers import same_number, written
from app.tieout.period import Period
from app.tieout.settled import written_off_of
from app.tieout.wholes import adding, astray

Plain = dict[str, Any]
COLUMNS = (
    "opening",
    "sales",
    "credits",
    "receipts",
    "refunds",
    "written_off",
    "settled_otherwise",
    "closing",
    "later",
)
"""Of a roll-forward. `closing` is opening + sales - credits - receipts + refunds - written_off - settled_otherwise; `later` is what is
dated after the period, and is no part of it."""
_ADDS = {
    "opening": 1,
    "sales": 1,
    "credits": -1,
    "receipts": -1,
    "refunds": 1,
    "written_off": -1,
    "settled_otherwise": -1,
}
"""Written once more in `app.tieout.certificate`, whose check borrows nothing from what has counted."""
SHOWN = 50
"""So many gaps and numbers of a series are listed, at the most; all are counted."""
_SERIES = re.compile(r"(.*?)(\d{1,15})")
_NOT_COMPARED = {
    "balance": "what QuickBooks shows as open of documents that were not read again since their customer's payments moved",
    "codes": "sales and tax code by code, where the lines do not say where the tax is or a code is not mapped",
    "numbers": "numbers of pairs that were there before they met",
    "days": "days of money, since a bank tells of it on another one",
    "references": "references of money",
    "unreadable": "records that make no sense",
}

Sums = dict[str, Decimal]


class Rolls:
    """The roll-forward, the accounts, the series of numbers and what was not compared, while records are taken."""

    def __init__(self, period: Period, home: Home | None = None) -> None:
        self.period = period
        self.home = home
        """What takes QuickBooks' documents in other currencies; None where the company keeps one, or nobody asks."""
        self._owed: dict[tuple[str, Side], Sums] = defaultdict(lambda: defaultdict(Decimal))
        self._accounts: dict[tuple[str, str, Side], Sums] = defaultdict(lambda: defaultdict(Decimal))
        self._codes: dict[tuple[str, str, Side], Sums] = defaultdict(lambda: defaultdict(Decimal))
        self._numbers: dict[tuple[Side, str], set[int]] = defaultdict(set)
        self._elsewhere: dict[tuple[Side, str], set[int]] = defaultdict(set)
        """The numbers of other days: none of them is missing."""
        self._voided: dict[tuple[Side, str], set[int]] = defaultdict(set)
        self._skipped: dict[tuple[str, str], tuple[int, Decimal]] = defaultdict(lambda: (0, ZERO))
        self.currencies: dict[str, str] = {}
        """The currency of each of QuickBooks' customers that something is of: it has one for good."""

    def take_documents(self, group: Group, bills: Bills | None, ties: Ties, settings: Settings) -> None:
        """A sale and its document."""
        self.note_numbers(group)
        for entry in group.entries:
            self._note_customer(entry)
        if group.taking_back and cancelled_late(group, ties, settings):
            here, there = counted_late(group, ties, settings)
            books = [entry for entry in (group.document, *adding(group), *group.taking_back) if entry is not None]
            for entry, mine, other in zip(books, here, there, strict=True):
                self._document(entry, "oncord", mine.settled)
                self._document(entry, "quickbooks", other.settled)
            for entry in astray(group):
                self._document(entry, "quickbooks", _settled(entry))
        else:
            for entry in (*_in_their_months(group, bills), *group.quickbooks):
                if not entry.void:
                    self._document(entry, entry.side, _settled(entry), lost=settings.writes_off(entry, group.oncord))
        self._note_documents(group, bills)

    def note_numbers(self, group: Group) -> None:
        """The numbers of a sale and its document, whatever their days."""
        for entry in group.entries:
            self._note_number(entry)

    def take_codes(self, here: Sequence[Billed], there: Sequence[Billed]) -> None:
        """What counts of a sale on each side, as the figures count it."""
        side: Side
        for side, bills in (("oncord", here), ("quickbooks", there)):
            for bill in bills:
                if self._when(bill.day) == "in":
                    for what, amounts in (("sales", bill.nets), ("tax", bill.taxes)):
                        for code, amount in amounts.items():
                            self._codes[code, bill.currency, side][what] += bill.sign * amount

    def take_money(self, group: Group, settings: Settings) -> None:
        """A receipt and its payments."""
        ours = group.oncord
        for entry in group.quickbooks:
            self._note_customer(entry)
        spent = sum((e.total for e in group.quickbooks if e.expensed and not e.void), ZERO)  # nobody owes that
        for side in ("oncord", "quickbooks"):
            live = [entry for entry in group.entries if entry.side == side and not entry.void]
            for entry in live:
                of_it = spent if side == "oncord" else entry.total if entry.expensed else ZERO
                self._money(entry, live[0].currency, entry.total - of_it, settings)
        for entry in group.entries:
            if entry.unreadable:
                self._skip("unreadable", entry)
        if ours is None or ours.void or not group.quickbooks:
            return
        if any(not e.void and (e.date or ours.date) != ours.date for e in group.quickbooks):
            self._skip("days", ours)
        if any(not e.void and e.number != ours.number for e in group.quickbooks):
            self._skip("references", ours)

    def roll_forward(self) -> list[Plain]:
        """Each currency: both sides' receivables from the first to the last day."""
        found = []
        for currency in sorted({currency for currency, _ in self._owed}):
            sides: Plain = {side: self._rolled(currency, side) for side in ("oncord", "quickbooks")}
            found.append({"currency": currency, **sides})
        return found

    def accounts(self) -> list[Plain]:
        """Each account (or payment method without one) and currency: what was in it, came in, went out, and is in it. One in which
        nothing ever was makes no row."""
        found = []
        for channel, currency in sorted({key[:2] for key in self._accounts}):
            sides: Plain = {}
            for side in ("oncord", "quickbooks"):
                sums = self._accounts.get((channel, currency, side), {})
                parts = {name: sums.get(name, ZERO) for name in ("opening", "in", "out")}
                balance = parts["opening"] + parts["in"] - parts["out"]
                sides[side] = {**{name: written(amount) for name, amount in parts.items()}, "balance": written(balance)}
            if any(Decimal(amount) for parts in sides.values() for amount in parts.values()):
                found.append({"channel": channel, "name": "", "currency": currency, **sides})
        return found

    def by_code(self) -> list[Plain]:
        """Each tax code (as the figures name them) and currency: sales without tax, and tax, of the days of the period."""
        found = []
        for code, currency in sorted({key[:2] for key in self._codes}):
            sides = {side: self._codes.get((code, currency, side), {}) for side in ("oncord", "quickbooks")}
            if any(amount for sums in sides.values() for amount in sums.values()):
                amounts = {
                    side: {what: written(sums.get(what, ZERO)) for what in ("sales", "tax")}
                    for side, sums in sides.items()
                }
                found.append({"code": code, "currency": currency, **amounts})
        return found

    def series(self) -> list[Plain]:
        """Each side's numbers of the period, by what stands before their digits: how many, the gaps in between (but for numbers of
        other days), and the void."""
        return [
            _series(side, prefix, numbers, self._elsewhere[side, prefix], self._voided.get((side, prefix), set()))
            for (side, prefix), numbers in sorted(self._numbers.items())
        ]

    def not_compared(self) -> list[Plain]:
        """What was left out of the comparison, with how many there are and what they come to."""
        return [
            {"what": what, "words": _NOT_COMPARED[what], "currency": currency, "count": n, "amount": written(amount)}
            for (what, currency), (n, amount) in sorted(self._skipped.items())
        ]

    def _rolled(self, currency: str, side: Side) -> dict[str, str]:
        sums = self._owed.get((currency, side), {})
        parts = {name: sums.get(name, ZERO) for name in _ADDS}
        closing = sum((_ADDS[name] * amount for name, amount in parts.items()), ZERO)
        whole = {**parts, "closing": closing, "later": sums.get("later", ZERO)}
        return {name: written(whole[name]) for name in COLUMNS}

    def _when(self, day: dt.date | None) -> str:
        if day is not None and day < self.period.first:
            return "opening"
        return "later" if day is not None and day > self.period.last else "in"

    def _document(self, entry: Entry, side: Side, settled: Decimal, *, lost: bool = False) -> None:
        """A document that counts; `settled`: what of it neither money nor credit settles, `lost`: that it writes off a bad debt."""
        column = "written_off" if lost else "credits" if entry.credit else "sales"
        written_off = written_off_of(entry, settled)
        if self.home is not None and side == "quickbooks":
            self.home.take_document(entry, settled, column, written_off)
        sums, when = self._owed[entry.currency, side], self._when(entry.date)
        if when == "in":
            sums[column] += entry.total
            sums["written_off"] += entry.sign * written_off
            sums["settled_otherwise"] += entry.sign * (settled - written_off)
        else:
            sums[when] += entry.sign * (entry.total - settled)

    def _money(self, entry: Entry, currency: str, owed: Decimal, settings: Settings) -> None:
        """Money in the currency of its group, in which the figures count it, too; `owed` is what of it customers owed."""
        if self.home is not None and entry.side == "quickbooks":
            self.home.take_money(entry, owed, settings.channel(entry))
        sums, when = self._owed[currency, entry.side], self._when(entry.date)
        account = self._accounts[settings.channel(entry), currency, entry.side]
        if when == "in":
            sums["receipts" if owed > 0 else "refunds"] += abs(owed)
            account["in" if entry.total > 0 else "out"] += abs(entry.total)
        else:
            sums[when] -= owed
            account[when] += entry.total

    def _note_documents(self, group: Group, bills: Bills | None) -> None:
        for entry in group.entries:
            if entry.unreadable:
                self._skip("unreadable", entry)
        if bills is None or group.oncord is None:
            return
        ours, theirs = group.oncord, group.document
        if theirs is not None and theirs.stated_paid is None:
            self._skip("balance", theirs)
        if NOT_SPLIT in bills[0].nets or NOT_SPLIT in bills[0].taxes:
            self._skip("codes", ours)
        if group.adopted and theirs is not None and not same_number(ours.number, theirs.number):
            self._skip("numbers", ours)

    def _skip(self, what: str, entry: Entry) -> None:
        if self._when(entry.date) != "in":
            return
        count, amount = self._skipped[what, entry.currency]
        self._skipped[what, entry.currency] = count + 1, amount + entry.sign * entry.total

    def _note_customer(self, entry: Entry) -> None:
        if entry.side == "quickbooks" and entry.contact_id and entry.currency:
            self.currencies[entry.contact_id] = entry.currency

    def _note_number(self, entry: Entry) -> None:
        parted = _SERIES.fullmatch(entry.number.strip())
        if parted is None:
            return
        of, number = (entry.side, parted[1]), int(parted[2])
        if self._when(entry.date) != "in":
            self._elsewhere[of].add(number)
            return
        self._numbers[of].add(number)
        if entry.void:
            self._voided[of].add(number)


def _in_their_months(group: Group, bills: Bills | None) -> list[Entry]:
    """A sale; where later differences of it have documents of their own in the books (B1), each in the month of its document."""
    ours = group.oncord
    added = adding(group) if bills is not None else ()
    if ours is None or not added:
        return [ours] if ours is not None else []
    parts = [replace(entry, side="oncord", stated_paid=None) for entry in added]
    left = ours.sign * ours.total - sum((part.sign * part.total for part in parts), ZERO)
    return [replace(ours, total=ours.sign * left), *parts]


def _settled(entry: Entry) -> Decimal:
    return ZERO if entry.stated_paid is None else entry.stated_paid - entry.linked_paid


def _series(side: Side, prefix: str, numbers: set[int], elsewhere: set[int], voided: Iterable[int]) -> Plain:
    ordered = sorted(numbers)
    known = [*ordered, *(number for number in elsewhere if ordered[0] < number < ordered[-1])]
    gaps = [(a + 1, b - 1) for a, b in pairwise(sorted(known)) if b > a + 1]
    void = sorted(voided)
    return {
        "side": side,
        "prefix": prefix,
        "first": ordered[0],
        "last": ordered[-1],
        "count": len(ordered),
        "missing": sum(b - a + 1 for a, b in gaps),
        "gaps": [str(a) if a == b else f"{a} to {b}" for a, b in gaps[:SHOWN]],
        "voided": [f"{prefix}{number}" for number in void[:SHOWN]],
        "void": len(void),
    }
