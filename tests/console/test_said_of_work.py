"""What a decision is called on a page: the side on which something is gone, and the one on which it stays."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from app.console.said_of_work import deed


@dataclass(frozen=True)
class Decided:
    """As much of a decision as its name needs."""

    action: str
    side: str
    state: str = "done"
    disagreements: list[Any] = field(default_factory=list)


@pytest.mark.parametrize(
    ("decided", "dry_run", "words"),
    [
        (Decided("tombstone", "oncord"), False, "Deleted in Oncord, and kept in QuickBooks"),
        (Decided("tombstone", "quickbooks"), True, "Deleted in QuickBooks, and kept in Oncord"),
        (Decided("delete", "quickbooks"), False, "Deleted in QuickBooks"),
        (Decided("create", "oncord"), True, "It would be made in Oncord"),
        (Decided("update", "oncord", "refused"), False, "Changed in Oncord: refused"),
        (Decided("adopt", "oncord"), False, "Recognised: the two are one, from now on both stay alike"),
    ],
)
def test_a_decision_says_what_was_done_and_where(decided: Decided, dry_run: bool, words: str) -> None:
    assert deed(decided, dry_run) == words
