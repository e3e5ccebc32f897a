"""Which events tell us of nothing but our own writes (docs/rules.md 3).

Oncord's events carry the version: equal to the one that our write returned, it is our echo. QuickBooks' carry neither
token nor author: an event is taken for an echo only if we wrote that record or paid that invoice, if its time lies
within our call, and if no other event was held for that write. Anything in doubt is a change.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.model.records import Kind, Side

AFTERWARDS = timedelta(seconds=1)

HeldEcho = tuple[str, Kind, str]
"""A write and a record: for each of them one event is held at most."""


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """An event, as far as this question goes."""

    id: int
    side: Side
    kind: Kind
    record_id: str
    occurred_at: datetime | None
    version: str = ""


@dataclass(frozen=True, slots=True)
class AnsweredWrite:
    """A write of ours that was answered. `paid` are the sales that a receipt was applied to."""

    operation_id: str
    side: Side
    kind: Kind
    record_id: str
    version: str
    sent_at: datetime
    answered_at: datetime
    paid: frozenset[str] = frozenset()


def echoes(
    seen_events: Iterable[SeenEvent], written: Sequence[AnsweredWrite], held: Collection[HeldEcho]
) -> dict[int, str]:
    """The events that are echoes, each with the operation it echoes; `held` was held for earlier."""
    by_record: dict[tuple[Side, Kind, str], list[AnsweredWrite]] = {}
    for write in written:
        by_record.setdefault((write.side, write.kind, write.record_id), []).append(write)
        for sale in write.paid:
            by_record.setdefault((write.side, Kind.SALE, sale), []).append(write)
    used = set(held)
    echoed: dict[int, str] = {}
    for event in seen_events:
        for write in by_record.get((event.side, event.kind, event.record_id), ()):
            mark = (write.operation_id, event.kind, event.record_id)
            if mark not in used and _is_echo(event, write):
                used.add(mark)
                echoed[event.id] = write.operation_id
                break
    return echoed


def _is_echo(event: SeenEvent, write: AnsweredWrite) -> bool:
    if event.side is Side.ONCORD:
        return event.version != "" and event.version == write.version and event.kind is write.kind
    if event.occurred_at is None:
        return False
    # QuickBooks cuts the time to whole seconds, so that it may seem to lie before our call.
    began = write.sent_at if event.occurred_at.microsecond else write.sent_at.replace(microsecond=0)
    return began <= event.occurred_at <= write.answered_at + AFTERWARDS
