"""The periods that GST (or sales tax) is reported for: where they end, and by when a return should have been lodged.

Months and quarters are those of the calendar. A year of Australia ends in June, one of New Zealand in March, others in
December. Who reports for other periods (two months, quarters that end in another month) decides on none.
"""

import calendar
import datetime as dt
from typing import Literal

GstPeriod = Literal["undecided", "monthly", "quarterly", "yearly"]

_MONTHS = {"monthly": 1, "quarterly": 3, "yearly": 12}
_YEAR_ENDS = {"AU": 6, "NZ": 3}
_PATIENCE = {"monthly": dt.timedelta(days=30), "quarterly": dt.timedelta(days=70), "yearly": dt.timedelta(days=140)}
"""After so long the return of a period is lodged, as a rule: the tax office of Australia wants it on the 21st of the next month;
28 days after a quarter (60 after that of Christmas, four weeks more by an agent); on the last day of October."""


def last_end(period: GstPeriod, day: dt.date, country: str) -> dt.date | None:
    """The last day of the last period that is over on `day`; None where no period is decided on."""
    return _end(period, day, country, -1)


def next_end(period: GstPeriod, day: dt.date, country: str) -> dt.date | None:
    """The last day of the period that `day` lies in; None where no period is decided on."""
    return _end(period, day, country, 0)


def to_be_lodged(period: GstPeriod, day: dt.date, country: str) -> dt.date | None:
    """The last day of the last period whose return should have been lodged by `day`; None where no period is decided on."""
    return None if period == "undecided" else last_end(period, day - _PATIENCE[period] + dt.timedelta(days=1), country)


def _end(period: GstPeriod, day: dt.date, country: str, further: int) -> dt.date | None:
    """The end of the period that `day` lies in, or of one that is so many periods `further`."""
    if period == "undecided":
        return None
    length = _MONTHS[period]
    last = _YEAR_ENDS.get(country, 12) if period == "yearly" else length
    months = day.year * 12 + day.month - 1  # since year 0; the month of `day` itself
    ahead = (last - 1 - months) % length
    year, month = divmod(months + ahead + further * length, 12)
    return dt.date(year, month + 1, calendar.monthrange(year, month + 1)[1])
