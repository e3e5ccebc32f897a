"""Texts and numbers of any vendor's JSON: what stands there is believed only as far as it makes sense. Pure.

Both vendors' rooms read with it, as they do with `places`; what one vendor alone writes so is in its own `mapping/values.py`.
"""

import json
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from app.domain.model.texts import clean

MOST_DIGITS = 15
"""Before the point and behind it: more is no amount of anything, and an exponent of a million would exhaust who writes it out."""


def content_of(body: bytes, usual: "msgspec.json.Decoder[Any]") -> Any:
    """A JSON text as plain data: where it is of the usual shape, what that names of it, and in a fraction of the time.

    Numbers of any other are read as text, since one of thousands of digits would make the whole unreadable. Raises ValueError where it
    is no JSON, or nested too deeply.
    """
    try:
        return usual.decode(body.decode())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return json.loads(body, strict=False, parse_int=str)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def text(value: Any) -> str:
    """A string or number as text, trimmed; anything else is ""."""
    if isinstance(value, str):
        return clean(value).strip()
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else ""


def amount(value: Any) -> Decimal:
    """A JSON number, or a number in a string; absent is zero; raises ValueError where it is no finite number."""
    if value is None or value == "":
        return Decimal(0)
    if isinstance(value, bool | float) or not isinstance(value, str | int | Decimal):
        raise _no_amount(value)
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise _no_amount(value) from error
    if not number.is_finite() or not -MOST_DIGITS <= number.adjusted() < MOST_DIGITS:
        raise _no_amount(value)
    return number


def _no_amount(value: Any) -> ValueError:
    return ValueError(f"not an amount: {str(value)[:40]!r}")


def maybe(value: Any) -> Decimal | None:
    """Like `amount`, but absent is None."""
    return None if value is None or value == "" else amount(value)
