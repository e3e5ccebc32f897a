"""Answers that nobody fetches: what was written to a connection, and when it last moved.

Whoever asks and never reads has each answer kept for them. Here a connection on which nothing of what was written has moved for
thirty seconds is closed, whatever it was: a page, a list as CSV, a stream. A slow reader who takes a little now and then is left
alone, unless there are so many of them that all that is kept for them takes `UNREAD_BYTES`: then those go first that have
taken nothing for longest. What the kernel holds for a connection counts as movement, too: it may take megabytes before our own
buffer moves again.
"""

import asyncio
import fcntl
import socket
import struct
import termios
from contextlib import suppress
from typing import Protocol

UNREAD_SECONDS = 30.0
LOOK_SECONDS = 1.0
UNREAD_BYTES = 32 * 1024 * 1024


class Line(asyncio.Transport):
    """A connection's transport. After somebody has hung up, or was told the last word, nothing more is said, and that is no error.

    uvloop's raises where something is written to a connection that is gone, which is every day's business.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        self.had_last_word = False
        self._deaf = False
        self._held = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Say it, where anybody is there."""
        if not self.is_closing():
            self._transport.write(data)

    def say_last(self, content: bytes) -> None:
        """Say this and nothing more; what still comes is for others to throw away, so that this is not lost on its way."""
        self.write(content)
        self.had_last_word = True
        if not self._transport.is_closing() and self._transport.can_write_eof():
            self._transport.write_eof()

    def is_closing(self) -> bool:
        """Whether nothing more can be said."""
        return self.had_last_word or self._transport.is_closing()

    def close(self) -> None:
        """Hang up once all that was said has been fetched."""
        self._transport.close()

    def abort(self) -> None:
        """Hang up now, and have the kernel forget what it keeps for them (SO_LINGER, socket(7))."""
        channel = self._transport.get_extra_info("socket")
        with suppress(OSError, AttributeError):
            channel.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def pause_reading(self) -> None:
        """Hear nothing for now."""
        self._deaf = True
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Hear again, as soon as nothing else holds that up."""
        self._deaf = False
        if not self._held:
            self._transport.resume_reading()

    def hold_reading(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        """Hear nothing for so long, whoever wants to hear again."""
        if self._held or self._transport.is_closing():
            return
        self._held = True
        self._transport.pause_reading()
        loop.call_later(seconds, self._end_holding)

    def _end_holding(self) -> None:
        self._held = False
        if not self._deaf and not self._transport.is_closing():
            self._transport.resume_reading()

    def get_write_buffer_size(self) -> int:
        """Bytes that the kernel has not taken yet."""
        return self._transport.get_write_buffer_size()

    def get_extra_info(self, name: str, default: object = None) -> object:
        """What asyncio knows of it, by name."""
        return self._transport.get_extra_info(name, default)

    def bytes_in_kernel(self) -> int:
        """Bytes that the kernel has taken and the other side has not acknowledged (TIOCOUTQ, tcp(7)); 0 where it cannot say."""
        channel = self._transport.get_extra_info("socket")
        if channel is None:
            return 0
        try:
            (count,) = struct.unpack("i", fcntl.ioctl(channel.fileno(), termios.TIOCOUTQ, b"\0\0\0\0"))
        except OSError:
            return 0
        return int(count)


class Talker(Protocol):
    """Whoever holds a line."""

    line: Line


class Unread:
    """The connections for which something is kept that was written, those first that have taken nothing for longest."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._seen: dict[Talker, tuple[float, tuple[int, int]]] = {}
        self._looking = False

    def begin(self, talker: Talker) -> None:
        """Look at it from now on, unless all was fetched already."""
        if talker in self._seen or not talker.line.get_write_buffer_size():
            return
        self._seen[talker] = self._loop.time(), _kept(talker)
        if not self._looking:
            self._looking = True
            self._loop.call_later(LOOK_SECONDS, self._look)

    def end(self, talker: Talker) -> None:
        """It is gone."""
        self._seen.pop(talker, None)

    def _look(self) -> None:
        """Close those for whom nothing has moved for too long, and the first of those for whom too much is kept."""
        now = self._loop.time()
        for talker, (since, before) in list(self._seen.items()):
            kept = _kept(talker)
            if not kept[0]:
                self.end(talker)
            elif kept != before:
                self.end(talker)
                self._seen[talker] = now, kept
            elif now - since >= UNREAD_SECONDS:
                self._abort(talker)
        self._make_room()
        self._looking = bool(self._seen)
        if self._looking:
            self._loop.call_later(LOOK_SECONDS, self._look)

    def _make_room(self) -> None:
        over = sum(kept for _, (kept, _) in self._seen.values()) - UNREAD_BYTES
        for talker, (_, (kept, _)) in list(self._seen.items()):
            if over <= 0:
                return
            over -= kept
            self._abort(talker)

    def _abort(self, talker: Talker) -> None:
        self.end(talker)
        talker.line.abort()


def _kept(talker: Talker) -> tuple[int, int]:
    """Bytes that wait here, and in the kernel."""
    return talker.line.get_write_buffer_size(), talker.line.bytes_in_kernel()
