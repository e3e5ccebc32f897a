"""`python -m tests.chaos [--short] [--seed N] [--keep]`: the storm, and 1 where anything was lost or doubled.

--keep leaves the logs of all processes behind. --connections, --events and --seconds change the size.
"""

import argparse
import asyncio
import random
import shutil
import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.chaos.size import LONG, SHORT
from tests.chaos.trial import hold_trial

SHOWN = 40


def main() -> int:
    """Run once; the last line gives the counts."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--connections", type=int)
    parser.add_argument("--events", type=int)
    parser.add_argument("--seconds", type=float)
    wanted = parser.parse_args()
    size = SHORT if wanted.short else LONG
    size = replace(
        size,
        connections=wanted.connections or size.connections,
        events=wanted.events or size.events,
        storm_seconds=wanted.seconds or size.storm_seconds,
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends this ends all that it has started
    folder = Path(tempfile.mkdtemp(prefix="oncord-chaos-"))
    _say(f"seed {wanted.seed}" + (f", logs in {folder / 'logs'}" if wanted.keep else ""))
    try:
        report = asyncio.run(hold_trial(folder, size, wanted.seed, _say))
    finally:
        if not wanted.keep:
            shutil.rmtree(folder, ignore_errors=True)
    verdict = report.verdict
    for name, found in (("lost", verdict.lost), ("doubled", verdict.doubled), ("wrong", verdict.wrong)):
        for words in found[:SHOWN]:
            _say(f"{name}: {words}")
        if len(found) > SHOWN:
            _say(f"{name}: and {len(found) - SHOWN} more")
    _say(report.summary + (f", {len(verdict.wrong)} other faults" if verdict.wrong else ""))
    return 0 if verdict.passed else 1


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
