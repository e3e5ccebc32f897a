"""The period that a certificate is about: its first and its last day."""

import calendar
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

BEFORE: Final = "before"
"""Of records from before the period, that what was owed or lay in an account on its first day contains."""
IN: Final = "in"
AFTER: Final = "after"
PAST: Final = "past"
"""Of records from before the period, that no figure of it contains."""
CERTIFIED = (IN, BEFORE)
"""What a certificate of a period holds."""


@dataclass(frozen=True, slots=True)
class Period:
    """Both days belong to it; in the site's time zone."""

    first: dt.date
    last: dt.date

    def when(self, days: Iterable[dt.date | None]) -> str:
        """Where records of these days belong: into the period with any of them (what has no day does, too), before or after it
        with all."""
        known = list(days)
        dated = [day for day in known if day is not None]
        if not dated or len(dated) < len(known):
            return IN
        if min(dated) > self.last:
            return AFTER
        return BEFORE if max(dated) < self.first else IN

    def months(self) -> frozenset[str]:
        """The months ("2026-10") that lie in it, whole or in part."""
        found, day = set(), self.first.replace(day=1)
        while day <= self.last:
            found.add(f"{day:%Y-%m}")
            day = (day + dt.timedelta(days=31)).replace(day=1)
        return frozenset(found)


def month_of(name: str) -> Period:
    """The period of a month ("2026-10")."""
    year, number = (int(part) for part in name.split("-"))
    return Period(dt.date(year, number, 1), dt.date(year, number, calendar.monthrange(year, number)[1]))
