"""What an attempt to send came to, and when the next one follows."""

from dataclasses import dataclass
from datetime import timedelta

RETRIES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=15),
)
"""The pauses after failed attempts: seven of them within a day, and then it is given up."""


@dataclass(frozen=True, slots=True)
class Sent:
    """`answer` says in words what came of it. `final`: trying again cannot help. `gone`: nothing is ever to be sent there again."""

    arrived: bool
    answer: str
    final: bool = False
    gone: bool = False


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after so many attempts; None where it is given up."""
    return RETRIES[attempts - 1] if attempts <= len(RETRIES) else None
