"""Contacts and customers that were touched: rules C1 to C6, and merges on either side."""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.contacts.ensure import find_customer, pull_customer
from app.domain.contacts.reconcile import both, merged, updates
from app.domain.model.links import Link
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Contact, Kind, Side
from app.domain.planning.decisions import (
    agreed,
    restored,
    skip,
    tombstoned,
)
from app.domain.planning.id_map import IdMap
from app.domain.planning.plan_input import ChangedRecord, PlanInput


def plan_contact(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord) -> Iterator[Operation]:
    """Decide about one touched contact or customer."""
    link = plan_input.links.live(change.key)
    snapshot = plan_input.snapshot(*change.key)
    tombstone = plan_input.links.tombstone(change.key)
    if snapshot is None:
        yield skip(change, "C2", "It was never seen here, so there is nothing to compare.")
    elif link is not None:
        yield from _linked(plan_input, id_map, change, link)
    elif tombstone is not None:
        yield from _buried(plan_input, id_map, change, tombstone)
    elif snapshot.deleted:
        yield skip(change, "C3", "It was deleted before it was ever synchronised.")
    elif change.side is Side.ONCORD and id_map.owner(change.id) != change.id:
        words = f"It is the same person as contact {id_map.owner(change.id)}, whose details the customer carries."
        yield skip(change, "C2", words)
    elif change.side is Side.ONCORD:
        found = list(find_customer(plan_input, id_map, change.id))
        unneeded = skip(change, "C1", "It has no sale that is synchronised, so QuickBooks does not need it yet.")
        yield from found or [unneeded]
    else:
        yield from pull_customer(plan_input, id_map, snapshot)


def _buried(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, tombstone: Link) -> Iterator[Operation]:
    back = plan_input.snapshot(*change.key)
    other = plan_input.snapshot(change.side.other, Kind.CONTACT, tombstone.id_on(change.side.other))
    if tombstone.gone is change.side and back is not None and not back.deleted and other and not other.deleted:
        # All its customers were buried with it; the first of them is the one that carries its details.
        buried_with = [
            t for t in plan_input.links.tombstones(change.key) if t.gone is change.side and _free(plan_input, id_map, t)
        ]
        id_map.taken |= {t.quickbooks_id for t in buried_with}
        for each in buried_with:
            yield restored(each, "C2", "The contact is back in Oncord; it is the same customer as before.")
        if buried_with:
            yield from _compared(plan_input, id_map, change, buried_with[0])
            return
    yield skip(change, "C3", "Its counterpart was deleted; it is only made anew when asked for.")


def _free(plan_input: PlanInput, id_map: IdMap, tombstone: Link) -> bool:
    customer = tombstone.quickbooks_id
    live = plan_input.links.live((Side.QUICKBOOKS, Kind.CONTACT, customer))
    return live is None and customer not in id_map.taken


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
    _, theirs = both(oncord, quickbooks)
    survivor = plan_input.merged_customers.get(link.quickbooks_id)
    if survivor is not None:
        yield from _merged_in_quickbooks(plan_input, id_map, change, link, survivor)
    elif quickbooks.deleted or not theirs.active:
        yield skip(change, "C6", "The customer is inactive in QuickBooks. The contact stays as it is in Oncord.")
    elif link.part and link != plan_input.links.live((Side.ONCORD, Kind.CONTACT, link.oncord_id)):
        yield skip(change, "C5", "Only the contact's primary customer carries its details.")
    else:
        operations = list(updates(plan_input, oncord, quickbooks, merged(plan_input, link, oncord, quickbooks), link))
        if operations and (link.base_oncord is None or link.base_quickbooks is None):
            yield replace(agreed(change, link, "C5"), reason="They meet anew; what they say alike is agreed on.")
        yield from operations or [agreed(change, link, "C2" if change.side is Side.ONCORD else "C5")]


def _merged_in_oncord(plan_input: PlanInput, link: Link, survivor: str) -> Operation:
    taken = plan_input.links.live((Side.ONCORD, Kind.CONTACT, survivor)) is not None
    return Operation(
        Action.REPOINT,
        Side.ONCORD,
        Kind.CONTACT,
        "C2",
        "The contact was merged into another one in Oncord; its customer now belongs to that one. Nothing is merged in QuickBooks.",
        source_id=survivor,
        target_id=link.oncord_id,
        part=link.quickbooks_id if taken else "",
    )


def _merged_in_quickbooks(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, link: Link, survivor: str
) -> Iterator[Operation]:
    key = (Side.QUICKBOOKS, Kind.CONTACT, survivor)
    taken = plan_input.links.live(key) is not None or survivor in id_map.taken
    if taken or id_map.known.get(key, link.oncord_id) != link.oncord_id:
        reason = "The customer was merged into that of another contact in QuickBooks. Nothing is merged in Oncord."
        if id_map.find(*key) == link.oncord_id:
            reason = "The customer was merged into another one of the same contact in QuickBooks."
        yield skip(change, "C6", reason)
        return
    id_map.taken.add(survivor)
    yield Operation(
        Action.REPOINT,
        Side.QUICKBOOKS,
        Kind.CONTACT,
        "C5",
        "The customer was merged into another one in QuickBooks; its contact now belongs to that one.",
        source_id=survivor,
        target_id=link.quickbooks_id,
    )
