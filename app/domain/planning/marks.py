"""How a record of Oncord is said to stand in the books, from what is known about it; nothing where it is said already.

What became of a document (`gone`, `void`) and what was settled of it are told by writes of their own; this leaves both as
they are.
"""

from dataclasses import dataclass

from app.domain.model.write_fields import BooksStatus

_TOLD_OTHERWISE = (BooksStatus.GONE, BooksStatus.VOID)
_ENDED = (BooksStatus.LINKED, BooksStatus.WAITING, BooksStatus.REFUSED)


@dataclass(frozen=True, slots=True)
class Said:
    """What Oncord shows of a record's counterpart: a status, why, in words, and where a person finds it."""

    status: str = ""
    reason: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class InTheBooks:
    """What is known about a record's counterpart."""

    linked: bool = False
    gone: bool = False
    """The counterpart was deleted, and no other was made."""
    page: str = ""
    """Where a person finds it; "" where that is not known."""
    waits: str = ""
    """Why the record, or its counterpart, is not synchronised for now."""
    refused: bool = False
    """It waits since QuickBooks has refused it."""
    settled: str = ""
    """What was settled of it in the books by something that is no receipt, in words."""


def to_say(held: Said, known: InTheBooks) -> Said | None:
    """What Oncord is to be told; None where it shows that already, or is told by something else."""
    if held.status in _TOLD_OTHERWISE or (known.gone and not known.linked):
        return None
    url = (known.page or held.url) if known.linked else ""
    if known.waits:
        said = Said(BooksStatus.REFUSED if known.refused else BooksStatus.WAITING, known.waits, url)
    elif known.linked:
        said = Said(BooksStatus.LINKED, held.reason if held.status == BooksStatus.LINKED else known.settled, url)
    elif held.status in _ENDED:
        said = Said(BooksStatus.NONE)
    else:
        return None
    return said if said != held else None
