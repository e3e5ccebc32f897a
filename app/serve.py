"""Starts the API: `python -m app.serve --port 8000`, with uvicorn's own options.

uvicorn waits for ever for the rest of a request that somebody has begun. Here a connection that has not sent the whole head of a
request within ten seconds is closed, or its whole body within thirty; and where half of the files that this process may open are
such connections, the one that has waited longest makes room for the next. There is no limit on connections at work
(`--limit-concurrency` would turn away whoever comes next, with a right or without).

Whoever is answered before all of a body has come, such as somebody without a key, may still send the rest of it: it is thrown away
as it comes, up to `REST_BYTES`. Hanging up at once would reset the connection, and the answer would be lost on its way. Whoever
waits to be asked for a body (`Expect: 100-continue`) may be answered instead, and then send it or not: that connection ends.
"""

import asyncio
import resource
import sys

import uvicorn.main
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10.0
REQUEST_SECONDS = 30.0
LOOK_SECONDS = 1.0
REST_BYTES = 8 * 1024 * 1024
"""As long as the longest post that is taken at all: whoever sends no more than that sees the answer."""
MOST_FILES = 65_536


class HttpProtocol(HttpToolsProtocol):
    """One connection, with an end to how long it may take over a request."""

    rest_bytes = 0
    """What came of a body since it was answered."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection of which nothing has come yet waits from here on."""
        super().connection_made(transport)
        _waiting_in(self.loop).begin(self)

    def on_headers_complete(self) -> None:
        """A request begins."""
        super().on_headers_complete()
        if self.expect_100_continue:
            self.cycle.keep_alive = False

    def on_response_complete(self) -> None:
        """It is answered: what came of the body, and nobody has read, is not kept until the rest has come."""
        if self.cycle.response_complete:
            self.cycle.body.clear()
        super().on_response_complete()

    def data_received(self, data: bytes) -> None:
        """Something has come: a whole request, or a part of one."""
        super().data_received(data)
        cycle = self.cycle
        answered_early = cycle is not None and cycle.response_complete and cycle.more_body
        self.rest_bytes = self.rest_bytes + len(data) if answered_early else 0
        if self.rest_bytes > REST_BYTES:
            self.transport.close()
        if cycle is None or cycle.response_complete or cycle.more_body:
            _waiting_in(self.loop).begin(self)
        else:
            _waiting_in(self.loop).end(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there any more."""
        super().connection_lost(exc)
        _waiting_in(self.loop).end(self)

    @property
    def most_seconds(self) -> float:
        """How long it may take over what it is at."""
        at_body = self.cycle is not None and not self.cycle.response_complete
        return REQUEST_SECONDS if at_body else HEAD_SECONDS


class Waiting:
    """The connections whose request is not whole, in the order in which they began to wait."""

    def __init__(self, loop: asyncio.AbstractEventLoop, most: int) -> None:
        self._loop = loop
        self._most = most
        self._since: dict[HttpProtocol, float] = {}
        self._looking = False

    def begin(self, connection: HttpProtocol) -> None:
        """It waits from now on, unless it does already."""
        if connection in self._since:
            return
        if len(self._since) >= self._most:
            self._close(next(iter(self._since)))
        self._since[connection] = self._loop.time()
        if not self._looking:
            self._looking = True
            self._loop.call_later(LOOK_SECONDS, self._look)

    def end(self, connection: HttpProtocol) -> None:
        """It does not wait any more."""
        self._since.pop(connection, None)

    def _look(self) -> None:
        """Close those that have waited for too long; look again while any wait."""
        now = self._loop.time()
        for connection, since in list(self._since.items()):
            if now - since >= connection.most_seconds:
                self._close(connection)
        self._looking = bool(self._since)
        if self._looking:
            self._loop.call_later(LOOK_SECONDS, self._look)

    def _close(self, connection: HttpProtocol) -> None:
        self.end(connection)
        connection.transport.close()


_all: dict[asyncio.AbstractEventLoop, Waiting] = {}


def _waiting_in(loop: asyncio.AbstractEventLoop) -> Waiting:
    """This process's, of which there is one: it has one loop."""
    there = _all.get(loop)
    if there is None:
        _all.clear()
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        there = _all[loop] = Waiting(loop, MOST_FILES if files == resource.RLIM_INFINITY else files // 2)
    return there


def _more_files() -> None:
    """Let this process open as many files as it may: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


def main(arguments: list[str]) -> None:
    """Serve until somebody asks to stop."""
    _more_files()
    uvicorn.main.main(
        [
            "app.main:create_app",
            "--factory",
            "--http",
            "app.serve:HttpProtocol",
            "--ws",
            "none",
            "--no-server-header",
            *arguments,
        ]
    )


if __name__ == "__main__":
    main(sys.argv[1:])
