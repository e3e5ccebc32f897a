"""Shops that deal their answers out a byte at a time: four of ten hold the changes of the others up."""

import asyncio
import signal
import statistics
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tests.attack.attack import Attack, Count
from tests.attack.changes import tell, timed
from tests.attack.front import Front, behind_front
from tests.attack.ground import Ground
from tests.chaos.branches import Branch, open_branches

MORE_SHOPS = 6
DRIPPING = 4
MOST = 1.5
"""So many times its quiet time a change may take."""
FULL = 120
"""Changes of honest shops, quiet and while others drip."""
FEWEST = 6
BYTE_SECONDS = 0.5
TOLD_EVERY = 0.5
"""The dripping shops tell of a change so often, so that they are always due."""
BEGUN_SECONDS = 8.0


async def carry_out(ground: Ground) -> Count:
    """Time the changes of honest shops, quiet and while four others drip; the median is what counts.

    Quiet is measured before and afterwards, and the slower of the two counts: what else the machine does meets both.
    """
    branches = await open_branches(ground.stage, MORE_SHOPS)
    slow, honest = branches[:DRIPPING], [*branches[DRIPPING:], *ground.shops]
    count = max(FEWEST, ground.of(FULL))
    async with _one_worker(ground), behind_front(ground, slow) as front:
        before = await timed(ground, honest, count)
        async with _dripping(ground, front, slow):
            loaded = await timed(ground, honest, count)
        afterwards = await timed(ground, honest, count)
    quiet, beside = max(map(statistics.median, (before, afterwards))), statistics.median(loaded)
    late = [seconds for seconds in loaded if seconds > MOST * quiet] if beside > MOST * quiet else []
    said = (
        f"a change takes {quiet:.1f} s, with them {beside:.1f} s, {max(loaded):.1f} s at most; {front.answered} dripped"
    )
    return Count(len(loaded), len(late) if front.answered else len(loaded), said)


@asynccontextmanager
async def _one_worker(ground: Ground) -> AsyncIterator[None]:
    """With as many places as there are dripping shops: the other worker stands still."""
    process = ground.stage.programs.all["worker-2"].process
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


@asynccontextmanager
async def _dripping(ground: Ground, front: Front, slow: Sequence[Branch]) -> AsyncIterator[None]:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n")
        while front.answer is not None:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(BYTE_SECONDS)

    async def go_on_telling() -> None:
        number = 0
        while True:
            number += 1
            for branch in slow:
                await tell(ground, branch, "sale", str(number))
            await asyncio.sleep(TOLD_EVERY)

    front.answer = drip
    telling = asyncio.create_task(go_on_telling())
    try:
        await asyncio.sleep(BEGUN_SECONDS)
        yield
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        front.answer = None


ATTACK = Attack("shops that drip", carry_out)
