"""Runs are joined rather than doubled, and end once."""

from decimal import Decimal

import pytest

from app.errors import InvalidInput
from app.storage.database import Transaction
from app.storage.paging import encode
from app.storage.runs import runs
from tests.storage.rows import NOON, a_connection, a_run, at


@pytest.fixture(autouse=True)
async def connection(tx: Transaction) -> None:
    await a_connection(tx)


async def test_a_second_request_joins_the_queued_run(tx: Transaction) -> None:
    await a_run(tx, "run_1")

    joined = await a_run(tx, "run_2", 1)

    assert joined.id == "run_1"
    assert len((await runs.page(tx, "con_1")).items) == 1


async def test_a_manual_request_joins_a_run_that_a_rule_asked_for_and_makes_it_manual(tx: Transaction) -> None:
    await a_run(tx, "run_1", trigger="quiet", requested_by="T1")

    joined = await a_run(tx, "run_2", download=True)

    assert (joined.id, joined.trigger, joined.requested_by, joined.download) == ("run_1", "manual", "a person", True)


async def test_a_rule_that_joins_a_manual_run_leaves_it_manual(tx: Transaction) -> None:
    await a_run(tx, "run_1", download=True)

    joined = await a_run(tx, "run_2", trigger="quiet", requested_by="T1")

    assert (joined.id, joined.trigger, joined.requested_by, joined.download) == ("run_1", "manual", "a person", True)


async def test_a_request_joins_a_running_run_until_it_has_pulled(tx: Transaction) -> None:
    await a_run(tx, "run_1")
    assert await runs.start(tx, "run_1", at(1))
    joined = await a_run(tx, "run_2", 2)

    await runs.progress(tx, "run_1", {}, phase="push", pulled_at=at(3))
    apart = await a_run(tx, "run_3", 4)

    assert joined.id == "run_1"
    assert (apart.id, apart.state) == ("run_3", "queued")


async def test_a_request_for_a_download_does_not_join_a_running_run_that_downloads_nothing(tx: Transaction) -> None:
    await a_run(tx, "run_1", trigger="quiet")
    await runs.start(tx, "run_1", at(1))

    assert (await a_run(tx, "run_2", 2, download=True)).id == "run_2"


async def test_a_dry_run_and_a_real_one_never_join(tx: Transaction) -> None:
    await a_run(tx, "run_1")

    assert (await a_run(tx, "run_2", dry_run=True)).id == "run_2"
    assert (await a_run(tx, "run_3", dry_run=True)).id == "run_2"


async def test_a_finished_run_is_not_joined_and_keeps_its_first_end(tx: Transaction) -> None:
    await a_run(tx, "run_1")
    await runs.start(tx, "run_1", at(1))
    await runs.start(tx, "run_1", at(2))

    assert await runs.finish(
        tx, "run_1", "partial", {"created": 2, "moved": Decimal("0.10")}, at(3), error="one parked"
    )
    assert not await runs.finish(tx, "run_1", "failed", {}, at(4))
    assert not await runs.start(tx, "run_1", at(5))

    ended = await runs.get(tx, "con_1", "run_1")
    assert ended is not None
    assert (ended.state, ended.started_at, ended.finished_at, ended.turns) == ("partial", at(1), at(3), 2)
    assert ended.counters["created"] == 2
    assert (await a_run(tx, "run_2", 6)).id == "run_2"


async def test_pages_hold_every_run_once_the_newest_first(tx: Transaction) -> None:
    for number, minutes in enumerate([1, 3, 3, 2]):
        await a_run(tx, f"run_{number}", minutes)
        await runs.finish(tx, f"run_{number}", "succeeded", {}, at(minutes))

    first = await runs.page(tx, "con_1", 3)
    second = await runs.page(tx, "con_1", 3, first.next_cursor)

    assert [run.id for run in first.items + second.items] == ["run_2", "run_1", "run_3", "run_0"]
    assert second.next_cursor is None


async def test_the_latest_run_of_each_connection(tx: Transaction) -> None:
    await a_connection(tx, "con_2")
    await a_run(tx, "run_1", 1)
    await runs.finish(tx, "run_1", "succeeded", {}, at(1))
    await a_run(tx, "run_2", 2)

    latest = await runs.latest(tx, ["con_1", "con_2"])

    assert {connection: run.id for connection, run in latest.items()} == {"con_1": "run_2"}


async def test_queued_runs_can_be_cancelled_and_running_ones_not(tx: Transaction) -> None:
    await a_run(tx, "run_1")
    await runs.start(tx, "run_1", at(1))
    await a_run(tx, "run_2", dry_run=True)

    assert await runs.cancel_queued(tx, "con_1", at(2), "left") == 1
    assert [run.id for run in await runs.unfinished(tx, "con_1")] == ["run_1"]


async def test_a_run_of_another_connection_is_not_found(tx: Transaction) -> None:
    await a_connection(tx, "con_2")
    await a_run(tx, "run_1")

    assert await runs.get(tx, "con_2", "run_1") is None


@pytest.mark.parametrize("cursor", ["", "x", "W10", encode(5), encode("yesterday", "run_1"), "W1tdLDFd"])
async def test_a_cursor_of_somewhere_else_is_refused(tx: Transaction, cursor: str) -> None:
    if cursor == "":
        assert (await runs.page(tx, "con_1", 3, cursor)).items == ()
        return
    with pytest.raises(InvalidInput):
        await runs.page(tx, "con_1", 3, cursor)


@pytest.mark.parametrize("limit", [0, -1, 201])
async def test_a_limit_lies_within_1_and_200(tx: Transaction, limit: int) -> None:
    with pytest.raises(InvalidInput):
        await runs.page(tx, "con_1", limit)


async def test_a_cursor_names_its_row_exactly(tx: Transaction) -> None:
    await a_run(tx, "run_1", 0)
    await runs.finish(tx, "run_1", "succeeded", {}, at(1))

    assert (await runs.page(tx, "con_1", 5, encode(NOON, "run_1"))).items == ()
    assert [run.id for run in (await runs.page(tx, "con_1", 5, encode(NOON, "run_2"))).items] == ["run_1"]
