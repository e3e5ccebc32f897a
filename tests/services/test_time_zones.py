"""Two that keep different time: said on the connection, once, and about nothing else."""

from datetime import UTC, datetime

import pytest

from app.zones import tell_other_days, zone_named

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("site", "company", "differ"),
    [
        ("Australia/Sydney", "America/Los_Angeles", True),
        ("Australia/Sydney", "Australia/Brisbane", True),  # alike in winter only
        ("Australia/Sydney", "Australia/Melbourne", False),
        ("Australia/Sydney", "Australia/Sydney", False),
        ("Australia/Sydney", "", False),
        ("", "America/Los_Angeles", False),
    ],
)
def test_time_zones_differ_where_they_tell_another_time_at_some_moment_of_the_year(
    site: str, company: str, differ: bool
) -> None:
    assert tell_other_days(site, company, NOW) is differ


def test_a_time_zone_that_nobody_knows_is_utc() -> None:
    assert zone_named("Nowhere/Land") == zone_named("UTC")
