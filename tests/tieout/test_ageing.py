"""When a difference turns amber."""

import datetime as dt

import pytest

from app.domain.model.gst_periods import GstPeriod, next_end
from app.tieout.ageing import amber, quarter_end
from app.tieout.causes import Cause

TODAY = dt.date(2026, 11, 22)
OLD, QUARTER = "It is older than 30 days.", "It reaches across 30 Sep 2026, the end of a quarter."


@pytest.mark.parametrize(
    ("cause", "since", "dated", "why"),
    [
        (Cause.PARKED, dt.date(2026, 11, 22), dt.date(2026, 11, 20), ""),
        (Cause.PARKED, dt.date(2026, 10, 23), None, ""),
        (Cause.PARKED, dt.date(2026, 10, 22), None, OLD),
        (Cause.HELD, dt.date(2026, 10, 2), dt.date(2026, 9, 30), QUARTER),
        (Cause.HELD, dt.date(2026, 11, 2), dt.date(2026, 10, 1), ""),
        (Cause.UNEXPLAINED, dt.date(2026, 9, 30), None, QUARTER),
        (Cause.PERSON, dt.date(2026, 1, 1), dt.date(2025, 6, 1), ""),
        (Cause.WRITTEN_OFF, dt.date(2026, 1, 1), None, ""),
        (Cause.EDITED_SINCE, dt.date(2026, 10, 22), None, OLD),
    ],
)
def test_it_turns_amber_after_thirty_days_or_once_its_quarter_is_over(
    cause: Cause, since: dt.date, dated: dt.date | None, why: str
) -> None:
    assert amber(cause, since, dated, TODAY, lambda _: None) == why


@pytest.mark.parametrize(
    ("period", "country", "dated", "why"),
    [
        ("monthly", "AU", dt.date(2026, 10, 31), "It reaches across 31 Oct 2026, the end of a reporting period."),
        ("monthly", "AU", dt.date(2026, 11, 1), ""),
        ("quarterly", "AU", dt.date(2026, 10, 31), ""),
        ("quarterly", "AU", dt.date(2026, 9, 30), "It reaches across 30 Sep 2026, the end of a reporting period."),
        ("yearly", "AU", dt.date(2026, 7, 1), ""),
        ("yearly", "AU", dt.date(2026, 6, 30), "It reaches across 30 Jun 2026, the end of a reporting period."),
        ("yearly", "NZ", dt.date(2026, 6, 30), ""),
        ("yearly", "US", dt.date(2026, 1, 1), ""),
        ("undecided", "AU", dt.date(2026, 9, 30), QUARTER),
    ],
)
def test_it_turns_amber_once_the_period_is_over_that_gst_is_reported_for(
    period: GstPeriod, country: str, dated: dt.date, why: str
) -> None:
    seen = dt.date(2026, 11, 20)

    assert amber(Cause.HELD, seen, dated, TODAY, lambda day: next_end(period, day, country)) == why


@pytest.mark.parametrize(
    ("day", "end"),
    [
        (dt.date(2026, 1, 1), dt.date(2026, 3, 31)),
        (dt.date(2026, 6, 30), dt.date(2026, 6, 30)),
        (dt.date(2026, 10, 1), dt.date(2026, 12, 31)),
        (dt.date(2026, 12, 31), dt.date(2026, 12, 31)),
    ],
)
def test_quarters_are_those_of_the_calendar_where_nobody_has_said_more(day: dt.date, end: dt.date) -> None:
    assert quarter_end(day) == end
