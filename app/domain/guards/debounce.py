"""When a connection is due: two quiet minutes (T1), the longest wait, twelve hours (T2), and what a person asked for.

Pure arithmetic over moments; the alarm clock that rings at them is Redis, and PostgreSQL is asked again each time.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

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


@dataclass(frozen=True, slots=True)
class Pulse:
    """What one connection's due moment follows from.

    `first_changed_at` and `last_changed_at` span the changes that no run has taken up. `held_until`: a run is due then
    at the latest (a fault's backoff, echoes that were held back). `retry_at`: the earliest backoff of a single record.
    `downloaded_at`: when the download of the side that waits longest was completed. `run_waiting`: a run is queued, or
    was left unfinished. `failures`: how many runs failed in a row, the last one at `failed_at`. `automatic`: ready,
    first synchronised by hand (T4), and not switched off (T3).
    """

    connection_id: str
    automatic: bool
    run_waiting: bool = False
    first_changed_at: datetime | None = None
    last_changed_at: datetime | None = None
    held_until: datetime | None = None
    retry_at: datetime | None = None
    downloaded_at: datetime | None = None
    probe_at: datetime | None = None
    failures: int = 0
    failed_at: datetime | None = None


def after_quiet(first: datetime, last: datetime, timing: Timing) -> datetime:
    """T1: two quiet minutes after the latest change, but never later than the longest wait after the earliest."""
    return min(last + timing.quiet, first + timing.longest_wait)


def after_idleness(connection_id: str, downloaded_at: datetime, timing: Timing) -> datetime:
    """T2: twelve hours after the last completed download, and a little later for some than for others."""
    place = int.from_bytes(hashlib.blake2b(connection_id.encode(), digest_size=4).digest()) / 2**32
    return downloaded_at + timing.idle + timing.idle / SPREAD * place


def after_failures(pulse: Pulse) -> datetime | None:
    """Until when no automatic run begins: half a minute after a failed one, twice as long after each further one."""
    if pulse.failed_at is None or pulse.failures < 1:
        return None
    return pulse.failed_at + min(FIRST_BACKOFF * (1 << min(pulse.failures - 1, 10)), LONGEST_BACKOFF)


def next_due(pulse: Pulse, timing: Timing, now: datetime) -> tuple[datetime, Cause] | None:
    """The moment at which this connection is due, and why; None while nothing is foreseen."""
    moments: list[tuple[datetime, Cause]] = []
    if pulse.automatic:
        if pulse.first_changed_at is not None:
            last = pulse.last_changed_at or pulse.first_changed_at
            moments.append((after_quiet(pulse.first_changed_at, last, timing), Cause.QUIET))
        if pulse.held_until is not None:
            moments.append((pulse.held_until, Cause.RETRY))
        if pulse.retry_at is not None:
            moments.append((pulse.retry_at, Cause.RETRY))
        if pulse.downloaded_at is not None:
            moments.append((after_idleness(pulse.connection_id, pulse.downloaded_at, timing), Cause.IDLE))
    if (resting := after_failures(pulse)) is not None:
        moments = [(max(moment, resting), cause) for moment, cause in moments]
    if pulse.probe_at is not None:
        moments.append((pulse.probe_at, Cause.PROBE))
    if pulse.run_waiting:
        moments.append((now, Cause.REQUESTED))
    return min(moments, key=lambda moment: moment[0], default=None)
