"""Connections on which the head of a request is never finished: each must be closed, or they add up to all there can be."""

import asyncio

from app.serve import HEAD_SECONDS
from tests.attack.attack import Attack, Count
from tests.attack.genuine import serving
from tests.attack.ground import Ground

FULL = 300
BEGINNINGS = (b"", b"\r\n", b"P", b"POST /webhooks/quickbooks HTTP/1.1\r\nhost: service\r\n")
PATIENCE_SECONDS = 3 * HEAD_SECONDS


async def _carry_out(ground: Ground) -> Count:
    async with serving(ground, ground.shops) as served:
        ends = await asyncio.gather(*(_is_closed(ground.port, number) for number in range(ground.of(FULL))))
    return Count(len(ends), ends.count(False) + served.kept_out, served.said)


async def _is_closed(port: int, number: int) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(BEGINNINGS[number % len(BEGINNINGS)])
        await asyncio.wait_for(reader.read(), PATIENCE_SECONDS)
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    finally:
        writer.close()
    return True


ATTACK = Attack("half-open requests", _carry_out)
