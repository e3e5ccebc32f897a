"""What a benchmark reports: figures, some of them with a bound that must hold."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `at_most` is its bound; None: told for comparison only."""

    name: str
    value: float
    unit: str = ""
    at_most: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the bound holds."""
        return self.at_most is None or self.value <= self.at_most

    def line(self) -> str:
        """One line for people."""
        bound = "" if self.at_most is None else f"   (at most {self.at_most:g}: {'holds' if self.holds else 'BROKEN'})"
        return f"  {self.name:<58} {self.value:>12,.2f} {self.unit}{bound}"


def report(title: str, figures: Iterable[Figure]) -> str:
    """A titled list."""
    return "\n".join([title, *(figure.line() for figure in figures)])
