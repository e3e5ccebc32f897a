"""When the weekly summary of a connection is due: on Monday at eight in the morning, where the site is."""

from datetime import datetime, time, timedelta, tzinfo

AT = time(8)
WEEK = timedelta(days=7)


def last_monday(now: datetime, zone: tzinfo) -> datetime:
    """The latest Monday at eight that is not after this moment, by the clock on the wall of that zone."""
    local = now.astimezone(zone)
    day = local.date() - timedelta(days=local.weekday())
    moment = datetime.combine(day, AT, zone)
    return moment if moment <= now else datetime.combine(day - WEEK, AT, zone)


def is_due(told_at: datetime, now: datetime, zone: tzinfo) -> bool:
    """Whether a Monday has passed since the last summary; `told_at` is when that was, or when the connection was first seen."""
    return told_at < last_monday(now, zone)


def next_monday(now: datetime, zone: tzinfo) -> datetime:
    """The first Monday at eight that is after this moment, by the clock on the wall of that zone."""
    local = last_monday(now, zone).astimezone(zone)
    return datetime.combine(local.date() + WEEK, AT, zone)
