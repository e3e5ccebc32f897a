"""After a plan was carried out each changed record is cleared from the queue, tried again, or laid aside with its reason."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.guards.holding import holding_ends
from app.domain.model.records import Kind, Sale, Side
from app.domain.model.waiting import OtherRecord
from app.domain.planner import Plan, PlanEntry
from app.domain.planning.link_index import LinkIndex
from app.domain.planning.plan_input import Key
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.storage.connections import connections
from app.storage.database import Transaction
from app.storage.people import attention
from app.storage.records import marks, settled_otherwise
from app.storage.runs import operations
from app.storage.runs.operations import StoredOperation
from app.sync.context import TurnContext
from app.sync.questions.open_refunds import say_open_refunds
from app.sync.writing.answers import Disposition, Progress
from app.sync.writing.ask import ask
from app.sync.writing.compensate import new_row
from app.sync.writing.decide import remember
from app.sync.writing.left_as_it_is import was_left
from app.sync.writing.marks import concerned
from app.sync.writing.memory import Memory
from app.sync.writing.open_credits import say_open_credits
from app.sync.writing.open_refunds import money_out
from app.sync.writing.release import release_others
from app.sync.writing.revisit import early_sales

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)
PATIENCE = 3
"""How often a record is planned again at once before it has to wait."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A changed record with what was planned for it and what became of that."""

    row: PendingChange
    planned: PlanEntry
    disposition: Disposition

    @property
    def writes(self) -> bool:
        """Whether something was to be written."""
        return any(operation.action.writes for operation in self.planned.operations)


async def settle_rows(context: TurnContext, plan: Plan, rows: Sequence[PendingChange], progress: Progress) -> None:
    """Say of each changed record what becomes of it, and set free what waits for those that have gone through."""
    done: list[PendingChange] = []
    outdated: list[Key] = []
    made = {OtherRecord(kind, side, record_id) for side, kind, record_id, _ in progress.memory.created}
    now = context.clock.now()
    async with context.transaction() as tx:
        if await connections.version_in_force(tx, context.connection_id) != context.configuration_version:
            context.outdated = True
        holds = await _holds(context, tx, progress)
        for entry in _entries(plan, rows, progress):
            if context.outdated and (entry.disposition.park or not entry.writes):
                outdated.append(entry.row.key)  # what was decided by the old configuration is decided once more
            elif await _has_gone_through(context, tx, entry, holds, made, now, progress.memory.links):
                done.append(entry.row)
        if outdated:
            await change_queue.release(tx, context.connection_id, now, keys=outdated)
        await _bury(context, tx, progress)
        await change_queue.clear(tx, context.connection_id, done)
        await settled_otherwise.note_due(tx, context.connection_id, _may_settle(done, progress.memory))
        await early_sales(context, tx, rows, progress.memory)
        await marks.note_due(tx, context.connection_id, concerned(rows, progress))
        await say_open_credits(context, tx, rows, progress.memory)
        await say_open_refunds(context, tx, money_out(rows, progress.memory))
        await release_others(context, tx, rows, done, plan, progress)


def _may_settle(rows: Sequence[PendingChange], memory: Memory) -> list[Key]:
    """What decides how a sale is settled: money, and documents of which QuickBooks shows something as settled."""
    keys = [row.key for row in rows if row.kind is Kind.RECEIPT]
    for row in rows:
        link = memory.links.live(row.key) if row.kind is Kind.SALE else None
        invoice = memory.snapshots.get((Side.QUICKBOOKS, Kind.SALE, link.quickbooks_id)) if link is not None else None
        if invoice is not None and isinstance(invoice.record, Sale) and invoice.record.paid:
            keys.append((invoice.side, invoice.kind, invoice.id))
    return sorted(set(keys))


def _entries(plan: Plan, rows: Sequence[PendingChange], progress: Progress) -> Iterator[_Entry]:
    """Each changed record; one that stands for the same as another one shares its disposition."""
    by_key = {row.key: row for row in rows}
    pairs = zip(plan.entries, progress.dispositions, strict=True)
    dispositions = {entry.change.key: disposition for entry, disposition in pairs}
    for entry in plan.entries:
        disposition = dispositions[entry.same_as.key if entry.same_as else entry.change.key]
        yield _Entry(by_key[entry.change.key], entry, disposition)


