"""A shop whose answers are small on the wire and endless unpacked, or small values without end: at the API and in a worker."""

import asyncio
import gzip
import time
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import cache
from itertools import count, cycle, repeat

import httpx

from tests.attack.attack import Attack, Count
from tests.attack.changes import one_change, tell
from tests.attack.front import Answering, Front, behind_front
from tests.attack.ground import Ground
from tests.attack.operator import kept_out, operating

FULL = 400
"""Shops that are entered while they answer so, by whoever may enter shops."""
AT_ONCE = 8
FULL_SECONDS, LEAST_SECONDS = 60, 6.0
"""How long connected shops answer so."""
ANSWER_SECONDS = 30.0
CHANGE_SECONDS = 60.0
"""An honest shop's change beside them."""
MOST_WORKER_MEMORY = 500e6
UNPACKED = 256 * 1024 * 1024
REFUSED = (409, 422, 503)
"""What whoever enters such a shop may be answered."""

Way = tuple[str, Callable[[], Iterator[bytes]]]
"""What the answer says of its packing, and its body in pieces."""


@cache
def _bomb(window: int) -> bytes:
    packer = zlib.compressobj(wbits=window)
    pieces = [packer.compress(b" " * 2**20) for _ in range(UNPACKED // 2**20)]
    return b"".join([*pieces, packer.flush()])


@cache
def _small_values(piece: bytes) -> bytes:
    return gzip.compress(b"[" + piece * (8 * 2**20 // len(piece)) + b"0]", 6)


def _endless_gzip() -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    yield packer.compress(b"[")
    for _ in repeat(None):
        yield packer.compress(b"0," * 2**18) + packer.flush(zlib.Z_SYNC_FLUSH)


SMALL = (b'{"a":1},', b"[],")
GZIP = zlib.MAX_WBITS | 16
WAYS: tuple[Way, ...] = (
    ("gzip", lambda: iter([_bomb(GZIP)])),
    ("gzip, gzip", lambda: iter([gzip.compress(_bomb(GZIP))])),
    ("gzip", lambda: iter([gzip.compress(_bomb(GZIP))])),
    ("deflate", lambda: iter([_bomb(zlib.MAX_WBITS)])),
    ("deflate", lambda: iter([_bomb(-zlib.MAX_WBITS)])),
    ("gzip", lambda: iter([_small_values(SMALL[0])])),
    ("gzip", lambda: iter([_small_values(SMALL[1])])),
    ("gzip", lambda: iter([gzip.compress(b"[" * 4 * 2**20)])),
    ("gzip", lambda: iter([gzip.compress(b'{"id": ' + b"7" * 2**20 + b"}")])),
    ("gzip", lambda: iter([gzip.compress(b'{"id": "' + b"\\u0000" * 2**20 + b'"}')])),
    ("gzip", _endless_gzip),
    ("", lambda: repeat(b" " * 65536)),
    ("br", lambda: iter([b"\x1b" * 1000])),
    ("gzip", lambda: iter([b"no gzip"])),
)


def _pack() -> None:
    """Pack everything beforehand: it takes seconds, and nobody is to wait for it."""
    for window in (GZIP, zlib.MAX_WBITS, -zlib.MAX_WBITS):
        _bomb(window)
    for piece in SMALL:
        _small_values(piece)


async def _carry_out(ground: Ground) -> Count:
    await asyncio.to_thread(_pack)
    hostile, honest = ground.shops[:2], ground.shops[2]
    async with behind_front(ground, hostile) as front, operating(ground) as served:
        front.answer = _answering()
        entered = await _enter(ground, front)
        async with _always_due(ground):
            await asyncio.sleep(max(LEAST_SECONDS, FULL_SECONDS * ground.part))
            seconds = await one_change(ground, honest)
        answered = front.answered
    wrong = {what: times for what, times in entered.items() if what not in map(str, REFUSED)}
    harm = [seconds > CHANGE_SECONDS, ground.most_worker_memory > MOST_WORKER_MEMORY]
    said = (
        f"answered {dict(entered)}, the operator {dict(served)}, {answered} such answers,"
        f" an honest change took {seconds:.1f} s, a worker {ground.most_worker_memory / 1e6:.0f} MB"
    )
    return Count(answered, sum(wrong.values()) + sum(harm) + kept_out(served), said)


def _answering() -> Answering:
    ways = cycle(WAYS)

    async def answer(writer: asyncio.StreamWriter) -> None:
        packing, pieces = next(ways)
        said = f"content-encoding: {packing}\r\n" if packing else ""
        writer.write(f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{said}connection: close\r\n\r\n".encode())
        for piece in pieces():
            writer.write(piece)
            await writer.drain()

    return answer


async def _enter(ground: Ground, front: Front) -> Counter[str]:
    """Enter shops that answer so; what was answered, by status, "late" where it took too long."""
    numbers, answers = iter(range(max(len(WAYS), ground.of(FULL)))), Counter[str]()
    key = {"Authorization": f"Bearer {ground.stage.keys.admin_api_key}"}

    async def enter() -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=4 * ANSWER_SECONDS, headers=key) as http:
            for number in numbers:
                body = {"oncord_api_url": f"{front.address}/hostile/{number}", "oncord_token": "token-of-the-hostile"}
                began = time.monotonic()
                answer = await http.post(f"{ground.url}/api/v1/connections", json=body)
                late = time.monotonic() - began > ANSWER_SECONDS
                answers["late" if late else str(answer.status_code)] += 1

    await asyncio.gather(*(enter() for _ in range(AT_ONCE)))
    return answers


@asynccontextmanager
async def _always_due(ground: Ground) -> AsyncIterator[None]:
    """Tell of changes of the hostile shops, so that workers ask them again and again."""

    async def go_on_telling() -> None:
        for number in count():
            for branch in ground.shops[:2]:
                await tell(ground, branch, "sale", str(number))
            await asyncio.sleep(0.5)

    telling = asyncio.create_task(go_on_telling())
    try:
        yield
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


ATTACK = Attack("answers that unpack without end", _carry_out)
