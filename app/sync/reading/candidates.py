"""What unlinked records might be on the other side, and what speaks for it: read in bulk, decided nowhere here."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from app.domain.items.plan import name_choices_of_item
from app.domain.matching.addresses import Commons, addresses, many_names
from app.domain.matching.natural_keys import natural_keys, normalised
from app.domain.matching.people import looked_up
from app.domain.model.records import Contact, Item, Kind, Receipt, Sale, Side, Snapshot
from app.domain.model.references import referred_ids
from app.domain.planning.link_index import LinkIndex
from app.storage.database import Transaction
from app.storage.records import links, mirrors
from app.sync.context import TurnContext
from app.sync.reading.near_documents import (
    alike_documents,
    asked_with,
    documents_of_people,
    namesakes,
    near_documents,
)
from app.sync.reading.sight import Sight, load_pairs

CONTACTS, CUSTOMERS = (Side.ONCORD, Kind.CONTACT), (Side.QUICKBOOKS, Kind.CONTACT)

Place = tuple[Side, Kind]


async def commons_of(context: TurnContext, tx: Transaction, sight: Sight) -> Commons:
    """The shop's own domain, and which addresses of the contacts in sight many names use."""
    contacts = [s.record for s in sight.snapshots.values() if isinstance(s.record, Contact)]
    used = {address for contact in contacts for address in addresses(contact.email)}
    names = await mirrors.names_at(tx, context.connection_id, used)
    host = urlsplit(context.identity[Side.ONCORD]).hostname or ""
    return Commons(frozenset({host} - {""}), frozenset(a for a, displayed in names.items() if many_names(displayed)))


async def candidates_of(
    context: TurnContext, tx: Transaction, sight: Sight, index: LinkIndex, commons: Commons
) -> dict[Place, list[Snapshot]]:
    """What the unlinked records in sight might be on the other side, and what else on their own side might be that too.

    With several currencies a linked contact counts as well, since it may get further customers; and so do the customers
    that look like an unlinked one, since they may be one contact. The links of the contacts among them come in sight, and
    who stands above the customers.
    """
    several = context.configuration.multi_currency
    unlinked = _unlinked(sight, index, several=several)
    candidates: dict[Place, dict[str, Snapshot]] = defaultdict(dict)
    for (side, kind), snapshots in sorted(unlinked.items(), key=_receipts_last):
        near = await _near(context, tx, sight, index, commons, side, kind, snapshots)
        if kind is Kind.RECEIPT:
            near += await _money_of_candidates(context, tx, side.other, candidates, near)
        candidates[side.other, kind] |= {s.id: s for s in near if not _inactive_item(s)}
        if near and kind is not Kind.ITEM:
            rivals = await _near(context, tx, sight, index, commons, side.other, kind, near)
            candidates[side, kind] |= {s.id: s for s in rivals}
    if several and unlinked.get(CUSTOMERS):
        kin = await _near(context, tx, sight, index, commons, *CONTACTS, unlinked[CUSTOMERS])
        candidates[CUSTOMERS] |= {s.id: s for s in kin}
    by_place = {place: [snapshots[i] for i in sorted(snapshots)] for place, snapshots in candidates.items()}
    await _load_links_of_people(context, tx, sight, by_place)
    sight.keep_links(index)
    return by_place


def _receipts_last(unlinked: tuple[Place, list[Snapshot]]) -> tuple[bool, Place]:
    place, _ = unlinked
    return place[1] is Kind.RECEIPT, place


def _unlinked(sight: Sight, index: LinkIndex, *, several: bool) -> dict[Place, list[Snapshot]]:
    """The records in sight that look for a counterpart; every contact of Oncord's, where it may have `several`."""
    unlinked: dict[Place, list[Snapshot]] = defaultdict(list)
    for key, snapshot in sight.snapshots.items():
        more = several and key[:2] == CONTACTS
        free = index.live(key) is None and index.shared(key) is None
        if not snapshot.deleted and snapshot.record is not None and (more or free):
            unlinked[key[0], key[1]].append(snapshot)
    return unlinked


