"""Reading everything that a plan needs out of PostgreSQL, in bulk: a fixed number of statements, whatever the chunk."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from app.domain.contacts.naming import name_choices
from app.domain.guards.holding import holding_ends
from app.domain.items.plan import name_choices_of_item
from app.domain.matching.addresses import Commons, addresses, many_names
from app.domain.matching.natural_keys import natural_keys, normalised
from app.domain.matching.people import looked_up
from app.domain.model.links import Link
from app.domain.model.records import (
    Contact,
    Item,
    Kind,
    Receipt,
    Record,
    Sale,
    Side,
    Snapshot,
)
from app.domain.model.references import references, referred_ids
from app.domain.planning.conversion import contact_to
from app.domain.planning.free_text import addresses_read
from app.domain.planning.new_fields import brought_up
from app.domain.planning.plan_input import (
    ChangedRecord,
    Key,
    LinkIndex,
    MatchAnswer,
    PlanInput,
)
from app.storage.changes.change_queue import PendingChange
from app.storage.database import Transaction
from app.storage.people import attention
from app.storage.records import links, mirrors
from app.sync.context import TurnContext
from app.sync.merged_customers import merged_customers
from app.sync.reading.match_answers import said, standing
from app.sync.reading.merged_items import merged_items
from app.sync.reading.near_documents import (
    alike_documents,
    asked_documents,
    asked_with,
    documents_of_people,
    namesakes,
    near_documents,
)

PARENT_LEVELS = 5
"""QuickBooks nests sub-customers five deep."""

_CONTACTS, _CUSTOMERS = (Side.ONCORD, Kind.CONTACT), (Side.QUICKBOOKS, Kind.CONTACT)


@dataclass(slots=True)
class _Gathered:
    snapshots: dict[Key, Snapshot] = field(default_factory=dict)
    links: dict[int, Link] = field(default_factory=dict)
    asked: set[Key] = field(default_factory=set)


async def gather(context: TurnContext, tx: Transaction, rows: Sequence[PendingChange]) -> PlanInput:
    """The input around some pending changes: their pairs, what those refer to, and what unlinked ones might match."""
    found = _Gathered()
    answers = await said(context, tx)
    await _pairs(context, tx, found, [row.key for row in rows])
    await _pairs(context, tx, found, _chosen(found, answers))
    for _ in range(2):  # a refund's receipt is only found by way of the payment that joins it to its credit
        await _pairs(context, tx, found, _paid_by_receipts(found))
    await _pairs(context, tx, found, _items_of_sales(context, found))
    items_shown = await merged_items(context, tx, found.snapshots, LinkIndex.of(found.links.values()))
    for _ in range(PARENT_LEVELS):
        if not await _pairs(context, tx, found, _contacts_of(found)):
            break
    await _pairs(context, tx, found, _chosen(found, answers))
    index = LinkIndex.of(found.links.values())
    commons = await _commons(context, tx, found)
    candidates = await _candidates(context, tx, found, index, commons)
    above = [s.record.parent_id for s in candidates.get(_CUSTOMERS, ()) if isinstance(s.record, Contact)]
    await _pairs(context, tx, found, [(*_CUSTOMERS, parent) for parent in above])
    for side in Side:
        ids = [s.id for s in candidates.get((side, Kind.CONTACT), ())]
        for link in await links.of_records(tx, context.connection_id, Kind.CONTACT, side, ids):
            found.links[link.id] = link
    for link in found.links.values():
        index.keep(link)
    alike = await _around_documents(context, tx, found, index, candidates)
    named_alike = await _namesakes(context, tx, found, index)
    if context.configuration.multi_currency:
        await _pairs(context, tx, found, [(s.side, s.kind, s.id) for s in candidates.get(_CONTACTS, ())])
        for link in found.links.values():
            index.keep(link)
    relatives = await _relatives(context, tx, found, index, commons)
    asked, now = await attention.asked_about_people(tx, context.connection_id), context.clock.now()
    days = context.configuration.hold_questions_days
    payments_on = await _payments(context, tx, found, index, rows)
    merges = await merged_customers(context, tx, found.snapshots, index)
    _bring_up(found, index)
    known = PlanInput(
        configuration=context.configuration,
        changes=[ChangedRecord(r.side, r.kind, r.id, r.generation, r.deleted_with) for r in rows],
        snapshots=found.snapshots,
        links=index,
        candidates=candidates,
        commons=commons,
        alike=alike,
        namesakes=named_alike,
        item_names_taken=await _item_names(context, tx, found, index),
        relatives=relatives,
        overdue=frozenset(subject for subject, at in asked.items() if holding_ends(at, days) <= now),
        holds_nothing=holding_ends(now, days) <= now,
        names_taken=await _names(context, tx, found),
        payments_on=payments_on,
        merged_customers=merges.into,
        merges_shown=frozenset(merges.shown),
        items_shown=items_shown,
        asked_documents=await asked_documents(context, tx),
        match_answers={
            key: told for key, told in standing(answers, found.snapshots, index).items() if _concerns(found, key, told)
        },
        backfill=context.backfill,
    )
    return addresses_read(known)


def _bring_up(found: _Gathered, index: LinkIndex) -> None:
    """The links as they are in the present vocabulary."""
    for link in found.links.values():
        pair = (found.snapshots.get((side, link.kind, link.id_on(side))) for side in Side)
        index.keep(brought_up(link, *pair))


def _concerns(found: _Gathered, key: Key, told: Sequence[MatchAnswer]) -> bool:
    offered = ((key[0].other, key[1], i) for said in told for i in (said.chosen, *said.offered))
    return key in found.snapshots or any(other in found.snapshots for other in offered)


def _chosen(found: _Gathered, answers: Mapping[Key, Sequence[MatchAnswer]]) -> list[Key]:
    """The records of the answers that concern what is in sight."""
    about = [(key, told) for key, told in answers.items() if _concerns(found, key, told)]
    ids = [
        (key, i) for key, told in about for said in told for i in (said.chosen, *(said.offered if said.of_lot else ()))
    ]
    return [*(key for key, _ in about), *((key[0].other, key[1], i) for key, i in ids)]


async def _pairs(context: TurnContext, tx: Transaction, found: _Gathered, keys: Iterable[Key]) -> bool:
    """Load records, their links and their counterparts; answers whether anything was new."""
    wanted: dict[tuple[Side, Kind], set[str]] = defaultdict(set)
    for key in keys:
        if key[2] and key not in found.asked:
            found.asked.add(key)
            wanted[key[0], key[1]].add(key[2])
    across: dict[tuple[Side, Kind], set[str]] = defaultdict(set)
    for (side, kind), ids in sorted(wanted.items()):
        for snapshot in (await mirrors.load(tx, context.connection_id, side, kind, ids)).values():
            found.snapshots[side, kind, snapshot.id] = snapshot
        for link in await links.of_records(tx, context.connection_id, kind, side, ids):
            found.links[link.id] = link
            across[side.other, kind].add(link.id_on(side.other))
    for (side, kind), ids in sorted(across.items()):
        missing = {i for i in ids if (side, kind, i) not in found.snapshots}
        for snapshot in (await mirrors.load(tx, context.connection_id, side, kind, missing)).values():
            found.snapshots[side, kind, snapshot.id] = snapshot
        siblings = await links.of_records(tx, context.connection_id, kind, side, ids)
        found.links |= {link.id: link for link in siblings}
        others = {link.id_on(side.other) for link in siblings}
        missing = {i for i in others if (side.other, kind, i) not in found.snapshots}
        for snapshot in (await mirrors.load(tx, context.connection_id, side.other, kind, missing)).values():
            found.snapshots[side.other, kind, snapshot.id] = snapshot
    return bool(wanted)


def _paid_by_receipts(found: _Gathered) -> list[Key]:
    """What receipts pay, and what they paid when they last agreed: a sale that was deleted since has let go of them."""
    known = [(side, snapshot.record) for (side, _, _), snapshot in found.snapshots.items()]
    agreed = [(side, link.base_on(side)) for link in found.links.values() for side in Side]
    return [
        (side, kind, str(one))
        for side, record in (*known, *agreed)
        if isinstance(record, Receipt)
        for kind, one in references(record)
        if kind is not Kind.CONTACT
    ]


def _items_of_sales(context: TurnContext, found: _Gathered) -> list[Key]:
    if context.configuration.items.mode != "match":
        return []
    return [
        (side, Kind.ITEM, item_id)
        for (side, _, _), snapshot in found.snapshots.items()
        for item_id in referred_ids(snapshot.record, Kind.ITEM)
    ]


def _contacts_of(found: _Gathered) -> list[Key]:
    keys: list[Key] = []
    for (side, _, _), snapshot in found.snapshots.items():
        keys += [(side, Kind.CONTACT, contact_id) for contact_id in referred_ids(snapshot.record, Kind.CONTACT)]
        if snapshot.merged_into:
            keys.append((side, snapshot.kind, snapshot.merged_into))
    bases = (
        link.base_oncord for link in found.links.values()
    )  # a contact that was merged since has let go of its sales and receipts
    keys += [(*_CONTACTS, str(base.contact_id)) for base in bases if isinstance(base, Sale | Receipt)]
    return keys


async def _candidates(
    context: TurnContext, tx: Transaction, found: _Gathered, index: LinkIndex, commons: Commons
) -> dict[tuple[Side, Kind], list[Snapshot]]:
    """What the unlinked records in sight might be on the other side, and what else on their own side might be that too.

    With several currencies a linked contact counts as well, since it may get further customers; and so do the customers
    that look like an unlinked one, since they may be one contact.
    """
    several = context.configuration.multi_currency
    unlinked: dict[tuple[Side, Kind], list[Snapshot]] = defaultdict(list)
    for key, snapshot in found.snapshots.items():
        more = several and key[:2] == _CONTACTS
        free = index.live(key) is None and index.shared(key) is None
        if not snapshot.deleted and snapshot.record is not None and (more or free):
            unlinked[key[0], key[1]].append(snapshot)
    candidates: dict[tuple[Side, Kind], dict[str, Snapshot]] = defaultdict(dict)
    receipts_last = sorted(unlinked.items(), key=lambda place: (place[0][1] is Kind.RECEIPT, place[0]))
    for (side, kind), snapshots in receipts_last:
        near = await _near(context, tx, found, index, commons, side, kind, snapshots)
        if kind is Kind.RECEIPT:
            near += await _money_of_candidates(context, tx, side.other, candidates, near)
        candidates[side.other, kind] |= {s.id: s for s in near if not _inactive_item(s)}
        if kind is Kind.ITEM or not near:
            continue
        rivals = await _near(context, tx, found, index, commons, side.other, kind, near)
        candidates[side, kind] |= {s.id: s for s in rivals}
    if several and unlinked[_CUSTOMERS]:
        kin = await _near(context, tx, found, index, commons, *_CONTACTS, unlinked[_CUSTOMERS])
        candidates[_CUSTOMERS] |= {s.id: s for s in kin}
    return {place: [snapshots[i] for i in sorted(snapshots)] for place, snapshots in candidates.items()}


async def _money_of_candidates(
    context: TurnContext,
    tx: Transaction,
    side: Side,
    candidates: dict[tuple[Side, Kind], dict[str, Snapshot]],
    known: Sequence[Snapshot],
) -> list[Snapshot]:
    """The unlinked receipts of those who may turn out, in this very plan, to be the contacts in sight.

    A run comes to its receipts once contacts and sales are linked; a dry run plans all of it at once.
    """
    owners = set(candidates[side, Kind.CONTACT])
    owners |= {str(s.record.contact_id) for s in candidates[side, Kind.SALE].values() if isinstance(s.record, Sale)}
    found = await mirrors.candidates(tx, context.connection_id, side, Kind.RECEIPT, contacts=owners)
    seen = {s.id for s in known}
    return [s for s in found if s.id not in seen]


async def _around_documents(
    context: TurnContext,
    tx: Transaction,
    found: _Gathered,
    index: LinkIndex,
    candidates: dict[tuple[Side, Kind], list[Snapshot]],
) -> list[Snapshot]:
    """Add the documents that could prove who the unlinked contacts in sight are, and whose all those documents are.

    Answers the documents that look like an unlinked one in sight.
    """
    unlinked = [s for key, s in found.snapshots.items() if not s.deleted and index.live(key) is None]
    for side in Side:
        contacts = [s for s in unlinked if s.side is side and s.kind is Kind.CONTACT]
        for there, more in (await documents_of_people(context, tx, side, contacts)).items():
            known = {s.id: s for s in (*candidates.get((there, Kind.SALE), ()), *more)}
            candidates[there, Kind.SALE] = [known[i] for i in sorted(known)]
    documents = [s for side in Side for s in candidates.get((side, Kind.SALE), ())]
    owners = [(s.side, Kind.CONTACT, str(s.record.contact_id)) for s in documents if isinstance(s.record, Sale)]
    await _pairs(context, tx, found, owners)
    for link in found.links.values():
        index.keep(link)
    sales = [s for s in unlinked if s.kind is Kind.SALE]
    return await alike_documents(context, tx, index, candidates, sales)


async def _namesakes(context: TurnContext, tx: Transaction, found: _Gathered, index: LinkIndex) -> list[Snapshot]:
    """The documents that an unlinked one in sight may repeat, with their own counterparts."""
    new = [
        s
        for key, s in found.snapshots.items()
        if s.kind is Kind.SALE and not s.deleted and not index.by_record.get(key)
    ]
    there = await namesakes(context, tx, new)
    await _pairs(context, tx, found, [(s.side, s.kind, s.id) for s in there])
    for link in found.links.values():
        index.keep(link)
    return there


async def _near(
    context: TurnContext,
    tx: Transaction,
    found: _Gathered,
    index: LinkIndex,
    commons: Commons,
    side: Side,
    kind: Kind,
    snapshots: Sequence[Snapshot],
) -> list[Snapshot]:
    """The unlinked records across from `snapshots` that share a natural key with one of them."""
    keys = [natural_keys(s.record) for s in snapshots if s.record is not None]
    connection = context.connection_id
    if kind is Kind.RECEIPT:
        owners = {link.id_on(side.other) for k in keys for link in index.parts((side, Kind.CONTACT, k.contact))}
        owners |= _owners_of_paid_sales(found, index, side, snapshots)
        there = await mirrors.candidates(tx, connection, side.other, kind, contacts=owners)
        asked = await asked_with(context, tx, side, kind, snapshots)
        return list({s.id: s for s in (*there, *asked)}.values())
    if kind is Kind.SALE:
        return await near_documents(context, tx, index, side, snapshots)
    if kind is Kind.ITEM:
        names, codes = [k.name for k in keys], [k.number for k in keys]
        names += [normalised(name_choices_of_item(s.record)[0]) for s in snapshots if isinstance(s.record, Item)]
        return await mirrors.candidates(tx, connection, side.other, kind, names=names, numbers=codes)
    linked = context.configuration.multi_currency and side is Side.QUICKBOOKS
    people = {key for s in snapshots if isinstance(s.record, Contact) for key in looked_up(s.record, commons)}
    return await mirrors.candidates(tx, connection, side.other, kind, people=people, linked=linked)


async def _relatives(
    context: TurnContext, tx: Transaction, found: _Gathered, index: LinkIndex, commons: Commons
) -> dict[Side, list[Snapshot]]:
    """Who else may be the same person as the unlinked contacts in sight, linked ones too, with what they are linked to."""
    keys = {
        key
        for place, snapshot in found.snapshots.items()
        if isinstance(snapshot.record, Contact) and not snapshot.deleted
        if index.live(place) is None and index.shared(place) is None
        for key in looked_up(snapshot.record, commons)
    }
    near: dict[Side, list[Snapshot]] = {}
    for side in Side:
        near[side] = await mirrors.candidates(tx, context.connection_id, side, Kind.CONTACT, people=keys, linked=True)
    await _pairs(context, tx, found, [(s.side, s.kind, s.id) for side in Side for s in near[side]])
    for link in found.links.values():
        index.keep(link)
    return near


async def _commons(context: TurnContext, tx: Transaction, found: _Gathered) -> Commons:
    """The shop's own domain, and which addresses of the contacts in sight many names use."""
    contacts = [s.record for s in found.snapshots.values() if isinstance(s.record, Contact)]
    used = {address for contact in contacts for address in addresses(contact.email)}
    names = await mirrors.names_at(tx, context.connection_id, used)
    host = urlsplit(context.identity[Side.ONCORD]).hostname or ""
    return Commons(frozenset({host} - {""}), frozenset(a for a, known in names.items() if many_names(known)))


