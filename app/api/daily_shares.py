"""How much of one site's events this process takes in a day, so that nobody with a secret fills the disk that all share.

What is kept of an event is bounded (`app.storage.changes.intake`), and so are the bytes of all that a site posts between two midnights (UTC):
many times what the busiest shop tells. Beyond, a post is answered 429 with the time until midnight; the downloads that look anyway
find what was not told.
"""

import datetime as dt
from collections import Counter

from app import log
from app.errors import TooMany
from app.runtime import Clock

_log = log.get(__name__)

BYTES_OF_A_DAY = 256 * 1024 * 1024
"""Some nine hundred thousand events."""


class DailyShares:
    """What each site has posted today, in the memory of this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._day = dt.date.min
        self._bytes: Counter[str] = Counter()

    def take(self, connection_id: str, size: int) -> None:
        """Count a verified post of so many bytes. Raises `TooMany` where the day's share is used up."""
        now = self._clock.now()
        if now.date() != self._day:
            self._day = now.date()
            self._bytes.clear()
        if self._bytes[connection_id] + size > BYTES_OF_A_DAY:
            _log.warning("a site has posted more in a day than is taken", connection=connection_id)
            midnight = dt.datetime.combine(self._day + dt.timedelta(days=1), dt.time(), now.tzinfo)
            raise TooMany(
                "too-many-events",
                "This site has posted more events today than are taken. Send this one again tomorrow; what it tells of is looked for all the same.",
                wait_seconds=int((midnight - now).total_seconds()) + 1,
            )
        self._bytes[connection_id] += size
