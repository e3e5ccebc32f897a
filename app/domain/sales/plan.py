"""Sales and invoices, adjustments and credit memos that were touched: rules S1 to S7. What is new is decided here."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.domain.contacts.ensure import (
    asked_who,
    find_customer,
    provide_contact,
)
from app.domain.model.link_part import CANCELLATION, Opening, stands_beside
from app.domain.model.links import Link, LinkState
from app.domain.model.operations import Operation
from app.domain.model.records import (
    Kind,
    Reference,
    Sale,
    Side,
    Snapshot,
)
from app.domain.planning.decisions import (
    at_fault,
    obstructed,
    park,
    restored,
    skip,
)
from app.domain.planning.id_map import IdMap, Obstacle
from app.domain.planning.life import Gone, Joined, Linked, New, Tombstoned, Unseen, life_of
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.planning.questions import subject
from app.domain.planning.writes import create
from app.domain.sales.conversion import sale_to
from app.domain.sales.creation import document_created
from app.domain.sales.deletion import sale_removed
from app.domain.sales.matches import document_found, joined_documents
from app.domain.sales.opening import agree_opening, opening_receivable
from app.domain.sales.opening_matches import may_be_opening, said_to_be
from app.domain.sales.reconcile import agree_sale
from app.domain.sales.refused_amounts import below_zero
from app.domain.sales.repeats import left_by_its_pair, outlived, repeated
from app.domain.sales.write_offs import taken_back


def plan_sale(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord) -> Iterator[Operation]:
    """Decide about one touched sale or invoice."""
    yield from _decided(plan_input, id_map, change)
    if change.side is Side.ONCORD:
        yield from taken_back(plan_input, change.id)
    elif (link := plan_input.links.live(change.key)) is not None:
        yield from taken_back(plan_input, link.oncord_id)


def _decided(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord) -> Iterator[Operation]:
    match life_of(plan_input, id_map, change):
        case Unseen():
            yield skip(change, "S2", Unseen.reason)
        case Linked(link) if stands_beside(link.part):
            yield from _beside(plan_input, id_map, change, link)
        case Linked(link):
            yield from _linked(plan_input, id_map, change, link)
        case Tombstoned(tombstone, snapshot):
            yield from _tombstoned(plan_input, id_map, change, tombstone, snapshot)
        case Gone():
            yield skip(change, "S3", Gone.reason)
        case Joined(snapshot) | New(snapshot, _) if _void_and_replaced(plan_input, change, snapshot):
            yield skip(change, "S5", "It is void, and its sale goes on with a new invoice.")
        case Joined():
            yield skip(change, "S1", Joined.reason)
        case New(snapshot, generation):
            yield from _new(plan_input, id_map, change, snapshot, generation)


def _void_and_replaced(plan_input: PlanInput, change: ChangedRecord, snapshot: Snapshot) -> bool:
    """Whether this was a pair's document, is void, and another one was made in its place."""
    had_a_link = change.key in plan_input.links.by_record
    return had_a_link and isinstance(snapshot.record, Sale) and snapshot.record.voided


def _new(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, snapshot: Snapshot, generation: int
) -> Iterator[Operation]:
    if not isinstance(snapshot.record, Sale):
        yield park(change, "S1", "It could not be read; correct it where it was made.")
    elif change.side is Side.ONCORD:
        yield from _push_new(plan_input, id_map, change, snapshot.record, generation)
    else:
        yield from _pull_new(plan_input, id_map, change, snapshot.record, generation)


def _tombstoned(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, tombstone: Link, snapshot: Snapshot
) -> Iterator[Operation]:
    """What is back goes on with its counterpart, or with a new one where that is gone too; the survivor stays as it is."""
    counterpart = plan_input.snapshot(change.side.other, Kind.SALE, tombstone.id_on(change.side.other))
    if snapshot.deleted or tombstone.gone is not change.side:
        rule = "S6" if tombstone.gone is Side.QUICKBOOKS else "S3"
        yield skip(change, rule, "Its counterpart was deleted; it is only made anew when a person asks for it.")
    elif counterpart is not None and not counterpart.deleted and not _went_along(tombstone, counterpart):
        yield restored(tombstone, "S2", "It is back; it goes on with the same counterpart as before.")
        credit = plan_input.links.cancellation(tombstone.oncord_id)
        beside = [*([credit] if credit is not None else ()), *plan_input.links.differences(tombstone.oncord_id)]
        for document in beside:
            if document.state is LinkState.TOMBSTONE and document.gone is Side.ONCORD:
                yield restored(document, "S5", "It is back, and so is the document beside its invoice.")
        yield from _agreed(plan_input, id_map, change, tombstone)
    else:
        yield from _new(plan_input, id_map, change, snapshot, tombstone.generation + 1)


def _went_along(tombstone: Link, document: Snapshot) -> bool:
    """Whether a document was voided because its sale was deleted (S3): nothing brings it back."""
    before = tombstone.base_quickbooks
    was_void = isinstance(before, Sale) and before.voided
    return isinstance(document.record, Sale) and document.record.voided and not was_void


def _beside(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, link: Link) -> Iterator[Operation]:
    """What takes the invoice of a cancelled sale back (S5), or what a later difference comes to (B1), belongs to that sale, and is
    decided about with it."""
    sale = ChangedRecord(Side.ONCORD, Kind.SALE, link.oncord_id)
    pair = plan_input.links.live(sale.key)
    if pair is not None:
        yield from _linked(plan_input, id_map, sale, pair)
    else:
        rule = "S5" if link.part is CANCELLATION else "B1"
        yield skip(change, rule, "It belongs to an invoice that is gone from the books; it stays as it is.")


