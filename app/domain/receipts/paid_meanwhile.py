"""A payment that was entered anew before the lost one was deleted in the books: it has its own receipt by then.

In QuickBooks the new one waits on account until the old one is gone, and pays the sale after that. The receipt of the old
one stays (R4), so that both together would pay more than the sale; somebody is asked before that is written. The same
money: its receipt that stays has to be deleted in Oncord, which nobody does for a person. Other money goes on.
"""

from collections.abc import Sequence

from app.domain.model.operations import Action, Operation
from app.domain.model.records import Kind, Receipt, Side
from app.domain.model.waiting import OtherRecord
from app.domain.planning.decisions import decision
from app.domain.planning.id_map import IdMap
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.planning.questions import answer_about, waiting
from app.domain.receipts.kept import Kept, amount_on, kept_by_sale, overpaid_with, question, told

_IS_TO_BE_DELETED = "what this payment pays comes over once that receipt is deleted in Oncord."


def asked_beside_what_stays(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, receipt: Receipt, operations: Sequence[Operation]
) -> list[Operation]:
    """What is asked, or waited for, in place of these writes to a pair whose receipt is `receipt` as it stands; nothing
    where they may go on."""
    write = next((o for o in operations if _pays(o)), None)
    if write is None or not isinstance(write.record, Receipt):
        return []
    beside = _beside(plan_input, id_map, receipt, write.record, write.target_id)
    offered = {one.receipt.id: one for several in beside.values() for one in several}
    if not offered:
        return []
    own = plan_input.snapshots[Side.QUICKBOOKS, Kind.RECEIPT, write.source_id]
    answer = answer_about(plan_input, own)
    if answer is not None and answer.chosen in offered:
        return [_to_be_deleted(change, offered[answer.chosen])]
    if answer is not None and not answer.chosen and offered.keys() <= set(answer.offered):
        return []
    kept = list(offered.values())
    asked = question(plan_input, own, write.record, kept, next(iter(beside)), _IS_TO_BE_DELETED)
    return list(waiting(plan_input, change, asked))


def _pays(operation: Operation) -> bool:
    writes = operation.side is Side.ONCORD and operation.action is Action.UPDATE
    return writes and operation.kind is Kind.RECEIPT and "payment" in operation.fields


def _beside(plan_input: PlanInput, id_map: IdMap, before: Receipt, now: Receipt, own_id: str) -> dict[str, list[Kept]]:
    """By sale that is newly paid, and that would be overpaid: the receipts that stay although their payments are lost."""
    found: dict[str, list[Kept]] = {}
    for sale_id, kept in kept_by_sale(plan_input, id_map, now).items():
        paid_before = amount_on(sale_id, before.payment.allocations)
        others = [one for one in kept if one.receipt.id != own_id]
        more = amount_on(sale_id, now.payment.allocations) > paid_before
        if more and overpaid_with(plan_input, id_map, now, sale_id, others, paid_before):
            found[sale_id] = others
    return found


def _to_be_deleted(change: ChangedRecord, kept: Kept) -> Operation:
    reason = (
        f"Somebody said that it is the same money as {told(kept)}, whose payment is gone from QuickBooks. Delete that receipt in "
        "Oncord; what this payment pays comes over by itself then."
    )
    return decision(Action.PARK, change, "R4", reason, OtherRecord(Kind.RECEIPT, Side.ONCORD, kept.receipt.id))
