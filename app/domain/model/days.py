"""A day as people write it in a sentence."""

import datetime as dt


def day_in_words(day: dt.date | str) -> str:
    """28 Nov 2026; a text that is no day (as YYYY-MM-DD) comes back as it is."""
    if isinstance(day, str):
        try:
            day = dt.date.fromisoformat(day)
        except ValueError:
            return str(day)
    return f"{day.day} {day:%b %Y}"
