"""Bodies that come a byte at a time."""

from itertools import repeat

from tests.attack.attack import Attack, Count
from tests.attack.ground import Ground
from tests.attack.siege import Besieger, besiege, several

FULL = 64


async def _carry_out(ground: Ground) -> Count:
    def besieger(head: bytes) -> Besieger:
        return Besieger(head + b"content-length: 1048576\r\n\r\n", lambda: repeat(b"x"), pause=0.2)

    return await besiege(ground, several(ground, FULL, besieger))


ATTACK = Attack("slow bodies", _carry_out)
