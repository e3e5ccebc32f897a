"""What a benchmark reports: figures, some of them with a bound that must hold."""

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
