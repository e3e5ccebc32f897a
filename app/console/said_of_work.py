"""What a run did and decided, in the words of people: no word of the engine, no rule without its sentence."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from app.domain.model.records import Side
from app.domain.model.rules import RULES

_WRITES = {
    "create": ("Made in {side}", "It would be made in {side}"),
    "update": ("Changed in {side}", "It would be changed in {side}"),
    "void": ("Voided in {side}", "It would be voided in {side}"),
    "delete": ("Deleted in {side}", "It would be deleted in {side}"),
}
"""What a write does: done, and in a run that only tries."""
_DECISIONS = {
    "adopt": "Recognised: the two are one, from now on both stay alike",
    "rebase": "Both sides hold the same",
    "tombstone": "Noted that it was deleted; nothing was removed in {side}",
    "repoint": "Goes on with the one that it was merged into",
    "skip": "Left as it is",
    "wait": "Waits",
    "park": "Waits for somebody",
}
"""What was decided where nothing was written."""
_ENDS = {
    "planned": "not sent yet",
    "prepared": "about to be sent",
    "sent": "sent, not answered yet",
    "adopted": "it was there already",
    "refused": "refused",
    "stale": "it had changed meanwhile, and is looked at again",
    "waiting": "it waits for another one",
    "failed": "it did not go through",
}
"""How a write ended, where it is not done."""

_COUNTERS = {
    "created": "made",
    "updated": "changed there",
    "voided": "voided",
    "deleted": "deleted",
    "would_create": "would be made",
    "would_update": "would be changed",
    "would_void": "would be voided",
    "would_delete": "would be deleted",
    "would_adopt": "would be recognised as one",
    "would_rebase": "would be alike on both sides",
    "would_tombstone": "would be noted as deleted",
    "would_repoint": "would be followed after a merge",
    "would_skip": "would be left as they are",
    "would_wait": "would wait for others",
    "would_park": "would wait for somebody",
    "adopted": "recognised as one",
    "unchanged": "alike on both sides",
    "tombstoned": "noted as deleted",
    "repointed": "followed after a merge",
    "skipped": "left as they are",
    "waiting": "waiting for others",
    "parked": "waiting for somebody",
    "laid_aside": "put aside until that happens",
    "held": "waiting for a yes",
    "conflicts": "changed on both sides",
    "postponed": "put off",
    "read": "read",
    "changed": "found changed",
    "found_by_check": "found by counting",
    "interruptions": "interrupted",
    "recovered": "taken up again",
    "replayed": "asked for a second time",
    "refused": "refused",
    "exists": "there already",
    "stale": "changed meanwhile",
    "clash": "with a name that is taken",
    "ambiguous": "with something that is gone",
    "gone": "gone already",
    "unknown": "without an answer",
}
"""What the counters of a run count."""


class Done(Protocol):
    """What was decided or written, as it was kept."""

    @property
    def action(self) -> str:
        """What it does."""

    @property
    def side(self) -> str:
        """Where."""

    @property
    def state(self) -> str:
        """How it ended."""

    @property
    def disagreements(self) -> Sequence[object]:
        """What both sides say differently."""


def rule(number: str) -> str:
    """A rule with its sentence: "C2: A change to a contact's details in Oncord is reflected in its QuickBooks customer."."""
    return f"{number}: {RULES[number]}" if number in RULES else number


def deed(decision: Done, dry_run: bool = False) -> str:
    """What was done about a record, and how that ended."""
    side = Side(decision.side).called
    if decision.action == "rebase" and decision.disagreements:
        return "Left as it is on both sides"
    if decision.action not in _WRITES:
        return _DECISIONS[decision.action].format(side=side)
    done, tried = (words.format(side=side) for words in _WRITES[decision.action])
    if dry_run:
        return tried
    return done if decision.state == "done" else f"{done}: {_ENDS.get(decision.state, decision.state)}"


def told(counters: Mapping[str, Any]) -> str:
    """The counters of a run in words, those that counted something."""
    counted = [f"{number} {counter(name)}" for name, number in counters.items() if counts(number)]
    return ", ".join(counted) or "nothing to do"


def counter(name: str) -> str:
    """What a counter of a run counts."""
    return _COUNTERS.get(name, name.replace("_", " "))


def counts(number: object) -> bool:
    """Whether a counter counted something."""
    return isinstance(number, int) and not isinstance(number, bool) and number > 0
