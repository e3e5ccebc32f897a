"""A dry run: the whole plan, stored piece by piece with what each write finds and would move, and nothing carried out.

Of the pieces before, no more is remembered than ids, names and hashes: some 1.5 kB of each record. What only the whole plan tells is added to the rows
once all are there: their order, what they would move in the books, and in a first synchronisation what repeats a record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from app.domain.model.link_part import CANCELLATION
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Receipt, Sale, Side
from app.domain.planner import Plan, place_of, provided
from app.domain.planning.matches import NAMED, Meeting, RecordMatch, are_doubles
from app.domain.planning.plan_input import Key, PlanInput
from app.domain.planning.signatures import recognised
from app.storage.records import mirrors
from app.storage.runs import dry_runs, operations
from app.storage.runs.operations import StoredOperation
from app.sync.context import TurnContext
from app.sync.planning import pieces
from app.sync.previewing import held_by_target, tell_effects, traits
from app.sync.reading.candidates import commons_of
from app.sync.reading.sight import Sight
from app.sync.writing.compensate import new_row

AT_ONCE = 1000
"""So many rows are stored, or read again, by one statement."""
NEAR_AT_ONCE = 100
"""Of so many records the doubles are told at once: each may have some fifty to be compared with."""


@dataclass(slots=True)
class _Kept:
    """What is known of the pieces that are stored."""

    meeting: Meeting = field(default_factory=Meeting)
    pairs: dict[Key, str] = field(default_factory=dict)
    rows: int = 0


async def keep_dry_run(context: TurnContext) -> None:
    """Store what would be done about all that is due, without doing it."""
    async with context.transaction() as tx:
        await operations.forget_plan(tx, context.connection_id, context.run_id)  # an earlier turn may have ended here
    kept = _Kept()
    async for plan_input, plan in pieces(context):
        await _keep(context, plan_input, plan, kept)
    async with context.transaction() as tx:
        await dry_runs.put_in_order(tx, context.connection_id, context.run_id)
    if context.backfill:
        await _tell_what_is_alike(context, kept.meeting)
    await tell_effects(context)
    async with context.reading() as tx:
        counted = await dry_runs.counted(tx, context.connection_id, context.run_id)
    context.counters.values |= {f"would_{action}": number for action, number in counted.items()}


async def _keep(context: TurnContext, plan_input: PlanInput, plan: Plan, kept: _Kept) -> None:
    """Store one piece."""
    places = [(plan.entries[index], operation) for stage in plan.stages() for index, operation in stage.operations]
    made = [operation for _, operation in places]
    kept.pairs |= recognised(made, plan_input.links)
    met = kept.meeting.of_piece(plan_input, made) if context.backfill else {}
    told = [
        {**traits(entry.change, operation, plan_input, kept.pairs), "stage": place_of(operation), **_match(met, place)}
        for place, (entry, operation) in enumerate(places)
    ]
    worded = await _with_home_amounts(context, made)
    async with context.transaction() as tx:
        if kept.rows:
            needed = provided(made)
            await operations.supersede(tx, context.connection_id, context.run_id, needed, "planned")
            back = kept.meeting.taken_back(met.values())
            await dry_runs.forget_alone(tx, context.connection_id, context.run_id, back)
        for start in range(0, len(made), AT_ONCE):
            stored = [
                _row(context, plan_input, operation, told[start + number], kept.rows + start + number)
                for number, operation in enumerate(worded[start : start + AT_ONCE])
            ]
            await operations.add(tx, context.connection_id, stored, context.lease.epoch, context.clock.now())
    kept.rows += len(made)


def _match(met: Mapping[int, RecordMatch], place: int) -> dict[str, Any]:
    return {"match": met[place].plain} if place in met else {}


def _row(
    context: TurnContext, plan_input: PlanInput, operation: Operation, told: Mapping[str, Any], sequence: int
) -> StoredOperation:
    row = new_row(context, operation, sequence, "planned")
    row.before, row.preview = held_by_target(plan_input, operation), told
    return row


async def _tell_what_is_alike(context: TurnContext, meeting: Meeting) -> None:
    """Add to the rows of a first synchronisation which records repeat theirs, and which documents across have their number."""
    clashes = meeting.clashes()
    while some := list(islice(clashes, AT_ONCE)):
        await _tell(context, {key: {"clashes": ids} for key, ids in some})
    alike = iter(meeting.alike().items())
    while near := dict(islice(alike, NEAR_AT_ONCE)):
        await _tell(context, {key: {"doubles": ids} for key, ids in (await _doubles(context, near)).items()})


async def _tell(context: TurnContext, more: Mapping[Key, Mapping[str, Sequence[str]]]) -> None:
    async with context.transaction() as tx:
        await dry_runs.tell_matches(tx, context.connection_id, context.run_id, more)


async def _doubles(context: TurnContext, near: Mapping[Key, set[str]]) -> dict[Key, tuple[str, ...]]:
    """Those of their side that say the same as some records, of those that are alike."""
    keys = {(side, kind, i) for (side, kind, own), ids in near.items() for i in (own, *ids)}
    async with context.reading() as tx:
        sight = Sight(snapshots=await mirrors.load_several(tx, context.connection_id, sorted(keys)))
        commons = await commons_of(context, tx, sight)
    found: dict[Key, tuple[str, ...]] = {}
    for key, ids in near.items():
        own = sight.snapshots.get(key)
        others = [sight.snapshots.get((key[0], key[1], i)) for i in sorted(ids)]
        doubles = [o.id for o in others if own is not None and o is not None and are_doubles(own, o, commons)]
        found |= {key: tuple(doubles[:NAMED])} if doubles else {}
    return found


async def _with_home_amounts(context: TurnContext, planned: Sequence[Operation]) -> list[Operation]:
    """What would be made in another currency than that of the books says what it would come to in them."""
    made = {
        place: operation.record
        for place, operation in enumerate(planned)
        if operation.side is Side.QUICKBOOKS
        and operation.action is Action.CREATE
        and operation.part is not CANCELLATION  # at the rate of the invoice that it takes back
        and isinstance(operation.record, Sale | Receipt)
    }
    if not made:
        return list(planned)
    await context.hold()
    told = await context.sides[Side.QUICKBOOKS].in_home_currency(list(made.values()))
    words = dict(zip(made, told, strict=True))
    return [
        replace(operation, reason=f"{operation.reason} {words[place]}") if words.get(place) else operation
        for place, operation in enumerate(planned)
    ]
