"""What people read: amounts, days, and numbers of documents as they compare them: without case, "#", blanks and leading zeros, and as QuickBooks can hold
them (21 characters; docs/quickbooks.md). Written anew here: a judge does not borrow from what it judges."""

import datetime as dt
import re
import unicodedata
from decimal import Decimal

HOLDS = 21
_ZEROS = re.compile(r"(?<![0-9.,])0+(?=[0-9])")


def same_number(one: str, other: str) -> bool:
    """Whether two numbers are one, or the shorter is what is left of the longer."""
    mine, theirs = _plain(one), _plain(other)
    return mine == theirs or _left_of(one, other) or _left_of(other, one)


def _plain(number: str) -> str:
    letters = unicodedata.normalize("NFKC", number).casefold()
    return _ZEROS.sub("", "".join(c for c in letters if not c.isspace() and c != "#"))


def _left_of(short: str, long: str) -> bool:
    whole, part = " ".join(long.split()), " ".join(short.split())
    if len(whole) <= HOLDS or len(part) > HOLDS:
        return False
    head, mark, tail = part.partition("~")
    in_the_middle = bool(mark) and whole.startswith(head) and whole.endswith(tail)
    return in_the_middle or whole[:HOLDS].strip() == part


def day_written(day: dt.date) -> str:
    """A day as it is shown: 28 Nov 2026."""
    return f"{day.day} {day:%b %Y}"


def written(amount: Decimal) -> str:
    """An amount as it is shown: two decimals at least."""
    plainly = amount.normalize()
    exponent = plainly.as_tuple().exponent
    places = max(2, -exponent if isinstance(exponent, int) else 2)
    return f"{plainly + 0:.{places}f}"
