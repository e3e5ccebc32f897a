"""The counterpart of a contact that a sale or receipt needs: found, adopted, created, or made active again."""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.contacts.identity import currencies_in_sight, currency_of_customer, leader_of, who_is
from app.domain.contacts.naming import unique_name
from app.domain.contacts.ownership import owner_of, stands_for_parent
from app.domain.contacts.reconcile import (
    met,
    reactivation,
    reactivation_for_documents,
    updates,
)
from app.domain.contacts.same_people import (
    held_long_enough,
    same_person,
    separately,
    stands_in,
)
from app.domain.matching.natural_keys import normalised
from app.domain.model.link_part import PRIMARY, format_part, in_currency
from app.domain.model.links import Link
from app.domain.model.operations import Action, Operation
from app.domain.model.records import (
    Contact,
    Counterpart,
    Kind,
    Reference,
    Side,
    Snapshot,
)
from app.domain.model.waiting import OtherRecord, deleted_counterpart
from app.domain.planning.conversion import contact_to
from app.domain.planning.decisions import adopted, obstructed, skip
from app.domain.planning.id_map import IdMap, Obstacle
from app.domain.planning.labels import in_a_sentence
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.planning.questions import subject, waiting
from app.domain.planning.writes import create


def provide_customer(
    plan_input: PlanInput, id_map: IdMap, contact_id: str, reason: str, currency: str = ""
) -> Iterator[Operation]:
    """Make sure that the contact has a customer that documents of this currency can be written for (C1, C6).

    `currency` as `Configuration.books_currency` says it. A customer's currency cannot change, so a contact has one for
    each; the first is its primary one, whatever its currency, and the only one that carries its details.
    Raises `Obstacle` where a person has to decide first: several customers could be it, or it was deleted on purpose.
    """
    contact_id = id_map.owner(contact_id)
    key = (Side.ONCORD, Kind.CONTACT, contact_id)
    customer = id_map.customer(contact_id, currency)
    if isinstance(customer, str):
        yield from _awake(plan_input, id_map, contact_id, customer)
        return
    snapshot = plan_input.snapshot(*key)
    if customer is not None or snapshot is None or snapshot.deleted or not isinstance(snapshot.record, Contact):
        return
    if plan_input.links.tombstoned(key):
        raise _deleted(key, "Its customer was deleted in QuickBooks. Make the customer anew, or leave this as it is.")
    yield from find_customer(plan_input, id_map, contact_id)
    if id_map.owner(contact_id) != contact_id:
        yield from provide_customer(plan_input, id_map, contact_id, reason, currency)
        return
    adopted_customer = id_map.customer(contact_id, currency)
    if isinstance(adopted_customer, str):
        yield from _awake(plan_input, id_map, contact_id, adopted_customer)
        return
    yield from _nobody_else(plan_input, id_map, snapshot, currency)
    yield _customer_created(plan_input, id_map, contact_id, snapshot.record, reason, currency)


def _nobody_else(plan_input: PlanInput, id_map: IdMap, snapshot: Snapshot, currency: str) -> Iterator[Operation]:
    """Make sure that a contact which needs a customer is nobody who has one, or may be. Raises `Obstacle` otherwise."""
    twin = same_person(plan_input, id_map, snapshot)
    if isinstance(twin, Counterpart) and id_map.find(Side.ONCORD, Kind.CONTACT, snapshot.id) is None:
        twin_called = in_a_sentence(plan_input, Side.ONCORD, Kind.CONTACT, twin.id)
        words = f"It waits until {twin_called}, who is the same person, has a customer."
        raise Obstacle(OtherRecord(Kind.CONTACT, Side.ONCORD, twin.id), words)
    question = who_is(plan_input, id_map, snapshot, currency)
    if not isinstance(question, Operation):
        return
    if not held_long_enough(plan_input, question):
        yield question
        raise Obstacle(subject(question), "It waits until somebody has said which customer its contact is.")
    yield separately(plan_input, snapshot, question)


def _customer_created(
    plan_input: PlanInput, id_map: IdMap, contact_id: str, contact: Contact, reason: str, currency: str
) -> Operation:
    """The customer that a contact becomes; a further one, where it has one in another currency, says so in its name."""
    key = (Side.ONCORD, Kind.CONTACT, contact_id)
    part = PRIMARY if id_map.find(*key) is None else in_currency(currency)
    customer = replace(contact_to(Side.QUICKBOOKS, contact), currency=currency)
    customer = replace(customer, name=unique_name(plan_input, id_map, customer, currency=format_part(part)))
    id_map.give_name(Kind.CONTACT, normalised(customer.name.display))
    if part is PRIMARY:
        id_map.plan_create(key)
    id_map.plan_customer(contact_id, currency, part)
    return create(
        Side.QUICKBOOKS,
        Kind.CONTACT,
        contact_id,
        customer,
        "C1",
        reason,
        fields=("name",),
        generation=plan_input.links.generation(key),
        part=part,
        backfill=plan_input.backfill,
    )


