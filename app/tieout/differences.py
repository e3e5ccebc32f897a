"""One difference: between which records, in what, by how much, why, and which figures it moves.

A pair that differs in several things is carried from Oncord's figures to QuickBooks' one thing at a time (`steps`), so
that what its differences move adds up to exactly what lies between the two sides.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from app.tieout.causes import Cause, Explained
from app.tieout.facts import ZERO, Entry, Group
from app.tieout.figures import Cell, Figures, less, plain
from app.tieout.numbers import written
from app.tieout.period import IN


@dataclass(frozen=True, slots=True)
class Difference:
    """`amount` is QuickBooks less Oncord, in `currency`; of an account what lies in another one there, and zero where any
    other thing than an amount differs.

    `kind` is "sale", "receipt" or "figure" (what no record accounts for). `moves`: the figures it changes.
    """

    kind: str
    what: str
    currency: str
    oncord: str
    quickbooks: str
    amount: Decimal
    cause: Cause
    why: str = ""
    oncord_id: str = ""
    quickbooks_id: str = ""
    number: str = ""
    date: dt.date | None = None
    party: str = ""
    moves: Mapping[Cell, Decimal] = field(default_factory=dict)
    sort: str = ""
    """The row of a month that it belongs to: "sales", "credits", "receipts" or "refunds"; "" of what no record accounts for."""
    when: str = IN
    """Whether its records are of the period that is certified (`app.tieout.period`)."""


class Counted(Protocol):
    """Something that adds to figures."""

    def figures(self) -> Figures:
        """What it adds."""
        ...


State = TypeVar("State", bound=Counted)


def steps(start: State, changes: Iterable[tuple[str, Callable[[State], State]]]) -> Iterator[tuple[str, Figures]]:
    """What each change moves, one after the other; most change nothing, and are not counted out."""
    counted: Figures | None = None
    for name, change in changes:
        changed = change(start)
        if changed == start:
            yield name, {}
            continue
        before, counted = counted or start.figures(), changed.figures()
        yield name, less(counted, before)
        start = changed


def told(group: Group, party: str) -> dict[str, Any]:
    """What names the records of a group in a difference."""
    first = group.oncord or group.quickbooks[0]
    return {
        "kind": "sale" if first.is_document else "receipt",
        "sort": _sort(first),
        "oncord_id": group.oncord.id if group.oncord else "",
        "quickbooks_id": ",".join(entry.id for entry in group.quickbooks),
        "number": first.number or next((entry.number for entry in group.quickbooks if entry.number), ""),
        "date": first.date,
        "party": party,
    }


def _sort(entry: Entry) -> str:
    if entry.is_document:
        return "credits" if entry.credit else "sales"
    return "refunds" if entry.total < 0 else "receipts"


def one_sided(
    group: Group, what: str, figures: Figures, amount: Decimal, explained: Explained, party: str
) -> Difference:
    """Something that only one side has, or counts."""
    counts = group.oncord is not None and not group.oncord.void
    entry = group.oncord if group.oncord and (counts or not group.quickbooks) else group.quickbooks[0]
    return Difference(
        what=what,
        currency=entry.currency,
        oncord=written(amount) if counts else absent(group.oncord),
        quickbooks=absent(*group.quickbooks) if counts else written(amount),
        amount=-amount if counts else amount,
        cause=explained[0],
        why=explained[1],
        moves=less({}, figures) if counts else plain(figures),
        **told(group, party),
    )


def unread(group: Group) -> Difference:
    """A record that one side holds and nobody can read: what it said last is counted, what it says now is not known."""
    entry = next(entry for entry in group.entries if entry.unreadable)
    return Difference(
        what="unreadable",
        currency=entry.currency,
        oncord="",
        quickbooks="",
        amount=ZERO,
        cause=Cause.PARKED,
        why=f"It makes no sense: {entry.unreadable}.",
        **told(group, ""),
    )


def absent(*entries: Entry | None) -> str:
    """What a side shows that does not count it."""
    return "void" if any(entry is not None and entry.void for entry in entries) else "nothing"
