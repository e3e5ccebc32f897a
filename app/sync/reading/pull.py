"""Bringing the mirrors up to date: what events named, what moved since the watermark, or everything, page by page.

Whatever differs from what the mirror held is queued; nothing is decided here. Each page is committed with the cursor
that leads on from it, so that a download of any size can be interrupted anywhere.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product

from app.domain.guards.read_budget import Pace
from app.domain.model.deletion import ABSENCE, DeletedAlong
from app.domain.model.records import (
    ELSEWHERE,
    Kind,
    Receipt,
    Sale,
    Side,
    Snapshot,
)
from app.domain.model.references import referred_ids
from app.domain.planning.plan_input import Key
from app.storage.changes import change_queue, cursors, due_changes, schedule
from app.storage.changes.change_queue import PendingChange
from app.storage.changes.cursors import DownloadState
from app.storage.database import Transaction
from app.storage.records import mirrors
from app.storage.runs import meter, progress
from app.sync.context import TurnContext
from app.sync.missing import deleted, fetch, not_there_any_more
from app.sync.reading.how_many import STEPS, ask_how_many

OVERLAP = timedelta(minutes=5)
"""QuickBooks indexes changes with a lag of seconds to minutes; each download begins a little before the last one."""
NAMED_AT_ONCE = 1000
HOUR = timedelta(hours=1)
IDLE = timedelta(hours=12)


async def pull_named(context: TurnContext) -> bool:
    """Read what events have named. QuickBooks answers by one change-data call, Oncord by ids in bulk.

    Near the end of the month's read allowance QuickBooks is asked less often: what it has told of stays queued until
    then. Answers whether everything was read before the turn's time was up.
    """
    now = context.clock.now()
    turn = await _books_turn(context, now)
    if turn.download and not await download(context, Side.QUICKBOOKS, now):
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


async def _books_turn(context: TurnContext, now: datetime) -> _BooksTurn:
    """What the month's read allowance leaves for this turn."""
    async with context.reading() as tx:
        named = await due_changes.claim(
            tx, context.connection_id, now, sides=[Side.QUICKBOOKS], mirrored=False, limit=1
        )
        states = await cursors.load(tx, context.connection_id)
        used = await meter.used_this_month(tx, now.date())
    downloaded = _oldest_watermark(Side.QUICKBOOKS, states)
    if downloaded is None:
        return _BooksTurn(allowed=True, download=True)
    stale, pace = now - downloaded > HOUR, context.budget.pace(used, now.date())
    if pace is Pace.FREE or (pace is Pace.HOURLY and stale):
        return _BooksTurn(allowed=True, download=stale or bool(named))
    later = downloaded + (HOUR if pace is Pace.HOURLY else IDLE)
    later = later if later > now else now + HOUR
    return _BooksTurn(allowed=False, later=later if named else None)


async def _read_some(context: TurnContext, sides: Sequence[Side]) -> bool:
    """Read some of what events have named, also of records that wait; answers whether there was any."""
    moment, most = context.clock.now(), NAMED_AT_ONCE
    async with context.reading() as tx:
        due = await due_changes.claim(tx, context.connection_id, moment, sides=sides, mirrored=False, limit=most)
        waiting = await change_queue.told_while_waiting(tx, context.connection_id, moment, sides=sides, limit=most)
    if not due and not waiting:
        return False
    context.begin("changes", left=len(due) + len(waiting))
    for side, kind in product(sides, Kind):
        for rows, wait in ((due, False), (waiting, True)):
            mine = [r for r in rows if (r.side, r.kind) == (side, kind)]
            await _read_by_id(context, side, kind, mine, wait=wait)
    return True


