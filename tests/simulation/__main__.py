"""`python -m tests.simulation [--seeds N] [--first N] [--deeds N] [--processes N] [--show]`: live lives, say what went wrong.

Each process has its own services and takes the next seed when it is done with one.
"""

import argparse
import contextlib
import multiprocessing
import queue
import sys
import time
from collections import Counter
from typing import Any

from tests.simulation.lives import CHOSEN_FROM, End
from tests.simulation.working import work
from tests.simulation.worlds import world_of


def _all(first: int, count: int, deeds: int, processes: int, show: bool, stop: bool) -> int:
    began, bad, counts = time.monotonic(), 0, Counter[str]()
    context = multiprocessing.get_context("spawn")
    seeds, ends = context.Queue(), context.Queue()
    for seed in [*range(first, first + count), *([None] * processes)]:
        seeds.put(seed)
    workers = [context.Process(target=work, args=(seeds, ends, deeds)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    try:
        for done in range(1, count + 1):
            end: End = _next(ends, workers)
            counts += end.verdict.counts
            if show:
                _say("\n".join(end.told))
            if end.verdict.violations:
                bad += 1
                _say("\n  ".join([f"seed {end.seed} ({world_of(end.seed)}):", *end.verdict.violations]))
            if bad and stop:
                count = done
                break
            if done % 20 == 0:
                _say(f"{done} lives, {bad} with violations, {_pace(done, began)} lives a minute")
    finally:
        _take_back(seeds)
        for _ in workers:
            seeds.put(None)
        for worker in workers:
            worker.join(120)
            if worker.is_alive():
                worker.terminate()
    told = ", ".join(f"{n} {name}" for name, n in sorted(counts.items()))
    spent = f"{time.monotonic() - began:.0f} s, {_pace(count, began)} lives a minute"
    _say(f"simulation: {count} lives of {deeds} deeds, {bad} with violations; {told}; {spent}")
    return 1 if bad else 0


def _take_back(seeds: Any) -> None:
    """Take back the seeds that nobody has begun; a worker may take the last of them meanwhile."""
    with contextlib.suppress(queue.Empty):
        while True:
            seeds.get_nowait()


def _next(ends: Any, workers: list[Any]) -> End:
    """The next life's end; raises where the processes died without telling."""
    while True:
        try:
            found: End = ends.get(timeout=5)
        except Exception:
            if not any(worker.is_alive() for worker in workers):
                raise
            continue
        return found


def _pace(done: int, began: float) -> str:
    return f"{done * 60 / max(time.monotonic() - began, 0.001):.1f}"


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main() -> int:
    """Parse the arguments and go."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--first", type=int, default=CHOSEN_FROM, help="the first seed")
    parser.add_argument("--seeds", type=int, default=50, help="how many lives")
    parser.add_argument("--deeds", type=int, default=60, help="how long each one is")
    parser.add_argument("--processes", type=int, default=2, help="how many lives at once")
    parser.add_argument("--show", action="store_true", help="tell everything that happened")
    parser.add_argument("--stop", action="store_true", help="end with the first life that violates something")
    wanted = parser.parse_args()
    processes = min(wanted.processes, wanted.seeds)
    return _all(wanted.first, wanted.seeds, wanted.deeds, processes, wanted.show, wanted.stop)


if __name__ == "__main__":
    sys.exit(main())
