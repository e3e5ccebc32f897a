"""Each sender has its part of a commit, of what is taken apart and of what waits, whatever another one posts."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg
import pytest

from app.api import event_intake, event_turns
from app.api.event_turns import EventTurns
from app.errors import Unavailable
from app.storage.changes import intake
from app.storage.database import Transaction
from tests.support.intake import SITE, Door, a_ready_connection, cloud_event, sale


class Commits:
    """What each commit of the intake held: how many events of whom."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.all: list[dict[str, int]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.fail = 0
        self._real = intake.accept
        monkeypatch.setattr(intake, "accept", self._accept)
        monkeypatch.setattr(event_intake, "PATIENCE_SECONDS", 60)

    async def _accept(self, connection: Transaction, arrivals: Sequence[Any], now: datetime) -> Any:
        counts: dict[str, int] = {}
        for arrival in arrivals:
            counts[arrival.connection_id] = counts.get(arrival.connection_id, 0) + 1
        self.all.append(counts)
        await self.gate.wait()
        if len(self.all) == self.fail:
            raise psycopg.errors.AdminShutdown("gone")
        return await self._real(connection, arrivals, now)


async def test_a_large_post_is_stored_by_several_commits_and_answered_after_the_last(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = Commits(monkeypatch)

    assert (await door.oncord(*(sale(number) for number in range(1300)))).status_code == 200

    assert [counts[SITE] for counts in commits.all] == [600, 600, 100]
    [count] = await door.rows("SELECT count(*) AS n FROM event WHERE status = 'accepted'")
    assert count["n"] == 1300
    assert len(door.waker.wakes) == 1


@pytest.mark.parametrize("events", [1, 599, 600, 601])
async def test_around_the_size_of_a_part_nothing_is_lost_or_doubled(door: Door, events: int) -> None:
    assert (await door.oncord(*(sale(number) for number in range(events)))).status_code == 200

    [count] = await door.rows("SELECT count(*) AS n, count(DISTINCT event_key) AS keys FROM event")
    assert (count["n"], count["keys"]) == (events, events)


async def test_an_event_of_another_shop_is_in_the_next_commit_whatever_waits(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_ready_connection(door.runtime, "con_other", "2")
    for connection_id in (SITE, "con_other"):
        await door.oncord(sale(1), connection_id=connection_id)
    commits = Commits(monkeypatch)
    commits.gate.clear()
    large = [asyncio.ensure_future(door.oncord(*(sale(n) for n in range(1500)))) for _ in range(6)]
    await until(lambda: len(commits.all) == event_intake.COMMITS_AT_ONCE)
    single = asyncio.ensure_future(door.oncord(sale(7), connection_id="con_other"))
    await until(lambda: "con_other" in door.app.state.event_intake._waiting)
    commits.gate.set()

    assert (await single).status_code == 200
    assert next(number for number, counts in enumerate(commits.all) if "con_other" in counts) <= 2
    assert {answer.status_code for answer in await asyncio.gather(*large)} == {200}
    assert max(counts.get(SITE, 0) for counts in commits.all) <= 600


async def test_what_was_stored_before_a_failure_is_known_again_and_the_rest_follows(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = Commits(monkeypatch)
    monkeypatch.setattr(event_intake, "BROKEN_CONNECTIONS", 0)
    commits.fail = 2
    changes = [sale(number) for number in range(1300)]

    assert (await door.oncord(*changes, message_id="msg_large")).status_code == 503
    assert (await door.oncord(*changes, message_id="msg_large")).status_code == 200

    rows = await door.rows("SELECT generation, count(*) AS n FROM pending_change GROUP BY 1")
    assert rows == [{"generation": 1, "n": 1300}]


async def test_one_sender_with_too_many_requests_is_turned_away_and_another_is_not(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_ready_connection(door.runtime, "con_other", "2")
    for connection_id in (SITE, "con_other"):
        await door.oncord(sale(1), connection_id=connection_id)
    monkeypatch.setattr(event_intake, "REQUESTS_OF_A_SENDER", 3)
    monkeypatch.setattr(event_intake, "COMMITS_AT_ONCE", 1)
    commits = Commits(monkeypatch)
    commits.gate.clear()
    many = []
    for number in range(8):
        many.append(asyncio.ensure_future(door.oncord(sale(number))))
        await until(lambda: bool(commits.all))
    await until(lambda: sum(task.done() for task in many) == 4)
    other = asyncio.ensure_future(door.oncord(sale(1), connection_id="con_other"))
    await until(lambda: "con_other" in door.app.state.event_intake._waiting)
    commits.gate.set()

    statuses = [answer.status_code for answer in await asyncio.gather(*many)]
    assert (await other).status_code == 200
    assert statuses.count(200) == 4
    assert statuses.count(503) == 4


async def test_beside_a_commit_that_waits_for_the_disk_the_next_one_begins_once_as_many_wait(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await door.oncord(sale(0))).status_code == 200
    commits = Commits(monkeypatch)
    commits.gate.clear()
    posts = [asyncio.ensure_future(door.oncord(sale(1), sale(2)))]
    await until(lambda: len(commits.all) == 1)
    posts.append(asyncio.ensure_future(door.oncord(sale(3))))
    await until(lambda: len(commits.all) == 2)
    for number in range(4, 9):
        posts.append(asyncio.ensure_future(door.oncord(sale(number))))
    await until(lambda: len(door.app.state.event_intake._waiting.get(SITE, ())) == 5)
    commits.gate.set()

    assert {answer.status_code for answer in await asyncio.gather(*posts)} == {200}
    assert [counts[SITE] for counts in commits.all] == [2, 1, 5]
    [count] = await door.rows("SELECT count(*) AS n FROM pending_change")
    assert count["n"] == 9


async def test_two_commits_about_the_same_records_store_each_event_once(door: Door) -> None:
    for attempt in range(5):
        changes = [sale(number) for number in range(40)]
        posts = [door.oncord(*changes, message_id=f"msg_{attempt}_{post % 6}") for post in range(12)]
        posts += [door.quickbooks([cloud_event(f"e{attempt}_{n}", str(n)) for n in range(9)]) for _ in range(6)]
        answers = await asyncio.gather(*posts)
        assert {answer.status_code for answer in answers} == {200}

    rows = await door.rows("SELECT sender, count(*) AS n FROM event WHERE status = 'accepted' GROUP BY 1 ORDER BY 1")
    assert [tuple(row.values()) for row in rows] == [("oncord", 5 * 6 * 40), ("quickbooks", 5 * 9)]
    rows = await door.rows("SELECT side, count(*) AS n FROM pending_change WHERE generation >= 5 GROUP BY 1 ORDER BY 1")
    assert [tuple(row.values()) for row in rows] == [("oncord", 40), ("quickbooks", 9)]


async def test_what_one_sender_has_taken_apart_is_bounded_and_the_others_have_their_turns() -> None:
    turns, order = EventTurns(), list[str]()
    size = event_turns.OF_A_SENDER // 2 + 1

    async def take(sender: str, seconds: float = 0.0) -> None:
        async with turns.turn(sender, size, 10 * size):
            order.append(sender)
            await asyncio.sleep(seconds)

    first = asyncio.ensure_future(take("greedy", 0.05))
    await asyncio.sleep(0)
    tasks = [asyncio.ensure_future(take(sender)) for sender in ("greedy", "greedy", "other", "third")]
    await asyncio.gather(first, *tasks)

    assert order == ["greedy", "other", "third", "greedy", "greedy"]


async def test_a_body_larger_than_all_shares_comes_in_once_nothing_else_is_taken_apart() -> None:
    turns, order = EventTurns(), list[str]()

    async def take(sender: str, size: int) -> None:
        async with turns.turn(sender, size, 100 * event_turns.AT_ONCE):
            order.append(sender)
            await asyncio.sleep(0)

    sizes = [("a", 1000), ("large", 2 * event_turns.AT_ONCE), ("b", 1000), ("c", 1000)]
    await asyncio.gather(*(take(sender, size) for sender, size in sizes))

    assert order == ["a", "large", "b", "c"]


async def test_whoever_gives_up_waiting_leaves_its_turn_to_the_next() -> None:
    turns, order = EventTurns(), list[str]()
    size = event_turns.OF_A_SENDER

    async def take(name: str, seconds: float = 0.0) -> None:
        async with turns.turn("x", size, 10 * size):
            order.append(name)
            await asyncio.sleep(seconds)

    tasks = [asyncio.ensure_future(take(name, seconds)) for name, seconds in (("1", 0.05), ("2", 0), ("3", 0))]
    await asyncio.sleep(0.01)
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert order == ["1", "3"]
    await asyncio.wait_for(take("4"), 5)


async def test_more_than_its_share_of_what_waits_is_turned_away_and_a_single_larger_body_is_not() -> None:
    turns = EventTurns()
    async with turns.turn("x", 900, 1000), turns.turn("y", 900, 1000), turns.turn("z", 5000, 1000):
        with pytest.raises(Unavailable):
            async with turns.turn("x", 200, 1000):
                pass
        async with turns.turn("x", 100, 1000):
            pass


async def test_look_ups_of_made_up_ids_share_their_statements(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    real = intake.sealed_secrets

    async def counting(tx: Transaction, ids: Sequence[str]) -> Any:
        asked.append(list(ids))
        return await real(tx, ids)

    monkeypatch.setattr(intake, "sealed_secrets", counting)

    answers = await asyncio.gather(*(door.oncord(sale(1), connection_id=f"con_{number}") for number in range(300)))

    assert {answer.status_code for answer in answers} == {404}
    assert len({one for ids in asked for one in ids}) == 300
    assert len(asked) <= 10
    assert (await door.oncord(sale(1))).status_code == 200


async def test_forged_signatures_at_one_address_share_look_ups_too(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await door.oncord(sale(1))).status_code == 200
    asked: list[list[str]] = []
    real = intake.sealed_secrets

    async def counting(tx: Transaction, ids: Sequence[str]) -> Any:
        asked.append(list(ids))
        return await real(tx, ids)

    monkeypatch.setattr(intake, "sealed_secrets", counting)
    forged = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"

    answers = await asyncio.gather(*(door.oncord(sale(1), secret=forged) for _ in range(200)))

    assert {answer.status_code for answer in answers} == {401}
    assert len(asked) <= 10
    assert (await door.oncord(sale(2))).status_code == 200


async def test_secrets_that_cannot_be_opened_fail_their_own_address_alone(door: Door) -> None:
    await a_ready_connection(door.runtime, "con_sealed_otherwise", "3", oncord_secrets=("v1.gone.AAAA",))

    bad, good = await asyncio.gather(door.oncord(sale(1), connection_id="con_sealed_otherwise"), door.oncord(sale(1)))

    assert good.status_code == 200
    assert bad.status_code >= 500


async def test_intuits_large_posts_leave_room_for_a_site(door: Door) -> None:
    events = [cloud_event(f"e{number}", str(number)) for number in range(1500)]

    answers = await asyncio.gather(door.quickbooks(events), door.oncord(sale(1)), door.quickbooks(events))

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    [count] = await door.rows("SELECT count(*) AS n FROM event")
    assert count["n"] == 1501


async def until(true: Any) -> None:
    """Wait for something that comes by itself."""
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - a test's condition sets no event
            await asyncio.sleep(0.005)
