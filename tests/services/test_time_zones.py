"""Two that keep different time: said on the connection, once, and about nothing else."""

from datetime import UTC, datetime

import pytest

from app.zones import is_zone, tell_other_days, zone_named

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


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Nowhere/Land",
        "Australia",
        "America/Argentina",
        "zone.tab",
        "A" * 300,
        "A/" * 3000,
        "../../etc/passwd",
        "/etc/passwd",
        "Australia/Syd\0ney",
        "Australia/\ud800",
        ".",
    ],
)
def test_a_time_zone_that_nobody_knows_is_utc(name: str) -> None:
    assert zone_named(name) == zone_named("UTC")
    assert not is_zone(name)
    assert tell_other_days(name, "Australia/Sydney", NOW) is bool(name)


@pytest.mark.parametrize("name", ["UTC", "Australia/Sydney", "America/Argentina/Buenos_Aires"])
def test_a_time_zone_that_there_is_stays_itself(name: str) -> None:
    assert is_zone(name)
    assert zone_named(name).key == name
