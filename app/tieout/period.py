"""The period that a certificate is about: its first and its last day."""

import calendar
import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Period:
    """Both days belong to it; in the site's time zone."""

    first: dt.date
    last: dt.date

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
