"""SYNC_REQUEST_SECONDS: leases, take-overs and jobs follow how long an answer of a vendor may take."""

from dataclasses import replace

import pytest

from app.run_slots import PATIENCE
from app.settings import Settings
from app.storage.runs.leases import Lease
from app.sync.waking.wake import answer
from tests.support.intake import SITE
from tests.workers.shift import Shift
from workers.main import worker_settings


@pytest.mark.parametrize(("longest", "lease"), [(130, 150), (5, 10)])
async def test_a_lease_outlasts_the_longest_request_and_a_take_over_waits_for_one(
    shift: Shift, longest: float, lease: float
) -> None:
    taken: list[Lease] = []
    turn = shift.turn

    async def look(connection_id: str, run_id: str, held: Lease, since: float) -> object:
        taken.append(held)
        return await turn(connection_id, run_id, held, since)

    await shift.request()

    await answer(replace(shift.wake_context, request_seconds=longest, turn=look), SITE)  # type: ignore[arg-type]

    assert [(held.seconds, held.grace) for held in taken] == [(lease, longest)]


def test_a_job_lasts_a_turn_and_the_longest_request() -> None:
    chosen = worker_settings(Settings(_env_file=None, sync_turn_seconds=10, sync_request_seconds=5))

    assert chosen["job_timeout"] == 10 + 5 + PATIENCE + 30
