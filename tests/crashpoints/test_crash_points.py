"""A sample of the crash points; `make crashpoints` proves them all."""

from typing import Any

import pytest

from app.storage.records import mirrors
from app.storage.runs import operations
from tests.crashpoints.gate import Mode
from tests.crashpoints.killed import chosen, prove_killed
from tests.crashpoints.points import Point, RequestIds, Stories

EVERY = 61
"""Prime, so that the sample falls on all kinds of calls and modes."""


def _documents(stories: Stories) -> Point:
    """Right after the batch of the new invoices has reached QuickBooks."""
    calls = stories.told[0].calls
    batches = [n for n, call in enumerate(calls) if call.writes and call.request_id]
    return Point(0, max(batches, key=lambda n: calls[n].writes), Mode.AFTER, RequestIds.IGNORED)


async def test_i2_whatever_call_a_run_is_crashed_at_nothing_is_doubled_or_lost(stories: Stories) -> None:
    wrong: dict[str, list[str]] = {}
    for point in list(stories.points())[::EVERY]:
        verdict = await stories.prove(point)
        if verdict.wrong:
            wrong[str(point)] = verdict.wrong

    assert wrong == {}


@pytest.mark.parametrize("request_ids", RequestIds)
async def test_i2_a_batch_that_was_carried_out_to_half_is_completed_whatever_becomes_of_request_ids(
    stories: Stories, request_ids: RequestIds
) -> None:
    first = _documents(stories)
    for mode in (Mode.HALF, Mode.DENIED):
        verdict = await stories.prove(Point(first.chapter, first.call, mode, request_ids))

        assert verdict.wrong == [], mode


async def test_i4_a_conflict_that_was_decided_by_a_lost_write_is_still_asked_about(stories: Stories) -> None:
    calls = stories.told[1].calls
    first = next(n for n, call in enumerate(calls) if call.writes and call.request_id)
    verdict = await stories.prove(Point(1, first, Mode.AFTER))

    assert verdict.wrong == []


@pytest.mark.processes
async def test_i2_a_process_that_is_killed_after_its_documents_were_made_leaves_nothing_double(
    stories: Stories,
) -> None:
    for point in chosen(stories, 20)[:2]:
        verdict = await prove_killed(stories, point)

        assert verdict.wrong == [], str(point)


async def test_the_proof_notices_a_run_that_neither_recovers_nor_looks_for_what_is_there(
    stories: Stories, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: Any, **__: Any) -> list[Any]:
        return []

    monkeypatch.setattr(operations, "unsettled", nothing)
    monkeypatch.setattr(mirrors, "candidates", nothing)
    verdict = await stories.prove(_documents(stories))

    assert any("doubled" in line or "unsettled" in line for line in verdict.wrong), verdict.wrong
