"""An empty shop for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.sandbox_oncord.shop import Shop


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop()
    yield shop
    await shop.client.aclose()
    await shop.world.events.close()
