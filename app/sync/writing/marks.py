"""When a run has ended: how the records that it looked at stand in the books is said in Oncord, many at a time.

What is due was noted in the transaction that settled each record. A mark states what holds, so that one whose answer was
lost is simply said again, and it makes no new version, so that it calls nobody back.
"""

from collections.abc import Collection, Sequence

from app.domain.model.currencies import with_currency
from app.domain.model.days import day_in_words
from app.domain.model.exchange import Mark
from app.domain.model.records import Kind, Side
from app.domain.model.write_fields import BooksStatus
from app.domain.planning.marks import InTheBooks, to_say
from app.domain.planning.plan_input import Key
from app.domain.settlement import otherwise
from app.storage.changes.change_queue import PendingChange
from app.storage.records import marks, mirrors
from app.storage.records.marks import Standing
from app.sync.context import TurnContext
from app.sync.writing.answers import Progress

CHUNK = 500


async def tell_marks(context: TurnContext) -> bool:
    """Say what is due and not shown yet. Answers whether that was all, within the turn."""
    while True:
        async with context.reading() as tx:
            keys = await marks.claim(tx, context.connection_id, limit=CHUNK)
        if not keys:
            return True
        said = [mark for kind in Kind for mark in await _marks(context, kind, [i for k, i in keys if k is kind])]
        if said:
            await context.hold()
            await context.within_lease(context.sides[Side.ONCORD].mark(said, context.clock.now()))
        async with context.transaction() as tx:
            await marks.note_said(tx, context.connection_id, said)
            await marks.done(tx, context.connection_id, keys)
        if context.time_is_up():
            return False


async def _marks(context: TurnContext, kind: Kind, ids: Collection[str]) -> list[Mark]:
    """What is to be said of some records of one kind."""
    if not ids:
        return []
    async with context.reading() as tx:
        standings = await marks.load(tx, context.connection_id, kind, ids, context.clock.now())
        counterparts = {each.quickbooks_id for each in standings}
        there = await mirrors.load(tx, context.connection_id, Side.QUICKBOOKS, kind, counterparts)
    found: list[Mark] = []
    for standing in standings:
        counterpart = there.get(standing.quickbooks_id)
        page = context.sides[Side.QUICKBOOKS].page_of(counterpart) if counterpart is not None else ""
        said = to_say(standing.held, _known(standing, page))
        if said is not None:
            found.append(Mark(kind, standing.id, BooksStatus(said.status), said.reason, said.url))
    return found


def _known(standing: Standing, page: str) -> InTheBooks:
    parts = otherwise.shown(standing.parts, settled=bool(standing.settled))
    return InTheBooks(
        linked=bool(standing.quickbooks_id),
        gone=standing.gone,
        page=page,
        waits=standing.waits,
        refused=standing.refused,
        settled=f"{_opened(standing)} {otherwise.reason(parts, standing.currency)}".strip(),
    )


def _opened(standing: Standing) -> str:
    """What the document of a sale from before the start date stands for, in words; "" where it is the sale itself."""
    opening = standing.opening
    if opening is None or opening.whole:
        return ""
    money = with_currency(standing.opening_total, standing.currency)
    return f"In QuickBooks it is an opening balance of {money}, which was open of it on {day_in_words(opening.day)}."


def concerned(rows: Sequence[PendingChange], progress: Progress) -> set[marks.Key]:
    """The records of Oncord whose mark may be another one, now that these changes were looked at."""
    found = {(row.kind, record_id) for row in rows for record_id in _in_oncord(row.key, progress)}
    for entry in progress.entries:
        for operation in entry.operations:
            own = operation.source_id if operation.side is Side.QUICKBOOKS else operation.target_id
            found.add((operation.source_kind, own))
    return {(kind, record_id) for kind, record_id in found if record_id and kind is not Kind.ITEM}


def _in_oncord(key: Key, progress: Progress) -> list[str]:
    side, _, record_id = key
    return [record_id] if side is Side.ONCORD else [link.oncord_id for link in progress.memory.links.parts(key)]
