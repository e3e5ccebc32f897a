"""When a connection is due: T1, T2, T3, T4 and the longest wait, as arithmetic."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.guards.debounce import (
    Cause,
    DueFacts,
    Timing,
    after_idleness,
    after_quiet,
    next_due,
)
from app.domain.guards.read_budget import Pace

TIMING = Timing(quiet=timedelta(minutes=2), longest_wait=timedelta(minutes=10), idle=timedelta(hours=12))
TWO = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def test_t1_a_change_at_two_is_due_at_two_past_two() -> None:
    assert after_quiet(TWO, TWO, TIMING) == TWO + minutes(2)


def test_t1_each_further_change_moves_it_but_never_beyond_the_longest_wait() -> None:
    assert after_quiet(TWO, TWO + minutes(3), TIMING) == TWO + minutes(5)
    assert after_quiet(TWO, TWO + minutes(9), TIMING) == TWO + minutes(10)
    assert after_quiet(TWO, TWO + minutes(50), TIMING) == TWO + minutes(10)


def test_t2_idle_connections_are_due_after_twelve_hours_and_a_little_spread() -> None:
    moments = [after_idleness(f"con_{number}", TWO, TIMING.idle) - TWO for number in range(1000)]

    assert min(moments) >= timedelta(hours=12)
    assert max(moments) <= timedelta(hours=12, minutes=5)
    busiest = max(sum(1 for m in moments if m // minutes(1) == minute) for minute in range(720, 726))
    assert busiest < 300


def test_t3_t4_nothing_is_due_by_itself_while_not_automatic() -> None:
    due_facts = DueFacts("c", automatic=False, first_changed_at=TWO, due_by=TWO, retry_at=TWO, downloaded_at=TWO)

    assert next_due(due_facts, TIMING, TWO + timedelta(days=9)) is None


def test_t3_what_a_person_asked_for_is_due_at_once_all_the_same() -> None:
    assert next_due(DueFacts("c", automatic=False, run_waiting=True), TIMING, TWO) == (TWO, Cause.REQUESTED)


def test_the_earliest_of_everything_counts() -> None:
    due_facts = DueFacts(
        "c",
        automatic=True,
        first_changed_at=TWO,
        last_changed_at=TWO + minutes(1),
        due_by=TWO + minutes(4),
        retry_at=TWO + minutes(2),
        downloaded_at=TWO,
    )

    assert next_due(due_facts, TIMING, TWO) == (TWO + minutes(2), Cause.RETRY)
    assert next_due(DueFacts("c", automatic=True, books_downloaded_at=TWO), TIMING, TWO) == next_due(
        DueFacts("c", automatic=True, downloaded_at=TWO), TIMING, TWO
    )
    assert next_due(DueFacts("c", automatic=True, downloaded_at=TWO), TIMING, TWO) == (
        after_idleness("c", TWO, TIMING.idle),
        Cause.IDLE,
    )
    assert next_due(DueFacts("c", automatic=True), TIMING, TWO) is None


@pytest.mark.parametrize(("failures", "wait"), [(1, 0.5), (2, 1), (3, 2), (7, 32), (8, 60), (60, 60)])
def test_after_failures_the_next_run_waits_longer_and_longer(failures: int, wait: float) -> None:
    due_facts = DueFacts("c", automatic=True, due_by=TWO, failures=failures, failed_at=TWO)

    assert next_due(due_facts, TIMING, TWO) == (TWO + minutes(wait), Cause.RETRY)


def test_a_person_need_not_wait_for_a_backoff() -> None:
    due_facts = DueFacts("c", automatic=True, due_by=TWO, failures=5, failed_at=TWO, run_waiting=True)

    assert next_due(due_facts, TIMING, TWO) == (TWO, Cause.REQUESTED)


def test_a_blocked_connection_is_probed() -> None:
    due_facts = DueFacts("c", automatic=False, probe_at=TWO + minutes(5))

    assert next_due(due_facts, TIMING, TWO) == (TWO + minutes(5), Cause.PROBE)


@pytest.mark.parametrize(
    ("pace", "wait"),
    [
        (Pace.FREE, TIMING.idle),
        (Pace.HOURLY, TIMING.idle),
        (Pace.IDLE_ONLY, 2 * TIMING.idle),
        (Pace.SPENT, timedelta(days=31)),
    ],
)
def test_t2_quickbooks_waits_at_the_pace_of_the_month_and_the_shop_does_not(pace: Pace, wait: timedelta) -> None:
    timing = TIMING.paced(pace)
    books = DueFacts("c", automatic=True, books_downloaded_at=TWO)
    shop = DueFacts("c", automatic=True, downloaded_at=TWO)

    assert next_due(books, timing, TWO) == (after_idleness("c", TWO, wait), Cause.IDLE)
    assert next_due(shop, timing, TWO) == (after_idleness("c", TWO, TIMING.idle), Cause.IDLE)