def asked_who(plan_input: PlanInput, id_map: IdMap, contact_id: str, currency: str) -> Operation | None:
    """The question which customer a contact is, as long as documents wait for its answer."""
    snapshot = plan_input.snapshot(Side.ONCORD, Kind.CONTACT, contact_id)
    if snapshot is None or not isinstance(snapshot.record, Contact) or id_map.customer(contact_id, currency):
        return None
    match_or_question = who_is(plan_input, id_map, snapshot, currency)
    if not isinstance(match_or_question, Operation) or held_long_enough(plan_input, match_or_question):
        return None
    return match_or_question


def find_customer(plan_input: PlanInput, id_map: IdMap, contact_id: str) -> Iterator[Operation]:
    """Adopt the customer that a contact is, if that is certain, in every currency that it has none of yet.

    The home currency comes first and so becomes its primary one; creates nothing and asks nothing.
    """
    key = (Side.ONCORD, Kind.CONTACT, contact_id)
    snapshot = plan_input.snapshot(*key)
    contact = snapshot.record if snapshot else None
    if snapshot is None or snapshot.deleted or not isinstance(contact, Contact) or plan_input.links.tombstoned(key):
        return
    if id_map.find(*key) is None:
        owner = same_person(plan_input, id_map, snapshot)
        if isinstance(owner, str):
            yield stands_in(plan_input, id_map, contact_id, owner)
            return
    for currency in currencies_in_sight(plan_input):
        if id_map.customer(contact_id, currency) is not None:
            continue
        match_or_question = who_is(plan_input, id_map, snapshot, currency)
        if isinstance(match_or_question, Snapshot):
            yield from adopt(plan_input, id_map, snapshot, match_or_question)


def pull_customer(
    plan_input: PlanInput, id_map: IdMap, snapshot: Snapshot, *, needed: bool = False
) -> Iterator[Operation]:
    """Bring an unlinked customer into Oncord (C4): adopt its contact if it is there, else create it.

    `needed` by a document: then it does not wait for an answer for longer than was configured.
    """
    customer = snapshot.record
    key = (Side.QUICKBOOKS, Kind.CONTACT, snapshot.id)
    if not isinstance(customer, Contact):
        return
    change = ChangedRecord(*key)
    if id_map.find(*key) is not None:
        yield skip(change, "C4", "It has been joined with its contact already.")
        return
    if stands_for_parent(plan_input, customer):
        words = "It is a project or a sub-customer without an e-mail of its own; it stands for its parent."
        yield skip(change, "C4", words)
        return
    match_or_question = who_is(plan_input, id_map, snapshot, currency_of_customer(plan_input, customer))
    if not customer.active and key not in plan_input.match_answers:
        yield skip(change, "C6", "It is inactive in QuickBooks.")
        return
    if isinstance(match_or_question, Snapshot):
        yield from find_customer(plan_input, id_map, match_or_question.id)
        if id_map.find(*key) is None:
            yield from adopt(plan_input, id_map, match_or_question, snapshot)
        return
    if isinstance(match_or_question, Operation):
        if not (needed and held_long_enough(plan_input, match_or_question)):
            yield from waiting(plan_input, change, match_or_question)
            return
        yield separately(plan_input, snapshot, match_or_question)
    leader = leader_of(plan_input, id_map, snapshot)
    if leader.id != snapshot.id:
        if id_map.find(Side.QUICKBOOKS, Kind.CONTACT, leader.id) is None:
            yield from pull_customer(plan_input, id_map, leader)
        if not isinstance(id_map.find(Side.QUICKBOOKS, Kind.CONTACT, leader.id), str):
            id_map.follow(snapshot.id, leader.id)
            led_by = in_a_sentence(plan_input, Side.QUICKBOOKS, Kind.CONTACT, leader.id)
            words = f"It is the contact of {led_by} in another currency, and follows that one into Oncord."
            yield from obstructed(change, "C4", Obstacle(OtherRecord(Kind.CONTACT, Side.QUICKBOOKS, leader.id), words))
            return
    id_map.plan_create(key)
    yield create(
        Side.ONCORD,
        Kind.CONTACT,
        snapshot.id,
        contact_to(Side.ONCORD, customer),
        "C4",
        "This QuickBooks customer is not in Oncord yet.",
        fields=("name",),
        generation=plan_input.links.generation(key),
        backfill=plan_input.backfill,
    )


