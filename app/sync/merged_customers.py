"""Customers that were merged away in QuickBooks: an event tells into which other one, else their invoices do, or their money
where it went to nobody's customer.

QuickBooks itself shows only that the loser is inactive. What the event said is kept beside the loser in the mirror, so
that it holds whenever the event comes, and also where another contact has the survivor already. Where the event was
lost and no document of the loser is known, nothing tells: it looks like any other inactive customer.
"""

from collections.abc import Collection, Mapping, Sequence
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
    survivors: dict[str, Snapshot] = {}
    untold: dict[str, Snapshot] = {}
    for customer in sorted(sleepers):
        loser = snapshots[Side.QUICKBOOKS, Kind.CONTACT, customer]
        surviving = await survivor(context, tx, loser)
        if surviving is not None:
            survivors[customer] = surviving
        elif loser.merged_into != customer:
            untold[customer] = loser
    inferred, shown = await _inferred(context, tx, untold, {c: sleepers[c].oncord_id for c in untold})
    merged.shown.update(shown)
    for customer, surviving in sorted((survivors | inferred).items()):
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
    context: TurnContext, tx: Transaction, losers: Mapping[str, Snapshot], contacts: Mapping[str, str]
) -> tuple[dict[str, Snapshot], set[str]]:
    """By inactive customer the one other, active customer that all its invoices, those in its currency, went to; and which
    of them show it: they are known to have been on the inactive one before, or are still.

    Where the contact owns further customers, only those invoices tell that were on the inactive one when they last
    agreed; or, where none is known to have been, its money that was; or else those that are on none of the further ones. Where
    one is on it still, it is merely inactive, which is kept ("shown"): a merge takes all along at once, so that what moves later
    is moved by somebody. So it is where its money alone went to the customer of another contact, which looks the same where
    somebody corrected whose a payment is: nobody is invoiced for what another one buys because of that.
    """
    agreed = await links.on_customers(tx, context.connection_id, Kind.SALE, losers)
    moved: dict[str, set[str]] = {}
    elsewhere: dict[str, set[str]] = {}
    inactive: set[str] = set()
    for customer, loser in losers.items():
        before = await _customers_before(context, tx, agreed.get(customer, []), contacts[customer])
        now = await _customers_now(context, tx, loser, before)
        gone = {owner for i, owner in now.items() if before[i] == customer}
        if customer in now.values():
            inactive.add(customer)
        elif gone:
            moved[customer] = gone
        else:
            elsewhere[customer] = set(now.values())
    money = await _customers_of_money(context, tx, elsewhere)
    for customer, on_invoices in elsewhere.items():
        own, of_money = await _own_customers(context, tx, contacts[customer]), money.get(customer, set())
        if customer in of_money or await _of_others(context, tx, of_money - own):
            inactive.add(customer)
        elif of_money:
            moved[customer] = of_money
        else:
            elsewhere[customer] = on_invoices - own
    known = await _only_active(context, tx, moved)
    supposed = await _only_active(context, tx, {c: elsewhere[c] for c in elsewhere.keys() - inactive - moved.keys()})
    return known | supposed, inactive | known.keys()


async def _only_active(context: TurnContext, tx: Transaction, owners: Mapping[str, set[str]]) -> dict[str, Snapshot]:
    """By inactive customer the one that all went to, where that is one, and active."""
    single = {customer: owner for customer, each in owners.items() if len(each) == 1 for owner in each}
    loaded = await mirrors.load(tx, context.connection_id, Side.QUICKBOOKS, Kind.CONTACT, set(single.values()))
    active = {i: s for i, s in loaded.items() if isinstance(s.record, Contact) and s.record.active}
    return {customer: active[owner] for customer, owner in single.items() if owner in active}


async def _own_customers(context: TurnContext, tx: Transaction, contact: str) -> set[str]:
    """All customers of a contact."""
    found = await links.of_records(tx, context.connection_id, Kind.CONTACT, Side.ONCORD, [contact])
    return {link.quickbooks_id for link in found if link.state is LinkState.LIVE}


async def _customers_before(
    context: TurnContext, tx: Transaction, on_customer: Sequence[Link], contact: str
) -> dict[str, str]:
    """By invoice, of the contact's sales and of those that were on the inactive customer: whose it was when last agreed on."""
    connection = context.connection_id
    own = await mirrors.of_contacts(tx, connection, Side.ONCORD, Kind.SALE, [contact])
    pairs = await links.of_records(tx, connection, Kind.SALE, Side.ONCORD, [s.id for s in own])
    pairs = [p for p in pairs if _owner(p.base_oncord) in ("", contact)]  # one that was moved to it since tells nothing
    return {p.quickbooks_id: _owner(p.base_quickbooks) for p in (*pairs, *on_customer) if p.state is LinkState.LIVE}


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


async def _customers_of_money(context: TurnContext, tx: Transaction, losers: Collection[str]) -> dict[str, set[str]]:
    """By inactive customer whose by now the payments and refunds are that were that one's when they last agreed."""
    agreed = await links.on_customers(tx, context.connection_id, Kind.RECEIPT, losers)
    ids = {pair.quickbooks_id for pairs in agreed.values() for pair in pairs}
    loaded = await mirrors.load(tx, context.connection_id, Side.QUICKBOOKS, Kind.RECEIPT, ids)
    now = {i: _owner(payment.record) for i, payment in loaded.items() if not payment.deleted}
    return {customer: {now.get(p.quickbooks_id, "") for p in pairs} - {""} for customer, pairs in agreed.items()}


async def _of_others(context: TurnContext, tx: Transaction, customers: Collection[str]) -> bool:
    """Whether one of these customers, none of them the contact's own, is a contact's."""
    found = await links.of_records(tx, context.connection_id, Kind.CONTACT, Side.QUICKBOOKS, customers)
    return any(link.state is LinkState.LIVE for link in found)


def _owner(record: object) -> str:
    return str(record.contact_id) if isinstance(record, Sale | Receipt) else ""