def _inactive_item(snapshot: Snapshot) -> bool:
    return isinstance(snapshot.record, Item) and not snapshot.record.active


def _owners_of_paid_sales(found: _Gathered, index: LinkIndex, side: Side, receipts: Sequence[Snapshot]) -> set[str]:
    owners = set[str]()
    for receipt in receipts:
        assert isinstance(receipt.record, Receipt)
        for allocation in receipt.record.payment.allocations:
            link = index.live((side, Kind.SALE, str(allocation.sale_id)))
            sale = found.snapshots.get((side.other, Kind.SALE, link.id_on(side.other))) if link else None
            if sale is not None and isinstance(sale.record, Sale) and isinstance(sale.record.contact_id, str):
                owners.add(sale.record.contact_id)
    return owners


async def _names(context: TurnContext, tx: Transaction, found: _Gathered) -> dict[str, str]:
    """Who has the DisplayNames that the contacts in sight might be given in QuickBooks."""
    sales = [s.record for s in found.snapshots.values() if isinstance(s.record, Sale)]
    currencies = {"", *(context.configuration.books_currency(sale.money.currency) for sale in sales)}
    wanted = {
        normalised(choice)
        for (side, kind, _), snapshot in found.snapshots.items()
        if side is Side.ONCORD and kind is Kind.CONTACT and isinstance(snapshot.record, Contact)
        for currency in currencies
        for choice in name_choices(contact_to(Side.QUICKBOOKS, snapshot.record), currency)[:8]
    }
    taken = await mirrors.names_taken(tx, context.connection_id, Side.QUICKBOOKS, wanted)
    return {**taken, **context.names_refused}


