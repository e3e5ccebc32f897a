"""Silent, slow, unfinished and oversized senders at once, in a process of their own so that they hold up nobody who measures:
`python -m tests.attack.crowd ORDER`, ORDER in JSON. Says how many connections they have opened.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from app.sandbox.local.services import PROJECT
from tests.attack import chunked, oversized, silent, slow
from tests.attack.siege import opened_by


@dataclass(frozen=True, slots=True)
class Order:
    """Whom to besiege, for how long, by how many of each kind."""

    port: int
    shop_ids: Sequence[str]
    seconds: float
    silent: int
    slow: int
    chunked: int
    oversized: int


async def gathered(order: Order) -> int:
    """Let a crowd besiege the service from another process; how many connections it has opened."""
    crowd = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.attack.crowd",
        json.dumps(asdict(order)),
        cwd=PROJECT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        said, _ = await crowd.communicate()
    finally:
        if crowd.returncode is None:
            crowd.kill()
            await crowd.wait()
    return int(said or 0)


async def _besiege(order: Order) -> int:
    kinds = ((silent, order.silent), (slow, order.slow), (chunked, order.chunked), (oversized, order.oversized))
    besiegers = [one for kind, count in kinds for one in kind.besiegers(order.shop_ids, count)]
    until = asyncio.get_running_loop().time() + order.seconds
    return sum(await asyncio.gather(*(opened_by(order.port, besieger, until) for besieger in besiegers)))


if __name__ == "__main__":
    sys.stdout.write(str(asyncio.run(_besiege(Order(**json.loads(sys.argv[1]))))))
