"""What has gone through sets others free: questions that it answers, and records that wait for it."""

from collections.abc import Iterable, Iterator, Sequence, Set

from app.domain.model.link_part import referred_to
from app.domain.model.operations import Action
from app.domain.model.records import Contact, Kind, Receipt, Side
from app.domain.model.references import referred_ids
from app.domain.model.waiting import Answer, Family, ListRow, OtherRecord, Twin, WaitsFor, format_waits_for
from app.domain.planner import Plan
from app.domain.planning.plan_input import Key
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.storage.database import Transaction
from app.storage.people import attention
from app.sync.context import TurnContext
from app.sync.merged_customers import asleep
from app.sync.questions import bulk_questions
from app.sync.writing.answers import Progress
from app.sync.writing.differences import agreed_by_now
from app.sync.writing.memory import Memory
from app.sync.writing.refunds_asked import ask_anew_about_refunds

FREEING = (Kind.CONTACT, Kind.ITEM, Kind.RECEIPT)
"""The kinds of which a record that has gone through may be what another one waits for, moved or not."""


async def release_others(
    context: TurnContext,
    tx: Transaction,
    rows: Sequence[PendingChange],
    done: Sequence[PendingChange],
    plan: Plan,
    progress: Progress,
) -> None:
    """Look again at what waits for these changed records, of which those that are `done` have gone through."""
    now = context.clock.now()
    await change_queue.release(tx, context.connection_id, now, keys=_laid_aside_across(plan, done, progress))
    await change_queue.release_many(tx, context.connection_id, now, _one_too_many(rows, progress.memory))
    made = _made(plan, progress)
    paired = sorted({*made, *joined(plan)})
    answered = _answered(plan, done, made, progress.memory)
    await _close_what_is_answered(context, tx, answered, done, progress)
    await _release_what_waits(context, tx, done, [*paired, *answered])
    await _look_again_for_items(context, tx, done, progress.memory)
    if paid := [*_sales_paid(done, progress), *await _removals(context, tx, done)]:
        await change_queue.release(tx, context.connection_id, now, keys=sorted(set(paid)), parked_only=True)
    await ask_anew_about_refunds(context, tx, rows, progress.memory, progress.before)
    await _ask_anew(context, tx, [*paired, *_deleted(done, progress.memory)])


def _answered(plan: Plan, done: Sequence[PendingChange], made: Sequence[OtherRecord], memory: Memory) -> list[Answer]:
    """The questions that are answered. A contact that is merely skipped answers none: which customer it is may still be
    asked."""
    skipped = _skipped(plan)
    through = [r for r in done if r.kind is not Kind.CONTACT or r.key not in skipped]
    answered = [Answer(r.kind, r.side, r.id) for r in through]
    return [*answered, *_about_sales(done, skipped, memory), *questions_about(made, memory)]


def _about_sales(done: Sequence[PendingChange], skipped: Set[Key], memory: Memory) -> Iterator[Answer]:
    """The questions that are put at a sale whichever of its documents was edited (S5, B1): one of these has gone through with it."""
    for row in done:
        if row.kind is Kind.SALE and row.side is Side.QUICKBOOKS and row.key not in skipped:
            yield from (Answer(row.kind, Side.ONCORD, link.oncord_id) for link in memory.links.parts(row.key))


async def _close_what_is_answered(
    context: TurnContext,
    tx: Transaction,
    answered: Sequence[Answer],
    done: Sequence[PendingChange],
    progress: Progress,
) -> None:
    keys = [*map(format_waits_for, answered), *agreed_by_now(progress.memory, done)]
    now = context.clock.now()
    await attention.settle(tx, context.connection_id, keys, reason="It has been synchronised since.", now=now)
    ids = sorted({each.id for each in answered})
    await attention.end_what_was_left(tx, context.connection_id, [*map(format_waits_for, answered)], ids)


async def _release_what_waits(
    context: TurnContext, tx: Transaction, done: Sequence[PendingChange], settled: Sequence[WaitsFor]
) -> None:
    """What waits for a record that has gone through, for one that has its counterpart now, or for an answer."""
    waiting: list[WaitsFor] = [OtherRecord(r.kind, r.side, r.id) for r in done if r.kind in FREEING]
    waiting += settled
    if waiting:
        await change_queue.release_many(tx, context.connection_id, context.clock.now(), waiting)


