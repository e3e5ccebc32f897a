"""Sales whose later differences have documents of their own in the books (B1): one sale here, an invoice and what changes it there.

They are held against each other as sums. What each document comes to counts in its own month on both sides, since that is when
the books tell of it; whatever the sums differ in counts in the month of the invoice.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from app.tieout.bills import billed
from app.tieout.causes import UNEXPLAINED, alone, locked, standing
from app.tieout.differences import Difference, one_sided
from app.tieout.facts import ZERO, Entry, Group, Settings, Ties
from app.tieout.figures import NOT_SPLIT, Billed
from app.tieout.wholes import astray


def in_their_months(bill: Billed, added: Sequence[Entry], ties: Ties, settings: Settings) -> list[Billed]:
    """What counts of a sale, or of all its documents as one: each difference by itself, and what is left in the invoice's place."""
    split = NOT_SPLIT not in {*bill.nets, *bill.taxes}
    parts = [replace(billed(each, ties, settings, split=split), settled=ZERO) for each in added]
    rest = bill
    for part in parts:
        sign = 1 if part.sign == bill.sign else -1
        rest = replace(
            rest,
            total=rest.total - sign * part.total,
            nets=_less(rest.nets, sign, part.nets),
            taxes=_less(rest.taxes, sign, part.taxes),
        )
    return [rest, *parts]


def _less(whole_of: Mapping[str, Decimal], sign: int, part: Mapping[str, Decimal]) -> dict[str, Decimal]:
    left: dict[str, Decimal] = defaultdict(Decimal, whole_of)
    for code, amount in part.items():
        left[code] -= sign * amount
    return {code: amount for code, amount in left.items() if amount}


def left_alone(group: Group, ties: Ties, settings: Settings) -> Iterator[Difference]:
    """Documents over differences of a sale or an invoice that is gone or void, or of somebody else's by now."""
    for entry in astray(group):
        figures = billed(entry, ties, settings)
        why = standing(group.entries) or locked(group.entries)
        if why is None:
            why = alone(group.oncord, settings) if group.oncord is not None and group.document is None else UNEXPLAINED
        there = replace(group, oncord=None, quickbooks=(entry,))
        yield one_sided(there, "missing", figures.figures(), entry.sign * entry.total, why, figures.party)
