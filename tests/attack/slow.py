"""Bodies that come a byte at a time."""

from collections.abc import Sequence
from itertools import repeat

from tests.attack.attack import Attack, Count
from tests.attack.ground import Ground
from tests.attack.siege import Besieger, besiege, several

FULL = 64


def besiegers(shop_ids: Sequence[str], count: int) -> list[Besieger]:
    """So many of them."""

    def besieger(head: bytes) -> Besieger:
        return Besieger(head + b"content-length: 1048576\r\n\r\n", lambda: repeat(b"x"), pause=0.2)

    return several(shop_ids, count, besieger)


async def _carry_out(ground: Ground) -> Count:
    return await besiege(ground, besiegers(ground.shop_ids, ground.of(FULL)))


ATTACK = Attack("slow bodies", _carry_out)
