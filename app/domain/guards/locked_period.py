"""Up to which day the books are somebody's signed word: closed in QuickBooks, lodged, or sealed (B1).

One date for a connection, the latest of the three. What is dated on or before it is left alone unless somebody says so.
"""

import calendar
import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.model.days import day_in_words


class LockedBy(StrEnum):
    """What has locked a period."""

    BOOKS = "books"
    """QuickBooks' closing date."""
    LODGED = "lodged"
    """The last BAS or tax return that was lodged, as somebody has entered it."""
    SEALED = "sealed"
    """The last month that was sealed here."""


@dataclass(frozen=True, slots=True)
class Lock:
    """The last locked day, and what has locked it."""

    until: dt.date
    by: LockedBy
    closed_until: dt.date | None = field(default=None, compare=False)
    """QuickBooks' own closing date, up to which it refuses every write, whatever has locked more than that."""

    def holds(self, *days: dt.date | None) -> bool:
        """Whether any of these days is locked; a document without a date is in no period."""
        return any(day is not None and day <= self.until for day in days)

    def closes(self, *days: dt.date | None) -> bool:
        """Whether QuickBooks itself refuses to touch a document of one of these days."""
        closed = self.closed_until
        return closed is not None and any(day is not None and day <= closed for day in days)

    @property
    def first_open_day(self) -> dt.date:
        """The day after."""
        return self.until + dt.timedelta(days=1)

    @property
    def in_words(self) -> str:
        """Up to when, and where that comes from, as a sentence without its full stop."""
        day = day_in_words(self.until)
        match self.by:
            case LockedBy.BOOKS:
                return f"the books are closed in QuickBooks up to {day}"
            case LockedBy.LODGED:
                return f"a BAS or tax return is lodged up to {day}"
            case LockedBy.SEALED:
                return f"{self.until:%B %Y} is sealed, and with it everything up to {day}"

    @property
    def way_out(self) -> str:
        """What unlocks it altogether."""
        match self.by:
            case LockedBy.BOOKS:
                return "move the closing date in QuickBooks"
            case LockedBy.LODGED:
                return "correct the lodged date in the configuration"
            case LockedBy.SEALED:
                return f"unseal {self.until:%B %Y}"


def lock_of(closed_until: str, lodged_until: dt.date | None, sealed_month: str) -> Lock | None:
    """The lock of a connection, from its three sources; None where nothing is locked.

    `closed_until` is QuickBooks' closing date as it says it ("2026-06-30"), `sealed_month` the last sealed month
    ("2026-06"); "" for none. Of two equal ones that which somebody else keeps comes first.
    """
    locks = [
        Lock(day, by, _day(closed_until))
        for day, by in (
            (_day(closed_until), LockedBy.BOOKS),
            (lodged_until, LockedBy.LODGED),
            (_last_day(sealed_month), LockedBy.SEALED),
        )
        if day is not None
    ]
    return max(locks, key=lambda lock: lock.until) if locks else None


def _day(text: str) -> dt.date | None:
    """A day as QuickBooks writes it; what is none closes nothing."""
    try:
        return dt.date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def _last_day(month: str) -> dt.date | None:
    if not month:
        return None
    year, number = (int(part) for part in month.split("-"))
    return dt.date(year, number, calendar.monthrange(year, number)[1])
