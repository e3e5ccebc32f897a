"""Reading everything that a plan needs out of PostgreSQL, in bulk: a fixed number of statements, whatever the chunk."""

from collections.abc import Mapping, Sequence

from app.domain.contacts.naming import name_choices
from app.domain.guards.holding import holding_ends
from app.domain.guards.locked_period import Lock
from app.domain.items.plan import name_choices_of_item
from app.domain.matching.natural_keys import normalised
from app.domain.model.records import Contact, Item, Kind, Record, Sale, Side, Snapshot, is_void
from app.domain.model.waiting import OtherRecord
from app.domain.planning.conversion import contact_to
from app.domain.planning.free_text import as_far_as_told
from app.domain.planning.link_index import LinkIndex
from app.domain.planning.new_fields import brought_up
from app.domain.planning.plan_input import ChangedRecord, Key, MatchAnswer, PlanInput
from app.lock_date import lock_in_force
from app.storage.changes.change_queue import PendingChange
from app.storage.connections import connections
from app.storage.database import Transaction
from app.storage.people import attention
from app.storage.records import mirrors
from app.sync.context import TurnContext
from app.sync.merged_customers import merged_customers
from app.sync.reading.bad_debts import applied_in_oncord
from app.sync.reading.candidates import (
    CONTACTS,
    around_documents,
    candidates_of,
    commons_of,
    namesakes_of,
    relatives_of,
)
from app.sync.reading.kept_receipts import receipts_paid_before, refunds_paid_before
from app.sync.reading.match_answers import kept_answers, standing
from app.sync.reading.merged_items import merged_items
from app.sync.reading.near_documents import asked_documents
from app.sync.reading.openings import openings_in_sight
from app.sync.reading.period_answers import period_answers
from app.sync.reading.receipts import by_document
from app.sync.reading.refunds import answers_about_refunds, credit_to_pay_back, money_of_refunded
from app.sync.reading.sight import (
    Sight,
    adjusted_sales,
    contacts_of,
    items_of_sales,
    load_pairs,
    paid_by_receipts,
)

PARENT_LEVELS = 5
"""QuickBooks nests sub-customers five deep."""

_Answers = Mapping[Key, Sequence[MatchAnswer]]


async def gather(context: TurnContext, tx: Transaction, rows: Sequence[PendingChange]) -> PlanInput:
    """The input around some pending changes: their pairs, what those refer to, and what unlinked ones might match."""
    sight = Sight()
    answers = await kept_answers(context, tx)
    await _documents_in_sight(context, tx, sight, rows, answers)
    items_shown = await merged_items(context, tx, sight.snapshots, LinkIndex.of(sight.links.values()))
    await _people_in_sight(context, tx, sight, answers)
    index = LinkIndex.of(sight.links.values())
    commons = await commons_of(context, tx, sight)
    candidates = await candidates_of(context, tx, sight, index, commons)
    alike = await around_documents(context, tx, sight, index, candidates)
    named_alike = await namesakes_of(context, tx, sight, index)
    if context.configuration.multi_currency:
        await load_pairs(context, tx, sight, [(s.side, s.kind, s.id) for s in candidates.get(CONTACTS, ())])
        sight.keep_links(index)
    relatives = await relatives_of(context, tx, sight, index, commons)
    lock = await _lock(context, tx)
    overdue, holds_nothing = await _patience(context, tx)
    payments_on = await _payments(context, tx, sight, index, rows, lock)
    paid_before = await receipts_paid_before(context, tx, sight, index)
    refunded_before = await refunds_paid_before(context, tx, sight, index)
    applied = await applied_in_oncord(context, tx, sight, index)
    opening = await openings_in_sight(context, tx, sight, index)
    merges = await merged_customers(context, tx, sight.snapshots, index)
    money_of = await money_of_refunded(context, tx, sight, index, rows)
    _bring_up(sight, index)
    plan_input = PlanInput(
        configuration=context.configuration,
        changes=[ChangedRecord(r.side, r.kind, r.id, r.generation, r.deleted_with) for r in rows],
        snapshots=sight.snapshots,
        links=index,
        candidates=candidates,
        commons=commons,
        alike=alike,
        namesakes=named_alike,
        item_names_taken=await _item_names(context, tx, sight, index),
        relatives=relatives,
        overdue=overdue,
        holds_nothing=holds_nothing,
        names_taken=await _names(context, tx, sight),
        payments_on=payments_on,
        paid_before=paid_before,
        refunded_before=refunded_before,
        received_on=opening.received_on,
        opening_answers=opening.answers,
        beside_openings=opening.beside,
        merged_customers=merges.into,
        merges_shown=frozenset(merges.shown),
        items_shown=items_shown,
        asked_documents=await asked_documents(context, tx),
        lock=lock,
        period_answers=await period_answers(context, tx),
        applied_in_oncord=applied,
        refund_answers=await answers_about_refunds(context, tx),
        pay_back_answers=await credit_to_pay_back(context, tx),
        money_of=money_of,
        match_answers=_concerning(sight, standing(answers, sight.snapshots, index)),
        today=context.clock.now().astimezone(context.zone).date(),
        zone=context.zone,
        backfill=context.backfill,
    )
    return as_far_as_told(plan_input)


