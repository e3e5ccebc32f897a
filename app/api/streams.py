"""Streams of server-sent events (`text/event-stream`): how many there may be at once, and how one ends.

Each holds a connection of the network for half a minute, so that nobody may have many: a few of one session or key, some of one connection,
and so many in this process. Whoever has used up their share is answered 429, and asks for the page or the plain answer instead.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import psycopg
from fastapi.sse import format_sse_event
from psycopg_pool import PoolTimeout
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.errors import Rejection, TooMany

PER_CALLER = 3
"""A browser keeps six connections to one host; some are left for pages."""
PER_CONNECTION = 20
IN_ALL = 300
AGAIN_MILLISECONDS = 1000
"""So soon a browser opens the next stream after one has ended."""


class Streams:
    """The streams that are open in this process."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def enter(self, caller: str, connection_id: str) -> Callable[[], None]:
        """Take a place for a stream; what gives it back. Raises `TooMany`."""
        shares = {f"caller {caller}": PER_CALLER, f"connection {connection_id}": PER_CONNECTION, "all": IN_ALL}
        if any(self._open[whose] >= most for whose, most in shares.items()):
            raise TooMany(
                "too-many-streams",
                "Too many are following already. Close one, or ask for the plain answer every few seconds.",
                wait_seconds=5,
            )
        self._open.update(shares.keys())

        def leave() -> None:
            self._open.subtract(shares.keys())
            for whose in shares:
                if not self._open[whose]:
                    del self._open[whose]

        return leave


class EventStream(StreamingResponse):
    """Events as they come, each an event's name and its JSON text; ends quietly where the database goes away or who follows may not any
    more, and the browser asks again."""

    def __init__(self, events: AsyncIterator[tuple[str, str]], leave: Callable[[], None]) -> None:
        super().__init__(_written(events), headers={"X-Accel-Buffering": "no"}, media_type="text/event-stream")
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream, and give the place back however that ends."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()


async def _written(events: AsyncIterator[tuple[str, str]]) -> AsyncIterator[bytes]:
    yield format_sse_event(retry=AGAIN_MILLISECONDS)
    try:
        async for name, data in events:
            yield format_sse_event(event=name, data_str=data)
    except (psycopg.OperationalError, PoolTimeout, Rejection):
        return


def streams_of(state: Any) -> Streams:
    """The streams of the process that this application's state belongs to."""
    streams: Streams = state.streams
    return streams


EVENTS: Mapping[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events: `progress` each time that something has moved, `ended` last of all where the run has ended.",
        "content": {
            "text/event-stream": {
                "schema": {"type": "string"},
                "example": 'event: progress\ndata: {"state": "running", "step": "write", "done": 1200, "total": 4000}\n\n',
            }
        },
    }
}
"""The OpenAPI entry of such an answer."""
