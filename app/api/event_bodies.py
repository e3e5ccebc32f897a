"""The bodies of events on their way in, before anybody knows who has sent them.

Room is taken by the bytes that have come, never by what a sender says is to come. Where there is no room left, the body on its way
that has held the most for the longest loses its own: a body with a right comes quickly. A body must come at a lowest rate.
"""

import asyncio
from collections.abc import Awaitable, Generator, Mapping, MutableMapping
from dataclasses import dataclass, field
from types import CoroutineType, coroutine
from typing import Any

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from app.errors import Unavailable

BYTES = 32 * 1024 * 1024
"""Of all bodies that are in memory, together: four of the longest. What is read ahead of each connection comes on top."""
FIRST_SECONDS = 5.0
"""What each sender has, besides the time that its bytes may take at the lowest rate."""
SLOWEST_RATE = 32 * 1024
"""Bytes a second."""
READING_SECONDS = 20.0
"""How long a sender may take to hand over a body, whatever its size."""
UNFINISHED = 1000
"""Bodies that may be on their way to one address at once. Where one more begins, the oldest is refused."""


@dataclass(frozen=True, slots=True)
class Post:
    """A request on its way in: its headers by their names in lower case, and where its body comes from."""

    headers: Mapping[str, str]
    receive: Receive


@dataclass(slots=True, eq=False)
class _Unfinished:
    """A body of which something is still to come, and the time limit of whoever waits for it."""

    limit: asyncio.Timeout
    began: float
    content: bytearray = field(default_factory=bytearray)
    refused: bool = False


class EventBodies:
    """The room of one process."""

    def __init__(self) -> None:
        self.taken = 0
        self._unfinished: dict[str, dict[_Unfinished, None]] = {}

    async def receive(self, post: Post, address: str, most: int) -> bytes:
        """The whole body, which takes room until it is given to `release`.

        Raises `HTTPException` (413 as soon as it is too long, 408 where it comes too slowly, 400 where the sender hangs up), and
        `Unavailable` where there is no room for it.
        """
        _insist_allowed(post.headers, most)
        first = _first(post.receive)
        if isinstance(first, dict) and not first.get("more_body"):
            body = _piece(first)
            self._take(len(body), most)
            return body
        return await self._in_time(post, first, address, most)

    async def _in_time(self, post: Post, first: Message | Awaitable[Message], address: str, most: int) -> bytes:
        """A body that has not come whole with its first piece, or of which nothing has come yet."""
        unfinished: _Unfinished | None = None
        try:
            async with asyncio.timeout(FIRST_SECONDS) as limit:
                message = first if isinstance(first, MutableMapping) else await first
                body = _piece(message)
                if not message.get("more_body"):
                    self._take(len(body), most)
                else:
                    unfinished = self._begin(address, limit)
                    body = await self._rest(post.receive, unfinished, body, most)
        except TimeoutError:
            if unfinished is not None and unfinished.refused:
                raise _overloaded() from None
            raise HTTPException(408, "The body took too long to come.") from None
        finally:
            if unfinished is not None:
                self._end(address, unfinished)
        return body

    def release(self, body: bytes) -> None:
        """Give back the room of a body that is not needed any more."""
        self.taken -= len(body)

    async def _rest(self, receive: Receive, unfinished: _Unfinished, piece: bytes, most: int) -> bytes:
        """All of a body of which `piece` has come."""
        more = True
        while True:
            self._take(len(piece), most, unfinished)
            unfinished.content += piece
            if not more:
                body, unfinished.content = bytes(unfinished.content), bytearray()
                return body
            due = min(READING_SECONDS, FIRST_SECONDS + len(unfinished.content) / SLOWEST_RATE)
            unfinished.limit.reschedule(unfinished.began + due)
            message = await receive()
            if unfinished.refused:
                raise _overloaded()
            piece, more = _piece(message), bool(message.get("more_body"))

    def _take(self, size: int, most: int, unfinished: _Unfinished | None = None) -> None:
        """Take room for so many bytes more of a body; where there is none, others on their way lose theirs."""
        if size + (len(unfinished.content) if unfinished else 0) > most:
            raise _too_long(most)
        while self.taken + size > BYTES:
            greediest = self._greediest()
            if greediest is None or greediest is unfinished:
                raise _overloaded()
            self._refuse(greediest)
        self.taken += size

    def _greediest(self) -> _Unfinished | None:
        """The body on its way that has held the most bytes for the longest."""
        now = asyncio.get_running_loop().time()
        holding = (one for there in self._unfinished.values() for one in there if one.content)
        return max(holding, key=lambda one: len(one.content) * (now - one.began), default=None)

    def _begin(self, address: str, limit: asyncio.Timeout) -> _Unfinished:
        there = self._unfinished.setdefault(address, {})
        if len(there) >= UNFINISHED:
            oldest = next(iter(there))
            del there[oldest]
            self._refuse(oldest)
        unfinished = _Unfinished(limit, asyncio.get_running_loop().time())
        there[unfinished] = None
        return unfinished

    def _end(self, address: str, unfinished: _Unfinished) -> None:
        self._give_back(unfinished)
        there = self._unfinished.get(address, {})
        there.pop(unfinished, None)
        if not there:
            self._unfinished.pop(address, None)

    def _refuse(self, unfinished: _Unfinished) -> None:
        """Take its room from a body; whoever waits for the rest of it is woken, and says so to the sender."""
        self._give_back(unfinished)
        unfinished.refused = True
        unfinished.limit.reschedule(asyncio.get_running_loop().time())

    def _give_back(self, unfinished: _Unfinished) -> None:
        self.taken -= len(unfinished.content)
        unfinished.content = bytearray()


def _first(receive: Receive) -> Message | Awaitable[Message]:
    """The first piece, where it has come already as most bodies have as a whole; else what brings it.

    Nothing is waited for then, so that no time limit is needed, which costs more than all else that is done with a small body.
    """
    begun = receive()
    if not isinstance(begun, CoroutineType):
        return begun
    try:
        waited_for = begun.send(None)
    except StopIteration as come:
        message: Message = come.value
        return message
    return _continued(begun, waited_for)


@coroutine
def _continued(begun: "CoroutineType[Any, Any, Message]", waited_for: Any) -> Generator[Any, Any, Message]:
    """What has been begun and waits for this, carried on by whoever waits for it."""
    try:
        yield waited_for
    except BaseException:
        begun.close()
        raise
    return (yield from begun.__await__())


def _piece(message: Message) -> bytes:
    if message["type"] == "http.disconnect":
        raise HTTPException(400, "The sender hung up.")
    piece: bytes = message.get("body", b"")
    return piece


def _insist_allowed(headers: Mapping[str, str], most: int) -> None:
    """Raises 413 where what the sender says of the length is too much, or no number."""
    declared = headers.get("content-length", "0")
    if not (declared.isascii() and declared.isdecimal()) or len(declared) > len(str(most)) or int(declared) > most:
        raise _too_long(most)


def _too_long(most: int) -> HTTPException:
    return HTTPException(413, f"At most {most} bytes.")


def _overloaded() -> Unavailable:
    return Unavailable("overloaded", "Too many events at once. Send this one again a little later.")
