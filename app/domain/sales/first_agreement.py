"""What two documents that have just become one still have to tell each other.

Nothing is known of what either held before, so that gaps are filled and what people type is decided about; their money
stays as each side has it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from app.domain.matching.natural_keys import normalised
from app.domain.model.description import decided_at_meeting, filled_at_meeting
from app.domain.model.links import Link, Origin
from app.domain.model.operations import Operation
from app.domain.model.records import (
    Kind,
    Sale,
    Side,
    Snapshot,
)
from app.domain.planning.decisions import (
    words,
)
from app.domain.planning.id_map import IdMap
from app.domain.planning.merge import (
    Merged,
    agrees,
    first_meeting,
)
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.planning.write_effects import SHORTEST_CUT
from app.domain.sales.edits import invoice_of, invoice_written, sale_written


def first_agreement(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, own: Snapshot, counterpart: Snapshot
) -> Iterator[Operation]:
    """What two documents that have just become one still have to tell each other.

    What people type into a document is decided: its date, and its notes while it is open; the winner goes on. Due dates
    and addresses follow from each side's own terms and contacts: only gaps are filled, and while it is open. An earlier
    document than the start date is left as it is on both sides.
    """
    oncord, quickbooks = (own, counterpart) if own.side is Side.ONCORD else (counterpart, own)
    sale, invoice = oncord.record, quickbooks.record
    assert isinstance(sale, Sale)
    assert isinstance(invoice, Sale)
    early = sale.date is not None and sale.date < plan_input.configuration.start_date
    if early or sale.voided or invoice.voided:
        return
    merged = _merged(plan_input, sale, invoice)
    link = Link(0, Kind.SALE, oncord.id, quickbooks.id, Origin.BOTH)
    if merged.to_quickbooks:
        as_invoice = invoice_of(plan_input, id_map, link, sale, invoice, with_money=False, customer=invoice.contact_id)
        for write in invoice_written(plan_input, id_map, change, link, quickbooks, as_invoice, merged):
            yield replace(write, reason=f"As they met for the first time, from Oncord: {words(merged.to_quickbooks)}.")
    if merged.to_oncord:
        for write in sale_written(plan_input, id_map, link, oncord, invoice, merged):
            yield replace(write, reason=f"As they met for the first time, from QuickBooks: {words(merged.to_oncord)}.")


def _merged(plan_input: PlanInput, sale: Sale, invoice: Sale) -> Merged:
    is_open = sale.paid < sale.money.total and invoice.paid < invoice.money.total
    never_filled = {"due_date"} if sale.type == "adjustment" else set()
    return first_meeting(
        Kind.SALE,
        oncord=sale,
        quickbooks=invoice,
        winner=plan_input.configuration.conflict_winner[Kind.SALE],
        same=lambda group: _says_the_same(group, getattr(sale, group), getattr(invoice, group)),
        fill=filled_at_meeting(Kind.SALE, is_open=is_open) - never_filled,
        decide=decided_at_meeting(Kind.SALE, is_open=is_open),
    )


def _says_the_same(group: str, oncord_value: object, quickbooks_value: object) -> bool:
    """Whether two values that were typed apart differ in form only: a text that was cut, or a day that was already the
    next one in another time zone. Between two months it is no matter of form: each return of a period ends with one."""
    if isinstance(oncord_value, date) and isinstance(quickbooks_value, date):
        is_same_month = (oncord_value.year, oncord_value.month) == (quickbooks_value.year, quickbooks_value.month)
        return is_same_month and abs((oncord_value - quickbooks_value).days) <= 1
    if isinstance(oncord_value, str) and isinstance(quickbooks_value, str) and len(quickbooks_value) >= SHORTEST_CUT:
        return normalised(oncord_value).startswith(normalised(quickbooks_value))
    return agrees(group, oncord_value, quickbooks_value)
