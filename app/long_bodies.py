"""Long bodies are read at a pace, all of them of this process together, so that megabytes hold up nobody who sends a few events.

The first `SHORT_BYTES` of each body are read as they come, which is all of nearly every body. What comes after that has a rate that is
shared: whoever has just sent something waits until all that was read before is paid for. So does what comes behind an early answer.
"""

import asyncio

SHORT_BYTES = 64 * 1024
RATE = 32 * 1024 * 1024
"""Bytes a second, of all long bodies together: the longest post that is taken at all comes in a quarter of a second."""
LEAST_SECONDS = 0.005
"""What is sooner than this is read at once."""


class Pace:
    """The pace of one process."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._paid_at = 0.0

    def seconds(self, count: int) -> float:
        """How long whoever has sent `count` bytes of a long body waits before more of it is read; 0 where that is at once."""
        now = self._loop.time()
        self._paid_at = max(self._paid_at, now) + count / RATE
        wait = self._paid_at - now
        return wait if wait >= LEAST_SECONDS else 0.0
