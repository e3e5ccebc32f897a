"""Law 12 as arithmetic: what waits, for what and until when, and what nobody is going to look at. Written from T1 to T4."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.guards.read_budget import Pace, next_month
from app.domain.guards.stuck import WORDS, Facts, Heap, Outlook, Patience, WaitsOn, judge
from app.domain.model.records import Side

PATIENCE = Patience(quiet=timedelta(minutes=2), longest_wait=timedelta(minutes=10), idle=timedelta(hours=12))
TWO = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return TWO + timedelta(minutes=minutes)


def heap(first: float = 0, last: float | None = None, **members: Any) -> Heap:
    values = {"side": Side.ONCORD, "sort": "due", "records": 1, **members}
    return Heap(since=at(first), first=at(first), last=at(first if last is None else last), **values)


def facts(*heaps: Heap, **members: Any) -> Facts:
    return Facts("con", **{"state": "ready", "heaps": heaps or (heap(),), **members})


def waits(facts: Facts, minutes: float, patience: Patience = PATIENCE, side: Side = Side.ONCORD) -> tuple[Any, Any]:
    found = judge(facts, patience, at(minutes)).sides[side]
    return found.cause, found.until


def alarm(facts: Facts, minutes: float, patience: Patience = PATIENCE) -> Outlook:
    return judge(facts, patience, at(minutes))


def test_t1_what_was_just_told_waits_for_its_two_quiet_minutes() -> None:
    assert waits(facts(), 1) == (WaitsOn.QUIET, at(2))


def test_what_is_due_for_more_than_a_minute_while_nobody_looks_is_an_alarm_and_not_before() -> None:
    assert not alarm(facts(), 3).alarm
    found = alarm(facts(heap(records=3)), 3.1)
    assert (found.stuck, found.stuck_since, found.sides[Side.ONCORD].cause) == (3, at(2), WaitsOn.NOTHING)


def test_t1_changes_of_either_side_keep_one_another_waiting_for_ten_minutes_at_the_most() -> None:
    other = heap(2.5, side=Side.QUICKBOOKS)
    assert waits(facts(heap(), other), 4) == (WaitsOn.QUIET, at(4.5))
    assert not alarm(facts(heap(), other), 4).alarm
    late = heap(9.5, side=Side.QUICKBOOKS)
    assert waits(facts(heap(), late), 9.9) == (WaitsOn.QUIET, at(10))
    assert alarm(facts(heap(), late), 11.1).stuck == 2


def test_a_run_starts_the_longest_wait_anew() -> None:
    told_again = facts(heap(0, 11), began_at=at(5))
    assert waits(told_again, 12) == (WaitsOn.QUIET, at(13))


@pytest.mark.parametrize(
    ("members", "cause"),
    [
        ({"state": "not_connected"}, WaitsOn.CONFIGURATION),
        ({"state": "needs_configuration"}, WaitsOn.CONFIGURATION),
        ({"state": "reconnect_required"}, WaitsOn.CONSENT),
        ({"state": "blocked"}, WaitsOn.BLOCKED),
        ({"synchronised": False}, WaitsOn.FIRST_RUN),
        ({"auto_sync": False}, WaitsOn.PAUSED),
    ],
)
def test_t3_t4_what_only_a_person_can_start_is_named_and_no_alarm(members: dict[str, Any], cause: WaitsOn) -> None:
    stopped = facts(**members)
    assert waits(stopped, 60) == (cause, None)
    assert not alarm(stopped, 60).alarm


def test_a_blocked_connection_waits_for_its_probe_and_one_that_nobody_probes_is_an_alarm() -> None:
    blocked = facts(state="blocked", probe_at=at(720))
    assert waits(blocked, 60) == (WaitsOn.BLOCKED, at(720))
    assert not alarm(blocked, 721).alarm
    assert alarm(blocked, 721.5).stuck == 1


def test_t3_a_run_that_a_person_asked_for_and_that_nobody_begins_is_an_alarm() -> None:
    asked = facts(auto_sync=False, asked_at=at(30))
    assert not alarm(asked, 31).alarm
    assert alarm(asked, 31.5).stuck_since == at(30)


@pytest.mark.parametrize(("sort", "cause"), [("later", WaitsOn.LATER), ("echo", WaitsOn.ECHO)])
def test_what_has_a_moment_of_its_own_waits_for_it_and_no_longer(sort: Any, cause: WaitsOn) -> None:
    put_off = facts(heap(sort=sort, at=at(17)))
    assert waits(put_off, 10) == (cause, at(17))
    assert not alarm(put_off, 18).alarm
    assert alarm(put_off, 18.1).stuck_since == at(17)


@pytest.mark.parametrize(
    ("waiting", "minutes", "behind"),
    [
        (facts(auto_sync=False), 0, 1),
        (facts(heap(records=2), heap(5, side=Side.QUICKBOOKS), auto_sync=False), 9, 3),
        (facts(auto_sync=False, asked_at=at(1)), 1.5, 1),
        (facts(heap(sort="echo", at=at(15)), auto_sync=False), 60, 0),
        (facts(heap(sort="aside"), auto_sync=False), 60, 0),
        (facts(heap(sort="later", at=at(17)), auto_sync=False), 16, 0),
        (facts(heap(sort="later", at=at(17)), auto_sync=False), 18, 1),
        (facts(), 2, 0),
        (facts(), 3, 0),
        (facts(), 3.1, 1),
        (facts(busy_until=at(40)), 20, 0),
        (facts(busy_until=at(40)), 20.1, 1),
        (facts(woken=True), 20, 0),
        (facts(woken=True), 20.1, 1),
        (facts(heap(sort="later", at=at(60))), 59, 0),
        (facts(heap(sort="echo", at=at(15))), 14, 0),
    ],
)
def test_what_a_person_has_to_let_go_or_what_is_late_is_behind_and_nothing_else(
    waiting: Facts, minutes: float, behind: int
) -> None:
    found = judge(waiting, PATIENCE, at(minutes))
    assert found.behind == behind
    assert (found.behind_since is not None) is bool(behind)


def test_what_was_laid_aside_is_never_due() -> None:
    found = alarm(facts(heap(sort="aside", records=4)), 600)
    assert (found.alarm, found.sides[Side.ONCORD].records, found.sides[Side.ONCORD].aside) == (False, 0, 4)


def test_a_lease_explains_a_wait_for_as_long_as_it_lasts_and_a_minute_longer() -> None:
    held = facts(busy_until=at(20))
    assert waits(held, 19) == (WaitsOn.RUN, at(20))
    assert not alarm(held, 20.9).alarm
    assert alarm(held, 21.1).stuck == 1


def test_a_wake_up_in_redis_explains_a_wait_while_a_worker_lives() -> None:
    assert waits(facts(woken=True), 30) == (WaitsOn.WORKER, None)
    assert alarm(facts(woken=False), 30).stuck == 1


@pytest.mark.parametrize(("failures", "pause"), [(1, 5), (4, 5), (6, 16), (7, 32), (9, 60), (30, 60)])
def test_after_failures_the_next_run_begins_later_and_later_but_within_the_hour(failures: int, pause: float) -> None:
    failed = facts(failures=failures, failed_at=at(2))
    assert waits(failed, 3) == (WaitsOn.FAILURE, at(2 + pause))
    assert not alarm(failed, 3 + pause).alarm
    assert alarm(failed, 3.1 + pause).stuck == 1


@pytest.mark.parametrize(("pace", "minutes"), [(Pace.HOURLY, 50), (Pace.IDLE_ONLY, 1430)])
def test_what_quickbooks_may_not_be_read_for_yet_waits_for_the_allowance(pace: Pace, minutes: float) -> None:
    patience = replace(PATIENCE, pace=pace)
    unread = facts(heap(side=Side.QUICKBOOKS, sort="unread"), heap(sort="due"), books_read_until=at(-10))
    assert waits(unread, 2, patience, Side.QUICKBOOKS) == (WaitsOn.ALLOWANCE, at(minutes))
    assert waits(unread, 2, patience) == (WaitsOn.QUIET, at(2))
    only = replace(unread, heaps=unread.heaps[:1])
    assert not alarm(only, minutes + 1, patience).alarm
    assert alarm(only, minutes + 1.1, patience).stuck == 1


def test_reads_that_are_spent_are_waited_for_until_the_next_month() -> None:
    unread = facts(heap(side=Side.QUICKBOOKS, sort="unread"), books_read_until=at(-10))
    spent = replace(PATIENCE, pace=Pace.SPENT)

    assert waits(unread, 2, spent, Side.QUICKBOOKS) == (WaitsOn.ALLOWANCE, next_month(TWO))
    assert not alarm(unread, 24 * 60, spent).alarm


@pytest.mark.parametrize(
    ("pace", "hours"), [(Pace.FREE, 12), (Pace.HOURLY, 12), (Pace.IDLE_ONLY, 24), (Pace.SPENT, 31 * 24)]
)
def test_t2_what_is_overdue_of_quickbooks_follows_from_the_pace_of_the_month(pace: Pace, hours: int) -> None:
    patience = replace(PATIENCE, pace=pace)
    read = Facts("con", state="ready", downloaded_at=at(hours * 60), books_downloaded_at=TWO)

    assert not alarm(read, hours * 60 + 14, patience).alarm
    assert alarm(read, hours * 60 * (1 + 1 / 144) + 16, patience).unread_since == TWO + timedelta(hours=hours) * (
        1 + 1 / 144
    )


def test_t2_a_download_that_nobody_makes_is_an_alarm_with_or_without_anything_that_waits() -> None:
    read = Facts("con", state="ready", downloaded_at=TWO)
    assert not alarm(read, 12 * 60 + 19).alarm
    assert alarm(read, 12 * 60 + 21).unread_since == at(12 * 60 + 5)
    for stopped in ({"auto_sync": False}, {"state": "reconnect_required"}, {"woken": True}):
        assert not alarm(replace(read, **stopped), 12 * 60 + 21).alarm


def test_each_cause_has_its_words() -> None:
    assert set(WORDS) == set(WaitsOn)
