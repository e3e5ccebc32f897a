"""Whose events are taken apart next: a large body becomes many times its size in memory, and one sender must not be all.

So much of the bodies is taken apart at once, of one sender and of all together; who comes on top waits, each sender in its own
queue, and the queues get their turns one after the other.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.errors import Unavailable

AT_ONCE = 4 * 1024 * 1024
"""Bytes of bodies that are taken apart at once; a larger one by itself."""
OF_A_SENDER = 512 * 1024
"""Of these, of one sender."""

_Place = tuple[int, "asyncio.Future[None]"]


class EventTurns:
    """The turns of one process."""

    def __init__(self) -> None:
        self._open = 0
        self._open_of: Counter[str] = Counter()
        self._held_of: Counter[str] = Counter()
        self._queues: dict[str, deque[_Place]] = {}
        self._waits_for_all = False

    @asynccontextmanager
    async def turn(self, sender: str, size: int, share: int) -> AsyncIterator[None]:
        """Wait until a body of this sender may be taken apart; its turn lasts as long as the block.

        Raises `Unavailable` where more than `share` bytes of this sender would be waiting.
        """
        if self._held_of[sender] and self._held_of[sender] + size > share:
            raise Unavailable(
                "overloaded", "Too many events of this sender at once. Send this one again a little later."
            )
        self._held_of[sender] += size
        try:
            await self._begin(sender, size)
            try:
                yield
            finally:
                self._open -= size
                _take_off(self._open_of, sender, size)
                self._admit()
        finally:
            _take_off(self._held_of, sender, size)

    async def _begin(self, sender: str, size: int) -> None:
        if not self._waits_for_all and sender not in self._queues and self._fits(sender, size):
            self._count(sender, size)
            return
        place = size, asyncio.get_running_loop().create_future()
        self._queues.setdefault(sender, deque()).append(place)
        self._admit()
        try:
            await place[1]
        except asyncio.CancelledError:
            self._leave(sender, place)
            raise

    def _admit(self) -> None:
        """Give turns to those who wait, one sender after the other, as far as they fit.

        Where somebody's own share is free and that of all is not, everybody waits: else a large body would never come in.
        """
        self._waits_for_all = False
        for sender, queue in list(self._queues.items()):
            served = False
            while queue and self._fits_sender(sender, queue[0][0]):
                if not self._fits(sender, queue[0][0]):
                    self._waits_for_all = True
                    return
                size, future = queue.popleft()
                if not future.done():
                    self._count(sender, size)
                    future.set_result(None)
                    served = True
            if not queue:
                del self._queues[sender]
            elif served:
                self._queues[sender] = self._queues.pop(sender)

    def _leave(self, sender: str, place: _Place) -> None:
        """Somebody who waited has been cancelled, perhaps in the moment in which its turn came."""
        if not place[1].cancelled():
            self._open -= place[0]
            _take_off(self._open_of, sender, place[0])
        self._admit()

    def _fits_sender(self, sender: str, size: int) -> bool:
        of_sender = self._open_of[sender]
        return not of_sender or of_sender + size <= OF_A_SENDER

    def _fits(self, sender: str, size: int) -> bool:
        return self._fits_sender(sender, size) and (not self._open or self._open + size <= AT_ONCE)

    def _count(self, sender: str, size: int) -> None:
        self._open += size
        self._open_of[sender] += size


def _take_off(counter: Counter[str], sender: str, size: int) -> None:
    counter[sender] -= size
    if not counter[sender]:
        del counter[sender]
