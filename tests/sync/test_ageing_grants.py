"""A permission that ends soon is a question while that is true, and about each end anew (T5)."""

from dataclasses import replace
from datetime import datetime, timedelta

from app.storage.database import EVERY_CONNECTION
from app.storage.people import attention
from app.sync.waking.sweep import SweepContext, sweep
from tests.support.joint import Joint, SilentWaker
from tests.workers.shift import TIMING


async def swept(joint: Joint) -> list[str]:
    """The open questions about the grant after a sweep, in their words."""
    await sweep(
        SweepContext(
            joint.runtime.database,
            joint.clock,
            SilentWaker(),
            timing=TIMING,
            every=timedelta(seconds=30),
            retention=timedelta(days=900),
            ids=joint.runtime.ids,
        )
    )
    return [item.summary for item in await joint.attention() if item.kind == "reconnect_soon"]


async def renewed(joint: Joint, ends: datetime) -> None:
    """Somebody has consented anew; the permission lives until `ends`."""
    grant = await joint.runtime.grants.read(joint.connection_id)
    assert grant is not None
    pair = replace(grant.pair, refresh_expires_at=ends, refresh_hard_expires_at=ends)
    async with joint.runtime.database.transaction(EVERY_CONNECTION) as tx:
        await joint.runtime.grants.put(tx, joint.connection_id, pair, joint.clock.now())


async def test_the_question_closes_when_the_permission_is_renewed(joint: Joint) -> None:
    await renewed(joint, joint.clock.now() + timedelta(days=10))
    assert len(await swept(joint)) == 1

    await renewed(joint, joint.clock.now() + timedelta(days=100))
    assert await swept(joint) == []


async def test_the_true_warning_comes_later_although_an_old_question_is_open(joint: Joint) -> None:
    first = joint.clock.now() + timedelta(days=10)
    await renewed(joint, first)
    assert f"{first:%Y-%m-%d}" in (await swept(joint))[0]

    later = joint.clock.now() + timedelta(days=12)
    await renewed(joint, later)
    [told] = await swept(joint)
    assert f"{later:%Y-%m-%d}" in told


async def test_after_a_renewal_the_next_end_is_asked_about_anew(joint: Joint) -> None:
    await renewed(joint, joint.clock.now() + timedelta(days=10))
    await swept(joint)
    await renewed(joint, joint.clock.now() + timedelta(days=100))
    await swept(joint)
    joint.clock.pass_time(90 * 86_400)

    assert len(await swept(joint)) == 1


async def test_what_was_dismissed_is_not_asked_again_when_only_the_access_token_was_refreshed(joint: Joint) -> None:
    ends = joint.clock.now() + timedelta(days=10)
    await renewed(joint, ends)
    await swept(joint)
    [item] = [i for i in await joint.attention() if i.kind == "reconnect_soon"]
    async with joint.runtime.database.transaction(EVERY_CONNECTION) as tx:
        await attention.resolve(
            tx, joint.connection_id, item.id, resolution="dismiss", by="test", now=joint.clock.now()
        )
    joint.clock.pass_time(3600)
    await renewed(joint, ends)

    assert await swept(joint) == []
