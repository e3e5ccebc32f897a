"""What may stand on one side although its counterpart was deleted: the rules about deleting, in the judge's own words.

What QuickBooks deletes takes nothing away in Oncord, wherever it began (S6, S7, R4). What Oncord deletes takes along what
began there, and lets stand what began in QuickBooks or was on both sides before they met (S3, S7, R3), and whatever was
deleted together with its contact (C3). That somebody noted a deletion explains nothing by itself: what should have gone
along and still stands is a difference without a cause, and so is what stands beside something that is not gone at all.
"""

from collections.abc import Iterable

from app.tieout.facts import Entry, Lost

_IN_THE_BOOKS = "It was deleted in QuickBooks, which takes nothing away in Oncord."
_WITH_ITS_CONTACT = "It was deleted in Oncord together with its contact, which takes nothing out of the books."
_BEGAN_ELSEWHERE = "It was deleted in Oncord and did not begin there, so that it stays in the books."
_CANCELLED_BEFORE = "It was cancelled before it was deleted: what is left of it in the books comes to nothing together."
_LEFT_OF_TWO = (
    "It was cancelled before it was deleted; of the two documents that came to nothing together in QuickBooks somebody has deleted or "
    "voided one there, which takes nothing else away."
)
_JOINS_NOTHING = "It only joined credit to something that was deleted, and moves no money."


def why_kept(entry: Entry) -> str:
    """Why a record stays where it is without a counterpart; "" where no rule says so."""
    return next((why for each in reversed(entry.lost) if (why := _why(entry, each))), "")


def lost_in_the_books(entries: Iterable[Entry]) -> tuple[Lost, ...]:
    """The payments of a receipt that were deleted in QuickBooks, and which no edit of the receipt makes anew (R4)."""
    ours = (entry for entry in entries if entry.side == "oncord")
    return tuple(lost for entry in ours for lost in entry.lost if lost.side == "quickbooks" and not lost.there)


def _why(entry: Entry, lost: Lost) -> str:
    if lost.side == entry.side:
        return _JOINS_NOTHING if _joins_nothing(entry, lost) else ""
    if lost.there:
        return ""
    if lost.side == "quickbooks":
        return _IN_THE_BOOKS
    if lost.along:
        return _WITH_ITS_CONTACT
    if lost.origin != "oncord":
        return _BEGAN_ELSEWHERE
    if lost.left:
        return _LEFT_OF_TWO
    return _CANCELLED_BEFORE if lost.beside is not None and not entry.sign * entry.total + lost.beside else ""


def _joins_nothing(entry: Entry, lost: Lost) -> bool:
    """What is left of a joining of credit: the document that it joined, or the refund, went, and all else with it (S3, R4)."""
    moves_money = entry.is_document or bool(entry.total)
    return not moves_money and lost.last and len({part.credit for part in entry.applied}) < 2
