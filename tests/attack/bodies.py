"""Bodies that are too long, broken, slow or never there, without a key and with one, while the operator works."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass

from tests.attack.attack import Attack, Count
from tests.attack.ground import Ground, from_anywhere
from tests.attack.operator import kept_out, operating

FULL = 400
SENDERS = 50
SIXTY_MIB = 60 * 1024 * 1024
OBJECTS = b'{"a":1},' * 8192
ANSWER_SECONDS = 5.0
HUNG_UP, NOTHING = 0, -1
"""Where no answer is read: whoever still sends while they are hung up on may lose it, which is no harm to anybody else."""
SLOW_SECONDS = 25.0
"""A body with a key may take 20 seconds (`app.api.gate`)."""


@dataclass(frozen=True, slots=True)
class Sending:
    """One way to send; `answered` are the answers that are no harm, within `seconds`."""

    head: str
    body: Callable[[], AsyncIterator[bytes]]
    answered: tuple[int, ...]
    path: str = "/api/v1/connections"
    with_key: bool = False
    seconds: float = ANSWER_SECONDS


async def _sixty_mib() -> AsyncIterator[bytes]:
    for _ in range(SIXTY_MIB // len(OBJECTS)):
        yield OBJECTS


async def _chunks() -> AsyncIterator[bytes]:
    for _ in range(SIXTY_MIB // len(OBJECTS)):
        yield f"{len(OBJECTS):x}\r\n".encode() + OBJECTS + b"\r\n"


async def _broken() -> AsyncIterator[bytes]:
    yield b"[" * 100_000


async def _silence() -> AsyncIterator[bytes]:
    await asyncio.sleep(SLOW_SECONDS)
    yield b""


async def _drops() -> AsyncIterator[bytes]:
    for _ in range(int(SLOW_SECONDS)):
        yield b" "
        await asyncio.sleep(1)


LONG, CHUNKED, SHORT = f"Content-Length: {SIXTY_MIB}", "Transfer-Encoding: chunked", "Content-Length: 100000"
WAYS = (
    Sending(LONG, _sixty_mib, (401, HUNG_UP)),
    Sending(CHUNKED, _chunks, (401, HUNG_UP)),
    Sending(SHORT, _broken, (401, HUNG_UP)),
    Sending(LONG, _silence, (401,)),
    Sending(LONG, _sixty_mib, (413, HUNG_UP), with_key=True),
    Sending(CHUNKED, _chunks, (413, HUNG_UP), with_key=True),
    Sending(SHORT, _broken, (422,), with_key=True),
    Sending(LONG, _sixty_mib, (413, HUNG_UP), path="/sign-in"),
    Sending(CHUNKED, _chunks, (413, HUNG_UP), path="/sign-in"),
    Sending(LONG, _sixty_mib, (413, HUNG_UP), path="/oauth/quickbooks/callback"),
    Sending(SHORT, _drops, (408,), with_key=True, seconds=SLOW_SECONDS),
    Sending("Content-Length: 10000", _drops, (408,), path="/sign-in", seconds=SLOW_SECONDS),
)


async def _carry_out(ground: Ground) -> Count:
    numbers = iter(range(max(len(WAYS), ground.of(FULL))))
    answers: Counter[str] = Counter()
    wrong: Counter[str] = Counter()

    async def send() -> None:
        for number in numbers:
            way = WAYS[number % len(WAYS)]
            began = time.monotonic()
            status = await _status(ground, way)
            late = time.monotonic() - began > way.seconds
            answers[str(status)] += 1
            if status not in way.answered or late:
                wrong[f"{way.path} {way.head} key={way.with_key}: {status}{' late' if late else ''}"] += 1

    async with operating(ground) as served:
        await asyncio.gather(*(send() for _ in range(SENDERS)))
    said = f"answered {dict(answers)}, the operator {dict(served)}" + (f"; wrong: {dict(wrong)}" if wrong else "")
    return Count(answers.total(), wrong.total() + kept_out(served), said)


async def _status(ground: Ground, way: Sending) -> int:
    """What is answered while the body is still being sent, `HUNG_UP` or `NOTHING`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", ground.port)
    key = f"Authorization: Bearer {ground.stage.keys.admin_api_key}\r\n" if way.with_key else ""
    kind = "application/x-www-form-urlencoded" if way.path == "/sign-in" else "application/json"
    method = "GET" if way.path.startswith("/oauth/") else "POST"
    sender = "".join(f"{name}: {value}\r\n" for name, value in from_anywhere().items())
    head = f"{method} {way.path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n{sender}{key}{way.head}\r\n\r\n"

    async def send() -> None:
        with suppress(OSError):
            async for piece in way.body():
                writer.write(piece)
                await writer.drain()

    writer.write(head.encode())
    sending = asyncio.get_running_loop().create_task(send())
    try:
        line = await asyncio.wait_for(reader.readline(), SLOW_SECONDS + ANSWER_SECONDS)
        return int(line.split()[1]) if line else HUNG_UP
    except OSError:
        return HUNG_UP
    except TimeoutError:
        return NOTHING
    finally:
        sending.cancel()
        writer.close()


ATTACK = Attack("bodies that are too long, broken or slow", _carry_out)
