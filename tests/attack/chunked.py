"""Chunked bodies of megabytes that are never finished: nothing declares how long they are."""

from collections.abc import Iterator, Sequence
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


def besiegers(shop_ids: Sequence[str], count: int) -> list[Besieger]:
    """So many of them."""

    def besieger(head: bytes) -> Besieger:
        return Besieger(head + b"transfer-encoding: chunked\r\n\r\n", _almost_all, pause=0.05)

    return several(shop_ids, count, besieger)


async def _carry_out(ground: Ground) -> Count:
    return await besiege(ground, besiegers(ground.shop_ids, ground.of(FULL)))


ATTACK = Attack("unfinished chunked bodies", _carry_out)
