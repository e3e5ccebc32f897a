"""The application on a database of its own, for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.support.app import Service, running_service
from tests.support.services import DatabaseUrls


@pytest.fixture
async def service(own_database: DatabaseUrls) -> AsyncIterator[Service]:
    """The running application with both simulators as its vendors."""
    async with running_service(own_database) as running:
        yield running
