"""What speaks for and against two records being one, and how much that is worth.

Three grades: what is *certain* is adopted, what is *probable* is asked about with its reasons, and where there is *none*
a record is new. Doubling in silence and adopting a stranger are the worst faults; asking about everything is the third.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from app.domain.model.records import Snapshot


class Grade(IntEnum):
    """How much evidence there is that two records are one."""

    NONE = 0
    PROBABLE = 1
    CERTAIN = 2


@dataclass(frozen=True, slots=True)
class Evidence:
    """A grade and its reasons in words.

    `contends`: this one stands beside a certain match as another that it could be just as well, and so calls for a
    question; what is merely similar gives way to what is certain. `kept`: nothing speaks for it any more but that a
    person is asked about it. `blank`: nothing but the name speaks for it, since one of the two says nothing else.
    """

    grade: Grade
    speaks_for: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    contends: bool = True
    kept: bool = False
    blank: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """A record that another one could be, with the evidence."""

    snapshot: Snapshot
    evidence: Evidence

    @property
    def certain(self) -> bool:
        """Whether the two are one unless others could be it, too."""
        return self.evidence.grade is Grade.CERTAIN


def sure(snapshots: Iterable[Snapshot]) -> list[Match]:
    """Matches that are certain and need no words."""
    return [Match(snapshot, Evidence(Grade.CERTAIN)) for snapshot in snapshots]
