"""Senders without a right who begin requests and do not end them, by hand on the socket, while genuine ones are served."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, repeat

from tests.attack.attack import Count
from tests.attack.genuine import serving
from tests.attack.ground import Ground

FULL_SECONDS, LEAST_SECONDS = 30, 3.0
LATE_SECONDS = 30.0
"""On a busy machine a sender may come late, and is waited for."""


@dataclass(frozen=True, slots=True)
class Besieger:
    """What one sender without a right does, again and again: the head of a request, then a piece and a pause each time."""

    head: bytes
    pieces: Callable[[], Iterator[bytes]] = lambda: repeat(b"")
    pause: float = 1.0


def addresses(shop_ids: Sequence[str]) -> list[bytes]:
    """The heads of posts to these shops' addresses, to Intuit's, and to one that there is not; each says that it is signed."""
    site = b"webhook-id: msg_1\r\nwebhook-timestamp: 1796000000\r\nwebhook-signature: v1,bm90aGluZw==\r\n"
    intuit = b"POST /webhooks/quickbooks HTTP/1.1\r\nhost: service\r\nintuit-signature: bm90aGluZw==\r\n"
    ids = [*shop_ids, "con_nobody"]
    sites = [b"POST /webhooks/oncord/%b HTTP/1.1\r\nhost: service\r\n%b" % (one.encode(), site) for one in ids]
    return [head for one in sites for head in (one, intuit)]


async def besiege(ground: Ground, besiegers: list[Besieger]) -> Count:
    """Let them all begin at once, and count the genuine events that were not acknowledged meanwhile."""
    until = asyncio.get_running_loop().time() + max(LEAST_SECONDS, FULL_SECONDS * ground.part)
    async with serving(ground, ground.shops) as served:
        opened = await asyncio.gather(*(opened_by(ground.port, besieger, until) for besieger in besiegers))
    return Count(sum(opened), served.kept_out, served.said)


async def opened_by(port: int, besieger: Besieger, until: float) -> int:
    """How many connections a besieger has opened: another one whenever its last was closed."""
    loop, opened = asyncio.get_running_loop(), 0
    while loop.time() < (until if opened else until + LATE_SECONDS):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            opened += 1
            writer.write(besieger.head)
            for piece in besieger.pieces():
                writer.write(piece)
                await asyncio.wait_for(writer.drain(), max(0.1, until - loop.time()))
                if loop.time() >= until or await _is_closed(reader, besieger.pause):
                    break
            writer.close()
        except (OSError, TimeoutError):
            await asyncio.sleep(0.05)
    return opened


async def _is_closed(reader: asyncio.StreamReader, seconds: float) -> bool:
    """Wait so long, or until the other side has closed."""
    try:
        async with asyncio.timeout(seconds):
            while await reader.read(65536):
                pass
            return True
    except TimeoutError:
        return False


def several(shop_ids: Sequence[str], count: int, make: Callable[[bytes], Besieger]) -> list[Besieger]:
    """So many senders, the addresses in turn."""
    heads = cycle(addresses(shop_ids))
    return [make(next(heads)) for _ in range(count)]
