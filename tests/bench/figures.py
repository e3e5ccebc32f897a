"""What a bench finds: figures, some of them with a bound that must hold, and how they are shown."""

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `at_most` and `at_least` are its bounds; without one it is told for comparison only.

    Times are bound only as ratios within one run: the machine plays no part then.
    """

    name: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def holds(self) -> bool:
        """Whether its bounds hold."""
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )

    @property
    def bound(self) -> str:
        """The bound in words, with the verdict; "" where there is none."""
        words = [
            f"{which} {_number(limit)}"
            for which, limit in (("at most", self.at_most), ("at least", self.at_least))
            if limit is not None
        ]
        return f"{' and '.join(words)}: {'holds' if self.holds else 'BROKEN'}" if words else ""

    def line(self) -> str:
        """One row of the table."""
        return f"  {self.name:<66} {_number(self.value):>11} {self.unit:<8} {self.bound}".rstrip()


@dataclass(frozen=True, slots=True)
class Note:
    """A line of text between figures: a plan, a circumstance."""

    text: str

    def line(self) -> str:
        """One row of the table."""
        return f"  {self.text}"


@dataclass(frozen=True, slots=True)
class Bench:
    """A named measurement. `measure` yields what it finds as it goes; `full` asks for the size that takes long."""

    name: str
    title: str
    measure: Callable[[bool], Iterator[Figure | Note]]


def _number(value: float) -> str:
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.3f}" if abs(value) < 10 else f"{value:,.1f}"


def typical(seconds: list[float]) -> float:
    """The fastest quarter's middle: what the machine does beside us only ever makes it slower."""
    return statistics.median(sorted(seconds)[: max(1, len(seconds) // 4)])
