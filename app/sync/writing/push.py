"""Carrying out a plan: stage by stage, and then each changed record is cleared, tried again, or laid aside.

One record at fault delays only itself and what needs it, and what is laid aside says why.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from app.domain.guards.holding import holding_ends
from app.domain.model.operations import Action, Operation
from app.domain.model.records import (
    Contact,
    Kind,
    Receipt,
    Side,
)
from app.domain.model.references import referred_ids
from app.domain.model.waiting import (
    Answer,
    Approval,
    ConfigurationChoice,
    Family,
    ListRow,
    OtherRecord,
    Twin,
    WaitsFor,
    format_waits_for,
)
from app.domain.planner import Plan, PlanEntry, provided
from app.domain.planning.plan_input import Key, PlanInput
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.storage.connections import connections
from app.storage.database import Transaction
from app.storage.people import attention
from app.storage.records import mirrors
from app.storage.runs import operations
from app.storage.runs.operations import StoredOperation
from app.sync.context import TurnContext
from app.sync.merged_customers import asleep
from app.sync.missing import fetch, not_there_any_more
from app.sync.questions import bulk_questions
from app.sync.writing.answers import Disposition, Progress
from app.sync.writing.compensate import new_row
from app.sync.writing.decide import ask, held_by, remember
from app.sync.writing.differences import agreed_by_now, say_difference
from app.sync.writing.out_of_use import ask_about_what_is_out_of_use
from app.sync.writing.outcomes import Memory
from app.sync.writing.stages import carry_out_stage

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)
_ANSWERS = {
    "mass_delete": ("approve",),
    "deleted": (attention.PUT_BACK, "retry"),
    "ambiguous_match": (attention.CHOOSE, attention.CREATE_NEW, "retry"),
}
PATIENCE = 3
"""How often a record is planned again at once before it has to wait."""


async def carry_out(
    context: TurnContext,
    plan_input: PlanInput,
    plan: Plan,
    rows: Sequence[PendingChange],
    sequence: int,
    hidden: Mapping[Key, frozenset[str]],
) -> int:
    """Carry out a plan and settle the pending changes it was made for. Answers the next sequence number.

    `plan_input` is what is known, `hidden` the groups of it that the plan was not shown.

    Raises `Unfinished` where answers are missing, and the connection-wide errors of `app.errors`.
    """
    memory = Memory(dict(plan_input.snapshots), plan_input.links, hidden=hidden)
    progress = Progress(
        memory, plan.entries, [Disposition() for _ in plan.entries], sequence, before=plan_input.snapshots
    )
    await _decisions(context, plan, progress)
    try:
        for stage in plan.stages():
            await carry_out_stage(context, stage, progress)
    finally:
        await _read_stale(context, progress)
    await ask_about_what_is_out_of_use(context, rows, progress)
    await _settle_rows(context, plan, rows, progress)
    return progress.sequence


async def keep_plan(context: TurnContext, plan: Plan, sequence: int) -> int:
    """Store a plan without carrying it out (a dry run)."""
    stored = []
    for stage in plan.stages():
        for _, operation in stage.operations:
            stored.append(new_row(context, operation, sequence, "planned"))
            context.counters.add(f"would_{operation.action}")
            sequence += 1
    async with context.transaction() as tx:
        await operations.add(tx, context.connection_id, stored, context.lease.epoch, context.clock.now())
    return sequence


async def _decisions(context: TurnContext, plan: Plan, progress: Progress) -> None:
    stored: list[StoredOperation] = []
    async with context.transaction() as tx:
        needed = provided(o for entry in plan.entries for o in entry.operations)
        if taken_back := await operations.supersede(tx, context.connection_id, context.run_id, needed):
            context.counters.add("skipped", -taken_back)
        for index, entry in enumerate(plan.entries):
            writes = [o for o in entry.operations if o.action.writes]
            disposition = progress.dispositions[index]
            for operation in entry.operations:
                if operation.action.writes:
                    continue
                if operation.action is Action.TOMBSTONE and writes:
                    progress.tombstones.append((index, operation))
                    continue
                await remember(context, tx, progress.memory, operation, writes=writes)
                stored.append(new_row(context, operation, progress.sequence, "decided"))
                progress.sequence += 1
                if operation.action is Action.WAIT or (
                    operation.action is Action.PARK and operation.kind is entry.change.kind
                ):
                    disposition.park, disposition.waits_for = operation.reason, held_by(operation)
                if operation.action is Action.PARK:
                    await _ask_a_person(context, tx, operation)
                await say_difference(context, tx, operation)
                if operation.action is Action.ADOPT and operation.kind is not entry.change.kind and writes:
                    # What the pair has to tell each other is tried again by itself, whatever becomes of this record.
                    pair = PendingChange(operation.side.other, operation.kind, operation.source_id, mirrored=True)
                    await change_queue.add(tx, context.connection_id, [pair], context.clock.now())
        if any(o.question is not None and o.question.blank for entry in plan.entries for o in entry.operations):
            await bulk_questions.bring_up_to_date(context, tx)
        settled = [*map(format_waits_for, _questions_about(_joined(plan), progress.memory))]
        if settled:  # before the writes, which may have something to ask about the pair themselves
            now = context.clock.now()
            await attention.settle(tx, context.connection_id, settled, reason="It has found its counterpart.", now=now)
        await operations.add(tx, context.connection_id, stored, context.lease.epoch, context.clock.now())


async def _ask_a_person(context: TurnContext, tx: Transaction, operation: Operation) -> None:
    if operation.question is not None and not operation.question.late:
        kind = "ambiguous_match"
    elif operation.recreates is not None:
        kind = "deleted"
    else:
        kind = _kind_of_item(operation.waits_for)
    actions = _ANSWERS.get(kind, ("retry",))
    await ask(context, tx, operation, kind=kind, summary=operation.reason, actions=actions)


def _kind_of_item(waits_for: WaitsFor | None) -> str:
    match waits_for:
        case ConfigurationChoice():
            return "unmapped"
        case Approval():
            return "mass_delete"
    return "parked"


async def _read_stale(context: TurnContext, progress: Progress) -> None:
    """Read again, in bulk, what a write showed to have moved; those records are then planned once more."""
    for operation in progress.clashed:
        holders = await context.sides[operation.side].find_clash(operation)
        async with context.transaction() as tx:
            await mirrors.save(tx, context.connection_id, holders, context.clock.now())
    progress.clashed.clear()
    groups: dict[tuple[Side, Kind], list[str]] = {}
    for side, kind, record_id in sorted(progress.stale):
        groups.setdefault((side, kind), []).append(record_id)
    progress.stale.clear()
    for (side, kind), ids in groups.items():
        fetched = await fetch(context, side, kind, ids)
        async with context.transaction() as tx:
            gone = await not_there_any_more(context, tx, side, kind, fetched)
            await mirrors.save(tx, context.connection_id, [*fetched.snapshots, *gone], context.clock.now())


async def _settle_rows(context: TurnContext, plan: Plan, rows: Sequence[PendingChange], progress: Progress) -> None:
    by_key = {row.key: row for row in rows}
    dispositions = {
        entry.change.key: disposition for entry, disposition in zip(plan.entries, progress.dispositions, strict=True)
    }
    made = {OtherRecord(kind, side, record_id) for side, kind, record_id, _ in progress.memory.created}
    done: list[PendingChange] = []
    outdated: list[tuple[Side, Kind, str]] = []
    now = context.clock.now()
    async with context.transaction() as tx:
        if await connections.version_in_force(tx, context.connection_id) != context.configuration_version:
            context.outdated = True
        holds = await _holds(context, tx, progress)
        for entry in plan.entries:
            row = by_key[entry.change.key]
            disposition = dispositions[entry.same_as.key if entry.same_as else entry.change.key]
            if context.outdated and (disposition.park or not any(o.action.writes for o in entry.operations)):
                outdated.append(row.key)  # what was decided by the old configuration is decided once more
                continue
            if disposition.waits_for in made:  # by this very plan: nobody else will call it back
                disposition.wait, disposition.again, disposition.park, disposition.waits_for = (
                    disposition.park,
                    True,
                    "",
                    None,
                )
            due_by = now
            if row.kind is not Kind.CONTACT and isinstance(disposition.waits_for, OtherRecord):
                due_by = holds.get(disposition.waits_for, now)
            if disposition.park and due_by > now:
                waits_for, reason = disposition.waits_for, disposition.park
                await change_queue.hold(tx, context.connection_id, [row], due_by, waits_for=waits_for, reason=reason)
            elif disposition.park:
                await change_queue.park(
                    tx, context.connection_id, [row], waits_for=disposition.waits_for, reason=disposition.park
                )
            elif disposition.again or disposition.wait:
                until = (
                    now
                    if disposition.again and (disposition.renames or row.attempts < PATIENCE)
                    else now + _pause(row.attempts)
                )
                await change_queue.postpone(tx, context.connection_id, [row], until, disposition.wait)
                if until > now:
                    context.counters.add("postponed")
                    await _say_that_it_waits(context, tx, entry, disposition)
            else:
                done.append(row)
        if outdated:
            await change_queue.release(tx, context.connection_id, now, keys=outdated)
        await _bury(context, tx, progress)
        await change_queue.clear(tx, context.connection_id, done)
        await change_queue.release(tx, context.connection_id, now, keys=_laid_aside_across(plan, done, progress))
        await change_queue.release_many(tx, context.connection_id, now, _one_too_many(rows, progress.memory))
        await _answer_what_is_settled(context, tx, done, plan, progress)


def _one_too_many(rows: Sequence[PendingChange], memory: Memory) -> list[Twin]:
    """What those wait for that somebody called the same as one of these sales, or as its counterpart."""
    sales = [row.key for row in rows if row.kind is Kind.SALE]
    across = [(key[0].other, x.id_on(key[0].other)) for key in sales for x in memory.links.by_record.get(key, ())]
    return sorted({Twin(side, sale_id) for side, sale_id in (*((key[0], key[2]) for key in sales), *across)})


def _laid_aside_across(plan: Plan, done: Sequence[PendingChange], progress: Progress) -> list[Key]:
    """The counterparts of sales that have just come to agree: one that was laid aside may be right now, too."""
    skipped = {e.change.key for e in plan.entries if all(o.action is Action.SKIP for o in e.operations)}
    found: list[Key] = []
    for row in done:
        link = progress.memory.links.live(row.key) if row.kind is Kind.SALE and row.key not in skipped else None
        if link is not None:
            found.append((row.side.other, row.kind, link.id_on(row.side.other)))
    return found


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


async def _answer_what_is_settled(
    context: TurnContext, tx: Transaction, done: Sequence[PendingChange], plan: Plan, progress: Progress
) -> None:
    """Questions about records that have gone through are closed, and what waits for a contact that moved is looked at again.

    A contact that is merely skipped answers nothing: the question which customer it is may still stand. A question that
    offers what has found its counterpart now, or is gone, is put anew.
    """
    skipped = {e.change.key for e in plan.entries if all(o.action is Action.SKIP for o in e.operations)}
    made = _made(plan, progress)
    paired = sorted({*made, *_joined(plan)})
    through = [r for r in done if r.kind is not Kind.CONTACT or r.key not in skipped]
    answered = [Answer(r.kind, r.side, r.id) for r in through]
    answered += _questions_about(made, progress.memory)
    keys = [*map(format_waits_for, answered), *agreed_by_now(progress.memory, done)]
    now = context.clock.now()
    await attention.settle(tx, context.connection_id, keys, reason="It has been synchronised since.", now=now)
    freeing = (Kind.CONTACT, Kind.ITEM, Kind.RECEIPT)
    waiting: list[WaitsFor] = [OtherRecord(r.kind, r.side, r.id) for r in done if r.kind in freeing]
    waiting += [*paired, *answered]
    if waiting:
        await change_queue.release_many(tx, context.connection_id, now, waiting)
    if items := [r for r in done if r.kind is Kind.ITEM]:
        there = [progress.memory.snapshots.get(r.key) for r in items]
        active = [ListRow("Item", s.id) for s in there if s is not None and not asleep(s)]
        await _look_again_for_items(context, tx, [OtherRecord(r.kind, r.side, r.id) for r in items], active)
    if paid := _sales_paid(done, progress):
        await change_queue.release(tx, context.connection_id, now, keys=paid, parked_only=True)
    no_choices = [*paired, *_deleted(done, progress.memory)]
    if no_choices and (outdated := await attention.offering(tx, context.connection_id, no_choices)):
        keys_of = [(Side(side), Kind(kind), record_id) for side, kind, record_id in outdated]
        await change_queue.release(tx, context.connection_id, now, keys=keys_of)
        await bulk_questions.close_without_choice(context, tx, no_choices)


async def _look_again_for_items(
    context: TurnContext, tx: Transaction, items: Sequence[OtherRecord], matters: Sequence[WaitsFor]
) -> None:
    """An item that was renamed, given its code or made active may be what a sale waits for, whichever item that named."""
    now = context.clock.now()
    await change_queue.release_many(tx, context.connection_id, now, matters)
    for family in (Family.PRODUCTS, Family.QUESTIONS_ABOUT_SALES):
        await change_queue.release(tx, context.connection_id, now, family=family)
    keys = [(Side(side), Kind(kind), i) for side, kind, i in await attention.offering(tx, context.connection_id, items)]
    if keys:
        await change_queue.release(tx, context.connection_id, now, keys=keys)


def _deleted(done: Sequence[PendingChange], memory: Memory) -> list[OtherRecord]:
    """Those of these records that are not there any more, by name; money that was voided moves nothing, either."""
    snapshots = [s for row in done if (s := memory.snapshots.get(row.key)) is not None]
    gone = [s for s in snapshots if s.deleted or (isinstance(s.record, Receipt) and s.record.voided)]
    return sorted(OtherRecord(s.kind, s.side, s.id) for s in gone)


def _sales_paid(done: Sequence[PendingChange], progress: Progress) -> list[Key]:
    """The sales that receipts which have gone through pay, or paid before they were taken off or deleted, on both
    sides: one that was laid aside for what is applied to it is looked at again."""
    memory, keys = progress.memory, set[Key]()
    for row in done:
        if row.kind is not Kind.RECEIPT:
            continue
        snapshots = (progress.before.get(row.key), memory.snapshots.get(row.key))
        contents = [s.record for s in snapshots if s is not None]
        contents += [link.base_on(row.side) for link in memory.links.by_record.get(row.key, ())]
        keys |= {(row.side, Kind.SALE, sale_id) for content in contents for sale_id in referred_ids(content, Kind.SALE)}
    across = {(link.id_on(key[0].other), key[0].other) for key in keys for link in memory.links.by_record.get(key, ())}
    return sorted(keys | {(side, Kind.SALE, record_id) for record_id, side in across})


def _scopes(memory: Memory) -> list[str]:
    """In what questions about one contact are asked: in no currency, or in one of those in sight."""
    records = (snapshot.record for snapshot in memory.snapshots.values())
    currencies = {record.currency for record in records if isinstance(record, Contact) and record.currency}
    return ["", *sorted(currencies)]


def _questions_about(records: Iterable[OtherRecord], memory: Memory) -> list[Answer]:
    return [Answer(one.kind, one.side, one.id, scope) for one in records for scope in _scopes(memory)]


def _joined(plan: Plan) -> list[OtherRecord]:
    """The records that this plan joins, of both sides."""
    pairs = [o for entry in plan.entries for o in entry.operations if o.action is Action.ADOPT]
    found = {OtherRecord(o.kind, o.side, o.target_id) for o in pairs}
    found |= {OtherRecord(o.kind, o.side.other, o.source_id) for o in pairs}
    return sorted(found)


def _made(plan: Plan, progress: Progress) -> list[OtherRecord]:
    """The records whose counterpart this plan has made for good."""
    found: set[OtherRecord] = set()
    for entry, disposition in zip(plan.entries, progress.dispositions, strict=True):
        for operation in entry.operations:
            source = (operation.side.other, operation.kind, operation.source_id)
            taken_back = disposition.park and operation.kind is entry.change.kind
            created = operation.action is Action.CREATE and (*source, operation.part) in progress.memory.created
            if created and not taken_back:
                found.add(OtherRecord(operation.kind, source[0], operation.source_id))
    return sorted(found)


async def _say_that_it_waits(context: TurnContext, tx: Transaction, entry: PlanEntry, disposition: Disposition) -> None:
    """What could not be written however often it was tried is shown, and goes on being tried."""
    writes = [o for o in entry.operations if o.action.writes and o.kind is entry.change.kind]
    if writes and disposition.again:
        advice = "It is tried again by itself, less and less often."
        await ask(
            context, tx, writes[0], kind="parked", summary=disposition.wait or "It was not taken yet.", advice=advice
        )


def _pause(attempts: int) -> timedelta:
    return min(FIRST_PAUSE * (1 << min(max(0, attempts - PATIENCE), 12)), LONGEST_PAUSE)
