"""QuickBooks' rate limits, kept by the client itself, so that a 429 is rare (I12; docs/quickbooks.md 7.1).

The limits of a company are shared out once and for all: the run that holds the lease gets most of them, the API's own
calls (live choices) a small fixed share. Each share is a leaky allowance: `burst` calls at once, refilled at `rate` a
second, so that in any span of `s` seconds no more than `burst + rate * s` calls leave. Where the previous holder of the share said
what it left (`Refill`), it starts with that; otherwise *empty*: whatever somebody has just used up is thereby accounted for.
"""

from dataclasses import dataclass

from app.domain.guards.allowance import Refill
from app.quickbooks.ports import Clock


@dataclass(frozen=True, slots=True)
class Share:
    """Part of a company's limits: calls and batches, each as a burst and a refill per second."""

    burst: float
    rate: float
    batch_burst: float
    batch_rate: float


LEASE_HOLDER = Share(burst=3.0, rate=6.0, batch_burst=3.0, batch_rate=35 / 60)
LIVE_CHOICES = Share(burst=1.0, rate=0.7, batch_burst=1.0, batch_rate=1 / 60)

_SHORTEST_SLEEP = 0.001
"""No clock is asked for less: one that counts in microseconds would never arrive."""


class Throttle:
    """The allowance of one share of one company; satisfies `ports.Allowance`. Make a new one for each lease."""

    def __init__(
        self, clock: Clock, share: Share = LEASE_HOLDER, *, empty_at: float | None = None, left: Refill | None = None
    ) -> None:
        """`left`: what the previous holder left, as of now or before. Without it `empty_at` is the monotonic moment up to which
        somebody else may have used this share; now, unless told."""
        self._clock = clock
        self._share = share
        now = clock.monotonic() if empty_at is None else empty_at
        left = left or Refill(share.burst / share.rate, share.batch_burst / share.batch_rate)
        # The moment at which each allowance will have been refilled completely; later than now + a full refill: empty.
        self._calls = now + left.calls
        self._batches = now + left.batches
        self._not_before = now + left.paused

    def must_wait(self, *, batch: bool = False) -> bool:
        """Whether one more call (one more batch) would have to wait at this moment."""
        now = self._clock.monotonic()
        return now < self._not_before or self._wait(now, batch=batch) > 0

    async def acquire(self, *, batch: bool = False) -> None:
        """Wait until one more call (one more batch) is allowed, and count it."""
        while True:
            now = self._clock.monotonic()
            wait = max(self._not_before - now, self._wait(now, batch=batch))
            if wait <= 0:
                break
            await self._clock.sleep(max(wait, _SHORTEST_SLEEP))
        self._calls = max(self._calls, now) + 1 / self._share.rate
        if batch:
            self._batches = max(self._batches, now) + 1 / self._share.batch_rate

    def left(self) -> Refill:
        """What is left for the next holder of this share, who may ask for nothing while this one still does."""
        now = self._clock.monotonic()
        return Refill(*(max(0.0, moment - now) for moment in (self._calls, self._batches, self._not_before)))

    def pause(self, seconds: float) -> None:
        """Allow nothing for `seconds`: the vendor said so."""
        self._not_before = max(self._not_before, self._clock.monotonic() + seconds)

    def _wait(self, now: float, *, batch: bool) -> float:
        share = self._share
        wait = self._calls + 1 / share.rate - share.burst / share.rate - now
        if batch:
            wait = max(wait, self._batches + 1 / share.batch_rate - share.batch_burst / share.batch_rate - now)
        return wait if wait > _SHORTEST_SLEEP / 10 else 0.0
