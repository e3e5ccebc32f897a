"""Opening receivables (S1): a document that stands for what was open of a sale from before the start date, and is not that sale."""

from collections.abc import Iterator

from app.tieout.causes import Cause, Explained
from app.tieout.facts import Entry, Group, Ties

_STANDS_FOR = "It stands in QuickBooks for what was open of the sale on {day}, as an opening balance."
_NAMED = "Somebody said that the invoice in QuickBooks is what was open of the sale on {day}."
_MONEY = ("total", "tax", "sales")
_FOLLOWS = ("date", "number", "contact")


def opened(name: str, group: Group) -> Explained | None:
    """Why such a pair differs in something; None where it is no such pair, or its money is not what was open.

    The judge works out by itself what was open: the sale's total less what Oncord received before that day.
    """
    ours, theirs = group.oncord, group.document
    if ours is None or theirs is None or theirs.opening is None or not theirs.only_open:
        return None
    fits = theirs.total == theirs.open_then
    if name in _FOLLOWS or (name in _MONEY and fits):
        return Cause.OPENING, _STANDS_FOR.format(day=theirs.opening)
    if name in _MONEY and group.adopted:
        return Cause.PERSON, _NAMED.format(day=theirs.opening)
    return None


def received_before(entry: Entry | None, openings: dict[str, Entry], ties: Ties) -> Iterator[tuple[str, Explained]]:
    """The documents that money of Oncord pays which was received before they came into the books, with the reason."""
    if entry is None or entry.date is None:
        return
    for part in entry.applied:
        name = ties.document("oncord", part.document_id)
        document = openings.get(name)
        if document is not None and document.opening is not None and entry.date < document.opening:
            yield name, (Cause.OPENING, f"It was received before {document.opening}, when what was still open came in.")