async def _load_links_of_people(
    context: TurnContext, tx: Transaction, sight: Sight, candidates: Mapping[Place, Sequence[Snapshot]]
) -> None:
    """The links of the contacts that are candidates, and who stands above the customers among them."""
    above = [s.record.parent_id for s in candidates.get(CUSTOMERS, ()) if isinstance(s.record, Contact)]
    await load_pairs(context, tx, sight, [(*CUSTOMERS, parent) for parent in above])
    for side in Side:
        ids = [s.id for s in candidates.get((side, Kind.CONTACT), ())]
        for link in await links.of_records(tx, context.connection_id, Kind.CONTACT, side, ids):
            sight.links[link.id] = link


async def _money_of_candidates(
    context: TurnContext,
    tx: Transaction,
    side: Side,
    candidates: dict[tuple[Side, Kind], dict[str, Snapshot]],
    near: Sequence[Snapshot],
) -> list[Snapshot]:
    """The unlinked receipts of those who may turn out, in this very plan, to be the contacts in sight.

    A run comes to its receipts once contacts and sales are linked; a dry run plans all of it at once.
    """
    owners = set(candidates[side, Kind.CONTACT])
    owners |= {str(s.record.contact_id) for s in candidates[side, Kind.SALE].values() if isinstance(s.record, Sale)}
    receipts = await mirrors.candidates(tx, context.connection_id, side, Kind.RECEIPT, contacts=owners)
    seen = {s.id for s in near}
    return [s for s in receipts if s.id not in seen]


async def _near(
    context: TurnContext,
    tx: Transaction,
    sight: Sight,
    index: LinkIndex,
    commons: Commons,
    side: Side,
    kind: Kind,
    snapshots: Sequence[Snapshot],
) -> list[Snapshot]:
    """The unlinked records across from `snapshots` that share a natural key with one of them."""
    match kind:
        case Kind.RECEIPT:
            return await _near_money(context, tx, sight, index, side, snapshots)
        case Kind.SALE:
            return await near_documents(context, tx, index, side, snapshots)
        case Kind.ITEM:
            return await _near_items(context, tx, side, snapshots)
    linked = context.configuration.multi_currency and side is Side.QUICKBOOKS
    people = {key for s in snapshots if isinstance(s.record, Contact) for key in looked_up(s.record, commons)}
    return await mirrors.candidates(tx, context.connection_id, side.other, kind, people=people, linked=linked)


async def _near_money(
    context: TurnContext, tx: Transaction, sight: Sight, index: LinkIndex, side: Side, snapshots: Sequence[Snapshot]
) -> list[Snapshot]:
    """Money of those whose the receipts are or whose sales they pay, and what a person was asked about with them."""
    keys = [natural_keys(s.record) for s in snapshots if s.record is not None]
    owners = {link.id_on(side.other) for k in keys for link in index.parts((side, Kind.CONTACT, k.contact))}
    owners |= _owners_of_paid_sales(sight, index, side, snapshots)
    of_owners = await mirrors.candidates(tx, context.connection_id, side.other, Kind.RECEIPT, contacts=owners)
    sales = sales_across(index, side, snapshots)
    paying = await mirrors.money_on(tx, context.connection_id, side.other, sales, linked=False)
    asked = await asked_with(context, tx, side, Kind.RECEIPT, snapshots)
    return list({s.id: s for s in (*of_owners, *paying, *asked)}.values())


async def _near_items(
    context: TurnContext, tx: Transaction, side: Side, snapshots: Sequence[Snapshot]
) -> list[Snapshot]:
    """Items with one of the codes or names, as they are or as they would be written."""
    keys = [natural_keys(s.record) for s in snapshots if s.record is not None]
    names, codes = [k.name for k in keys], [k.number for k in keys]
    names += [normalised(name_choices_of_item(s.record)[0]) for s in snapshots if isinstance(s.record, Item)]
    return await mirrors.candidates(tx, context.connection_id, side.other, Kind.ITEM, names=names, numbers=codes)


def _inactive_item(snapshot: Snapshot) -> bool:
    return isinstance(snapshot.record, Item) and not snapshot.record.active


