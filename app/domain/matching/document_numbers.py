"""The numbers of documents, as people compare them and as QuickBooks can hold them.

"#1001" and "1001", "006829" and "6829" are one number. QuickBooks holds 21 characters: a longer number keeps its
beginning and its end, so that two that differ in either stay two; other hands have cut such numbers after 21.
"""

import re
import unicodedata

LONGEST = 21
"""What QuickBooks holds of a number."""
_HEAD, _TAIL, _LEFT_OUT = 8, 12, "~"
_UNTOLD = re.compile(r"[#\s]")
_LEADING_ZEROS = re.compile(r"(^|[^0-9.,])0+(?=[0-9])")


def held(number: str) -> str:
    """A number as QuickBooks is given it: whole, or its beginning and its end with "~" between."""
    whole = " ".join(number.split())
    return whole if len(whole) <= LONGEST else f"{whole[:_HEAD]}{_LEFT_OUT}{whole[-_TAIL:]}"


def form(number: str) -> str:
    """A number without case, "#", blanks and leading zeros."""
    plain = unicodedata.normalize("NFKC", number).casefold()
    return _LEADING_ZEROS.sub(r"\1", _UNTOLD.sub("", plain))


def number_keys(number: str) -> tuple[str, str]:
    """What a document is looked up by: its number up to where others cut it, and as we shorten it ("" where it is short)."""
    shortened = held(number)
    is_shortened = len(shortened) == LONGEST and shortened[_HEAD] == _LEFT_OUT
    return form(number.strip()[:LONGEST]), form(shortened) if is_shortened else ""


def numbers_agree(one: str, other: str) -> bool:
    """Whether two numbers are the same, or one of them is what QuickBooks holds of the other."""
    one_form, other_form = form(one), form(other)
    if not one_form or not other_form:
        return False
    return one_form == other_form or _is_cut(one, other) or _is_cut(other, one)


def _is_cut(short: str, whole: str) -> bool:
    if len(whole.strip()) <= LONGEST or len(short.strip()) > LONGEST:
        return False
    return form(short) in number_keys(whole) and len(short.strip()) >= LONGEST - 1


def telling(number: str) -> bool:
    """Whether a number has four digits or more: fewer are given twice too easily."""
    return sum(c.isdigit() for c in form(number)) >= 4
