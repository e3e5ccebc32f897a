"""What lists and archives are written with: cells of CSV that no spreadsheet takes for a formula, and a zip archive in pieces."""

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

PIECE = 64 * 1024
"""About so many bytes are handed on at once."""
BOM = "\ufeff".encode()
"""What a CSV that a person opens begins with: without it, Excel takes UTF-8 for something else."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_ENDS_A_CELL = re.compile(r"([;\t\r\n])")
"""Where a spreadsheet that separates by semicolons or tabs begins another cell, or another line: quotes do not hold it back, since
it does not see the beginning of the field."""


def csv_line(cells: Iterable[Any]) -> bytes:
    """A line of CSV (RFC 4180) in UTF-8."""
    line = io.StringIO()
    csv.writer(line).writerow([cell(each) for each in cells])
    return line.getvalue().encode()


def cell(value: Any) -> str:
    """A value as its cell: a text that would be a formula has an apostrophe in front, a number below zero has not; JSON stands as
    its text, nothing as an empty cell."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return _harmless(json.dumps(value, ensure_ascii=False, default=plain, separators=(",", ":")))
    if isinstance(value, str):
        return f"'{_harmless(value)}" if _is_formula(value) else _harmless(value)
    return str(plain(value) if isinstance(value, dt.date | Decimal) else value)


def _is_formula(text: str) -> bool:
    return text.lstrip(' "').startswith(_FORMULA) and not _NUMBER.fullmatch(text.strip())


def _harmless(text: str) -> str:
    """A text whose later parts are no formulas either, if it is cut into cells."""
    first, *others = _ENDS_A_CELL.split(text)
    return first + "".join(
        f"'{each}" if _is_formula(each) and not _ENDS_A_CELL.fullmatch(each) else each for each in others
    )


def plain(value: Any) -> str:
    """What JSON has no word for: moments and days in ISO 8601, amounts as decimal strings."""
    return value.isoformat() if isinstance(value, dt.date) else str(value)


class Pieces(io.RawIOBase):
    """Where an archive is written to: what was written is taken away piece by piece, so that it is never held whole."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Hold what comes until it is taken."""
        self._held += data
        return len(data)

    def taken(self, at_least: int = 1) -> bytes:
        """What is held, once it is so much; nothing before."""
        if len(self._held) < at_least:
            return b""
        piece = bytes(self._held)
        self._held.clear()
        return piece
