"""`python -m tests.simulation [--seeds N] [--first N] [--deeds N] [--show]`: live some lives and say what went wrong."""

import argparse
import asyncio
import sys
import time
from collections import Counter

from app import log
from app.sandbox.services import ServiceAddresses
from tests.simulation.lives import live
from tests.support.services import copied_database, migrate_template, running_services


async def _all(services: ServiceAddresses, first: int, seeds: int, deeds: int, show: bool) -> int:
    began, bad, counts = time.monotonic(), 0, Counter[str]()
    for seed in range(first, first + seeds):
        with copied_database(services) as fresh:
            end = await live(fresh.app, seed, deeds)
        counts += end.verdict.counts
        if show:
            _say("\n".join(end.told))
        if end.verdict.violations:
            bad += 1
            _say("\n  ".join([f"seed {seed}:", *end.verdict.violations]))
    told = ", ".join(f"{n} {name}" for name, n in sorted(counts.items()))
    _say(f"simulation: {seeds} lives of {deeds} deeds, {bad} with violations; {told}; {time.monotonic() - began:.0f} s")
    return 1 if bad else 0


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main() -> int:
    """Parse the arguments and go."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=50, help="how many lives")
    parser.add_argument("--deeds", type=int, default=60, help="how long each one is")
    parser.add_argument("--show", action="store_true", help="tell everything that happened")
    wanted = parser.parse_args()
    log.configure("text", level="ERROR")
    with running_services() as services:
        migrate_template(services)
        return asyncio.run(_all(services, wanted.first, wanted.seeds, wanted.deeds, wanted.show))


if __name__ == "__main__":
    sys.exit(main())
