"""A run that the outside stops leaves what it had taken up scheduled for when that is cured (law 12)."""

import pytest

from app.domain.debounce import Pulse, next_due
from app.storage import connections, due
from tests.support.joint import Joint
from tests.support.stories import run
from tests.sync.test_only_a_look import sale_told
from tests.workers.shift import TIMING


async def pulse(joint: Joint) -> Pulse:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        [found] = await due.pulses(tx, [joint.connection_id])
    return found


async def cured(joint: Joint) -> None:
    """Whatever stopped the connection is no more, and somebody has said so."""
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        await connections.set_state(tx, joint.connection_id, "ready", "", joint.clock.now())


@pytest.mark.parametrize(
    ("cause", "cure", "state"),
    [
        ("oncord", None, "reconnect_required"),
        ("quickbooks", {"active": True}, "blocked"),
    ],
)
async def test_a_run_that_was_stopped_is_due_again_once_the_cause_is_cured(
    joint: Joint, cause: str, cure: dict[str, bool] | None, state: str
) -> None:
    await run(joint)
    await sale_told(joint)
    if cause == "oncord":
        await joint.in_shop("POST", "revoke")
    else:
        await joint.in_books("POST", "subscription", {"active": False})
    stopped = await joint.sync(download=False)
    assert stopped.state == "failed"
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        found = await connections.get(tx, joint.connection_id)
    assert found is not None
    assert found.state == state

    await cured(joint)
    waiting = await pulse(joint)
    moment = next_due(waiting, TIMING, joint.clock.now())
    assert moment is not None
    assert (moment[0] - joint.clock.now()).total_seconds() <= 60
