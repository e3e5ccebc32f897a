"""What QuickBooks' documents in other currencies come to at home: each at its own rate, as QuickBooks books it (docs/quickbooks.md 9.15).

A document stands in what customers owe at its own rate, also as far as money pays it; money stands there at its own as far as it pays
nothing. What money at one rate pays of a document at another is an exchange difference: its amount is that between the two, and the
payment proves it. A document whose rate was not read since it is kept is named, and nothing that it is part of is worked out.

Nothing is kept of documents in the home currency, and no object of this module is made where a company keeps one only.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from app.tieout.facts import ZERO, Entry
from app.tieout.numbers import day_written, written
from app.tieout.period import Period

Plain = dict[str, Any]
MOVES = ("sales", "credits", "receipts", "refunds", "written_off", "settled_otherwise")
_A_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Named:
    """A document, or money, as people call it; `amount` is at home."""

    number: str
    date: dt.date | None
    amount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Rolled:
    """What customers of one currency owe at home, from the first day to the last.

    closing = opening + sales - credits - receipts + refunds - written_off - settled_otherwise + exchange + rounding, where rounding is
    what parts of documents come to that are rounded by themselves.
    """

    parts: Mapping[str, Decimal] = field(default_factory=dict)
    exchanges: Sequence[Named] = ()
    """The money whose rate is another than that of what it pays, with the difference that makes; below zero it is a loss."""
    in_part: int = 0
    """How many documents are open in part on the last day: each may be rounded otherwise by a cent."""
    unknown: Sequence[Named] = ()
    """Those without a rate that are part of it: nothing is worked out then."""


@dataclass(frozen=True, slots=True)
class Abroad:
    """What is known of all other currencies, in the home currency."""

    rolls: Mapping[str, Rolled] = field(default_factory=dict)
    """By currency."""
    codes: Mapping[tuple[str, str], tuple[Decimal, Decimal]] = field(default_factory=dict)
    """By tax code and currency: sales without tax, and tax, of the days of the period."""
    labels: Mapping[str, Decimal] = field(default_factory=dict)
    labelled: int = 0
    """How many documents those labels are of: each may be rounded otherwise by a cent."""
    unlabelled: Sequence[Named] = ()
    """The documents of the period without a rate."""
    accounts: Mapping[str, Decimal] = field(default_factory=dict)
    """By account (as `Settings.channel` names it): what lies in it on the last day."""
    unread: Mapping[str, Sequence[Named]] = field(default_factory=dict)
    """By account: the money without a rate."""
    unit: Decimal = Decimal("0.01")
    """The smallest amount of the home currency."""


@dataclass(slots=True)
class _Open:
    """A document or money in another currency: what it adds to what is owed (below zero: takes off), and what of it settles what, when."""

    entry: Entry
    day: dt.date
    column: str
    settled: Decimal
    owed: Decimal
    written_off: Decimal = ZERO
    """What of `settled` was written off."""
    moves: list[tuple[dt.date, Decimal]] = field(default_factory=list)

    def left(self, until: dt.date) -> Decimal:
        if self.day > until:
            return ZERO
        return self.owed + sum((amount for day, amount in self.moves if day <= until), ZERO)


class Home:
    """Takes QuickBooks' records one after the other; `labels` says on which labels a tax code stands, `unit` what amounts at home are
    rounded to."""

    def __init__(
        self, period: Period, currency: str, unit: Decimal, labels: Callable[[str], Sequence[str]] = lambda _: ()
    ) -> None:
        self.currency = currency
        self._period, self._unit, self._labels_of = period, unit, labels
        self._documents: dict[str, _Open] = {}
        self._money: dict[str, _Open] = {}
        self._paying: list[tuple[_Open, tuple[tuple[str, Decimal], ...]]] = []
        """Money, and the documents that it settles: by id, what it takes off them (below zero: off a credit)."""
        self._labels: dict[str, Decimal] = defaultdict(Decimal)
        self._codes: dict[tuple[str, str], tuple[Decimal, Decimal]] = defaultdict(lambda: (ZERO, ZERO))
        self._labelled = 0
        self._unlabelled: list[Named] = []
        self._accounts: dict[str, Decimal] = defaultdict(Decimal)
        self._unread: dict[str, list[Named]] = defaultdict(list)

    def take_document(self, entry: Entry, settled: Decimal, column: str = "sales", written_off: Decimal = ZERO) -> None:
        """An invoice or credit memo that counts, in a `column` of the roll-forward; `settled`: what of it neither money nor credit
        settles, `written_off` what of that was written off."""
        if entry.currency in ("", self.currency):
            return
        day = entry.date or self._period.first
        owed = entry.sign * (entry.total - settled)
        self._documents[entry.id] = _Open(entry, day, column, settled, owed, written_off)
        if self._period.first <= day <= self._period.last:
            self._label(entry)

    def take_money(self, entry: Entry, owed: Decimal, channel: str) -> None:
        """A payment or money paid back, of which customers owed `owed` (below zero: now owe), and the account that it lies in."""
        if entry.currency in ("", self.currency):
            return
        day = entry.date or self._period.first
        money = _Open(entry, day, "receipts" if owed > 0 else "refunds", ZERO, -owed)
        self._money[entry.id] = money
        settles = tuple((each.document_id, -each.amount if each.credit else each.amount) for each in entry.applied)
        self._paying.append((money, settles))
        if not entry.total or day > self._period.last:
            return
        if entry.rate is None:
            self._unread[channel].append(_named(entry))
        else:
            self._accounts[channel] += self._whole(entry, entry.total)

    def found(self) -> Abroad:
        """What all of it comes to."""
        exchanges = self._exchanges()
        by_currency: dict[str, list[_Open]] = defaultdict(list)
        for each in (*self._documents.values(), *self._money.values()):
            by_currency[each.entry.currency].append(each)
        rolls = {currency: self._rolled(some, exchanges) for currency, some in sorted(by_currency.items())}
        return Abroad(
            rolls,
            dict(self._codes),
            dict(self._labels),
            self._labelled,
            self._unlabelled,
            dict(self._accounts),
            dict(self._unread),
            self._unit,
        )

    def _label(self, entry: Entry) -> None:
        """What a document puts on labels and tax codes: each rounded for the whole document."""
        if entry.rate is None:
            if any(line.net or line.tax for line in entry.lines):
                self._unlabelled.append(_named(entry))
            return
        self._labelled += 1
        labels: dict[str, Decimal] = defaultdict(Decimal)
        codes: dict[str, tuple[Decimal, Decimal]] = defaultdict(lambda: (ZERO, ZERO))
        for line in entry.lines:
            net, tax = codes[line.code]
            codes[line.code] = net + line.net, tax + line.tax
            for label in self._labels_of(line.code):
                labels[label] += on_label(label, line.net, line.tax)
        for label, amount in labels.items():
            self._labels[label] += entry.sign * self._at_home(amount, entry.rate)
        for code, amounts in codes.items():
            net, tax = (entry.sign * self._at_home(amount, entry.rate) for amount in amounts)
            before = self._codes[code, entry.currency]
            self._codes[code, entry.currency] = before[0] + net, before[1] + tax

    def _exchanges(self) -> dict[str, Decimal]:
        """Joins money with what it settles; the exchange differences of the period by the id of the money."""
        found: dict[str, Decimal] = defaultdict(Decimal)
        for money, settles in self._paying:
            targets = [(self._documents.get(document_id), amount) for document_id, amount in settles]
            targets += [(self._money.get(money_id), amount) for money_id, amount in money.entry.joined]
            for target, amount in targets:
                if target is not None:
                    found[money.entry.id] += self._settle(money, target, amount)
        return found

    def _settle(self, money: _Open, target: _Open, amount: Decimal) -> Decimal:
        """Takes what money settles off both; the exchange difference that makes in the period."""
        day = max(money.day, target.day)
        money.moves.append((day, amount))
        target.moves.append((day, -amount))
        # The rate of what moves no money of its own cancels out between what it joins.
        paid = ZERO if money.entry.rate is None and not money.owed else money.entry.rate
        booked = target.entry.rate
        if paid is None or booked is None or not self._period.first <= day <= self._period.last:
            return ZERO
        return self._at_home(amount, paid) - self._at_home(amount, booked)

    def _rolled(self, some: Sequence[_Open], exchanges: Mapping[str, Decimal]) -> Rolled:
        before, last = self._period.first - _A_DAY, self._period.last
        unknown = [_named(each.entry) for each in some if each.entry.rate is None and self._matters(each)]
        if unknown:
            return Rolled(unknown=unknown)
        parts = {
            "opening": sum((self._worth(each, each.left(before)) for each in some), ZERO),
            **dict.fromkeys(MOVES, ZERO),
        }
        for each in some:
            if before < each.day <= last:
                whole = self._whole(each.entry, each.entry.total if each.entry.is_document else each.owed)
                parts[each.column] += abs(whole)
                settled = each.entry.sign * (whole - self._whole(each.entry, whole_less(each)))
                written_off = each.entry.sign * self._worth(each, each.written_off)
                parts["written_off"] += written_off
                parts["settled_otherwise"] += settled - written_off
        moved = [each for each in some if exchanges.get(each.entry.id)]
        parts["exchange"] = sum((exchanges[each.entry.id] for each in moved), ZERO)
        closing = sum((self._worth(each, each.left(last)) for each in some), ZERO)
        parts["rounding"] = closing - come_to(parts)
        parts["closing"] = closing
        return Rolled(
            parts,
            [_named(each.entry, exchanges[each.entry.id]) for each in moved],
            sum(ZERO < abs(each.left(last)) < abs(each.owed) for each in some),
        )

    def _matters(self, each: _Open) -> bool:
        """Whether anything of the period depends on what it is worth: nothing does on what is nothing in any currency."""
        first, last = self._period.first, self._period.last
        if each.left(first - _A_DAY) or each.left(last):
            return True
        if not (each.entry.total if each.entry.is_document else each.owed):
            return False
        return any(first <= day <= last for day in (each.day, *(day for day, _ in each.moves)))

    def _worth(self, each: _Open, left: Decimal) -> Decimal:
        return self._whole(each.entry, left) if left else ZERO

    def _whole(self, entry: Entry, amount: Decimal) -> Decimal:
        """An amount of a document at home: what QuickBooks says of the whole where it is the whole."""
        if entry.at_home is not None and abs(amount) == abs(entry.total):
            return abs(entry.at_home) if amount >= 0 else -abs(entry.at_home)
        return self._at_home(amount, entry.rate or ZERO)

    def _at_home(self, amount: Decimal, rate: Decimal) -> Decimal:
        return (amount * rate).quantize(self._unit, ROUND_HALF_UP)


def rolled_at_home(roll: Plain, abroad: Abroad, home: str) -> Plain:
    """A roll-forward of a certificate with what QuickBooks' side of it comes to at home, where it is in another currency."""
    rolled = abroad.rolls.get(roll["currency"])
    if rolled is None:
        return roll
    unknown = {"not_known": list(listed(rolled.unknown)), "not_known_count": len(rolled.unknown)}
    told = {name: written(amount) for name, amount in rolled.parts.items()} or unknown
    return {**roll, "home": {"currency": home, **told}}


