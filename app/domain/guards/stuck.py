"""What waits, for what, until when; and whether nobody is going to look at it, which is an alarm (law 12).

A judge beside the schedule, not a reader of it: what the schedule believes is neither an excuse nor evidence here. The
moment by which a record should be looked at follows from the change queue itself; what may put it off follows from the
runs, the lease, the reads of the month, the state of the connection and the jobs in Redis. Pure arithmetic: the caller
brings the facts. It borrows nothing from `app.domain.guards.debounce`, which is what it judges.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal

from app.domain.guards.read_budget import Pace, next_month
from app.domain.model.kinds import Side

PATIENCE = timedelta(minutes=1)
"""So long something may be due before it is an alarm that nobody looks."""
READING_PATIENCE = timedelta(minutes=15)
"""The same for the twelve-hourly download (T2), at which many connections take turns."""
SPREAD = 144
A_MONTH = timedelta(days=31)
"""Downloads of different connections are spread over this part of the idle time."""
AFTER_FAILURE = timedelta(minutes=5)
"""A failed run is tried again after so long at the latest, and after several failures after an hour at the latest."""
LONGEST_AFTER_FAILURE = timedelta(hours=1)
HOUR = timedelta(hours=1)
LATE = 2
"""So many times the longest wait for quiet (T1) a change may take, the run that carries it over included."""


class WaitsOn(StrEnum):
    """What something waits for: a closed list."""

    QUIET = "quiet"
    LATER = "later"
    """It is tried again at a moment of its own."""
    ECHO = "echo"
    """It looks like our own write coming back, and is held for a while."""
    FAILURE = "failure"
    """The last run failed, and the next one begins later."""
    ALLOWANCE = "allowance"
    """The month's reads of QuickBooks are nearly used up."""
    RUN = "run"
    """A run is under way, or its lease has still to run out."""
    WORKER = "worker"
    """A worker has been woken for it and is busy."""
    PAUSED = "paused"
    FIRST_RUN = "first_run"
    CONSENT = "consent"
    BLOCKED = "blocked"
    CONFIGURATION = "configuration"
    NOTHING = "nothing"
    """It is due, and nobody is going to look at it: an alarm."""


WORDS: dict[WaitsOn, str] = {
    WaitsOn.QUIET: "two minutes without a further change",
    WaitsOn.LATER: "the moment at which it is tried again",
    WaitsOn.ECHO: "a second look at what this service has just written",
    WaitsOn.FAILURE: "the next attempt, after a synchronisation that failed",
    WaitsOn.ALLOWANCE: "QuickBooks' monthly allowance of reads, which is nearly used up",
    WaitsOn.RUN: "the synchronisation that is under way",
    WaitsOn.WORKER: "a worker that is busy with others",
    WaitsOn.PAUSED: "somebody to press Synchronise, since automatic synchronisation is off",
    WaitsOn.FIRST_RUN: "somebody to start the first synchronisation",
    WaitsOn.CONSENT: "somebody to reconnect QuickBooks",
    WaitsOn.BLOCKED: "what blocks the connection to be mended",
    WaitsOn.CONFIGURATION: "somebody to configure the connection",
    WaitsOn.NOTHING: "nothing: it is due, and nobody is going to look at it",
}
"""What a person reads behind "waits for"."""

Sort = Literal["due", "unread", "later", "echo", "aside"]
"""Of pending changes: may be tried now; may be, once QuickBooks has been read; postponed; held; laid aside (parked)."""


