"""Contacts and customers: rules C1 to C6, matching, merges."""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.links import Link, Origin
from app.domain.matching import matching_contacts, normalised
from app.domain.merge import Merged, alike, first_meeting, three_way
from app.domain.operations import Action, Operation
from app.domain.records import Contact, Kind, Name, Side, Snapshot
from app.domain.situation import Situation, Touched
from app.domain.translate import Directory, contact_to

_FILLED = frozenset({"email", "phone", "mobile", "fax", "website", "billing_address", "shipping_address", "tax_number"})


def plan_contact(situation: Situation, directory: Directory, touched: Touched) -> Iterator[Operation]:
    """Decide about one touched contact or customer."""
    link = situation.links.live(touched.key)
    snapshot = situation.snapshot(*touched.key)
    if snapshot is None:
        yield _decision(Action.SKIP, touched, "C2", "It was never seen here, so there is nothing to compare.")
    elif link is not None:
        yield from _linked(situation, directory, touched, link)
    elif situation.links.tombstone(touched.key) is not None:
        yield _decision(Action.SKIP, touched, "C3", "Its counterpart was deleted; it is only made anew when asked for.")
    elif snapshot.deleted:
        yield _decision(Action.SKIP, touched, "C3", "It was deleted before it was ever synchronised.")
    elif touched.side is Side.ONCORD:
        yield _decision(
            Action.SKIP, touched, "C1", "It has no sale that is synchronised, so QuickBooks does not need it yet."
        )
    else:
        yield from pull_customer(situation, directory, snapshot)


def create_customer(situation: Situation, directory: Directory, contact_id: str, reason: str) -> Iterator[Operation]:
    """Make the customer that a sale or receipt needs (C1); nothing where it is linked or already coming."""
    key = (Side.ONCORD, Kind.CONTACT, contact_id)
    snapshot = situation.snapshot(*key)
    contact = snapshot.record if snapshot else None
    if directory.across(*key) is not None or not isinstance(contact, Contact) or snapshot is None or snapshot.deleted:
        return
    if situation.links.tombstone(key) is not None:
        return
    matches = matching_contacts(contact, situation.candidates.get((Side.QUICKBOOKS, Kind.CONTACT), ()))
    if len(matches) == 1:
        yield from adopt(situation, directory, snapshot, matches[0])
        return
    if matches:
        yield Operation(
            Action.PARK,
            Side.QUICKBOOKS,
            Kind.CONTACT,
            "C1",
            f"{len(matches)} QuickBooks customers could be this contact. Say which one it is, or that it is a new one.",
            source_id=contact_id,
            waits_for="person",
        )
        return
    translated = contact_to(Side.QUICKBOOKS, contact)
    translated = replace(translated, name=unique_name(situation, translated))
    situation.names_taken[normalised(translated.name.display)] = "coming"
    directory.coming.add(key)
    yield Operation(
        Action.CREATE,
        Side.QUICKBOOKS,
        Kind.CONTACT,
        "C1",
        reason,
        source_id=contact_id,
        record=translated,
        fields=("name",),
        origin=Origin.ONCORD,
        backfill=situation.backfill,
    )


def unique_name(situation: Situation, contact: Contact, own_id: str = "") -> Name:
    """The contact's name with a DisplayName that nobody in QuickBooks has: a readable suffix, never "-1"."""
    name = contact.name

    def free(display: str) -> bool:
        holder = situation.names_taken.get(normalised(display))
        return holder is None or (own_id != "" and holder == own_id)

    return replace(name, display=next(c for c in name_choices(contact) if free(c)))


def name_choices(contact: Contact) -> list[str]:
    """The DisplayNames that a contact may get, the plainest first."""
    name = contact.name
    plain = name.display or contact.email or "Customer"
    suffixes = [s for s in (contact.email, name.company, contact.phone, contact.billing_address.suburb) if s]
    choices = [plain, *(f"{plain} ({s})" for s in suffixes if normalised(s) != normalised(plain))]
    choices += [f"{plain} (customer)", *(f"{plain} (customer {n})" for n in range(2, 100))]
    return [" ".join(c.replace(":", " ").split()) for c in choices]


