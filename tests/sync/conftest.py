"""A joined shop and company for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls


@pytest.fixture
async def joint(own_database: DatabaseUrls, request: pytest.FixtureRequest) -> AsyncIterator[Joint]:
    """An empty shop and an empty company, configured, and synchronised once; another one of `companies` by parameter."""
    company = getattr(request, "param", "")
    async with joined(own_database.app, country="US" if company == "us" else "AU") as made:
        if company == "au-cash":
            await made.configure(gst_basis="cash")
        run = await made.sync()
        assert run.state == "succeeded", (run.error, run.counters)
        yield made


@pytest.fixture
async def us(own_database: DatabaseUrls) -> AsyncIterator[Joint]:
    """The same with a company in the United States."""
    async with joined(own_database.app, country="US") as made:
        run = await made.sync()
        assert run.state == "succeeded", (run.error, run.counters)
        yield made