def provide_contact(plan_input: PlanInput, id_map: IdMap, customer_id: str) -> tuple[Reference, list[Operation]]:
    """The contact that an invoice's customer stands for, and what must be created before it can be used.

    Raises `Obstacle` where the customer has not been read, its contact was deleted, or a person has to say which it is.
    """
    owner = owner_of(plan_input, id_map, customer_id)
    if owner is not None:
        return owner, []
    chosen = customer_id
    while True:
        customer = plan_input.record(Side.QUICKBOOKS, Kind.CONTACT, chosen)
        if not isinstance(customer, Contact):
            raise Obstacle(
                OtherRecord(Kind.CONTACT, Side.QUICKBOOKS, chosen),
                "It waits until its customer has been read from QuickBooks.",
            )
        if not stands_for_parent(plan_input, customer):
            break
        chosen = customer.parent_id
    key = (Side.QUICKBOOKS, Kind.CONTACT, chosen)
    if plan_input.links.tombstoned(key):
        raise _deleted(key, "Its contact was deleted in Oncord. Make the contact anew, or leave this as it is.")
    snapshot = plan_input.snapshots[key]
    awake_one = replace(snapshot, record=replace(customer, active=True))
    operations = list(pull_customer(plan_input, id_map, awake_one, needed=True))
    contact = id_map.find(*key)
    if contact is None:
        questions = [o for o in operations if o.question is not None]
        about = subject(questions[0]) if questions else OtherRecord(Kind.CONTACT, Side.QUICKBOOKS, chosen)
        raise Obstacle(about, "It waits until somebody has said which contact its customer is.", asks=questions)
    return contact, [o for o in operations if o.action is not Action.WAIT]


def adopt(plan_input: PlanInput, id_map: IdMap, oncord: Snapshot, quickbooks: Snapshot) -> Iterator[Operation]:
    """Link a contact and a customer that were both there already; what one of them lacks is filled from the other."""
    assert isinstance(quickbooks.record, Contact)
    currency = currency_of_customer(plan_input, quickbooks.record)
    further = id_map.find(Side.ONCORD, Kind.CONTACT, oncord.id) is not None
    id_map.pair_currency(oncord.id, currency, quickbooks.id)
    reason = "The same contact was there on both sides before; they are one from now on."
    if further:
        reason = f"It is the contact's customer in {currency}. Only the primary customer carries the contact's details."
    operation = adopted(id_map, Kind.CONTACT, oncord.id, quickbooks.id, "C4", reason)
    yield replace(operation, part=in_currency(currency) if further else PRIMARY)
    if not further:
        yield from updates(plan_input, id_map, oncord, quickbooks, met(plan_input, oncord, quickbooks))


def reactivate(plan_input: PlanInput, id_map: IdMap, customer: Reference) -> Iterator[Operation]:
    """Make this very customer active again, which may be any of those that its contact owns, or that of a contact that
    was deleted and left its documents behind (C3, C6)."""
    if not isinstance(customer, str):
        return
    link = _link(plan_input, customer)
    if link is not None:
        yield from _awake(plan_input, id_map, link.oncord_id, link.quickbooks_id)
    elif not id_map.is_reactivated(Kind.CONTACT, customer) and customer not in plan_input.merged_customers:
        yield from _left_behind(plan_input, id_map, customer)


def _left_behind(plan_input: PlanInput, id_map: IdMap, customer_id: str) -> Iterator[Operation]:
    """Its contact is gone: nothing of it is written but that it is active, and it is nobody's customer afterwards."""
    key = (Side.QUICKBOOKS, Kind.CONTACT, customer_id)
    customer, tombstone = plan_input.snapshot(*key), plan_input.links.tombstone(key)
    if tombstone is None or customer is None or not isinstance(customer.record, Contact):
        return
    if customer.merged_into not in ("", customer_id):
        return
    if not customer.record.active:
        id_map.reactivate(Kind.CONTACT, customer_id)
        yield reactivation_for_documents(tombstone.oncord_id, customer, customer.record)


def _awake(plan_input: PlanInput, id_map: IdMap, contact_id: str, customer_id: str) -> Iterator[Operation]:
    link = _link(plan_input, customer_id)
    oncord = plan_input.snapshot(Side.ONCORD, Kind.CONTACT, link.oncord_id if link is not None else contact_id)
    customer = plan_input.snapshot(Side.QUICKBOOKS, Kind.CONTACT, customer_id)
    if oncord is None or customer is None or not isinstance(customer.record, Contact) or customer.record.active:
        return
    if not id_map.is_reactivated(Kind.CONTACT, customer_id):
        id_map.reactivate(Kind.CONTACT, customer_id)
        yield from reactivation(plan_input, id_map, oncord, customer, link)


def _link(plan_input: PlanInput, customer_id: str) -> Link | None:
    return plan_input.links.live((Side.QUICKBOOKS, Kind.CONTACT, customer_id))


def _deleted(survivor: tuple[Side, Kind, str], reason: str) -> Obstacle:
    return Obstacle(deleted_counterpart(Kind.CONTACT, survivor[2]), reason, recreates=survivor)
