"""The receipts of zero that apply bad debts to their sales in Oncord (S7), once one of the two is gone."""

from collections.abc import Iterator

from app.domain.model.currencies import with_currency
from app.domain.model.link_part import made_for_write_off
from app.domain.model.operations import Operation
from app.domain.model.records import Kind, Receipt, Side, Snapshot, is_void
from app.domain.planning.bad_debts import RULE, is_bad_debt, is_taken_back, used_of, write_off_deleted
from app.domain.planning.decisions import park
from app.domain.planning.plan_input import ChangedRecord, PlanInput


def of_what_was_taken_back(plan_input: PlanInput, receipt: Snapshot) -> Operation | None:
    """The delete of a receipt that the service has made for an adjustment which was deleted or cancelled before it went over."""
    adjustment_id = made_for_write_off(receipt.marker)
    if not adjustment_id or receipt.side is not Side.ONCORD or not is_taken_back(plan_input, adjustment_id):
        return None
    return write_off_deleted(receipt, adjustment_id)


def taken_apart(plan_input: PlanInput, change: ChangedRecord) -> Iterator[Operation]:
    """Somebody has deleted the receipt that applied a bad debt, and the adjustment stands: that is asked about, since its credit memo
    would stand beside an unpaid invoice."""
    own = plan_input.snapshot(*change.key)
    if change.side is not Side.ONCORD or own is None or not own.deleted:
        return
    links = plan_input.links.by_record.get(change.key, ())
    held = [link.base_oncord for link in links if isinstance(link.base_oncord, Receipt)]
    for adjustment_id in sorted(
        {str(a.sale_id) for r in held for a in r.payment.allocations if a.type == "adjustment"}
    ):
        adjustment = plan_input.record(Side.ONCORD, Kind.SALE, adjustment_id)
        linked = plan_input.links.live((Side.ONCORD, Kind.SALE, adjustment_id)) is not None
        if not is_bad_debt(adjustment) or is_void(adjustment) or not linked:
            continue
        rest = adjustment.money.total - used_of(plan_input, adjustment_id)
        if rest > 0:
            open_credit = with_currency(rest, adjustment.money.currency)
            words = (
                f"The receipt that applied adjustment {adjustment.number} to the sale that it writes off was deleted in Oncord, and "
                f"{open_credit} of its credit memo stands beside an unpaid invoice. Delete the adjustment in Oncord, too, or apply it to its "
                "sale there again; then try again."
            )
            yield park(change, RULE, words)
