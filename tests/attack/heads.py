"""Heads, trailers and requests without end, and answers that nobody fetches: each is closed in time, and others are served meanwhile."""

import asyncio
import socket
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count, repeat

import httpx

from app.serve import HEAD_SECONDS
from app.unread_answers import UNREAD_SECONDS
from tests.attack.attack import Attack, Count
from tests.attack.genuine import serving
from tests.attack.ground import Ground, from_anywhere

FULL = 400
SENDERS = 50
MOST_BYTES = 8 * 1024 * 1024
"""What one connection may get rid of at most; a few of these are room of the kernel's."""
PATIENCE_SECONDS = 2 * (UNREAD_SECONDS + HEAD_SECONDS)
HEALTH_SECONDS, MEDIAN_SECONDS = 10.0, 1.0
"""How long `/health` may take for others at most, and in the middle."""
START = "GET /health HTTP/1.1\r\nHost: service\r\n"
CHUNKED = "POST /sign-in HTTP/1.1\r\nHost: service\r\nTransfer-Encoding: chunked\r\n{sender}\r\n"
PIECE = b"a" * 65536


@dataclass(frozen=True, slots=True)
class Way:
    """One way to send: a beginning, and then pieces for as long as they are taken."""

    start: str
    piece: bytes = b""
    is_read: bool = True
    """Whether the answers are."""

    def pieces(self) -> Iterator[bytes]:
        """What follows the start: the piece for ever, or headers of their own where there is none."""
        yield from repeat(self.piece) if self.piece else (b"x-%d: %b\r\n" % (number, b"a" * 1000) for number in count())


WAYS = (
    Way(f"{START}A: ", PIECE),
    Way(START, PIECE),
    Way("GET /", PIECE),
    Way(START),
    Way("", b"\r\n" * 32768),
    Way(f"{CHUNKED}0\r\nA: ", PIECE),
    Way(f"{CHUNKED}0\r\n"),
    Way(f"{CHUNKED}4;", PIECE),
    Way(f"{START}\r\n", f"{START}\r\n".encode() * 2000, is_read=False),
    Way("GET /openapi.json HTTP/1.1\r\nHost: service\r\n{sender}\r\n" * 100, is_read=False),
    Way("GET /reference HTTP/1.1\r\nHost: service\r\n{sender}\r\n" * 100, is_read=False),
)


@dataclass(slots=True)
class Health:
    """What others got meanwhile."""

    seconds: list[float] = field(default_factory=list)
    lost: int = 0

    @property
    def median(self) -> float:
        """Seconds in the middle."""
        return statistics.median(self.seconds) if self.seconds else HEALTH_SECONDS

    @property
    def kept_out(self) -> int:
        """How often nobody answered in time, and whether it took too long in the middle."""
        return self.lost + (self.median > MEDIAN_SECONDS)


async def _carry_out(ground: Ground) -> Count:
    numbers = iter(range(max(len(WAYS), ground.of(FULL))))
    ends: Counter[bool] = Counter()
    open_still: Counter[str] = Counter()

    async def send() -> None:
        for number in numbers:
            way = WAYS[number % len(WAYS)]
            is_closed = await _is_closed(ground.port, way)
            ends[is_closed] += 1
            if not is_closed:
                open_still[way.start[:30]] += 1

    await _have_documents_made(ground)
    async with serving(ground, ground.shops) as served, _others(ground) as health:
        await asyncio.gather(*(send() for _ in range(SENDERS)))
    said = f"{served.said}; /health of others: median {health.median * 1000:.0f} ms, {health.lost} lost"
    return Count(
        ends.total(),
        ends[False] + served.kept_out + health.kept_out,
        said + (f"; STILL OPEN: {dict(open_still)}" if open_still else ""),
    )


async def _have_documents_made(ground: Ground) -> None:
    """The API makes the document of itself when it is asked for first, which is not what is measured here."""
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as http:
        for path in ("/openapi.json", "/reference"):
            (await http.get(f"{ground.url}{path}")).raise_for_status()


async def _is_closed(port: int, way: Way) -> bool:
    """Whether the other side hangs up in time, before much was got rid of."""
    loop, channel = asyncio.get_running_loop(), socket.socket()
    channel.setblocking(False)
    sender = "".join(f"{name}: {value}\r\n" for name, value in from_anywhere().items())
    try:
        if not way.is_read:
            channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await loop.sock_connect(channel, ("127.0.0.1", port))
            await loop.sock_sendall(channel, way.start.replace("{sender}", sender).encode())
            return await _is_closed_while(loop, channel, way)
    except TimeoutError:
        return False
    except OSError:
        return True
    finally:
        channel.close()


async def _is_closed_while(loop: asyncio.AbstractEventLoop, channel: socket.socket, way: Way) -> bool:
    """Send on until it is hung up on; an answer is read, or left alone until nobody is there any more."""
    sent, pieces = 0, way.pieces()
    if way.is_read or way.piece:
        reading = loop.create_task(_until_the_end(loop, channel)) if way.is_read else None
        try:
            while sent < MOST_BYTES and not (reading and reading.done()):
                piece = next(pieces)
                await loop.sock_sendall(channel, piece)
                sent += len(piece)
            return bool(reading and await reading)
        finally:
            if reading:
                reading.cancel()
    while channel.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == TCP_ESTABLISHED:  # noqa: ASYNC110
        await asyncio.sleep(0.5)
    return True


TCP_ESTABLISHED = 1
"""The first byte of Linux' `tcp_info` (tcp(7)); anything else where the other side has hung up."""


async def _until_the_end(loop: asyncio.AbstractEventLoop, channel: socket.socket) -> bool:
    with suppress(ConnectionError):
        while await loop.sock_recv(channel, 65536):
            pass
    return True


@asynccontextmanager
async def _others(ground: Ground) -> AsyncIterator[Health]:
    """Somebody else, who asks for `/health` again and again while the block runs."""
    health, stopped = Health(), asyncio.Event()

    async def ask() -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=HEALTH_SECONDS) as http:
            while not (stopped.is_set() and health.seconds):
                began = time.monotonic()
                try:
                    answer = await http.get(f"{ground.url}/health", headers=from_anywhere())
                    health.lost += answer.status_code != 200
                except httpx.TransportError:
                    health.lost += 1
                health.seconds.append(time.monotonic() - began)
                await asyncio.sleep(0.1)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(ask())
        try:
            yield health
        finally:
            stopped.set()


ATTACK = Attack("endless heads and answers that nobody reads", _carry_out)
