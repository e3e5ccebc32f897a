"""What becomes of a sale from before the start date that was still open on it (S1): chosen for all of them, or for one."""

from dataclasses import dataclass
from typing import Literal

OpeningChoice = Literal["undecided", "create", "bring_in", "match", "left_out"]
"""`create`: an invoice of its own date. `bring_in`: what was open of it, through an item on Opening Balance Equity, outside tax
and dated on the start date. `match`: it is in QuickBooks already. `left_out`: it stays in Oncord with what pays it."""


@dataclass(frozen=True, slots=True)
class OpeningAnswer:
    """What a person has said about one such sale; `document_id` names its invoice in QuickBooks where it is there already."""

    choice: OpeningChoice
    document_id: str = ""