def sales_across(index: LinkIndex, side: Side, receipts: Sequence[Snapshot]) -> set[str]:
    """The counterparts of the sales that some receipts of `side` pay."""
    keys = {(side, Kind.SALE, i) for receipt in receipts for i in referred_ids(receipt.record, Kind.SALE)}
    return {link.id_on(side.other) for key in keys if (link := index.live(key)) is not None}


def _owners_of_paid_sales(sight: Sight, index: LinkIndex, side: Side, receipts: Sequence[Snapshot]) -> set[str]:
    owners = set[str]()
    for receipt in receipts:
        assert isinstance(receipt.record, Receipt)
        for allocation in receipt.record.payment.allocations:
            link = index.live((side, Kind.SALE, str(allocation.sale_id)))
            sale = sight.snapshots.get((side.other, Kind.SALE, link.id_on(side.other))) if link else None
            if sale is not None and isinstance(sale.record, Sale) and isinstance(sale.record.contact_id, str):
                owners.add(sale.record.contact_id)
    return owners


async def around_documents(
    context: TurnContext,
    tx: Transaction,
    sight: Sight,
    index: LinkIndex,
    candidates: dict[tuple[Side, Kind], list[Snapshot]],
) -> list[Snapshot]:
    """Add the documents that could prove who the unlinked contacts in sight are, and whose all those documents are.

    Answers the documents that look like an unlinked one in sight.
    """
    unlinked = [s for key, s in sight.snapshots.items() if not s.deleted and index.live(key) is None]
    await _add_documents_of_people(context, tx, candidates, [s for s in unlinked if s.kind is Kind.CONTACT])
    documents = [s for side in Side for s in candidates.get((side, Kind.SALE), ())]
    owners = [(s.side, Kind.CONTACT, str(s.record.contact_id)) for s in documents if isinstance(s.record, Sale)]
    await load_pairs(context, tx, sight, owners)
    sight.keep_links(index)
    sales = [s for s in unlinked if s.kind is Kind.SALE]
    return await alike_documents(context, tx, index, candidates, sales)


async def _add_documents_of_people(
    context: TurnContext,
    tx: Transaction,
    candidates: dict[tuple[Side, Kind], list[Snapshot]],
    contacts: Sequence[Snapshot],
) -> None:
    for side in Side:
        of_side = [contact for contact in contacts if contact.side is side]
        documents = await documents_of_people(context, tx, side, of_side)
        for document_side, more in documents.items():
            by_id = {s.id: s for s in (*candidates.get((document_side, Kind.SALE), ()), *more)}
            candidates[document_side, Kind.SALE] = [by_id[i] for i in sorted(by_id)]


async def namesakes_of(context: TurnContext, tx: Transaction, sight: Sight, index: LinkIndex) -> list[Snapshot]:
    """The documents that an unlinked one in sight may repeat, with their own counterparts."""
    new = [
        s
        for key, s in sight.snapshots.items()
        if s.kind is Kind.SALE and not s.deleted and not index.by_record.get(key)
    ]
    documents = await namesakes(context, tx, new)
    await load_pairs(context, tx, sight, [(s.side, s.kind, s.id) for s in documents])
    sight.keep_links(index)
    return documents


async def relatives_of(
    context: TurnContext, tx: Transaction, sight: Sight, index: LinkIndex, commons: Commons
) -> dict[Side, list[Snapshot]]:
    """Who else may be the same person as the unlinked contacts in sight, linked ones too, with what they are linked to."""
    keys = {
        key
        for place, snapshot in sight.snapshots.items()
        if isinstance(snapshot.record, Contact) and not snapshot.deleted
        if index.live(place) is None and index.shared(place) is None
        for key in looked_up(snapshot.record, commons)
    }
    near: dict[Side, list[Snapshot]] = {}
    for side in Side:
        near[side] = await mirrors.candidates(tx, context.connection_id, side, Kind.CONTACT, people=keys, linked=True)
    await load_pairs(context, tx, sight, [(s.side, s.kind, s.id) for side in Side for s in near[side]])
    sight.keep_links(index)
    return near
