"""From an event to an invoice: intake, ring, the real engine, both simulators; and the echoes that come back."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from app.domain.model.records import Kind, Side
from app.storage.changes import due, intake
from app.storage.changes.intake import InboundEvent
from app.sync.waking.wake import WakeContext, answer, engine_turn
from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.workers.shift import TIMING


class Rings:
    def __init__(self) -> None:
        self.rung: list[tuple[str, datetime | None]] = []

    async def wake(self, connection_id: str, at: datetime | None = None) -> None:
        self.rung.append((connection_id, at))


@pytest.fixture
async def joint(own_database: DatabaseUrls) -> AsyncIterator[Joint]:
    async with joined(own_database.app) as made:
        run = await made.sync()
        assert run.state == "succeeded", (run.error, run.counters)
        yield made


def wake_context(joint: Joint, waker: Rings) -> WakeContext:
    runtime = joint.runtime
    turn = engine_turn(runtime.database, joint.clock, runtime.ids, runtime.sides, 60)
    return WakeContext(runtime.database, joint.clock, runtime.ids, waker, TIMING, "worker", turn)


async def tell(joint: Joint, *arrivals: InboundEvent) -> None:
    async with joint.runtime.database.raw() as connection:
        await intake.accept(connection, arrivals, joint.clock.now())


async def seconds_of_a_run(joint: Joint, number: int) -> float:
    """How long a sale of somebody new is on its way once two quiet minutes are over; the outside answers at once."""
    contact = await joint.contact(first=f"Ada{number}")
    sale = await joint.sale(contact["id"])
    named = ((Kind.CONTACT, contact["id"]), (Kind.SALE, sale["id"]))
    about = {"side": Side.ONCORD, "connection_id": joint.connection_id}
    await tell(
        joint,
        *(InboundEvent(event_key=f"{number}/{kind}", kind=kind, record_id=i, **about) for kind, i in named),  # type: ignore[arg-type]
    )
    joint.clock.pass_time(120)
    before = joint.clock.monotonic()
    assert await answer(wake_context(joint, Rings()), joint.connection_id) == "finished"
    return joint.clock.monotonic() - before


async def test_a_run_begins_with_what_the_run_before_it_has_left_of_the_allowance(joint: Joint) -> None:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        await tx.execute("DELETE FROM lease")
    never_told = await seconds_of_a_run(joint, 1)
    at_once = [await seconds_of_a_run(joint, number) for number in (2, 3)]
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        await tx.execute("UPDATE lease SET full_calls_at = now(), full_batches_at = now(), paused_until = now()")
    an_hour_later = await seconds_of_a_run(joint, 4)

    assert len(await joint.books_list("invoice")) == 4
    assert an_hour_later < 0.5
    # The database's clock stood still meanwhile: what was used up is not there yet.
    assert min(never_told, *at_once) > 2


async def test_a_sale_becomes_an_invoice_after_two_quiet_minutes_and_its_echo_starts_nothing(joint: Joint) -> None:
    waker = Rings()
    contact = await joint.contact()
    sale = await joint.sale(contact["id"])
    about = {"side": Side.ONCORD, "connection_id": joint.connection_id}
    await tell(
        joint,
        InboundEvent(event_key="1", kind=Kind.CONTACT, record_id=contact["id"], **about),  # type: ignore[arg-type]
        InboundEvent(event_key="2", kind=Kind.SALE, record_id=sale["id"], **about),  # type: ignore[arg-type]
    )
    assert await answer(wake_context(joint, waker), joint.connection_id) == "asked for later"
    assert waker.rung == [(joint.connection_id, joint.clock.now() + timedelta(minutes=2))]

    joint.clock.pass_time(120)
    assert await answer(wake_context(joint, waker), joint.connection_id) == "finished"

    [invoice] = await joint.books_list("invoice")
    assert invoice["TotalAmt"] == float(sale["total"])
    echo = InboundEvent(
        side=Side.QUICKBOOKS,
        event_key="3",
        realm_id=joint.realm,
        kind=Kind.SALE,
        record_id=invoice["Id"],
        occurred_at=datetime.fromisoformat(invoice["MetaData"]["CreateTime"]),
    )
    await tell(joint, echo)
    joint.clock.pass_time(120)
    came = await answer(wake_context(joint, waker), joint.connection_id)

    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        [due_facts] = await due.due_facts_of(tx, [joint.connection_id])
        rows = await (await tx.execute("SELECT count(*) AS n FROM run")).fetchone()
    assert came == "asked for later"
    assert (due_facts.first_changed_at, rows) == (None, {"n": 2})
    assert due_facts.due_by == joint.clock.now() + timedelta(minutes=15)
