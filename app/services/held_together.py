"""What is read to say in which fields a pair differs: both records, whose they are, and what their money pays (`domain.planning.apart`)."""

from collections.abc import Collection, Iterable, Mapping

from app.domain.model.links import Link, LinkState
from app.domain.model.records import Contact, Kind, Receipt, Sale, Side, Snapshot
from app.domain.planning.apart import Pair
from app.storage.database import Transaction
from app.storage.records import links, mirrors

ABOVE = 5
"""So many customers above one are looked at; QuickBooks nests no deeper."""


async def read(
    tx: Transaction, connection_id: str, link: Link | None, held: Mapping[Side, Snapshot | None]
) -> Pair | None:
    """A pair that is there on both sides; None where there is none, or where one of the two is gone."""
    here, there = held.get(Side.ONCORD), held.get(Side.QUICKBOOKS)
    if link is None or link.state is not LinkState.LIVE or here is None or there is None:
        return None
    if here.record is None or there.record is None:
        return None
    own = await links.of_records(tx, connection_id, link.kind, Side.ONCORD, [link.oncord_id])
    live = [each for each in own if each.state is LinkState.LIVE]
    cards = await _cards(tx, connection_id, here, there)
    pair = Pair(
        link,
        here,
        there,
        links=live,
        payments=await _payments(tx, connection_id, live),
        documents=await _documents(tx, connection_id, here, there),
        names=[card.record.name for card in cards if isinstance(card.record, Contact)],
        one_person=await _one_person(tx, connection_id, here, cards),
    )
    return pair if pair.says_the_same else None


async def _cards(tx: Transaction, connection_id: str, here: Snapshot, there: Snapshot) -> list[Snapshot]:
    """The contact of a document, its customer, and those above that one."""
    if not isinstance(here.record, Sale | Receipt) or not isinstance(there.record, Sale | Receipt):
        return []
    contact = await mirrors.load(tx, connection_id, Side.ONCORD, Kind.CONTACT, [str(here.record.contact_id)])
    found, above = list(contact.values()), str(there.record.contact_id)
    for _ in range(ABOVE):
        customer = (await mirrors.load(tx, connection_id, Side.QUICKBOOKS, Kind.CONTACT, [above])).get(above)
        if customer is None:
            break
        found.append(customer)
        parent = customer.record.parent_id if isinstance(customer.record, Contact) else ""
        above = customer.merged_into or parent
        if not above or above in {card.id for card in found if card.side is Side.QUICKBOOKS}:
            break
    return found


async def _one_person(tx: Transaction, connection_id: str, here: Snapshot, cards: Collection[Snapshot]) -> bool:
    """Whether a customer of a document, or one above it, is its contact's, by a link of any age; so is what nobody knows."""
    if not isinstance(here.record, Sale | Receipt):
        return True
    customers = [card.id for card in cards if card.side is Side.QUICKBOOKS]
    theirs = {link.oncord_id for link in await _links(tx, connection_id, Side.QUICKBOOKS, customers)}
    ours = await _links(tx, connection_id, Side.ONCORD, [str(here.record.contact_id)])
    shared = {link.quickbooks_id for link in ours}
    return not customers or str(here.record.contact_id) in theirs or bool(shared & set(customers))


async def _links(tx: Transaction, connection_id: str, side: Side, ids: Iterable[str]) -> list[Link]:
    return await links.of_records(tx, connection_id, Kind.CONTACT, side, ids)


async def _payments(tx: Transaction, connection_id: str, live: Collection[Link]) -> list[Receipt]:
    """What is in QuickBooks of a receipt."""
    ids = [link.quickbooks_id for link in live if link.kind is Kind.RECEIPT]
    snapshots = await mirrors.load(tx, connection_id, Side.QUICKBOOKS, Kind.RECEIPT, ids)
    return [each.record for each in snapshots.values() if isinstance(each.record, Receipt)]


async def _documents(tx: Transaction, connection_id: str, here: Snapshot, there: Snapshot) -> dict[str, str]:
    """Oncord's id by QuickBooks' of the documents that money pays, as far as they are on both sides."""
    found: dict[str, str] = {}
    for snapshot in (here, there):
        if not isinstance(snapshot.record, Receipt):
            continue
        ids = [str(each.sale_id) for each in snapshot.record.payment.allocations if each.type != "refund"]
        for link in await links.of_records(tx, connection_id, Kind.SALE, snapshot.side, ids):
            if link.state is LinkState.LIVE:
                found[link.quickbooks_id] = link.oncord_id
    return found
