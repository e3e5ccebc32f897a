"""Requests that go out at once: each is answered for itself, none is given up, and none is left behind."""

import asyncio

import pytest

from app.at_once import at_once


class Down(Exception):
    """Nobody answers."""


async def fails() -> str:
    raise Down


async def test_what_fails_says_so_where_its_answer_is_looked_at_and_the_others_go_on_to_their_end() -> None:
    renewed = []

    async def renews() -> str:
        await asyncio.sleep(0.01)
        renewed.append("a token")
        return "a token"

    async with at_once() as ask:
        first, second = ask(fails()), ask(renews())

    assert renewed == ["a token"]
    assert second.result() == "a token"
    with pytest.raises(Down):
        first.result()


async def test_they_are_under_way_together() -> None:
    both = asyncio.Barrier(2)

    async with asyncio.timeout(5), at_once() as ask:
        ask(both.wait())
        ask(both.wait())

    assert not both.broken


async def test_an_end_from_outside_ends_all_of_them_and_waits_until_they_have() -> None:
    begun, ended = asyncio.Event(), []

    async def long() -> None:
        begun.set()
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0.01)
            ended.append("long")

    async def turn() -> None:
        async with at_once() as ask:
            ask(long())
            ask(long())

    before = asyncio.all_tasks()
    running = asyncio.ensure_future(turn())
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert ended == ["long", "long"]
    assert asyncio.all_tasks() == before
