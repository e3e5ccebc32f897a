"""How a contact and its customer come to say the same: the merge of a pair, and the updates that follow from it."""

import re
from collections.abc import Iterator
from dataclasses import replace

from app.domain.contacts.naming import renamed
from app.domain.matching.addresses import addresses
from app.domain.matching.people import named_apart
from app.domain.model.description import decided_at_meeting, filled_at_meeting
from app.domain.model.links import Link, Origin
from app.domain.model.operations import Operation
from app.domain.model.records import (
    Contact,
    Kind,
    Side,
    Snapshot,
)
from app.domain.model.write_fields import ACTIVE
from app.domain.planning.conversion import contact_to, display_name
from app.domain.planning.decisions import words
from app.domain.planning.id_map import IdMap
from app.domain.planning.merge import (
    Merged,
    agrees,
    first_meeting,
    three_way,
)
from app.domain.planning.plan_input import PlanInput
from app.domain.planning.writes import update


def both(oncord: Snapshot, quickbooks: Snapshot) -> tuple[Contact, Contact]:
    """The contents of a pair that is there on both sides."""
    assert isinstance(oncord.record, Contact)
    assert isinstance(quickbooks.record, Contact)
    return oncord.record, quickbooks.record


def met(plan_input: PlanInput, oncord: Snapshot, quickbooks: Snapshot, link: Link | None = None) -> Merged:
    """A pair that has no base: gaps are filled, and where both say something different the winner goes on.

    Two that were matched keep their names as each side has them: those are compatible. A merge brings any two together
    (`link`): names that are not plainly one's, or one that was typed since the last agreement, are decided about like everything else.
    Who goes on in which field depends on whether the books knew them before.
    """
    contact, customer = both(oncord, quickbooks)
    before = link.base_oncord if link is not None else None
    typed = isinstance(before, Contact) and before.name != contact.name
    names = {"name"} if link is not None and (typed or named_apart(contact, customer)) else set[str]()
    as_customer = contact_to(Side.QUICKBOOKS, contact)
    return first_meeting(
        Kind.CONTACT,
        oncord=contact,
        quickbooks=customer,
        winner=plan_input.configuration.contact_winners(link.origin if link is not None else Origin.BOTH),
        same=lambda group: agrees(group, getattr(as_customer, group), getattr(customer, group)),
        fill=filled_at_meeting(Kind.CONTACT),
        decide=decided_at_meeting(Kind.CONTACT) | names,
    )


def merged(plan_input: PlanInput, link: Link, oncord: Snapshot, quickbooks: Snapshot) -> Merged:
    """What has moved on either side since the pair last agreed."""
    if link.base_oncord is None or link.base_quickbooks is None:
        return met(plan_input, oncord, quickbooks, link)
    contact, customer = both(oncord, quickbooks)
    as_customer = contact_to(Side.QUICKBOOKS, contact)
    return three_way(
        Kind.CONTACT,
        base_oncord=link.base_oncord,
        oncord=contact,
        base_quickbooks=link.base_quickbooks,
        quickbooks=customer,
        winner=plan_input.configuration.contact_winners(link.origin),
        same=lambda group: agrees(group, getattr(as_customer, group), getattr(customer, group)),
    )


def updates(
    plan_input: PlanInput,
    id_map: IdMap,
    oncord: Snapshot,
    quickbooks: Snapshot,
    merge: Merged,
    link: Link | None = None,
) -> Iterator[Operation]:
    """The writes that carry a merge over, at most one for each side."""
    if merge.to_quickbooks:
        yield update(
            quickbooks,
            oncord.id,
            _as_customer(plan_input, id_map, oncord, quickbooks, merge.to_quickbooks, link),
            "C2",
            f"Changed in Oncord: {words(merge.to_quickbooks)}.",
            fields=merge.to_quickbooks,
            disagreements=merge.lost_on(Side.QUICKBOOKS),
            backfill=plan_input.backfill,
        )
    if merge.to_oncord:
        yield update(
            oncord,
            quickbooks.id,
            _as_kept(*both(oncord, quickbooks)),
            "C5",
            f"Changed in QuickBooks: {words(merge.to_oncord)}.",
            fields=merge.to_oncord,
            disagreements=merge.lost_on(Side.ONCORD),
            backfill=plan_input.backfill,
        )


def _as_kept(contact: Contact, customer: Contact) -> Contact:
    """The customer in Oncord's words. A company stays one whoever its contact person is: QuickBooks does not tell."""
    converted = contact_to(Side.ONCORD, customer)
    if contact.name.type == "company" and converted.name.company:
        name = replace(converted.name, type="company")
        return replace(converted, name=replace(name, display=display_name(name)))
    return converted


def reactivation(
    plan_input: PlanInput, id_map: IdMap, oncord: Snapshot, quickbooks: Snapshot, link: Link | None
) -> Iterator[Operation]:
    """Make an inactive customer active again, and carry over what has changed on either side meanwhile (C6)."""
    primary = link is not None and link == plan_input.links.live((Side.ONCORD, Kind.CONTACT, link.oncord_id))
    merge = merged(plan_input, link, oncord, quickbooks) if link is not None and primary else Merged()
    fields = merge.to_quickbooks
    yield update(
        quickbooks,
        oncord.id,
        replace(_as_customer(plan_input, id_map, oncord, quickbooks, fields, link), active=True),
        "C6",
        "A sale needs this inactive customer; it is made active again. "
        "If it had been merged into another one in QuickBooks, merge them once more there.",
        fields=(*fields, ACTIVE),
        disagreements=merge.lost_on(Side.QUICKBOOKS),
    )
    yield from updates(plan_input, id_map, oncord, quickbooks, replace(merge, to_quickbooks=()), link)


def reactivation_for_documents(oncord_id: str, quickbooks: Snapshot, customer: Contact) -> Operation:
    """Make the customer of a contact that was deleted active again, for the documents that it left behind (C6)."""
    return update(
        quickbooks,
        oncord_id,
        replace(customer, active=True),
        "C6",
        "Its contact was deleted in Oncord, but a sale of it goes on and needs this inactive customer; it is made active "
        "again.",
        fields=(ACTIVE,),
    )


def _as_customer(
    plan_input: PlanInput,
    id_map: IdMap,
    oncord: Snapshot,
    quickbooks: Snapshot,
    fields: tuple[str, ...],
    link: Link | None,
) -> Contact:
    contact, customer = both(oncord, quickbooks)
    before = link.base_oncord if link is not None and isinstance(link.base_oncord, Contact) else None
    target = contact_to(Side.QUICKBOOKS, contact)
    target = replace(target, email=_listed(customer.email, before.email if before else "", contact.email))
    if "name" not in fields:
        return target
    return replace(target, name=renamed(plan_input, id_map, target, before, customer, quickbooks.id))


def _listed(customers_email: str, before: str, now: str) -> str:
    """The contact's present address; where QuickBooks holds a list, it takes the place of the former one in it."""
    listed = [a.strip() for a in re.split(r"[,;]", customers_email) if a.strip()]
    if not now or len(listed) < 2 or not addresses(before) & addresses(customers_email):
        return now
    return ", ".join(now if addresses(a) & addresses(before) else a for a in listed)
