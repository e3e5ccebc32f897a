"""What a merge took along, on either side: whose document something is then is nobody's edit of it."""

from app.domain.model.records import Kind, Reference, Side
from app.domain.planning.plan_input import PlanInput


def merged_into(plan_input: PlanInput, before: Reference, now: Reference) -> bool:
    """Whether the contact that something belonged to was merged, by itself or by way of others, into its present one."""
    contact, seen = before, set[Reference]()
    while contact and isinstance(contact, str) and contact not in seen:
        seen.add(contact)
        snapshot = plan_input.snapshot(Side.ONCORD, Kind.CONTACT, contact)
        contact = snapshot.merged_into if snapshot is not None else ""
        if contact and contact == now:
            return True
    return False


def merged_there(plan_input: PlanInput, before: Reference, now: Reference) -> bool:
    """Whether the customer that something belonged to was merged into its present one in QuickBooks."""
    return plan_input.merged_customers.get(str(before)) == now
