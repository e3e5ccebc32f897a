"""Contacts and customers that were touched: rules C1 to C6, and merges on either side."""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.contacts.ensure import find_customer, pull_customer
from app.domain.contacts.reconcile import both, merged, updates
from app.domain.model.link_part import PRIMARY
from app.domain.model.links import Link
from app.domain.model.operations import Operation
from app.domain.model.records import Contact, Kind, Side, Snapshot
from app.domain.planning.decisions import (
    agreed,
    agreed_but_for,
    repointed,
    restored,
    skip,
    tombstoned,
)
from app.domain.planning.id_map import IdMap
from app.domain.planning.labels import in_a_sentence
from app.domain.planning.life import Gone, Joined, Linked, New, Tombstoned, Unseen, life_of
from app.domain.planning.plan_input import ChangedRecord, PlanInput


def plan_contact(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord) -> Iterator[Operation]:
    """Decide about one touched contact or customer."""
    match life_of(plan_input, id_map, change):
        case Unseen():
            yield skip(change, "C2", Unseen.reason)
        case Linked(link):
            yield from _linked(plan_input, id_map, change, link)
        case Tombstoned(tombstone, snapshot):
            yield from _tombstoned(plan_input, id_map, change, tombstone, snapshot)
        case Gone():
            yield skip(change, "C3", Gone.reason)
        case Joined(snapshot) | New(snapshot, _):
            yield from _alone(plan_input, id_map, change, snapshot)


def _alone(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, snapshot: Snapshot) -> Iterator[Operation]:
    """A contact without a link: it is joined with its customer if that is there, and brings nobody over by itself (C1)."""
    if change.side is Side.QUICKBOOKS:
        yield from pull_customer(plan_input, id_map, snapshot)
        return
    owner = id_map.owner(change.id)
    if owner != change.id:
        yield skip(
            change,
            "C2",
            f"It is the same person as {in_a_sentence(plan_input, Side.ONCORD, Kind.CONTACT, owner)}, whose details the customer carries.",
        )
        return
    adoptions = list(find_customer(plan_input, id_map, change.id))
    unneeded = skip(change, "C1", "It has no sale that is synchronised, so QuickBooks does not need it yet.")
    yield from adoptions or [unneeded]


def _tombstoned(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, tombstone: Link, snapshot: Snapshot
) -> Iterator[Operation]:
    """A contact that is back goes on with all its customers; anything else stays as it was left."""
    customers = _left_behind(plan_input, id_map, change, tombstone, snapshot)
    if not customers:
        yield skip(change, "C3", "Its counterpart was deleted; it is only made anew when asked for.")
        return
    id_map.take(each.quickbooks_id for each in customers)
    for each in customers:
        yield restored(each, "C2", "The contact is back in Oncord; it is the same customer as before.")
    yield from _compared(plan_input, id_map, change, customers[0])


def _left_behind(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, tombstone: Link, snapshot: Snapshot
) -> list[Link]:
    """The customers of a contact that is back, as long as nobody else has them: the one that carries its details first."""
    customer = plan_input.snapshot(change.side.other, Kind.CONTACT, tombstone.id_on(change.side.other))
    is_back = tombstone.gone is change.side and not snapshot.deleted
    if not is_back or customer is None or customer.deleted:
        return []
    lost_with_it = [each for each in plan_input.links.tombstones(change.key) if each.gone is change.side]
    return [each for each in lost_with_it if _free(plan_input, id_map, each)]


def _free(plan_input: PlanInput, id_map: IdMap, tombstone: Link) -> bool:
    customer = tombstone.quickbooks_id
    live = plan_input.links.live((Side.QUICKBOOKS, Kind.CONTACT, customer))
    return live is None and not id_map.is_taken(customer)


def _linked(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, link: Link) -> Iterator[Operation]:
    oncord = plan_input.snapshot(Side.ONCORD, Kind.CONTACT, link.oncord_id)
    quickbooks = plan_input.snapshot(Side.QUICKBOOKS, Kind.CONTACT, link.quickbooks_id)
    if oncord is None or quickbooks is None:
        yield skip(change, "C2", "Its counterpart has not been read yet; there is nothing to compare.")
    elif oncord.merged_into:
        yield _merged_in_oncord(plan_input, link, oncord.merged_into)
    elif oncord.deleted:
        reason = "The contact was deleted in Oncord. The customer stays in QuickBooks."
        yield tombstoned(Side.ONCORD, link, "C3", reason)
    else:
        yield from _compared(plan_input, id_map, change, link)


