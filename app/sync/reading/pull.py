"""Bringing into the mirrors what events have named.

What is named of a shop is asked for at once, of all kinds and beside QuickBooks' change list; it is kept kind by kind, so that
a document finds its contact there.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product

from app.at_once import Ask, at_once
from app.domain.guards.read_budget import Pace, download_wait, next_month
from app.domain.model.exchange import Fetched
from app.domain.model.records import Kind, Side, Snapshot
from app.domain.planning.plan_input import Key
from app.storage.changes import change_queue, cursors, due_changes, schedule
from app.storage.changes.change_queue import PendingChange
from app.storage.records import mirrors
from app.storage.runs import progress
from app.sync.context import TurnContext
from app.sync.missing import fetch, not_there_any_more
from app.sync.reading.download import (
    Asked,
    changes_since,
    download,
    keep,
    oldest_watermark,
    read_let_go,
    references,
    synchronised,
    told_before,
    told_since,
)
from app.sync.reading.let_go import look_at_early_sales_let_go

NAMED_AT_ONCE = 1000
HOUR = timedelta(hours=1)


async def pull_named(context: TurnContext) -> bool:
    """Read what events have named. QuickBooks answers by one change-data call, Oncord by ids in bulk.

    Near the end of the month's read allowance QuickBooks is asked less often: what it has told of stays queued until
    then. Answers whether everything was read before the turn's time was up.
    """
    now = context.clock.now()
    turn = await _books_turn(context, now)
    if turn.download and not await _download_beside(context, turn, now):
        return False
    if turn.later is not None and not context.dry_run:
        async with context.transaction() as tx:
            await schedule.wake_by(tx, context.connection_id, turn.later)
    sides = tuple(Side) if turn.allowed else (Side.ONCORD,)
    while await _read_some(context, sides):
        if context.time_is_up():
            return False
    return True


@dataclass(frozen=True, slots=True)
class _BooksTurn:
    """How QuickBooks is asked in this turn: whether it is at all, whether there is anything, or when to come again."""

    allowed: bool
    download: bool = False
    later: datetime | None = None
    since: datetime | None = None
    """From when on it is asked what has moved; None where it has to be read page by page."""


async def _books_turn(context: TurnContext, now: datetime) -> _BooksTurn:
    """What the month's read allowance leaves for this turn."""
    async with context.reading() as tx:
        named = await due_changes.claim(
            tx, context.connection_id, now, sides=[Side.QUICKBOOKS], mirrored=False, limit=1
        )
        states = await cursors.load(tx, context.connection_id)
        pace = await context.pace(tx)
    downloaded = oldest_watermark(Side.QUICKBOOKS, states)
    if downloaded is None:
        return _BooksTurn(allowed=True, download=True)
    stale = now - downloaded > HOUR
    if pace is Pace.FREE or (pace is Pace.HOURLY and stale):
        since = changes_since(Side.QUICKBOOKS, states)
        return _BooksTurn(allowed=True, download=stale or bool(named), since=since)
    later = downloaded + (HOUR if pace is Pace.HOURLY else download_wait(pace, context.idle))
    later = next_month(now) if pace is Pace.SPENT else later if later > now else now + HOUR
    return _BooksTurn(allowed=False, later=later if named else None)


async def _download_beside(context: TurnContext, turn: _BooksTurn, now: datetime) -> bool:
    """Ask QuickBooks what has moved and the shop for what was named of it, at once; answers whether the turn sufficed."""
    named = await _claimed(context, (Side.ONCORD,))
    books = context.sides[Side.QUICKBOOKS]
    await context.hold()
    told = await told_before(context)
    async with at_once() as ask:
        changes = Asked(ask(books.changes(tuple(Kind), turn.since)), told) if turn.since is not None else None
        fetched = _asked_of_the_shop(context, ask, named)
    if not await download(context, Side.QUICKBOOKS, now, changes):
        return False
    _begin(context, named)
    await _keep_named(context, named, fetched)
    return True


async def _read_some(context: TurnContext, sides: Sequence[Side]) -> bool:
    """Read some of what events have named, also of records that wait; answers whether there was any."""
    named = await _claimed(context, sides)
    if not named:
        return False
    _begin(context, named)
    await context.hold()
    async with at_once() as ask:
        fetched = _asked_of_the_shop(context, ask, named)
    await _keep_named(context, named, fetched)
    return True


@dataclass(frozen=True, slots=True)
class _Named:
    """What events have named of one kind; `wait`: records that wait for something."""

    side: Side
    kind: Kind
    rows: Sequence[PendingChange]
    wait: bool

    @property
    def ids(self) -> list[str]:
        """Which records those are."""
        return [row.id for row in self.rows]


def _begin(context: TurnContext, named: Sequence[_Named]) -> None:
    if named:
        context.begin("changes", left=sum(len(each.rows) for each in named))


_Asked = Sequence["asyncio.Task[Fetched] | None"]
"""For each kind that was named what was asked for; None where nothing was yet."""


