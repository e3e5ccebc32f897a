"""Customers that were merged away in QuickBooks: an event tells into which other one, else their invoices do, or their money
where it went to nobody's customer.

QuickBooks itself shows only that the loser is inactive. What the event said is kept beside the loser in the mirror, so
that it holds whenever the event comes, and also where another contact has the survivor already. Where the event was
lost and no document of the loser is known, nothing tells: it looks like any other inactive customer.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from app.domain.model.deletion import MergedInto
from app.domain.model.links import Link, LinkState
from app.domain.model.records import (
    Contact,
    Item,
    Kind,
    Receipt,
    Sale,
    Side,
    Snapshot,
)
from app.domain.planning.link_index import LinkIndex
from app.domain.planning.plan_input import Key, PlanInput
from app.storage.changes import change_queue
from app.storage.database import Transaction
from app.storage.records import links, mirrors
from app.sync.context import TurnContext

_CHAIN = 20
"""How many merges in a row are followed."""


async def note_merges(context: TurnContext) -> None:
    """Keep what events said of merges with those losers that QuickBooks really shows as inactive (law 1)."""
    async with context.transaction() as tx:
        survivors = {
            row: row.deleted_with.id
            for row in await change_queue.merged_away(tx, context.connection_id)
            if isinstance(row.deleted_with, MergedInto)
        }
        if not survivors:
            return
        for kind in (Kind.CONTACT, Kind.ITEM):
            survivors_of_kind = {row.id: survivors[row] for row in survivors if row.kind is kind}
            losers = await mirrors.load(tx, context.connection_id, Side.QUICKBOOKS, kind, survivors_of_kind)
            noted = [
                replace(s, merged_into=survivors_of_kind[i])
                for i, s in losers.items()
                if asleep(s) and s.merged_into != survivors_of_kind[i]
            ]
            await mirrors.save(tx, context.connection_id, noted, context.clock.now())


def asleep(snapshot: Snapshot) -> bool:
    """Whether this is a customer or item that is not active."""
    return isinstance(snapshot.record, Contact | Item) and not snapshot.record.active


async def keep_shown(context: TurnContext, plan_input: PlanInput) -> None:
    """Keep what documents have just shown of merges beside the losers, like what an event says: once those are agreed on where
    they are now, nothing shows it any more. One that is merely inactive is kept as its own survivor."""
    losers = [plan_input.snapshots[Side.QUICKBOOKS, Kind.CONTACT, i] for i in sorted(plan_input.merges_shown)]
    noted = [replace(loser, merged_into=plan_input.merged_customers.get(loser.id, loser.id)) for loser in losers]
    noted += [plan_input.snapshots[Side.QUICKBOOKS, Kind.ITEM, i] for i in sorted(plan_input.items_shown)]
    if not noted:
        return
    async with context.transaction() as tx:
        await mirrors.save(tx, context.connection_id, noted, context.clock.now())


@dataclass(frozen=True, slots=True)
class Merges:
    """The survivor of each customer that was merged away, and the inactive ones whose documents have just shown whether they
    were."""

    into: dict[str, str] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)


async def merged_customers(
    context: TurnContext, tx: Transaction, snapshots: dict[Key, Snapshot], index: LinkIndex
) -> Merges:
    """The survivor of each linked customer in sight that was merged away; survivors and their links come into sight."""
    sleepers: dict[str, Link] = {}
    for (side, kind, record_id), snapshot in snapshots.items():
        link = index.live((side, kind, record_id))
        if side is Side.QUICKBOOKS and kind is Kind.CONTACT and link is not None and asleep(snapshot):
            sleepers[record_id] = link
    merged = Merges()
    for customer, link in sorted(sleepers.items()):
        loser = snapshots[Side.QUICKBOOKS, Kind.CONTACT, customer]
        surviving = await survivor(context, tx, loser)
        if surviving is None:
            surviving, shown = await _inferred(context, tx, loser, link.oncord_id)
            merged.shown.update([customer] if shown else [])
        if surviving is not None:
            merged.into[customer] = surviving.id
            snapshots[Side.QUICKBOOKS, Kind.CONTACT, surviving.id] = surviving
            for one in await links.of_records(tx, context.connection_id, Kind.CONTACT, Side.QUICKBOOKS, [surviving.id]):
                index.keep(one)
    return merged


async def survivor(context: TurnContext, tx: Transaction, loser: Snapshot) -> Snapshot | None:
    """The customer or item at the end of the merges that events told of; None where it is not known, or gone."""
    seen, last = {loser.id}, loser
    while last.merged_into and last.merged_into not in seen and len(seen) <= _CHAIN:
        seen.add(last.merged_into)
        loaded = await mirrors.load(tx, context.connection_id, Side.QUICKBOOKS, loser.kind, [last.merged_into])
        if last.merged_into not in loaded:
            return None
        last = loaded[last.merged_into]
    return last if last.id != loser.id and not last.deleted and last.record is not None else None


async def _inferred(
    context: TurnContext, tx: Transaction, loser: Snapshot, contact: str
) -> tuple[Snapshot | None, bool]:
    """The one other, active customer that all invoices of an inactive one, those in its currency, went to; and whether
    they show it: they are known to have been on the inactive one before, or are still.

    Where the contact owns further customers, only those invoices tell that were on the inactive one when they last
    agreed; or, where none is known to have been, its money that was; or else those that are on none of the further ones. Where
    one is on it still, it is merely inactive, which is kept ("shown"): a merge takes all along at once, so that what moves later
    is moved by somebody. So it is where its money alone went to the customer of another contact, which looks the same where
    somebody corrected whose a payment is: nobody is invoiced for what another one buys because of that.
    """
    connection = context.connection_id
    if loser.merged_into == loser.id:
        return None, False
    before = await _customers_before(context, tx, loser, contact)
    now = await _customers_now(context, tx, loser, before)
    further = await links.of_records(tx, connection, Kind.CONTACT, Side.ONCORD, [contact])
    kept = {x.quickbooks_id for x in further if x.state is LinkState.LIVE} - {loser.id}
    if loser.id in now.values():
        return None, True
    moved = {owner for i, owner in now.items() if before[i] == loser.id}
    if not moved:
        moved = await _customers_of_money(context, tx, loser)
        if loser.id in moved or await _of_others(context, tx, moved - kept):
            return None, True
    owners = moved or set(now.values()) - kept
    if len(owners) != 1:
        return None, False
    [owner] = owners
    surviving = (await mirrors.load(tx, connection, Side.QUICKBOOKS, Kind.CONTACT, [owner])).get(owner)
    if surviving is None or not isinstance(surviving.record, Contact) or not surviving.record.active:
        return None, False
    return surviving, bool(moved)


async def _customers_before(context: TurnContext, tx: Transaction, loser: Snapshot, contact: str) -> dict[str, str]:
    """By invoice, of the contact's sales and of those that were on the inactive customer: whose it was when last agreed on."""
    connection = context.connection_id
    own = await mirrors.of_contacts(tx, connection, Side.ONCORD, Kind.SALE, [contact])
    pairs = await links.of_records(tx, connection, Kind.SALE, Side.ONCORD, [s.id for s in own])
    pairs = [p for p in pairs if _owner(p.base_oncord) in ("", contact)]  # one that was moved to it since tells nothing
    pairs += await links.on_customer(tx, connection, Kind.SALE, loser.id)
    return {p.quickbooks_id: _owner(p.base_quickbooks) for p in pairs if p.state is LinkState.LIVE}