@dataclass(frozen=True, slots=True)
class Heap:
    """Pending changes of one side and sort.

    `since` is when the first of them was told of, `first` the same without what turned out to be an echo, `last` when the
    latest change was, `at` the earliest moment before which they are not tried.
    """

    side: Side
    sort: Sort
    records: int
    since: datetime
    first: datetime
    last: datetime
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a connection without asking its schedule.

    `asked_at`: when the unfinished run that writes was asked for. `began_at`: when a run last began. `busy_until`: when
    the lease runs out, or ran out (with the longest request of whoever held it); until then somebody is at work.
    `downloaded_at`: when the side that waits longest was last downloaded. `woken`: a wake-up is ripe in Redis while a
    worker lives.
    """

    connection_id: str
    state: str
    auto_sync: bool = True
    synchronised: bool = True
    probe_at: datetime | None = None
    heaps: tuple[Heap, ...] = ()
    asked_at: datetime | None = None
    began_at: datetime | None = None
    failures: int = 0
    failed_at: datetime | None = None
    busy_until: datetime | None = None
    downloaded_at: datetime | None = None
    books_downloaded_at: datetime | None = None
    books_read_until: datetime | None = None
    woken: bool = False


@dataclass(frozen=True, slots=True)
class Waits:
    """What waits on one side. `until` is the moment by which it is looked at, where one is known; `aside` counts what was
    laid aside until something comes true."""

    records: int = 0
    since: datetime | None = None
    cause: WaitsOn | None = None
    until: datetime | None = None
    aside: int = 0
    aside_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """Both sides of a connection; `stuck` records are due since `stuck_since` at the earliest while nobody is going to
    look. `unread_since`: a download of both sides is due since then, and nobody makes it. `behind` records have waited, since
    `behind_since`, for longer than changes do by themselves, or wait for a person: what was compared before says nothing of them."""

    sides: Mapping[Side, Waits]
    stuck: int = 0
    stuck_since: datetime | None = None
    unread_since: datetime | None = None
    behind: int = 0
    behind_since: datetime | None = None

    @property
    def alarm(self) -> bool:
        """Whether somebody who runs this service has to look."""
        return self.stuck > 0 or self.unread_since is not None


NOTHING_WAITS = Outlook({})
"""That of a connection of which no change is to be looked at."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for what, as it is set (T1, T2), and how QuickBooks may be read this month."""

    quiet: timedelta
    longest_wait: timedelta
    idle: timedelta
    pace: Pace = Pace.FREE


def by_hand_and_waiting(facts: Facts) -> bool:
    """Whether something waits for a person to synchronise (T3)."""
    paused = facts.state == "ready" and facts.synchronised and not facts.auto_sync
    return paused and any(heap.sort in ("due", "unread") for heap in facts.heaps)


def judge(facts: Facts, patience: Patience, now: datetime) -> Outlook:
    """What waits and for what, and what nobody is going to look at."""
    judged = [(heap, *_verdict(heap, facts, patience, now)) for heap in facts.heaps if heap.sort != "aside"]
    stuck = [(heap, at) for heap, cause, at in judged if cause is WaitsOn.NOTHING]
    behind = [heap for heap, cause, _ in judged if _is_behind(heap, cause, facts, patience, now)]
    return Outlook(
        sides={side: _side(side, judged, facts.heaps) for side in Side},
        stuck=sum(heap.records for heap, _ in stuck),
        stuck_since=min((at for _, at in stuck if at is not None), default=None),
        unread_since=_unread_since(facts, patience, now),
        behind=sum(heap.records for heap in behind),
        behind_since=min((heap.since for heap in behind), default=None),
    )


def _is_behind(heap: Heap, cause: WaitsOn, facts: Facts, patience: Patience, now: datetime) -> bool:
    """Whether changes wait that only a person lets go, or that should have gone over by now; not what looks like our own write, and
    not what was looked at and has a moment of its own to be tried again."""
    if heap.sort == "echo" or (heap.sort == "later" and heap.at is not None and heap.at > now):
        return False
    if cause is WaitsOn.NOTHING or _stopped(facts) is not None:
        return True
    return cause is not WaitsOn.QUIET and now - (heap.at or heap.since) > LATE * patience.longest_wait


Judged = tuple[Heap, WaitsOn, datetime | None]


def _side(side: Side, judged: Sequence[Judged], heaps: Sequence[Heap]) -> Waits:
    mine = sorted((each for each in judged if each[0].side is side), key=_urgency)
    aside = [heap for heap in heaps if heap.side is side and heap.sort == "aside"]
    first = mine[0] if mine else None
    return Waits(
        records=sum(heap.records for heap, *_ in mine),
        since=min((heap.since for heap, *_ in mine), default=None),
        cause=first[1] if first else None,
        until=first[2] if first else None,
        aside=sum(heap.records for heap in aside),
        aside_since=min((heap.since for heap in aside), default=None),
    )


def _urgency(judged: Judged) -> tuple[bool, datetime]:
    """What nobody looks at comes first, then what is looked at next."""
    _, cause, until = judged
    return cause is not WaitsOn.NOTHING, until or datetime.max.replace(tzinfo=UTC)


