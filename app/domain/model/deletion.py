"""What is known of why a record is gone, or going: with whom it was deleted, into whom it was merged, or nothing at all.

It is stored as one text beside the record ("contact:17", "merged:9", "absence"); this is the only place that reads or
writes that text.
"""

from dataclasses import dataclass

from app.domain.model.kinds import Kind

MERGED = "merged:"
"""How the stored text of a merge begins."""
_ABSENCE = "absence"
_KINDS = frozenset(kind.value for kind in Kind)


@dataclass(frozen=True, slots=True)
class DeletedAlong:
    """The record whose deletion took this one along (C3)."""

    kind: Kind
    id: str

    def __post_init__(self) -> None:
        _expect(self.id)


@dataclass(frozen=True, slots=True)
class MergedInto:
    """The record of the same kind that an event named as the survivor of a merge."""

    id: str

    def __post_init__(self) -> None:
        _expect(self.id)


@dataclass(frozen=True, slots=True)
class Absence:
    """Nobody told of the deletion: the record was merely no longer there."""


DeletedWith = DeletedAlong | MergedInto | Absence
ABSENCE = Absence()


def format_deleted_with(value: DeletedWith | None) -> str:
    """The stored text; "" where nothing is known."""
    match value:
        case DeletedAlong(kind, record_id):
            return f"{kind}:{record_id}"
        case MergedInto(record_id):
            return f"{MERGED}{record_id}"
        case Absence():
            return _ABSENCE
        case None:
            return ""


def parse_deleted_with(text: str) -> DeletedWith | None:
    """What a stored text says; None for "" and for what names no kind of record that is synchronised."""
    if text == _ABSENCE:
        return ABSENCE
    head, _, record_id = text.partition(":")
    if not record_id:
        return None
    if text.startswith(MERGED):
        return MergedInto(record_id)
    return DeletedAlong(Kind(head), record_id) if head in _KINDS else None


def with_its_contact(*reasons: DeletedWith | None) -> bool:
    """Whether any of what was told says that a contact's deletion took the record along (C3)."""
    return any(isinstance(one, DeletedAlong) and one.kind is Kind.CONTACT for one in reasons)


def _expect(record_id: str) -> None:
    if not record_id:
        raise ValueError("a record has an id")