async def _claimed(context: TurnContext, sides: Sequence[Side]) -> list[_Named]:
    """Some of what is named and due, or named and waits, in the order in which it is kept."""
    moment, most = context.clock.now(), NAMED_AT_ONCE
    async with context.reading() as tx:
        due = await due_changes.claim(tx, context.connection_id, moment, sides=sides, mirrored=False, limit=most)
        waiting = await change_queue.told_while_waiting(tx, context.connection_id, moment, sides=sides, limit=most)
    named = [
        _Named(side, kind, [r for r in rows if (r.side, r.kind) == (side, kind)], wait)
        for side, kind in product(sides, Kind)
        for rows, wait in ((due, False), (waiting, True))
    ]
    return [each for each in named if each.rows]


def _asked_of_the_shop(context: TurnContext, ask: Ask, named: Sequence[_Named]) -> _Asked:
    """Ask for what is the shop's, all kinds at once. QuickBooks is asked for its own in turn: each is a metered read, which another
    one that fails should not have wasted."""
    shop = context.sides[Side.ONCORD]
    return [ask(shop.fetch(each.kind, each.ids)) if each.side is Side.ONCORD else None for each in named]


async def _keep_named(context: TurnContext, named: Sequence[_Named], asked: _Asked) -> None:
    for each, answer in zip(named, asked, strict=True):
        fetched = await fetch(context, each.side, each.kind, each.ids) if answer is None else answer.result()
        await _keep_fetched(context, each, fetched)


async def _keep_fetched(context: TurnContext, named: _Named, fetched: Fetched) -> None:
    """Bring into the mirror what events have named. Where the records `wait`, only what has moved is looked at again:
    what is decided about their neighbours must not rest on what they were."""
    side, kind, rows, wait = named.side, named.kind, named.rows, named.wait
    context.counters.add("read", len(fetched.snapshots))
    with_whom = {row.id: row.deleted_with for row in rows}
    async with context.reading() as tx:
        kept = await synchronised(context, tx, fetched.snapshots)
    snapshots = [replace(s, deleted_with=s.deleted_with or with_whom.get(s.id)) if s.deleted else s for s in kept]
    await _read_referred(context, side, snapshots)  # first: once these rows are seen, nobody reads for them again
    await read_let_go(context, side, snapshots)
    async with context.transaction() as tx:
        snapshots += await not_there_any_more(context, tx, side, kind, fetched)
        await look_at_early_sales_let_go(context, tx, snapshots)
        if wait:
            claimed = {row.key: row.generation for row in rows}
            later = await told_since(context, tx, claimed, claimed)
            await mirrors.save_and_mark(tx, context.connection_id, snapshots, context.clock.now())
            await change_queue.note_unread(tx, context.connection_id, later)
        else:
            await mirrors.save(tx, context.connection_id, snapshots, context.clock.now())
        await change_queue.note_mirrored(tx, context.connection_id, rows)
        context.advance(len(rows))
        await progress.note(tx, context.run_id, context.progress)


async def read_anew(context: TurnContext, outdated: Sequence[Snapshot], planned: Collection[Key]) -> None:
    """Bring records into the mirror once more that were read before the vocabulary had all of its fields.

    Of those that are not `planned` now, what has moved besides is looked at in its own turn.
    """
    places = sorted({(snapshot.side, snapshot.kind) for snapshot in outdated})
    for side, kind in places:
        ids = sorted({s.id for s in outdated if (s.side, s.kind) == (side, kind)})
        fetched = await fetch(context, side, kind, ids)
        context.counters.add("read", len(fetched.snapshots))
        async with context.transaction() as tx:
            snapshots = await synchronised(context, tx, fetched.snapshots)
            snapshots += await not_there_any_more(context, tx, side, kind, fetched)
            now = context.clock.now()
            await mirrors.save(tx, context.connection_id, [s for s in snapshots if _key(s) in planned], now)
            await mirrors.save_and_mark(
                tx, context.connection_id, [s for s in snapshots if _key(s) not in planned], now
            )


def _key(snapshot: Snapshot) -> Key:
    return snapshot.side, snapshot.kind, snapshot.id


async def _read_referred(context: TurnContext, side: Side, snapshots: Sequence[Snapshot]) -> None:
    """What these records refer to and the mirror has never seen: the sales of a receipt, the contact of a sale."""
    for kind in (Kind.SALE, Kind.CONTACT):
        referred = {i for s in snapshots for i in references(s, kind)}
        async with context.reading() as tx:
            mirrored = await mirrors.load(tx, context.connection_id, side, kind, referred)
        unseen = sorted(referred - mirrored.keys())
        if not unseen:
            continue
        fetched = await fetch(context, side, kind, unseen)
        async with context.transaction() as tx:
            await keep(context, tx, fetched.snapshots)
        snapshots = [*snapshots, *fetched.snapshots]
