"""Has a write taken effect, and what has somebody changed since? Asked where the answer to a write was lost."""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.matching.natural_keys import normalised
from app.domain.matching.tax_numbers import is_masked, may_be_one
from app.domain.model.description import merged_fields
from app.domain.model.records import (
    Contact,
    Kind,
    Money,
    Record,
)
from app.domain.planning.merge import agrees, is_empty

SHORTEST_CUT = 15
"""No text is cut to less than this: what is shorter was typed so."""


def holds(wanted: Record, now: Record, groups: Sequence[str]) -> bool:
    """Whether a record holds what was to be written to it; a text may have been cut."""
    return all(_same(group, getattr(wanted, group), getattr(now, group)) for group in groups)


def as_created(kind: Kind, wanted: Record | None, now: Record) -> Record:
    """What we can be sure to have created, of a record that somebody may have edited since: what differs from `wanted`
    is theirs and still has to travel. What was left open was filled in by the side itself."""
    if wanted is None or type(wanted) is not type(now):
        return now
    theirs = []
    for group in merged_fields(kind):
        ours, found = getattr(wanted, group), getattr(now, group)
        filled_in = is_empty(ours) and not isinstance(now, Contact)
        if not filled_in and not _same(group, ours, found) and not _same_money(ours, found):
            theirs.append(group)
    return replace(now, **{group: getattr(wanted, group) for group in theirs})


def _same(group: str, wanted: object, now: object) -> bool:
    if group == "tax_number" and isinstance(wanted, str) and isinstance(now, str) and is_masked(now):
        return may_be_one(wanted, now)
    if isinstance(wanted, str) and isinstance(now, str) and len(now) >= SHORTEST_CUT:
        return normalised(wanted).startswith(normalised(now))
    return agrees(group, wanted, now)


def _same_money(wanted: object, now: object) -> bool:
    """The same figures; a side may have split or worded the lines its own way."""
    return isinstance(wanted, Money) and isinstance(now, Money) and _figures(wanted) == _figures(now)


def _figures(money: Money) -> tuple[object, ...]:
    return money.currency, money.total, money.tax_total
