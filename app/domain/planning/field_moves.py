"""Who moved each field of a pair last, out of its story: pure, from the writes that took effect, the first one first.

A write carries fields from one side to the other, so that it tells of both: what the one wrote there, and what somebody had done
here before. What a side holds otherwise than when the pair last agreed has moved since, and nobody has carried it over yet.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.domain.model.description import merged_fields
from app.domain.model.operations import Action
from app.domain.model.records import Kind, Record, Side

ENTERED = {Side.ONCORD: "shop", Side.QUICKBOOKS: "books"}
"""Whose people enter something on a side."""


@dataclass(frozen=True, slots=True)
class Write:
    """A write that took effect on `side`, and what it was about. `edited_at`: since when the edit behind it was known."""

    id: str
    at: dt.datetime
    action: Action
    side: Side
    fields: tuple[str, ...]
    record: Record | None
    edited_at: dt.datetime | None
    decided_by: str


@dataclass(frozen=True, slots=True)
class Move:
    """How a field came to be what a side holds.

    `by`: "shop" or "books" (somebody entered it there, and it was carried over or not yet), "service" (it was carried over from the other
    side), "person" (it was, since `decided_by` had answered so), or "start" (it was so when the two were joined). `write`: the write that
    carried it, "" where none did.
    """

    by: str
    at: dt.datetime | None
    write: str = ""
    decided_by: str = ""


def moves(
    kind: Kind,
    writes: Iterable[Write],
    now: Mapping[Side, Record | None],
    agreed: Mapping[Side, Record | None],
    modified: Mapping[Side, dt.datetime | None],
) -> dict[Side, dict[str, Move]]:
    """Of each side the last move of each field."""
    found: dict[Side, dict[str, Move]] = {
        side: {name: Move("start", None) for name in merged_fields(kind)} for side in Side
    }
    for write in writes:
        for name in carried(kind, write):
            carrier = "person" if write.decided_by else "service"
            found[write.side][name] = Move(carrier, write.at, write.id, write.decided_by)
            found[write.side.other][name] = Move(ENTERED[write.side.other], write.edited_at, write.id)
    for side in Side:
        for name in merged_fields(kind):
            if _differs(name, now.get(side), agreed.get(side)):
                found[side][name] = Move(ENTERED[side], modified.get(side))
    return found


def carried(kind: Kind, write: Write) -> tuple[str, ...]:
    """The fields that a write carried over: those that it names, or, of one that was made, all that it has."""
    if write.action is Action.CREATE and write.record is not None:
        return tuple(name for name in merged_fields(kind) if getattr(write.record, name) not in ("", None, (), False))
    return tuple(name for name in write.fields if name in merged_fields(kind))


def _differs(name: str, now: Record | None, agreed: Record | None) -> bool:
    return now is not None and agreed is not None and getattr(now, name) != getattr(agreed, name)
