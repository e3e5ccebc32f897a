"""Keyset paging: a page ends with an opaque cursor that names the last row, so that rows that come and go skip nothing."""

import base64
import binascii
import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.errors import InvalidInput

Row = TypeVar("Row")

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows in their order; `next_cursor` is None on the last page."""

    items: tuple[Row, ...]
    next_cursor: str | None = None


def cut(rows: list[Row], limit: int, key: Callable[[Row], tuple[str | int | dt.datetime, ...]]) -> Page[Row]:
    """A page of `limit` from up to `limit + 1` rows; `key` tells what the list is ordered by."""
    if len(rows) <= limit:
        return Page(tuple(rows))
    kept = rows[:limit]
    return Page(tuple(kept), encode(*key(kept[-1])))


def encode(*key: str | int | dt.datetime) -> str:
    """The cursor that goes on after the row with this key."""
    plain = [part.isoformat() if isinstance(part, dt.datetime) else part for part in key]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def decode_moment(cursor: str) -> tuple[dt.datetime, str]:
    """The (moment, id) that a cursor names. Raises `InvalidInput` where it is not one of ours."""
    match _decode(cursor):
        case [str(moment), str(row_id)]:
            try:
                parsed = dt.datetime.fromisoformat(moment)
                parsed.astimezone(dt.UTC)
            except (ValueError, OverflowError):
                raise _not_ours() from None
            if parsed.tzinfo is None:
                raise _not_ours()
            return parsed, row_id
        case _:
            raise _not_ours()


def decode_ranked(cursor: str) -> tuple[int, dt.datetime, str]:
    """The (rank, moment, id) that a cursor names. Raises `InvalidInput` where it is not one of ours."""
    match _decode(cursor):
        case [int(rank), str(moment), str(row_id)] if 0 <= rank < 1 << 31:
            return rank, *decode_moment(encode(moment, row_id))
        case _:
            raise _not_ours()


def decode_number(cursor: str) -> int:
    """The number that a cursor names. Raises `InvalidInput` where it is not one of ours."""
    match _decode(cursor):
        case [int(number)] if 0 <= number < 1 << 63:
            return number
        case _:
            raise _not_ours()


def decode_id(cursor: str) -> str:
    """The id that a cursor names. Raises `InvalidInput` where it is not one of ours."""
    match _decode(cursor):
        case [str(row_id)]:
            return row_id
        case _:
            raise _not_ours()


def decode_record(cursor: str) -> tuple[str, str, str]:
    """The (side, kind, id) that a cursor names. Raises `InvalidInput` where it is not one of ours."""
    match _decode(cursor):
        case [str(side), str(kind), str(record_id)]:
            return side, kind, record_id
        case _:
            raise _not_ours()


def checked_limit(limit: int) -> int:
    """`limit` if it lies within 1 to 200. Raises `InvalidInput` otherwise."""
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidInput("invalid-input", "Ask for 1 to 200 rows at a time.", fields={"limit": "1 to 200"})
    return limit


def _decode(cursor: str) -> object:
    try:
        plain = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise _not_ours() from None
    if not isinstance(plain, list) or not all(_is_part(each) for each in plain):
        raise _not_ours()
    return plain


def _is_part(part: object) -> bool:
    """Whether PostgreSQL can hold this as a text or a number; a bool passes for a number in Python alone."""
    if isinstance(part, str):
        return "\x00" not in part and not any("\ud800" <= letter <= "\udfff" for letter in part)
    return isinstance(part, int) and not isinstance(part, bool)


def _not_ours() -> InvalidInput:
    return InvalidInput(
        "invalid-input",
        "This cursor is not one that a page of this list gave. Leave it out to start at the beginning.",
        fields={"cursor": "not a cursor of this list"},
    )
