"""Holding mass deletes back until a person approves them: replaces removals of a plan by questions under one matter."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta

from app.domain.guards.mass_removal import Removals, holds
from app.domain.model.deletion import ABSENCE
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Kind, Side
from app.domain.planner import Plan, PlanEntry
from app.domain.planning.decisions import held_back
from app.domain.planning.plan_input import PlanInput
from app.storage.people import locked_periods
from app.storage.runs import removals
from app.sync.context import TurnContext

WINDOW = timedelta(hours=24)
REMOVING = (Action.DELETE, Action.VOID)


@dataclass(slots=True)
class PlannedRemovals:
    """How many removals the pieces of one plan have come upon so far, by kind, and of which kinds they wait. A run has carried those
    of its earlier chunks out by then, and counts them as recent."""

    numbers: Counter[Kind] = field(default_factory=Counter)
    held: set[Kind] = field(default_factory=set)


async def hold_back(
    context: TurnContext, plan_input: PlanInput, plan: Plan, earlier: PlannedRemovals | None = None
) -> Plan:
    """The plan without the removals that must wait for approval; of a plan that is made in pieces those of `earlier` ones count, too."""
    earlier = earlier if earlier is not None else PlannedRemovals()
    removing = [o for e in plan.entries for o in e.operations if _removes(o)]
    if not removing:
        return plan
    async with context.reading() as tx:
        by_itself = await removals.asked_by_themselves(tx, context.connection_id, locked_periods.KINDS)
        planned = Counter(o.kind for o in removing if not _asks_by_itself(o, by_itself))
        if not planned:
            return plan
        earlier.numbers += planned
        counted = await removals.count(
            tx, context.connection_id, tuple(planned), context.clock.now() - WINDOW, locked_periods.KINDS
        )
    held = {
        kind
        for kind in planned
        if not counted[kind].approved
        and (kind in earlier.held or counted[kind].waiting or holds(_removals(earlier.numbers[kind], counted[kind])))
    }
    earlier.held |= held
    approved = {kind for kind in planned if counted[kind].approved}
    return replace(
        plan,
        entries=tuple(
            replace(
                entry,
                operations=tuple(
                    o if _asks_by_itself(o, by_itself) else _held(plan_input, entry, o, held, approved)
                    for o in entry.operations
                ),
            )
            for entry in plan.entries
        ),
    )


def _removals(number: int, counted: removals.Counted) -> Removals:
    return Removals(max(number, counted.pending), counted.recent, counted.links)


def _asks_by_itself(operation: Operation, by_itself: frozenset[tuple[Kind, str]]) -> bool:
    """Whether a removal only asks, and the question about it is open already: it is no removal among many any more."""
    return not operation.action.writes and (operation.source_kind, operation.source_id) in by_itself


def _removes(operation: Operation) -> bool:
    """Whether a decision removes something in QuickBooks, or would once somebody has said so for its locked period (B1)."""
    asked = operation.locked is not None and operation.locked.removes
    return (operation.side is Side.QUICKBOOKS and operation.action in REMOVING) or asked


def _held(
    plan_input: PlanInput, entry: PlanEntry, operation: Operation, held: set[Kind], approved: set[Kind]
) -> Operation:
    if not _removes(operation) or operation.kind in approved:
        return operation
    source = plan_input.snapshot(Side.ONCORD, operation.source_kind, operation.source_id)
    inferred = source is not None and source.deleted_with == ABSENCE
    if operation.kind not in held and not inferred:
        return operation
    return held_back(
        operation,
        f"So many {operation.kind}s were removed in Oncord that somebody should look first. "
        "Approve, and their counterparts are removed in QuickBooks too; or put them back in Oncord.",
    )
