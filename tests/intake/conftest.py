"""The door on a database of its own."""

from collections.abc import AsyncIterator

import pytest

from tests.support.intake import Door, open_door
from tests.support.services import DatabaseUrls


@pytest.fixture
async def door(own_database: DatabaseUrls) -> AsyncIterator[Door]:
    """The webhook addresses, one ready connection, and the senders."""
    async with open_door(own_database) as opened:
        yield opened
