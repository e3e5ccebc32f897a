"""Connections that say how much is to come, and then nothing."""

from tests.attack.attack import Attack, Count
from tests.attack.ground import Ground
from tests.attack.siege import Besieger, besiege, several

FULL = 64


async def _carry_out(ground: Ground) -> Count:
    return await besiege(
        ground, several(ground, FULL, lambda head: Besieger(head + b"content-length: 1048576\r\n\r\n"))
    )


ATTACK = Attack("silent connections", _carry_out)