def _linked(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, link: Link) -> Iterator[Operation]:
    oncord = plan_input.snapshot(Side.ONCORD, Kind.SALE, link.oncord_id)
    quickbooks = plan_input.snapshot(Side.QUICKBOOKS, Kind.SALE, link.quickbooks_id)
    if oncord is None or quickbooks is None:
        yield skip(change, "S2", "Its counterpart has not been read yet; there is nothing to compare.")
    elif oncord.deleted or quickbooks.deleted:
        yield from sale_removed(plan_input, id_map, change, link)
    else:
        yield from _agreed(plan_input, id_map, change, link)


def _agreed(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, link: Link) -> Iterator[Operation]:
    """What both sides hold, carried over; of what was only brought in as an opening balance nothing is (S1)."""
    if isinstance(link.part, Opening) and not link.part.whole:
        yield from agree_opening(plan_input, change, link, link.part)
    else:
        yield from agree_sale(plan_input, id_map, change, link)


def _push_new(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, sale: Sale, generation: int
) -> Iterator[Operation]:
    rule = "S7" if sale.type == "adjustment" else "S1"
    refusal = _not_for_quickbooks(plan_input, change, sale, rule)
    if refusal is not None:
        yield refusal
        return
    contact_id = str(sale.contact_id)
    yield from find_customer(plan_input, id_map, contact_id)
    currency = plan_input.configuration.books_currency(sale.money.currency)
    customer = id_map.customer(contact_id, currency)
    start = plan_input.configuration.start_date
    early = sale.date is not None and sale.date < start
    if early and (said := said_to_be(plan_input, id_map, change, sale)):
        yield from said
        return
    if not generation:
        twin = _there_already(plan_input, id_map, change, sale, customer, early=early)
        if twin:
            who = asked_who(plan_input, id_map, contact_id, currency)
            yield from twin if who is None or not _settles(plan_input, who, twin) else _after(change, rule, who)
            return
    if early:
        yield from opening_receivable(plan_input, id_map, change, sale, generation)
    else:
        yield from document_created(plan_input, id_map, change, sale, generation)


def _not_for_quickbooks(plan_input: PlanInput, change: ChangedRecord, sale: Sale, rule: str) -> Operation | None:
    """Why a sale becomes no invoice, as it is now; None where it does."""
    if sale.status == "draft":
        return skip(change, "S1", "It is a draft; it is synchronised once it is confirmed.")
    if sale.status == "cancelled" or sale.voided:
        return skip(change, "S5", "It was cancelled or voided before it was ever synchronised.")
    if sale.money.total < 0:
        return at_fault(change, rule, below_zero(sale))
    code = plan_input.configuration.left_out_code(line.tax_code for line in sale.money.lines)
    if code:
        return skip(change, "S1", f"Sales with the tax code {code} are not synchronised, as the configuration says.")
    return None


def _settles(plan_input: PlanInput, who: Operation, twin: Sequence[Operation]) -> bool:
    """Whether the documents that a sale could be are those of the customers that its contact could be: then the answer
    to the one question answers the other."""
    customers = {c.id for c in who.question.choices} | {who.source_id} if who.question else set()
    documents = [c.id for o in twin if o.question is not None for c in o.question.choices]
    records = [plan_input.record(Side.QUICKBOOKS, Kind.SALE, document) for document in documents]
    return bool(records) and all(isinstance(r, Sale) and r.contact_id in customers for r in records)


def _after(change: ChangedRecord, rule: str, who: Operation) -> Iterator[Operation]:
    yield who
    words = "It waits until somebody has said which customer its contact is."
    yield from obstructed(change, rule, Obstacle(subject(who), words))


def _there_already(
    plan_input: PlanInput,
    id_map: IdMap,
    change: ChangedRecord,
    sale: Sale,
    contact: Reference | None,
    *,
    early: bool = False,
) -> list[Operation]:
    """What says that a document is on the other side already: its counterpart, or another one's that it would repeat.

    One that is too `early` to be made there repeats nothing.
    """
    counterpart = left_by_its_pair(plan_input, change)
    if counterpart is not None:
        return list(joined_documents(plan_input, id_map, change, plan_input.snapshots[change.key], counterpart))
    plan_input = outlived(plan_input, change)
    repeats = [] if early else list(repeated(plan_input, id_map, change, sale, contact))
    settled = [o for o in repeats if o.question is None]
    return settled or list(document_found(plan_input, id_map, change, sale, contact)) or repeats


def _pull_new(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, sale: Sale, generation: int
) -> Iterator[Operation]:
    rule = "S7" if sale.type == "adjustment" else "S4"
    try:
        contact, prerequisites = provide_contact(plan_input, id_map, str(sale.contact_id))
        yield from prerequisites
        if not generation:
            twin = _there_already(plan_input, id_map, change, sale, contact)
            if twin:
                yield from twin
                return
            waits = may_be_opening(plan_input, id_map, change, plan_input.snapshots[change.key])
            if waits is not None:
                yield waits
                return
        translated = sale_to(Side.ONCORD, sale, id_map, plan_input.configuration, contact=contact)
    except Obstacle as obstacle:
        yield from obstructed(change, rule, obstacle)
        return
    id_map.plan_create(change.key)
    noun = "A credit memo" if sale.type == "adjustment" else "An invoice"
    yield create(
        Side.ONCORD,
        Kind.SALE,
        change.id,
        replace(translated, books_status="void" if sale.voided else "linked"),
        rule,
        f"{noun} of {sale.money.total} {sale.money.currency} made in QuickBooks.",
        fields=("money",),
        generation=generation,
        backfill=plan_input.backfill,
    )
