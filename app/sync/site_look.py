"""Twice a day, with the download: whether the site is still the one that was joined, and whether it still tells us of changes (T2).
Whenever it does not answer in time again and again: that it is slow.

What is found by reading arrives in the end without any event; a person is told since it arrives late.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from app.at_once import Ask
from app.domain.model.exchange import SideFacts
from app.domain.model.records import Side
from app.errors import Blocked, Remedy
from app.site_events import POSTS_ELSEWHERE
from app.storage.changes import told
from app.storage.connections import connections
from app.storage.database import Transaction
from app.storage.people import attention
from app.sync.context import TurnContext

EVENTS_MISSING = "site_events_missing"
CONNECTED_TWICE = "site_connected_twice"
SLOW = "site_slow"
LATE = timedelta(hours=1)
"""An event that has not come for so long is not on its way."""
ENOUGH = 3
"""So many changes that nobody told of are no accident of one event."""
_AGAIN = (
    'Give the token of the site again under "Give a fresh Oncord token": the site is then told where to post. If it goes'
    " elsewhere again, somebody else has set it: ask whoever looks after the shop."
)


@dataclass(frozen=True, slots=True)
class AskedSite:
    """What the site was asked of itself."""

    facts: "asyncio.Task[SideFacts]"
    posts_to: "asyncio.Task[str | None]"


def ask_site(context: TurnContext, ask: Ask) -> AskedSite | None:
    """Ask the site who it is and where it posts its events; None where nobody knows where that should be."""
    site = context.sides[Side.ONCORD]
    return AskedSite(ask(site.facts()), ask(site.posts_to())) if context.events_url else None


async def look_at_site(context: TurnContext, asked: AskedSite) -> None:
    """Whether the site is the one that was joined, and posts here; raises `Blocked` where another site answers by now."""
    facts = asked.facts.result()
    if context.site_id and facts.id and facts.id != context.site_id:
        raise Blocked(
            "Another site answers at the address of the shop.",
            code="other-site",
            advice="Enter the address at which the shop itself is now, with its token; or connect that other site on its own.",
            remedy=Remedy.SITE_ADDRESS,
        )
    posts_to = asked.posts_to.result()
    async with context.transaction() as tx:
        now = context.clock.now()
        await connections.note_record_url(tx, context.connection_id, facts.record_url, now)
        twice = False
        if facts.id and not context.site_id:
            twice = not await connections.note_site_id(tx, context.connection_id, facts.id, now)
        if twice:
            await _ask(
                context,
                tx,
                CONNECTED_TWICE,
                rule="T5",
                summary="This shop is connected a second time, by another spelling of its address.",
                advice="Keep one of the two connections and remove the other: the shop tells only one of them of its changes.",
            )
        else:
            await _end(context, tx, CONNECTED_TWICE, "The shop has one connection.")
        if posts_to is None or posts_to == context.events_url:
            await _end(context, tx, POSTS_ELSEWHERE, "The shop posts its events here.")
            return
        where = f"to {_host(posts_to)}" if posts_to else "nowhere"
        await _ask(
            context,
            tx,
            POSTS_ELSEWHERE,
            rule="T2",
            summary=f"The shop posts news of its changes {where} instead of here, so that they are noticed up to"
            " half a day late.",
            advice=_AGAIN,
        )


async def listen(context: TurnContext) -> None:
    """After a download: tell a person where changes of the shop are found by reading alone; that ends with the next event."""
    now = context.clock.now()
    async with context.transaction() as tx:
        last_told = await told.last_told(tx, context.connection_id, Side.ONCORD)
        asked_at = await told.since(tx, context.connection_id, EVENTS_MISSING)
        if asked_at is not None:
            if last_told is not None and last_told >= asked_at:
                await _end(context, tx, EVENTS_MISSING, "The shop tells of its changes again.")
            return
        found = await told.found_untold(tx, context.connection_id, Side.ONCORD, now - LATE, last_told)
        if found < ENOUGH:
            return
        since = f"since {last_told.astimezone(context.zone):%Y-%m-%d}" if last_told else "so far"
        await _ask(
            context,
            tx,
            EVENTS_MISSING,
            rule="T2",
            summary=f"The shop has told of none of its changes {since}; {found} were found by looking, so that what happens"
            " in the shop is noticed up to half a day late.",
            advice=_AGAIN,
        )


async def tell_slow(context: TurnContext, tx: Transaction) -> None:
    """Say that the shop has not answered in time again and again; that ends with the next run that goes through."""
    await _ask(
        context,
        tx,
        SLOW,
        rule="T1",
        summary="The shop answers too slowly: time and again it has not answered within a minute, so that changes arrive late.",
        advice="Ask whoever looks after the shop why its connector is slow. Nothing is lost: it is tried again by itself, less"
        " and less often, and this question goes away once the shop answers in time.",
    )


async def tell_quick(context: TurnContext, tx: Transaction) -> None:
    """The shop has answered all that was asked."""
    await _end(context, tx, SLOW, "The shop answers in time again.")


def _host(url: str) -> str:
    """The host of an address that a shop has said, which may be none."""
    try:
        return (urlsplit(url).hostname or "")[:100] or "another address"
    except ValueError:
        return "another address"


async def _ask(context: TurnContext, tx: Transaction, key: str, *, rule: str, summary: str, advice: str) -> None:
    await attention.open_item(
        tx,
        context.connection_id,
        item_id=context.ids.new("att"),
        key=key,
        kind=key,
        rule=rule,
        summary=summary,
        advice=advice,
        run_id=context.run_id,
        now=context.clock.now(),
    )


async def _end(context: TurnContext, tx: Transaction, key: str, reason: str) -> None:
    await attention.settle(tx, context.connection_id, [key], reason=reason, now=context.clock.now())
