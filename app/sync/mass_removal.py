"""Holding mass deletes back until a person approves them: replaces removals of a plan by questions under one matter."""

from collections import Counter
from dataclasses import replace
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


async def hold_back(context: TurnContext, plan_input: PlanInput, plan: Plan) -> Plan:
    """The plan without the removals that must wait for approval."""
    removing = [o for e in plan.entries for o in e.operations if _removes(o)]
    if not removing:
        return plan
    async with context.reading() as tx:
        by_itself = await removals.asked_by_themselves(tx, context.connection_id, locked_periods.KINDS)
        planned = Counter(o.kind for o in removing if not _asks_by_itself(o, by_itself))
        if not planned:
            return plan
        counted = await removals.count(
            tx, context.connection_id, tuple(planned), context.clock.now() - WINDOW, locked_periods.KINDS
        )
    held = {
        kind
        for kind, number in planned.items()
        if not counted[kind].approved
        and (
            counted[kind].waiting
            or holds(Removals(max(number, counted[kind].pending), counted[kind].recent, counted[kind].links))
        )
    }
    approved = {kind for kind in planned if counted[kind].approved}
    return Plan(
        tuple(
            replace(
                entry,
                operations=tuple(
                    o if _asks_by_itself(o, by_itself) else _held(plan_input, entry, o, held, approved)
                    for o in entry.operations
                ),
            )
            for entry in plan.entries
        )
    )


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
