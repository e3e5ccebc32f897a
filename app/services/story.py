"""The story of a record: both sides beside each other, what differs, who moved each field last, and what led to what."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.domain.model.description import declared, merged_fields
from app.domain.model.links import Link, LinkState
from app.domain.model.operations import Action
from app.domain.model.records import Kind, Record, Side, Snapshot
from app.domain.planning.field_moves import Move, Write, moves
from app.services.pairs import people_of
from app.services.ports import ServiceContainer
from app.services.sites import require_connection
from app.storage.database import Transaction
from app.storage.encoding import readable
from app.storage.people import attention
from app.storage.people.attention import AttentionItem
from app.storage.records import links, mirrors
from app.storage.runs import stories
from app.storage.runs.stories import Happened, Told

MOST = 100
"""So many steps are told, the latest first."""
_UNNAMED = ("channel",)
"""Fields that are ids of two different lists: a payment method here, an account there."""


@dataclass(frozen=True, slots=True)
class FieldOnBothSides:
    """One field as both sides hold it, in plain data, and how it came to be so. None: there is no such record."""

    name: str
    called: str
    oncord: Any
    quickbooks: Any
    differs: bool
    moved: Mapping[Side, Move]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened: a side told of a change, or something was decided or written."""

    at: dt.datetime
    told: Told | None = None
    happened: Happened | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """All that is known of a pair."""

    fields: tuple[FieldOnBothSides, ...]
    steps: tuple[Step, ...]
    items: tuple[AttentionItem, ...]
    """What a person is asked about it now."""
    dismissed: tuple[AttentionItem, ...]
    """Conflicts about it that somebody has left as they are, with the value that lost: they can be asked again."""
    gone: Side | None
    """Where its counterpart was deleted, which can be made anew."""

    def write(self, operation_id: str) -> Happened | None:
        """The write that a field's last move names."""
        return next((s.happened for s in self.steps if s.happened and s.happened.id == operation_id), None)


async def tell(container: ServiceContainer, connection_id: str, side: Side, kind: Kind, record_id: str) -> Story:
    """The story of one record of a side, and of its first counterpart."""
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        link = await _first_link(tx, connection_id, side, kind, record_id)
        ids = {side: record_id} | ({side.other: link.id_on(side.other)} if link is not None else {})
        held = {s: (await mirrors.load(tx, connection_id, s, kind, [i])).get(i) for s, i in ids.items()}
        keys = [(s, kind, i) for s, i in ids.items()]
        happened = await stories.happened(tx, connection_id, keys, MOST)
        events = await stories.told(tx, connection_id, keys, MOST)
        items = await attention.about(tx, connection_id, keys)
        dismissed = await attention.left_as_they_are(tx, connection_id, keys)
        people = {
            s: await people_of(tx, connection_id, s, [snapshot] if snapshot is not None else [])
            for s, snapshot in held.items()
        }
    fields = _fields(kind, link, held, happened, people)
    gone = link.gone if link is not None and link.state is LinkState.TOMBSTONE and link.gone is not side else None
    return Story(fields, _steps(happened, events), tuple(items), tuple(dismissed), gone)


async def _first_link(tx: Transaction, connection_id: str, side: Side, kind: Kind, record_id: str) -> Link | None:
    """The live pair that a record is in, or the last that it was in."""
    pairs = await links.of_records(tx, connection_id, kind, side, [record_id])
    live = [pair for pair in pairs if pair.state is LinkState.LIVE]
    return next(iter([*live, *sorted(pairs, key=lambda pair: -pair.id)]), None)


def writes_of(happened: Sequence[Happened]) -> list[Write]:
    """The writes that took effect, the first one first."""
    done = [each for each in happened if Action(each.action).writes and each.state == "done"]
    return [
        Write(h.id, h.at, Action(h.action), h.side, h.fields, h.record, h.edited_at, h.decided_by)
        for h in reversed(done)
    ]


def _fields(
    kind: Kind,
    link: Link | None,
    held: Mapping[Side, Snapshot | None],
    happened: Sequence[Happened],
    people: Mapping[Side, Mapping[str, str]],
) -> tuple[FieldOnBothSides, ...]:
    now = {side: snapshot.record if snapshot is not None else None for side, snapshot in held.items()}
    agreed = {side: link.base_on(side) if link is not None else None for side in Side}
    modified = {side: snapshot.modified_at if snapshot is not None else None for side, snapshot in held.items()}
    moved = moves(kind, writes_of(happened), now, agreed, modified)
    listed = []
    for name in merged_fields(kind):
        if name in _UNNAMED:
            continue
        shown = {side: _shown(name, now.get(side), people.get(side, {})) for side in Side}
        declaration = declared(name)
        both = all(now.get(side) is not None for side in Side)
        differs = both and _compared(name, shown[Side.ONCORD]) != _compared(name, shown[Side.QUICKBOOKS])
        listed.append(
            FieldOnBothSides(
                name,
                declaration.headed if declaration is not None else name,
                shown[Side.ONCORD],
                shown[Side.QUICKBOOKS],
                differs,
                {side: moved[side][name] for side in Side},
            )
        )
    return tuple(listed)


def _shown(name: str, record: Record | None, people: Mapping[str, str]) -> Any:
    """A field's value as plain data; a person by name."""
    if record is None:
        return None
    value = getattr(record, name)
    return people.get(str(value), "") if name == "contact_id" else readable(value)


def _compared(name: str, shown: Any) -> object:
    """What of a value says whether both sides are alike: lines and ids are each side's own affair."""
    if name == "money" and isinstance(shown, dict):
        return (shown.get("currency"), *(_number(shown.get(part)) for part in ("total", "tax_total")))
    if name == "payment" and isinstance(shown, dict):
        return (shown.get("currency"), _number(shown.get("amount")))
    if name == "name" and isinstance(shown, dict):
        return tuple(str(shown.get(part, "")) for part in ("first", "last", "company"))
    if isinstance(shown, dict):
        return {part: value for part, value in shown.items() if part not in ("addressed", "closing")}
    return shown


def _number(written: Any) -> Decimal:
    return Decimal(str(written or 0))


def _steps(happened: Sequence[Happened], events: Sequence[Told]) -> tuple[Step, ...]:
    """What happened, the latest first. That something was looked at and left as it is, is told once: where it is the last word."""
    told = [Step(each.at, told=each) for each in events if not each.echo]
    done = [
        Step(each.at, happened=each)
        for number, each in enumerate(happened)
        if number == 0 or each.disagreements or each.action not in (Action.SKIP, Action.REBASE)
    ]
    return tuple(sorted([*told, *done], key=lambda step: step.at, reverse=True)[:MOST])
