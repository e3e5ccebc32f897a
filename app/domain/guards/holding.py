"""How long a question about who somebody is holds documents up.

A day, unless the merchant says otherwise; and no document misses its month for it: on the last day of the month, from
noon in UTC on, which is that day everywhere, nothing is held.
"""

from calendar import monthrange
from datetime import datetime, timedelta

LONGEST_DAYS = 7


def holding_ends(asked_at: datetime, days: int) -> datetime:
    """When documents go on that wait for an answer to a question of `asked_at` (in UTC)."""
    last_day = monthrange(asked_at.year, asked_at.month)[1]
    last_noon = asked_at.replace(day=last_day, hour=12, minute=0, second=0, microsecond=0)
    return min(asked_at + timedelta(days=days), max(asked_at, last_noon))
