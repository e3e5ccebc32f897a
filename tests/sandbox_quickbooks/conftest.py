"""Books in Australia and in the United States, without a sample unless a test asks for one."""

from collections.abc import AsyncIterator

import pytest

from .books import Books, open_books


@pytest.fixture
async def au() -> AsyncIterator[Books]:
    books = open_books("AU")
    async with books.client:
        yield books


@pytest.fixture
async def us() -> AsyncIterator[Books]:
    books = open_books("US")
    async with books.client:
        yield books