async def _look_again_for_items(
    context: TurnContext, tx: Transaction, done: Sequence[PendingChange], memory: Memory
) -> None:
    """An item that was renamed, given its code or made active may be what a sale waits for, whichever item that named."""
    rows = [r for r in done if r.kind is Kind.ITEM]
    if not rows:
        return
    now = context.clock.now()
    snapshots = [memory.snapshots.get(r.key) for r in rows]
    active = [ListRow("Item", s.id) for s in snapshots if s is not None and not asleep(s)]
    await change_queue.release_many(tx, context.connection_id, now, active)
    for family in (Family.PRODUCTS, Family.QUESTIONS_ABOUT_SALES):
        await change_queue.release(tx, context.connection_id, now, family=family)
    items = [OtherRecord(r.kind, r.side, r.id) for r in rows]
    if keys := await _asked_about(context, tx, items):
        await change_queue.release(tx, context.connection_id, now, keys=keys)


async def _ask_anew(context: TurnContext, tx: Transaction, no_choices: Sequence[OtherRecord]) -> None:
    """A question that offers what has found its counterpart now, or is gone, is put anew."""
    keys = await _asked_about(context, tx, no_choices) if no_choices else []
    if keys:
        await change_queue.release(tx, context.connection_id, context.clock.now(), keys=keys)
        await bulk_questions.close_without_choice(context, tx, no_choices)


async def _asked_about(context: TurnContext, tx: Transaction, choices: Sequence[OtherRecord]) -> list[Key]:
    """The records of the open questions that offer one of these."""
    keys = await attention.offering(tx, context.connection_id, choices)
    return [(Side(side), Kind(kind), record_id) for side, kind, record_id in keys]


def _one_too_many(rows: Sequence[PendingChange], memory: Memory) -> list[Twin]:
    """What those wait for that somebody called the same as one of these sales, or as its counterpart."""
    sales = [row.key for row in rows if row.kind is Kind.SALE]
    across = [(key[0].other, x.id_on(key[0].other)) for key in sales for x in memory.links.by_record.get(key, ())]
    return sorted({Twin(side, sale_id) for side, sale_id in (*((key[0], key[2]) for key in sales), *across)})


def _laid_aside_across(plan: Plan, done: Sequence[PendingChange], progress: Progress) -> list[Key]:
    """The counterparts of sales that have just come to agree: one that was laid aside may be right now, too."""
    skipped = _skipped(plan)
    counterparts: list[Key] = []
    for row in done:
        link = progress.memory.links.live(row.key) if row.kind is Kind.SALE and row.key not in skipped else None
        if link is not None:
            counterparts.append((row.side.other, row.kind, link.id_on(row.side.other)))
    return counterparts


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


async def _removals(context: TurnContext, tx: Transaction, done: Sequence[PendingChange]) -> list[Key]:
    """The sales whose invoices could not be deleted for what stood on them, where payments have moved: one that was voided
    or taken off its invoice does not tell any more what it paid, and of a deleted sale nothing is compared (S3)."""
    if not any(row.kind is Kind.RECEIPT and row.side is Side.QUICKBOOKS for row in done):
        return []
    return await change_queue.removals_laid_aside(tx, context.connection_id)


def _scopes(memory: Memory) -> list[str]:
    """In what questions about one contact are asked: in no currency, or in one of those in sight."""
    records = (snapshot.record for snapshot in memory.snapshots.values())
    currencies = {record.currency for record in records if isinstance(record, Contact) and record.currency}
    return ["", *sorted(currencies)]


def questions_about(records: Iterable[OtherRecord], memory: Memory) -> list[Answer]:
    """The questions that may be open about these records, in every scope in which they can be asked."""
    scopes = _scopes(memory)
    return [Answer(one.kind, one.side, one.id, scope) for one in records for scope in scopes]


def joined(plan: Plan) -> list[OtherRecord]:
    """The records that this plan joins, of both sides."""
    pairs = [o for entry in plan.entries for o in entry.operations if o.action is Action.ADOPT]
    records = {OtherRecord(o.kind, o.side, o.target_id) for o in pairs}
    records |= {OtherRecord(o.kind, o.side.other, o.source_id) for o in pairs}
    return sorted(records)


def _made(plan: Plan, progress: Progress) -> list[OtherRecord]:
    """The records whose counterpart this plan has made for good."""
    records: set[OtherRecord] = set()
    for entry, disposition in zip(plan.entries, progress.dispositions, strict=True):
        for operation in entry.operations:
            source = (operation.side.other, operation.kind, operation.source_id)
            taken_back = disposition.park and operation.kind is entry.change.kind
            created = (
                operation.action is Action.CREATE and (*source, referred_to(operation.part)) in progress.memory.created
            )
            if created and not taken_back:
                records.add(OtherRecord(operation.kind, source[0], operation.source_id))
    return sorted(records)


def _skipped(plan: Plan) -> set[Key]:
    """The changed records about which nothing is done."""
    return {e.change.key for e in plan.entries if all(o.action is Action.SKIP for o in e.operations)}
