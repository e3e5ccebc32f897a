"""Which changes of a connection are told: each once, none that flaps.

A matter is told of once it has been there for a while without a break, and is over once it has been away for one; for how long
stands in `TELLING`, which pages and the API's document say in words. What is told of a topic is therefore always: it began, there is
more of it, ..., it has ended. Pure: nothing here knows a clock.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.messages.topics import CONDITIONS, Phase, Standings, Topic


@dataclass(frozen=True, slots=True)
class Telling:
    """When a topic is told of: once it has been so for `lasts`; more of the same together, `gathered` after the last word about it
    at the earliest (zero: another reason at once; None: there is never more of it); and that it is over once it has been away for `away`."""

    lasts: timedelta = timedelta(minutes=5)
    gathered: timedelta | None = None
    away: timedelta = timedelta(minutes=5)


TELLING: Mapping[Topic, Telling] = {
    Topic.RECONNECT: Telling(lasts=timedelta(0)),
    Topic.BLOCKED: Telling(gathered=timedelta(0)),
    Topic.UNEXPLAINED: Telling(gathered=timedelta(hours=1)),
    Topic.STUCK: Telling(),
    Topic.HELD: Telling(gathered=timedelta(hours=1)),
    Topic.WAITING: Telling(gathered=timedelta(days=1)),
}
"""When each condition is told of."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A matter as it was last seen: there since `since`; told of at `told_at` (None: not yet); away since `gone_since`."""

    topic: Topic
    key: str
    since: datetime
    told_at: datetime | None = None
    gone_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class News:
    """Something to tell: of these matters, or, where it has ended, of all that there were. `since`: when it began."""

    topic: Topic
    phase: Phase
    keys: frozenset[str]
    since: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be told now, and what is to be remembered from now on in place of all that was."""

    news: tuple[News, ...]
    memory: frozenset[Remembered]


def changes(standings: Standings, memory: Collection[Remembered], now: datetime) -> Told:
    """What to tell of a connection at a moment, from what is the case and what is remembered of it."""
    told = [_of_topic(topic, standings, [each for each in memory if each.topic is topic], now) for topic in CONDITIONS]
    return Told(tuple(news for each in told for news in each.news), frozenset().union(*(each.memory for each in told)))


def _of_topic(topic: Topic, standings: Standings, memory: Collection[Remembered], now: datetime) -> Told:
    keys = standings[topic].keys if topic in standings else frozenset()
    seen = frozenset(_seen(topic, keys, memory, now))
    there = {each for each in seen if each.gone_since is None}
    fresh = {each for each in there if each.told_at is None and now - each.since >= TELLING[topic].lasts}
    known = seen - {each for each in there if each.told_at is None}
    if fresh and not _too_soon(topic, known, now):
        return _begun(topic, seen, fresh, known, now)
    if known and not there and all(_is_over(each, now) for each in known):
        began = min(each.since for each in known)
        return Told((News(topic, Phase.ENDED, frozenset(each.key for each in known), began),), frozenset())
    return Told((), seen - _done_beside_others(known, now))


def _seen(topic: Topic, keys: frozenset[str], memory: Collection[Remembered], now: datetime) -> Iterator[Remembered]:
    """What is remembered, with what is there and away at this moment. What went before anybody was told of it is forgotten."""
    for each in memory:
        if each.key in keys:
            yield replace(each, gone_since=None)
        elif each.told_at is not None:
            yield replace(each, gone_since=each.gone_since or now)
    for key in keys - {each.key for each in memory}:
        yield Remembered(topic, key, now)


def _begun(
    topic: Topic, seen: frozenset[Remembered], fresh: set[Remembered], known: frozenset[Remembered], now: datetime
) -> Told:
    phase = Phase.MORE if known else Phase.BEGUN
    news = News(topic, phase, frozenset(each.key for each in fresh), min(each.since for each in fresh))
    memory = (seen - fresh) | {replace(each, told_at=now) for each in fresh}
    over = {each for each in known if _is_over(each, now)}
    return Told((news,), memory - over)


def _done_beside_others(known: frozenset[Remembered], now: datetime) -> set[Remembered]:
    """Matters that are over while others that were told of are not: the topic goes on, and nothing is said."""
    stay = {each for each in known if each.gone_since is None}
    return {each for each in known if _is_over(each, now)} if stay else set()


def _is_over(each: Remembered, now: datetime) -> bool:
    return each.gone_since is not None and now - each.gone_since >= TELLING[each.topic].away


def _too_soon(topic: Topic, known: frozenset[Remembered], now: datetime) -> bool:
    last = max((each.told_at for each in known if each.told_at is not None), default=None)
    return last is not None and now - last < (TELLING[topic].gathered or timedelta(0))
