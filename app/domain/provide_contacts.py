"""The counterpart of a contact that a sale or receipt needs: found, adopted, created, or made active again."""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.agree_contacts import met, updates, waking
from app.domain.decisions import adopted, skip
from app.domain.directory import Directory, Obstacle
from app.domain.links import Link, Origin
from app.domain.matching import matching_contacts, normalised
from app.domain.naming import unique_name
from app.domain.operations import Action, Operation
from app.domain.records import Contact, Kind, Reference, Side, Snapshot
from app.domain.situation import Situation, Touched
from app.domain.translate import contact_to


def provide_customer(situation: Situation, directory: Directory, contact_id: str, reason: str) -> Iterator[Operation]:
    """Make sure that the contact has a customer that documents can be written for (C1, C6).

    Raises `Obstacle` where a person has to decide first: several customers could be it, or it was deleted on purpose.
    """
    key = (Side.ONCORD, Kind.CONTACT, contact_id)
    known = directory.across(*key)
    if isinstance(known, str):
        yield from _awake(situation, directory, contact_id, known)
        return
    snapshot = situation.snapshot(*key)
    contact = snapshot.record if snapshot else None
    if known is not None or snapshot is None or snapshot.deleted or not isinstance(contact, Contact):
        return
    if situation.links.buried(key):
        raise _deleted(contact_id, "Its customer was deleted. Ask for the customer to be made anew.")
    yield from find_customer(situation, directory, contact_id)
    found = directory.across(*key)
    if isinstance(found, str):
        yield from _awake(situation, directory, contact_id, found)
        return
    matches = _free(situation, directory, Side.QUICKBOOKS, contact)
    if matches:
        yield _which(Side.QUICKBOOKS, contact_id, "C1", len(matches), "QuickBooks customers could be this contact")
        raise Obstacle(
            f"contact:oncord:{contact_id}", "It waits until somebody has said which customer its contact is."
        )
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
        generation=situation.links.generation(key),
        origin=Origin.ONCORD,
        backfill=situation.backfill,
    )


def find_customer(situation: Situation, directory: Directory, contact_id: str) -> Iterator[Operation]:
    """Adopt the customer that an unlinked contact is, if there is exactly one; create nothing and ask nothing."""
    key = (Side.ONCORD, Kind.CONTACT, contact_id)
    snapshot = situation.snapshot(*key)
    contact = snapshot.record if snapshot else None
    if directory.across(*key) is not None or snapshot is None or snapshot.deleted or not isinstance(contact, Contact):
        return
    if situation.links.buried(key):
        return
    matches = _free(situation, directory, Side.QUICKBOOKS, contact)
    if len(matches) == 1 and len(_rivals(situation, directory, Side.ONCORD, matches[0], contact_id)) == 1:
        yield from adopt(situation, directory, snapshot, matches[0])


def pull_customer(situation: Situation, directory: Directory, snapshot: Snapshot) -> Iterator[Operation]:
    """Bring an unlinked customer into Oncord (C4): adopt its contact if it is there, else create it."""
    customer = snapshot.record
    key = (Side.QUICKBOOKS, Kind.CONTACT, snapshot.id)
    if not isinstance(customer, Contact):
        return
    touched = Touched(*key)
    if directory.across(*key) is not None:
        yield skip(touched, "C4", "It has been joined with its contact already.")
        return
    if stands_for_parent(customer):
        words = "It is a project or a sub-customer without an e-mail of its own; it stands for its parent."
        yield skip(touched, "C4", words)
        return
    if not customer.active:
        yield skip(touched, "C6", "It is inactive in QuickBooks.")
        return
    matches = _free(situation, directory, Side.ONCORD, customer)
    if len(matches) == 1 and len(_rivals(situation, directory, Side.QUICKBOOKS, matches[0], snapshot.id)) == 1:
        yield from adopt(situation, directory, matches[0], snapshot)
        return
    if matches:
        yield _which(Side.ONCORD, snapshot.id, "C4", len(matches), "Oncord contacts could be this customer")
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
        generation=situation.links.generation(key),
        origin=Origin.QUICKBOOKS,
        backfill=situation.backfill,
    )


def stands_for_parent(customer: Contact) -> bool:
    """Whether a customer is a project, or a sub-customer without an e-mail of its own (C4)."""
    return bool(customer.parent_id) and (customer.is_project or not customer.email)


