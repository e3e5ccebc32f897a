"""Whether a bank statement holds the money that a plan would touch: asked once a run, and only by such a plan (law 9)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from app.domain.guards.cleared_money import ClearedMoney
from app.domain.model.records import Side
from app.domain.planning.plan_input import PlanInput
from app.errors import Unreachable
from app.storage.runs import cleared
from app.storage.runs.cleared import Kept
from app.sync.context import TurnContext

PATIENCE = 2
"""How often a run is interrupted for the report before it goes on without."""
FURTHER_BACK = dt.timedelta(days=183)
"""How much further back than a plan needs it is asked for the sake of what the run looks at next: Intuit advises half a year."""


async def with_cleared_money(context: TurnContext, plan_input: PlanInput, days: Sequence[dt.date]) -> PlanInput:
    """The input with what bank statements hold of the money of these days. A later part of the run that reaches further back
    than could be foreseen asks anew, for all of it."""
    first, last = min(days), max(days)
    async with context.reading() as tx:
        kept = await cleared.of_run(tx, context.run_id)
    if kept is None or not kept.covers(first, last):
        kept = await _read(context, kept, first, last)
    accounts = await context.sides[Side.QUICKBOOKS].money_accounts()
    return replace(plan_input, cleared=replace(kept.money, accounts=accounts))


async def _read(context: TurnContext, before: Kept | None, first: dt.date, last: dt.date) -> Kept:
    async with context.reading() as tx:
        due = await cleared.first_day_due(tx, context.connection_id)
    since = max(min(first, due or first), first - FURTHER_BACK)
    until = max(last, context.clock.now().astimezone(context.zone).date())
    if before is not None:
        since, until = min(since, before.since), max(until, before.until)
    kept = Kept(await _asked(context, since, until), since, until)
    async with context.transaction() as tx:
        await cleared.keep(tx, context.connection_id, context.run_id, kept)
    return kept


async def _asked(context: TurnContext, since: dt.date, until: dt.date) -> ClearedMoney:
    """What QuickBooks tells. A report that does not come is asked for again by the next turns, and then is not to be had, so
    that it holds up nothing else. Raises `Unreachable` before that."""
    await context.hold()
    try:
        return await context.sides[Side.QUICKBOOKS].cleared_money(since, until)
    except Unreachable:
        if context.counters.get("interruptions") < PATIENCE:
            raise
        return ClearedMoney(told=False)
