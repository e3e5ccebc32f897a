"""Putting back the value that lost a conflict (law 8): a person's answer becomes an edit on the side that had lost.

What one plan makes of an answer is decided in `domain.planning.restorations`. Here it is read, put into the plan, and noted together
with the answers of the writes that carry it out.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from app.domain.matching.tax_numbers import is_masked
from app.domain.model.operations import Action, Disagreement, Operation
from app.domain.model.records import (
    Kind,
    Record,
    Side,
    Snapshot,
)
from app.domain.planner import Plan, PlanEntry
from app.domain.planning.decisions import words
from app.domain.planning.plan_input import Key, PlanInput
from app.domain.planning.restorations import (
    Answer,
    Look,
    Restoration,
    looked_at,
    shown,
)
from app.domain.planning.rivals import possessive
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.storage.database import Transaction
from app.storage.encoding import load, record_from_json, record_to_json
from app.storage.people import restorations
from app.storage.runs.operations import StoredOperation
from app.sync.context import TurnContext
from app.sync.writing.ask import ask
from app.sync.writing.kept_restorations import as_linked, as_restoration, live_links

_LOST = frozenset({"refused", "clash", "gone"})
"""What becomes of a write that is not tried again by itself."""


def rejected(
    operation: Operation, before: Snapshot | None, after: Snapshot | None, won: Snapshot | None = None
) -> dict[str, Any]:
    """What an attention item keeps of the value that lost: enough to write it again, what stands there instead, and when
    each side was changed last; `won` is the record whose value went on."""
    if before is None or before.record is None or not operation.disagreements:
        return {}
    fields = [d.field for d in operation.disagreements if not is_masked(getattr(before.record, d.field))]
    if not fields:  # of a number only the end is visible, and that is written nowhere
        return {}
    is_target = before.side is operation.side
    kept = {
        "side": before.side,
        "kind": before.kind,
        "id": before.id,
        "other_id": operation.source_id if is_target else operation.target_id,
        "fields": fields,
        "record": _as_json(before.kind, before.record),
        "typed_at": before.modified_at.isoformat() if before.modified_at else "",
        "won_at": won.modified_at.isoformat() if won is not None and won.modified_at else "",
    }
    if is_target and after is not None and after.record is not None:
        kept["instead"] = _as_json(before.kind, after.record)
    return kept


def _as_json(kind: Kind, record: Record) -> Any:
    return load(record_to_json(kind, record) or "null")


def rejected_key(operation: Operation) -> Key | None:
    """The record whose value lost."""
    return _party(operation, operation.disagreements[0].winner.other) if operation.disagreements else None


def accepted_key(operation: Operation) -> Key | None:
    """The record whose value went on."""
    return _party(operation, operation.disagreements[0].winner) if operation.disagreements else None


def _party(operation: Operation, side: Side) -> Key:
    return (side, operation.kind, operation.target_id if side is operation.side else operation.source_id)


@dataclass(slots=True)
class Looked:
    """What a plan makes of the decisions that concern it."""

    looks: list[Look] = field(default_factory=list)

    def shown(self, plan_input: PlanInput) -> PlanInput:
        """The input as the plan is shown it."""
        return shown(plan_input, self.looks)

    def hidden(self) -> dict[Key, frozenset[str]]:
        """The groups that the plan was not shown, by record."""
        return {key: groups for look in self.looks for key, groups in look.hidden.items()}


async def look(context: TurnContext, tx: Transaction, plan_input: PlanInput) -> Looked:
    """The decisions that are under way about the records of a plan input."""
    change = {t.key for t in plan_input.changes}
    by_pair: dict[Key, list[Restoration]] = {}
    for kept in await restorations.under_way(tx, context.connection_id):
        restoration = as_restoration(kept)
        restoration = as_linked(restoration, plan_input.links)
        side, kind, _ = restoration.key
        if restoration.about() & change:
            alone = side is Side.ONCORD or restoration.further
            pair = restoration.key if alone else (Side.ONCORD, kind, restoration.others[0])
            by_pair.setdefault(pair, []).append(restoration)
    return Looked([looked_at(plan_input, about) for about in by_pair.values()])


def with_decisions(plan: Plan, looked: Looked) -> Plan:
    """The plan with the edits on the sides that had lost, and with what carries a decision across marked as that."""
    entries = list(plan.entries)
    for look in looked.looks:
        if look.merging and any(look.merging in _repointed(e) for e in entries):
            look.more = True  # once it is linked to the survivor
        if look.active is None:
            continue
        place = next(
            (i for i, e in enumerate(entries) if e.same_as is None and e.change.key in look.active.about()), None
        )
        if place is None:  # left for the next chunk
            look.more = False
        elif look.edit is not None:
            entries[place] = replace(entries[place], operations=(look.edit,))
        else:
            entries[place] = _carrying(entries[place], look, look.active)
    return replace(plan, entries=tuple(entries))


def _repointed(entry: PlanEntry) -> set[Key]:
    """The records merged away whose counterpart the plan gives to the survivor."""
    return {(o.side, o.kind, o.target_id) for o in entry.operations if o.action is Action.REPOINT}


def _carrying(entry: PlanEntry, look: Look, restoration: Restoration) -> PlanEntry:
    """What takes a value across, marked as that; where the plan cannot say it over there, it goes back to its person."""
    operations = tuple(_marked(o, restoration) for o in entry.operations)
    is_carried = any(o.answers for o in operations)
    parked = next((o for o in operations if o.action is Action.PARK), None)
    if parked is not None and not is_carried:
        look.returned.append((restoration, *_half(restoration, parked.side, parked.reason), True))
        return replace(entry, operations=())
    agreed = any(o.action is Action.REBASE for o in operations)
    look.more = agreed or (look.more and is_carried)  # a pair that waits itself is not planned again by this
    return replace(entry, operations=operations)


def _marked(operation: Operation, restoration: Restoration) -> Operation:
    side, kind, record_id = restoration.key
    across = operation.action is Action.UPDATE and operation.side is side.other and operation.kind is kind
    carries = across and operation.source_id == record_id and set(operation.groups) & set(restoration.fields)
    return replace(operation, answers=restoration.item_id) if carries else operation


def _half(restoration: Restoration, side: Side, reason: str) -> tuple[str, str]:
    """What it means that one side has a value again and the other one does not take it."""
    summary = (
        f"{restoration.key[0].called} has its own {words(restoration.fields)} again, "
        f"but {side.called} did not take it: {reason}"
    )
    advice = (
        "Until this is settled the two differ in it; whatever else changes goes on. Mend the cause and try it "
        f"again, or take it back from {restoration.key[0].called}."
    )
    return summary, advice


async def note(context: TurnContext, looked: Looked) -> None:
    """Note what a plan has made of the decisions, before it is carried out."""
    if not any(look.ended or look.returned or look.more for look in looked.looks):
        return
    now = context.clock.now()
    async with context.transaction() as tx:
        for look in looked.looks:
            await restorations.end(tx, context.connection_id, [restoration.item_id for restoration in look.ended], now)
            for restoration, summary, advice, possible in look.returned:
                await _give_back(context, tx, restoration, summary, advice, possible=possible)
            if look.returned or look.more:
                await _plan_again(context, tx, look.key)


async def _give_back(
    context: TurnContext, tx: Transaction, restoration: Restoration, summary: str, advice: str, *, possible: bool = True
) -> None:
    context.counters.add("conflicts")
    offered = (["use_other", "take_back"] if restoration.as_answered is not None else ["use_other"]) if possible else []
    await restorations.give_back(
        tx,
        context.connection_id,
        restoration.item_id,
        summary=summary,
        advice=advice,
        actions=[*offered, "dismiss"],
        run_id=context.run_id,
        now=context.clock.now(),
    )


async def _plan_again(context: TurnContext, tx: Transaction, key: Key) -> None:
    await change_queue.add(tx, context.connection_id, [PendingChange(*key, mirrored=True)], context.clock.now())


async def settled(
    context: TurnContext,
    tx: Transaction,
    stored: StoredOperation,
    before: Snapshot | None = None,
    after: Snapshot | None = None,
) -> bool:
    """Note what an answered write means for the decision that it carries out; whether that is all there is to say.

    `before` and `after` are the written record as it was and as it is. Called in the transaction that remembers the answer.
    """
    operation = stored.operation
    kept = await restorations.get(tx, context.connection_id, operation.answers) if operation.answers else None
    if kept is None:
        return False
    restoration, now = as_restoration(kept), context.clock.now()
    edit = operation.side is restoration.key[0]
    if stored.state == "done" and not edit:
        await restorations.end(tx, context.connection_id, [restoration.item_id], now)
        return False
    if stored.state == "done":
        await _stands(context, tx, restoration, stored, after)
        await _keep_what_was_replaced(context, tx, kept, stored, before)
    elif stored.state in _LOST or (edit and stored.state == "ambiguous"):
        reason = stored.message or "It was refused."
        summary, advice = _half(restoration, operation.side, reason)
        if edit:
            own = f"{possessive(operation.side)} {words(restoration.fields)}"
            summary = f"{own} could not be put back: {reason}"
            advice = stored.advice or "Mend the cause, then try it again."
        context.counters.add("refused")
        await _give_back(context, tx, restoration, summary, advice)
    else:
        return False
    await _plan_again(context, tx, restoration.key)
    return True


async def _stands(
    context: TurnContext, tx: Transaction, restoration: Restoration, stored: StoredOperation, after: Snapshot | None
) -> None:
    """The value stands again on the side that had lost; from here on it travels as an edit."""
    now = context.clock.now()
    taken_back = restoration.answer is Answer.TAKE_BACK
    if taken_back or after is None or after.record is None or await _is_one_of_several(context, tx, restoration):
        await restorations.end(tx, context.connection_id, [restoration.item_id], now)
        return
    await restorations.note_there(
        tx, context.connection_id, restoration.item_id, _as_json(restoration.key[1], after.record), now
    )


async def _is_one_of_several(context: TurnContext, tx: Transaction, restoration: Restoration) -> bool:
    """Whether it is about a receipt that is several payments, which are told of it together."""
    side, kind, record_id = restoration.key
    if kind is not Kind.RECEIPT:
        return False
    oncord_id = record_id if side is Side.ONCORD else restoration.others[0]
    return len(await live_links(context, tx, (Side.ONCORD, kind, oncord_id))) > 1


async def _keep_what_was_replaced(
    context: TurnContext, tx: Transaction, kept: restorations.Kept, stored: StoredOperation, before: Snapshot | None
) -> None:
    """What somebody had typed since the conflict, and the person who decided may not have seen, is kept in its turn."""
    operation = stored.operation
    went_on = record_from_json(operation.kind, kept.rejected.get("instead"))
    if kept.resolution != restorations.USE_OTHER or went_on is None or before is None or before.record is None:
        return
    groups = [g for g in operation.groups if getattr(before.record, g) != getattr(went_on, g)]
    if not groups:
        return
    disagreements = []
    for group in groups:
        values = {before.side: getattr(before.record, group), before.side.other: getattr(operation.record, group)}
        disagreements.append(
            Disagreement(group, None, values[Side.ONCORD], values[Side.QUICKBOOKS], winner=before.side.other)
        )
    replaced = replace(operation, disagreements=tuple(disagreements), answers="")
    context.counters.add("conflicts")
    await ask(
        context,
        tx,
        replaced,
        kind="conflict",
        summary=f"When {possessive(before.side)} {words(operation.groups)} were put back, they replaced something newer, typed there "
        "after the conflict. That is kept here.",
        actions=("use_other", "dismiss"),
        key=f"conflict:{operation.kind}:{operation.target_id}:{stored.id}",
        rejected=rejected(replaced, before, None),
    )
