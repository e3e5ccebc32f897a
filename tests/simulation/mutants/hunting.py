"""Living with a mutant: the first life that ends badly with the patch and well without it."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.simulation.mutants import ROOT, Mutant

COPIED = ("app", "tests", "workers", "alembic", "alembic.ini", "pyproject.toml")


def hunt(mutant: Mutant, first: int, count: int, deeds: int) -> str | None:
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
