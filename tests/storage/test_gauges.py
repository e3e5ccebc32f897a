"""What a scrape reads is kept as it moves, says what the rows themselves say, and costs the same among few connections and many."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from app.domain.messages.changes import Remembered
from app.domain.messages.topics import Topic
from app.domain.model.records import Kind, Side
from app.storage import conditions, freshness, gauges, pruning
from app.storage.changes import due
from app.storage.database import EVERY_CONNECTION, Database, conninfo
from app.storage.people import ageing, attention, told_conditions
from app.storage.records import source_checks
from app.storage.records.source_checks import SourceCheck
from app.storage.runs.meter import Meter
from app.sync.waking.wake import timing as timing_of
from tests.bench.many_rows import STATISTICS, WAITS, rows
from tests.storage.rows import NOON, a_connection, at
from tests.storage.test_found_by_index import _Explaining
from tests.support.counted import Counted
from tests.support.services import DatabaseUrls
from tests.support.walls import serving
from tests.sync.test_upgrading import alembic
from tests.sync.test_upgrading import rows as asked

APART = (
    "SELECT coalesce(k.state, c.state) FROM (SELECT state, sum(connections) AS n FROM connections_by_state GROUP BY state HAVING sum(connections) <> 0) k"
    " FULL JOIN (SELECT state, count(*) AS n FROM connection WHERE archived_at IS NULL GROUP BY state) c ON c.state = k.state"
    " WHERE k.n IS DISTINCT FROM c.n"
)
"""The states of which another number is kept than there are connections in it."""
LOOKS = (
    "SELECT c.id FROM connection c LEFT JOIN foreseen f ON f.connection_id = c.id WHERE c.archived_at IS NULL AND (f.counted_at, f.compared_at)"
    " IS DISTINCT FROM (coalesce((SELECT min(s.checked_at) FROM source_check s WHERE s.connection_id = c.id), c.created_at),"
    " coalesce((SELECT max(t.taken_at) FROM tie_out t WHERE t.connection_id = c.id AND t.scope = 'whole'), c.created_at))"
)
"""The connections whose row says another moment than their checks and comparisons do."""
TIED = "INSERT INTO tie_out (id, connection_id, scope, taken_at) VALUES ('{0}', 'con_1', '{1}', now() - interval '{2}')"


@pytest.fixture
async def database(own_database: DatabaseUrls) -> AsyncIterator[Database]:
    async with serving(own_database.app) as opened:
        yield opened


async def two_connections(database: Database) -> None:
    for each in ("con_1", "con_2"):
        async with database.transaction(each) as tx:
            await a_connection(tx, each, realm_id=each, state="ready", first_sync_completed_at=NOON)


async def changed(database: Database, change: str, about: Any = EVERY_CONNECTION) -> None:
    async with database.transaction(about) as tx:
        for statement in change.split("; "):
            await tx.execute(statement)


async def figures(database: Database, minutes: float = 0) -> Any:
    async with database.transaction(EVERY_CONNECTION) as tx:
        return await gauges.read(tx, at(minutes))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE connection SET state = 'blocked'",
        "UPDATE connection SET state = 'blocked' WHERE id = 'con_1'; UPDATE connection SET state = 'ready' WHERE id = 'con_1'",
        "UPDATE connection SET archived_at = now() WHERE id = 'con_1'",
        "UPDATE connection SET archived_at = now(), state = 'not_connected'; UPDATE connection SET archived_at = NULL WHERE id = 'con_2'",
        "UPDATE connection SET name = 'Another'",
        "DELETE FROM connection WHERE id = 'con_1'",
        "INSERT INTO connection (id, oncord_api_url, facts, oncord_secrets, created_at, updated_at) VALUES ('con_3', 'c', '{}', '[]', now(), now())",
    ],
)
async def test_how_many_connections_are_in_which_state_is_kept_as_they_move(
    database: Database, own_database: DatabaseUrls, change: str
) -> None:
    await two_connections(database)
    async with database.transaction(EVERY_CONNECTION) as tx:
        for statement in change.split("; "):
            await tx.execute(statement)
        await tx.rollback()
    assert asked(own_database, APART) == []
    assert dict((await figures(database))["connections"]) == {"ready": 2}

    with psycopg.connect(conninfo(own_database.admin), autocommit=True) as admin:
        for statement in change.split("; "):
            admin.execute(statement)

    assert asked(own_database, APART) == []


async def test_what_was_appended_becomes_a_row_a_state_also_where_two_sweeps_gather_at_once(
    database: Database, own_database: DatabaseUrls
) -> None:
    await two_connections(database)
    for _ in range(101):
        await changed(database, "UPDATE connection SET state = 'blocked'; UPDATE connection SET state = 'ready'")

    async def gathered() -> None:
        async with database.transaction(EVERY_CONNECTION) as tx:
            await gauges.gather(tx)
            await asyncio.sleep(0.1)

    await asyncio.gather(gathered(), gathered())

    assert asked(own_database, APART) == []
    assert len(asked(own_database, "SELECT 1 FROM connections_by_state")) <= 3


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE source_check SET checked_at = now() WHERE kind = 'sale'",
        "UPDATE source_check SET checked_at = NULL",
        "UPDATE source_check SET found = 3",
        "DELETE FROM source_check WHERE kind = 'item'; DELETE FROM source_check",
        TIED.format("t1", "whole", "1 hour"),
        TIED.format("t1", "touched", "1 hour"),
        "; ".join(TIED.format(name, "whole", ago) for name, ago in (("t1", "1 hour"), ("t2", "2 hours"))),
        "UPDATE connection SET archived_at = now(); UPDATE connection SET archived_at = NULL",
    ],
)
async def test_when_a_connection_was_last_counted_and_compared_is_what_its_checks_and_comparisons_say(
    database: Database, own_database: DatabaseUrls, change: str
) -> None:
    await two_connections(database)
    assert asked(own_database, LOOKS) == []
    async with database.transaction("con_1") as tx:
        for minutes, kind in enumerate(Kind):
            await source_checks.save(tx, "con_1", SourceCheck(Side.ONCORD, kind, checked_at=at(minutes)))
    assert asked(own_database, LOOKS) == []

    await changed(database, change, "con_1")

    assert asked(own_database, LOOKS) == []


async def test_a_check_and_a_comparison_whose_commits_overlap_both_count(
    database: Database, own_database: DatabaseUrls
) -> None:
    await two_connections(database)
    at_commit = asyncio.Event()

    async def compared() -> None:
        async with database.transaction("con_1") as tx:
            await tx.execute(TIED.format("t1", "whole", "1 hour"))
            await tx.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the first thing COMMIT does; then it waits for the disk
            at_commit.set()
            await asyncio.sleep(0.3)

    async def counted() -> None:
        await at_commit.wait()
        async with database.transaction("con_1") as tx:
            await source_checks.save(tx, "con_1", SourceCheck(Side.ONCORD, Kind.SALE, checked_at=NOON))

    await asyncio.gather(compared(), counted())

    assert asked(own_database, LOOKS) == []


async def test_the_longest_not_counted_and_compared_come_first_and_one_that_was_removed_never(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_connections(database)
    async with database.transaction("con_1") as tx:
        await source_checks.whole(tx, "con_1", at(60))

    found = await figures(database, 90)
    assert dict(found["sources_counted_age_seconds"]) == {"con_2": 90 * 60, "con_1": 30 * 60}
    assert dict(found["tie_out_age_seconds"]) == {"con_2": 90 * 60, "con_1": 90 * 60}
    monkeypatch.setattr(gauges, "NAMED", 1)
    assert list((await figures(database, 90))["sources_counted_age_seconds"]) == ["con_2"]
    await changed(database, "UPDATE connection SET archived_at = now() WHERE id = 'con_2'")
    assert list((await figures(database, 90))["sources_counted_age_seconds"]) == ["con_1"]


async def test_who_reads_most_in_a_month_is_named_first_and_what_was_found_only_where_something_was(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_connections(database)
    today = NOON.date()
    for connection_id, day, reads, upkeep in (
        ("con_1", today, 3, False),
        ("con_1", today - timedelta(days=1), 4, True),
        ("con_2", today, 5, False),
        ("con_2", today - timedelta(days=40), 90, True),
    ):
        await Meter(database).count(connection_id, day, reads, upkeep=upkeep)
    async with database.transaction(EVERY_CONNECTION) as tx:
        for connection_id, found in (("con_1", 2), ("con_2", 0)):
            await source_checks.save(tx, connection_id, SourceCheck(Side.ONCORD, Kind.SALE, found=found))

    few = await figures(database)
    monkeypatch.setattr(gauges, "NAMED", 1)
    many = await figures(database)

    assert dict(few["metered_reads_of_connection"]) == {"con_1": 7, "con_2": 5}
    assert dict(few["metered_upkeep_reads_of_connection"]) == {"con_1": 4, "con_2": 0}
    assert dict(few["found_by_check"]) == {"con_1": 2, "con_2": 0}
    assert dict(many["metered_reads_of_connection"]) == {"con_1": 7}
    monkeypatch.setattr(gauges, "NAMED", 1000)
    await changed(database, "UPDATE connection SET archived_at = now() WHERE id = 'con_1'")
    assert dict((await figures(database))["metered_reads_of_connection"]) == {"con_2": 5}


async def test_reads_of_months_long_ago_are_cleared_away_with_those_of_their_days(database: Database) -> None:
    now = datetime.now(UTC)
    for days in (0, 200):
        await Meter(database).count("con_1", now.date() - timedelta(days=days), 1)

    async with database.transaction(EVERY_CONNECTION) as tx:
        await pruning.prune(tx, now)
        left = await (await tx.execute("SELECT month FROM reads_of_month")).fetchall()
    assert [row["month"] for row in left] == [now.date().replace(day=1)]


async def test_questions_that_one_item_stands_for_are_counted_as_that_one(database: Database) -> None:
    await two_connections(database)
    async with database.transaction("con_1") as tx:
        for key, detail in (("lot:1", {}), ("a", {"lot": "1"}), ("b", {"lot": "1"}), ("c", {"lot": "2"}), ("d", {})):
            await attention.open_item(
                tx,
                "con_1",
                item_id=f"att_{key}",
                key=key,
                kind="conflict",
                rule="C2",
                summary="Two.",
                detail=detail,
                now=NOON,
            )

    assert dict((await figures(database))["attention_items"]) == {"conflict": 3}
    await changed(database, "UPDATE connection SET archived_at = now() WHERE id = 'con_1'")
    assert dict((await figures(database))["attention_items"]) == {}


async def test_an_upgrade_keeps_what_was_counted_and_looked_at_before(own_database: DatabaseUrls) -> None:
    async with serving(own_database.app) as database:
        await two_connections(database)
        await Meter(database).count("con_1", NOON.date(), 7, upkeep=True)
        await changed(database, TIED.format("t1", "whole", "1 hour"), "con_1")
        await changed(database, "UPDATE connection SET state = 'blocked' WHERE id = 'con_2'")
    alembic(own_database, "downgrade", "0049")

    alembic(own_database, "upgrade", "head")

    assert asked(own_database, APART) == []
    assert asked(own_database, LOOKS) == []
    async with serving(own_database.app) as database:
        found = await figures(database)
    assert dict(found["connections"]) == {"ready": 1, "blocked": 1}
    assert dict(found["metered_upkeep_reads_of_connection"]) == {"con_1": 7}


async def test_a_scrape_and_a_sweep_of_many_read_no_row_of_each(
    own_database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gauges, "NAMED", 50)
    pages = []
    for after, until in ((0, 400), (400, 4000)):
        with psycopg.connect(conninfo(own_database.admin), autocommit=True) as admin:
            for statement in filter(str.strip, [*rows(after, until, NOON.isoformat()).split(";\n"), STATISTICS]):
                admin.execute(statement)  # type: ignore[call-overload]
        async with serving(own_database.app) as database:
            counted = Counted(explain=True)
            counted.watch(database)
            found = await figures(database)
            waiting = [page for text, page in zip(counted.statements, counted.pages, strict=True) if not _counts(text)]
            swept = await _swept(database)
        assert sum(found["connections"].values()) == until
        assert len(found["tie_out_age_seconds"]) == 50
        assert not counted.scanned & {"foreseen", "read_meter", "reads_of_month", "source_check", "tie_out"}
        pages.append(sum(waiting))
    # Which of the two reads the hundred pages of a plan that nobody had made before differs; one look-up for each would be 3,600 more.
    assert pages[1] - pages[0] < (4000 - 400) / 20
    assert not swept & {"foreseen", "connection"}


async def _swept(database: Database) -> set[str]:
    """The tables that what a sweep looks for is read from end to end of."""
    counted = Counted(explain=True)
    counted.watch(database)
    timing = timing_of(quiet_seconds=120, longest_wait_seconds=600, idle_hours=12)
    async with database.transaction(EVERY_CONNECTION) as tx:
        await ageing.to_be_asked(tx, NOON + timedelta(days=15))
        await ageing.renewed(tx, NOON + timedelta(days=15))
        await conditions.of_these(tx, await conditions.to_be_looked_at(tx, NOON, NOON), NOON)
        await freshness.to_be_judged(tx, NOON, NOON - timedelta(hours=12), NOON - timedelta(hours=12))
        await due.candidates(tx, NOON, timing)
        told = Remembered(Topic.WAITING, "att_5", NOON - timedelta(days=2), NOON - timedelta(days=2))
        explaining = _Explaining(tx)
        await told_conditions.replace(explaining, [("con_000005", {told}, {})])  # type: ignore[arg-type]
        assert explaining.looked_at("told_condition") < 500  # however many thousands there are
    assert len(counted.statements) >= 5
    return counted.scanned


def _counts(statement: str) -> bool:
    """Whether a statement counts what waits, of which there is more where there are more connections."""
    return any(f"FROM {table}" in statement for table in WAITS)
