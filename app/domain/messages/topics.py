"""What a message can be about, and what is the case of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Topic(StrEnum):
    """A condition of a connection that somebody is told of; what a recipient chooses from."""

    RECONNECT = "reconnect"
    """QuickBooks takes the grant no more."""
    BLOCKED = "blocked"
    """Nothing is synchronised until something is mended."""
    UNEXPLAINED = "unexplained"
    """The last comparison found a difference without a cause."""
    STUCK = "stuck"
    """Something is due, and nobody is going to look at it."""
    HELD = "held"
    """So many removals that a person has to look first."""
    WAITING = "waiting"
    """A question has waited for a day."""
    SUMMARY = "summary"
    """What happened in a week."""
    TEST = "test"
    """Somebody has pressed Test: every recipient gets its own."""


CONDITIONS = (Topic.RECONNECT, Topic.BLOCKED, Topic.UNEXPLAINED, Topic.STUCK, Topic.HELD, Topic.WAITING)
"""Those that are the case for a while, and then no more."""
CHOOSABLE = (*CONDITIONS, Topic.SUMMARY)


class Phase(StrEnum):
    """What has become of a condition."""

    BEGUN = "begun"
    MORE = "more"
    """It was told of, and there is more of it now."""
    ENDED = "ended"
    ONCE = "once"
    """Of what is no condition: a summary, a test."""


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that makes a condition the case. `key` knows it again ("" where there can only be one), `line` names it."""

    key: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A condition that is the case: its matters (some of them, where there are very many), how many there are in all, and
    the sentence that says what is wrong and what a person does about it (`remedy`), where the connection has one."""

    matters: tuple[Matter, ...] = (Matter(),)
    count: int = 1
    reason: str = ""
    remedy: str = ""
    since: datetime | None = None

    @property
    def keys(self) -> frozenset[str]:
        """By what its matters are known again."""
        return frozenset(matter.key for matter in self.matters)


Standings = Mapping[Topic, Standing]
"""All that is the case of one connection at a moment."""
