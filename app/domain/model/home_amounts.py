"""What the books tell of a document in another currency: at which rate it is booked, and what it comes to at home.

Kept as extras of its snapshot: it is read and never written, and no part of what is compared or merged (docs/decisions/foreign-money.md).
"""

from collections.abc import Iterable
from decimal import Decimal

_RATE, _AT_HOME = "rate", "at_home"


def booked_at(rate: Decimal, at_home: Decimal | None) -> tuple[str, ...]:
    """The extras that say so. `rate`: home currency for one of the document's; `at_home`: its total, where that is told."""
    total = () if at_home is None else (f"{_AT_HOME}:{at_home}",)
    return (*total, f"{_RATE}:{rate}")


def rate_in(extras: Iterable[str]) -> Decimal | None:
    """The rate that a document is booked at; None where it was not read since it is kept, or is in the home currency."""
    return _amount_in(extras, _RATE)


def total_at_home(extras: Iterable[str]) -> Decimal | None:
    """What a document comes to at home; None where nothing says so."""
    return _amount_in(extras, _AT_HOME)


def _amount_in(extras: Iterable[str], name: str) -> Decimal | None:
    told = (extra.removeprefix(f"{name}:") for extra in extras if extra.startswith(f"{name}:"))
    return next(map(Decimal, told), None)