async def _lock(context: TurnContext, tx: Transaction) -> Lock | None:
    """Up to when the books are locked at this moment (B1)."""
    connection = await connections.get(tx, context.connection_id)
    return await lock_in_force(tx, connection) if connection is not None else None


async def _documents_in_sight(
    context: TurnContext, tx: Transaction, sight: Sight, rows: Sequence[PendingChange], answers: _Answers
) -> None:
    """The pairs of the changed records and of what people have answered about them, what receipts pay, what lines sell."""
    await load_pairs(context, tx, sight, [row.key for row in rows])
    await load_pairs(context, tx, sight, _chosen(sight, answers))
    for _ in range(2):  # a refund's receipt is only found by way of the payment that joins it to its credit
        await load_pairs(context, tx, sight, paid_by_receipts(sight))
    await load_pairs(context, tx, sight, adjusted_sales(sight))
    await load_pairs(context, tx, sight, items_of_sales(context, sight))


async def _people_in_sight(context: TurnContext, tx: Transaction, sight: Sight, answers: _Answers) -> None:
    """Whose the documents are, up to the topmost parent, and what people have answered about those."""
    for _ in range(PARENT_LEVELS):
        if not await load_pairs(context, tx, sight, contacts_of(sight)):
            break
    await load_pairs(context, tx, sight, _chosen(sight, answers))


async def _patience(context: TurnContext, tx: Transaction) -> tuple[frozenset[OtherRecord], bool]:
    """The questions about people that documents wait for no longer, and whether they wait for none at all."""
    asked, now = await attention.asked_about_people(tx, context.connection_id), context.clock.now()
    days = context.configuration.hold_questions_days
    overdue = frozenset(subject for subject, at in asked.items() if holding_ends(at, days) <= now)
    return overdue, holding_ends(now, days) <= now


def _concerning(sight: Sight, answers: _Answers) -> dict[Key, Sequence[MatchAnswer]]:
    """The answers that concern what is in sight."""
    return {key: record_answers for key, record_answers in answers.items() if _concerns(sight, key, record_answers)}


def _concerns(sight: Sight, key: Key, record_answers: Sequence[MatchAnswer]) -> bool:
    offered = ((key[0].other, key[1], i) for answer in record_answers for i in (answer.chosen, *answer.offered))
    return key in sight.snapshots or any(other in sight.snapshots for other in offered)


def _chosen(sight: Sight, answers: Mapping[Key, Sequence[MatchAnswer]]) -> list[Key]:
    """The records of the answers that concern what is in sight."""
    about = [(key, record_answers) for key, record_answers in answers.items() if _concerns(sight, key, record_answers)]
    ids = [
        (key, i)
        for key, record_answers in about
        for answer in record_answers
        for i in (answer.chosen, *(answer.offered if answer.of_lot else ()))
    ]
    return [*(key for key, _ in about), *((key[0].other, key[1], i) for key, i in ids)]


def _bring_up(sight: Sight, index: LinkIndex) -> None:
    """The links as they are in the present vocabulary."""
    for link in sight.links.values():
        pair = (sight.snapshots.get((side, link.kind, link.id_on(side))) for side in Side)
        index.keep(brought_up(link, *pair))


async def _names(context: TurnContext, tx: Transaction, sight: Sight) -> dict[str, str]:
    """Who has the DisplayNames that the contacts in sight might be given in QuickBooks."""
    sales = [s.record for s in sight.snapshots.values() if isinstance(s.record, Sale)]
    currencies = {"", *(context.configuration.books_currency(sale.money.currency) for sale in sales)}
    names = {
        normalised(choice)
        for (side, kind, _), snapshot in sight.snapshots.items()
        if side is Side.ONCORD and kind is Kind.CONTACT and isinstance(snapshot.record, Contact)
        for currency in currencies
        for choice in name_choices(contact_to(Side.QUICKBOOKS, snapshot.record), currency)[:8]
    }
    taken = await mirrors.names_taken(tx, context.connection_id, Side.QUICKBOOKS, names)
    return {**taken, **context.names_refused}


