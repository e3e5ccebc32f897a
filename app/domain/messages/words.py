"""Messages in words: what happened, to what (document, person, date, money), and what to do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from app.domain.messages.changes import TELLING, News
from app.domain.messages.topics import Matter, Phase, Standing, Standings, Topic
from app.domain.messages.weekly import AT

NAMED = 10
"""So many matters are named in one message; of the others it is said how many there are."""


@dataclass(frozen=True, slots=True)
class Words:
    """A message: a title for a subject line, a sentence or two, what it is about line by line, and what to do ("": nothing)."""

    title: str
    summary: str
    lines: tuple[str, ...] = ()
    advice: str = ""


_ENDED: Mapping[Topic, tuple[str, str]] = {
    Topic.RECONNECT: (
        "QuickBooks is connected again",
        "Synchronising goes on, and what changed meanwhile goes over now.",
    ),
    Topic.BLOCKED: (
        "Synchronising goes on again",
        "What stopped it is out of the way, and what changed meanwhile goes over now.",
    ),
    Topic.UNEXPLAINED: (
        "Every difference has an explanation again",
        "The last comparison of both sides found no difference without a cause.",
    ),
    Topic.STUCK: ("What was waiting is being looked at again", "The worker is back, and nothing was lost."),
    Topic.HELD: ("No removals wait any more", "They were answered, or put back in Oncord."),
    Topic.WAITING: (
        "No question has waited for longer than a day any more",
        "All those that you were told of are settled.",
    ),
}
_CURES = {
    "connect_quickbooks": "Open the connection and press Reconnect to QuickBooks; the same company, and every pair stays.",
    "renew_site_token": "Open the connection and give a fresh Oncord token, from the connector's page in Oncord.",
    "correct_site_address": "Open the connection and correct the site's address.",
}
_UNTIL = "Nothing is lost: what changes meanwhile goes over afterwards."


def in_words(news: News, standings: Standings, zone: tzinfo) -> Words:
    """A change of a connection in words; moments by the clock of that zone."""
    if news.phase is Phase.ENDED:
        return Words(*_ENDED[news.topic])
    standing = standings[news.topic]
    matters = [matter for matter in standing.matters if matter.key in news.keys]
    return _BEGUN[news.topic](standing, matters, zone)


def _reconnect(standing: Standing, _matters: Sequence[Matter], _zone: tzinfo) -> Words:
    reason = standing.reason or "QuickBooks does not accept our permission any more."
    return Words(
        "QuickBooks has to be connected again",
        f"{reason} Nothing is synchronised until somebody connects it again. {_UNTIL}",
        advice=_CURES["connect_quickbooks"],
    )


def _blocked(standing: Standing, _matters: Sequence[Matter], _zone: tzinfo) -> Words:
    cure = _CURES.get(
        standing.remedy, "It is tried again by itself; open the connection to see what stands in the way."
    )
    reason = standing.reason or "Something stands in the way."
    return Words("Synchronising has stopped", f"{reason} {_UNTIL}", advice=cure)


def _unexplained(standing: Standing, matters: Sequence[Matter], _zone: tzinfo) -> Words:
    count = len(matters)
    title = "A difference has no explanation" if count == 1 else f"{count} differences have no explanation"
    return Words(
        title,
        "The last comparison of both sides found what nothing that we know of accounts for."
        + (f" Altogether there are {standing.count}." if standing.count > count else ""),
        _named(matters),
        "Look at each on both sides, and put right the one that is wrong. Where both are right, tell whoever runs this"
        " service: a difference without a cause is a fault of the service until the contrary is shown.",
    )


def _stuck(standing: Standing, _matters: Sequence[Matter], zone: tzinfo) -> Words:
    since = f" since {moment_in_words(standing.since, zone)}" if standing.since else ""
    what = f"{standing.count} changes are" if standing.count > 1 else "A change is"
    subject = f"{what} due{since}" if standing.count else f"Both sides should have been read again{since}"
    return Words(
        "Nobody looks at what waits",
        f"{subject}, and no worker is going to look. {_UNTIL}",
        advice="Press Synchronise. If nothing moves then, tell whoever runs this service that its worker has stopped.",
    )


def _held(standing: Standing, matters: Sequence[Matter], _zone: tzinfo) -> Words:
    return Words(
        "Removals wait for your yes",
        "So much was removed in Oncord at once that nothing is removed in QuickBooks before somebody has looked.",
        _named(matters),
        "Open the question: it lists what would be removed. Approve it, or put the records back in Oncord.",
    )


def _waiting(standing: Standing, matters: Sequence[Matter], _zone: tzinfo) -> Words:
    count = max(len(matters), 1)
    more = standing.count - len(matters)
    return Words(
        "A question has waited for a day" if count == 1 else f"{count} questions have waited for a day",
        "What they are about does not go over before somebody has answered."
        + (f" Altogether {standing.count} wait for longer than a day." if more > 0 else ""),
        _named(matters),
        "Open the list of work and answer what you can; questions of one kind can be answered together.",
    )


_BEGUN = {
    Topic.RECONNECT: _reconnect,
    Topic.BLOCKED: _blocked,
    Topic.UNEXPLAINED: _unexplained,
    Topic.STUCK: _stuck,
    Topic.HELD: _held,
    Topic.WAITING: _waiting,
}


@dataclass(frozen=True, slots=True)
class Week:
    """What happened to a connection in a week. `written`: what went over, each as a line ("12 invoices, 1,204.50 AUD, to QuickBooks").

    `light` says whether both sides agree, as the console's page does; `questions` are open, and so many were `answered`.
    """

    first: datetime
    last: datetime
    written: tuple[str, ...]
    light: str
    questions: int
    answered: int
    standing: tuple[str, ...] = ()
    """What is wrong now, as titles of messages."""
    behind: tuple[int, datetime | None] | None = None
    """How many changed records wait for a synchronisation, and since when; None where none do."""


def summary_in_words(week: Week, zone: tzinfo) -> Words:
    """A week in words."""
    first, last = (f"{moment.astimezone(zone):%-d %b}" for moment in (week.first, week.last))
    asked = (
        "No question is open"
        if not week.questions
        else f"{_counted(week.questions, 'question is', 'questions are')} open"
    )
    answered = f"; {_counted(week.answered, 'was', 'were')} answered" if week.answered else ""
    lines = week.written or ("Nothing had to go over.",)
    return Words(
        f"The week from {first} to {last}",
        f"{_light(week, zone)}. {asked}{answered}.",
        (*lines, *week.standing),
        "Open the list of work and answer what waits." if week.questions else "",
    )


def _light(week: Week, zone: tzinfo) -> str:
    """Whether both sides agree, and what that says nothing of."""
    if week.behind is None:
        return week.light
    records, since = week.behind
    first = f" since {since.astimezone(zone):%-d %b}" if since is not None else ""
    wait = _counted(records, "change waits", "changes wait")
    return f"{week.light} as they were compared last, and {wait} for a synchronisation{first}"


@dataclass(frozen=True, slots=True)
class When:
    """When a topic is told of, in words: that it begins, that there is more of it, and that it is over; "" for what is never told."""

    begins: str
    more: str = ""
    over: str = ""

    def __str__(self) -> str:
        more = f"More of it: {self.more}" if self.more else ""
        over = f"Its end: {self.over}" if self.over else ""
        return " ".join(filter(None, (self.begins, more, over)))


def when_told(topic: Topic) -> When:
    """When somebody is told of a topic that can be chosen: out of the tables by which it is decided (`TELLING`, `weekly`)."""
    if topic is Topic.SUMMARY:
        return When(f"On Mondays at {AT:%H:%M} by the shop's clock.")
    telling = TELLING[topic]
    begins = f"Once that has been so for {_span(telling.lasts)}." if telling.lasts else "At once."
    more = "" if telling.gathered is None else "another reason in the same way."
    if telling.gathered:
        more = f"together, {_span(telling.gathered)} after the last word about it at the earliest."
    return When(begins, more, f"{_span(telling.away)} after it is over.")


def _span(value: timedelta) -> str:
    """How long, in words; whole days, hours or minutes."""
    for size, one in (
        (timedelta(days=1), "a day"),
        (timedelta(hours=1), "an hour"),
        (timedelta(minutes=1), "a minute"),
    ):
        count = value // size
        if count:
            return one if count == 1 else f"{count} {one.split()[1]}s"
    return "a moment"


def tried_out(name: str) -> Words:
    """What the test button sends."""
    return Words(
        "This is a test",
        f"Somebody has pressed Test. Messages about {name} arrive here." if name else "Somebody has pressed Test.",
    )


def moment_in_words(moment: datetime, zone: tzinfo) -> str:
    """A moment as people write it."""
    return f"{moment.astimezone(zone):%-d %b %Y, %H:%M %Z}"


def _named(matters: Sequence[Matter]) -> tuple[str, ...]:
    lines = [matter.line for matter in matters if matter.line]
    more = len(lines) - NAMED
    return (*lines[:NAMED], f"and {more} more") if more > 0 else tuple(lines)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
