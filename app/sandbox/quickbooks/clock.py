"""The virtual clock of one world and the ways in which QBO writes a moment.

A world's time is a source of real time plus an offset that tests and the side door move forward. It never goes back,
because the order of changes (CDC, LastUpdatedTime) is the order in which they were made.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")
"""QBO stamps every company, Australian ones included, in Intuit's own zone."""


def wall_time() -> datetime:
    """The real time; the one place of the simulator that reads it."""
    return datetime.now(UTC)


class Clock:
    """Real time plus an offset; `now` never decreases."""

    def __init__(self, read: Callable[[], datetime] = wall_time, offset: timedelta = timedelta(0)) -> None:
        self._read = read
        self.offset = offset
        self._latest = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        self._latest = max(self._latest, self._read() + self.offset)
        return self._latest

    def advance(self, seconds: float) -> datetime:
        """Lets time pass at once. Raises `ValueError` for a negative number of seconds."""
        if seconds < 0:
            raise ValueError("the virtual clock only moves forward")
        self.offset += timedelta(seconds=seconds)
        return self.now()


@lru_cache(maxsize=4096)
def stamp(epoch: int) -> str:
    """MetaData's form: whole seconds, Pacific offset."""
    return datetime.fromtimestamp(epoch, PACIFIC).isoformat(timespec="seconds")


def envelope_time(moment: datetime) -> str:
    """The `time` of an answer: milliseconds, Pacific offset."""
    return moment.astimezone(PACIFIC).isoformat(timespec="milliseconds")


def event_time(moment: datetime) -> str:
    """The `time` of a CloudEvent: UTC with nine fractional digits."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "179Z"


def parse_moment(text: str) -> datetime:
    """An ISO date or date-time; without an offset QBO assumes its own zone. Raises ValueError."""
    text = text.strip()
    if re.fullmatch(r".*T.* \d\d:\d\d", text):  # a plus sign that was not URL-encoded arrives as a blank
        text = text.replace(" ", "+")
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=PACIFIC)


def parse_date(text: str) -> date:
    """A date, also out of a date-time. Raises ValueError."""
    return date.fromisoformat(text.strip()[:10])
