"""Fixtures that every test may ask for."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from app.sandbox.local.services import ServiceAddresses
from tests.support.services import DatabaseUrls, copied_database, migrate_template, running_services

os.environ["ALLOW_WEAK_SETTINGS"] = "1"
"""Before anything is imported that serves: the keys of tests are short, and some have none."""

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
"""How quick this machine is at the moment judges no test: deadlines and the check for slow examples did, on a busy one."""


@pytest.fixture(scope="session")
def services() -> Iterator[ServiceAddresses]:
    """A real PostgreSQL and a real Valkey, started once per session."""
    with running_services() as addresses:
        yield addresses


@pytest.fixture(scope="session")
def migrated(services: ServiceAddresses) -> ServiceAddresses:
    """The services, with the tables in the database that others are copied from."""
    migrate_template(services)
    return services


@pytest.fixture(scope="session")
def database_urls(migrated: ServiceAddresses) -> Iterator[DatabaseUrls]:
    """A migrated database that all tests of the session share."""
    with copied_database(migrated) as urls:
        yield urls


@pytest.fixture
def own_database(migrated: ServiceAddresses) -> Iterator[DatabaseUrls]:
    """A migrated database for this test alone."""
    with copied_database(migrated) as urls:
        yield urls
