"""The judge: takes both sides' records in groups, one after the other, and holds what they add up to against each other.

Every record is counted on its own side, whatever it is compared with. What all differences move must come to exactly
what lies between the two sides' figures; where it does not, something was compared that was not counted, or counted
that was not compared, and that rest is a difference without a cause. Documents come before money, which may be
explained by what it pays. The judge keeps figures and the names of documents that differ, no records.
"""

from collections import ChainMap, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from app.tieout.bills import bills_of, rounding_of
from app.tieout.causes import Cause, Explained, standing
from app.tieout.counted import counted_documents
from app.tieout.differences import Counted, Difference, unread
from app.tieout.documents import judge_document
from app.tieout.facts import ZERO, Entry, Group, Settings, Side, Ties
from app.tieout.figures import Cell, Figures, less, month_in, plain, total
from app.tieout.money import judge_money, money_of
from app.tieout.numbers import written
from app.tieout.opening import received_before
from app.tieout.period import AFTER, BEFORE, IN, PAST
from app.tieout.rolls import Rolls

_NOT_THERE = ("missing", "void", "currency")


def _nothing() -> Figures:
    return defaultdict(lambda: ZERO)


@dataclass(frozen=True, slots=True)
class Books:
    """What some of the records come to: both sides' figures, and what their differences move by cause."""

    oncord: Figures = field(default_factory=_nothing)
    quickbooks: Figures = field(default_factory=_nothing)
    by_cause: dict[Cause, Figures] = field(default_factory=dict)
    rounding: dict[tuple[str, str], dict[Side, Decimal]] = field(default_factory=dict)
    """What rounds each side's documents off, by month and currency: part of its sales, and no figure of its own."""

    def note_moves(self, found: Iterable[Difference]) -> None:
        """Add what differences move."""
        for difference in found:
            _add(self.by_cause.setdefault(difference.cause, _nothing()), difference.moves)

    def unaccounted(self) -> list[Difference]:
        """A difference without a cause for what no record accounts for."""
        rest = less(less(self.quickbooks, self.oncord), total(self.by_cause.values()))
        return [_unaccounted(cell, amount) for cell, amount in sorted(rest.items())]


