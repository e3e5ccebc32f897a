"""What the month has left of its reads is one figure for all connections, kept along with each connection's own (law 9)."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest

from app.storage import pruning
from app.storage.database import EVERY_CONNECTION, Database, Transaction
from app.storage.life import departed
from app.storage.runs import meter
from app.storage.runs.meter import Meter
from tests.storage.rows import a_connection
from tests.support.counted import Counted
from tests.support.services import DatabaseUrls
from tests.support.walls import serving
from tests.sync.test_upgrading import alembic, rows

TODAY = date(2026, 11, 22)


@pytest.fixture
async def database(own_database: DatabaseUrls) -> AsyncIterator[Database]:
    async with serving(own_database.app) as opened:
        yield opened


async def used(tx: Transaction, today: date = TODAY) -> int:
    return await meter.used_this_month(tx, today)


async def two_that_read(database: Database) -> None:
    async with database.transaction(EVERY_CONNECTION) as tx:
        for each in ("con_1", "con_2"):
            await a_connection(tx, each, realm_id=each)
    for connection_id, reads, upkeep in (("con_1", 3, False), ("con_2", 4, True), ("con_1", 5, True)):
        await Meter(database).count(connection_id, TODAY, reads, upkeep=upkeep)
    await Meter(database).count("con_2", date(2026, 10, 31), 100)


async def test_each_connection_sees_its_own_reads_and_what_all_together_have_used(database: Database) -> None:
    await two_that_read(database)

    async with database.transaction("con_1") as tx:
        own = await (await tx.execute("SELECT reads, upkeep FROM read_meter")).fetchall()
        assert own == [{"reads": 8, "upkeep": 5}]
        assert await used(tx) == 12
        assert await used(tx, date(2026, 10, 31)) == 112
        assert await used(tx, date(2026, 12, 1)) == 0
    async with database.transaction(EVERY_CONNECTION) as tx:
        found = await tx.execute("SELECT reads, upkeep FROM reads_of_day WHERE day = %s", (TODAY,))
        assert await found.fetchall() == [{"reads": 12, "upkeep": 9}]


async def test_what_a_removed_connection_has_read_stays_spent(database: Database) -> None:
    await two_that_read(database)

    async with database.transaction(EVERY_CONNECTION) as tx:
        await tx.execute("UPDATE connection SET archived_at = now() WHERE id = 'con_2'")
        while await departed.erase_some(tx, "con_2", datetime(2026, 11, 22, tzinfo=UTC)):
            pass
        left = await (await tx.execute("SELECT DISTINCT connection_id FROM read_meter")).fetchall()
        assert left == [{"connection_id": "con_1"}]
        assert await used(tx) == 12


async def test_days_of_two_months_ago_are_cleared_away_and_no_others(database: Database) -> None:
    today = datetime.now(UTC)
    for days in (0, 61, 64):
        await Meter(database).count("con_1", today.date() - timedelta(days=days), 1)

    async with database.transaction(EVERY_CONNECTION) as tx:
        await pruning.prune(tx, today)
        left = await (await tx.execute("SELECT day FROM reads_of_day ORDER BY day")).fetchall()
    assert [row["day"] for row in left] == [today.date() - timedelta(days=61), today.date()]


async def test_what_the_month_has_used_is_read_from_as_many_rows_as_days_have_passed(database: Database) -> None:
    async with database.transaction(EVERY_CONNECTION) as tx:
        await tx.execute(
            "INSERT INTO read_meter (connection_id, day, reads) SELECT 'con_' || n, %s::date - d, 1"
            " FROM generate_series(1, 3000) n, generate_series(0, 9) d",
            (TODAY,),
        )
    await Meter(database).count("con_1", TODAY, 7)
    counted = Counted(explain=True)
    counted.watch(database)

    async with database.transaction("con_1") as tx:
        assert await used(tx) == 7

    assert len(counted.pages) == 1
    assert counted.pages[0] <= 3


async def test_an_upgrade_takes_over_what_was_counted_before(own_database: DatabaseUrls) -> None:
    alembic(own_database, "downgrade", "0047")
    rows(
        own_database,
        "INSERT INTO read_meter (connection_id, day, reads, upkeep) VALUES ('con_1', '2026-11-21', 3, 1),"
        " ('con_2', '2026-11-21', 4, 0), ('con_2', '2026-11-22', 5, 5) RETURNING 1",
    )

    alembic(own_database, "upgrade", "head")

    async with serving(own_database.app) as database:
        async with database.transaction("con_1") as tx:
            assert await used(tx) == 12
        await Meter(database).count("con_1", TODAY, 1)
        async with database.transaction("con_2") as tx:
            assert await used(tx) == 13
