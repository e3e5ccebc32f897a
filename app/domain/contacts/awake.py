"""C6 in one place: before a document or money is written for an inactive customer, the customer is made active again.

QuickBooks refuses an inactive customer where a write names it anew, and money out (a purchase) that names it at all
(docs/quickbooks.md). So this looks at what is about to be written, whichever rule decided that it should be.
"""

from collections.abc import Iterable, Iterator

from app.domain.contacts.ensure import reactivate
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Receipt, Reference, Sale, Side
from app.domain.planning.id_map import IdMap
from app.domain.planning.plan_input import PlanInput


def with_customers_awake(plan_input: PlanInput, id_map: IdMap, operations: Iterable[Operation]) -> Iterator[Operation]:
    """The operations, each after what wakes the customer that it writes for."""
    for operation in operations:
        customer = _named_anew(plan_input, operation)
        if customer is not None:
            yield from reactivate(plan_input, id_map, customer)
        yield operation


def _named_anew(plan_input: PlanInput, operation: Operation) -> Reference | None:
    """The customer that a write has to find active; None where it writes for none, or for the one it has anyway."""
    record = operation.record
    if operation.side is not Side.QUICKBOOKS or operation.action not in (Action.CREATE, Action.UPDATE):
        return None
    if not isinstance(record, Sale | Receipt):
        return None
    standing = plan_input.record(Side.QUICKBOOKS, operation.kind, operation.target_id) if operation.target_id else None
    money_out = isinstance(record, Receipt) and record.payment.amount < 0
    if isinstance(standing, Sale | Receipt) and standing.contact_id == record.contact_id and not money_out:
        return None
    return record.contact_id
