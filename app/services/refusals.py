"""What is refused again and again: the first of each stands in the audit at once, how many more there were in one later row.

The audit is only added to and kept for years, so that whoever repeats what is refused must not be able to fill it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.model.actor import Actor

WITHIN = timedelta(minutes=1)
MOST = 10_000
"""Of how many it is remembered that they came; beyond, the minute of the oldest one is over."""
NAMED = 10
"""How many rows a minute of one caller name a connection of others that was asked for: its id may be made up, each time another one."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What was refused to whom: one row in a minute for each. `asked_for`: the connection of others that was asked for, "" for none."""

    connection_id: str
    who: Actor
    action: str
    about: str
    asked_for: str = ""


@dataclass(slots=True)
class _Counted:
    since: datetime
    more: int = 0


class Refusals:
    """The refusals of the last minute in one process, and those before it that are not written down yet."""

    def __init__(self) -> None:
        self._counted: dict[Refused, _Counted] = {}
        """In the order in which they began."""
        self._left: dict[Refused, int] = {}
        """How many more there were of what is over."""
        self._named: dict[Actor, Counter[tuple[str, str]]] = {}
        """What each caller asked for of others, of what is in `_counted`."""

    def first(self, refused: Refused, now: datetime) -> Refused | None:
        """What is to be written down of this one, without the id of others beyond `NAMED`; None where it is one more of its minute, counted."""
        if refused.asked_for and not self._is_named(refused):
            refused = replace(refused, asked_for="")
        counted = self._counted.get(refused)
        if counted is not None and now - counted.since < WITHIN:
            counted.more += 1
            return None
        if counted is not None:
            self._end(refused)
        elif len(self._counted) >= MOST:
            self._end(next(iter(self._counted)))
        self._counted[refused] = _Counted(now)
        if refused.asked_for:
            self._named.setdefault(refused.who, Counter())[refused.about, refused.asked_for] += 1
        return refused

    def _is_named(self, refused: Refused) -> bool:
        """Whether the connection of others is to be written down: such a row is there already, or there are few of this caller's."""
        named = self._named.get(refused.who, ())
        return (refused.about, refused.asked_for) in named or len(named) < NAMED

    def _end(self, refused: Refused) -> None:
        """The minute of one is over, or has to make room."""
        more = self._counted.pop(refused).more
        if refused.asked_for:
            named = self._named[refused.who]
            named[refused.about, refused.asked_for] -= 1
            self._named[refused.who] = +named
            if not self._named[refused.who]:
                del self._named[refused.who]
        if more:
            self.keep([(refused, more)])

    def over(self, now: datetime) -> list[tuple[Refused, int]]:
        """Those whose minute has passed and that came again in it, with how often; each is told of once, unless it is given back (`keep`)."""
        while self._counted:
            oldest, counted = next(iter(self._counted.items()))
            if now - counted.since < WITHIN:
                break
            self._end(oldest)
        passed, self._left = list(self._left.items()), {}
        return passed

    def keep(self, unwritten: Iterable[tuple[Refused, int]]) -> None:
        """Remember what could not be written down for the next time; where there is too much, without the ids of others."""
        for refused, more in unwritten:
            known = refused if refused in self._left or len(self._left) < MOST else replace(refused, asked_for="")
            self._left[known] = self._left.get(known, 0) + more
