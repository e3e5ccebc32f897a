"""What a person asks for is done on both sides although no run takes place by itself (T3), also where a side tells of our own write
while the run is at work."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.container import build_container
from app.domain.model.records import Kind, Side
from app.services import lifecycle
from app.storage.changes.intake import InboundEvent
from app.sync.waking.wake import answer
from app.sync.writing import stages
from tests.support.joint import Joint, joined
from tests.support.people import SOMEBODY
from tests.support.services import DatabaseUrls
from tests.support.stories import book, change, shop
from tests.workers.test_wake_with_the_engine import Rings, tell, wake_context


@pytest.fixture
async def by_hand(own_database: DatabaseUrls) -> AsyncIterator[Joint]:
    """A shop and a company without automatic synchronisation."""
    async with joined(own_database.app) as made:
        await made.sync()
        await lifecycle.set_auto_sync(build_container(made.runtime), made.connection_id, False, who=SOMEBODY)
        yield made


@pytest.fixture
def echoing(by_hand: Joint, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each write is told of by its side at once, as by a webhook, while the run is still at work; of what it was told."""
    settle, told = stages.settle, list[str]()

    async def with_echo(context: Any, tx: Any, memory: Any, answered: Any, *more: Any) -> None:
        await settle(context, tx, memory, answered, *more)
        for stored, _ in answered:
            told.append(f"{stored.operation.side}:{stored.result_id}")
            about = (
                {"connection_id": by_hand.connection_id, "version": stored.result_version}
                if stored.operation.side is Side.ONCORD
                else {"realm_id": by_hand.realm, "occurred_at": by_hand.clock.now()}
            )
            event = InboundEvent(
                side=stored.operation.side,
                event_key=str(len(told)),
                kind=stored.operation.kind,
                record_id=stored.result_id,
                **about,
            )
            events.append(event)

    events: list[InboundEvent] = []
    carry_out_stage = stages.carry_out_stage

    async def and_then(*given: Any) -> Any:
        found = await carry_out_stage(*given)
        while events:
            await tell(by_hand, events.pop(0))
        return found

    monkeypatch.setattr(stages, "settle", with_echo)
    monkeypatch.setattr("app.sync.writing.push.carry_out_stage", and_then)
    return told


async def woken(joint: Joint) -> str:
    """A worker looks, as it does after a person has asked; in the test's own time a lease has run out by then."""
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        await tx.execute("DELETE FROM lease")
    return await answer(wake_context(joint, Rings()), joint.connection_id)


async def runs_of(joint: Joint) -> list[tuple[str, str]]:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        found = await tx.execute("SELECT trigger, state FROM run ORDER BY requested_at, id")
        return [(row["trigger"], row["state"]) for row in await found.fetchall()]


async def test_the_answer_about_a_conflict_ends_with_the_value_on_both_sides(
    by_hand: Joint, echoing: list[str]
) -> None:
    sale = await by_hand.sale((await by_hand.contact())["id"], notes="As agreed")
    await by_hand.sync()
    [invoice] = await by_hand.books_list("invoice")
    await by_hand.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Ring the bell"})
    await change(by_hand, "invoice", invoice["Id"], CustomerMemo={"value": "Leave at the door"})
    await by_hand.sync()
    await woken(by_hand)
    [item] = [each for each in await by_hand.attention() if each.kind == "conflict"]
    echoing.clear()

    await by_hand.answer(item.id, "use_other")
    await woken(by_hand)

    assert echoing, "a side has told of our write while the run was at work"
    assert (await shop(by_hand, "sales", sale["id"]))["notes"] == "Ring the bell"
    assert (await book(by_hand, "invoice", invoice["Id"]))["CustomerMemo"]["value"] == "Ring the bell"
    assert await by_hand.attention() == []
    assert [trigger for trigger, _ in await runs_of(by_hand)][-2:] == ["approval", "approval"]


async def test_a_run_that_nothing_comes_back_of_is_followed_by_none(by_hand: Joint) -> None:
    await by_hand.sale((await by_hand.contact())["id"])
    before = len(await runs_of(by_hand))
    await by_hand.sync()
    assert await woken(by_hand) == "nothing due"

    assert len(await runs_of(by_hand)) == before + 1


async def test_what_somebody_types_after_it_waits_for_the_next_time_that_a_person_asks(by_hand: Joint) -> None:
    sale = await by_hand.sale((await by_hand.contact())["id"])
    await by_hand.sync()
    before = len(await runs_of(by_hand))
    await by_hand.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Ring twice"})
    await tell(
        by_hand,
        InboundEvent(
            side=Side.ONCORD,
            event_key="typed",
            connection_id=by_hand.connection_id,
            kind=Kind.SALE,
            record_id=sale["id"],
        ),
    )
    by_hand.clock.pass_time(3600)

    assert await woken(by_hand) == "nothing due"
    assert len(await runs_of(by_hand)) == before
