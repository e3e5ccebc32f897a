"""`python -m tests.simulation.mutants [NAME ...] [--first N --seeds N]`: does the simulation find each fault again?

Each patch is applied to a copy of the tree in a temporary folder, where its life is lived; with `--first`, the first life
among `--seeds` that ends well without the patch and badly with it is looked for instead.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
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
        seeds = range(wanted.first, wanted.first + wanted.seeds) if wanted.first else [mutant.seed]
        found = _found(mutant, seeds, wanted.deeds if wanted.first else mutant.deeds)
        survived += found is None
        _say(f"{mutant.name}: {found or 'SURVIVED'}")
    _say(f"mutants: {len(chosen)} patches, {survived} survived")
    return 1 if survived else 0


def _found(mutant: Mutant, seeds: "range | list[int]", deeds: int) -> str | None:
    """The first life that tells the mutant from the product, and how."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder)
        copy.chmod(0o755)
        for name in COPIED:
            source = ROOT / name
            skipped = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, copy / name, ignore=skipped) if source.is_dir() else shutil.copy(source, copy)
        for path, content in mutant.files().items():
            (copy / path).write_text(content)
        for seed in seeds:
            told = _lived(copy, seed, deeds)
            if told and not _lived(ROOT, seed, deeds):
                return f"seed {seed}, deeds {deeds}: {told[0]}"
    return None


def _lived(tree: Path, seed: int, deeds: int) -> list[str]:
    """The violations of one life in one tree."""
    arguments = ["--first", str(seed), "--seeds", "1", "--deeds", str(deeds), "--processes", "1"]
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
    return [line.strip() for line in done.stdout.splitlines() if line.startswith("  ")]


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