async def _has_gone_through(
    context: TurnContext,
    tx: Transaction,
    entry: _Entry,
    holds: Mapping[OtherRecord, datetime],
    made: Set[OtherRecord],
    now: datetime,
    links: LinkIndex,
) -> bool:
    """Whether nothing is left to do about a record; if something is, it is held, laid aside or tried again."""
    disposition, row = entry.disposition, entry.row
    if disposition.waits_for in made:  # by this very plan: nobody else will call it back
        _try_again(disposition)
    due_by = _held_until(row, disposition, holds, now)
    if disposition.park and due_by > now:
        waits_for, reason = disposition.waits_for, disposition.park
        await change_queue.hold(tx, context.connection_id, [row], due_by, waits_for=waits_for, reason=reason)
    elif disposition.park:
        waits_for, reason = disposition.waits_for, disposition.park
        if entry.writes:  # whatever it was refused for: something that was to be written was not
            context.counters.add("laid_aside")
        refused = disposition.refused
        await change_queue.park(tx, context.connection_id, [row], waits_for=waits_for, reason=reason, refused=refused)
    elif disposition.again or disposition.wait:
        await _postpone(context, tx, entry, now, links)
    else:
        return True
    return False


def _try_again(disposition: Disposition) -> None:
    """What was laid aside waits no more."""
    disposition.wait, disposition.again = disposition.park, True
    disposition.park, disposition.waits_for, disposition.refused = "", None, False


def _held_until(
    row: PendingChange, disposition: Disposition, holds: Mapping[OtherRecord, datetime], now: datetime
) -> datetime:
    """When a document that waits for who somebody is goes on without an answer; `now` for what waits for anything else."""
    if row.kind is Kind.CONTACT or not isinstance(disposition.waits_for, OtherRecord):
        return now
    return holds.get(disposition.waits_for, now)


async def _postpone(context: TurnContext, tx: Transaction, entry: _Entry, now: datetime, links: LinkIndex) -> None:
    """Try a record again: at once while that is likely to help, later and later afterwards."""
    disposition, row = entry.disposition, entry.row
    at_once = disposition.again and (disposition.renames or row.attempts < PATIENCE)
    until = now if at_once else now + _pause(row.attempts)
    await change_queue.postpone(tx, context.connection_id, [row], until, disposition.wait)
    if until > now:
        context.counters.add("postponed")
        await _say_that_it_waits(context, tx, entry.planned, disposition, links)


async def _holds(context: TurnContext, tx: Transaction, progress: Progress) -> dict[OtherRecord, datetime]:
    """Until when documents wait at most for the open questions about who somebody is, by what waits for them."""
    if all(disposition.waits_for is None for disposition in progress.dispositions):
        return {}
    days = context.configuration.hold_questions_days
    asked = await attention.asked_about_people(tx, context.connection_id)
    return {subject: holding_ends(at, days) for subject, at in asked.items()}


async def _bury(context: TurnContext, tx: Transaction, progress: Progress) -> None:
    """Bury what has been marked on the side that keeps it; a crash before this plans both once more."""
    stored: list[StoredOperation] = []
    for index, operation in progress.tombstones:
        disposition = progress.dispositions[index]
        if disposition.again or disposition.wait:
            continue
        await remember(context, tx, progress.memory, operation)
        stored.append(new_row(context, operation, progress.sequence, "decided"))
        progress.sequence += 1
    await operations.add(tx, context.connection_id, stored, context.lease.epoch, context.clock.now())


async def _say_that_it_waits(
    context: TurnContext, tx: Transaction, entry: PlanEntry, disposition: Disposition, links: LinkIndex
) -> None:
    """What could not be written however often it was tried is shown, until somebody leaves it so, and goes on being tried."""
    writes = [o for o in entry.operations if o.action.writes and o.kind is entry.change.kind]
    words, advice = disposition.wait or "It was not taken yet.", "It is tried again by itself, less and less often."
    if writes and disposition.again and not await was_left(context, tx, writes[0], words, entry.change, links):
        await ask(context, tx, writes[0], kind="parked", summary=words, advice=advice)


def _pause(attempts: int) -> timedelta:
    return min(FIRST_PAUSE * (1 << min(max(0, attempts - PATIENCE), 12)), LONGEST_PAUSE)
