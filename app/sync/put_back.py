"""Putting back the value that lost a conflict (law 8): a person's answer becomes an edit on the side that had lost.

The edit is planned like any other, so that it goes on to the other side as well; the answer counts as carried out once
the record is settled, and is tried again until then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.domain.operations import Action, Operation
from app.domain.planner import Entry, Plan
from app.domain.records import Kind, Record, Side, Snapshot
from app.domain.situation import Key, Situation
from app.storage import attention, inbox
from app.storage.database import Transaction
from app.storage.encoding import load, record_from_json, record_to_json
from app.sync.context import TurnContext


@dataclass(frozen=True, slots=True)
class Wish:
    """One answer: these groups of this record shall read again as in `record`."""

    item_id: str
    key: Key
    other_id: str
    fields: tuple[str, ...]
    record: Record


def losing(operation: Operation, before: Snapshot | None) -> dict[str, Any]:
    """What an attention item keeps of the value that lost: enough to write it again."""
    if before is None or before.record is None or not operation.disagreements:
        return {}
    return {
        "side": before.side,
        "kind": before.kind,
        "id": before.id,
        "other_id": operation.source_id if before.side is operation.side else operation.target_id,
        "fields": [d.field for d in operation.disagreements],
        "record": load(record_to_json(before.kind, before.record) or "null"),
    }


def losing_key(operation: Operation) -> Key | None:
    """The record whose value lost."""
    if not operation.disagreements:
        return None
    side = operation.disagreements[0].winner.other
    return (side, operation.kind, operation.target_id if side is operation.side else operation.source_id)


async def wished(context: TurnContext, tx: Transaction, situation: Situation) -> tuple[Situation, list[Wish]]:
    """The situation as if the wished-for values had been typed again, and the wishes that concern it."""
    wishes: list[Wish] = []
    snapshots = dict(situation.snapshots)
    touched = {t.key for t in situation.touched}
    for item_id, kept in await attention.wishes(tx, context.connection_id):
        kind, side = Kind(kept["kind"]), Side(kept["side"])
        record = record_from_json(kind, kept["record"])
        wish = Wish(item_id, (side, kind, kept["id"]), kept["other_id"], tuple(kept["fields"]), record)  # type: ignore[arg-type]
        now = snapshots.get(wish.key)
        if wish.key not in touched and (side.other, kind, wish.other_id) not in touched:
            continue
        if now is None or now.deleted or now.record is None or situation.links.live(wish.key) is None:
            continue
        values = {field: getattr(record, field) for field in wish.fields}
        snapshots[wish.key] = replace(now, record=replace(now.record, **values))
        wishes.append(wish)
    return (replace(situation, snapshots=snapshots), wishes) if wishes else (situation, [])


def with_wishes(plan: Plan, situation: Situation, wishes: Sequence[Wish]) -> Plan:
    """The plan with the edits on the sides that had lost."""
    if not wishes:
        return plan
    entries = list(plan.entries)
    for wish in wishes:
        side, kind, record_id = wish.key
        snapshot = situation.snapshots[wish.key]
        edit = Operation(
            Action.UPDATE,
            side,
            kind,
            "C2" if kind is Kind.CONTACT else "S2" if kind is Kind.SALE else "R7",
            "A person put the value back that had lost a conflict.",
            source_id=wish.other_id,
            target_id=record_id,
            record=snapshot.record,
            fields=wish.fields,
            expected_version=snapshot.version,
        )
        keys = (wish.key, (side.other, kind, wish.other_id))
        place = next((i for i, e in enumerate(entries) if e.same_as is None and e.touched.key in keys), None)
        if place is None:
            continue  # left for the next chunk
        entries[place] = Entry(entries[place].touched, (*entries[place].operations, edit))
    return Plan(tuple(entries))


async def carried_out(context: TurnContext, wishes: Sequence[Wish]) -> None:
    """Close the wishes whose records are settled."""
    if not wishes:
        return
    async with context.transaction() as tx:
        pairs = {w.item_id: {w.key, (w.key[0].other, w.key[1], w.other_id)} for w in wishes}
        rows = await inbox.load(tx, context.connection_id, [key for pair in pairs.values() for key in pair])
        open_still = {row.key for row in rows}
        done = [item_id for item_id, pair in pairs.items() if not pair & open_still]
        await attention.grant(tx, context.connection_id, done, context.clock.now())
