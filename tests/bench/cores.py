"""Which cores the processes of a bench run on: what is judged by itself, and who loads it elsewhere.

A sender and a database on the same core would be judged too, and would be in the way of a slow endpoint more than of a fast one.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cores:
    """The core of what is judged, and those of everybody else. Without a second core, or where nobody may choose: empty."""

    judged: frozenset[int] = frozenset()
    others: frozenset[int] = frozenset()

    @property
    def words(self) -> str:
        """How the cores are shared out."""
        if not self.judged:
            return "all processes on the same cores: what is judged has none of its own"
        return f"what is judged on a core of its own, sender and database on {len(self.others)} other"


def shared_out() -> Cores:
    """The cores that this process may use, shared out."""
    if not hasattr(os, "sched_getaffinity"):
        return Cores()
    first, *others = sorted(os.sched_getaffinity(0))
    return Cores(frozenset({first}), frozenset(others)) if others else Cores()


@contextmanager
def on(cores: frozenset[int]) -> Iterator[None]:
    """Whatever is started in the block runs on these cores; with none of them, wherever it likes."""
    if not cores:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
