"""Opening receivables (S1): sales from before the start date that were still open on it, and what somebody has said of them.

What was received before the start date is in the books by other means, or in nobody's: it never goes over. What was received
since pays such a sale in the books once somebody has said how it comes into them, and until then waits with it.
"""

import datetime as dt
from decimal import Decimal

from app.domain.model.link_part import Opening
from app.domain.model.opening import OpeningChoice
from app.domain.model.records import Kind, Receipt, Sale, Side, Snapshot, is_void
from app.domain.model.waiting import OPENING, OtherRecord, WaitsFor
from app.domain.planning.plan_input import PlanInput

_ZERO = Decimal(0)


def early_sale(plan_input: PlanInput, sale_id: str) -> Sale | None:
    """The sale of Oncord of this id where it is dated before the start date and never had a document; None else."""
    key = (Side.ONCORD, Kind.SALE, sale_id)
    sale = plan_input.record(*key)
    if not isinstance(sale, Sale) or sale.date is None or sale.date >= plan_input.configuration.start_date:
        return None
    return sale if plan_input.links.live(key) is None and plan_input.links.tombstone(key) is None else None


def open_on_start(plan_input: PlanInput, sale_id: str, sale: Sale) -> Decimal:
    """What was open of a sale on the start date: its total less what receipts dated before that pay of it; never below zero.

    Zero where the sale is none that anybody has to pay: a draft, void, an adjustment, or left out by its tax code.
    """
    left_out = plan_input.configuration.left_out_code(line.tax_code for line in sale.money.lines)
    if sale.type != "sale" or sale.status != "confirmed" or is_void(sale) or left_out:
        return _ZERO
    return open_on(plan_input, sale_id, sale, plan_input.configuration.start_date)


def open_on(plan_input: PlanInput, sale_id: str, sale: Sale, day: dt.date) -> Decimal:
    """The total of a sale less what was received for it before a day; never below zero."""
    paid = sum((_pays(each, sale_id, day) for each in plan_input.received_on.get(sale_id, ())), _ZERO)
    return max(_ZERO, sale.money.total - paid)


def _pays(receipt: Snapshot, sale_id: str, before: dt.date) -> Decimal:
    record = receipt.record
    if (
        receipt.deleted
        or not isinstance(record, Receipt)
        or record.voided
        or record.date is None
        or record.date >= before
    ):
        return _ZERO
    return sum((a.amount for a in record.payment.allocations if str(a.sale_id) == sale_id), _ZERO)


def choice_about(plan_input: PlanInput, sale_id: str) -> OpeningChoice:
    """What becomes of one such sale: as was said of it by itself, or else of all."""
    answer = plan_input.opening_answers.get(sale_id)
    if answer is not None and answer.choice != "undecided":
        return answer.choice
    return plan_input.configuration.opening_receivables


def is_left_out(plan_input: PlanInput, sale_id: str) -> bool:
    """Whether somebody has said that an early sale which was open on the start date stays in Oncord."""
    sale = early_sale(plan_input, sale_id)
    is_open = sale is not None and open_on_start(plan_input, sale_id, sale) > 0
    return is_open and choice_about(plan_input, sale_id) == "left_out"


def in_the_way(plan_input: PlanInput, sale: Sale, amount: Decimal, choice: OpeningChoice) -> str:
    """Why what was chosen cannot be done with a sale of which `amount` was open, in words; "" where it can."""
    configuration, lock = plan_input.configuration, plan_input.lock
    if choice == "create" and amount != sale.money.total:
        return (
            "It was paid in part before the start date, so that an invoice of its whole total would stay open in QuickBooks. "
            "Bring in what was open of it instead, or choose an earlier start date."
        )
    day = sale.date if choice == "create" else configuration.start_date
    if lock is not None and lock.holds(day):
        return f"It would be dated in a locked period: {lock.in_words}."
    if choice == "bring_in" and not configuration.items.opening_item_id:
        return "No item on Opening Balance Equity is chosen in the configuration."
    if choice == "bring_in" and not configuration.reports_by_invoice:
        return (
            "GST is reported by what is paid, or nobody has said yet how: an opening balance carries no GST, so that the GST on "
            "what is paid of it would be on no BAS."
        )
    return ""


def comes_over(plan_input: PlanInput, sale_id: str) -> bool:
    """Whether an early sale without a document gets one in the books, as somebody has said."""
    sale = early_sale(plan_input, sale_id)
    amount = open_on_start(plan_input, sale_id, sale) if sale is not None else _ZERO
    choice = choice_about(plan_input, sale_id)
    return (
        sale is not None
        and amount > 0
        and choice in ("create", "bring_in")
        and not in_the_way(plan_input, sale, amount, choice)
    )


def held_for(plan_input: PlanInput, sale_id: str, received: dt.date | None) -> WaitsFor | None:
    """What money waits for that was received since the start date for an early sale without a document; None where it waits
    for nothing: the sale was not open then, or stays in Oncord."""
    sale = early_sale(plan_input, sale_id)
    if sale is None or is_before(received, plan_input.configuration.start_date):
        return None
    choice = choice_about(plan_input, sale_id)
    amount = open_on_start(plan_input, sale_id, sale)
    if not amount or choice == "left_out":
        return None
    if choice == "undecided" or in_the_way(plan_input, sale, amount, choice):
        return OPENING
    return OtherRecord(Kind.SALE, Side.ONCORD, sale_id)


def stays_before(plan_input: PlanInput, sale_id: str, received: dt.date | None) -> bool:
    """Whether what a receipt of a day pays of a sale is in no payment: it was received before the sale came into the books,
    or the sale is from before the start date and has not come."""
    link = plan_input.links.live((Side.ONCORD, Kind.SALE, sale_id))
    if link is not None:
        return isinstance(link.part, Opening) and is_before(received, link.part.day)
    if early_sale(plan_input, sale_id) is None:
        return False
    return is_before(received, plan_input.configuration.start_date) or not comes_over(plan_input, sale_id)


def is_before(day: dt.date | None, start: dt.date) -> bool:
    """Whether a day is one before the start date."""
    return day is not None and day < start