async def _read_by_id(
    context: TurnContext, side: Side, kind: Kind, rows: Sequence[PendingChange], *, wait: bool
) -> None:
    """Bring into the mirror what events have named. Where the records `wait`, only what has moved is looked at again:
    what is decided about their neighbours must not rest on what they were."""
    if not rows:
        return
    fetched = await fetch(context, side, kind, [row.id for row in rows])
    context.counters.add("read", len(fetched.snapshots))
    with_whom = {row.id: row.deleted_with for row in rows}
    async with context.reading() as tx:
        synchronised = await _synchronised(context, tx, fetched.snapshots)
    snapshots = [
        replace(s, deleted_with=s.deleted_with or with_whom.get(s.id)) if s.deleted else s for s in synchronised
    ]
    await _read_referred(context, side, snapshots)  # first: once these rows are seen, nobody reads for them again
    await read_let_go(context, side, snapshots)
    async with context.transaction() as tx:
        snapshots += await not_there_any_more(context, tx, side, kind, fetched)
        if wait:
            await mirrors.save_and_mark(tx, context.connection_id, snapshots, context.clock.now())
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
            snapshots = await _synchronised(context, tx, fetched.snapshots)
            snapshots += await not_there_any_more(context, tx, side, kind, fetched)
            now = context.clock.now()
            await mirrors.save(tx, context.connection_id, [s for s in snapshots if _key(s) in planned], now)
            await mirrors.save_and_mark(
                tx, context.connection_id, [s for s in snapshots if _key(s) not in planned], now
            )


def _key(snapshot: Snapshot) -> Key:
    return snapshot.side, snapshot.kind, snapshot.id


async def read_let_go(context: TurnContext, side: Side, snapshots: Sequence[Snapshot]) -> None:
    """What Oncord's records of one kind have let go of since they were last read: a sale that was deleted frees its receipts
    first, and a contact that was merged hands on its documents; only its own end tells that nobody has typed that (S3, C2).
    QuickBooks tells of both at once."""
    referring = [s.id for s in snapshots if s.kind in (Kind.SALE, Kind.RECEIPT)]
    if side is not Side.ONCORD or not referring:
        return
    async with context.reading() as tx:
        before = await mirrors.load(tx, context.connection_id, side, snapshots[0].kind, referring)
    for kind in (Kind.SALE, Kind.CONTACT):
        gone = {i for s in before.values() for i in _references(s, kind)}
        gone -= {i for s in snapshots for i in _references(s, kind)}
        if not gone:
            continue
        fetched = await fetch(context, side, kind, sorted(gone))
        async with context.transaction() as tx:
            await keep(context, tx, fetched.snapshots)


async def _read_referred(context: TurnContext, side: Side, snapshots: Sequence[Snapshot]) -> None:
    """What these records refer to and the mirror has never seen: the sales of a receipt, the contact of a sale."""
    for kind in (Kind.SALE, Kind.CONTACT):
        referred = {i for s in snapshots for i in _references(s, kind)}
        async with context.reading() as tx:
            mirrored = await mirrors.load(tx, context.connection_id, side, kind, referred)
        unseen = sorted(referred - mirrored.keys())
        if not unseen:
            continue
        fetched = await fetch(context, side, kind, unseen)
        async with context.transaction() as tx:
            await keep(context, tx, fetched.snapshots)
        snapshots = [*snapshots, *fetched.snapshots]


def _references(snapshot: Snapshot, kind: Kind) -> set[str]:
    """What a document refers to. (A contact's parents are read where they are needed, an adjustment's sale never is.)"""
    if snapshot.kind is Kind.CONTACT or (snapshot.kind is Kind.SALE and kind is Kind.SALE):
        return set()
    return set(referred_ids(snapshot.record, kind))


