"""Chunked bodies of megabytes that are never finished: nothing declares how long they are."""

from collections.abc import Iterator
from itertools import repeat

from tests.attack.attack import Attack, Count
from tests.attack.ground import Ground
from tests.attack.siege import Besieger, besiege, several

FULL = 120
CHUNK = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"


def _almost_all() -> Iterator[bytes]:
    """A little less than an address takes, quickly; then a byte at a time."""
    yield from [CHUNK] * 15
    yield from repeat(b"1\r\nx\r\n")


async def _carry_out(ground: Ground) -> Count:
    def besieger(head: bytes) -> Besieger:
        return Besieger(head + b"transfer-encoding: chunked\r\n\r\n", _almost_all, pause=0.05)

    return await besiege(ground, several(ground, FULL, besieger))


ATTACK = Attack("unfinished chunked bodies", _carry_out)
