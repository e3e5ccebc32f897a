"""The door, a pretended engine turn, and somebody who answers the rings."""

from collections.abc import AsyncIterator

import pytest

from tests.support.intake import open_door
from tests.support.services import DatabaseUrls
from tests.workers.shift import Shift


@pytest.fixture
async def shift(own_database: DatabaseUrls) -> AsyncIterator[Shift]:
    """Everything but the vendors: real intake, real PostgreSQL, controlled time."""
    async with open_door(own_database) as door:
        yield Shift(door)
