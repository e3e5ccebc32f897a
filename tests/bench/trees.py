"""An earlier build of the service, checked out beside this one."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.sandbox.local.migrations import PROJECT


@contextmanager
def tree_of(before: str) -> Iterator[Path]:
    """The folder of a build: `before` itself where it is one, else a work tree of this repository at that revision, gone afterwards."""
    if Path(before).is_dir():
        yield Path(before)
        return
    with tempfile.TemporaryDirectory(prefix="oncord-bench-") as folder:
        Path(folder).chmod(0o711)
        tree = Path(folder) / "tree"
        _git("worktree", "add", "--detach", str(tree), before)
        try:
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree))


def _git(*words: str) -> None:
    subprocess.run(["git", *words], cwd=PROJECT, check=True, capture_output=True)
