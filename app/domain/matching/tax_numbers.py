"""Tax numbers of which QuickBooks shows only the end ("XXXXXX56789" for an ABN; docs/quickbooks.md 9.1).

Such a text is no number: it is never written anywhere, and says no more than the characters that are visible. What a write of
ours has set is known by them; what somebody typed in QuickBooks can never be read.
"""

import re

WHOLE = 9
"""A whole tax number has so many digits at least; fewer are the visible tail of one that is masked."""
_MASK = re.compile(r"[X*•]{3,}", re.IGNORECASE)


def is_masked(number: object) -> bool:
    """Whether something stands in place of a number's first digits."""
    return isinstance(number, str) and _MASK.search(number) is not None


def tail(number: str) -> str:
    """The digits and letters that are visible of a masked number; of a whole one all of them."""
    visible = _MASK.split(number)[-1]
    return "".join(c for c in visible.casefold() if c.isalnum())


def may_be_one(one: str, other: str) -> bool:
    """Whether two numbers, either of them masked, are the same as far as anybody can see."""
    if not one or not other:
        return one == other
    one_tail, other_tail = tail(one), tail(other)
    if is_masked(one) or is_masked(other):
        return bool(one_tail and other_tail) and (one_tail.endswith(other_tail) or other_tail.endswith(one_tail))
    return one_tail == other_tail


def read_number(now: str, base: str | None, across: str | None) -> str:
    """A number as it is compared: the one that the pair last agreed on, or the other side's, where it ends alike; else what
    is visible of it."""
    if not is_masked(now):
        return now
    for number in (base, across):
        if number and may_be_one(now, number):
            return number
    return now
