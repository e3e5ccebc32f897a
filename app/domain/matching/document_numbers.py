"""The numbers of documents, as people compare them and as QuickBooks can hold them.

"#1001" and "1001", "006829" and "6829", "INV-77312" and "INV 77312" are one number: they have the same parts. "77-310" and
"77310" may be: one of the two says less of where its parts end. "1-23" and "12-3" are two. QuickBooks holds 21 characters:
a longer number keeps its beginning and its end, so that two that differ in either stay two; other hands have cut such
numbers after 21.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import accumulate

LONGEST = 21
"""What QuickBooks holds of a number."""
_HEAD, _TAIL, _LEFT_OUT = 8, 12, "~"
_UNTOLD = re.compile(r"[#\s]")
_LEADING_ZEROS = re.compile(r"(^|[^0-9.,])0+(?=[0-9])")
_ZEROS = re.compile(r"0(?=[0-9])")
_PART = re.compile(r"[0-9]+|[^\W\d_]+|\d+")


def held(number: str) -> str:
    """A number as QuickBooks is given it: whole, or its beginning and its end with "~" between."""
    whole = " ".join(number.split())
    return whole if len(whole) <= LONGEST else f"{whole[:_HEAD]}{_LEFT_OUT}{whole[-_TAIL:]}"


def form(number: str) -> str:
    """A number without case, "#", blanks and leading zeros."""
    return _LEADING_ZEROS.sub(r"\1", _UNTOLD.sub("", _plain(number)))


def number_keys(number: str) -> tuple[str, str]:
    """What a document is looked up by: its number up to where others cut it, and as we shorten it ("" where it is short).

    Wider than what is compared: whatever may be one number has one key, and a key says nothing by itself.
    """
    cut, shortened = _cuts(number)
    return _key(cut), _key(shortened) if shortened else ""


def numbers_agree(one: str, other: str) -> bool:
    """Whether two numbers are the same, or one of them is what QuickBooks holds of the other."""
    if not form(one) or not form(other):
        return False
    return _same(one, other) or _is_cut(one, other) or _is_cut(other, one)


def numbers_run_together(one: str, other: str) -> bool:
    """Whether two numbers are the same but for separators that only one of them has: they may be one, or two."""
    if numbers_agree(one, other):
        return False
    pairs = ((_parts(one), _parts(other)), (_without_zeros(one), _without_zeros(other)))
    return any(_nested(mine, theirs) for mine, theirs in pairs)


def telling(number: str) -> bool:
    """Whether a number has four digits or more: fewer are given twice too easily."""
    return sum(c.isdigit() for c in form(number)) >= 4


def _plain(number: str) -> str:
    return unicodedata.normalize("NFKC", number).casefold()


def _parts(number: str) -> list[str]:
    """The words and the digits of a number, whatever stands between them."""
    return _PART.findall(_plain(number))


def _without_zeros(number: str) -> list[str]:
    """The parts of a number without leading zeros, save for those of a fraction ("1.05")."""
    return _parts(_LEADING_ZEROS.sub(r"\1", _plain(number)))


def _same(one: str, other: str) -> bool:
    if form(one) == form(other):
        return True
    mine = _without_zeros(one)
    return bool(mine) and mine == _without_zeros(other)


def _nested(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two are one text of which one ends a part wherever the other does."""
    mine, theirs = (set(accumulate(len(part) for part in parts)) for parts in (one, other))
    return bool(one) and "".join(one) == "".join(other) and (mine <= theirs or theirs <= mine)


def _is_cut(short: str, whole: str) -> bool:
    if len(whole.strip()) <= LONGEST or len(short.strip()) > LONGEST:
        return False
    return len(short.strip()) >= LONGEST - 1 and any(_same(short, cut) for cut in _cuts(whole) if cut)


def _cuts(number: str) -> tuple[str, str]:
    """A number as others cut it, and as we shorten it ("" where it is neither long nor shortened)."""
    shortened = held(number)
    is_shortened = len(shortened) == LONGEST and shortened[_HEAD] == _LEFT_OUT
    return number.strip()[:LONGEST], shortened if is_shortened else ""


def _key(number: str) -> str:
    """A number without separators and without any zero that might lead a part, wherever its parts may end."""
    return _ZEROS.sub("", "".join(_parts(number))) or form(number)
