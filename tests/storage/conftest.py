"""A transaction on the real PostgreSQL for each test, undone at its end."""

from collections.abc import AsyncIterator

import pytest

from app.storage.database import EVERY_CONNECTION, Database, Transaction, owners_connection, turn_to
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
    """An open transaction about every connection; whatever the test does in it is rolled back.

    What is shown of one connection alone (the views of migration 0033) is shown of con_1.
    """
    async with storage_database.transaction(EVERY_CONNECTION) as transaction:
        await turn_to(transaction, "con_1")
        yield transaction
        await transaction.rollback()


@pytest.fixture
async def owner(database_urls: DatabaseUrls) -> AsyncIterator[Transaction]:
    """An open transaction of the owner of the tables about every connection, rolled back at the end."""
    async with owners_connection(database_urls.owner) as connection, connection.transaction(force_rollback=True):
        yield connection
