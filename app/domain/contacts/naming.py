"""The DisplayName of a customer: unique over customers, vendors and employees, readable, and kept where a person chose it."""

from dataclasses import replace

from app.domain.matching.natural_keys import normalised
from app.domain.model.records import Contact, Kind, Name, Side
from app.domain.planning.conversion import contact_to
from app.domain.planning.id_map import IdMap
from app.domain.planning.plan_input import PlanInput


def name_choices(contact: Contact, currency: str = "") -> list[str]:
    """The DisplayNames that a contact may get, the plainest first; `currency` tells a further customer of it apart."""
    name = contact.name
    plain = name.display or contact.email or "Customer"
    details = [s for s in (contact.email, name.company, contact.phone, contact.billing_address.suburb) if s]
    suffixes = [s for s in details if normalised(s) != normalised(plain)]
    suffixes += ["customer", *(f"customer {n}" for n in range(2, 100))]
    within = [currency] if currency else []
    choices = [f"{plain} ({currency})" if currency else plain]
    choices += [f"{plain} ({', '.join([*within, suffix])})" for suffix in suffixes]
    return [" ".join(c.replace(":", " ").split()) for c in choices]


def unique_name(plan_input: PlanInput, id_map: IdMap, contact: Contact, own_id: str = "", currency: str = "") -> Name:
    """The contact's name with a DisplayName that nobody in QuickBooks has: a readable suffix, never "-1"."""
    name = contact.name

    def free(display: str) -> bool:
        normal = normalised(display)
        holder = plan_input.names_taken.get(normal)
        own = own_id != "" and holder == own_id
        return (holder is None or own) and not id_map.gives_name(Kind.CONTACT, normal)

    return replace(name, display=next(c for c in name_choices(contact, currency) if free(c)))


def renamed(
    plan_input: PlanInput, id_map: IdMap, target: Contact, before: Contact | None, customer: Contact, own_id: str
) -> Name:
    """The name of a customer whose contact was renamed.

    A DisplayName that a person has chosen in QuickBooks is not ours to rewrite; only one that we composed follows.
    """
    composed_of = name_choices(contact_to(Side.QUICKBOOKS, before)) if before else []
    composed_names = {normalised(choice) for choice in composed_of}
    plain = f"{customer.name.first} {customer.name.last}".strip() or customer.name.company
    composed = normalised(customer.name.display) in composed_names | {normalised(plain)} or not customer.name.display
    if not composed:
        return replace(target.name, display=customer.name.display)
    return unique_name(plan_input, id_map, target, own_id)
