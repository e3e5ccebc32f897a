"""A joined shop and company, where a tie-out needs a world to look at."""

from collections.abc import AsyncIterator

import pytest

from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls


@pytest.fixture
async def joint(own_database: DatabaseUrls) -> AsyncIterator[Joint]:
    """An empty shop and an empty company, configured."""
    async with joined(own_database.app) as made:
        yield made
