"""What was asked of one company: the counters of the side door and the sliding windows of the documented limits.

500 requests a minute, 10 a second, 40 batches a minute. Always counted; the gateway enforces them only while the
hazard `rate_limits` is on. A refused request is counted as throttled and takes no room in the windows.
"""

from __future__ import annotations

from collections import deque

COUNTED = ("read", "query", "cdc", "batch", "write", "oauth", "batch_writes", "batch_queries", "metered", "throttled")
PEAKS = ("peak_per_second", "peak_per_minute", "peak_batches_per_minute")

PER_SECOND = 10
PER_MINUTE = 500
BATCHES_PER_MINUTE = 40


class Window:
    """How many calls lie within the last so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._calls: deque[float] = deque()

    def count(self, now: float) -> int:
        while self._calls and self._calls[0] <= now - self.seconds:
            self._calls.popleft()
        return len(self._calls)

    def add(self, now: float) -> int:
        self._calls.append(now)
        return self.count(now)


class Traffic:
    def __init__(self) -> None:
        self.counters: dict[str, int] = {}
        self.clear()
        self._second, self._minute, self._batches = Window(1), Window(60), Window(60)

    def clear(self) -> None:
        self.counters = dict.fromkeys(COUNTED + PEAKS, 0)

    def count(self, name: str, times: int = 1) -> None:
        self.counters[name] += times

    def exceeds(self, now: float, *, batch: bool) -> bool:
        """Whether one more request now would break a limit."""
        return (
            self._second.count(now) >= PER_SECOND
            or self._minute.count(now) >= PER_MINUTE
            or (batch and self._batches.count(now) >= BATCHES_PER_MINUTE)
        )

    def admit(self, now: float, *, batch: bool) -> None:
        self._peak("peak_per_second", self._second.add(now))
        self._peak("peak_per_minute", self._minute.add(now))
        if batch:
            self._peak("peak_batches_per_minute", self._batches.add(now))

    def _peak(self, name: str, value: int) -> None:
        self.counters[name] = max(self.counters[name], value)
