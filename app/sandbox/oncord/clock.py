"""The simulator's clock: real time plus an offset that tests push forward.

Nothing else in the simulator asks the operating system for the time or sleeps, so a simulation that
hands in its own `source` and `sleep` owns both. Instants are aware and in UTC; on the wire they have
six digits of fraction, so that comparing the texts compares the moments.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def real_time() -> datetime:
    """The machine's own time."""
    return datetime.now(UTC)


def written(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds: `2026-11-22T02:00:00.000000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read(text: str) -> datetime:
    """The moment that an RFC 3339 text names. Raises `ValueError` when it has no offset or is no time at all."""
    moment = datetime.fromisoformat(text.strip().replace(" ", "+"))
    if moment.tzinfo is None:
        raise ValueError("a time needs its offset from UTC, for instance a trailing Z")
    return moment.astimezone(UTC)


class Clock:
    """Real (or injected) time, moved forward by `advance`."""

    def __init__(
        self,
        source: Callable[[], datetime] = real_time,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.source = source
        self.sleep = sleep
        self.offset = timedelta()

    def now(self) -> datetime:
        """The present virtual moment."""
        return self.source() + self.offset

    def today(self, time_zone: str) -> date:
        """The present date where the shop is."""
        return self.now().astimezone(ZoneInfo(time_zone)).date()

    def advance(self, seconds: float) -> datetime:
        """Let time pass at once; raises `ValueError` for a negative number, since versions and times only grow."""
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        self.offset += timedelta(seconds=seconds)
        return self.now()