def owner_of(situation: Situation, directory: Directory, customer_id: Reference) -> Reference | None:
    """The contact that a customer, or the parent that it stands for, belongs to; None where there is none yet."""
    chosen, seen = customer_id, set[Reference]()
    while isinstance(chosen, str) and chosen not in seen:
        seen.add(chosen)
        known = directory.across(Side.QUICKBOOKS, Kind.CONTACT, chosen)
        if known is not None:
            return known
        customer = situation.record(Side.QUICKBOOKS, Kind.CONTACT, chosen)
        if not isinstance(customer, Contact) or not stands_for_parent(customer):
            return None
        chosen = customer.parent_id
    return None


def provide_contact(situation: Situation, directory: Directory, customer_id: str) -> tuple[Reference, list[Operation]]:
    """The contact that an invoice's customer stands for, and what must be created before it can be used."""
    owner = owner_of(situation, directory, customer_id)
    if owner is not None:
        return owner, []
    chosen = customer_id
    while True:
        customer = situation.record(Side.QUICKBOOKS, Kind.CONTACT, chosen)
        if not isinstance(customer, Contact):
            raise Obstacle(f"contact:quickbooks:{chosen}", "It waits until its customer has been read from QuickBooks.")
        if not stands_for_parent(customer):
            break
        chosen = customer.parent_id
    key = (Side.QUICKBOOKS, Kind.CONTACT, chosen)
    if situation.links.buried(key):
        raise _deleted(chosen, "Its contact was deleted in Oncord. Ask for the contact to be made anew.")
    snapshot = situation.snapshots[key]
    operations = list(pull_customer(situation, directory, replace(snapshot, record=replace(customer, active=True))))
    known = directory.across(*key)
    if known is None:
        raise Obstacle(
            f"contact:quickbooks:{chosen}", "It waits until somebody has said which contact its customer is."
        )
    return known, operations


def adopt(situation: Situation, directory: Directory, oncord: Snapshot, quickbooks: Snapshot) -> Iterator[Operation]:
    """Link a contact and a customer that were both there already; what one of them lacks is filled from the other."""
    merged = met(situation, oncord, quickbooks)
    yield adopted(
        directory,
        Kind.CONTACT,
        oncord.id,
        quickbooks.id,
        "C4",
        "The same contact was there on both sides before; they are one from now on.",
    )
    yield from updates(situation, oncord, quickbooks, merged)


def _awake(situation: Situation, directory: Directory, contact_id: str, customer_id: str) -> Iterator[Operation]:
    oncord = situation.snapshot(Side.ONCORD, Kind.CONTACT, contact_id)
    customer = situation.snapshot(Side.QUICKBOOKS, Kind.CONTACT, customer_id)
    if oncord is None or customer is None or not isinstance(customer.record, Contact) or customer.record.active:
        return
    if customer_id not in directory.awake:
        directory.awake.add(customer_id)
        yield waking(situation, oncord, customer, _link(situation, customer_id))


def _link(situation: Situation, customer_id: str) -> Link | None:
    return situation.links.live((Side.QUICKBOOKS, Kind.CONTACT, customer_id))


def _free(situation: Situation, directory: Directory, side: Side, contact: Contact) -> list[Snapshot]:
    candidates = situation.candidates.get((side, Kind.CONTACT), ())
    return [m for m in matching_contacts(contact, candidates) if directory.across(side, Kind.CONTACT, m.id) is None]


def _rivals(situation: Situation, directory: Directory, side: Side, match: Snapshot, own_id: str) -> set[str]:
    """Everything on `side` that the match would be found for: with one's own id it has to be all there is."""
    assert isinstance(match.record, Contact)
    return {own_id, *(s.id for s in _free(situation, directory, side, match.record))}


def _which(side: Side, source_id: str, rule: str, count: int, words: str) -> Operation:
    several = f"{count} {words}" if count > 1 else f"More than one record matches: {words}"
    return Operation(
        Action.PARK,
        side,
        Kind.CONTACT,
        rule,
        f"{several}. Say which one it is, or that it is a new one.",
        source_id=source_id,
        waits_for="person",
    )


def _deleted(record_id: str, reason: str) -> Obstacle:
    return Obstacle("person", reason, f"deleted contact {record_id}")
