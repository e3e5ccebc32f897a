"""Which differences have become old: what is open turns amber after thirty days, or once its BAS quarter is over.

What somebody has left so, and what a rule settles for good, never does.
"""

import datetime as dt

from app.tieout.causes import SETTLED, Cause

OLD = dt.timedelta(days=30)


def amber(cause: Cause, since: dt.date, dated: dt.date | None, today: dt.date) -> str:
    """Why a difference that was first seen on `since`, about something dated `dated`, is overdue; "" where it is not.

    Quarters end in March, June, September and December: those of a BAS, and those of American sales tax.
    """
    if cause in SETTLED:
        return ""
    ended = quarter_end(min(since, dated or since))
    if ended < today:
        return f"It reaches across {ended.day} {ended:%b %Y}, the end of a quarter."
    return "It is older than 30 days." if today - since > OLD else ""


def quarter_end(day: dt.date) -> dt.date:
    """The last day of the quarter of a day."""
    last = (day.month - 1) // 3 * 3 + 3
    following = dt.date(day.year + last // 12, last % 12 + 1, 1)
    return following - dt.timedelta(days=1)
