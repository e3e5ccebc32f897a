"""A transaction on the real PostgreSQL for each test, undone at its end."""

from collections.abc import AsyncIterator

import pytest

from app.storage.database import EVERY_CONNECTION, Database, Transaction
from tests.support.services import DatabaseUrls


@pytest.fixture(scope="session")
async def storage_database(database_urls: DatabaseUrls) -> AsyncIterator[Database]:
    """The session's database, through the pool of the service."""
    database = Database(database_urls.app, size=2)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def tx(storage_database: Database) -> AsyncIterator[Transaction]:
    """An open transaction about every connection; whatever the test does in it is rolled back."""
    async with storage_database.transaction(EVERY_CONNECTION) as transaction:
        yield transaction
        await transaction.rollback()
