"""What is refused again and again is counted, whatever becomes of writing it down, and counting it costs the same however much there is."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from app.domain.model.actor import Actor
from app.services import permits, refusals
from app.services.permits import ACCESS, record_refusal, write_repeated
from app.services.ports import ServiceContainer
from app.services.refusals import MOST, NAMED, Refusals, Refused
from tests.support.app import Service

AT = datetime(2026, 11, 22, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
JANE = Actor("Jane", "viewer")


def refused(about: str = "GET /", *, who: Actor = JANE, asked_for: str = "") -> Refused:
    return Refused("con_1", who, ACCESS, about, asked_for)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What is written down; whatever is about "never" is not, for the database is away."""
    rows: list[tuple[str, Any]] = []

    async def write(_: ServiceContainer, what: Refused, detail: Mapping[str, Any]) -> None:
        if what.about == "never":
            raise psycopg.OperationalError
        rows.append((what.about, detail.get("more_within_a_minute")))

    monkeypatch.setattr(permits, "_write", write)
    return rows


async def refuse(service: Service, about: str, times: int) -> None:
    for _ in range(times):
        await record_refusal(service.container, JANE, "con_1", ACCESS, {"address": about})


async def test_what_could_not_be_written_down_is_the_next_time(
    service: Service, written: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for about in ("one", "two", "three"):
        await refuse(service, about, 4)
    service.clock.advance(minutes=1)
    working = permits._write

    async def away(*_: Any) -> None:
        raise psycopg.OperationalError

    written.clear()
    monkeypatch.setattr(permits, "_write", away)
    for _ in range(2):
        with pytest.raises(psycopg.OperationalError):
            await write_repeated(service.container)
    monkeypatch.setattr(permits, "_write", working)
    await write_repeated(service.container)
    await write_repeated(service.container)

    assert written == [("one", 3), ("two", 3), ("three", 3)]


async def test_a_first_one_that_could_not_be_written_down_is_counted(
    service: Service, written: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(psycopg.OperationalError):
        await refuse(service, "never", 1)
    assert container_counts(service) == {"never": 1}


def container_counts(service: Service) -> dict[str, int]:
    return {each.about: more for each, more in service.container.refusals.over(service.clock.now() + MINUTE)}


async def test_one_that_cannot_be_written_down_keeps_none_from_the_others_count(
    service: Service, written: list[tuple[str, Any]]
) -> None:
    await refuse(service, "one", 3)
    counted = service.container.refusals
    counted.keep([(refused("never"), 5)])
    service.clock.advance(minutes=1)

    with pytest.raises(psycopg.OperationalError):
        await write_repeated(service.container)

    assert written == [("one", None)]
    assert container_counts(service) == {"never": 5, "one": 2}


def test_what_makes_room_for_others_keeps_its_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "MOST", 3)
    counted = Refusals()
    for number in range(6):
        for _ in range(3):
            counted.first(refused(f"GET /{number}"), AT)

    assert dict(counted.over(AT + MINUTE)) == {refused(f"GET /{number}"): 2 for number in range(6)}
    assert counted.over(AT + MINUTE) == []


def test_what_begins_anew_keeps_the_count_of_the_minute_before() -> None:
    counted = Refusals()
    for _ in range(3):
        counted.first(refused(), AT)
    counted.first(refused(), AT + MINUTE)

    assert counted.over(AT + MINUTE) == [(refused(), 2)]


def test_of_what_waits_to_be_written_there_is_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "MOST", 3)
    counted = Refusals()

    counted.keep((refused(asked_for=f"con_{number}"), 2) for number in range(10))

    waiting = dict(counted.over(AT))
    assert sum(waiting.values()) == 20
    assert len(waiting) == 4


def test_a_caller_names_ten_of_others_however_many_callers_there_are() -> None:
    counted = Refusals()
    for round_of in range(2):
        now = AT + round_of * MINUTE
        counted.over(now)
        for who in (JANE, Actor("Joe", "viewer")):
            named = [counted.first(refused(who=who, asked_for=f"con_{number}"), now) for number in range(NAMED + 5)]
            assert [each.asked_for for each in named if each] == [*(f"con_{number}" for number in range(NAMED)), ""]


def test_counting_looks_at_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    counted, looked = Refusals(), 0
    for number in range(MOST):
        counted.first(refused(who=Actor(f"key {number}", "key"), asked_for="con_2"), AT)

    class Watched(dict[Any, Any]):
        def __iter__(self) -> Any:
            nonlocal looked
            for each in super().__iter__():
                looked += 1
                yield each

        def items(self) -> Any:
            nonlocal looked
            for each in super().items():
                looked += 1
                yield each

    counted._counted = Watched(counted._counted)
    counted.first(refused(asked_for="con_3"), AT)
    counted.over(AT)

    assert looked <= 2
