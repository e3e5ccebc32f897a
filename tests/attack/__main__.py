"""`python -m tests.attack [name ...] [--part 0.01] [--keep]`: every attack, or those named; 1 where anything got through.

--part asks for so much of each attack's full size. --keep leaves the logs of all processes behind.
"""

import argparse
import asyncio
import importlib
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.attack.attack import Attack, Count
from tests.attack.ground import Ground, set_ground

NAMES = (
    "forged",
    "silent",
    "slow",
    "chunked",
    "oversized",
    "at_once",
    "large_posts",
    "half_open",
    "heads",
    "guesses",
    "bodies",
    "sessions",
    "addresses",
    "decompression",
    "dripping",
    "tenants",
)
"""The attacks, in the order in which they are carried out."""
MOST_MEMORY = 300e6
"""Bytes of one API process, whatever is tried."""


async def carry_out(ground: Ground, names: Sequence[str]) -> list[Count]:
    """Carry these attacks out, one after the other, and say what came of each."""
    return [await _one(ground, name) for name in names]


async def _one(ground: Ground, name: str) -> Count:
    attack: Attack = importlib.import_module(f"tests.attack.{name}").ATTACK
    ground.forget_memory()
    ended, began = ground.ended(), time.monotonic()
    count = await attack.carry_out(ground)
    faults = [count.said] if count.said else []
    got_through = count.got_through
    if ground.most_memory > MOST_MEMORY:
        got_through += 1
        faults.append("TOO MUCH MEMORY")
    if ground.ended() > ended:
        got_through += 1
        faults.append("A PROCESS ENDED")
    _say(
        f"{attack.title}: {count.attempts:,} attempts, {got_through} got through"
        f" ({'; '.join([*faults, f'API {ground.most_memory / 1e6:.0f} MB', f'{time.monotonic() - began:.0f} s'])})"
    )
    return Count(count.attempts, got_through)


async def _hold(folder: Path, names: Sequence[str], part: float) -> list[Count]:
    async with set_ground(folder, part) as ground:
        _say(f"everything is up, {len(ground.shops)} shops are connected")
        return await carry_out(ground, names)


def main() -> int:
    """Carry out what was named; the last line gives the counts."""
    parser = argparse.ArgumentParser(prog="make attack", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(NAMES))
    parser.add_argument("--part", type=float, default=1.0)
    parser.add_argument("--keep", action="store_true")
    wishes = parser.parse_args()
    if unknown := [name for name in wishes.names if name not in NAMES]:
        parser.error(f"there is no attack {unknown[0]}; there are: {', '.join(NAMES)}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends this ends all that it has started
    folder = Path(tempfile.mkdtemp(prefix="oncord-attack-"))
    if wishes.keep:
        _say(f"logs in {folder / 'logs'}")
    try:
        counts = asyncio.run(_hold(folder, wishes.names or NAMES, wishes.part))
    finally:
        if not wishes.keep:
            shutil.rmtree(folder, ignore_errors=True)
    got_through = sum(count.got_through for count in counts)
    _say(f"{sum(count.attempts for count in counts):,} attacks, {got_through} got through")
    return 1 if got_through else 0


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
