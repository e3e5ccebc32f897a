"""`python -m tests.simulation.mutants [NAME ...] [--first N --seeds N]`: does the simulation find each fault again?

Each patch is applied to a copy of the tree in a temporary folder, where its life is lived; with `--first`, the first life
among `--seeds` that ends well without the patch and badly with it is looked for instead.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.simulation.mutants import ROOT, Mutant, mutants

COPIED = ("app", "tests", "workers", "alembic", "alembic.ini", "pyproject.toml")


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
        found = _found(
            mutant,
            wanted.first or mutant.seed,
            wanted.seeds if wanted.first else 1,
            wanted.deeds if wanted.first else mutant.deeds,
        )
        survived += found is None
        _say(f"{mutant.name}: {found or 'SURVIVED'}")
    _say(f"mutants: {len(chosen)} patches, {survived} survived")
    return 1 if survived else 0


def _found(mutant: Mutant, first: int, count: int, deeds: int) -> str | None:
    """A life that tells the mutant from the product, and how: it ends badly with the patch and well without it."""
    end = first + count
    with _copy(mutant) as tree:
        while first < end:
            bad = _first_violation(tree, first, end - first, deeds)
            if bad is None:
                return None
            seed, told = bad
            if _first_violation(ROOT, seed, 1, deeds) is None:
                return f"seed {seed}, deeds {deeds}: {told}"
            first = seed + 1
    return None


@contextmanager
def _copy(mutant: Mutant) -> Iterator[Path]:
    """The tree with the patch, in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder)
        copy.chmod(0o755)
        for name in COPIED:
            source = ROOT / name
            skipped = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, copy / name, ignore=skipped) if source.is_dir() else shutil.copy(source, copy)
        for path, content in mutant.files().items():
            (copy / path).write_text(content)
        yield copy


def _first_violation(tree: Path, first: int, count: int, deeds: int) -> tuple[int, str] | None:
    """The seed of a life in this tree that violates something, and what; None where all end well."""
    arguments = ["--first", str(first), "--seeds", str(count), "--deeds", str(deeds), "--stop"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulation", *arguments],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.stdout.splitlines() or not done.stdout.splitlines()[-1].startswith("simulation: "):
        raise RuntimeError(f"no life could be lived in {tree}: {done.stderr[-800:]}")
    found = re.search(r"^seed (\d+) .*:\n +(.*)$", done.stdout, re.MULTILINE)
    return (int(found[1]), found[2]) if found else None


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
