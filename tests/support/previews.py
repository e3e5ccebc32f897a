"""Carrying out what a dry run has shown, as a person would."""

from collections.abc import Sequence

from app.container import build_container
from app.services import synchronise
from app.services.synchronise import CarryingOut
from app.storage.runs import runs
from app.storage.runs.runs import Run
from tests.support.joint import Joint
from tests.support.people import SOMEBODY


async def asked_for(
    joint: Joint, plan_id: str, only: Sequence[str] | None = None, *, earlier_periods: bool = False
) -> CarryingOut:
    """A run that is to do what was shown, not begun yet."""
    joint.clock.pass_time(1)
    return await synchronise.carry_out(
        build_container(joint.runtime),
        joint.connection_id,
        plan_id,
        who=SOMEBODY,
        only=only,
        earlier_periods=earlier_periods,
    )


async def carried_out(
    joint: Joint, plan_id: str, only: Sequence[str] | None = None, *, earlier_periods: bool = False
) -> Run:
    """The whole run."""
    run = (await asked_for(joint, plan_id, only, earlier_periods=earlier_periods)).run
    joint.last_run = run.id
    while await joint.turn(run.id):
        pass
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        done = await runs.get(tx, joint.connection_id, run.id)
    assert done is not None
    return done