def pull_customer(situation: Situation, directory: Directory, snapshot: Snapshot) -> Iterator[Operation]:
    """Bring an unlinked customer into Oncord (C4): adopt its contact if it is there, else create it."""
    customer = snapshot.record
    key = (Side.QUICKBOOKS, Kind.CONTACT, snapshot.id)
    if not isinstance(customer, Contact) or directory.across(*key) is not None:
        return
    touched = Touched(*key)
    if stands_for_parent(customer):
        yield _decision(
            Action.SKIP,
            touched,
            "C4",
            "It is a project or a sub-customer without an e-mail of its own; it stands for its parent.",
        )
        return
    if not customer.active:
        yield _decision(Action.SKIP, touched, "C6", "It is inactive in QuickBooks.")
        return
    matches = matching_contacts(customer, situation.candidates.get((Side.ONCORD, Kind.CONTACT), ()))
    matches = [m for m in matches if directory.across(Side.ONCORD, Kind.CONTACT, m.id) is None]
    if len(matches) == 1:
        yield from adopt(situation, directory, matches[0], snapshot)
        return
    if matches:
        yield Operation(
            Action.PARK,
            Side.ONCORD,
            Kind.CONTACT,
            "C4",
            f"{len(matches)} Oncord contacts could be this customer. Say which one it is, or that it is a new one.",
            source_id=snapshot.id,
            waits_for="person",
        )
        return
    directory.coming.add(key)
    yield Operation(
        Action.CREATE,
        Side.ONCORD,
        Kind.CONTACT,
        "C4",
        "This QuickBooks customer is not in Oncord yet.",
        source_id=snapshot.id,
        record=contact_to(Side.ONCORD, customer),
        fields=("name",),
        origin=Origin.QUICKBOOKS,
        backfill=situation.backfill,
    )


def stands_for_parent(customer: Contact) -> bool:
    """Whether a customer is a project, or a sub-customer without an e-mail of its own (C4)."""
    return bool(customer.parent_id) and (customer.is_project or not customer.email)


def adopt(situation: Situation, directory: Directory, oncord: Snapshot, quickbooks: Snapshot) -> Iterator[Operation]:
    """Link a contact and a customer that were both there already; what one of them lacks is filled from the other."""
    ours, theirs = oncord.record, quickbooks.record
    assert isinstance(ours, Contact)
    assert isinstance(theirs, Contact)
    merged = _met(situation, ours, theirs)
    known = directory.known
    assert isinstance(known, dict)
    known[(Side.ONCORD, Kind.CONTACT, oncord.id)] = quickbooks.id
    known[(Side.QUICKBOOKS, Kind.CONTACT, quickbooks.id)] = oncord.id
    yield Operation(
        Action.ADOPT,
        Side.QUICKBOOKS,
        Kind.CONTACT,
        "C4",
        "The same contact was there on both sides before; they are one from now on.",
        source_id=oncord.id,
        target_id=quickbooks.id,
        origin=Origin.BOTH,
    )
    yield from _updates(situation, oncord, quickbooks, merged.to_quickbooks, merged.to_oncord, merged.disagreements)


