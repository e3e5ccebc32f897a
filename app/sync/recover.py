"""Settling what an earlier turn committed but never heard of: look once, then send the very same batch again.

What is committed counts as sent. Creates are looked for by the operation id that they carry (a customer by its name),
adopted if they are there, unlinked and not older than the operation; what is left is posted again with the same
request id, the same keys and the same bytes. Nothing is planned anew before this is done.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from app.domain.exchange import Batch, BatchItem, Outcome, OutcomeState
from app.domain.operations import Action
from app.domain.records import Kind, Side, Snapshot
from app.domain.situation import LinkIndex
from app.storage import links, mirrors, operations
from app.storage.encoding import load
from app.storage.operations import StoredOperation
from app.sync.context import TurnContext
from app.sync.outcomes import Memory, settle
from app.sync.push import Unfinished


async def recover(context: TurnContext) -> int:
    """Settle every unsettled operation of the connection; answers how many there were."""
    async with context.reading() as tx:
        unsettled = await operations.unsettled(tx, context.connection_id)
    batches: dict[tuple[Side, str], list[StoredOperation]] = defaultdict(list)
    for stored in unsettled:
        batches[stored.operation.side, stored.batch_id].append(stored)
    looked: dict[tuple[Side, Kind], Mapping[str, Snapshot]] = {}
    for (side, request_id), members in batches.items():
        kind = members[0].operation.kind
        if (side, kind) not in looked:
            looked[side, kind] = await _look(context, side, kind, unsettled)
        remaining = await _adopt(context, members, looked[side, kind])
        if remaining:
            await _repeat(context, side, kind, request_id, remaining)
    return len(unsettled)


async def _look(
    context: TurnContext, side: Side, kind: Kind, unsettled: Sequence[StoredOperation]
) -> Mapping[str, Snapshot]:
    """The objects that creates of this kind have left behind, by operation id or external reference."""
    creates = [
        s
        for s in unsettled
        if s.operation.action is Action.CREATE and (s.operation.side, s.operation.kind) == (side, kind) and s.sent_at
    ]
    if not creates:
        return {}
    await context.hold()
    since = min(s.created_at for s in creates if s.created_at is not None)
    markers = [_marker(s) for s in creates]
    found = dict(await context.sides[side].find_marked(kind, markers, since))
    if kind is Kind.CONTACT and side is Side.QUICKBOOKS:
        for stored in creates:
            if _marker(stored) not in found:
                found |= await _by_name(context, stored)
    async with context.reading() as tx:
        linked = {
            link.id_on(side)
            for link in await links.of_records(tx, context.connection_id, kind, side, [s.id for s in found.values()])
        }
    return {marker: snapshot for marker, snapshot in found.items() if snapshot.id not in linked}


def _marker(stored: StoredOperation) -> str:
    return stored.external_ref if stored.operation.side is Side.ONCORD else stored.id


async def _by_name(context: TurnContext, stored: StoredOperation) -> dict[str, Snapshot]:
    """A customer carries no marker, but its name is unique and cannot have been there when we chose it."""
    holders = await context.sides[Side.QUICKBOOKS].find_clash(stored.operation)
    record = stored.operation.record
    same = [
        h
        for h in holders
        if h.record is not None
        and getattr(h.record, "name", None) is not None
        and getattr(h.record, "email", "") == getattr(record, "email", "")
    ]
    return {stored.id: same[0]} if len(same) == 1 else {}


async def _adopt(
    context: TurnContext, members: list[StoredOperation], found: Mapping[str, Snapshot]
) -> list[StoredOperation]:
    """Settle those creates whose object is there; answers the others."""
    adopted = [(s, found[_marker(s)]) for s in members if s.operation.action is Action.CREATE and _marker(s) in found]
    if adopted:
        outcomes = [(s, Outcome(s.id, OutcomeState.EXISTS, snapshot)) for s, snapshot in adopted]
        await _settle(context, outcomes)
        context.counters.add("recovered", len(adopted))
    done = {s.id for s, _ in adopted}
    return [s for s in members if s.id not in done]


async def _repeat(
    context: TurnContext, side: Side, kind: Kind, request_id: str, members: list[StoredOperation]
) -> None:
    members.sort(key=lambda s: s.position)
    batch = Batch(
        side=side,
        kind=kind,
        request_id=request_id,
        items=tuple(BatchItem(s.id, s.item_key, load(s.body)) for s in members),
        backfill=members[0].operation.backfill,
    )
    await context.hold()
    async with context.transaction() as tx:
        await operations.mark_sent(tx, context.connection_id, [s.id for s in members], context.clock.now())
    outcomes = {o.operation_id: o for o in await context.sides[side].send(batch)}
    answered = [(s, outcomes[s.id]) for s in members if s.id in outcomes]
    await _settle(context, answered)
    context.counters.add("replayed", len(answered))
    open_still = len(members) - sum(o.state is not OutcomeState.UNKNOWN for _, o in answered)
    if open_still:
        raise Unfinished(f"{open_still} repeated writes got no answer of their own")


async def _settle(context: TurnContext, answered: Sequence[tuple[StoredOperation, Outcome]]) -> None:
    """Settle against what the tables hold now. Records that were refused or stale are still dirty and planned anew."""
    async with context.transaction() as tx:
        memory = Memory()
        found = []
        for stored, outcome in answered:
            operation = stored.operation
            ids = {operation.side: operation.target_id, operation.side.other: operation.source_id}
            if outcome.snapshot is not None and operation.action is Action.CREATE:
                ids[operation.side] = outcome.snapshot.id
            for side, record_id in ids.items():
                for snapshot in (
                    await mirrors.load(tx, context.connection_id, side, operation.kind, [record_id])
                ).values():
                    memory.snapshots[side, operation.kind, snapshot.id] = snapshot
                found += await links.of_records(tx, context.connection_id, operation.kind, side, [record_id])
        memory.links = LinkIndex.of(found)
        await settle(context, tx, memory, answered)
