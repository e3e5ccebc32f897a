"""What an attack is, and what it comes to."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.attack.ground import Ground


@dataclass(frozen=True, slots=True)
class Count:
    """How often it was tried, and how often it got through: was believed, or kept somebody with a right from being served."""

    attempts: int
    got_through: int
    said: str = ""
    """What a reader wants to know besides, in a few words."""


@dataclass(frozen=True, slots=True)
class Attack:
    """One kind of attack. `title` says what is tried; `carry_out` leaves nothing of its own running."""

    title: str
    carry_out: Callable[[Ground], Awaitable[Count]]
