"""Whose a sale and its invoice are: rules S2 and S5 for contact and customer.

A merge takes documents along, and is nobody's edit of them: the invoice that followed its customer, or the sale that
followed its contact, counts as if it had been there before. What somebody moves besides goes over like any other edit.
"""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.contacts.ensure import provide_customer
from app.domain.contacts.merges import merged_into, merged_there
from app.domain.model.operations import Operation
from app.domain.model.records import Reference, Sale
from app.domain.planning.id_map import IdMap
from app.domain.planning.plan_input import PlanInput


def after_merges_here(plan_input: PlanInput, base: Sale | None, sale: Sale) -> Sale | None:
    """A sale's base, as if it had been its present contact's already where its own was merged into that one in Oncord."""
    if base is None or not merged_into(plan_input, base.contact_id, sale.contact_id):
        return base
    return replace(base, contact_id=sale.contact_id)


def after_merges_there(plan_input: PlanInput, base: Sale | None, invoice: Sale) -> Sale | None:
    """An invoice's base, likewise, where its customer was merged into its present one in QuickBooks."""
    if base is None or not merged_there(plan_input, base.contact_id, invoice.contact_id):
        return base
    return replace(base, contact_id=invoice.contact_id)


def customer_needed(plan_input: PlanInput, id_map: IdMap, base: Sale | None, sale: Sale) -> Iterator[Operation]:
    """What must be there before the invoice can go to the contact that somebody has moved the sale to."""
    if base is not None and base.contact_id != sale.contact_id:
        reason = "A sale that is synchronised was moved to this contact."
        currency = plan_input.configuration.books_currency(sale.money.currency)
        yield from provide_customer(plan_input, id_map, str(sale.contact_id), reason, currency)


def customer_meant(base: Sale | None, sale: Sale, base_invoice: Sale | None, invoice: Sale) -> Reference | None:
    """The customer that the sale still speaks of where nobody has moved it; None where its contact has to tell."""
    if base is None or base_invoice is None or base.contact_id == sale.contact_id:
        return base_invoice.contact_id if base_invoice else invoice.contact_id
    return None