def _linked(situation: Situation, directory: Directory, touched: Touched, link: Link) -> Iterator[Operation]:
    oncord = situation.snapshot(Side.ONCORD, Kind.CONTACT, link.oncord_id)
    quickbooks = situation.snapshot(Side.QUICKBOOKS, Kind.CONTACT, link.quickbooks_id)
    if oncord is None or quickbooks is None:
        yield _decision(
            Action.SKIP, touched, "C2", "Its counterpart has not been read yet; there is nothing to compare."
        )
        return
    if oncord.merged_into:
        yield _repoint(situation, link, oncord.merged_into)
        return
    if oncord.deleted:
        yield Operation(
            Action.TOMBSTONE,
            Side.ONCORD,
            Kind.CONTACT,
            "C3",
            "The contact was deleted in Oncord. The customer stays in QuickBooks.",
            source_id=link.quickbooks_id,
            target_id=link.oncord_id,
        )
        return
    ours, theirs = oncord.record, quickbooks.record
    assert isinstance(ours, Contact)
    assert isinstance(theirs, Contact)
    if quickbooks.deleted or not theirs.active:
        yield _decision(
            Action.SKIP, touched, "C6", "The customer is inactive in QuickBooks. The contact stays as it is in Oncord."
        )
        return
    if link.part:
        yield _decision(Action.SKIP, touched, "C5", "Only the contact's primary customer carries its details.")
        return
    merged = _met(situation, ours, theirs) if link.base_oncord is None else _merged(situation, link, ours, theirs)
    operations = list(
        _updates(situation, oncord, quickbooks, merged.to_quickbooks, merged.to_oncord, merged.disagreements, link)
    )
    if operations:
        yield from operations
    else:
        yield Operation(
            Action.REBASE,
            touched.side.other,
            Kind.CONTACT,
            "C2" if touched.side is Side.ONCORD else "C5",
            "Both sides say the same; nothing to do.",
            source_id=link.id_on(touched.side),
            target_id=link.id_on(touched.side.other),
        )


def _met(situation: Situation, ours: Contact, theirs: Contact) -> Merged:
    as_theirs = contact_to(Side.QUICKBOOKS, ours)
    return first_meeting(
        Kind.CONTACT,
        oncord=ours,
        quickbooks=theirs,
        winner=situation.configuration.conflict_winner[Kind.CONTACT],
        same=lambda group: alike(getattr(as_theirs, group), getattr(theirs, group)),
        fill=_FILLED,
        decide=frozenset(),
    )


def _merged(situation: Situation, link: Link, ours: Contact, theirs: Contact) -> Merged:
    as_theirs = contact_to(Side.QUICKBOOKS, ours)
    return three_way(
        Kind.CONTACT,
        base_oncord=link.base_oncord,
        oncord=ours,
        base_quickbooks=link.base_quickbooks,
        quickbooks=theirs,
        winner=situation.configuration.conflict_winner[Kind.CONTACT],
        same=lambda group: alike(getattr(as_theirs, group), getattr(theirs, group)),
    )


def _repoint(situation: Situation, link: Link, survivor: str) -> Operation:
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


def _updates(
    situation: Situation,
    oncord: Snapshot,
    quickbooks: Snapshot,
    to_quickbooks: tuple[str, ...],
    to_oncord: tuple[str, ...],
    disagreements: tuple[object, ...],
    link: Link | None = None,
) -> Iterator[Operation]:
    ours, theirs = oncord.record, quickbooks.record
    assert isinstance(ours, Contact)
    assert isinstance(theirs, Contact)
    if to_quickbooks:
        wanted = contact_to(Side.QUICKBOOKS, ours)
        if "name" in to_quickbooks:
            wanted = replace(wanted, name=unique_name(situation, wanted, quickbooks.id))
        yield Operation(
            Action.UPDATE,
            Side.QUICKBOOKS,
            Kind.CONTACT,
            "C2",
            "Changed in Oncord: " + _words(to_quickbooks) + ".",
            source_id=oncord.id,
            target_id=quickbooks.id,
            record=wanted,
            fields=to_quickbooks,
            expected_version=quickbooks.version,
            disagreements=disagreements,  # type: ignore[arg-type]
            backfill=situation.backfill,
        )
    if to_oncord:
        yield Operation(
            Action.UPDATE,
            Side.ONCORD,
            Kind.CONTACT,
            "C5",
            "Changed in QuickBooks: " + _words(to_oncord) + ".",
            source_id=quickbooks.id,
            target_id=oncord.id,
            record=contact_to(Side.ONCORD, theirs),
            fields=to_oncord,
            expected_version=oncord.version,
            disagreements=() if to_quickbooks else disagreements,  # type: ignore[arg-type]
            backfill=situation.backfill,
        )


def _words(groups: tuple[str, ...]) -> str:
    return ", ".join(g.replace("_", " ") for g in groups)


def _decision(action: Action, touched: Touched, rule: str, reason: str) -> Operation:
    return Operation(action, touched.side.other, Kind.CONTACT, rule, reason, source_id=touched.id)
