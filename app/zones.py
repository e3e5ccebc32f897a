"""Time zones by name."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

LONGEST_NAME = 100
"""The longest of the IANA's has 30 letters."""


def zone_named(name: str) -> ZoneInfo:
    """The time zone of this name; UTC where there is none."""
    return _zone(name) or ZoneInfo("UTC")


def is_zone(name: str) -> bool:
    """Whether there is a time zone of this name."""
    return _zone(name) is not None


def _zone(name: str) -> ZoneInfo | None:
    """The name is anybody's: it becomes a path among the files of time zones, where a folder, a list and a name too long for any file
    raise as many errors as there are kinds of them."""
    if not 0 < len(name) <= LONGEST_NAME:
        return None
    try:
        return ZoneInfo(name)
    except Exception:  # noqa: BLE001 - each is one answer: there is none
        return None


def tell_other_days(one: str, other: str, now: datetime) -> bool:
    """Whether two time zones tell another time at some moment of the year from `now` on; unknown ones tell nothing."""
    if not one or not other:
        return False
    here, there = zone_named(one), zone_named(other)
    weeks = (now + timedelta(weeks=number) for number in range(52))
    return any(week.astimezone(here).utcoffset() != week.astimezone(there).utcoffset() for week in weeks)
