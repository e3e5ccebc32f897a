"""`python -m tests.tieout [--seeds N] [--first N]`: plant discrepancies into one world, seed by seed, and count what was named."""

import argparse
import asyncio
import random
import sys
from collections import Counter

from app import log
from tests.support.joint import joined
from tests.support.services import copied_database, migrate_template, running_services
from tests.tieout.planted import Planter, make_world

MOST = 4


async def _plant(database_url: str, first: int, seeds: int) -> tuple[Counter[str], list[str]]:
    counts, wrong = Counter[str](), list[str]()
    async with joined(database_url) as joint:
        await make_world(joint)
        for seed in range(first, first + seeds):
            planted, named, faults = await Planter(joint, random.Random(seed)).run(1 + seed % MOST)
            counts["planted"] += len(planted)
            counts["named"] += len(named)
            if named != planted or faults:
                wrong.append(f"seed {seed}: planted {planted}, named {named} {faults}")
    return counts, wrong


def main() -> int:
    """Parse the arguments and go; the last line gives the counts."""
    parser = argparse.ArgumentParser(prog="python -m tests.tieout")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1000, help="how many")
    wanted = parser.parse_args()
    log.configure("text", "CRITICAL")
    with running_services() as services:
        migrate_template(services)
        with copied_database(services) as urls:
            counts, wrong = asyncio.run(_plant(urls.app, wanted.first, wanted.seeds))
    for words in wrong:
        sys.stdout.write(f"{words}\n")
    told = f"{counts['planted']} discrepancies planted, {counts['named']} named"
    sys.stdout.write(f"tieout: {wanted.seeds} seeds, {told}, {len(wrong)} seeds wrong\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
