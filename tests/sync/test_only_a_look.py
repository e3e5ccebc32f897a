"""A dry run is only a look: it moves nothing, takes nothing from the schedule, and contradicts itself nowhere (T1)."""

from typing import Any

import pytest

from app.container import build_container
from app.domain.guards.debounce import DueFacts
from app.domain.model.operations import Action
from app.domain.model.records import Kind, Side
from app.services.monitoring import read_gauges
from app.services.overview import read_connection
from app.storage.changes import due, intake
from app.storage.changes.intake import InboundEvent
from tests.support.joint import Joint
from tests.support.stories import customer, run
from tests.sync.test_rules_refunds import returned

Body = dict[str, Any]


async def tell(joint: Joint, kind: Kind, record_id: str) -> None:
    """What the shop's webhook does."""
    arrival = InboundEvent(
        side=Side.ONCORD,
        event_key=f"{kind}:{record_id}:{joint.clock.now()}",
        connection_id=joint.connection_id,
        kind=kind,
        record_id=record_id,
    )
    async with joint.runtime.database.raw() as connection:
        await intake.accept(connection, [arrival], joint.clock.now())


async def due_facts(joint: Joint) -> DueFacts:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        [found] = await due.due_facts_of(tx, [joint.connection_id])
    return found


async def sale_told(joint: Joint) -> Body:
    contact = await joint.contact()
    sale = await joint.sale(contact["id"])
    await tell(joint, Kind.CONTACT, contact["id"])
    await tell(joint, Kind.SALE, sale["id"])
    return sale


async def test_t1_a_sale_saved_just_before_a_dry_run_keeps_its_moment(joint: Joint) -> None:
    await run(joint)
    await sale_told(joint)
    before = await due_facts(joint)
    await joint.sync(dry_run=True)

    after = await due_facts(joint)
    assert before.first_changed_at is not None
    assert (after.first_changed_at, after.last_changed_at) == (before.first_changed_at, before.last_changed_at)


async def test_t1_a_real_run_takes_up_what_has_waited(joint: Joint) -> None:
    await run(joint)
    await sale_told(joint)
    await run(joint)

    assert (await due_facts(joint)).first_changed_at is None


async def test_the_oldest_change_is_counted_in_the_queue_and_goes_on_growing_through_a_dry_run(joint: Joint) -> None:
    await run(joint)
    container = build_container(joint.runtime)
    assert (await read_gauges(container))["oldest_change_seconds"] == {"all": 0}
    await sale_told(joint)
    await joint.sync(dry_run=True)
    joint.clock.pass_time(60)

    assert (await read_gauges(container))["oldest_change_seconds"]["all"] > 60

    await run(joint)
    assert (await read_gauges(container))["oldest_change_seconds"] == {"all": 0}


async def test_a_dry_run_is_never_the_last_synchronisation(joint: Joint) -> None:
    container = build_container(joint.runtime)
    await run(joint)
    real = joint.last_run
    await joint.sync(dry_run=True)

    shown = (await read_connection(container, joint.connection_id)).last_run
    assert shown is not None
    assert shown.id == real


async def test_r5_a_refund_and_what_joins_it_to_its_credit_are_written_without_a_row_that_waits_for_itself(
    joint: Joint,
) -> None:
    _, adjustment = await returned(joint)
    await joint.receipt(adjustment, "-22.00")
    await run(joint)

    rows = [d for d in await joint.decisions() if d.operation.kind is Kind.RECEIPT]
    assert "waiting" not in {d.state for d in rows}
    joined = [p for p in await joint.books_list("payment") if not p["TotalAmt"]]
    assert len(joined) == 1
    assert await run(joint) == []


@pytest.mark.parametrize("dry", [True, False])
async def test_what_a_plan_creates_it_does_not_call_needless_as_well(joint: Joint, dry: bool) -> None:
    buyer = await joint.contact("Ada")
    idle = await joint.contact("Idle")
    met = await joint.contact("Met", "Hopper")
    await customer(joint, "Met", email="met@example.com")
    await joint.sale(buyer["id"])
    await joint.sale(met["id"])
    await joint.sync(dry_run=dry)

    said: dict[str, set[Action]] = {}
    for stored in await joint.decisions():
        o = stored.operation
        if o.kind is Kind.CONTACT and o.side is Side.QUICKBOOKS:
            said.setdefault(o.source_id, set()).add(o.action)
    assert said[buyer["id"]] == {Action.CREATE}
    assert said[idle["id"]] == {Action.SKIP}
    assert Action.SKIP not in said[met["id"]]
    assert Action.ADOPT in said[met["id"]]
