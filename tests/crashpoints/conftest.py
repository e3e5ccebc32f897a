"""The story, told once for all tests of this folder."""

from collections.abc import AsyncIterator, Iterator

import pytest
import structlog

from app import log
from app.sandbox.local.services import ServiceAddresses
from tests.crashpoints.points import Stories, open_stories
from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls


@pytest.fixture(scope="session")
async def stories(migrated: ServiceAddresses) -> AsyncIterator[Stories]:
    """The whole story, and any point of it."""
    async with open_stories(migrated) as made:
        yield made


@pytest.fixture
async def joint(own_database: DatabaseUrls) -> AsyncIterator[Joint]:
    """An empty shop and an empty company, configured, and synchronised once."""
    async with joined(own_database.app) as made:
        run = await made.sync()
        assert run.state == "succeeded", (run.error, run.counters)
        yield made


@pytest.fixture(autouse=True)
def _quiet_log() -> Iterator[None]:
    log.configure("text", level="CRITICAL")
    yield
    structlog.reset_defaults()
