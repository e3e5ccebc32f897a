"""The story, told once for all tests of this folder."""

from collections.abc import AsyncIterator

import pytest

from app import log
from app.sandbox.services import ServiceAddresses
from tests.crashpoints.points import Stories, open_stories


@pytest.fixture(scope="session")
async def stories(migrated: ServiceAddresses) -> AsyncIterator[Stories]:
    """The whole story, and any point of it."""
    async with open_stories(migrated) as made:
        yield made


@pytest.fixture(autouse=True)
def _quiet_log() -> None:
    log.configure("text", level="CRITICAL")
