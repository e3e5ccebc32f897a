"""What a run did and decided, in the words of people: no word of the engine, no rule without its sentence."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from app.console.readable import amount
from app.domain.model.records import Side
from app.domain.model.rules import RULES
from app.storage.runs.matches import Part as Match
from app.storage.runs.previews import Part

_WRITES = {
    "create": ("Made in {side}", "It would be made in {side}"),
    "update": ("Changed in {side}", "It would be changed in {side}"),
    "void": ("Voided in {side}", "It would be voided in {side}"),
    "delete": ("Deleted in {side}", "It would be deleted in {side}"),
}
"""What a write does: done, and in a run that only tries."""
_DECISIONS = {
    "adopt": "Recognised: the two are one, from now on both stay alike",
    "rebase": "Nothing to carry over",
    "tombstone": "Deleted in {side}, and kept in {other}",
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
    "moved": "not done, since it has moved",
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
    "would_rebase": "with nothing to carry over",
    "would_tombstone": "would be kept though deleted on the other side",
    "would_repoint": "would be followed after a merge",
    "would_skip": "would be left as they are",
    "would_wait": "would wait for others",
    "would_park": "would wait for somebody",
    "adopted": "recognised as one",
    "unchanged": "with nothing to carry over",
    "tombstoned": "deleted on one side and kept on the other",
    "repointed": "followed after a merge",
    "skipped": "left as they are",
    "waiting": "waiting for others",
    "parked": "waiting for somebody",
    "laid_aside": "put aside until that happens",
    "held": "waiting for a yes",
    "removals_waiting": "removed in Oncord and waiting for a yes",
    "removals_dismissed": "removed in Oncord and left in QuickBooks",
    "conflicts": "changed on both sides",
    "postponed": "put off",
    "shown_left": "shown and left for the next one",
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


_TROUBLES = ("conflicts", "parked", "refused", "held", "removals_waiting", "shown_left")
"""The counters that are told beside what was written."""
_NOUNS = {
    "sale": ("sale", "sales"),
    "adjustment": ("credit", "credits"),
    "receipt": ("payment", "payments"),
    "refund": ("refund", "refunds"),
    "contact": ("contact", "contacts"),
    "item": ("product", "products"),
    "joining": ("joining of documents", "joinings of documents"),
}
"""What one and several of each sort of record are called, the weightiest first."""
_WAYS = {
    ("create", "quickbooks"): "sent",
    ("create", "oncord"): "received",
    ("update", "quickbooks"): "changed in QuickBooks",
    ("update", "oncord"): "changed in Oncord",
    ("void", "quickbooks"): "voided in QuickBooks",
    ("void", "oncord"): "voided in Oncord",
    ("delete", "quickbooks"): "deleted in QuickBooks",
    ("delete", "oncord"): "deleted in Oncord",
}
"""Which way it went."""

PARTS: Mapping[Part, str] = {
    "removed": "Removed or voided",
    "made": "Made",
    "changed": "Changed",
    "conflicts": "Changed on both sides",
    "asked": "Questions",
    "recognised": "Recognised as one",
    "waiting": "Waiting for others",
    "left_alone": "Left as it is",
}
"""What the parts of a preview are called, what is looked at first before the rest."""


MEETINGS: Mapping[Match, str] = {
    "ambiguous": "Several could be it",
    "probable": "Probably the same",
    "certain": "The same",
    "only_oncord": "Only in Oncord",
    "only_quickbooks": "Only in QuickBooks",
    "doubles": "Twice on one side",
    "clashes": "Numbers that are taken",
}
"""What the parts of the list are called that shows how both sides meet, what has to be decided before the rest."""
ABOUT_MEETINGS: Mapping[Match, str] = {
    "ambiguous": "Each of these could be one of several. Until somebody has said which, nothing is made for it, and its money waits.",
    "probable": "These look like the same. Until somebody has said so, nothing is made for them, and their money waits.",
    "certain": "These are taken for the same and go on as one, unless you say that they are different.",
    "only_oncord": "These have nothing like them in QuickBooks.",
    "only_quickbooks": "These have nothing like them in Oncord.",
    "doubles": "These are there twice on one side. Delete or merge there what is too many, then compare once more.",
    "clashes": "These would be made with a number that another document there has. Change one of the two numbers, or let QuickBooks number"
    " its own documents (in the configuration).",
}
"""What a part of that list is about, and what to do."""


def noun(sort: str, count: int) -> str:
    """What so many of a sort are called."""
    return _NOUNS.get(sort, (sort, f"{sort}s"))[count != 1]


def rule(number: str) -> str:
    """A rule with its sentence: "C2: A change to a contact's details in Oncord is reflected in its QuickBooks customer."."""
    return f"{number}: {RULES[number]}" if number in RULES else number


def deed(decision: Done, dry_run: bool = False) -> str:
    """What was done about a record, and how that ended."""
    side = Side(decision.side).called
    if decision.action == "rebase" and decision.disagreements:
        return "Left as it is on both sides"
    if decision.action not in _WRITES:
        return _DECISIONS[decision.action].format(side=side, other=Side(decision.side).other.called)
    done, tried = (words.format(side=side) for words in _WRITES[decision.action])
    if dry_run:
        return tried
    return done if decision.state == "done" else f"{done}: {_ENDS.get(decision.state, decision.state)}"


def told(counters: Mapping[str, Any], dry_run: bool = False) -> str:
    """What a run did, in words: "3 sales, 412.00 AUD sent; 1 payment, 44.00 AUD received". Of one that wrote nothing what it counted."""
    moved = counters.get("moved")
    if not isinstance(moved, list) or not moved:
        counted = [f"{number} {counter(name)}" for name, number in counters.items() if counts(number)]
        return ", ".join(counted) or "nothing to do"
    left = [f"{counters[name]} {counter(name)}" for name in _TROUBLES if counts(counters.get(name))]
    return "; ".join([*_moved(moved, dry_run), *left])


def _moved(moved: Sequence[Mapping[str, Any]], dry_run: bool) -> Iterator[str]:
    """What was moved of each sort; one sort in several currencies is one phrase."""
    phrases: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for each in moved:
        phrases.setdefault((each["side"], each["action"], each["sort"]), []).append(each)
    order = list(_NOUNS)
    for (side, action, sort), parts in sorted(
        phrases.items(), key=lambda p: order.index(p[0][2]) if p[0][2] in order else 9
    ):
        count = sum(int(part["count"]) for part in parts)
        money = " and ".join(amount(part["amount"], part["currency"]) for part in parts if part["currency"])
        what = f"{count} {noun(sort, count)}" + (f", {money}" if money and action != "update" else "")
        yield f"{what} {'would be ' if dry_run else ''}{_WAYS[action, side]}"


def counter(name: str) -> str:
    """What a counter of a run counts."""
    return _COUNTERS.get(name, name.replace("_", " "))


def counts(number: object) -> bool:
    """Whether a counter counted something."""
    return isinstance(number, int) and not isinstance(number, bool) and number > 0
