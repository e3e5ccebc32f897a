"""All who begin requests and do not end them, at once, while the times of genuine events are measured beside them.

A round measures quietly first, then with the crowd. In the middle of five rounds the slowest hundredth of genuine events takes
three times what it takes quietly at most, or a tenth of a second. Genuine senders stay far below half of what can be done.
"""

import asyncio
import statistics

from tests.attack import chunked, oversized, silent, slow
from tests.attack.attack import Attack, Count
from tests.attack.crowd import Order, gathered
from tests.attack.genuine import serving
from tests.attack.ground import Ground

ROUNDS = 5
FULL_SECONDS, LEAST_SECONDS = 20, 3.0
BEGUN_SECONDS = 2.0
"""Until the crowd is there."""
MOST, LEAST_BOUND = 3.0, 0.1
"""So many times the quiet p99 the p99 may be, or so many seconds, whichever is more."""


async def _carry_out(ground: Ground) -> Count:
    seconds = max(LEAST_SECONDS, FULL_SECONDS * ground.part)
    order = Order(
        port=ground.port,
        shop_ids=ground.shop_ids,
        seconds=BEGUN_SECONDS + seconds + 1,
        silent=ground.of(silent.FULL),
        slow=ground.of(slow.FULL),
        chunked=ground.of(chunked.FULL),
        oversized=ground.of(oversized.FULL),
    )
    rounds = [await _round(ground, order, seconds) for _ in range(ROUNDS)]
    over = statistics.median(loaded / max(MOST * quiet, LEAST_BOUND) for quiet, loaded, _, _ in rounds) > 1
    attempts = sum(opened for *_, opened in rounds)
    kept_out = sum(lost for _, _, lost, _ in rounds)
    times = ", ".join(f"{quiet * 1000:.0f} and {loaded * 1000:.0f}" for quiet, loaded, _, _ in rounds)
    said = f"p99 in ms, quiet and beside them: {times}" + ("; TOO SLOW" if over else "")
    return Count(attempts, kept_out + over, said)


async def _round(ground: Ground, order: Order, seconds: float) -> tuple[float, float, int, int]:
    """The p99 of genuine events, quiet and beside the crowd, how many were kept out, and the connections of the crowd."""
    async with serving(ground, ground.shops) as quiet:
        await asyncio.sleep(seconds)
    crowd = asyncio.create_task(gathered(order))
    try:
        await asyncio.sleep(BEGUN_SECONDS)
        async with serving(ground, ground.shops) as beside:
            await asyncio.sleep(seconds)
        return quiet.p99, beside.p99, quiet.kept_out + beside.kept_out, await crowd
    finally:
        crowd.cancel()


ATTACK = Attack("all of these at once", _carry_out)
