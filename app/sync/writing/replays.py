"""Knowing our own work again: a write that took effect without our seeing the answer, and is then refused as a second one.

An update or void that comes back stale, although the record already holds what it was to write, is done. A customer
whose name is taken by a customer that holds nothing else than what we wanted to create is the one that we created.
A void that was answered as done although the document is not void is no void (I14): a person is asked.
Everything else stays what it was answered to be: it is read again and planned anew, and nobody's typing is overwritten.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.domain.model.description import merged_fields
from app.domain.model.exchange import Outcome, OutcomeState
from app.domain.model.operations import Action
from app.domain.model.records import (
    Kind,
    Receipt,
    Sale,
    Side,
    Snapshot,
)
from app.domain.planning.write_effects import holds
from app.storage.records import links
from app.storage.runs.operations import StoredOperation
from app.sync.context import TurnContext
from app.sync.missing import fetch
from app.sync.writing.memory import Memory
from app.sync.writing.references import resolved

Answered = tuple[StoredOperation, Outcome]


async def recognised(context: TurnContext, memory: Memory, answered: Sequence[Answered]) -> list[Answered]:
    """The same outcomes, with what we had done before as `EXISTS`, with what a stale record holds now, and with no void done
    whose answer is not void."""
    stale = [
        (s, o)
        for s, o in answered
        if o.state is OutcomeState.STALE and s.operation.action in (Action.UPDATE, Action.VOID)
    ]
    held = await _held(context, stale) if stale else {}
    judged: list[Answered] = []
    for stored, outcome in answered:
        operation = stored.operation
        if (stored, outcome) in stale:
            judged.append((stored, _stale(memory, stored, outcome, held.get((operation.side, operation.target_id)))))
        elif outcome.state is OutcomeState.CLASH and operation.kind in (Kind.CONTACT, Kind.ITEM):
            judged.append((stored, await _taken(context, stored, outcome)))
        else:
            judged.append((stored, _not_void(outcome) if operation.action is Action.VOID else outcome))
    return judged


def _not_void(outcome: Outcome) -> Outcome:
    """The outcome of a void; refused where the answer shows a document that still stands."""
    record = outcome.snapshot.record if outcome.snapshot is not None else None
    if outcome.state is not OutcomeState.DONE or not isinstance(record, Sale | Receipt) or _is_void(record):
        return outcome
    side = outcome.snapshot.side if outcome.snapshot is not None else Side.QUICKBOOKS
    name = side.called
    return replace(
        outcome,
        state=OutcomeState.REFUSED,
        code="not_void",
        message=f"{name} was asked to void this, answered that all is well, and left it as it is.",
        advice=f"Void it in {name} yourself, which is noticed, or try again.",
    )


def _is_void(record: Sale | Receipt) -> bool:
    """Whether a record says that it is void, and comes to nothing."""
    return record.voided and not (record.money.total if isinstance(record, Sale) else record.payment.amount)


async def _held(context: TurnContext, stale: Sequence[Answered]) -> Mapping[tuple[Side, str], Snapshot]:
    """What stale records hold now: as the answer says, else read in bulk."""
    held = {(s.operation.side, o.snapshot.id): o.snapshot for s, o in stale if o.snapshot is not None}
    asked: dict[tuple[Side, Kind], list[str]] = {}
    for stored, _ in stale:
        operation = stored.operation
        if (operation.side, operation.target_id) not in held:
            asked.setdefault((operation.side, operation.kind), []).append(operation.target_id)
    for (side, kind), ids in asked.items():
        fetched = await fetch(context, side, kind, ids)
        held |= {(side, s.id): s for s in fetched.snapshots}
    return held


def _stale(memory: Memory, stored: StoredOperation, outcome: Outcome, now: Snapshot | None) -> Outcome:
    operation = stored.operation
    if now is None or now.deleted or now.record is None:
        return outcome
    intended, missing = resolved(operation.record, operation.side, memory.links, memory.created)
    groups = [f for f in operation.groups if f in merged_fields(operation.kind)]
    if groups and missing is None and intended is not None and holds(intended, now.record, groups):
        return replace(outcome, state=OutcomeState.EXISTS, snapshot=now, code="", message="")
    return replace(outcome, snapshot=now)


async def _taken(context: TurnContext, stored: StoredOperation, outcome: Outcome) -> Outcome:
    operation = stored.operation
    if operation.action is not Action.CREATE or operation.record is None:
        return outcome
    await context.hold()
    holders = await context.sides[operation.side].find_clash(operation)
    same = [
        h
        for h in holders
        if h.record is not None and not h.deleted and holds(operation.record, h.record, merged_fields(operation.kind))
    ]
    if len(same) != 1:
        return outcome
    async with context.reading() as tx:
        linked = await links.of_records(tx, context.connection_id, operation.kind, operation.side, [same[0].id])
    if linked:
        return outcome
    return replace(outcome, state=OutcomeState.EXISTS, snapshot=same[0], code="", message="")
