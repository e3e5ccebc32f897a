"""The judge: takes both sides' records in groups, one after the other, and holds what they add up to against each other.

Every record is counted on its own side, whatever it is compared with. What all differences move must come to exactly
what lies between the two sides' figures; where it does not, something was compared that was not counted, or counted
that was not compared, and that rest is a difference without a cause. Documents come before money, which may be
explained by what it pays. The judge keeps figures and the names of documents that differ, no records.
"""

from collections import ChainMap, defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from app.tieout.adjusted import in_their_months
from app.tieout.bills import Bills, billed, bills_of, rounding_of
from app.tieout.cancelled import cancelled_late, counted_late
from app.tieout.causes import Cause, Explained, standing
from app.tieout.differences import Counted, Difference, unread
from app.tieout.documents import judge_document
from app.tieout.facts import ZERO, Entry, Group, Settings, Side, Ties
from app.tieout.figures import Cell, Figures, less, plain, total
from app.tieout.money import judge_money, money_of
from app.tieout.numbers import written
from app.tieout.opening import received_before
from app.tieout.rolls import Rolls
from app.tieout.wholes import adding, astray

_NOT_THERE = ("missing", "void", "currency")


class Judge:
    """Judges one connection, or the part of it that was touched; `rolls`, of one period each, are told of the records of a whole one."""

    def __init__(self, settings: Settings, *rolls: Rolls) -> None:
        self._settings = settings
        self._rolls = rolls
        self._oncord: Figures = defaultdict(lambda: ZERO)
        self._quickbooks: Figures = defaultdict(lambda: ZERO)
        self.by_cause: dict[Cause, Figures] = {}
        """What the differences of each cause move, so far."""
        self.rounding: dict[tuple[str, str], dict[Side, Decimal]] = {}
        """What rounds each side's documents off, by month and currency: part of its sales, and no figure of its own."""
        self._causes: dict[str, Explained] = {}
        self._overpaid: set[str] = set()
        self._openings: dict[str, Entry] = {}
        """The documents that opening receivables became, by name (S1)."""
        self.judged = 0

    def take(self, group: Group, ties: Ties) -> list[Difference]:
        """The differences of one group; all documents have to be taken before the first money."""
        is_document = group.entries[0].is_document
        if is_document:
            bills = bills_of(group, ties, self._settings)
            found = judge_document(group, bills, ties, self._settings)
            self._count_documents(group, bills, ties)
            for rolls in self._rolls:
                rolls.take_documents(group, bills, ties, self._settings)
            self._note(group, ties, found)
        else:
            money = money_of(group, ties, self._settings)
            why = self._why_documents(group, ties)
            found = judge_money(group, money, ties, self._settings, why, self._overpaid)
            self._count_both(money.here, money.there)
            for rolls in self._rolls:
                rolls.take_money(group, self._settings)
        if not found and any(entry.unreadable for entry in group.entries):
            found = [unread(group)]
        self._note_moves(found)
        self.judged += 1
        return found

    def end(self) -> tuple[Figures, Figures, list[Difference]]:
        """Both sides' figures, and a difference without a cause for what no record accounts for."""
        oncord, quickbooks = plain(self._oncord), plain(self._quickbooks)
        rest = less(less(quickbooks, oncord), total(self.by_cause.values()))
        found = [_unaccounted(cell, amount) for cell, amount in sorted(rest.items())]
        self._note_moves(found)
        return oncord, quickbooks, found

    def _note_moves(self, found: Iterable[Difference]) -> None:
        for difference in found:
            _add(self.by_cause.setdefault(difference.cause, defaultdict(lambda: ZERO)), difference.moves)

    def _count_documents(self, group: Group, bills: Bills | None, ties: Ties) -> None:
        settings = self._settings
        self._count_rounding(group)
        if group.taking_back and cancelled_late(group, ties, settings):
            for figures, counted in zip(
                (self._oncord, self._quickbooks), counted_late(group, ties, settings), strict=True
            ):
                for each in counted:
                    _add(figures, each.figures())
            for entry in astray(group):
                _add(self._quickbooks, billed(entry, ties, settings).figures())
            return
        added = adding(group)
        if bills is not None and added:
            for figures, bill in zip((self._oncord, self._quickbooks), bills, strict=True):
                for each in in_their_months(bill, added, ties, settings):
                    _add(figures, each.figures())
        elif bills is not None:
            self._count_both(*bills)
        for entry in group.entries if bills is None else (*group.taking_back, *astray(group)):
            if not entry.void:
                _add(self._side(entry), billed(entry, ties, settings).figures())

    def _count_rounding(self, group: Group) -> None:
        for entry in group.entries:
            rounding = ZERO if entry.void else rounding_of(entry)
            if rounding and entry.date is not None:
                sides = self.rounding.setdefault((f"{entry.date:%Y-%m}", entry.currency), {})
                sides[entry.side] = sides.get(entry.side, ZERO) + rounding

    def _count_both(self, here: Counted | None, there: Counted | None) -> None:
        """Count what each side holds; most pairs say the same, which is added up once."""
        ours = here.figures() if here is not None else {}
        _add(self._oncord, ours)
        if there is not None:
            _add(self._quickbooks, ours if here == there else there.figures())

    def _side(self, entry: Entry) -> Figures:
        return self._oncord if entry.side == "oncord" else self._quickbooks

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
            explained = Cause.VOID, ""
        if explained is not None:
            for entry in group.entries:
                self._causes[ties.document(entry.side, entry.id)] = explained


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
