"""What is refused again and again: the first of each stands in the audit at once, how many more there were in one later row.

The audit is only added to and kept for years, so that whoever repeats what is refused must not be able to fill it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.model.actor import Actor

WITHIN = timedelta(minutes=1)
MOST = 10_000
"""Of how many it is remembered that they came; beyond, the oldest one is written down at its next time as if it were new."""
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
    """The refusals of the last minute in one process."""

    def __init__(self) -> None:
        self._counted: dict[Refused, _Counted] = {}

    def first(self, refused: Refused, now: datetime) -> Refused | None:
        """What is to be written down of this one, without the id of others beyond `NAMED`; None where it is one more of its minute, counted."""
        if refused.asked_for and not self._is_named(refused):
            refused = replace(refused, asked_for="")
        counted = self._counted.get(refused)
        if counted is not None and now - counted.since < WITHIN:
            counted.more += 1
            return None
        if len(self._counted) >= MOST:
            self._counted.pop(next(iter(self._counted)))
        self._counted[refused] = _Counted(now)
        return refused

    def _is_named(self, refused: Refused) -> bool:
        """Whether the connection of others is to be written down: such a row is there already, or there are few of this caller's."""
        named = {(each.about, each.asked_for) for each in self._counted if each.who == refused.who and each.asked_for}
        return (refused.about, refused.asked_for) in named or len(named) < NAMED

    def over(self, now: datetime) -> list[tuple[Refused, int]]:
        """Those whose minute has passed and that came again in it, with how often; each is told of once."""
        passed = {each: counted.more for each, counted in self._counted.items() if now - counted.since >= WITHIN}
        for each in passed:
            del self._counted[each]
        return [(each, more) for each, more in passed.items() if more]