class Judge:
    """Judges one connection, or the part of it that was touched; `rolls`, of one period each, are told of the records of a whole one.

    The first of them is the period that is certified: what is dated after it is judged like all else, and is in none of its figures.
    """

    def __init__(self, settings: Settings, *rolls: Rolls) -> None:
        self._settings = settings
        self._rolls = rolls
        self._period = rolls[0].period if rolls else None
        self._months = self._period.months() if self._period is not None else frozenset()
        self._certified = Books()
        self._later = Books()
        self._causes: dict[str, Explained] = {}
        self._overpaid: set[str] = set()
        self._openings: dict[str, Entry] = {}
        """The documents that opening receivables became, by name (S1)."""
        self.judged = 0

    @property
    def by_cause(self) -> dict[Cause, Figures]:
        """What the differences of each cause move, so far."""
        mine, later = self._certified.by_cause, self._later.by_cause
        return {cause: total([mine.get(cause, {}), later.get(cause, {})]) for cause in {**mine, **later}}

    def take(self, group: Group, ties: Ties) -> list[Difference]:
        """The differences of one group; all documents have to be taken before the first money."""
        when = IN if self._period is None else self._period.when(entry.date for entry in group.entries)
        books = self._later if when == AFTER else self._certified
        rolls = self._rolls[1:] if when == AFTER else self._rolls
        if group.entries[0].is_document:
            bills = bills_of(group, ties, self._settings)
            found = judge_document(group, bills, ties, self._settings)
            here, there = counted_documents(group, bills, ties, self._settings)
            _count_both(books, here, there)
            _count_rounding(books, group)
            if when == AFTER:
                self._rolls[0].note_numbers(group)
            for roll in rolls:
                roll.take_documents(group, bills, ties, self._settings)
                roll.take_codes(here, there)
            self._note(group, ties, found)
        else:
            money = money_of(group, ties, self._settings)
            why = self._why_documents(group, ties)
            found = judge_money(group, money, ties, self._settings, why, self._overpaid)
            _count_both(books, *([each] if each is not None else [] for each in (money.here, money.there)))
            for roll in rolls:
                roll.take_money(group, self._settings)
        if not found and any(entry.unreadable for entry in group.entries):
            found = [unread(group)]
        books.note_moves(found)
        self.judged += 1
        return [replace(each, when=self._when(each, when)) for each in found]

    def end(self) -> tuple[Figures, Figures, list[Difference]]:
        """Both sides' figures, and a difference without a cause for what no record accounts for."""
        found = []
        for books, when in ((self._certified, IN), (self._later, AFTER)):
            rest = books.unaccounted()
            books.note_moves(rest)
            found += [replace(each, when=when if self._of_period(each.moves) else PAST) for each in rest]
        several = (self._certified, self._later)
        return total(each.oncord for each in several), total(each.quickbooks for each in several), found

    def certified(self) -> Books:
        """What the records of up to the period's last day come to, without what is of other months than those of the period."""
        books = self._certified
        return Books(
            plain(self._of_period(books.oncord)),
            plain(self._of_period(books.quickbooks)),
            {cause: self._of_period(moved) for cause, moved in books.by_cause.items()},
            {key: sides for key, sides in books.rounding.items() if self._is_of_period(key[0])},
        )

    def moves_in_period(self, difference: Difference) -> Figures:
        """Which of the certified figures a difference moves."""
        return self._of_period(difference.moves)

    def _when(self, difference: Difference, when: str) -> str:
        """Of what is from before the period: whether any figure of the period contains it."""
        return PAST if when == BEFORE and not self._of_period(difference.moves) else when

    def _of_period(self, figures: Mapping[Cell, Decimal]) -> Figures:
        return {cell: amount for cell, amount in figures.items() if self._is_of_period(month_in(cell))}

    def _is_of_period(self, month: str) -> bool:
        return self._period is None or not month or month in self._months

    def _why_documents(self, group: Group, ties: Ties) -> Mapping[str, Explained]:
        """Why the documents that money pays are not there, or count only for what was received later."""
        if not self._openings:
            return self._causes
        return ChainMap(dict(received_before(group.oncord, self._openings, ties)), self._causes)

    def _note(self, group: Group, ties: Ties, found: list[Difference]) -> None:
        """Remember why money may not be applied to a document on both sides alike."""
        ours = group.oncord
        if ours is not None and ours.says_paid is not None and ours.says_paid > ours.total:
            self._overpaid.add(ties.document(ours.side, ours.id))
        for entry in group.quickbooks:
            if entry.opening is not None and ours is not None:
                self._openings[ties.document("oncord", ours.id)] = entry
        explained = next(((d.cause, d.why) for d in found if d.what in _NOT_THERE), None) or standing(group.entries)
        cancelled = group.oncord is not None and group.oncord.void and bool(group.taking_back)
        if explained is None and (cancelled or all(entry.void for entry in group.entries)):
            explained = self._void_before_the_start(group) or (Cause.VOID, "")
        if explained is not None:
            for entry in group.entries:
                self._causes[ties.document(entry.side, entry.id)] = explained

    def _void_before_the_start(self, group: Group) -> Explained | None:
        """Why money for a sale from before the start date that is void stays where it is: it never had a document (S1)."""
        ours, start = group.oncord, self._settings.start_date
        if ours is None or group.quickbooks or ours.lost or ours.date is None or ours.date >= start:
            return None
        return Cause.BEFORE_START, f"It is dated before {start}, and void."


def _count_both(books: Books, here: Sequence[Counted], there: Sequence[Counted]) -> None:
    """Count what each side holds; most pairs say the same, which is added up once."""
    ours = [each.figures() for each in here]
    for figures in ours:
        _add(books.oncord, figures)
    for figures in ours if here == there else [each.figures() for each in there]:
        _add(books.quickbooks, figures)


def _count_rounding(books: Books, group: Group) -> None:
    for entry in group.entries:
        rounding = ZERO if entry.void else rounding_of(entry)
        if rounding and entry.date is not None:
            sides = books.rounding.setdefault((f"{entry.date:%Y-%m}", entry.currency), {})
            sides[entry.side] = sides.get(entry.side, ZERO) + rounding


def _add(figures: Figures, more: Mapping[Cell, Decimal]) -> None:
    for cell, amount in more.items():
        figures[cell] += amount


def _unaccounted(cell: Cell, amount: Decimal) -> Difference:
    return Difference(
        kind="figure",
        what=cell.table,
        currency=cell.currency,
        oncord="",
        quickbooks=written(amount),
        amount=amount,
        cause=Cause.UNEXPLAINED,
        why="The records do not add up to it.",
        number=cell.key,
        moves={cell: amount},
    )
