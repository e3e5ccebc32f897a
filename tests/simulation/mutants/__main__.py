"""`python -m tests.simulation.mutants [NAME ...] [--first N --seeds N]`: does the simulation find each fault again?

Each patch is applied to a copy of the tree in a temporary folder, where its life is lived; with `--first`, the first life
among `--seeds` that ends well without the patch and badly with it is looked for instead.
"""

import argparse
import sys

from tests.simulation.mutants import mutants
from tests.simulation.mutants.hunting import hunt


def main() -> int:
    """Parse the arguments and go; 1 where a mutant survives."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.mutants")
    parser.add_argument("names", nargs="*", help="only those whose name begins so")
    parser.add_argument("--first", type=int, default=0, help="look for a seed, beginning here")
    parser.add_argument("--seeds", type=int, default=100, help="among so many")
    parser.add_argument("--deeds", type=int, default=60)
    wanted = parser.parse_args()
    chosen = [m for m in mutants() if not wanted.names or m.name.startswith(tuple(wanted.names))]
    survived = 0
    for mutant in chosen:
        found = hunt(
            mutant,
            wanted.first or mutant.seed,
            wanted.seeds if wanted.first else 1,
            wanted.deeds if wanted.first else mutant.deeds,
        )
        survived += found is None
        _say(f"{mutant.name}: {found or 'SURVIVED'}")
    _say(f"mutants: {len(chosen)} patches, {survived} survived")
    return 1 if survived else 0


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
