"""What becomes of the document of a sale that was deleted in Oncord (S3): it is deleted too, or voided.

Which of the two is chosen when a connection is set up. What somebody else may hold, or what stands in a month that is
over, is voided whatever was chosen: a number that vanishes from the books is asked for later.
"""

from dataclasses import replace
from datetime import date

from app.domain.model.operations import Operation
from app.domain.model.records import PRINTED, SENT, Sale, Snapshot
from app.domain.planning.plan_input import PlanInput
from app.domain.planning.writes import delete, void_instead

VOID_ALREADY = "The sale was deleted in Oncord. Its invoice is void already and stays in QuickBooks."
_HANDED_OUT = (
    "The adjustment was deleted in Oncord, but its credit memo was sent to the customer or printed. Void or delete it in "
    "QuickBooks, or put the adjustment back."
)


def removal(plan_input: PlanInput, quickbooks: Snapshot, document: Sale, sale_id: str) -> Operation:
    """The write by which a document goes the way of its sale."""
    why = _why_void(plan_input, quickbooks, document)
    reason = "The sale began in Oncord and was deleted there"
    if not why:
        return delete(quickbooks, sale_id, "S3", f"{reason}.")
    return void_instead(quickbooks, sale_id, replace(document, voided=True), "S3", f"{reason}. {why}")


def kept_as_it_is(plan_input: PlanInput, quickbooks: Snapshot, document: Sale) -> str | None:
    """What a person is asked about a credit memo that somebody else may hold; "" where a document is void already and
    would be voided; None where it goes."""
    if document.voided:
        return "" if _why_void(plan_input, quickbooks, document) else None
    return _HANDED_OUT if document.type == "adjustment" and _handed_out(quickbooks) else None


def _why_void(plan_input: PlanInput, quickbooks: Snapshot, document: Sale) -> str:
    """Why a document is voided and not deleted, in words; "" where it is deleted."""
    if SENT in quickbooks.extras:
        return "Its invoice was sent to the customer, and so it is voided and not deleted."
    if PRINTED in quickbooks.extras:
        return "Its invoice was printed, and so it is voided and not deleted."
    if _in_an_earlier_month(document.date, plan_input.today):
        return "Its invoice is dated in an earlier month, and so it is voided and not deleted."
    return "Invoices are voided and not deleted, as was chosen." if plan_input.configuration.removals == "void" else ""


def _handed_out(quickbooks: Snapshot) -> bool:
    return bool({SENT, PRINTED} & {*quickbooks.extras})


def _in_an_earlier_month(day: date | None, today: date | None) -> bool:
    return day is not None and today is not None and (day.year, day.month) < (today.year, today.month)
