"""Starts the API: `python -m app.serve --port 8000`, with uvicorn's own options.

uvicorn takes whatever a connection sends, and waits for ever for the rest of it. Here, for each connection:

- The head of a request has an end (`HEAD_BYTES`, `MOST_HEADERS`, `TARGET_BYTES`: 431 and 414), and so has what is neither head nor body:
  trailers, extensions of chunks, empty lines (`EXTRA_BYTES`). Trailers are no headers (RFC 9110, 6.5.1): they are thrown away.
- One request is dealt with at a time. What was sent behind it waits as bytes, `HELD_BYTES` of them, and is not read any further.
- A connection that has not sent the whole head of a request within ten seconds is closed, or its whole body within thirty; and
  where `MOST_WAITING` are such connections, or `half_open.MOST_HEAVY` hold a long unfinished head, the one that has waited longest makes room. There
  is no limit on connections at work (`--limit-concurrency` would turn away whoever comes next, with a right or without).
- Long bodies are read at a pace that all of them share (`app/long_bodies.py`).
- Answers that nobody fetches are not kept for ever (`app/unread_answers.py`).

Whoever is answered before all of a body has come, such as somebody without a key, may still send the rest of it: it is thrown away
as it comes, up to `REST_BYTES`. Hanging up at once would reset the connection, and the answer would be lost on its way. Whoever
waits to be asked for a body (`Expect: 100-continue`) may be answered instead, and then send it or not: that connection ends.
"""

import asyncio
import resource
import sys
from typing import NamedTuple

import uvicorn.main
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.half_open import Waiting
from app.heap import give_large_blocks_back
from app.long_bodies import SHORT_BYTES, Pace
from app.unread_answers import Line, Unread

HEAD_SECONDS = 10.0
REQUEST_SECONDS = 30.0
HEAD_BYTES = 32 * 1024
"""The proxy of `deploy/nginx.conf` hands on half of that."""
TARGET_BYTES = 8 * 1024
MOST_HEADERS = 100
EXTRA_BYTES = 16 * 1024
CHUNK_HEAD_BYTES = 16
"""So much of each chunk is no extra: its length, and the ends of two lines."""
PIECE_BYTES = 4 * 1024
"""So much is parsed before it is counted again: a limit is passed by less than that. The parser copies an unfinished header with each piece."""
BODY_PIECE_BYTES = 16 * 1024
"""The same within a body that comes in chunks, nearly all of which is content: whoever sends megabytes is to cost little."""
HELD_BYTES = 16 * 1024
REST_BYTES = 8 * 1024 * 1024
"""As long as the longest post that is taken at all: whoever sends no more than that sees the answer."""
REFUSED_BYTES = 256 * 1024
"""What is thrown away behind a refusal before the connection is closed, so that the refusal is not lost on its way."""
MOST_FILES = 65_536
MOST_WAITING = 4096
END_OF_HEAD = b"\r\n\r\n"
REFUSALS = {
    400: "Invalid HTTP request received.",
    414: "The address that was asked for is too long.",
    431: "The headers of the request are too many, or too long.",
}


class TooLong(Exception):
    """The parser is to stop here."""

    def __init__(self, status: int) -> None:
        super().__init__(REFUSALS[status])
        self.status = status


