"""Where the periods of a BAS or tax return end, and by when the return of one should have been lodged."""

from datetime import date

import pytest

from app.domain.model.gst_periods import GstPeriod, last_end, next_end, to_be_lodged


@pytest.mark.parametrize(
    ("period", "country", "day", "last", "following"),
    [
        ("monthly", "AU", "2026-11-29", "2026-10-31", "2026-11-30"),
        ("monthly", "AU", "2026-11-30", "2026-10-31", "2026-11-30"),
        ("monthly", "AU", "2026-12-01", "2026-11-30", "2026-12-31"),
        ("monthly", "AU", "2028-03-01", "2028-02-29", "2028-03-31"),
        ("quarterly", "AU", "2026-11-29", "2026-09-30", "2026-12-31"),
        ("quarterly", "AU", "2026-12-31", "2026-09-30", "2026-12-31"),
        ("quarterly", "AU", "2027-01-01", "2026-12-31", "2027-03-31"),
        ("quarterly", "US", "2027-01-01", "2026-12-31", "2027-03-31"),
        ("yearly", "AU", "2026-06-30", "2025-06-30", "2026-06-30"),
        ("yearly", "AU", "2026-07-01", "2026-06-30", "2027-06-30"),
        ("yearly", "NZ", "2026-07-01", "2026-03-31", "2027-03-31"),
        ("yearly", "US", "2026-07-01", "2025-12-31", "2026-12-31"),
    ],
)
def test_periods_are_months_quarters_and_the_years_of_the_country(
    period: GstPeriod, country: str, day: str, last: str, following: str
) -> None:
    today = date.fromisoformat(day)

    assert str(last_end(period, today, country)) == last
    assert str(next_end(period, today, country)) == following


@pytest.mark.parametrize(
    ("period", "day", "owed"),
    [
        ("monthly", "2026-11-29", "2026-09-30"),
        ("monthly", "2026-11-30", "2026-10-31"),
        ("quarterly", "2026-12-08", "2026-06-30"),
        ("quarterly", "2026-12-09", "2026-09-30"),
        ("quarterly", "2027-02-28", "2026-09-30"),
        ("quarterly", "2027-03-11", "2026-12-31"),
        ("yearly", "2026-11-16", "2025-06-30"),
        ("yearly", "2026-11-17", "2026-06-30"),
    ],
)
def test_a_return_is_expected_some_weeks_after_the_tax_office_wants_it(period: GstPeriod, day: str, owed: str) -> None:
    assert str(to_be_lodged(period, date.fromisoformat(day), "AU")) == owed


def test_who_has_decided_on_no_period_has_none() -> None:
    today = date(2026, 11, 29)

    assert [ends("undecided", today, "AU") for ends in (last_end, next_end, to_be_lodged)] == [None, None, None]
