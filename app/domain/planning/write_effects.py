"""Has a write taken effect, and what has somebody changed since? Asked where the answer to a write was lost."""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.matching.natural_keys import normalised
from app.domain.matching.tax_numbers import is_masked, may_be_one
from app.domain.model.description import assigned_by, merged_fields
from app.domain.model.records import (
    Kind,
    Money,
    Record,
    Side,
)
from app.domain.planning.merge import agrees, is_empty

SHORTEST_CUT = 15
"""No text is cut to less than this: what is shorter was typed so."""


def holds(intended: Record, now: Record, groups: Sequence[str]) -> bool:
    """Whether a record holds what was to be written to it; a text may have been cut."""
    return all(_same(group, getattr(intended, group), getattr(now, group)) for group in groups)


def as_created(kind: Kind, side: Side, intended: Record | None, now: Record, *, saved_since: bool) -> Record:
    """What we can be sure to have created, of a record that somebody may have edited since: what differs from `intended`
    is theirs and still has to travel. `saved_since`: somebody has saved it since for certain; otherwise, what was left open
    and `side` works out by itself is taken for that."""
    if intended is None or type(intended) is not type(now):
        return now
    assigned = frozenset() if saved_since else assigned_by(kind, side)
    edited_since = []
    for group in merged_fields(kind):
        intended_value, present_value = getattr(intended, group), getattr(now, group)
        filled_in = group in assigned and is_empty(intended_value)
        as_written = _same(group, intended_value, present_value) or _same_money(intended_value, present_value)
        if not filled_in and not as_written:
            edited_since.append(group)
    return replace(now, **{group: getattr(intended, group) for group in edited_since})


def _same(group: str, intended: object, now: object) -> bool:
    if group == "tax_number" and isinstance(intended, str) and isinstance(now, str) and is_masked(now):
        return may_be_one(intended, now)
    if isinstance(intended, str) and isinstance(now, str) and len(now) >= SHORTEST_CUT:
        return normalised(intended).startswith(normalised(now))
    return agrees(group, intended, now)


def _same_money(intended: object, now: object) -> bool:
    """The same figures; a side may have split or worded the lines its own way."""
    return isinstance(intended, Money) and isinstance(now, Money) and _figures(intended) == _figures(now)


def _figures(money: Money) -> tuple[object, ...]:
    return money.currency, money.total, money.tax_total
