"""Small patches that take one mend each out of the product again: a simulation that does not find them proves nothing.

A patch is a unified diff; its first line names the number of the fault and how it shows, the second a seed that finds it:

    # A1: a decision is carried out again and again
    # seed 8012, deeds 60
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


class DoesNotApply(Exception):
    """The code that a patch changes reads otherwise by now: make the patch anew."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One patch: what it breaks, and the life that shows it (seed 0: none is known)."""

    name: str
    words: str
    seed: int
    deeds: int
    text: str

    def files(self) -> dict[str, str]:
        """The changed files as they read with the patch; raises `DoesNotApply`."""
        found: dict[str, str] = {}
        for path, old, new in _blocks(self.text):
            content = found.get(path) or (ROOT / path).read_text()
            if content.count(old) != 1:
                raise DoesNotApply(f"{self.name}: {path} has {content.count(old)} places that read\n{old}")
            found[path] = content.replace(old, new)
        return found


def mutants() -> list[Mutant]:
    """All of them, by name."""
    return [_read(path) for path in sorted(HERE.glob("*.diff"))]


def _read(path: Path) -> Mutant:
    text = path.read_text()
    found = re.match(r"# (?P<words>.*)\n# seed (?P<seed>\d+), deeds (?P<deeds>\d+)\n", text)
    if found is None:
        raise DoesNotApply(f"{path.name} does not say what it breaks and which life shows it.")
    return Mutant(path.stem, found["words"], int(found["seed"]), int(found["deeds"]), text)


def _blocks(text: str) -> Iterator[tuple[str, str, str]]:
    """Each hunk: the file, how the place reads, and how it reads with the patch. Line numbers play no part."""
    path, old, new = "", [""], [""]
    old.clear(), new.clear()
    for line in [*text.splitlines(), "@@"]:
        if line.startswith(("--- ", "@@")):
            if old or new:
                yield path, "\n".join(old) + "\n", "\n".join(new) + "\n"
            old, new = [], []
        elif line.startswith("+++ "):
            path = line.removeprefix("+++ ").removeprefix("b/")
        elif line.startswith(("#", "\\")) or not path:
            continue
        else:
            mark, rest = line[:1], line[1:]
            if mark != "+":
                old.append(rest)
            if mark != "-":
                new.append(rest)