async def _item_names(context: TurnContext, tx: Transaction, sight: Sight, index: LinkIndex) -> dict[str, str]:
    """Which items have the names that the unlinked products in sight might be given in QuickBooks."""
    products = [
        s.record
        for key, s in sight.snapshots.items()
        if s.side is Side.ONCORD and isinstance(s.record, Item) and index.live(key) is None
    ]
    names = {normalised(choice) for product in products for choice in name_choices_of_item(product)}
    return await mirrors.names_taken(tx, context.connection_id, Side.QUICKBOOKS, names, Kind.ITEM)


async def _payments(
    context: TurnContext,
    tx: Transaction,
    sight: Sight,
    index: LinkIndex,
    rows: Sequence[PendingChange],
    lock: Lock | None,
) -> dict[str, list[Snapshot]]:
    """The payments on invoices whose sale was deleted, cancelled or moved to another contact in Oncord, and on credit memos of sales that
    are not cancelled any more, with links and receipts; where a period is locked on those, too, that are to come to less than was paid."""
    invoices = _invoices_that_go(sight, index, rows, lock)
    if not invoices:
        return {}
    owners = await _with_parents(context, tx, set(invoices.values()))
    received = await mirrors.of_contacts(tx, context.connection_id, Side.QUICKBOOKS, Kind.RECEIPT, owners)
    payments = by_document(received, invoices)
    applied = {(Side.QUICKBOOKS, Kind.RECEIPT, p.id) for group in payments.values() for p in group}
    await load_pairs(context, tx, sight, sorted(applied))
    await load_pairs(context, tx, sight, paid_by_receipts(sight))
    await load_pairs(context, tx, sight, contacts_of(sight))
    sight.keep_links(index)
    return payments


def _invoices_that_go(
    sight: Sight, index: LinkIndex, rows: Sequence[PendingChange], lock: Lock | None
) -> dict[str, str]:
    """The invoices, with their customers, whose sale was deleted, cancelled or moved to another contact in Oncord, or comes to less than
    was paid while a period is locked (B1); and the credit memos that take back a sale which stands again (S5)."""
    invoices: dict[str, str] = {}
    for row in rows:
        link = index.live(row.key) if row.kind is Kind.SALE else None
        if link is None:
            continue
        sale = sight.snapshots.get((Side.ONCORD, Kind.SALE, link.oncord_id))
        invoices |= _credit_that_goes(sight, index, sale)
        invoice = sight.snapshots.get((Side.QUICKBOOKS, Kind.SALE, link.quickbooks_id))
        if sale is None or invoice is None or not isinstance(invoice.record, Sale):
            continue
        cancelled, less = _is_cancelled(link.base_oncord, sale.record), lock is not None and _is_less(sale, invoice)
        if sale.deleted or _has_moved(link.base_oncord, sale.record) or cancelled or less:
            invoices[invoice.id] = str(invoice.record.contact_id)
    return invoices


def _is_cancelled(base: Record | None, sale: Record | None) -> bool:
    """Whether a sale was cancelled since it was last agreed on: what pays its invoice decides what becomes of that (S5)."""
    return isinstance(base, Sale) and isinstance(sale, Sale) and is_void(sale) and not is_void(base)


def _is_less(sale: Snapshot, invoice: Snapshot) -> bool:
    """Whether a sale comes to less than what was paid of its invoice: QuickBooks takes the rest off the payments by itself."""
    document = invoice.record
    return isinstance(sale.record, Sale) and isinstance(document, Sale) and sale.record.money.total < document.paid


def _credit_that_goes(sight: Sight, index: LinkIndex, sale: Snapshot | None) -> dict[str, str]:
    """The credit memo of a sale that was cancelled and stands again, with its customer."""
    if sale is None or not isinstance(sale.record, Sale) or is_void(sale.record):
        return {}
    link = index.cancellation(sale.id)
    memo = sight.snapshots.get((Side.QUICKBOOKS, Kind.SALE, link.quickbooks_id)) if link is not None else None
    return {memo.id: str(memo.record.contact_id)} if memo is not None and isinstance(memo.record, Sale) else {}


def _has_moved(base: Record | None, sale: Record | None) -> bool:
    return isinstance(base, Sale) and isinstance(sale, Sale) and base.contact_id != sale.contact_id


async def _with_parents(context: TurnContext, tx: Transaction, customers: set[str]) -> set[str]:
    """Customers and those above them: a parent's payment may pay a sub-customer's invoice."""
    family, above = set(customers), set(customers)
    for _ in range(PARENT_LEVELS):
        loaded = await mirrors.load(tx, context.connection_id, Side.QUICKBOOKS, Kind.CONTACT, above)
        above = {c.record.parent_id for c in loaded.values() if isinstance(c.record, Contact) and c.record.parent_id}
        family |= above
        if not above:
            break
    return family
