"""Which differences have become old: what is open turns amber after thirty days, or once the period that GST is reported for is over.

What somebody has left so, and what a rule settles for good, never does.
"""

import datetime as dt
from collections.abc import Callable

from app.tieout.causes import SETTLED, Cause
from app.tieout.numbers import day_written

OLD = dt.timedelta(days=30)

PeriodEnd = Callable[[dt.date], dt.date | None]
"""The last day of the period (of GST, or of sales tax) that a day lies in; None where nobody has said for which periods it is
reported."""


def amber(cause: Cause, since: dt.date, dated: dt.date | None, today: dt.date, period_end: PeriodEnd) -> str:
    """Why a difference that was first seen on `since`, about something dated `dated`, is overdue; "" where it is not.

    Where nobody has said how GST is reported, periods are the quarters of the calendar: those of most who report it.
    """
    if cause in SETTLED:
        return ""
    day = min(since, dated or since)
    decided = period_end(day)
    ended, of_what = (quarter_end(day), "a quarter") if decided is None else (decided, "a reporting period")
    if ended < today:
        return f"It reaches across {day_written(ended)}, the end of {of_what}."
    return "It is older than 30 days." if today - since > OLD else ""


def quarter_end(day: dt.date) -> dt.date:
    """The last day of the quarter of a day."""
    last = (day.month - 1) // 3 * 3 + 3
    following = dt.date(day.year + last // 12, last % 12 + 1, 1)
    return following - dt.timedelta(days=1)
