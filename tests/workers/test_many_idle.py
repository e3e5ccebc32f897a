"""T2 over many connections: those that wait longest first, as many as workers get through, and nobody is forgotten or starved."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.storage.connections import connections
from app.storage.database import EVERY_CONNECTION
from app.sync.waking.sweep import IDLE_AT_ONCE
from tests.support.intake import SITE, TWO, a_ready_connection
from tests.workers.shift import Shift

KEPT = (
    "SELECT c.id FROM connection c LEFT JOIN foreseen f ON f.connection_id = c.id LEFT JOIN (SELECT connection_id,"
    " min(completed_at) FILTER (WHERE side = 'oncord') AS oncord_at, min(completed_at) FILTER (WHERE side = 'quickbooks') AS quickbooks_at"
    " FROM cursor GROUP BY connection_id) u ON u.connection_id = c.id WHERE (f.connection_id IS NULL) <> (c.archived_at IS NOT NULL)"
    " OR f.connection_id IS NOT NULL AND (f.automatic, f.oncord_at, f.quickbooks_at) IS DISTINCT FROM"
    " (c.auto_sync AND c.state = 'ready' AND c.first_sync_completed_at IS NOT NULL, u.oncord_at, u.quickbooks_at)"
)
"""The connections whose row says something else than they do themselves."""
DOWNLOADED = (
    "INSERT INTO cursor (connection_id, side, kind, completed_at) SELECT 'con_' || n, s, k, %s - make_interval(mins => 10 * n)"
    " FROM generate_series(1, %s) n, unnest(ARRAY['oncord', 'quickbooks']) s, unnest(ARRAY['contact', 'sale']) k RETURNING 1"
)
EVERY = timedelta(seconds=30)


async def overdue(shift: Shift, count: int) -> None:
    """So many connections, the highest numbers of which wait longest."""
    for number in range(1, count + 1):
        await a_ready_connection(shift.door.runtime, f"con_{number}", str(number))
    await shift.door.rows(DOWNLOADED, TWO - timedelta(hours=13), count)


async def swept(shift: Shift) -> list[tuple[int, datetime]]:
    """Who is rung for by one sweep, by number, and when."""
    shift.door.waker.wakes.clear()
    await shift.sweep()
    return [(int(connection_id.removeprefix("con_")), at) for connection_id, at in shift.door.waker.wakes]


async def ran(shift: Shift, numbers: list[int]) -> None:
    """Workers have downloaded these."""
    now = shift.door.clock.now()
    ids = [f"con_{number}" for number in numbers]
    await shift.door.rows("UPDATE cursor SET completed_at = %s WHERE connection_id = ANY(%s) RETURNING 1", now, ids)
    await shift.door.rows(
        "INSERT INTO run (id, connection_id, trigger, state, counters, requested_at, finished_at) SELECT 'run_' || c, c, 'idle',"
        " 'succeeded', '{}', %s, %s FROM unnest(%s::text[]) c RETURNING 1",
        *(now, now, ids),
    )


async def test_those_that_wait_longest_come_first_spread_until_the_next_sweep(shift: Shift) -> None:
    await overdue(shift, IDLE_AT_ONCE + 20)

    rung = await swept(shift)

    assert [number for number, _ in rung] == [*range(IDLE_AT_ONCE + 20, 20, -1)]
    moments = [at for _, at in rung]
    assert moments == sorted(set(moments))
    assert shift.door.clock.now() <= moments[0]
    assert moments[-1] < shift.door.clock.now() + EVERY


async def test_the_more_workers_get_through_the_more_are_rung_for_until_all_have_been(shift: Shift) -> None:
    await overdue(shift, 260)
    sizes, seen = [], []
    while rung := await swept(shift):
        sizes.append(len(rung))
        seen += [number for number, _ in rung]
        shift.door.clock.at += EVERY
        await ran(shift, seen[-len(rung) :])

    assert sizes == [50, 75, 112, 23]
    assert seen == [*range(260, 0, -1)]


async def test_workers_that_get_through_nothing_are_given_no_more_and_nobody_is_rung_for_twice(shift: Shift) -> None:
    await overdue(shift, IDLE_AT_ONCE + 20)
    assert await shift.sweep() == IDLE_AT_ONCE
    for _ in range(3):
        shift.door.clock.at += EVERY
        assert await shift.sweep() == 0
    gone = shift.door.waker.wakes[:5]
    del shift.door.waker.wakes[:5]
    await ran(shift, [int(connection_id.removeprefix("con_")) for connection_id, _ in gone])
    shift.door.clock.at += EVERY

    assert await shift.sweep() == 5


async def test_those_that_rest_after_a_failure_keep_nobody_from_his_turn(shift: Shift, monkeypatch: Any) -> None:
    monkeypatch.setattr("app.sync.waking.sweep.LOOKED_AT_ONCE", 20)
    await overdue(shift, 100)
    await shift.door.rows(
        "INSERT INTO run (id, connection_id, trigger, state, counters, requested_at, finished_at) SELECT 'run_' || n || '_' || t,"
        " 'con_' || n, 'idle', 'failed', '{}', %s, %s FROM generate_series(31, 100) n, generate_series(1, 8) t RETURNING 1",
        *(TWO, TWO),
    )

    assert [number for number, _ in await swept(shift)] == [*range(30, 0, -1)]


async def test_one_that_is_paused_stopped_or_removed_is_not_rung_for_and_is_again_once_it_goes_on(shift: Shift) -> None:
    await overdue(shift, 4)
    await shift.door.rows("UPDATE connection SET auto_sync = false WHERE id = 'con_1' RETURNING 1")
    await shift.door.rows("UPDATE connection SET state = 'reconnect_required' WHERE id = 'con_2' RETURNING 1")
    await shift.door.rows("UPDATE connection SET archived_at = now() WHERE id = 'con_3' RETURNING 1")
    assert [number for number, _ in await swept(shift)] == [4]

    await shift.door.rows(
        "UPDATE connection SET auto_sync = true, state = 'ready', archived_at = NULL WHERE id <> 'con_4' RETURNING 1"
    )
    assert sorted(number for number, _ in await swept(shift)) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE connection SET auto_sync = false",
        "UPDATE connection SET auto_sync = false; UPDATE connection SET auto_sync = true",
        "UPDATE connection SET state = 'blocked'",
        "UPDATE connection SET first_sync_completed_at = NULL",
        "UPDATE connection SET archived_at = now()",
        "UPDATE connection SET archived_at = now(); UPDATE connection SET archived_at = NULL",
        "UPDATE connection SET name = 'Another'",
        "UPDATE cursor SET completed_at = now() WHERE side = 'oncord'",
        "UPDATE cursor SET completed_at = NULL WHERE kind = 'sale'",
        "UPDATE cursor SET watermark = now()",
        "DELETE FROM cursor WHERE side = 'quickbooks'",
        "DELETE FROM cursor",
        "INSERT INTO cursor (connection_id, side, kind) VALUES ('con_1', 'oncord', 'item')",
        "INSERT INTO cursor (connection_id, side, kind, completed_at) VALUES ('con_1', 'oncord', 'item', '2020-01-01Z')",
    ],
)
async def test_what_is_foreseen_says_what_connection_and_cursors_say_also_after_a_crash(
    shift: Shift, change: str
) -> None:
    await overdue(shift, 2)
    database = shift.door.database

    async with database.transaction(EVERY_CONNECTION) as tx:
        for statement in change.split("; "):
            await tx.execute(statement)
        await tx.rollback()
    assert await shift.door.rows(KEPT) == []

    async with database.transaction("con_1") as tx:
        for statement in change.split("; "):
            await tx.execute(statement)
    assert await shift.door.rows(KEPT) == []
    async with database.transaction(EVERY_CONNECTION) as tx:
        for statement in change.replace("con_1", "con_2").split("; "):
            await tx.execute(statement)
    assert await shift.door.rows(KEPT) == []


async def test_a_connection_that_is_set_aside_and_comes_back_is_foreseen_as_its_cursors_are(shift: Shift) -> None:
    async with shift.door.database.transaction(SITE) as tx:
        await connections.set_state(tx, SITE, "reconnect_required", "", TWO)
    assert await shift.door.rows(KEPT) == []
    async with shift.door.database.transaction(SITE) as tx:
        await connections.set_state(tx, SITE, "ready", "", TWO)
    assert await shift.door.rows(KEPT) == []


@pytest.mark.parametrize(
    ("off", "on"),
    [
        ("UPDATE connection SET auto_sync = false", "UPDATE connection SET auto_sync = true"),
        ("UPDATE connection SET state = 'blocked'", "UPDATE connection SET state = 'ready'"),
    ],
)
async def test_two_transactions_whose_commits_overlap_both_count(shift: Shift, off: str, on: str) -> None:
    """A download that is committed while a person switches a connection on waits for that row, and takes nothing back of it."""
    await overdue(shift, 1)
    database = shift.door.database
    async with database.transaction("con_1") as tx:
        await tx.execute(off)
        await tx.execute("UPDATE cursor SET completed_at = %s WHERE kind = 'sale'", (TWO,))
    at_commit = asyncio.Event()

    async def a_person() -> None:
        async with database.transaction("con_1") as tx:
            await tx.execute(on)
            await tx.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the first thing COMMIT does; then it waits for the disk
            at_commit.set()
            await asyncio.sleep(0.3)

    async def a_run() -> None:
        await at_commit.wait()
        async with database.transaction("con_1") as tx:
            await tx.execute("UPDATE cursor SET completed_at = %s WHERE side = 'oncord' AND kind = 'contact'", (TWO,))

    await asyncio.gather(a_person(), a_run())

    assert await shift.door.rows(KEPT) == []
