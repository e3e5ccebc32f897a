"""What a download asks of both sides goes out at once: who the site is, where it posts its events, and what has moved where.

Each answer, or what has gone wrong with it, is looked at where the run comes to it, in the order in which it would be asked for
alone: nothing of a site is kept before it is known to be the one that was joined, and one side's download stands whatever
became of the other's. After trouble each is asked in its turn again, so that no metered read is spent for a shop that is down.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.at_once import at_once
from app.domain.model.exchange import Changes
from app.domain.model.records import Kind, Side
from app.storage.changes import cursors
from app.storage.runs import runs
from app.sync.context import TurnContext
from app.sync.reading.download import changes_since
from app.sync.site_look import AskedSite, ask_site


@dataclass(frozen=True, slots=True)
class Ahead:
    """What was asked for."""

    site: AskedSite | None = None
    changes: Mapping[Side, "asyncio.Task[Changes]"] = field(default_factory=dict)
    """By side, where it tells what has moved and was asked."""


async def ask_ahead(context: TurnContext, *, site: bool, changes: bool) -> Ahead:
    """Ask for what a download begins with: the `site` itself, what has moved on both sides."""
    since = await _since(context) if changes else {}
    if not site and not since:
        return Ahead()
    await context.hold()
    async with at_once() as ask:
        asked = ask_site(context, ask) if site else None
        moved = {side: ask(context.sides[side].changes(tuple(Kind), moment)) for side, moment in since.items()}
    return Ahead(asked, moved)


async def _since(context: TurnContext) -> dict[Side, datetime]:
    """From when on each side is asked what has moved; without those that are read page by page, and none after trouble."""
    if context.counters.get("interruptions"):
        return {}
    async with context.reading() as tx:
        if await runs.last_failed(tx, context.connection_id):
            return {}
        states = await cursors.load(tx, context.connection_id)
    moments = {side: changes_since(side, states) for side in Side}
    return {side: moment for side, moment in moments.items() if moment is not None}
