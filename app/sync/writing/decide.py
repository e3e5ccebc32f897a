"""Carrying out decisions that only we remember: adopting a pair, agreeing anew, burying, re-pointing, and asking a person."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from app.domain.model.link_part import OfRecord
from app.domain.model.links import (
    Link,
    LinkState,
    Origin,
)
from app.domain.model.operations import (
    Action,
    Candidate,
    Disagreement,
    Operation,
)
from app.domain.model.records import (
    Address,
    Kind,
    Name,
    Payment,
    Record,
    Side,
)
from app.domain.model.waiting import (
    Answer,
    Approval,
    ConfigurationChoice,
    OtherRecord,
    PersonsDecision,
    WaitsFor,
    format_waits_for,
)
from app.domain.planning.decisions import words
from app.domain.receipts.allocations import comparable
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.storage.database import Transaction
from app.storage.encoding import disagreement_to_plain
from app.storage.people import attention
from app.storage.records import links
from app.storage.runs.operations import StoredOperation
from app.sync.context import TurnContext
from app.sync.writing.outcomes import Memory
from app.sync.writing.revisit import paid_differently, what_pays, whatever_pays


async def remember(
    context: TurnContext, tx: Transaction, memory: Memory, operation: Operation, writes: Sequence[Operation] = ()
) -> None:
    """Carry out one decision; `writes` are those that the same record causes.

    What a pair that meets still has to exchange is left out of the base, and so counts as changed until it is written.
    """
    if operation.action is Action.ADOPT and operation.shares_customer:
        await _share(context, tx, memory, operation)
    elif operation.action is Action.ADOPT and await _restored(context, tx, memory, operation):
        pass
    elif operation.action is Action.ADOPT:
        await _pair(context, tx, memory, operation, Origin.BOTH, writes)
        freed = [
            OtherRecord(operation.kind, side, i)
            for side, i in ((operation.side, operation.target_id), (operation.side.other, operation.source_id))
        ]
        await change_queue.release_many(tx, context.connection_id, context.clock.now(), freed)
    elif operation.action is Action.REBASE:
        await _pair(context, tx, memory, operation, None, writes)
    elif operation.action is Action.TOMBSTONE:
        tombstoned = [
            link
            for link in memory.links.parts((operation.side, operation.kind, operation.target_id))
            if operation.kind is not Kind.RECEIPT or link.id_on(operation.side.other) == operation.source_id
        ]
        await links.add_tombstones(
            tx, context.connection_id, [x.id for x in tombstoned], operation.side, operation.reason, context.clock.now()
        )
    elif operation.action is Action.REPOINT:
        for link in memory.links.parts((operation.side, operation.kind, operation.target_id)):
            part = OfRecord(link.quickbooks_id) if operation.stands_beside else link.part
            await links.repoint(
                tx,
                context.connection_id,
                link.id,
                operation.side,
                operation.source_id,
                part,
                context.clock.now(),
            )
        if operation.side is Side.QUICKBOOKS:
            await links.share_with(
                tx, context.connection_id, operation.kind, operation.target_id, operation.source_id, context.clock.now()
            )
        survivor = PendingChange(operation.side, operation.kind, operation.source_id, mirrored=True)
        await change_queue.add(tx, context.connection_id, [survivor], context.clock.now())
    held = operation.action is Action.PARK and isinstance(operation.waits_for, Approval)
    context.counters.add("held" if held else _COUNTED[operation.action])


async def _share(context: TurnContext, tx: Transaction, memory: Memory, operation: Operation) -> None:
    link_id = await links.share(
        tx, context.connection_id, operation.kind, operation.source_id, operation.target_id, context.clock.now()
    )
    shared = Link(link_id, operation.kind, operation.source_id, operation.target_id, Origin.BOTH, LinkState.SHARED)
    memory.links.keep(shared)


async def _restored(context: TurnContext, tx: Transaction, memory: Memory, operation: Operation) -> bool:
    """Whether this adoption brings back a pair that was buried; it keeps its origin and its base."""
    tombstoned = memory.links.tombstones((operation.side, operation.kind, operation.target_id))
    tombstone = next((x for x in reversed(tombstoned) if x.id_on(operation.side.other) == operation.source_id), None)
    if tombstone is None:
        return False
    await links.lift_tombstones(tx, context.connection_id, tombstone.id, context.clock.now())
    memory.links.keep(replace(tombstone, state=LinkState.LIVE, gone=None))
    if operation.kind is Kind.SALE:
        await whatever_pays(context, tx, *(memory.snapshots.get((s, Kind.SALE, tombstone.id_on(s))) for s in Side))
    return True


_COUNTED = {
    Action.ADOPT: "adopted",
    Action.REBASE: "unchanged",
    Action.TOMBSTONE: "tombstoned",
    Action.REPOINT: "repointed",
    Action.SKIP: "skipped",
    Action.WAIT: "waiting",
    Action.PARK: "parked",
}


async def _pair(
    context: TurnContext,
    tx: Transaction,
    memory: Memory,
    operation: Operation,
    origin: Origin | None,
    writes: Sequence[Operation] = (),
) -> None:
    ids = {operation.side: operation.target_id, operation.side.other: operation.source_id}
    parts = memory.links.parts((operation.side, operation.kind, operation.target_id))
    link = next((x for x in parts if x.id_on(operation.side.other) == operation.source_id), None)
    link = link or memory.links.live((operation.side, operation.kind, operation.target_id))
    bases: dict[Side, Record | None] = {}
    for side in Side:
        snapshot = memory.snapshots.get((side, operation.kind, ids[side]))
        record = comparable(memory, side, snapshot.record) if snapshot else None
        bases[side] = _without(record, _still_to_travel(operation, writes, side)) if record is not None else None
    if link is not None:
        bases = {side: _unseen(memory, link, side, bases[side]) for side in Side}
    if operation.kind is Kind.SALE:
        pair = [memory.snapshots.get((side, operation.kind, ids[side])) for side in Side]
        if paid_differently(*pair):
            await what_pays(context, tx, *pair)
    if link is not None and _unmoved(link, bases):
        return
    link_id = await links.agree(
        tx,
        context.connection_id,
        operation.kind,
        ids[Side.ONCORD],
        ids[Side.QUICKBOOKS],
        origin=link.origin if link else origin or Origin.BOTH,
        generation=link.generation if link else 0,
        part=link.part if link else operation.part,
        base_oncord=bases[Side.ONCORD],
        base_quickbooks=bases[Side.QUICKBOOKS],
        vocabulary=link.vocabulary if link else None,
        now=context.clock.now(),
    )
    made = link or Link(
        id=link_id,
        kind=operation.kind,
        oncord_id=ids[Side.ONCORD],
        quickbooks_id=ids[Side.QUICKBOOKS],
        origin=origin or Origin.BOTH,
        part=operation.part,
    )
    memory.links.keep(replace(made, base_oncord=bases[Side.ONCORD], base_quickbooks=bases[Side.QUICKBOOKS]))


def _unseen(memory: Memory, link: Link, side: Side, record: Record | None) -> Record | None:
    """A new base, as the old one in the groups that the plan was not shown."""
    groups = memory.hidden.get((side, link.kind, link.id_on(side)), frozenset())
    base = link.base_on(side)
    if record is None or base is None:
        return record
    return replace(record, **{group: getattr(base, group) for group in groups})


def _still_to_travel(decision: Operation, writes: Sequence[Operation], source: Side) -> set[str]:
    """The groups of a pair that are about to be written from one side to the other.

    What both sides say differently is agreed on neither before it is written: an attempt that fails leaves a
    disagreement, and not a value that the next attempt replaces without keeping it.
    """
    pair = {decision.source_id, decision.target_id}
    own = [w for w in writes if w.kind is decision.kind and {w.source_id, w.target_id} == pair]
    travelling = {group for write in own if write.side is source.other for group in write.groups}
    return travelling | {d.field for write in own for d in write.disagreements}


def _without(record: Record, groups: set[str]) -> Record:
    """The record as if these groups said nothing yet."""
    return replace(record, **{group: _nothing(getattr(record, group)) for group in groups})


def _nothing(value: object) -> Any:
    match value:
        case str() | Address() | Name():
            return type(value)()
        case bool():
            return not value
        case date():
            return None
        case Payment():
            return Payment(Decimal(0), value.currency)
    return value


def _unmoved(link: Link, bases: dict[Side, Record | None]) -> bool:
    written_so = link.vocabulary is None
    return written_so and all(link.base_on(side) == bases[side] for side in Side)


def dedup_key_of(operation: Operation) -> str:
    """The key of the attention item that a parked operation is shown under: one for all records held up by one choice."""
    return format_waits_for(asked_under(operation))


def asked_under(operation: Operation) -> WaitsFor:
    """What a person is asked about where an operation is parked: a matter that holds several records up, or its record."""
    waits_for = operation.waits_for
    if isinstance(waits_for, Approval):
        return waits_for
    if isinstance(waits_for, ConfigurationChoice | PersonsDecision) and waits_for.matter:
        return waits_for
    scope = operation.question.scope if operation.question is not None else ""
    return Answer(operation.kind, operation.side.other, operation.source_id or operation.target_id, scope)


def held_by(operation: Operation) -> WaitsFor | None:
    """What a record waits for that was laid aside: a question to a person is named by its matter, so that the answer
    sets everything free that it holds up."""
    asked = isinstance(operation.waits_for, PersonsDecision | ConfigurationChoice | Approval)
    return asked_under(operation) if asked else operation.waits_for


async def ask(
    context: TurnContext,
    tx: Transaction,
    operation: Operation,
    *,
    kind: str,
    summary: str,
    advice: str = "",
    actions: Sequence[str] = ("retry",),
    key: str = "",
    rejected: Mapping[str, Any] | None = None,
) -> None:
    """Open (or bring up to date) the attention item about an operation."""
    await attention.open_item(
        tx,
        context.connection_id,
        item_id=context.ids.new("att"),
        key=key or dedup_key_of(operation),
        kind=kind,
        rule=operation.rule,
        summary=summary,
        advice=advice,
        side=operation.side.other,
        record_kind=operation.kind,
        record_id=operation.source_id or operation.target_id,
        detail=_detail(operation, rejected) | _lot(operation, context.run_id),
        actions=actions,
        run_id=context.run_id,
        subject=operation.subject,
        now=context.clock.now(),
    )


def _offered(choice: Candidate) -> dict[str, Any]:
    reasons = {"speaks_for": list(choice.speaks_for), "against": list(choice.against)}
    told = {"side": choice.side, "id": choice.id, "name": choice.name, "facts": dict(choice.facts)}
    return told | {name: words for name, words in reasons.items() if words}


def _lot(operation: Operation, run_id: str) -> dict[str, Any]:
    """What makes a question one of the many that are put together (`sync.questions.bulk_questions`)."""
    blank = operation.question.blank if operation.question is not None else None
    return {"lot": run_id, "blank": _offered(blank)} if blank is not None else {}


def _detail(operation: Operation, rejected: Mapping[str, Any] | None) -> dict[str, Any]:
    detail: dict[str, Any] = {}
    if operation.disagreements:
        detail["disagreements"] = [disagreement_to_plain(d) for d in operation.disagreements]
    if operation.question is not None:
        detail["choices"] = [_offered(c) for c in operation.question.choices]
        detail["scope"] = operation.question.scope
    if operation.recreates is not None:
        detail["put_back"] = dict(zip(("side", "kind", "id"), operation.recreates, strict=True))
    if rejected:
        detail["losing"] = dict(rejected)
    return detail


_SHORT = 60
"""How long a value may be to be told in the middle of a sentence."""
_IDS = frozenset({"contact_id", "channel"})
"""Fields whose values tell a person nothing."""


def _said(disagreement: Disagreement) -> str:
    """What each side says, where that is a short text; everything else is shown beside the sentence."""
    values = (disagreement.oncord, disagreement.quickbooks)
    if disagreement.field in _IDS or any(not isinstance(value, str) or len(value) > _SHORT for value in values):
        return ""
    ours, theirs = (f"“{value}”" if value else "nothing" for value in values)
    return f"Oncord said {ours}, QuickBooks {theirs}. "


async def ask_about_conflict(
    context: TurnContext, tx: Transaction, stored: StoredOperation, rejected: Mapping[str, Any] | None = None
) -> None:
    """Keep the value that lost, so that a person can put it back (law 8).

    Each conflict is an item of its own: a later one about the same record must not replace what an earlier one keeps.
    """
    operation = stored.operation
    context.counters.add("conflicts")
    fields = words(tuple(d.field for d in operation.disagreements))
    changed, met = "Both sides changed its", "The two sides met with a different"
    first = all(d.base is None for d in operation.disagreements)
    winner = "Oncord" if operation.disagreements[0].winner is Side.ONCORD else "QuickBooks"
    said = "".join(map(_said, operation.disagreements))
    await ask(
        context,
        tx,
        operation,
        kind="conflict",
        summary=f"{met if first else changed} {fields}. {said}{winner}'s value went on; the other one is kept here.",
        actions=("use_other", "dismiss") if rejected else ("dismiss",),
        rejected=rejected,
        key=f"conflict:{operation.kind}:{operation.target_id}:{stored.id}",
    )