def _verdict(heap: Heap, facts: Facts, patience: Patience, now: datetime) -> tuple[WaitsOn, datetime | None]:
    """What one heap waits for and until when; for `NOTHING`, since when it is due."""
    stopped = _stopped(facts) if facts.asked_at is None else None
    if stopped is WaitsOn.PAUSED and heap.sort == "echo":
        return WaitsOn.ECHO, None
    if stopped is not None and facts.probe_at is None:
        return stopped, None
    cause, at = _due(heap, facts, patience, now)
    if stopped is not None and facts.probe_at is not None:
        cause, at = stopped, facts.probe_at
    for reason, moment in ((WaitsOn.FAILURE, _after_failures(facts)), (WaitsOn.RUN, facts.busy_until)):
        if moment is not None and moment > at:
            cause, at = (reason if moment > now else cause), moment
    if at > now:
        return cause, at
    if facts.woken:
        return WaitsOn.WORKER, None
    return (WaitsOn.NOTHING if now - at > PATIENCE else cause), at


def _due(heap: Heap, facts: Facts, patience: Patience, now: datetime) -> tuple[WaitsOn, datetime]:
    """By when the queue itself says that a heap should be looked at."""
    if facts.asked_at is not None:
        return WaitsOn.RUN, facts.asked_at
    if heap.at is not None:
        return (WaitsOn.ECHO if heap.sort == "echo" else WaitsOn.LATER), heap.at
    quiet = _after_quiet(facts, patience)
    resumes = _reading_resumes(facts, patience, now) if heap.sort == "unread" else None
    return (WaitsOn.ALLOWANCE, resumes) if resumes is not None and resumes > quiet else (WaitsOn.QUIET, quiet)


def _after_quiet(facts: Facts, patience: Patience) -> datetime:
    """T1, counted from the queue: both sides' changes keep one another waiting, and a run starts the count anew."""
    free = [heap for heap in facts.heaps if heap.sort in ("due", "unread")]
    first = min(heap.first for heap in free)
    if facts.began_at is not None:
        first = max(first, facts.began_at)
    return min(max(heap.last for heap in free) + patience.quiet, first + patience.longest_wait)


def _reading_resumes(facts: Facts, patience: Patience, now: datetime) -> datetime | None:
    if patience.pace is Pace.FREE or facts.books_read_until is None:
        return None
    if patience.pace is Pace.SPENT:
        return next_month(now)
    resumes = facts.books_read_until + (HOUR if patience.pace is Pace.HOURLY else _books_idle(patience))
    if facts.began_at is not None and resumes <= facts.began_at:  # a run that found nothing left asks again in an hour
        resumes = facts.began_at + HOUR
    return resumes


def _books_idle(patience: Patience) -> timedelta:
    """After how long QuickBooks is downloaded untold, as the month's reads allow it; the next month allows it again."""
    if patience.pace is Pace.SPENT:
        return A_MONTH
    return patience.idle * 2 if patience.pace is Pace.IDLE_ONLY else patience.idle


def unread_before(patience: Patience, now: datetime) -> tuple[datetime, datetime]:
    """Of the shop and of QuickBooks: a download that was completed before this moment may be overdue; no later one is."""
    waits = (patience.idle, _books_idle(patience))
    oncord, quickbooks = (now - wait - wait / SPREAD - READING_PATIENCE for wait in waits)
    return oncord, quickbooks


def _after_failures(facts: Facts) -> datetime | None:
    if facts.failed_at is None or facts.failures < 1:
        return None
    pause = timedelta(seconds=30) * (1 << min(facts.failures - 1, 10))
    return facts.failed_at + max(AFTER_FAILURE, min(pause, LONGEST_AFTER_FAILURE))


def _stopped(facts: Facts) -> WaitsOn | None:
    """Why runs do not take place by themselves here (T3, T4, docs/rules.md 9)."""
    if facts.state in ("not_connected", "needs_configuration"):
        return WaitsOn.CONFIGURATION
    if facts.state == "reconnect_required":
        return WaitsOn.CONSENT
    if facts.state == "blocked":
        return WaitsOn.BLOCKED
    if not facts.synchronised:
        return WaitsOn.FIRST_RUN
    return None if facts.auto_sync else WaitsOn.PAUSED


def _unread_since(facts: Facts, patience: Patience, now: datetime) -> datetime | None:
    """T2: since when a download of both sides is overdue while nobody makes it."""
    downloads = ((facts.downloaded_at, patience.idle), (facts.books_downloaded_at, _books_idle(patience)))
    moments = [completed_at + idle + idle / SPREAD for completed_at, idle in downloads if completed_at is not None]
    if not moments or facts.woken or _stopped(facts) is not None:
        return None
    due = min(moments)
    put_off = [moment for moment in (_after_failures(facts), facts.busy_until) if moment is not None]
    return due if now - max([due, *put_off]) > READING_PATIENCE else None
