"""How many requests about one connection are under way at once in this process: whoever asks for more waits for their own requests, and
holds up nobody else's.

All requests share one loop and one pool of connections to PostgreSQL. Without an end to it, the lists and archives that one shop's
viewer asks for at once would be what everybody's events wait behind.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from app.errors import TooMany

AT_ONCE = 8
PATIENCE_SECONDS = 30.0
"""How long a request waits for those of its connection before it is turned away."""
_FOLLOWED = ("/progress", "/progress/events")
"""What these end with is followed for half a minute, and has an end of its own (`app.api.streams`)."""


@dataclass(slots=True)
class _OfOne:
    free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    asked: int = 0


class Places:
    """The places of one process."""

    def __init__(self) -> None:
        self._of: dict[str, _OfOne] = {}

    @asynccontextmanager
    async def place(self, connection_id: str, path: str) -> AsyncIterator[None]:
        """Hold a place of a connection ("": of none, which has no end) as long as the block lasts. Raises `TooMany` where none comes free."""
        if not connection_id or path.endswith(_FOLLOWED):
            yield
            return
        own = self._of.setdefault(connection_id, _OfOne())
        own.asked += 1
        try:
            await _wait_for(own.free)
            try:
                yield
            finally:
                own.free.release()
        finally:
            own.asked -= 1
            if not own.asked:
                del self._of[connection_id]


async def _wait_for(free: asyncio.Semaphore) -> None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await free.acquire()
    except TimeoutError:
        raise TooMany(
            "too-many-at-once",
            f"{AT_ONCE} requests about this connection are under way, and none of them has ended. Wait for them, then try again.",
            wait_seconds=5,
        ) from None


def places_of(state: Any) -> Places:
    """The places of the process that this application's state belongs to."""
    places: Places = state.places
    return places