def code_at_home(row: Plain, abroad: Abroad, home: str) -> Plain:
    """Sales and tax under a tax code with what QuickBooks' side comes to at home, where that is in another currency and known."""
    found = abroad.codes.get((row["code"], row["currency"]))
    if found is None or abroad.unlabelled:
        return row
    return {**row, "home": {"currency": home, "sales": written(found[0]), "tax": written(found[1])}}


def whole_less(each: _Open) -> Decimal:
    """What of a document is left for money to settle."""
    return each.entry.total - each.settled if each.entry.is_document else each.owed


def come_to(parts: Mapping[str, Decimal]) -> Decimal:
    """What a roll-forward at home comes to, before parts are rounded."""
    signs = (1, 1, -1, -1, 1, -1, -1, 1)
    return sum((sign * parts[name] for sign, name in zip(signs, ("opening", *MOVES, "exchange"), strict=True)), ZERO)


def on_label(label: str, sales: Decimal, tax: Decimal) -> Decimal:
    """What of sales and their tax stands on a label: the tax at 1A, sales elsewhere, at G1 with their tax."""
    return (ZERO if label == "1A" else sales) + (tax if label in ("1A", "G1") else ZERO)


def listed(some: Iterable[Named], most: int = 5) -> Iterator[str]:
    """Some documents by number and day: the first ones."""
    for each in list(some)[:most]:
        day = f" of {day_written(each.date)}" if each.date else ""
        yield f"{each.number or 'one without a number'}{day}"


def _named(entry: Entry, amount: Decimal = ZERO) -> Named:
    return Named(entry.number, entry.date, amount)
