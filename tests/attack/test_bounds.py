"""Attacks that measure judge by their bounds, and by the middle of what was measured."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from tests.attack import at_once, dripping
from tests.attack.crowd import Order
from tests.attack.ground import Ground

Round = tuple[float, float, int, int]
"""The p99 quiet and beside the crowd, genuine events that were kept out, connections of the crowd."""


def ground(part: float = 1.0) -> Any:
    return Ground(SimpleNamespace(api_urls=("http://127.0.0.1:1",)), [], part)  # type: ignore[arg-type]


async def besieged(monkeypatch: pytest.MonkeyPatch, rounds: Sequence[Round], part: float = 1.0) -> tuple[int, Order]:
    """How much got through of rounds that came to these, and what the crowd was told."""
    told: list[Order] = []
    left = iter(rounds)

    async def pretended(_: Ground, order: Order, __: float) -> Round:
        told.append(order)
        return next(left)

    monkeypatch.setattr(at_once, "_round", pretended)
    count = await at_once.ATTACK.carry_out(ground(part))
    assert next(left, None) is None
    assert count.attempts == sum(opened for *_, opened in rounds)
    return count.got_through, told[0]


async def test_a_crowd_is_64_silent_64_slow_120_unfinished_and_50_oversized_senders(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    got_through, order = await besieged(monkeypatch, [(0.01, 0.02, 0, 298)] * 5)

    assert got_through == 0
    assert (order.silent, order.slow, order.chunked, order.oversized) == (64, 64, 120, 50)


@pytest.mark.parametrize(
    ("rounds", "got_through"),
    [
        ([(0.01, 0.1, 0, 1)] * 5, 0),  # a tenth of a second is quick enough
        ([(0.01, 0.101, 0, 1)] * 5, 1),
        ([(0.1, 0.3, 0, 1)] * 5, 0),  # and so is three times the quiet time
        ([(0.1, 0.301, 0, 1)] * 5, 1),
        ([(0.01, 9, 0, 1)] * 2 + [(0.01, 0.02, 0, 1)] * 3, 0),  # a machine may hiccup twice in five
        ([(0.01, 9, 0, 1)] * 3 + [(0.01, 0.02, 0, 1)] * 2, 1),
        ([(0.01, 0.02, 0, 1)] * 4 + [(0.01, 0.02, 1, 1)], 1),  # but not one event may be kept out
    ],
)
async def test_the_slowest_hundredth_takes_three_times_the_quiet_time_or_100_ms(
    monkeypatch: pytest.MonkeyPatch, rounds: list[Round], got_through: int
) -> None:
    assert (await besieged(monkeypatch, rounds))[0] == got_through


@pytest.mark.parametrize(
    ("before", "beside", "afterwards", "dripped", "got_through"),
    [
        ([2.0] * 6, [3.0] * 6, [2.0] * 6, 9, 0),
        ([2.0] * 6, [3.01] * 6, [2.0] * 6, 9, 6),
        ([2.0] * 6, [2.0, 2.0, 2.0, 2.0, 9.0, 9.0], [2.0] * 6, 9, 0),
        ([2.0] * 6, [4.0] * 6, [4.0] * 6, 9, 0),  # the whole machine had become slower
        ([2.0] * 6, [2.0] * 6, [2.0] * 6, 0, 6),  # nothing dripped: nothing was shown
    ],
)
async def test_a_change_takes_one_and_a_half_times_its_quiet_time_while_four_of_ten_drip(
    monkeypatch: pytest.MonkeyPatch,
    before: list[float],
    beside: list[float],
    afterwards: list[float],
    dripped: int,
    got_through: int,
) -> None:
    shops: list[int] = []
    measured: Iterator[list[float]] = iter((before, beside, afterwards))

    async def opened(_: Any, count: int) -> list[int]:
        return list(range(count))

    async def timed(_: Ground, honest: Sequence[Any], count: int) -> list[float]:
        assert (len(honest), count) == (6, 120)
        return next(measured)

    @asynccontextmanager
    async def front(_: Ground, slow: Sequence[Any]) -> AsyncIterator[Any]:
        shops.extend(slow)
        yield SimpleNamespace(answered=dripped)

    @asynccontextmanager
    async def as_ever(*_: Any) -> AsyncIterator[None]:
        yield

    monkeypatch.setattr(dripping, "open_branches", opened)
    monkeypatch.setattr(dripping, "timed", timed)
    monkeypatch.setattr(dripping, "behind_front", front)
    monkeypatch.setattr(dripping, "_one_worker", as_ever)
    monkeypatch.setattr(dripping, "_dripping", as_ever)
    four_more: Any = Ground(SimpleNamespace(), [6, 7, 8, 9], 1.0)  # type: ignore[arg-type, list-item]

    count = await dripping.ATTACK.carry_out(four_more)

    assert (len(shops), count.attempts, count.got_through) == (4, 6, got_through)
