"""Bodies larger than any address takes: some say so, the others go on until they are hung up on."""

from collections.abc import Sequence
from itertools import count as counted
from itertools import repeat

from tests.attack.attack import Attack, Count
from tests.attack.chunked import CHUNK
from tests.attack.ground import Ground
from tests.attack.siege import Besieger, besiege, several

FULL = 50


def besiegers(shop_ids: Sequence[str], count: int) -> list[Besieger]:
    """So many of them."""
    numbers = counted()

    def besieger(head: bytes) -> Besieger:
        if next(numbers) % 2:
            return Besieger(head + b"content-length: 104857600\r\n\r\n", lambda: repeat(b"x" * 0x10000), pause=0.01)
        return Besieger(head + b"transfer-encoding: chunked\r\n\r\n", lambda: repeat(CHUNK), pause=0.01)

    return several(shop_ids, count, besieger)


async def _carry_out(ground: Ground) -> Count:
    return await besiege(ground, besiegers(ground.shop_ids, ground.of(FULL)))


ATTACK = Attack("oversized bodies", _carry_out)