class HttpProtocol(HttpToolsProtocol):
    """One connection, with an end to how long it may take over a request, and to what is kept of it."""

    line: Line
    at_head = False
    at_body = False
    body_left: int | None = None
    """What is still to come of a body with a declared length."""
    extra_bytes = 0
    """What came of a head so far, or of what is neither head nor body."""
    held = b""
    """What came behind the request that is being dealt with."""
    body_bytes = 0
    """What came of a body so far."""
    rest_bytes = 0
    """What came of a body since it was answered, or behind the last word."""
    refusal = 400

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection of which nothing has come yet waits from here on."""
        self.line = Line(transport)
        super().connection_made(self.line)
        _waiting_in(self.loop).begin(self)

    def on_message_begin(self) -> None:
        """The head of a request begins."""
        super().on_message_begin()
        self.at_head, self.body_left = True, None

    def on_url(self, url: bytes) -> None:
        """A part of the target."""
        super().on_url(url)
        if len(self.url) > TARGET_BYTES:
            self._stop(414)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer."""
        if not self.at_head:
            return
        if len(self.headers) >= MOST_HEADERS:
            self._stop(431)
        super().on_header(name, value)
        if self.headers[-1][0] == b"content-length":
            self.body_left = int(value)

    def on_headers_complete(self) -> None:
        """A request begins."""
        super().on_headers_complete()
        self.at_head, self.at_body, self.extra_bytes, self.body_bytes = False, True, 0, 0
        if self.expect_100_continue or self.parser.should_upgrade():
            self.cycle.keep_alive = False

    def on_chunk_header(self) -> None:
        """A chunk begins."""
        self.extra_bytes -= CHUNK_HEAD_BYTES

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        super().on_body(body)
        self.extra_bytes -= len(body)
        if self.body_left is not None:
            self.body_left -= len(body)

    def on_message_complete(self) -> None:
        """All of a request has come."""
        super().on_message_complete()
        self.at_body, self.extra_bytes = False, 0

    def on_response_complete(self) -> None:
        """It is answered: what came of the body, and nobody has read, is not kept until the rest has come; the next one's turn is now."""
        if self.cycle.response_complete:
            self.cycle.body.clear()
        super().on_response_complete()
        _unread_in(self.loop).begin(self)
        if self.held:
            self.data_received(b"")

    def data_received(self, data: bytes) -> None:
        """Something has come: a whole request, or a part of one."""
        if self.line.had_last_word:
            self._throw_away(len(data))
            return
        self._parse_what_is_due(self.held + data if self.held else data)
        if self.at_body:
            self._keep_pace(len(data))
        cycle = self.cycle
        answered_early = cycle is not None and cycle.response_complete and cycle.more_body
        self.rest_bytes = self.rest_bytes + len(data) if answered_early else 0
        if self.rest_bytes > REST_BYTES:
            self.hang_up()
        if cycle is None or cycle.response_complete or cycle.more_body:
            _waiting_in(self.loop).begin(self)
        else:
            _waiting_in(self.loop).end(self)

    def _parse_what_is_due(self, data: bytes) -> None:
        """Parse it by pieces, up to the end of a request that has to be answered first; the rest is held, or is too much."""
        start = 0
        while start < len(data) and not self._is_busy and not self.transport.is_closing():
            end = self._end_of_piece(data, start)
            piece = data[start:end]
            self.extra_bytes += len(piece)
            super().data_received(piece)
            self.extra_bytes = max(self.extra_bytes, 0)
            if self.extra_bytes > (HEAD_BYTES if self.at_head else EXTRA_BYTES):
                self._refuse(431 if self.at_head else 400)
            start = end
        self.held = b"" if self.transport.is_closing() else data[start:]
        if len(self.held) > HELD_BYTES:
            self.hang_up()
        elif self.held:
            self.flow.pause_reading()

    def _keep_pace(self, count: int) -> None:
        """Of a long body no more is read before it is its turn."""
        self.body_bytes += count
        if self.body_bytes > SHORT_BYTES:
            wait = _watches_in(self.loop).pace.seconds(count)
            if wait:
                self.line.hold_reading(self.loop, wait)

    @property
    def _is_busy(self) -> bool:
        """Whether a request that has come whole is not answered yet."""
        return self.cycle is not None and not self.cycle.response_complete and not self.at_body

    def _end_of_piece(self, data: bytes, start: int) -> int:
        """A piece ends where a request may, so that the next one is not in it."""
        if self.at_body and self.body_left:
            return start + self.body_left
        limit = start + (BODY_PIECE_BYTES if self.at_body else PIECE_BYTES)
        line_end = data.find(b"\r", start, limit)  # a single byte is found ten times as quickly
        end = data.find(END_OF_HEAD, line_end, limit) if line_end >= 0 else -1
        return limit if end < 0 else end + len(END_OF_HEAD)

    def _stop(self, status: int) -> None:
        """Have the parser stop; `send_400_response` follows."""
        self.refusal = status
        raise TooLong(status)

    def send_400_response(self, _msg: str) -> None:
        """The parser has stopped."""
        self._refuse(self.refusal)

    def _refuse(self, status: int) -> None:
        """Say so as the last word, unless an earlier answer is not out yet: then hang up without a word."""
        cycle, self.held = self.cycle, b""
        is_at_work = cycle is not None and not cycle.response_complete
        if self.pipeline or (is_at_work and (cycle.response_started or not self.at_body)):
            self.hang_up()
            return
        if is_at_work:
            cycle.disconnected = True
            cycle.message_event.set()
        words = REFUSALS[status].encode()
        headers = [
            *self.server_state.default_headers,
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(words)).encode()),
            (b"connection", b"close"),
        ]
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
        self.line.say_last(STATUS_LINE[status] + lines + b"\r\n" + words)
        _unread_in(self.loop).begin(self)

    def _throw_away(self, count: int) -> None:
        """What still comes behind the last word has an end, too."""
        self.rest_bytes += count
        if self.rest_bytes > REFUSED_BYTES:
            self.hang_up()

    def hang_up(self) -> None:
        """Close, as soon as what was said has been fetched; who does not fetch it is closed all the same."""
        self.transport.close()
        _unread_in(self.loop).begin(self)

    def pause_writing(self) -> None:
        """More is written than is fetched."""
        super().pause_writing()
        _unread_in(self.loop).begin(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there any more."""
        super().connection_lost(exc)
        self.held = b""
        _waiting_in(self.loop).end(self)
        _unread_in(self.loop).end(self)

    @property
    def is_heavy(self) -> bool:
        """Whether much of a head has come, and not all of it."""
        return self.at_head and self.extra_bytes > PIECE_BYTES

    @property
    def most_seconds(self) -> float:
        """How long it may take over what it is at."""
        at_body = self.cycle is not None and not self.cycle.response_complete
        return REQUEST_SECONDS if at_body else HEAD_SECONDS


class _Watches(NamedTuple):
    waiting: Waiting
    unread: Unread
    pace: Pace


_all: dict[asyncio.AbstractEventLoop, _Watches] = {}


def _watches_in(loop: asyncio.AbstractEventLoop) -> _Watches:
    """This process's, of which there is one each: it has one loop."""
    there = _all.get(loop)
    if there is None:
        _all.clear()
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = MOST_WAITING if files == resource.RLIM_INFINITY else min(files // 2, MOST_WAITING)
        there = _all[loop] = _Watches(Waiting(loop, most), Unread(loop), Pace(loop))
    return there


def _waiting_in(loop: asyncio.AbstractEventLoop) -> Waiting:
    return _watches_in(loop).waiting


def _unread_in(loop: asyncio.AbstractEventLoop) -> Unread:
    return _watches_in(loop).unread


def _more_files() -> None:
    """Let this process open as many files as it may: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


def main(arguments: list[str]) -> None:
    """Serve until somebody asks to stop."""
    _more_files()
    give_large_blocks_back()
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
