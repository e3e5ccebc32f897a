"""What a download asks of both sides goes out at once: who the site is, where it posts its events, and what has moved where.

Each answer, or what has gone wrong with it, is looked at where the run comes to it, in the order in which it would be asked for
alone: nothing of a site is kept before it is known to be the one that was joined, and one side's download stands whatever
became of the other's. After trouble each is asked in its turn again, so that no metered read is spent for a shop that is down.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.at_once import at_once
from app.domain.guards.read_budget import download_wait
from app.domain.model.records import Kind, Side
from app.storage.changes import cursors
from app.storage.runs import runs
from app.storage.runs.runs import Run
from app.sync.context import TurnContext
from app.sync.reading.download import Asked, changes_since, told_before
from app.sync.site_look import AskedSite, ask_site


@dataclass(frozen=True, slots=True)
class Ahead:
    """What was asked for."""

    site: AskedSite | None = None
    changes: Mapping[Side, Asked] = field(default_factory=dict)
    """By side, where it tells what has moved and was asked."""


async def sides_to_read(context: TurnContext, run: Run) -> tuple[Side, ...]:
    """Which sides a run downloads: both, but that nobody has asked for QuickBooks' where the reads of the month are nearly used up
    and its own time (`download_wait`) has not come."""
    if run.trigger != "idle" or context.restored is not None:
        return tuple(Side)
    now = context.clock.now()
    async with context.reading() as tx:
        states = await cursors.load(tx, context.connection_id)
        pace = await context.pace(tx)
    wait = download_wait(pace, context.idle)
    completed = [state.completed_at for (side, _), state in states.items() if side is Side.QUICKBOOKS]
    put_off = wait > context.idle and bool(completed) and all(at is not None and now < at + wait for at in completed)
    return (Side.ONCORD,) if put_off else tuple(Side)


async def ask_ahead(context: TurnContext, *, site: bool, sides: Sequence[Side]) -> Ahead:
    """Ask for what a download begins with: the `site` itself, what has moved on these sides."""
    since = await _since(context, sides) if sides else {}
    if not site and not since:
        return Ahead()
    await context.hold()
    told = await told_before(context)
    async with at_once() as ask:
        asked = ask_site(context, ask) if site else None
        moved = {
            side: Asked(ask(context.sides[side].changes(tuple(Kind), moment)), told) for side, moment in since.items()
        }
    return Ahead(asked, moved)


async def _since(context: TurnContext, sides: Sequence[Side]) -> dict[Side, datetime]:
    """From when on each side is asked what has moved; without those that are read page by page, and none after trouble."""
    if context.counters.get("interruptions"):
        return {}
    async with context.reading() as tx:
        if await runs.last_failed(tx, context.connection_id):
            return {}
        states = await cursors.load(tx, context.connection_id)
    moments = {side: changes_since(side, states) for side in sides}
    if Side.ONCORD in moments and moments[Side.ONCORD] is None:
        return {}  # which takes turns: QuickBooks' answer would be asked for in each of them
    return {side: moment for side, moment in moments.items() if moment is not None}
