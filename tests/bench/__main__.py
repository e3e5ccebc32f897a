"""`python -m tests.bench [--full] [name ...]`: every bench, or those named; 1 where a bound does not hold.

Each bench runs in a process of its own, so that none inherits another's memory, and within a time limit. With `--before REVISION`
the bench of webhooks, or of first synchronisations, holds this build against an earlier one.
"""

import argparse
import importlib
import subprocess
import sys
import time

from app import log
from tests.bench import builds, first_sync_cost
from tests.bench.figures import Bench, Figure

NAMES = (
    "quickbooks",
    "engine",
    "first_sync",
    "webhooks",
    "workers",
    "tables",
    "tieout",
    "searching",
    "latency",
    "many",
)
COMPARED = {"webhooks": builds.compared, "first_sync": first_sync_cost.compared}
"""The benches that hold this build against an earlier one, by name."""
LONGEST_SECONDS = 900
LONGEST_FULL_SECONDS = 7200


def _load(name: str, before: str = "") -> Bench:
    if before:
        return COMPARED[name](before)
    found: Bench = importlib.import_module(f"tests.bench.{name}").BENCH
    return found


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _measure(name: str, *, full: bool, before: str = "") -> int:
    """Carry out one bench in this process."""
    log.configure("text", "ERROR")
    bench = _load(name, before)
    _say(f"\n{bench.name}: {bench.title}")
    began = time.monotonic()
    broken: list[Figure] = []
    for found in bench.measure(full):
        _say(found.line())
        if isinstance(found, Figure) and not found.holds:
            broken.append(found)
    _say(f"  ({time.monotonic() - began:.0f} s)")
    for figure in broken:
        _say(f"  BROKEN in {name}: {figure.name.strip()} is {figure.value:g}, {figure.bound}")
    return 1 if broken else 0


def _apart(name: str, *, full: bool, before: str) -> int:
    """Carry out one bench in a process of its own."""
    command = [sys.executable, "-m", "tests.bench", "--here", name, *(["--full"] if full else [])]
    command += ["--before", before] if before else []
    try:
        return subprocess.run(
            command, timeout=LONGEST_FULL_SECONDS if full else LONGEST_SECONDS, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        _say(f"  BROKEN: {name} did not end in time")
        return 1


def main() -> int:
    """Run what was named."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure, and judge the bounds.")
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(NAMES))
    parser.add_argument("--full", action="store_true", help="the sizes that take long")
    parser.add_argument(
        "--before", default="", help="a revision or a folder: webhooks or first_sync alone, both builds in turn"
    )
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    wishes = parser.parse_args()
    if unknown := [name for name in wishes.names if name not in NAMES]:
        parser.error(f"there is no bench {unknown[0]}; there are: {', '.join(NAMES)}")
    if wishes.before and (len(wishes.names) != 1 or wishes.names[0] not in COMPARED):
        parser.error(f"--before is for one of these: {', '.join(COMPARED)}")
    if wishes.here:
        return _measure(wishes.names[0], full=wishes.full, before=wishes.before)
    names = wishes.names or list(NAMES)
    failed = [name for name in names if _apart(name, full=wishes.full, before=wishes.before)]
    _say(
        f"\n{len(names) - len(failed)} of {len(names)} benches hold"
        + (f"; broken: {', '.join(failed)}" if failed else "")
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
