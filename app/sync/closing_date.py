"""QuickBooks' closing date, read again where it may have moved: with each download, and when a write was refused for it (B1)."""

from app.domain.guards.read_budget import Pace
from app.domain.model.records import Side
from app.domain.model.waiting import WaitsFor
from app.storage.connections import connections
from app.storage.database import Transaction
from app.storage.people import locked_periods, reconsider
from app.sync.context import TurnContext


async def read_closing_date(context: TurnContext, *, refused: bool = False) -> bool:
    """Read it, and look again at what waits for the lock date where it has moved; whether it has.

    It costs a read of its own only where something waits for it, or was just refused for it (law 9), or once a day; not even then
    where such reads are bounded, or those of the month nearly used up, and the change list tells of it.
    """
    await context.hold()
    async with context.reading() as tx:
        fresh = refused or await locked_periods.anything_waits(tx, context.connection_id)
        as_told = context.budget.upkeep > 0 or await _is_nearly_used_up(context, tx)
    closed_until = await context.sides[Side.QUICKBOOKS].closing_date(fresh=fresh, as_told=as_told)
    now = context.clock.now()
    async with context.transaction() as tx:
        moved = await connections.note_closing_date(tx, context.connection_id, closed_until, now)
        if moved:
            await reconsider.after_the_lock_moved(tx, context.connection_id, now)
    return moved


async def _is_nearly_used_up(context: TurnContext, tx: Transaction) -> bool:
    """Whether the month's reads are."""
    return await context.pace(tx) in (Pace.IDLE_ONLY, Pace.SPENT)


async def still_refused(context: TurnContext) -> list[WaitsFor]:
    """What was refused for the closing date as it was last read: sent again, it would be refused again."""
    async with context.reading() as tx:
        return await locked_periods.refused(tx, context.connection_id)