async def _item_names(context: TurnContext, tx: Transaction, found: _Gathered, index: LinkIndex) -> dict[str, str]:
    """Which items have the names that the unlinked products in sight might be given in QuickBooks."""
    products = [
        s.record
        for key, s in found.snapshots.items()
        if s.side is Side.ONCORD and isinstance(s.record, Item) and index.live(key) is None
    ]
    wanted = {normalised(choice) for product in products for choice in name_choices_of_item(product)}
    return await mirrors.names_taken(tx, context.connection_id, Side.QUICKBOOKS, wanted, Kind.ITEM)


async def _payments(
    context: TurnContext, tx: Transaction, found: _Gathered, index: LinkIndex, rows: Sequence[PendingChange]
) -> dict[str, list[Snapshot]]:
    """The payments on invoices whose sale was deleted or moved to another contact in Oncord, with links and receipts."""
    invoices: dict[str, str] = {}
    for row in rows:
        link = index.live(row.key) if row.kind is Kind.SALE else None
        sale = found.snapshots.get((Side.ONCORD, Kind.SALE, link.oncord_id)) if link else None
        invoice = found.snapshots.get((Side.QUICKBOOKS, Kind.SALE, link.quickbooks_id)) if link else None
        if link is None or sale is None or invoice is None or not isinstance(invoice.record, Sale):
            continue
        if sale.deleted or _has_moved(link.base_oncord, sale.record):
            invoices[invoice.id] = str(invoice.record.contact_id)
    if not invoices:
        return {}
    payments: dict[str, list[Snapshot]] = defaultdict(list)
    owners = await _with_parents(context, tx, set(invoices.values()))
    for payment in await mirrors.of_contacts(tx, context.connection_id, Side.QUICKBOOKS, Kind.RECEIPT, owners):
        if isinstance(payment.record, Receipt):
            for sale_id in {str(a.sale_id) for a in payment.record.payment.allocations} & invoices.keys():
                payments[sale_id].append(payment)
    applied = {(Side.QUICKBOOKS, Kind.RECEIPT, p.id) for group in payments.values() for p in group}
    await _pairs(context, tx, found, sorted(applied))
    await _pairs(context, tx, found, _paid_by_receipts(found))
    await _pairs(context, tx, found, _contacts_of(found))
    for link in list(found.links.values()):
        index.keep(link)
    return payments


def _has_moved(base: Record | None, sale: Record | None) -> bool:
    return isinstance(base, Sale) and isinstance(sale, Sale) and base.contact_id != sale.contact_id


async def _with_parents(context: TurnContext, tx: Transaction, customers: set[str]) -> set[str]:
    """Customers and those above them: a parent's payment may pay a sub-customer's invoice."""
    known, above = set(customers), set(customers)
    for _ in range(PARENT_LEVELS):
        found = await mirrors.load(tx, context.connection_id, Side.QUICKBOOKS, Kind.CONTACT, above)
        above = {c.record.parent_id for c in found.values() if isinstance(c.record, Contact) and c.record.parent_id}
        known |= above
        if not above:
            break
    return known
