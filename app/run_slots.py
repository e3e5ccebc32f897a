"""Places for the runs of one process, so that shops that are slow to answer hold up nobody but themselves.

A turn begins in a quick place. Once the shop has kept it waiting (`app.oncord.site.QUICK_SECONDS`), it goes on in one of the fewer places
aside, and its quick place is free; where those are taken, its request ends and the connection rests. What was slow in its last
turn begins aside, or later. So whatever number of shops is slow, they hold no quick place for longer than that, once.
"""

import asyncio
from dataclasses import dataclass

QUICK_IN_ALL = 15.0
"""How long the requests of a turn may together, before it goes aside where there is room."""
PATIENCE = 30.0
"""How long a turn waits for a place before its connection is woken for another time."""


@dataclass(slots=True)
class _Place:
    aside: bool
    slow: bool = False
    waited: float = 0.0


class RunSlots:
    """`quick` places, and `aside` more for what is slow."""

    def __init__(self, quick: int, aside: int) -> None:
        self._quick = asyncio.Semaphore(quick)
        self._aside = aside
        self._held: dict[str, _Place] = {}
        self._slow: set[str] = set()
        self._one_by_one: set[str] = set()

    async def enter(self, connection_id: str) -> bool:
        """Take a place for a turn of a connection; False where there is none for it now, or it has one."""
        if connection_id in self._held:
            return False
        if connection_id in self._slow:
            return self._take_aside(connection_id)
        try:
            async with asyncio.timeout(PATIENCE):
                await self._quick.acquire()
        except TimeoutError:
            return False
        if connection_id in self._held:
            self._quick.release()
            return False
        self._held[connection_id] = _Place(aside=False)
        return True

    def leave(self, connection_id: str) -> None:
        """Give the place back. Whether the turn was slow says where the next one begins."""
        place = self._held.pop(connection_id)
        if not place.aside:
            self._quick.release()
        (self._slow.add if place.slow else self._slow.discard)(connection_id)

    def step_aside(self, connection_id: str) -> bool:
        """The shop keeps a turn waiting: free its quick place. False where there is no room aside."""
        place = self._held.get(connection_id)
        if place is None:
            return True
        place.slow = True
        return place.aside or self._move_aside(place)

    def waited(self, connection_id: str, seconds: float) -> None:
        """A request was answered after `seconds`: many of them keep a place, too."""
        place = self._held.get(connection_id)
        if place is None:
            return
        place.waited += seconds
        if place.waited > QUICK_IN_ALL:
            place.slow = True
            if not place.aside:
                self._move_aside(place)

    def takes_several(self, connection_id: str) -> bool:
        """Whether the shop may be asked for several things at once."""
        return connection_id not in self._one_by_one

    def refused_several(self, connection_id: str) -> None:
        """It may not, as long as this process lives."""
        self._one_by_one.add(connection_id)

    def _move_aside(self, place: _Place) -> bool:
        if not self._room_aside():
            return False
        place.aside = True
        self._quick.release()
        return True

    def _take_aside(self, connection_id: str) -> bool:
        if not self._room_aside():
            return False
        self._held[connection_id] = _Place(aside=True)
        return True

    def _room_aside(self) -> bool:
        return sum(place.aside for place in self._held.values()) < self._aside


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the client of a shop tells of its waiting, for one connection (`app.oncord.site.Patience`)."""

    slots: RunSlots
    connection_id: str

    def step_aside(self) -> bool:
        """An answer is long in coming."""
        return self.slots.step_aside(self.connection_id)

    def waited(self, seconds: float) -> None:
        """An answer came after so many seconds."""
        self.slots.waited(self.connection_id, seconds)

    def takes_several(self) -> bool:
        """Whether several requests may be under way at once."""
        return self.slots.takes_several(self.connection_id)

    def refused_several(self) -> None:
        """They may not."""
        self.slots.refused_several(self.connection_id)
