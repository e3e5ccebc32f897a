"""The storm: people at work on both sides, events on their way, and harm to every process that the service stands on."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import redis.asyncio
from redis.exceptions import RedisError

from tests.chaos.branches import Branch, free
from tests.chaos.people import Books, Shop
from tests.chaos.sender import SENDERS, Sender
from tests.chaos.size import Size, Span
from tests.chaos.stage import APIS, WORKERS, Stage

AT_WORK = 6
LONGEST = 4
"""So many times longer than it was meant to the storm may last, and a minute more."""
A_MINUTE = 60.0


@dataclass(slots=True)
class Harm:
    """What was done to the processes."""

    kills: int = 0
    flushes: int = 0
    stops: int = 0
    redis_kills: int = 0
    order: list[str] = field(default_factory=list)


async def rage(stage: Stage, branches: list[Branch], size: Size, seed: int) -> tuple[Sender, Harm]:
    """Let the storm pass over the service; ends when everything is acknowledged and enough harm was done."""
    sender, harm = Sender(stage, random.Random(f"{seed} sender")), Harm()
    began = time.monotonic()
    finished = asyncio.Event()
    senders = [asyncio.create_task(sender.send()) for _ in range(SENDERS)]
    harms = [asyncio.create_task(one) for one in _harms(stage, size, harm, seed, finished)]
    people = [asyncio.create_task(_work(stage, branches, sender, size, seed, place)) for place in range(AT_WORK)]
    try:
        async with asyncio.timeout(size.storm_seconds * LONGEST + A_MINUTE):
            await asyncio.gather(*people)
            while not (sender.done() and _enough(harm, size)):
                _insist([*senders, *harms])
                await asyncio.sleep(0.05)
            finished.set()
            await asyncio.gather(*harms)
    except TimeoutError as error:
        raise AssertionError(
            f"the storm did not pass in {time.monotonic() - began:.0f} s: {sender.told} events told, "
            f"{len(sender.acknowledged)} acknowledged, {harm}"
        ) from error
    finally:
        for task in (*people, *senders, *harms):
            task.cancel()
        await asyncio.gather(*people, *senders, *harms, return_exceptions=True)
    return sender, harm


def _insist(tasks: list["asyncio.Task[None]"]) -> None:
    for task in tasks:
        if task.done():
            task.result()


def _enough(harm: Harm, size: Size) -> bool:
    return (
        harm.kills >= size.kills
        and harm.flushes >= size.flushes
        and harm.stops >= size.stops
        and harm.redis_kills >= size.redis_kills
    )


async def _work(stage: Stage, branches: list[Branch], sender: Sender, size: Size, seed: int, place: int) -> None:
    """One person of many, at work at whichever branch is free, at the pace that spreads the events over the storm."""
    chance = random.Random(f"{seed} people {place}")
    shop = Shop(stage.http, stage.world.oncord, chance)
    books = Books(stage.http, stage.world.quickbooks, chance)
    began = time.monotonic()
    while sender.told < size.events:
        ahead = sender.told / size.events * size.storm_seconds - (time.monotonic() - began)
        if ahead > 0:
            await asyncio.sleep(min(ahead, 0.5))
            continue
        branch = free(branches, chance)
        if branch is None:
            await asyncio.sleep(0.01)
            continue
        async with branch.busy:
            if chance.random() < 0.5:
                sender.shop_moved(branch, await shop.act(branch))
            else:
                sender.books_moved(branch, await books.act(branch))


def _harms(
    stage: Stage, size: Size, harm: Harm, seed: int, finished: asyncio.Event
) -> Iterator[Coroutine[None, None, None]]:
    chance = random.Random(f"{seed} harm")

    async def kill() -> None:
        name = chance.choice((*APIS, *WORKERS))
        if stage.programs.all[name].process.poll() is None:
            stage.programs.kill(name)
            harm.kills += 1
            harm.order.append(name)

    async def flush() -> None:
        cache = redis.asyncio.Redis.from_url(stage.servers.addresses.redis_url, socket_timeout=2)
        with suppress(RedisError, OSError):  # it may be away just now
            await cache.flushall()
            harm.flushes += 1
        await cache.aclose()

    async def stop() -> None:
        harm.order.append("postgres")
        await stage.servers.stop_postgres()
        harm.stops += 1
        await asyncio.sleep(chance.uniform(0.1, 1.5))
        await stage.servers.start_postgres()

    async def kill_redis() -> None:
        harm.order.append("valkey")
        await stage.servers.kill_valkey()
        harm.redis_kills += 1
        await asyncio.sleep(chance.uniform(0.1, 1.5))
        await stage.servers.start_valkey()

    pause = size.storm_seconds / (size.redis_kills + 1)
    yield _again(kill, size.kill_every, chance, finished)
    yield _again(flush, size.flush_every, chance, finished)
    yield _again(stop, size.stop_every, chance, finished)
    yield _again(kill_redis, (pause * 0.6, pause * 1.1), chance, finished)


async def _again(
    do: Callable[[], Awaitable[None]], every: Span, chance: random.Random, finished: asyncio.Event
) -> None:
    while True:
        try:
            await asyncio.wait_for(finished.wait(), chance.uniform(*every))
            return
        except TimeoutError:
            await do()
