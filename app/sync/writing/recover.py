"""Settling what an earlier turn committed but never heard of: look once, then send the very same batch again.

What is committed counts as sent. Documents are looked for by the operation id that they carry, Oncord's records by
their external reference, and adopted where they are there and unlinked; what is left is posted again with the same
request id, the same keys and the same bytes. A second time may be refused just because of the first: `recognise` knows
our own work again. What a repeated write answers may be old news, so those records are then read once, in bulk: an
answer may even be the echo of something that has been deleted since. Nothing is planned anew before all this is done.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from app.domain.model.exchange import (
    Batch,
    BatchItem,
    Outcome,
    OutcomeState,
)
from app.domain.model.operations import Action
from app.domain.model.records import Kind, Side, Snapshot
from app.domain.planning.link_index import LinkIndex
from app.domain.planning.plan_input import Key
from app.storage.clauses import carry_out
from app.storage.database import Transaction
from app.storage.encoding import load
from app.storage.records import links, mirrors
from app.storage.runs import operations
from app.storage.runs.operations import StoredOperation
from app.sync.context import TurnContext
from app.sync.missing import fetch, not_there_any_more
from app.sync.writing.ask import ask_about_conflict
from app.sync.writing.compensate import keep, lay_aside, spelt_out_next, taking_back
from app.sync.writing.memory import Memory
from app.sync.writing.outcomes import settle
from app.sync.writing.references import promises
from app.sync.writing.replays import recognised
from app.sync.writing.restore import (
    accepted_key,
    rejected,
    rejected_key,
    settled,
)
from app.sync.writing.stages import Unfinished
from app.sync.writing.verify import moved_cents


async def recover(context: TurnContext) -> int:
    """Settle every unsettled operation of the connection, and what settling them calls for; answers how many there were."""
    count = 0
    news: dict[Key, Snapshot] = {}
    while unsettled := await _unsettled(context):
        count += len(unsettled)
        await _settle_all(context, unsettled, news)
    if news:  # not before: what else was settled has been judged by what it was planned from
        async with context.transaction() as tx:
            await mirrors.save(tx, context.connection_id, list(news.values()), context.clock.now())
    return count


async def _unsettled(context: TurnContext) -> list[StoredOperation]:
    async with context.reading() as tx:
        return await operations.unsettled(tx, context.connection_id)


async def _settle_all(context: TurnContext, unsettled: Sequence[StoredOperation], news: dict[Key, Snapshot]) -> None:
    batches: dict[tuple[Side, str], list[StoredOperation]] = defaultdict(list)
    for stored in unsettled:
        batches[stored.operation.side, stored.batch_id].append(stored)
    looked: dict[tuple[Side, Kind], Mapping[str, Snapshot]] = {}
    for (side, request_id), members in batches.items():
        kind = members[0].operation.kind
        if (side, kind) not in looked:
            looked[side, kind] = await _look(context, side, kind, unsettled)
        remaining = await _adopt(context, members, looked[side, kind], news)
        if remaining and context.restored is not None:
            await _leave(context, remaining)
        elif remaining:
            await _repeat(context, side, kind, request_id, remaining, news)


async def _look(
    context: TurnContext, side: Side, kind: Kind, unsettled: Sequence[StoredOperation]
) -> Mapping[str, Snapshot]:
    """The objects that creates of this kind have left behind, by operation id or external reference.

    A customer carries no mark: its name is unique by itself, and a second create is refused by name (`recognise`).
    """
    sent = [s for s in unsettled if s.sent_at and s.operation.action is Action.CREATE]
    creates = [s for s in sent if (s.operation.side, s.operation.kind) == (side, kind)]
    if not creates or (side is Side.QUICKBOOKS and kind not in (Kind.SALE, Kind.RECEIPT)):
        return {}
    await context.hold()
    since = min(s.created_at for s in creates if s.created_at is not None)
    marked = await context.sides[side].find_marked(kind, [_marker(s) for s in creates], since)
    async with context.reading() as tx:
        pairs = await links.of_records(tx, context.connection_id, kind, side, [s.id for s in marked.values()])
    linked = {link.id_on(side) for link in pairs}
    return {marker: snapshot for marker, snapshot in marked.items() if snapshot.id not in linked}


def _marker(stored: StoredOperation) -> str:
    return stored.external_ref if stored.operation.side is Side.ONCORD else stored.id


async def _adopt(
    context: TurnContext, members: list[StoredOperation], marked: Mapping[str, Snapshot], news: dict[Key, Snapshot]
) -> list[StoredOperation]:
    """Settle those creates whose object is there; answers the others."""
    adopted = [(s, marked[_marker(s)]) for s in members if s.operation.action is Action.CREATE and _marker(s) in marked]
    if adopted:
        outcomes = [(s, Outcome(s.id, OutcomeState.EXISTS, snapshot)) for s, snapshot in adopted]
        async with context.transaction() as tx:
            await _settle(context, tx, await _memory(context, tx, outcomes, news), outcomes)
        context.counters.add("recovered", len(adopted))
    done = {s.id for s, _ in adopted}
    return [s for s in members if s.id not in done]


async def _leave(context: TurnContext, members: Sequence[StoredOperation]) -> None:
    """Send nothing again that stands in a backup: whatever became of it has happened long since, and may have been undone. Its
    records are queued still, and compared with what both sides hold now."""
    for stored in members:
        stored.state = "failed"
        stored.message = (
            "The installation was restored from a backup meanwhile; what both sides hold was compared instead."
        )
    async with context.transaction() as tx:
        await carry_out(tx, [operations.settling(context.connection_id, members, context.clock.now())])


async def _repeat(
    context: TurnContext,
    side: Side,
    kind: Kind,
    request_id: str,
    members: list[StoredOperation],
    news: dict[Key, Snapshot],
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
    outcomes = {o.operation_id: o for o in await context.within_lease(context.sides[side].send(batch))}
    answered = [(s, outcomes[s.id]) for s in members if s.id in outcomes]
    async with context.reading() as tx:
        memory = await _memory(context, tx, answered, news)
    answered = await recognised(context, memory, answered)
    async with context.transaction() as tx:
        await _settle(context, tx, await _memory(context, tx, answered, news), answered)
    context.counters.add("replayed", len(answered))
    await _read_again(context, side, kind, [s for s, o in answered if o.state is OutcomeState.DONE])
    open_still = len(members) - sum(o.state is not OutcomeState.UNKNOWN for _, o in answered)
    if open_still:
        raise Unfinished(f"{open_still} repeated writes got no answer of their own")


async def _read_again(context: TurnContext, side: Side, kind: Kind, repeated: Sequence[StoredOperation]) -> None:
    """Bring the mirror up to date with what repeated writes speak of; what differs from the answer is queued."""
    ids = [s.result_id for s in repeated if s.result_id and s.operation.action is not Action.DELETE]
    if not ids:
        return
    fetched = await fetch(context, side, kind, ids)
    async with context.transaction() as tx:
        gone = await not_there_any_more(context, tx, side, kind, fetched)
        await mirrors.save_and_mark(tx, context.connection_id, [*fetched.snapshots, *gone], context.clock.now())


async def _settle(
    context: TurnContext, tx: Transaction, memory: Memory, answered: Sequence[tuple[StoredOperation, Outcome]]
) -> None:
    """Settle and ask what a person should know. Records that were refused or stale are still queued and planned anew.

    What came out a cent wrong is to be deleted again; those deletes are then unsettled themselves.
    """
    sequence = await operations.next_sequence(tx, context.connection_id, context.run_id)
    undone = taking_back(context, answered, sequence)
    before = dict(memory.snapshots)
    await settle(context, tx, memory, answered)
    await keep(context, tx, undone)
    for stored, outcome in answered:
        operation = stored.operation
        written = before.get((operation.side, operation.kind, operation.target_id))
        if await settled(context, tx, stored, written, outcome.snapshot) or stored.state != "done":
            continue
        if key := rejected_key(operation):
            won = accepted_key(operation)
            lost = rejected(operation, before.get(key), outcome.snapshot, before.get(won) if won else None)
            await ask_about_conflict(context, tx, stored, lost)
        money_told = operation.action is Action.UPDATE and "money" in operation.fields
        words = moved_cents(operation, outcome) if money_told else ""
        if words and not spelt_out_next(context, operation, outcome):
            await lay_aside(context, tx, operation, words)


async def _memory(
    context: TurnContext,
    tx: Transaction,
    answered: Sequence[tuple[StoredOperation, Outcome]],
    news: dict[Key, Snapshot],
) -> Memory:
    """What the tables hold now of the records that these operations are about or speak of; `news` is carried on."""
    ids_about: dict[tuple[Side, Kind], set[str]] = defaultdict(set)
    spoken_of: dict[tuple[Side, Kind], set[str]] = defaultdict(set)
    for stored, outcome in answered:
        operation = stored.operation
        ids_about[operation.side, operation.kind] |= {
            operation.target_id,
            outcome.snapshot.id if outcome.snapshot else "",
        }
        ids_about[operation.source_side, operation.source_kind].add(operation.source_id)
        for kind, record_id in promises(operation.record):
            spoken_of[operation.side.other, kind].add(record_id)
    memory = Memory(news=news)
    pairs = []
    for (side, kind), ids in sorted(ids_about.items()):
        for snapshot in (await mirrors.load(tx, context.connection_id, side, kind, ids)).values():
            memory.snapshots[side, kind, snapshot.id] = snapshot
        pairs += await links.of_records(tx, context.connection_id, kind, side, ids)
    for (side, kind), ids in sorted(spoken_of.items()):
        pairs += await links.of_records(tx, context.connection_id, kind, side, ids)
    memory.links = LinkIndex.of(pairs)
    return memory
