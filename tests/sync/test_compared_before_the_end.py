"""I20: a run is over when both sides have been compared, and not before, whatever comes in between."""

from typing import Any

import psycopg
import pytest

from app import tie_outs
from app.container import build_container
from app.services import overview
from app.services.agreement import Agreement
from app.storage.runs import runs
from app.storage.runs.runs import Run
from app.storage.tieouts import results
from tests.support.joint import Joint
from tests.support.stories import run


async def light(joint: Joint) -> Agreement:
    return (await overview.read_connection(build_container(joint.runtime), joint.connection_id)).agreement


async def last_run(joint: Joint) -> Run:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        found = await runs.get(tx, joint.connection_id, joint.last_run)
    assert found is not None
    return found


async def kept_by_rule(joint: Joint) -> None:
    """Something that differs by rule once a run has looked at it: an invoice is gone, its sale stays."""
    await joint.sale((await joint.contact())["id"])
    await run(joint)
    assert (await light(joint)).light == "agrees"
    there = max(await joint.books_list("invoice"), key=lambda each: int(each["Id"]))
    await joint.person("invoice", {"Id": there["Id"], "SyncToken": there["SyncToken"]}, operation="delete")


async def test_i20_a_finished_run_has_been_compared(joint: Joint) -> None:
    await kept_by_rule(joint)
    done = await joint.sync()

    assert done.state == "succeeded"
    found = await light(joint)
    assert (found.light, found.differences) == ("differs", 1)
    assert found.as_of is not None
    assert done.finished_at is not None
    assert found.as_of <= done.finished_at


async def test_i20_a_worker_that_dies_before_the_comparison_leaves_the_run_unfinished_and_the_next_turn_compares(
    joint: Joint, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kept_by_rule(joint)

    async def away(*_: Any, **__: Any) -> None:
        raise psycopg.OperationalError("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr(tie_outs, "take_whole", away)
        with pytest.raises(psycopg.OperationalError):
            await joint.sync()
    assert (await last_run(joint)).state == "running"
    decided = await joint.decisions()

    assert not await joint.turn(joint.last_run)
    assert ((await last_run(joint)).state, (await light(joint)).light) == ("succeeded", "differs")
    assert await joint.decisions() == decided


@pytest.mark.parametrize("download", [True, False])
async def test_i20_a_run_waits_while_somebody_else_compares_and_then_compares_what_it_did(
    joint: Joint, download: bool
) -> None:
    await kept_by_rule(joint)
    [link] = await _links(joint)
    await joint.touched("quickbooks", "sale", link)
    async with joint.runtime.database.transaction(joint.connection_id) as other:
        assert await results.one_at_a_time(other, joint.connection_id)
        busy = await joint.sync(download=download, turns=2)

    assert busy.state == "running"
    assert (await light(joint)).light == "agrees"
    while await joint.turn(joint.last_run):
        pass
    assert ((await last_run(joint)).state, (await light(joint)).light) == ("succeeded", "differs")


async def test_i20_a_run_that_is_given_up_has_compared_what_it_wrote(joint: Joint) -> None:
    await run(joint)
    sale = await joint.sale((await joint.contact())["id"])
    await joint.receipt(sale, "5.00")
    await joint.hazard("quickbooks", "answer_lost", entity="payment", times=1)
    assert (await joint.sync(turns=1)).state == "running"
    await joint.hazard("quickbooks", "unavailable_html")
    while await joint.turn(joint.last_run):
        pass
    done = await last_run(joint)

    assert done.state == "failed"
    assert len(await joint.books_list("invoice")) == 1
    found = await light(joint)
    assert found.light == "differs"
    assert found.as_of is not None
    assert done.started_at is not None
    assert found.as_of > done.started_at


async def test_i20_a_run_that_is_stopped_has_compared_what_it_wrote(joint: Joint) -> None:
    other = await joint.sale((await joint.contact("Bob", "Byron"))["id"])
    paid = await joint.receipt(other, "5.00")
    await kept_by_rule(joint)
    await joint.in_shop("PATCH", f"receipts/{paid['id']}", {"reference": "corrected"})
    await joint.in_books("POST", "subscription", {"active": False})
    done = await joint.sync()

    assert done.state == "failed"
    assert (await light(joint)).light == "differs"


async def test_i20_a_dry_run_compares_nothing(joint: Joint) -> None:
    await kept_by_rule(joint)
    before = await light(joint)
    assert (await joint.sync(dry_run=True)).state == "succeeded"

    assert await light(joint) == before


async def _links(joint: Joint) -> list[str]:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        found = await tx.execute(
            "SELECT quickbooks_id FROM link WHERE connection_id = %s AND kind = 'sale'", (joint.connection_id,)
        )
        return [row["quickbooks_id"] for row in await found.fetchall()]
