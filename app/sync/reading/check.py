"""The mirrors are checked against their sources, so that what neither an event nor a change time told of is seen, too.

A tie-out compares mirrors (law 11): it is worth as much as they are. Once a day, right after a download (T2), each side is
asked how many records of each kind it has, and a few pages of it are read a second time, a little further each day, all of
a small company at once; QuickBooks as often and as far as the week's reads for that reach (`Budget.upkeep`). What differs is queued as if an event had told of it. Where a count differs, the kind is read
again whole at once. It costs a handful of metered reads, none while the month's allowance is short, and begins nothing
that a turn could not go on with.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app import log
from app.domain.guards.read_budget import Pace
from app.domain.model.deletion import ABSENCE
from app.domain.model.exchange import Fetched, RecordPage
from app.domain.model.records import Kind, Side, Snapshot
from app.storage.changes import cursors
from app.storage.database import Transaction
from app.storage.records import mirrors, source_checks
from app.storage.records.source_checks import SourceCheck
from app.storage.runs import meter
from app.sync.context import TurnContext
from app.sync.missing import deleted, fetch
from app.sync.reading.download import gone_since, keep, read_let_go
from app.sync.reading.how_many import counts

_log = log.get(__name__)

PAGES = 8
"""So many pages of a side are read a second time with a check: all of it, where no list has more than one page."""
COUNTING = 5
"""So many metered reads it costs to ask QuickBooks how many records it has."""
EARLIER = timedelta(hours=1)
"""A check comes along with a download: rather an hour early than half a day late."""


async def check_sources(context: TurnContext, run_began: datetime) -> bool:
    """Check what is due; answers whether it was finished within the turn."""
    for side in Side:
        if not await _check(context, side, run_began):
            return False
    return True


async def is_asked_for(context: TurnContext) -> bool:
    """Whether somebody has asked for a check that has not begun yet."""
    async with context.reading() as tx:
        known = await source_checks.load(tx, context.connection_id)
    return any(_asked(check) for check in known.values())


async def everything_was_read(context: TurnContext) -> None:
    """The first synchronisation has just read all there is: what pairs of before have lost since is known, and the first check is
    a day later."""
    for kind in Kind:
        await _say_what_is_gone(context, kind)
    async with context.transaction() as tx:
        await source_checks.whole(tx, context.connection_id, context.clock.now())


async def _say_what_is_gone(context: TurnContext, kind: Kind) -> None:
    """A site and a company that are joined again find their pairs of before (T5); what QuickBooks has deleted meanwhile is in no
    list. Oncord shows what was deleted as a record of its own."""
    async with context.reading() as tx:
        absent = await source_checks.never_shown(tx, context.connection_id, Side.QUICKBOOKS, kind)
    if not absent:
        return
    fetched = await fetch(context, Side.QUICKBOOKS, kind, absent)
    now = context.clock.now()
    gone = [
        Snapshot(Side.QUICKBOOKS, kind, record_id, "", None, modified_at=now, deleted=True, deleted_with=ABSENCE)
        for record_id in sorted(fetched.missing)
    ]
    async with context.transaction() as tx:
        await keep(context, tx, [*fetched.snapshots, *gone])


async def _check(context: TurnContext, side: Side, run_began: datetime) -> bool:
    now = context.clock.now()
    async with context.reading() as tx:
        known = await source_checks.load(tx, context.connection_id)
        pace = await context.pace(tx)
        week = await meter.upkeep_of_a_week(tx, context.connection_id, now.date())
    if side is Side.QUICKBOOKS and pace is not Pace.FREE:
        return True
    mine = {kind: known[side, kind] for kind in Kind}
    free = side is Side.ONCORD or any(_asked(check) for check in mine.values())
    pages = PAGES if free else context.budget.upkeep_left(week, COUNTING + PAGES) - COUNTING
    if pages >= 0 and any(_due(check, now, context.check_every) for check in mine.values()):
        mine = await _count(context, side, mine)
        await _read_some(context, side, mine, pages)
    return await _read_what_differs(context, side)


def _asked(check: SourceCheck) -> bool:
    """Whether somebody has asked for a check since the last one."""
    return check.asked_at is not None and (check.checked_at is None or check.asked_at > check.checked_at)


def _due(check: SourceCheck, now: datetime, every: timedelta) -> bool:
    if check.checked_at is None:
        return True
    return _asked(check) or (every > timedelta(0) and now - check.checked_at >= every - EARLIER)


async def _count(context: TurnContext, side: Side, known: Mapping[Kind, SourceCheck]) -> dict[Kind, SourceCheck]:
    """Ask the side how many records it has; a kind whose count differs, or that somebody asks about, is read at once."""
    there = await counts(context, side)
    now = context.clock.now()
    counted: dict[Kind, SourceCheck] = {}
    async with context.transaction() as tx:
        here = await source_checks.counted(tx, context.connection_id, side)
        for kind, check in known.items():
            number = there.get(kind, here[kind] + check.apart)
            counted[kind] = _counted(check, number, here[kind], now)
            await source_checks.save(tx, context.connection_id, counted[kind])
    return counted


def _counted(check: SourceCheck, there: int, here: int, now: datetime) -> SourceCheck:
    differs = there - here != check.apart
    noted = replace(check, checked_at=now, there=there, here=here, found=0, found_at=None)
    if check.at_once or not (_asked(check) or differs):
        return noted
    return replace(noted, at_once=True, page_cursor=None, began_at=None)


async def _read_some(context: TurnContext, side: Side, known: Mapping[Kind, SourceCheck], pages: int) -> None:
    """Go on with the second reading of a side by so many pages, with the kind that waits longest for it."""
    for kind in sorted(known, key=lambda kind: _longest_unread(known[kind])):
        if pages and not known[kind].at_once:
            pages -= await _read_again(context, known[kind], pages)


def _longest_unread(check: SourceCheck) -> tuple[bool, datetime]:
    return check.page_cursor is None, check.compared_at or datetime.min.replace(tzinfo=UTC)


async def _read_what_differs(context: TurnContext, side: Side) -> bool:
    """Read whole what is to be read at once; answers whether the turn sufficed."""
    async with context.reading() as tx:
        known = await source_checks.load(tx, context.connection_id)
    for kind in Kind:
        check = known[side, kind]
        while check.at_once:
            if context.time_is_up():
                return False
            await _read_again(context, check, PAGES)
            async with context.reading() as tx:
                check = (await source_checks.load(tx, context.connection_id))[side, kind]
    return True


async def _read_again(context: TurnContext, check: SourceCheck, most: int) -> int:
    """Read at most so many pages of a kind a second time; answers how many there were."""
    side, kind = check.side, check.kind
    check = replace(check, began_at=check.began_at or context.clock.now())
    count = 0
    await context.hold()
    async for page in context.sides[side].pages(kind, None, check.page_cursor, check=True):
        count += 1
        await read_let_go(context, side, page.snapshots)
        async with context.transaction() as tx:
            check = await _keep_page(context, tx, check, page)
        if page.cursor is None:
            await _end(context, check)
            return count
        if count == most:
            return count
        await context.hold()
    return count


async def _keep_page(context: TurnContext, tx: Transaction, check: SourceCheck, page: RecordPage) -> SourceCheck:
    """Bring a page into the mirror once more; what differs although nothing has told of it is counted."""
    mark = (await cursors.load(tx, context.connection_id))[check.side, check.kind].watermark
    earlier = await source_checks.read_earlier(
        tx, context.connection_id, check.side, check.kind, [s.id for s in page.snapshots]
    )
    moved = {record_id for _, _, record_id in await keep(context, tx, page.snapshots)}
    unsaid = [s for s in page.snapshots if s.id in moved - earlier and _should_be_known(s, mark)]
    check = _with_found(context, replace(check, page_cursor=page.cursor), len(unsaid))
    await source_checks.save(tx, context.connection_id, check)
    return check


def _should_be_known(snapshot: Snapshot, mark: datetime | None) -> bool:
    """Whether the download that has just ended would have shown it, had the side told of it."""
    return mark is None or snapshot.modified_at is None or snapshot.modified_at <= mark


def _with_found(context: TurnContext, check: SourceCheck, unsaid: int) -> SourceCheck:
    if not unsaid:
        return check
    context.counters.add("found_by_check", unsaid)
    _log.warning("records differed that nothing had told of", side=check.side, kind=check.kind, records=unsaid)
    return replace(check, found=check.found + unsaid, found_at=context.clock.now())


async def _end(context: TurnContext, check: SourceCheck) -> None:
    """A second reading has come to its end: what it did not show is asked for by id, and is gone where that fails, too."""
    assert check.began_at is not None  # set before the first page was asked for
    async with context.reading() as tx:
        absent = await source_checks.not_shown(tx, context.connection_id, check.side, check.kind, check.began_at)
    fetched = await fetch(context, check.side, check.kind, absent) if absent else Fetched(())
    if check.at_once:  # it may have taken a while, and what a side counts is to fit what was read
        there = await counts(context, check.side)
        check = replace(check, there=there.get(check.kind, check.there))
    now = context.clock.now()
    async with context.transaction() as tx:
        await keep(context, tx, fetched.snapshots)
        lost = await mirrors.load(tx, context.connection_id, check.side, check.kind, fetched.missing)
        gone = [deleted(snapshot, now) for snapshot in lost.values()]
        with_whom = await gone_since(context, tx, check.side, gone, check.compared_at)
        await keep(context, tx, [replace(s, deleted_with=with_whom.get(s.id, ABSENCE)) for s in gone])
        check = _with_found(context, check, len(gone))
        here = (await source_checks.counted(tx, context.connection_id, check.side))[check.kind]
        check = replace(check, at_once=False, page_cursor=None, began_at=None, compared_at=now)
        check = replace(check, here=here, apart=check.there - here)
        await source_checks.save(tx, context.connection_id, check)
