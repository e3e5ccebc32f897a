"""Whose a customer is: its contact's, or that of the parent that it stands for (C4)."""

from app.domain.matching.addresses import addresses
from app.domain.model.records import (
    Contact,
    Kind,
    Reference,
    Side,
)
from app.domain.planning.id_map import IdMap
from app.domain.planning.plan_input import PlanInput


def stands_for_parent(plan_input: PlanInput, customer: Contact) -> bool:
    """Whether a customer is a project, or a sub-customer without an e-mail of its own (C4): its parents' is none."""
    own, above, seen = addresses(customer.email), customer.parent_id, set[str]()
    if not above or customer.is_project or not own:
        return bool(above)
    while above and above not in seen:
        seen.add(above)
        parent = plan_input.record(Side.QUICKBOOKS, Kind.CONTACT, above)
        if not isinstance(parent, Contact):
            return False
        own -= addresses(parent.email)
        above = parent.parent_id
    return not own


def owner_of(plan_input: PlanInput, id_map: IdMap, customer_id: Reference) -> Reference | None:
    """The contact that a customer, or the parent that it stands for, belongs to; None where there is none yet."""
    chosen, seen = customer_id, set[Reference]()
    while isinstance(chosen, str) and chosen not in seen:
        seen.add(chosen)
        owner = id_map.find(Side.QUICKBOOKS, Kind.CONTACT, chosen)
        if owner is not None:
            return owner
        customer = plan_input.record(Side.QUICKBOOKS, Kind.CONTACT, chosen)
        if not isinstance(customer, Contact) or not stands_for_parent(plan_input, customer):
            return None
        chosen = customer.parent_id
    return None


def belongs(plan_input: PlanInput, id_map: IdMap, customer_id: Reference, contact_id: Reference) -> bool:
    """Whether documents of this customer are those of this contact, or of the one that is the same person."""
    owner = id_map.owner(contact_id) if isinstance(contact_id, str) else contact_id
    return owner_of(plan_input, id_map, customer_id) in (contact_id, owner)