async def _customers_now(
    context: TurnContext, tx: Transaction, loser: Snapshot, invoices: Collection[str]
) -> dict[str, str]:
    """By invoice, of these in the inactive customer's currency: whose it is by now."""
    assert isinstance(loser.record, Contact)
    currency = context.configuration.books_currency
    own_currency = currency(loser.record.currency)
    loaded = await mirrors.load(tx, context.connection_id, Side.QUICKBOOKS, Kind.SALE, invoices)
    return {
        i.id: _owner(i.record)
        for i in loaded.values()
        if isinstance(i.record, Sale) and not i.deleted and currency(i.record.money.currency) == own_currency
    }


async def _customers_of_money(context: TurnContext, tx: Transaction, loser: Snapshot) -> set[str]:
    """Whose by now the payments and refunds are that were the inactive customer's when they last agreed."""
    pairs = await links.on_customer(tx, context.connection_id, Kind.RECEIPT, loser.id)
    ids = [pair.quickbooks_id for pair in pairs]
    loaded = await mirrors.load(tx, context.connection_id, Side.QUICKBOOKS, Kind.RECEIPT, ids)
    return {_owner(payment.record) for payment in loaded.values() if not payment.deleted} - {""}


async def _of_others(context: TurnContext, tx: Transaction, customers: Collection[str]) -> bool:
    """Whether one of these customers, none of them the contact's own, is a contact's."""
    found = await links.of_records(tx, context.connection_id, Kind.CONTACT, Side.QUICKBOOKS, customers)
    return any(link.state is LinkState.LIVE for link in found)


def _owner(record: object) -> str:
    return str(record.contact_id) if isinstance(record, Sale | Receipt) else ""