def _compared(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, link: Link) -> Iterator[Operation]:
    oncord = plan_input.snapshot(Side.ONCORD, Kind.CONTACT, link.oncord_id)
    quickbooks = plan_input.snapshot(Side.QUICKBOOKS, Kind.CONTACT, link.quickbooks_id)
    assert oncord is not None
    assert quickbooks is not None
    if not isinstance(oncord.record, Contact) or not isinstance(quickbooks.record, Contact):
        yield skip(change, "C2", "One of the two could not be read; it is compared when it changes again.")
        return
    _, customer = both(oncord, quickbooks)
    survivor = plan_input.merged_customers.get(link.quickbooks_id)
    if survivor is not None:
        yield from _merged_in_quickbooks(plan_input, id_map, change, link, survivor)
    elif quickbooks.deleted or not customer.active:
        yield skip(change, "C6", "The customer is inactive in QuickBooks. The contact stays as it is in Oncord.")
    elif link.part is not PRIMARY and link != plan_input.links.live((Side.ONCORD, Kind.CONTACT, link.oncord_id)):
        yield skip(change, "C5", "Only the contact's primary customer carries its details.")
    else:
        merge = merged(plan_input, link, oncord, quickbooks)
        operations = list(updates(plan_input, id_map, oncord, quickbooks, merge, link))
        if operations and (link.base_oncord is None or link.base_quickbooks is None):
            yield replace(agreed(change, link, "C5"), reason="They meet anew; what they say alike is agreed on.")
        rule = "C2" if change.side is Side.ONCORD else "C5"
        yield from operations or [agreed_but_for(change, link, rule, merge.left_alone)]


def _merged_in_oncord(plan_input: PlanInput, link: Link, survivor: str) -> Operation:
    taken = plan_input.links.live((Side.ONCORD, Kind.CONTACT, survivor)) is not None
    reason = (
        "The contact was merged into another one in Oncord; its customer now belongs to that one. "
        "Nothing is merged in QuickBooks."
    )
    return repointed(Side.ONCORD, Kind.CONTACT, link.oncord_id, survivor, "C2", reason, stands_beside=taken)


def _merged_in_quickbooks(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, link: Link, survivor: str
) -> Iterator[Operation]:
    key = (Side.QUICKBOOKS, Kind.CONTACT, survivor)
    taken = plan_input.links.live(key) is not None or id_map.is_taken(survivor)
    if taken or id_map.paired(*key) not in (None, link.oncord_id):
        yield _merged_into_one_that_has_a_contact(plan_input, id_map, change, link, survivor)
        return
    id_map.merge(link.oncord_id, link.quickbooks_id, survivor)
    reason = "The customer was merged into another one in QuickBooks; its contact now belongs to that one."
    yield repointed(Side.QUICKBOOKS, Kind.CONTACT, link.quickbooks_id, survivor, "C5", reason)


def _merged_into_one_that_has_a_contact(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, link: Link, survivor: str
) -> Operation:
    """Nothing is merged in Oncord. Where both customers are one contact's by now (its own was merged into one that a merge
    in Oncord had brought), the one that stands carries the contact's details."""
    key = (Side.QUICKBOOKS, Kind.CONTACT, survivor)
    if id_map.find(*key) != link.oncord_id:
        reason = "The customer was merged into that of another contact in QuickBooks. Nothing is merged in Oncord."
        return skip(change, "C6", reason)
    leading = plan_input.links.live((Side.ONCORD, Kind.CONTACT, link.oncord_id))
    standing = plan_input.links.live(key)
    if leading is None or leading.id != link.id or standing is None or standing.oncord_id != link.oncord_id:
        return skip(change, "C6", "The customer was merged into another one of the same contact in QuickBooks.")
    reason = (
        "The customer was merged into another one of the same contact in QuickBooks; that one carries the contact's details "
        "from now on."
    )
    return repointed(Side.QUICKBOOKS, Kind.CONTACT, link.quickbooks_id, survivor, "C5", reason)
