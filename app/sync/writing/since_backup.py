"""The first run of a restored installation: the pairs that were made after the backup are found again by what the records say of
themselves, before anything is planned; what nobody can tell is remembered as gone and said when the run ends.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.domain.model.currencies import with_currency
from app.domain.model.link_part import PRIMARY, Opening, Part
from app.domain.model.links import LinkState, Origin
from app.domain.model.operations import Action
from app.domain.model.records import Kind, Receipt, Sale, Side, Snapshot
from app.domain.model.waiting import Answer, deleted_counterpart, format_waits_for
from app.domain.planner import Plan
from app.domain.planning.labels import label_of
from app.domain.planning.plan_input import PlanInput
from app.domain.planning.since_backup import MARGIN, SinceBackup, compared, made_of, told_by, unagreed_bases
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.storage.database import Transaction
from app.storage.people import attention
from app.storage.records import links, mirrors, since_backup
from app.storage.records.agreed_pairs import AgreedPair, agree
from app.sync.context import Restored, TurnContext

AS_MADE = "0"
"""The version of a document in QuickBooks that nobody has changed."""
_GONE = "It is not known what became of its counterpart after the backup that this installation was restored from."


async def find_pairs_again(context: TurnContext) -> None:
    """Join what was joined after the backup: by the reference of what was made in Oncord, by where a record says that it stands
    in the books, and by the mark of what was made there."""
    restored = context.restored
    if restored is None:
        return
    since = _start(restored)
    async with context.transaction() as tx:
        for own in await since_backup.telling_in_oncord(tx, context.connection_id, since):
            await _find_again(context, tx, since, own)
        for made in await since_backup.made_in_quickbooks(tx, context.connection_id, since):
            await _find_source_again(context, tx, since, made)
        for owner_id, customer_id in await since_backup.customers_by_documents(tx, context.connection_id):
            await _owned_by_its_documents(context, tx, since, owner_id, customer_id)
        for customer in await since_backup.customers_of_nobody(tx, context.connection_id, since):
            await _of_nobody(context, tx, customer)


def _start(restored: Restored) -> datetime:
    """From when on a record may have moved after the backup."""
    return restored.since - MARGIN


async def _find_again(context: TurnContext, tx: Transaction, since: datetime, own: Snapshot) -> None:
    told = told_by(own.marker)
    if told is not None and (told.identity, told.kind) == (context.identity[Side.QUICKBOOKS], own.kind):
        record_id, part, generation = told.record_id, told.part, told.generation
    else:
        told, part, generation = None, PRIMARY, 0
        record_id = context.sides[Side.QUICKBOOKS].record_on_page(getattr(own.record, "books_url", ""))
    there = (await mirrors.load(tx, context.connection_id, Side.QUICKBOOKS, own.kind, [record_id])).get(record_id)
    origin = Origin.QUICKBOOKS if told is not None else Origin.ONCORD if there is None or there.marker else Origin.BOTH
    if there is None or there.deleted or there.record is None:
        await _gone(context, tx, own, record_id, origin, part, generation)
        return
    others = await links.of_records(tx, context.connection_id, own.kind, Side.QUICKBOOKS, [record_id])
    if any(link.state is LinkState.LIVE for link in others):
        if own.kind is Kind.CONTACT:
            await links.share(tx, context.connection_id, own.kind, own.id, record_id, since)
        else:
            await _gone(context, tx, own, "", origin, part, generation)
        return
    part = _part(context, own, there) if part is PRIMARY else part
    await _join(context, tx, since, own, there, origin, part, generation)


async def _find_source_again(context: TurnContext, tx: Transaction, since: datetime, made: Snapshot) -> None:
    """A document whose sale or receipt says nothing, since the run died before that: its own mark says of which it was made. Where it is
    as it was made, what the sale says else is newer; otherwise that cannot be told. What stands beside another goes by its figures."""
    told = made_of(made.marker)
    if told is None or (told.identity, told.kind, told.part) != (context.connection_id, made.kind, PRIMARY):
        return
    own = (await mirrors.load(tx, context.connection_id, Side.ONCORD, made.kind, [told.record_id])).get(told.record_id)
    others = await links.of_records(tx, context.connection_id, made.kind, Side.ONCORD, [told.record_id])
    has_one = any(link.state is LinkState.LIVE or link.generation >= told.generation for link in others)
    if own is None or own.deleted or own.record is None or has_one:
        return
    part, changed = _part(context, own, made), made.version != AS_MADE
    await _join(context, tx, since, own, made, Origin.ONCORD, part, told.generation, typed_there=changed)


async def _owned_by_its_documents(
    context: TurnContext, tx: Transaction, since: datetime, owner_id: str, customer_id: str
) -> None:
    """A customer of whom nothing tells but its documents belongs to the contact of theirs: one that was merged away had it before."""
    owner = (await mirrors.load(tx, context.connection_id, Side.ONCORD, Kind.CONTACT, [owner_id])).get(owner_id)
    there = await mirrors.load(tx, context.connection_id, Side.QUICKBOOKS, Kind.CONTACT, [customer_id])
    customer = there.get(customer_id)
    if owner is None or owner.deleted or owner.record is None or customer is None or customer.record is None:
        return
    await _join(context, tx, since, owner, customer, Origin.BOTH)


async def _join(
    context: TurnContext,
    tx: Transaction,
    since: datetime,
    oncord: Snapshot,
    quickbooks: Snapshot,
    origin: Origin,
    part: Part = PRIMARY,
    generation: int = 0,
    *,
    typed_there: bool = False,
) -> None:
    """Remember that two are one of which nothing else is known, dated before either may have moved, and let the run compare them."""
    assert oncord.record is not None
    assert quickbooks.record is not None
    base_oncord, base_quickbooks = unagreed_bases(oncord.record, quickbooks.record, typed_there=typed_there)
    pair = AgreedPair(oncord.kind, oncord.id, quickbooks.id, origin, generation, part, base_oncord, base_quickbooks)
    await agree(tx, context.connection_id, [pair], since)
    await _look_again(context, tx, oncord, quickbooks)


def _part(context: TurnContext, own: Snapshot, there: Snapshot) -> Part:
    """That of a sale from before the start date says so (S1)."""
    sale, document, start = own.record, there.record, context.configuration.start_date
    if isinstance(sale, Sale) and isinstance(document, Sale) and sale.date is not None and sale.date < start:
        return Opening(start, whole=sale.money.total == document.money.total)
    return PRIMARY


async def _look_again(context: TurnContext, tx: Transaction, *pair: Snapshot) -> None:
    """Let the run compare the two, whatever either waited for, and close what was asked about them."""
    now = context.clock.now()
    changes = [PendingChange(each.side, each.kind, each.id, mirrored=True) for each in pair]
    await change_queue.add(tx, context.connection_id, changes, now)
    await change_queue.release(tx, context.connection_id, now, keys=[change.key for change in changes])
    asked = [format_waits_for(Answer(each.kind, each.side, each.id)) for each in pair]
    await attention.settle(tx, context.connection_id, asked, reason="It has found its counterpart.", now=now)


async def _gone(
    context: TurnContext, tx: Transaction, own: Snapshot, record_id: str, origin: Origin, part: Part, generation: int
) -> None:
    """Its counterpart was deleted after the backup: it is not made anew unless a person asks for it (S6, R4)."""
    await since_backup.remember_gone(
        tx,
        context.connection_id,
        own.kind,
        oncord_id=own.id,
        quickbooks_id=record_id,
        gone=Side.QUICKBOOKS,
        origin=origin,
        part=part,
        generation=generation,
        reason=_GONE,
        now=context.clock.now(),
    )


async def _of_nobody(context: TurnContext, tx: Transaction, customer: Snapshot) -> None:
    await _remember_ours(context, tx, customer, Origin.BOTH)
    await _say(
        context,
        tx,
        customer,
        "The customer is new since the backup that this installation was restored from, and it cannot be told"
        " whether somebody has deleted its contact in Oncord since.",
        "Put the contact back where it belongs into Oncord; otherwise leave this as it is.",
    )


async def _remember_ours(context: TurnContext, tx: Transaction, made: Snapshot, origin: Origin) -> None:
    await since_backup.remember_gone(
        tx,
        context.connection_id,
        made.kind,
        quickbooks_id=made.id,
        gone=Side.ONCORD,
        origin=origin,
        part=PRIMARY,
        reason=_GONE,
        now=context.clock.now(),
    )


async def _say(context: TurnContext, tx: Transaction, about: Snapshot, summary: str, advice: str) -> None:
    put_back = {"side": about.side, "kind": about.kind, "id": about.id}
    await attention.open_item(
        tx,
        context.connection_id,
        item_id=context.ids.new("att"),
        key=format_waits_for(deleted_counterpart(about.kind, about.id)),
        kind="deleted",
        rule="T5",
        summary=summary,
        advice=advice,
        side=about.side,
        record_kind=about.kind,
        record_id=about.id,
        detail={"put_back": put_back},
        actions=(attention.PUT_BACK, "dismiss"),
        run_id=context.run_id,
        subject=label_of(about.side, about.kind, about.record, record_id=about.id),
        now=context.clock.now(),
    )


async def known_since_backup(context: TurnContext, plan_input: PlanInput) -> SinceBackup | None:
    """What a plan of a restored installation is held against; None for any other."""
    restored = context.restored
    if restored is None:
        return None
    since = _start(restored)
    link_ids = {link.id for pairs in plan_input.links.by_record.values() for link in pairs}
    async with context.reading() as tx:
        made = await since_backup.made_in_quickbooks(tx, context.connection_id, since)
        agreed = await since_backup.agreed_since(tx, context.connection_id, link_ids, restored.at)
    return SinceBackup(since, made, agreed)


def as_known(plan_input: PlanInput, known: SinceBackup | None) -> PlanInput:
    """The input with what this service has made and knows nothing of any more shown as anybody's: it may be the counterpart of what
    has none."""
    if known is None or not known.made:
        return plan_input
    ours = known.made_keys

    def shown(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
        return [replace(s, marker="") if (s.side, s.kind, s.id) in ours else s for s in snapshots]

    return replace(
        plan_input,
        snapshots={key: replace(s, marker="") if key in ours else s for key, s in plan_input.snapshots.items()},
        candidates={place: shown(found) for place, found in plan_input.candidates.items()},
        alike=shown(plan_input.alike),
        namesakes=shown(plan_input.namesakes),
    )


def held_against(plan: Plan, plan_input: PlanInput, known: SinceBackup | None) -> Plan:
    """The plan without what cannot be told."""
    if known is None:
        return plan
    made = {(each.kind, each.id): each for each in known.made}
    adoptions = [o for entry in plan.entries for o in entry.operations if o.action is Action.ADOPT]
    joined = {
        (o.kind, o.source_id, o.part, o.generation): made[o.kind, o.target_id]
        for o in adoptions
        if o.side is Side.QUICKBOOKS and (o.kind, o.target_id) in made
    }
    taken = {(each.kind, each.id) for each in joined.values()}
    known = replace(known, joined=joined, spare=[each for each in known.made if (each.kind, each.id) not in taken])
    entries = (
        replace(entry, operations=compared(plan_input, known, entry.change, entry.operations)) for entry in plan.entries
    )
    return replace(plan, entries=tuple(entries))


async def say_whose_it_was(context: TurnContext) -> None:
    """What this service has made since the backup, and what has found no counterpart, stays where it is and is not brought into
    Oncord: most likely its sale or receipt was deleted there since. It is said, unless it is void or moves no money."""
    restored = context.restored
    if restored is None or context.dry_run:
        return
    async with context.transaction() as tx:
        offered = await since_backup.offered_in_questions(tx, context.connection_id)
        for made in await since_backup.made_in_quickbooks(tx, context.connection_id, _start(restored)):
            if made.id in offered:
                continue
            await _remember_ours(context, tx, made, Origin.ONCORD)
            if money := _money_of(made):
                await _say(
                    context,
                    tx,
                    made,
                    f"{label_of(made.side, made.kind, made.record).label} of {money} was made by this service after the backup that it was"
                    " restored from, and Oncord has nothing for it any more: it was deleted there, most likely.",
                    "Delete it in QuickBooks if it is to go; or put it back into Oncord; or leave it as it is.",
                )


def _money_of(made: Snapshot) -> str:
    """What it is about; "" where it is void or moves no money."""
    record = made.record
    if isinstance(record, Sale) and not record.voided and record.money.total:
        return with_currency(record.money.total, record.money.currency)
    if isinstance(record, Receipt) and not record.voided and record.payment.amount:
        return with_currency(abs(record.payment.amount), record.payment.currency)
    return ""
