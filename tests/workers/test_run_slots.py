"""Whatever number of shops is slow, the others find a place: turns that are kept waiting go aside, and begin there the next time."""

import asyncio

import httpx
import pytest

from app import run_slots
from app.errors import TooSlow
from app.oncord.site import Site
from app.run_slots import QUICK_IN_ALL, RunSlots, Waiting
from tests.oncord.test_answer_limits import SITE as ANSWER
from tests.oncord.test_answer_limits import answering


async def entered(slots: RunSlots, connection_id: str) -> bool:
    """Whether there is a place at once."""
    try:
        async with asyncio.timeout(0.02):
            return await slots.enter(connection_id)
    except TimeoutError:
        return False


async def test_quick_turns_take_turns() -> None:
    slots = RunSlots(2, 1)

    assert await entered(slots, "a")
    assert await entered(slots, "b")
    assert not await entered(slots, "c")
    slots.leave("a")
    assert await entered(slots, "c")


async def test_a_turn_that_is_kept_waiting_frees_its_place_and_begins_aside_the_next_time() -> None:
    slots = RunSlots(1, 1)
    assert await entered(slots, "slow")
    assert not await entered(slots, "honest")

    assert slots.step_aside("slow")
    assert await entered(slots, "honest")
    slots.leave("slow")

    assert await entered(slots, "slow")
    slots.leave("honest")
    assert await entered(slots, "other"), "it is aside, and the quick place is free"


async def test_slow_turns_together_take_no_quick_place_for_long() -> None:
    slots = RunSlots(4, 2)
    for number in range(4):
        assert await entered(slots, f"slow{number}")

    moved = [slots.step_aside(f"slow{number}") for number in range(4)]
    for number, aside in enumerate(moved):
        if not aside:
            slots.leave(f"slow{number}")  # its request has ended, and with it the turn

    assert moved == [True, True, False, False]
    assert not await entered(slots, "slow2"), "others are aside already"
    for number in range(4):
        assert await entered(slots, f"honest{number}")


async def test_what_is_quick_again_begins_quickly_again() -> None:
    slots = RunSlots(1, 1)
    assert await entered(slots, "once")
    slots.step_aside("once")
    slots.leave("once")
    assert await entered(slots, "once")
    slots.leave("once")

    assert await entered(slots, "once")
    assert not await entered(slots, "other"), "it has the quick place again"


async def test_many_requests_that_are_not_slow_each_go_aside_together_and_are_never_ended() -> None:
    slots = RunSlots(2, 1)
    for name in ("a", "b"):
        assert await entered(slots, name)
        slots.waited(name, QUICK_IN_ALL + 1)

    assert await entered(slots, "honest"), "one has gone aside"
    assert not await entered(slots, "other"), "for the other one there was no room"
    slots.leave("b")
    assert not await entered(slots, "b"), "where it begins the next time"


async def test_one_connection_has_one_place() -> None:
    slots = RunSlots(2, 2)

    assert await entered(slots, "a")
    assert not await entered(slots, "a")
    assert await entered(slots, "b")


async def test_whoever_finds_no_place_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_slots, "PATIENCE", 0.01)
    slots = RunSlots(1, 1)
    assert await slots.enter("a")

    assert not await slots.enter("b")
    slots.leave("a")
    assert await slots.enter("b")


async def test_nobody_waits_for_a_shop_outside_a_run() -> None:
    slots = RunSlots(1, 0)

    assert slots.step_aside("con_1")
    slots.waited("con_1", 1000)
    assert await entered(slots, "con_1")


@pytest.mark.parametrize(("aside", "ends"), [(1, False), (0, True)])
async def test_a_request_goes_on_aside_and_ends_where_there_is_no_room(aside: int, ends: bool) -> None:
    slots = RunSlots(1, aside)
    assert await entered(slots, "con_1")
    async with httpx.AsyncClient(transport=httpx.MockTransport(answering(ANSWER, size=1, pause=0.02))) as http:
        site = Site(
            "https://shop.example", "t", http, quick_seconds=0.1, patience=Waiting(slots, "con_1"), request_seconds=30
        )
        if ends:
            with pytest.raises(TooSlow):
                await site.get("/site")
        else:
            assert (await site.get("/site"))["id"] == "s"
            assert await entered(slots, "honest")
