"""The story of a record: both sides beside each other, what differs, who moved each field last, and what led to what."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.model.description import declared, merged_fields
from app.domain.model.links import Link, LinkState
from app.domain.model.operations import Action
from app.domain.model.records import Kind, Record, Side, Snapshot
from app.domain.planning.apart import fields_apart, written_otherwise
from app.domain.planning.field_moves import Move, Write, moves
from app.services import held_together
from app.services.pairs import people_of
from app.services.ports import ServiceContainer
from app.services.settling import Settling, channel_called
from app.services.settling import read as read_settling
from app.services.sites import require_connection
from app.storage.database import Transaction
from app.storage.encoding import readable
from app.storage.people import attention
from app.storage.people.attention import AttentionItem
from app.storage.records import links, mirrors
from app.storage.runs import stories
from app.storage.runs.stories import Happened, Told
from app.storage.tieouts import results

MOST = 100
"""So many steps are told, the latest first."""


@dataclass(frozen=True, slots=True)
class FieldOnBothSides:
    """One field as both sides hold it, in plain data, and how it came to be so. None: there is no such record."""

    name: str
    called: str
    oncord: Any
    quickbooks: Any
    differs: bool
    """It would be carried over, or a comparison has said that it differs (`domain.planning.apart`)."""
    stays: bool
    """It reads otherwise on either side, and that is no difference: each side has it in its own form, or keeps its own."""
    moved: Mapping[Side, Move]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened: a side told of a change, something was decided or written, or a person has answered."""

    at: dt.datetime
    told: Told | None = None
    happened: Happened | None = None
    answered: AttentionItem | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """All that is known of a pair."""

    fields: tuple[FieldOnBothSides, ...]
    agrees: bool | None
    """Whether both sides say the same, which is where no field differs; None where there are no two that are to say the same."""
    steps: tuple[Step, ...]
    items: tuple[AttentionItem, ...]
    """What a person is asked about it now."""
    dismissed: tuple[AttentionItem, ...]
    """Conflicts about it that somebody has left as they are, with the value that lost: they can be asked again."""
    settling: Settling | None
    """What has settled it, of a document."""
    gone: Side | None
    """Where its counterpart was deleted, which can be made anew."""

    def write(self, operation_id: str) -> Happened | None:
        """The write that a field's last move names."""
        return next((s.happened for s in self.steps if s.happened and s.happened.id == operation_id), None)


async def tell(container: ServiceContainer, connection_id: str, side: Side, kind: Kind, record_id: str) -> Story:
    """The story of one record of a side, and of its first counterpart."""
    async with container.database.transaction(connection_id) as tx:
        connection = await require_connection(tx, connection_id)
        link = await _first_link(tx, connection_id, side, kind, record_id)
        ids = {side: record_id} | ({side.other: link.id_on(side.other)} if link is not None else {})
        held = {s: (await mirrors.load(tx, connection_id, s, kind, [i])).get(i) for s, i in ids.items()}
        keys = [(s, kind, i) for s, i in ids.items()]
        happened = await stories.happened(tx, connection_id, keys, MOST)
        events = await stories.told(tx, connection_id, keys, MOST)
        items = await attention.about(tx, connection_id, keys)
        dismissed = await attention.left_as_they_are(tx, connection_id, keys)
        answered = await attention.answered_about(tx, connection_id, keys, MOST)
        people = {
            s: await people_of(tx, connection_id, s, [snapshot] if snapshot is not None else [])
            for s, snapshot in held.items()
        }
        pair = await held_together.read(tx, connection_id, link, held)
        said = await results.said_of(tx, connection_id, keys) if pair is not None else ()
        settling = await read_settling(tx, connection, link, held)
    apart = fields_apart(pair, connection.configuration, said) if pair is not None else None
    channels = {s: channel_called(connection, each) for s, each in held.items() if each is not None}
    fields = _fields(kind, link, held, happened, {"contact_id": people, "channel": channels}, apart)
    gone = link.gone if link is not None and link.state is LinkState.TOMBSTONE and link.gone is not side else None
    agrees = None if apart is None else not apart
    return Story(fields, agrees, _steps(happened, events, answered), tuple(items), tuple(dismissed), settling, gone)


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
    names: Mapping[str, Mapping[Side, Any]],
    apart: frozenset[str] | None,
) -> tuple[FieldOnBothSides, ...]:
    now = {side: snapshot.record if snapshot is not None else None for side, snapshot in held.items()}
    agreed = {side: link.base_on(side) if link is not None else None for side in Side}
    modified = {side: snapshot.modified_at if snapshot is not None else None for side, snapshot in held.items()}
    moved = moves(kind, writes_of(happened), now, agreed, modified)
    listed = []
    for name in merged_fields(kind):
        shown = {side: _shown(name, now.get(side), names.get(name, {}).get(side)) for side in Side}
        declaration = declared(name)
        differs = apart is not None and name in apart
        otherwise = apart is not None and written_otherwise(name, now.get(Side.ONCORD), now.get(Side.QUICKBOOKS))
        listed.append(
            FieldOnBothSides(
                name,
                declaration.headed if declaration is not None else name,
                shown[Side.ONCORD],
                shown[Side.QUICKBOOKS],
                differs,
                otherwise and not differs,
                {side: moved[side][name] for side in Side},
            )
        )
    return tuple(listed)


def _shown(name: str, record: Record | None, names: Any) -> Any:
    """A field's value as plain data; a person, a payment method and an account by name."""
    if record is None:
        return None
    value = getattr(record, name)
    if name == "contact_id":
        return (names or {}).get(str(value), "")
    return (names or "") if name == "channel" else readable(value)


def _steps(happened: Sequence[Happened], events: Sequence[Told], answered: Sequence[AttentionItem]) -> tuple[Step, ...]:
    """What happened, the latest first. That something was looked at and left as it is, is told once: where it is the last word."""
    told = [Step(each.at, told=each) for each in events if not each.echo]
    done = [
        Step(each.at, happened=each)
        for number, each in enumerate(happened)
        if number == 0 or each.disagreements or each.action not in (Action.SKIP, Action.REBASE)
    ]
    said = [Step(each.resolved_at, answered=each) for each in answered if each.resolved_at is not None]
    return tuple(sorted([*told, *done, *said], key=lambda step: step.at, reverse=True)[:MOST])
