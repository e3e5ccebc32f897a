"""Sales that were cancelled late (S5): what is void here stands there, and a credit takes it back by just as much."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from app.tieout.bills import billed
from app.tieout.causes import UNEXPLAINED, Cause, locked, standing
from app.tieout.differences import Difference, one_sided, told
from app.tieout.facts import ZERO, Entry, Group, Settings, Ties
from app.tieout.figures import Billed, less
from app.tieout.numbers import written
from app.tieout.wholes import adding, whole


def cancelled_late(group: Group, ties: Ties, settings: Settings) -> bool:
    """Whether a sale that is void here is taken back there, and by just what it came to: by a credit for the same party, in the
    same currency, of the same sales and tax by code, and not before it. Then both sides hold the same, though one of them has
    two documents for it: it counts in its own month, and is taken back in that of the credit."""
    ours, theirs = group.oncord, group.document
    if ours is None or theirs is None or not ours.void or theirs.void:
        return False
    document = billed(whole(theirs, adding(group)), ties, settings)
    backs = [billed(entry, ties, settings) for entry in group.taking_back]
    whose = (document.party, document.currency)
    fits = all((c.party, c.currency, c.sign) == (*whose, -document.sign) for c in backs)
    later = all(e.date is None or theirs.date is None or e.date >= theirs.date for e in group.taking_back)
    return fits and later and _adds_up(document, backs)


def _adds_up(document: Billed, backs: list[Billed]) -> bool:
    """Whether credits come to exactly what a document does."""
    for named in ("nets", "taxes"):
        mine: Mapping[str, Decimal] = getattr(document, named)
        back: dict[str, Decimal] = defaultdict(Decimal)
        for credit in backs:
            for code, amount in getattr(credit, named).items():
                back[code] += amount
        if dict(mine) != {code: amount for code, amount in back.items() if amount}:
            return False
    return document.total == sum((credit.total for credit in backs), ZERO)


def counted_late(group: Group, ties: Ties, settings: Settings) -> tuple[list[Billed], list[Billed]]:
    """What counts of a sale that was cancelled late: for Oncord, which has one document and no credit, as the books tell it but
    for what is settled there otherwise; for the books what they hold."""
    theirs = group.document
    assert theirs is not None
    there = [billed(entry, ties, settings) for entry in (theirs, *adding(group), *group.taking_back)]
    return [replace(each, settled=ZERO) for each in there], there


def settled_otherwise(group: Group, ties: Ties, settings: Settings) -> Iterator[Difference]:
    """What was settled in the books of a sale that was cancelled late, or of its credit, by anything that is no receipt."""
    here, there = counted_late(group, ties, settings)
    for mine, other in zip(here, there, strict=True):
        if mine != other:
            yield Difference(
                what="settled",
                currency=other.currency,
                oncord=written(mine.settled),
                quickbooks=written(other.settled),
                amount=other.sign * other.settled,
                cause=Cause.SETTLED_OTHERWISE,
                moves=less(other.figures(), mine.figures()),
                **told(group, other.party),
            )


def left_over(group: Group, entry: Entry, ties: Ties, settings: Settings) -> Iterator[Difference]:
    """A credit that takes a sale back which stands, or which it does not take back as it is."""
    figures = billed(entry, ties, settings)
    why = standing(group.entries) or locked(group.entries)
    if why is None:
        why = (Cause.VOID, "") if group.oncord is not None and group.oncord.void else UNEXPLAINED
    alone_there = replace(group, oncord=None, quickbooks=(entry,))
    yield one_sided(alone_there, "missing", figures.figures(), entry.sign * entry.total, why, figures.party)
