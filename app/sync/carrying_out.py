"""Carrying out just what a dry run has shown: first whether it would still be done, then nothing but that.

All is planned anew, as the dry run planned it. Where that comes to something else than was shown, nothing is written at all, and the
run lists what has moved. After that, what each chunk plans is let through entry by entry, as far as it was shown; what was not
stays in the queue for the next run, and in the end the run lists that, too.
"""

from collections.abc import Collection
from typing import Any

from app.domain.model.operations import Operation
from app.domain.model.records import Kind
from app.domain.planner import Plan
from app.domain.planning.plan_input import PlanInput
from app.domain.planning.signatures import is_signed, recognised
from app.storage.changes import due_changes
from app.storage.changes.change_queue import PendingChange
from app.storage.runs import operations, shown_plans
from app.storage.runs.operations import StoredOperation
from app.sync.context import ShownPlan, TurnContext
from app.sync.previewing import sign_of
from app.sync.reading.whole_batches import without
from app.sync.writing.compensate import new_row


class Moved(Exception):
    """What was shown is not what would be done by now; says what has moved. Nothing has been written."""


DONE_SINCE = "A synchronisation has done it since."
OTHERWISE = "It would be done otherwise by now."
TOLD_AGAIN = "It was changed once more while this was under way."
NAMED = 5
"""So many of the documents that have moved are named in a sentence; all are listed."""


async def claimed(context: TurnContext, shown: ShownPlan, kind: Kind, limit: int) -> list[PendingChange]:
    """The next changed records of one kind that the plan deals with."""
    async with context.reading() as tx:
        return await due_changes.claim_shown(
            tx, context.connection_id, context.clock.now(), kind, shown.run_id, shown.records, shown.left, limit=limit
        )


async def as_shown(context: TurnContext, shown: ShownPlan, plan_input: PlanInput, plan: Plan) -> Plan:
    """The part of a plan that was shown; the rest is left in the queue."""
    pairs = recognised((o for entry in plan.entries for o in entry.operations), plan_input.links)
    signed = [{sign_of(o, plan_input, pairs) for o in entry.operations if is_signed(o)} for entry in plan.entries]
    async with context.reading() as tx:
        every = sorted(set().union(*signed))
        known = await shown_plans.shown(tx, context.connection_id, shown.run_id, every, shown.only)
    left = {index for index, signs in enumerate(signed) if not signs <= known}
    kept = without(list(plan.entries), left)
    shown.left |= {entry.change.key for entry in plan.entries} - {entry.change.key for entry in kept}
    return Plan(tuple(kept))


async def note_left(context: TurnContext, shown: ShownPlan) -> None:
    """List what was shown and is left in the queue for the next run, each with why, and count the records."""
    async with context.transaction() as tx:
        await operations.forget_moved(tx, context.connection_id, context.run_id)
        left = await shown_plans.left(tx, context.connection_id, context.run_id, shown.run_id, shown.only)
        why = {each.id: TOLD_AGAIN if each.told else OTHERWISE for each in left}
        sequence = await operations.next_sequence(tx, context.connection_id, context.run_id)
        rows = []
        for number, each in enumerate(await operations.by_ids(tx, context.connection_id, list(why)), sequence):
            row = new_row(context, each.operation, number, "moved")
            row.message = why[each.id]
            rows.append(row)
        await operations.add(tx, context.connection_id, rows, context.lease.epoch, context.clock.now())
    context.counters.values["shown_left"] = len({each.record for each in left})


async def moved_since(context: TurnContext, shown: ShownPlan, plan_input: PlanInput, plan: Plan) -> str:
    """Whether the plan, made anew, does something else than was shown: in a sentence that names it, "" where it does not.

    What has moved is listed with the run. Of chosen operations only those count.
    """
    pairs = recognised((o for entry in plan.entries for o in entry.operations), plan_input.links)
    now = {sign_of(o, plan_input, pairs): o for entry in plan.entries for o in entry.operations if is_signed(o)}
    async with context.reading() as tx:
        known = await shown_plans.signs(tx, context.connection_id, shown.run_id, shown.only)
        gone = await operations.by_ids(tx, context.connection_id, [known[s] for s in sorted(known.keys() - now.keys())])
        done = await shown_plans.done_since(tx, context.connection_id, shown.run_id, [each.id for each in gone])
    come = [] if shown.only is not None else [o for sign, o in now.items() if sign not in known]
    rows = _listed(context, gone, done, come)
    if not rows:
        return ""
    async with context.transaction() as tx:
        await operations.forget_moved(tx, context.connection_id, context.run_id)
        await operations.add(tx, context.connection_id, rows, context.lease.epoch, context.clock.now())
    names = list(dict.fromkeys(row.operation.subject.label or f"a {row.operation.kind}" for row in rows))
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    if all(row.message == DONE_SINCE for row in rows):
        return f"A synchronisation has done this since it was shown: {'; '.join(names[:NAMED])}{more}."
    return f"This has moved since it was shown: {'; '.join(names[:NAMED])}{more}."


def _listed(
    context: TurnContext, gone: list[StoredOperation], done: Collection[str], come: list[Operation]
) -> list[StoredOperation]:
    """The rows that say what has moved: what would be done otherwise once."""
    said = [(each.operation, DONE_SINCE if each.id in done else "It would not be done any more.") for each in gone]
    said += [(operation, "It has come since.") for operation in come]
    told: dict[tuple[Any, ...], StoredOperation] = {}
    for operation, words in said:
        pair = {(operation.side, operation.target_id), (operation.source_side, operation.source_id)}
        about = (operation.kind, operation.part, frozenset(pair))
        row = told.get(about)
        if row is not None and row.message != words:
            row.message = OTHERWISE
        elif row is None:
            told[about] = new_row(context, operation, len(told), "moved")
            told[about].message = words
    return list(told.values())
