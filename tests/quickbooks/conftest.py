"""Companies for the tests of this room."""

from collections.abc import AsyncIterator

import pytest

from tests.quickbooks.company import Company, company


@pytest.fixture
async def books() -> AsyncIterator[Company]:
    """An Australian company without sample data, whose facts have been read."""
    async with company("AU") as made:
        await made.side.facts()
        yield made


@pytest.fixture
async def american() -> AsyncIterator[Company]:
    """A company in the United States, whose facts have been read."""
    async with company("US") as made:
        await made.side.facts()
        yield made
