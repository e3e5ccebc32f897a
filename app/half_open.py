"""Requests that are not whole: for how long they are waited for, and how many of them."""

import asyncio
from typing import Protocol

LOOK_SECONDS = 1.0
MOST_HEAVY = 512


class HalfOpen(Protocol):
    """A connection that may be waiting for the rest of a request."""

    @property
    def most_seconds(self) -> float:
        """How long it may take over what it is at."""

    @property
    def is_heavy(self) -> bool:
        """Whether much of a head has come, and not all of it."""

    def hang_up(self) -> None:
        """Close it."""


class Waiting:
    """The connections whose request is not whole, in the order in which they began to wait."""

    def __init__(self, loop: asyncio.AbstractEventLoop, most: int) -> None:
        self._loop = loop
        self._most = most
        self._since: dict[HalfOpen, float] = {}
        self._heavy: dict[HalfOpen, None] = {}
        self._looking = False

    def begin(self, connection: HalfOpen) -> None:
        """It waits from now on, unless it does already."""
        self._weigh(connection)
        if connection in self._since:
            return
        if len(self._since) >= self._most:
            self._close(next(iter(self._since)))
        self._since[connection] = self._loop.time()
        if not self._looking:
            self._looking = True
            self._loop.call_later(LOOK_SECONDS, self._look)

    def end(self, connection: HalfOpen) -> None:
        """It does not wait any more."""
        self._since.pop(connection, None)
        self._heavy.pop(connection, None)

    def _weigh(self, connection: HalfOpen) -> None:
        if not connection.is_heavy:
            self._heavy.pop(connection, None)
        elif connection not in self._heavy:
            if len(self._heavy) >= MOST_HEAVY:
                self._close(next(iter(self._heavy)))
            self._heavy[connection] = None

    def _look(self) -> None:
        """Close those that have waited for too long; look again while any wait."""
        now = self._loop.time()
        for connection, since in list(self._since.items()):
            if now - since >= connection.most_seconds:
                self._close(connection)
        self._looking = bool(self._since)
        if self._looking:
            self._loop.call_later(LOOK_SECONDS, self._look)

    def _close(self, connection: HalfOpen) -> None:
        self.end(connection)
        connection.hang_up()
