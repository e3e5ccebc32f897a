"""When a connection is due: two quiet minutes (T1), the longest wait, twelve hours (T2), and what a person asked for.

Pure arithmetic over moments; the alarm clock that rings at them is Redis, and PostgreSQL is asked again each time.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.guards.read_budget import Pace, download_wait

FIRST_BACKOFF = timedelta(seconds=30)
LONGEST_BACKOFF = timedelta(hours=1)
SPREAD = 144
"""T2 runs of different connections are spread over this part of the idle time: five minutes of twelve hours."""


class Cause(StrEnum):
    """Why a run takes place."""

    REQUESTED = "requested"
    QUIET = "quiet"
    RETRY = "retry"
    IDLE = "idle"
    PROBE = "probe"


@dataclass(frozen=True, slots=True)
class Timing:
    """How long to wait for what."""

    quiet: timedelta
    longest_wait: timedelta
    idle: timedelta
    books_idle: timedelta | None = None
    """How long QuickBooks waits for T2 at the month's pace; None: as long as the shop."""

    def paced(self, pace: Pace) -> "Timing":
        """The same, as the reads of the month allow it."""
        return replace(self, books_idle=download_wait(pace, self.idle))


@dataclass(frozen=True, slots=True)
class DueFacts:
    """What one connection's due moment follows from.

    `first_changed_at` and `last_changed_at` span the changes that no run has taken up. `due_by`: a run is due then
    at the latest (a fault's backoff, echoes that were held back). `retry_at`: the earliest backoff of a single record.
    `downloaded_at`: when the shop's download was completed, `books_downloaded_at` when that of QuickBooks was. `run_waiting`: a run is queued, or
    was left unfinished. `failures`: how many runs failed in a row, the last one at `failed_at`. `automatic`: ready,
    first synchronised by hand (T4), and not switched off (T3).
    """

    connection_id: str
    automatic: bool
    run_waiting: bool = False
    first_changed_at: datetime | None = None
    last_changed_at: datetime | None = None
    due_by: datetime | None = None
    retry_at: datetime | None = None
    downloaded_at: datetime | None = None
    books_downloaded_at: datetime | None = None
    probe_at: datetime | None = None
    failures: int = 0
    failed_at: datetime | None = None


def after_quiet(first: datetime, last: datetime, timing: Timing) -> datetime:
    """T1: two quiet minutes after the latest change, but never later than the longest wait after the earliest."""
    return min(last + timing.quiet, first + timing.longest_wait)


def after_idleness(connection_id: str, downloaded_at: datetime, idle: timedelta) -> datetime:
    """T2: twelve hours after the last completed download, and a little later for some than for others."""
    place = int.from_bytes(hashlib.blake2b(connection_id.encode(), digest_size=4).digest()) / 2**32
    return downloaded_at + idle + idle / SPREAD * place


def after_failures(due_facts: DueFacts) -> datetime | None:
    """Until when no automatic run begins: half a minute after a failed one, twice as long after each further one."""
    if due_facts.failed_at is None or due_facts.failures < 1:
        return None
    return due_facts.failed_at + min(FIRST_BACKOFF * (1 << min(due_facts.failures - 1, 10)), LONGEST_BACKOFF)


def next_due(due_facts: DueFacts, timing: Timing, now: datetime) -> tuple[datetime, Cause] | None:
    """The moment at which this connection is due, and why; None while nothing is foreseen."""
    moments: list[tuple[datetime, Cause]] = []
    if due_facts.automatic:
        if due_facts.first_changed_at is not None:
            last = due_facts.last_changed_at or due_facts.first_changed_at
            moments.append((after_quiet(due_facts.first_changed_at, last, timing), Cause.QUIET))
        if due_facts.due_by is not None:
            moments.append((due_facts.due_by, Cause.RETRY))
        if due_facts.retry_at is not None:
            moments.append((due_facts.retry_at, Cause.RETRY))
        downloads = (
            (due_facts.downloaded_at, timing.idle),
            (due_facts.books_downloaded_at, timing.books_idle or timing.idle),
        )
        for completed_at, idle in downloads:
            if completed_at is not None:
                moments.append((after_idleness(due_facts.connection_id, completed_at, idle), Cause.IDLE))
    if (resting := after_failures(due_facts)) is not None:
        moments = [(max(moment, resting), cause) for moment, cause in moments]
    if due_facts.probe_at is not None:
        moments.append((due_facts.probe_at, Cause.PROBE))
    if due_facts.run_waiting:
        moments.append((now, Cause.REQUESTED))
    return min(moments, key=lambda moment: moment[0], default=None)
