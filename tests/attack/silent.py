"""Connections that say how much is to come, and then nothing."""

from collections.abc import Sequence

from tests.attack.attack import Attack, Count
from tests.attack.ground import Ground
from tests.attack.siege import Besieger, besiege, several

FULL = 64


def besiegers(shop_ids: Sequence[str], count: int) -> list[Besieger]:
    """So many of them."""
    return several(shop_ids, count, lambda head: Besieger(head + b"content-length: 1048576\r\n\r\n"))


async def _carry_out(ground: Ground) -> Count:
    return await besiege(ground, besiegers(ground.shop_ids, ground.of(FULL)))


ATTACK = Attack("silent connections", _carry_out)
