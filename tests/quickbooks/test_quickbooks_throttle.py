"""The client keeps QuickBooks' limits itself, whoever holds the lease, and gives reads up when they grow dear (I12)."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.guards.allowance import Refill
from app.domain.guards.read_budget import Budget, Pace
from app.quickbooks.http.throttle import LEASE_HOLDER, LIVE_CHOICES, Throttle
from tests.quickbooks.company import VirtualClock

MINUTE, SECOND, BATCHES = 500, 10, 40


def most_within(moments: list[float], span: float) -> int:
    return max(sum(1 for other in moments if start <= other < start + span) for start in moments)


async def calls(throttle: Throttle, clock: VirtualClock, count: int, *, batch: bool = False) -> list[float]:
    moments = []
    for _ in range(count):
        await throttle.acquire(batch=batch)
        moments.append(clock.monotonic())
    return moments


def test_the_shares_together_keep_every_limit() -> None:
    shares = (LEASE_HOLDER, LIVE_CHOICES)

    def calls_within(seconds: float) -> int:
        return sum(int(share.burst + share.rate * seconds) for share in shares)

    assert calls_within(1) <= SECOND
    assert calls_within(60) <= MINUTE
    assert sum(int(share.batch_burst + share.batch_rate * 60) for share in shares) <= BATCHES


async def test_a_run_that_calls_without_pause_stays_within_the_limits() -> None:
    clock = VirtualClock()

    moments = await calls(Throttle(clock), clock, 1200)

    assert most_within(moments, 1) <= SECOND
    assert most_within(moments, 60) <= MINUTE
    assert moments[-1] < 1200 / 5.9


async def test_batches_stay_within_their_own_limit() -> None:
    clock = VirtualClock()

    moments = await calls(Throttle(clock), clock, 100, batch=True)

    assert most_within(moments, 60) <= BATCHES
    assert moments[-1] < 100 / 0.57


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=8))
async def test_a_new_holder_of_the_lease_starts_with_nothing(turns: list[int]) -> None:
    clock = VirtualClock()
    moments: list[float] = []
    batches: list[float] = []
    for turn in turns:
        throttle = Throttle(clock)
        moments += await calls(throttle, clock, turn)
        batches += await calls(throttle, clock, min(turn, 5), batch=True)

    together = sorted(moments + batches)
    assert most_within(together, 1) <= SECOND
    assert most_within(together, 60) <= MINUTE
    assert most_within(batches, 60) <= BATCHES


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6), st.floats(0, 30), st.booleans()), min_size=1, max_size=12)
)
async def test_holders_one_after_the_other_keep_the_limits_together(turns: list[tuple[int, int, float, bool]]) -> None:
    """Each does its calls and batches, gives the lease back or dies, and some time later comes the next."""
    clock = VirtualClock()
    await clock.sleep(1000)
    left: Refill | None = Refill(0, 0)
    moments: list[float] = []
    batches: list[float] = []
    for count, of_them_batches, pause, dies in turns:
        throttle = Throttle(clock, left=left)
        moments += await calls(throttle, clock, count)
        batches += await calls(throttle, clock, of_them_batches, batch=True)
        given = throttle.left()
        await clock.sleep(pause)
        passed = Refill(*(max(0.0, seconds - pause) for seconds in (given.calls, given.batches, given.paused)))
        left = None if dies else passed

    live = LIVE_CHOICES
    together = sorted(moments + batches)
    if together:
        assert most_within(together, 1) <= SECOND - int(live.burst + live.rate)
        assert most_within(together, 60) <= MINUTE - int(live.burst + live.rate * 60)
    if batches:
        assert most_within(batches, 60) <= BATCHES - int(live.batch_burst + live.batch_rate * 60)


async def test_a_holder_that_finds_a_full_allowance_waits_for_nothing() -> None:
    clock = VirtualClock()
    before = clock.monotonic()

    moments = await calls(Throttle(clock, left=Refill(0, 0)), clock, 3, batch=True)

    assert moments == [before] * 3


async def test_what_the_vendor_asked_for_is_left_to_the_next_holder() -> None:
    clock = VirtualClock()
    throttle = Throttle(clock, left=Refill(0, 0))
    throttle.pause(60)
    before = clock.monotonic()

    await Throttle(clock, left=throttle.left()).acquire()

    assert clock.monotonic() - before >= 60


async def test_nothing_leaves_while_the_vendor_asks_for_a_pause() -> None:
    clock = VirtualClock()
    throttle = Throttle(clock)
    await throttle.acquire()
    before = clock.monotonic()

    throttle.pause(60)
    await throttle.acquire()

    assert clock.monotonic() - before >= 60


@pytest.mark.parametrize(
    ("used", "day", "pace"),
    [
        (0, 1, Pace.FREE),
        (399_999, 15, Pace.FREE),
        (400_000, 15, Pace.HOURLY),
        (400_000, 28, Pace.FREE),
        (474_999, 20, Pace.HOURLY),
        (475_000, 30, Pace.IDLE_ONLY),
        (494_999, 30, Pace.IDLE_ONLY),
        (495_000, 30, Pace.SPENT),
        (600_000, 30, Pace.SPENT),
    ],
)
def test_near_the_months_limit_reads_grow_rare(used: int, day: int, pace: Pace) -> None:
    assert Budget().pace(used, date(2026, 11, day)) is pace


def test_an_app_without_a_limit_reads_as_it_likes() -> None:
    assert Budget(limit=0).pace(10**9, date(2026, 11, 1)) is Pace.FREE
