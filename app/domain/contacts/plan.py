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
    buried,
    restored,
    skip,
)
from app.domain.planning.id_map import Directory
from app.domain.planning.plan_input import Situation, Touched


def plan_contact(situation: Situation, directory: Directory, touched: Touched) -> Iterator[Operation]:
    """Decide about one touched contact or customer."""
    link = situation.links.live(touched.key)
    snapshot = situation.snapshot(*touched.key)
    tombstone = situation.links.tombstone(touched.key)
    if snapshot is None:
        yield skip(touched, "C2", "It was never seen here, so there is nothing to compare.")
    elif link is not None:
        yield from _linked(situation, directory, touched, link)
    elif tombstone is not None:
        yield from _buried(situation, directory, touched, tombstone)
    elif snapshot.deleted:
        yield skip(touched, "C3", "It was deleted before it was ever synchronised.")
    elif touched.side is Side.ONCORD and directory.owner(touched.id) != touched.id:
        words = f"It is the same person as contact {directory.owner(touched.id)}, whose details the customer carries."
        yield skip(touched, "C2", words)
    elif touched.side is Side.ONCORD:
        found = list(find_customer(situation, directory, touched.id))
        unneeded = skip(touched, "C1", "It has no sale that is synchronised, so QuickBooks does not need it yet.")
        yield from found or [unneeded]
    else:
        yield from pull_customer(situation, directory, snapshot)


def _buried(situation: Situation, directory: Directory, touched: Touched, tombstone: Link) -> Iterator[Operation]:
    back = situation.snapshot(*touched.key)
    other = situation.snapshot(touched.side.other, Kind.CONTACT, tombstone.id_on(touched.side.other))
    if tombstone.gone is touched.side and back is not None and not back.deleted and other and not other.deleted:
        # All its customers were buried with it; the first of them is the one that carries its details.
        buried_with = [
            t
            for t in situation.links.tombstones(touched.key)
            if t.gone is touched.side and _free(situation, directory, t)
        ]
        directory.taken |= {t.quickbooks_id for t in buried_with}
        for each in buried_with:
            yield restored(each, "C2", "The contact is back in Oncord; it is the same customer as before.")
        if buried_with:
            yield from _compared(situation, directory, touched, buried_with[0])
            return
    yield skip(touched, "C3", "Its counterpart was deleted; it is only made anew when asked for.")


def _free(situation: Situation, directory: Directory, tombstone: Link) -> bool:
    customer = tombstone.quickbooks_id
    live = situation.links.live((Side.QUICKBOOKS, Kind.CONTACT, customer))
    return live is None and customer not in directory.taken


def _linked(situation: Situation, directory: Directory, touched: Touched, link: Link) -> Iterator[Operation]:
    oncord = situation.snapshot(Side.ONCORD, Kind.CONTACT, link.oncord_id)
    quickbooks = situation.snapshot(Side.QUICKBOOKS, Kind.CONTACT, link.quickbooks_id)
    if oncord is None or quickbooks is None:
        yield skip(touched, "C2", "Its counterpart has not been read yet; there is nothing to compare.")
    elif oncord.merged_into:
        yield _merged_in_oncord(situation, link, oncord.merged_into)
    elif oncord.deleted:
        reason = "The contact was deleted in Oncord. The customer stays in QuickBooks."
        yield buried(Side.ONCORD, link, "C3", reason)
    else:
        yield from _compared(situation, directory, touched, link)


def _compared(situation: Situation, directory: Directory, touched: Touched, link: Link) -> Iterator[Operation]:
    oncord = situation.snapshot(Side.ONCORD, Kind.CONTACT, link.oncord_id)
    quickbooks = situation.snapshot(Side.QUICKBOOKS, Kind.CONTACT, link.quickbooks_id)
    assert oncord is not None
    assert quickbooks is not None
    if not isinstance(oncord.record, Contact) or not isinstance(quickbooks.record, Contact):
        yield skip(touched, "C2", "One of the two could not be read; it is compared when it changes again.")
        return
    _, theirs = both(oncord, quickbooks)
    survivor = situation.merged_customers.get(link.quickbooks_id)
    if survivor is not None:
        yield from _merged_in_quickbooks(situation, directory, touched, link, survivor)
    elif quickbooks.deleted or not theirs.active:
        yield skip(touched, "C6", "The customer is inactive in QuickBooks. The contact stays as it is in Oncord.")
    elif link.part and link != situation.links.live((Side.ONCORD, Kind.CONTACT, link.oncord_id)):
        yield skip(touched, "C5", "Only the contact's primary customer carries its details.")
    else:
        operations = list(updates(situation, oncord, quickbooks, merged(situation, link, oncord, quickbooks), link))
        if operations and (link.base_oncord is None or link.base_quickbooks is None):
            yield replace(agreed(touched, link, "C5"), reason="They meet anew; what they say alike is agreed on.")
        yield from operations or [agreed(touched, link, "C2" if touched.side is Side.ONCORD else "C5")]


def _merged_in_oncord(situation: Situation, link: Link, survivor: str) -> Operation:
    taken = situation.links.live((Side.ONCORD, Kind.CONTACT, survivor)) is not None
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
    situation: Situation, directory: Directory, touched: Touched, link: Link, survivor: str
) -> Iterator[Operation]:
    key = (Side.QUICKBOOKS, Kind.CONTACT, survivor)
    taken = situation.links.live(key) is not None or survivor in directory.taken
    if taken or directory.known.get(key, link.oncord_id) != link.oncord_id:
        reason = "The customer was merged into that of another contact in QuickBooks. Nothing is merged in Oncord."
        if directory.across(*key) == link.oncord_id:
            reason = "The customer was merged into another one of the same contact in QuickBooks."
        yield skip(touched, "C6", reason)
        return
    directory.taken.add(survivor)
    yield Operation(
        Action.REPOINT,
        Side.QUICKBOOKS,
        Kind.CONTACT,
        "C5",
        "The customer was merged into another one in QuickBooks; its contact now belongs to that one.",
        source_id=survivor,
        target_id=link.quickbooks_id,
    )
