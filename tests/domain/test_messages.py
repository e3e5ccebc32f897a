"""What is told of a connection: each change once, none that flaps, all that lasts; in words that say what to do."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.messages.changes import TELLING, News, Remembered, Telling, changes
from app.domain.messages.topics import CHOOSABLE, CONDITIONS, Matter, Phase, Standing, Topic
from app.domain.messages.weekly import is_due, last_monday
from app.domain.messages.words import Week, in_words, summary_in_words, when_told

START = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
SYDNEY = ZoneInfo("Australia/Sydney")
SWEEP = timedelta(seconds=30)


def standing(*keys: str, **more: object) -> Standing:
    return Standing(tuple(Matter(key, f"line of {key}") for key in keys or ("",)), count=len(keys) or 1, **more)  # type: ignore[arg-type]


@dataclass
class Watch:
    """Looks at a connection every so often, and notes what was told when."""

    now: datetime = START
    memory: frozenset[Remembered] = frozenset()
    news: list[tuple[datetime, News]] = field(default_factory=list)

    def look(self, standings: dict[Topic, Standing], after: timedelta = SWEEP) -> tuple[News, ...]:
        self.now += after
        told = changes(standings, self.memory, self.now)
        self.memory = told.memory
        self.news += [(self.now, each) for each in told.news]
        return told.news

    def during(self, standings: dict[Topic, Standing], span: timedelta) -> list[tuple[Topic, Phase]]:
        end, found = self.now + span, []
        while self.now < end:
            found += [(each.topic, each.phase) for each in self.look(standings)]
        return found


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


GATHERED = {Topic.UNEXPLAINED: minutes(60), Topic.HELD: minutes(60), Topic.WAITING: timedelta(days=1)}


def test_a_lost_grant_is_told_at_once_and_once_and_its_end_once() -> None:
    watch = Watch()

    assert watch.during({Topic.RECONNECT: standing()}, SWEEP) == [(Topic.RECONNECT, Phase.BEGUN)]
    assert watch.during({Topic.RECONNECT: standing()}, timedelta(hours=9)) == []
    assert watch.during({}, timedelta(hours=9)) == [(Topic.RECONNECT, Phase.ENDED)]


@pytest.mark.parametrize("topic", [topic for topic in CONDITIONS if topic is not Topic.RECONNECT])
def test_what_lasts_less_than_five_minutes_is_told_by_nobody(topic: Topic) -> None:
    watch = Watch()

    assert watch.during({topic: standing()}, minutes(4.5)) == []
    assert watch.during({}, minutes(1)) == []
    assert watch.during({topic: standing()}, minutes(4.5)) == []
    assert watch.during({topic: standing()}, minutes(1)) == [(topic, Phase.BEGUN)]


def test_when_each_thing_is_told_is_said_as_it_is_decided() -> None:
    said = {topic: str(when_told(topic)) for topic in CHOOSABLE}

    assert said[Topic.RECONNECT] == "At once. Its end: 5 minutes after it is over."
    assert said[Topic.BLOCKED] == (
        "Once that has been so for 5 minutes. More of it: another reason in the same way. Its end: 5 minutes after it is over."
    )
    assert said[Topic.STUCK] == "Once that has been so for 5 minutes. Its end: 5 minutes after it is over."
    assert said[Topic.HELD] == (
        "Once that has been so for 5 minutes. More of it: together, an hour after the last word about it at the earliest."
        " Its end: 5 minutes after it is over."
    )
    assert "a day after the last word" in said[Topic.WAITING]
    assert said[Topic.SUMMARY] == "On Mondays at 08:00 by the shop's clock."


@pytest.mark.parametrize("topic", CONDITIONS)
def test_another_entry_in_the_table_changes_what_is_told_and_what_is_said(
    topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TELLING, topic, Telling(lasts=timedelta(hours=2), away=timedelta(days=2)))  # type: ignore[arg-type]
    watch = Watch()

    assert watch.during({topic: standing()}, timedelta(minutes=119)) == []
    assert watch.during({topic: standing()}, timedelta(minutes=2)) == [(topic, Phase.BEGUN)]
    assert watch.during({}, timedelta(hours=47)) == []
    assert str(when_told(topic)) == "Once that has been so for 2 hours. Its end: 2 days after it is over."


def test_what_was_told_and_is_away_for_a_moment_has_not_ended() -> None:
    watch = Watch()
    watch.during({Topic.BLOCKED: standing()}, minutes(10))

    assert watch.during({}, minutes(4.5)) == []
    assert watch.during({Topic.BLOCKED: standing()}, minutes(60)) == []
    assert watch.during({}, minutes(6)) == [(Topic.BLOCKED, Phase.ENDED)]


def test_more_questions_that_wait_are_told_a_day_after_the_last_word() -> None:
    watch = Watch()
    watch.during({Topic.WAITING: standing("a")}, minutes(10))
    both = {Topic.WAITING: standing("a", "b")}

    assert watch.during(both, timedelta(hours=23)) == []
    assert watch.during(both, timedelta(hours=2)) == [(Topic.WAITING, Phase.MORE)]
    assert watch.news[-1][1].keys == {"b"}
    assert watch.during({Topic.WAITING: standing("b")}, timedelta(days=2)) == []
    assert watch.during({}, minutes(10)) == [(Topic.WAITING, Phase.ENDED)]


def test_another_reason_for_being_blocked_is_told_as_well() -> None:
    watch = Watch()
    watch.during({Topic.BLOCKED: standing("renew_site_token")}, minutes(10))

    found = watch.during({Topic.BLOCKED: standing("correct_site_address")}, minutes(60))

    assert found == [(Topic.BLOCKED, Phase.MORE)]


KEYS = st.sets(st.sampled_from("abc"), max_size=3)
STEPS = st.lists(
    st.tuples(st.dictionaries(st.sampled_from(CONDITIONS), KEYS, max_size=3), st.integers(0, 400)), max_size=40
)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_whatever_happens_each_change_is_told_once_and_nothing_flaps(
    steps: list[tuple[dict[Topic, set[str]], int]],
) -> None:
    watch = Watch()
    since: dict[tuple[Topic, str], datetime] = {}
    for present, halves in steps:
        standings = {topic: standing(*sorted(keys)) for topic, keys in present.items() if keys}
        moment = watch.now + SWEEP * (halves + 1)
        now_there = {(topic, key) for topic, each in standings.items() for key in each.keys}
        since = {each: since.get(each, moment) for each in now_there}
        for news in watch.look(standings, SWEEP * (halves + 1)):
            if news.phase is Phase.ENDED:
                assert news.topic not in standings
                continue
            for key in news.keys:
                lasted = moment - since[news.topic, key]
                assert lasted >= (timedelta(0) if news.topic is Topic.RECONNECT else minutes(5))
    for topic in CONDITIONS:
        said = [(at, news) for at, news in watch.news if news.topic is topic]
        phases = [news.phase for _, news in said]
        for before, after in zip([Phase.ENDED, *phases], phases, strict=False):
            assert (after is Phase.BEGUN) == (before is Phase.ENDED), phases
        for (one, _), (other, news) in pairwise(said):
            if news.phase is Phase.MORE:
                assert other - one >= GATHERED.get(topic, timedelta(0))


@settings(max_examples=60, deadline=None)
@given(STEPS, st.dictionaries(st.sampled_from(CONDITIONS), KEYS, max_size=4))
def test_in_the_end_what_is_so_has_been_told_and_then_there_is_silence(
    steps: list[tuple[dict[Topic, set[str]], int]], last: dict[Topic, set[str]]
) -> None:
    watch = Watch()
    for present, halves in steps:
        watch.look({t: standing(*sorted(k)) for t, k in present.items() if k}, SWEEP * (halves + 1))
    final = {t: standing(*sorted(k)) for t, k in last.items() if k}
    for _ in range(4):
        watch.look(final, timedelta(hours=25))

    said = {topic: [n.phase for _, n in watch.news if n.topic is topic] for topic in CONDITIONS}
    for topic in CONDITIONS:
        is_told = bool(said[topic]) and said[topic][-1] is not Phase.ENDED
        assert is_told == (topic in final)
    assert {(m.topic, m.key) for m in watch.memory} == {(t, key) for t, each in final.items() for key in each.keys}
    assert all(m.told_at is not None and m.gone_since is None for m in watch.memory)
    assert watch.during(final, minutes(10)) == []


def test_a_message_names_what_it_is_about_and_says_what_to_do() -> None:
    lines = tuple(Matter(str(n), f"Invoice {n}, Ada Byron (22 Nov 2026, 44.00 AUD)") for n in range(12))
    standings = {Topic.WAITING: Standing(lines, count=5000)}

    words = in_words(News(Topic.WAITING, Phase.BEGUN, standings[Topic.WAITING].keys, START), standings, SYDNEY)

    assert words.title == "12 questions have waited for a day"
    assert words.lines[0] == "Invoice 0, Ada Byron (22 Nov 2026, 44.00 AUD)"
    assert words.lines[-1] == "and 2 more"
    assert "5000" in words.summary
    assert words.advice


@pytest.mark.parametrize("topic", CONDITIONS)
def test_every_beginning_says_what_to_do_and_every_end_is_said(topic: Topic) -> None:
    standings = {topic: standing("a", reason="The token was refused.", since=START)}

    begun = in_words(News(topic, Phase.BEGUN, frozenset("a"), START), standings, SYDNEY)
    ended = in_words(News(topic, Phase.ENDED, frozenset("a"), START), {}, SYDNEY)

    assert begun.title
    assert begun.summary.endswith(".")
    assert begun.advice.endswith((".", "!"))
    assert ended.title
    assert ended.title != begun.title


def test_what_is_stuck_says_since_when_by_the_clock_on_the_wall() -> None:
    words = in_words(
        News(Topic.STUCK, Phase.BEGUN, frozenset({""}), START), {Topic.STUCK: Standing(count=7, since=START)}, SYDNEY
    )

    assert "7 changes are due since 22 Nov 2026, 12:00 AEDT" in words.summary


def test_the_summary_is_due_on_mondays_at_eight_where_the_site_is() -> None:
    monday = datetime(2026, 11, 23, 8, 0, tzinfo=SYDNEY)

    assert last_monday(monday, SYDNEY) == monday
    assert last_monday(monday - SWEEP, SYDNEY) == monday - timedelta(days=7)
    assert not is_due(monday - timedelta(days=3), monday - SWEEP, SYDNEY)
    assert is_due(monday - timedelta(days=3), monday, SYDNEY)
    assert not is_due(monday, monday + timedelta(days=6), SYDNEY)


def test_the_week_in_which_clocks_change_has_one_summary() -> None:
    told, count = datetime(2026, 3, 30, 8, 0, tzinfo=SYDNEY).astimezone(UTC), 0
    now, end = told, told + timedelta(days=14, hours=2)
    while now < end:
        now += timedelta(minutes=30)
        if is_due(told, now, SYDNEY):
            told, count = now, count + 1

    assert count == 2


def test_a_quiet_week_says_so_and_asks_for_nothing() -> None:
    week = Week(START, START + timedelta(days=7), (), "Both sides agree", 0, 0)

    words = summary_in_words(week, SYDNEY)

    assert words.title == "The week from 22 Nov to 29 Nov"
    assert words.summary == "Both sides agree. No question is open."
    assert words.lines == ("Nothing had to go over.",)
    assert words.advice == ""
