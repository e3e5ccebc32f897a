"""Bringing one side's mirror up to date: what moved since the watermark, or everything, page by page.

Whatever differs from what the mirror held is queued; nothing is decided here. Each page is committed with the cursor
that leads on from it, so that a download of any size can be interrupted anywhere.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.model.deletion import ABSENCE, DeletedAlong
from app.domain.model.exchange import Changes
from app.domain.model.records import (
    ELSEWHERE,
    Kind,
    Receipt,
    Sale,
    Side,
    Snapshot,
)
from app.domain.model.references import referred_ids
from app.storage.changes import change_queue, cursors
from app.storage.changes.cursors import DownloadState
from app.storage.database import Transaction
from app.storage.records import mirrors
from app.storage.runs import progress
from app.sync.context import TurnContext
from app.sync.missing import deleted, fetch
from app.sync.reading.how_many import STEPS, ask_how_many
from app.sync.reading.let_go import look_at_early_sales_let_go

OVERLAP = timedelta(minutes=5)
"""QuickBooks indexes changes with a lag of seconds to minutes; each download begins a little before the last one."""
States = dict[tuple[Side, Kind], DownloadState]


Told = Mapping[tuple[Side, Kind, str], int]
"""What events had told of and nobody had read, each with its generation, when a side was asked."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What has moved on a side, asked for ahead: the answer, and what had been told before it was asked for."""

    changes: "asyncio.Task[Changes]"
    told: Told


async def download(context: TurnContext, side: Side, since_start: datetime, asked: Asked | None = None) -> bool:
    """Bring one side's mirror up to date by "modified since", or page by page where it was never complete.

    `since_start` is when this download was asked for: kinds that have completed since are not asked again. `asked`: what has
    moved, where that was asked for already. Answers whether it finished within the turn.
    """
    async with context.reading() as tx:
        states = await cursors.load(tx, context.connection_id)
    since = changes_since(side, states)
    if since is not None:
        if asked is None:
            told = await told_before(context)
            changes = await _changes(context, side, since)
        else:
            told, changes = asked.told, asked.changes.result()
        if changes.complete:
            async with context.transaction() as tx:
                await keep(context, tx, changes.snapshots, told)
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


async def _changes(context: TurnContext, side: Side, since: datetime) -> Changes:
    await context.hold()
    return await context.sides[side].changes(tuple(Kind), since)


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


async def told_before(context: TurnContext) -> Told:
    """To be remembered before a side is asked: what is told of later may have moved after the answer was made."""
    async with context.reading() as tx:
        return await change_queue.told_of(tx, context.connection_id)


async def told_since(
    context: TurnContext, tx: Transaction, keys: Collection[tuple[Side, Kind, str]], told: Told
) -> set[tuple[Side, Kind, str]]:
    """Which of these records an event has told of that is none of those `told` of before."""
    rows = await change_queue.load(tx, context.connection_id, keys)
    return {row.key for row in rows if not row.mirrored and told.get(row.key) != row.generation}


async def keep(
    context: TurnContext, tx: Transaction, snapshots: Sequence[Snapshot], told: Told | None = None
) -> list[tuple[Side, Kind, str]]:
    """Bring what a side has shown into its mirror, and queue what has moved; answers what that is.

    `told`: what events had told of before the side was asked. What one has told of since is still to be read.
    """
    keys = [(s.side, s.kind, s.id) for s in snapshots]
    later = await told_since(context, tx, keys, told) if told is not None else set()
    kept = await synchronised(context, tx, snapshots)
    await look_at_early_sales_let_go(context, tx, kept)
    moved = await mirrors.save_and_mark(tx, context.connection_id, kept, context.clock.now())
    context.counters.add("read", len(snapshots))
    context.counters.add("changed", len(moved))
    named = await change_queue.load(tx, context.connection_id, keys)
    await change_queue.note_mirrored(tx, context.connection_id, [row for row in named if row.key not in later])
    await change_queue.note_unread(tx, context.connection_id, later)
    return moved


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
        gone = {i for s in before.values() for i in references(s, kind)}
        gone -= {i for s in snapshots for i in references(s, kind)}
        if not gone:
            continue
        fetched = await fetch(context, side, kind, sorted(gone))
        async with context.transaction() as tx:
            await keep(context, tx, fetched.snapshots)


def references(snapshot: Snapshot, kind: Kind) -> set[str]:
    """What a document refers to. (A contact's parents are read where they are needed, an adjustment's sale never is.)"""
    if snapshot.kind is Kind.CONTACT or (snapshot.kind is Kind.SALE and kind is Kind.SALE):
        return set()
    return set(referred_ids(snapshot.record, kind))


async def synchronised(context: TurnContext, tx: Transaction, snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """Without the documents of no synchronised kind, unless one of them used to be: then it counts as deleted."""
    strange = [s for s in snapshots if ELSEWHERE in s.extras]
    if not strange:
        return list(snapshots)
    mirrored = await mirrors.load(tx, context.connection_id, strange[0].side, strange[0].kind, [s.id for s in strange])
    return [s for s in snapshots if ELSEWHERE not in s.extras or s.id in mirrored]


def changes_since(side: Side, states: States) -> datetime | None:
    """From when on a side is asked what has moved; None where it has to be read page by page, or just is."""
    watermark = oldest_watermark(side, states)
    under_way = any(states[side, kind].page_cursor for kind in Kind if (side, kind) in states)
    return None if watermark is None or under_way else watermark - OVERLAP


def oldest_watermark(side: Side, states: States) -> datetime | None:
    """Up to when all of a side was read; None where that has never come to its end."""
    marks = [states[side, kind].watermark if (side, kind) in states else None for kind in Kind]
    present = [mark for mark in marks if mark is not None]
    return min(present) if len(present) == len(Kind) else None