async def _synchronised(context: TurnContext, tx: Transaction, snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """Without the documents of no synchronised kind, unless one of them used to be: then it counts as deleted."""
    strange = [s for s in snapshots if ELSEWHERE in s.extras]
    if not strange:
        return list(snapshots)
    mirrored = await mirrors.load(tx, context.connection_id, strange[0].side, strange[0].kind, [s.id for s in strange])
    return [s for s in snapshots if ELSEWHERE not in s.extras or s.id in mirrored]


async def download(context: TurnContext, side: Side, since_start: datetime) -> bool:
    """Bring one side's mirror up to date by "modified since", or page by page where it was never complete.

    `since_start` is when this download was asked for: kinds that have completed since are not asked again. Answers
    whether it finished within the turn.
    """
    async with context.reading() as tx:
        states = await cursors.load(tx, context.connection_id)
    watermark = _oldest_watermark(side, states)
    under_way = any(states[side, kind].page_cursor for kind in Kind if (side, kind) in states)
    if watermark is not None and not under_way:
        await context.hold()
        changes = await context.sides[side].changes(tuple(Kind), watermark - OVERLAP)
        if changes.complete:
            async with context.transaction() as tx:
                await keep(context, tx, changes.snapshots)
                for kind in Kind:
                    state = replace(
                        states[side, kind], watermark=changes.as_of, completed_at=context.clock.now(), page_since=None
                    )
                    await cursors.save(tx, context.connection_id, state)
            return True
    context.begin(STEPS[side])
    for kind in Kind:
        state = states.get((side, kind), DownloadState(side, kind))
        if state.completed_at is not None and state.completed_at >= since_start:
            continue
        if not await _pages(context, side, kind, state):
            return False
    return True


async def _pages(context: TurnContext, side: Side, kind: Kind, state: DownloadState) -> bool:
    since = state.page_since if state.page_cursor else (state.watermark - OVERLAP if state.watermark else None)
    again = since is not None
    deletes_told = not again
    async for page in context.sides[side].pages(kind, since, state.page_cursor):
        last = page.cursor is None
        context.advance(len(page.snapshots))
        if not last and not again:
            await ask_how_many(context, side)
        deletes_told = deletes_told or page.tells_deletes
        await read_let_go(context, side, page.snapshots)
        async with context.transaction() as tx:
            await keep(context, tx, page.snapshots)
            state = replace(
                state,
                page_cursor=page.cursor,
                page_since=None if last else since,
                page_as_of=page.as_of,
                watermark=page.as_of if last else state.watermark,
                completed_at=context.clock.now() if last and deletes_told else state.completed_at,
                records=state.records + len(page.snapshots),
            )
            await cursors.save(tx, context.connection_id, state)
            if not last or context.progress.total is not None:
                await progress.note(tx, context.run_id, context.progress)
        if not last and context.time_is_up():
            return False
        await context.hold()
    if not deletes_told:
        await _find_deleted(context, side, kind, state)
    return True


async def _find_deleted(context: TurnContext, side: Side, kind: Kind, state: DownloadState) -> None:
    """After a gap that the side's own memory of deletes does not span: what is no longer there was deleted."""
    existing = await context.sides[side].ids(kind)
    async with context.transaction() as tx:
        missing = await mirrors.ids(tx, context.connection_id, side, kind, without=existing)
        lost = await mirrors.load(tx, context.connection_id, side, kind, missing)
        gone = [deleted(s, context.clock.now()) for s in lost.values()]
        with_whom = await gone_since(context, tx, side, gone, state.completed_at)
        await keep(context, tx, [replace(s, deleted_with=with_whom.get(s.id, ABSENCE)) for s in gone])
        await cursors.save(tx, context.connection_id, replace(state, completed_at=context.clock.now()))


async def gone_since(
    context: TurnContext, tx: Transaction, side: Side, gone: Sequence[Snapshot], since: datetime | None
) -> dict[str, DeletedAlong]:
    """Which documents went with their contacts, where only the absence of both tells: the contact's end was noticed after
    their kind was last read, so that C3 holds, which removes nothing."""
    owners = {s.id: str(s.record.contact_id) for s in gone if isinstance(s.record, Sale | Receipt)}
    contacts = await mirrors.load(tx, context.connection_id, side, Kind.CONTACT, set(owners.values()))
    ended = {
        i
        for i, c in contacts.items()
        if c.deleted and not c.merged_into and (since is None or (c.modified_at or since) >= since)
    }
    return {i: DeletedAlong(Kind.CONTACT, owner) for i, owner in owners.items() if owner in ended}


async def keep(context: TurnContext, tx: Transaction, snapshots: Sequence[Snapshot]) -> list[tuple[Side, Kind, str]]:
    """Bring what a side has shown into its mirror, and queue what has moved; answers what that is."""
    synchronised = await _synchronised(context, tx, snapshots)
    moved = await mirrors.save_and_mark(tx, context.connection_id, synchronised, context.clock.now())
    context.counters.add("read", len(snapshots))
    context.counters.add("changed", len(moved))
    named = await change_queue.load(tx, context.connection_id, [(s.side, s.kind, s.id) for s in snapshots])
    await change_queue.note_mirrored(tx, context.connection_id, named)
    return moved


def _oldest_watermark(side: Side, states: dict[tuple[Side, Kind], DownloadState]) -> datetime | None:
    marks = [states[side, kind].watermark if (side, kind) in states else None for kind in Kind]
    present = [mark for mark in marks if mark is not None]
    return min(present) if len(present) == len(Kind) else None
