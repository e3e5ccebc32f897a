"""Time zones by name."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone_named(name: str) -> ZoneInfo:
    """The time zone of this name; UTC where there is none."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def tell_other_days(one: str, other: str, now: datetime) -> bool:
    """Whether two time zones tell another time at some moment of the year from `now` on; unknown ones tell nothing."""
    if not one or not other:
        return False
    here, there = zone_named(one), zone_named(other)
    weeks = (now + timedelta(weeks=number) for number in range(52))
    return any(week.astimezone(here).utcoffset() != week.astimezone(there).utcoffset() for week in weeks)
