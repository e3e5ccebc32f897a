"""A payment that was deleted or voided in the books and entered anew: whether it is the money of the receipt that stayed.

The receipt of a lost payment stays in Oncord (R4). Where it and a new payment would together pay more than the sale,
somebody is asked before a second receipt is made. The same money: the new payment takes the place of the lost one. Other
money: it becomes a receipt of its own. A further payment that the sale has room for is asked about by nobody.
"""

from dataclasses import replace

from app.domain.model.link_part import PRIMARY
from app.domain.model.links import Link, LinkState, Origin
from app.domain.model.operations import Operation
from app.domain.model.records import Kind, Receipt, Side, Snapshot
from app.domain.model.write_fields import BooksStatus
from app.domain.planning.decisions import adoption, mark, tombstoned
from app.domain.planning.id_map import IdMap
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.planning.questions import answer_about
from app.domain.receipts.kept import Kept, kept_by_sale, overpaid_with, question
from app.domain.receipts.matches import payment_found, with_difference
from app.domain.receipts.refunded_again import refund_found

_MARKED = (BooksStatus.GONE, BooksStatus.VOID)
_TAKES_ITS_PLACE = "this payment takes the place of the one that is gone."


def receipt_found(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, payment: Receipt, translated: Receipt, rule: str
) -> list[Operation]:
    """The receipt that a new payment goes on with, or the question which one that is; nothing where it is new.

    `translated` is `payment` in Oncord's ids.
    """
    if translated.payment.amount < 0:
        return refund_found(plan_input, id_map, change, payment, translated, rule)
    own = plan_input.snapshots[change.key]
    kept = kept_by_sale(plan_input, id_map, translated)
    answer = answer_about(plan_input, own)
    for one in (each for several in kept.values() for each in several):
        if answer is not None and answer.chosen == one.receipt.id:
            return _in_its_place(plan_input, id_map, own, translated, one, rule)
    known = isinstance(translated.contact_id, str) or plan_input.asks_about(change.key)
    found = payment_found(plan_input, id_map, change, payment, translated, rule) if known else []
    if found:
        return found
    overpaid = {s: k for s, k in kept.items() if overpaid_with(plan_input, id_map, translated, s, k)}
    offered = {one.receipt.id: one for several in overpaid.values() for one in several}
    refused = answer is not None and not answer.chosen and offered.keys() <= set(answer.offered)
    if not offered or refused:
        return []
    return [question(plan_input, own, translated, list(offered.values()), next(iter(overpaid)), _TAKES_ITS_PLACE)]


def _in_its_place(
    plan_input: PlanInput, id_map: IdMap, own: Snapshot, translated: Receipt, kept: Kept, rule: str
) -> list[Operation]:
    """The new payment is what the lost one was: the receipt goes on with it, and is marked as linked once it has all."""
    oncord = kept.receipt
    id_map.belongs_to(Kind.RECEIPT, own.id, oncord.id)
    if not kept.legs.standing:
        id_map.goes_on_with(Kind.RECEIPT, oncord.id, own.id)
    part = kept.lost[0].part if kept.legs.standing else PRIMARY
    reason = "It is the same money as the payment that is gone, and takes its place."
    joining = adoption(Kind.RECEIPT, oncord.id, own.id, rule, reason, part=part)
    operations = [with_difference(plan_input, joining, own, translated, replace(oncord, record=kept.share))]
    for leg in kept.lost:
        if leg.state is LinkState.LIVE:
            operations.append(tombstoned(Side.QUICKBOOKS, leg, "R4", "Another payment has taken its place."))
    receipt = oncord.record
    if len(kept.lost) == len(kept.legs.lost) and isinstance(receipt, Receipt) and receipt.books_status in _MARKED:
        link = Link(0, Kind.RECEIPT, oncord.id, own.id, Origin.BOTH, part=part)
        operations.append(mark(link, oncord, BooksStatus.LINKED, rule, "Another payment is there in its place."))
    return operations
