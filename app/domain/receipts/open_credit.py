"""What credit a contact has in Oncord that nobody has used: money that pays nothing, and adjustments (R5). A refund pays that back
before anything further is credited: as far as QuickBooks has it, or will have it. What writes off a bad debt is nobody's credit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.model.currencies import with_currency
from app.domain.model.days import day_in_words
from app.domain.model.records import Allocation, Kind, Receipt, Sale, Side, is_void
from app.domain.model.refund_answers import PAYS_CREDIT
from app.domain.planning.bad_debts import is_bad_debt
from app.domain.planning.opening import stays_before
from app.domain.planning.plan_input import PlanInput
from app.domain.receipts.allocations import lasting, typed
from app.domain.receipts.left_out import stays_in_oncord

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class OpenAdjustment:
    """An adjustment of which `rest` is used by nothing."""

    id: str
    adjustment: Sale
    rest: Decimal


def open_credit(plan_input: PlanInput, refund_id: str, refund: Receipt) -> Decimal:
    """What the contact of a refund has in Oncord that pays nothing as yet, in the refund's currency: money without a sale, money
    for sales that were cancelled, and adjustments that nobody has used."""
    adjustments = open_adjustments(plan_input, refund_id, refund)
    return _open_money(plan_input, refund_id, refund) + sum((each.rest for each in adjustments), _ZERO)


def credit_in_books(plan_input: PlanInput, refund_id: str, refund: Receipt) -> Decimal:
    """The same, without adjustments of which QuickBooks has nothing."""
    adjustments = _adjustments_in_books(plan_input, refund_id, refund)
    return _open_money(plan_input, refund_id, refund) + sum((each.rest for each in adjustments), _ZERO)


def _open_money(plan_input: PlanInput, refund_id: str, refund: Receipt) -> Decimal:
    """What of a contact's money pays nothing that counts, less the credit that it uses."""
    sales = dict(_sales_of(plan_input, refund))
    credit = _ZERO
    for receipt in _other_money(plan_input, refund_id, refund):
        credit += receipt.payment.amount
        for allocation in receipt.payment.allocations:
            sale = sales.get(str(allocation.sale_id))
            if sale is None or not is_void(sale):
                credit -= -allocation.amount if allocation.type == "adjustment" else allocation.amount
    return credit


def open_adjustments(plan_input: PlanInput, refund_id: str, refund: Receipt) -> list[OpenAdjustment]:
    """The adjustments of a refund's contact, in its currency, of which something is left; the oldest first."""
    used = dict[str, Decimal]()
    for receipt in _other_money(plan_input, refund_id, refund):
        for allocation in receipt.payment.allocations:
            used[str(allocation.sale_id)] = used.get(str(allocation.sale_id), _ZERO) + allocation.amount
    found = [
        OpenAdjustment(sale_id, sale, sale.money.total - used.get(sale_id, _ZERO))
        for sale_id, sale in _sales_of(plan_input, refund)
        if sale.type == "adjustment" and not is_void(sale) and not is_bad_debt(sale)
    ]
    same = (each for each in found if each.adjustment.money.currency == refund.payment.currency and each.rest > 0)
    return sorted(same, key=lambda each: (str(each.adjustment.date), each.id))


def not_in_books(plan_input: PlanInput, refund_id: str, refund: Receipt) -> list[OpenAdjustment]:
    """Open adjustments that have no credit memo and come to none by themselves: a refund that named nothing else would be skipped
    (S1, S6), although the money has left the bank."""
    return [
        each
        for each in open_adjustments(plan_input, refund_id, refund)
        if not _comes_to_books(plan_input, refund, each)
    ]


def _adjustments_in_books(plan_input: PlanInput, refund_id: str, refund: Receipt) -> list[OpenAdjustment]:
    return [
        each for each in open_adjustments(plan_input, refund_id, refund) if _comes_to_books(plan_input, refund, each)
    ]


def _comes_to_books(plan_input: PlanInput, refund: Receipt, credit: OpenAdjustment) -> bool:
    """Whether QuickBooks has the credit memo of an adjustment, or is to get it: not where that was deleted or voided (R4), where the
    adjustment is a draft, lies before the start date, or carries a tax code that is left out (S1)."""
    named = Allocation(credit.id, credit.rest, "adjustment")
    return (
        credit.adjustment.status != "draft"
        and bool(lasting(plan_input, Side.ONCORD, (named,)))
        and not stays_before(plan_input, credit.id, refund.date)
        and not stays_in_oncord(plan_input, credit.id)
    )


def credit_paid_back(
    plan_input: PlanInput, refund_id: str, refund: Receipt, named: Sequence[Allocation]
) -> tuple[Allocation, ...]:
    """Open adjustments that come to what a refund takes off sales: those of the same sales first, and the oldest; nothing where
    those that QuickBooks has, or will have, do not suffice, with what other refunds pay back of them by an answer that comes first."""
    if not named:
        return ()
    others = [
        (each_id, [a for a in typed(plan_input, each) if a.type == "sale"])
        for each_id, each in answered_before(plan_input, refund_id, refund, PAYS_CREDIT)
        if each.contact_id == refund.contact_id
    ]
    credit = _adjustments_in_books(plan_input, refund_id, refund)
    rests = {each.id: each.rest for each in credit}
    found: tuple[Allocation, ...] = ()
    for _, wanted in (*others, (refund_id, named)):
        found = _taken(credit, rests, wanted)
    return found


def credit_called(plan_input: PlanInput, paid: Sequence[Allocation]) -> str:
    """The adjustments that a refund pays back, in the middle of a sentence."""
    return " and ".join(_called(plan_input, allocation) for allocation in paid)


def _called(plan_input: PlanInput, allocation: Allocation) -> str:
    known = (each for of_one in plan_input.money_of.values() for each in of_one)
    adjustment = next((s.record for s in known if s.kind is Kind.SALE and s.id == str(allocation.sale_id)), None)
    if not isinstance(adjustment, Sale):
        return "an adjustment"
    day = f" of {day_in_words(adjustment.date)}" if adjustment.date else ""
    money = with_currency(allocation.amount, adjustment.money.currency)
    return f"{money} of adjustment {adjustment.number}" if adjustment.number else f"{money} of the adjustment{day}"


def _taken(
    credit: Sequence[OpenAdjustment], rests: dict[str, Decimal], wanted: Sequence[Allocation]
) -> tuple[Allocation, ...]:
    """What is paid back of which adjustment, taken out of `rests`; nothing where it does not suffice."""
    left, sales = sum((a.amount for a in wanted), _ZERO), {str(a.sale_id) for a in wanted}
    parts: dict[str, Decimal] = {}
    for each in sorted(credit, key=lambda one: str(one.adjustment.adjusts_id) not in sales):
        part = min(left, rests[each.id])
        if part > 0:
            parts[each.id] = part
            left -= part
    if left:
        return ()
    for sale_id, part in parts.items():
        rests[sale_id] -= part
    return tuple(Allocation(sale_id, part, "adjustment") for sale_id, part in parts.items())


def answered_before(
    plan_input: PlanInput, refund_id: str, refund: Receipt, answer: str
) -> Iterator[tuple[str, Receipt]]:
    """Other refunds in sight about which somebody has answered just this, which is still to be carried out: all of them where this
    refund has no answer as yet, else those before it, by their days."""
    answers, own = plan_input.refund_answers, (str(refund.date), refund_id)
    for snapshot in (each for known in plan_input.money_of.values() for each in known):
        said, receipt = answers.get(snapshot.id), snapshot.record
        if snapshot.kind is not Kind.RECEIPT or said is None or said.answer != answer or snapshot.id == refund_id:
            continue
        if not isinstance(receipt, Receipt) or receipt.voided:
            continue
        if refund_id not in answers or (str(receipt.date), snapshot.id) < own:
            yield snapshot.id, receipt


def _sales_of(plan_input: PlanInput, refund: Receipt) -> Iterator[tuple[str, Sale]]:
    """The sales and adjustments of a refund's contact in Oncord, with their ids."""
    for snapshot in plan_input.money_of.get(str(refund.contact_id), ()):
        if isinstance(snapshot.record, Sale):
            yield snapshot.id, snapshot.record


def _other_money(plan_input: PlanInput, refund_id: str, refund: Receipt) -> Iterator[Receipt]:
    """The receipts and other refunds of a refund's contact, in its currency."""
    for snapshot in plan_input.money_of.get(str(refund.contact_id), ()):
        receipt = snapshot.record
        if snapshot.id == refund_id and snapshot.kind is Kind.RECEIPT:
            continue
        if isinstance(receipt, Receipt) and not receipt.voided and receipt.payment.currency == refund.payment.currency:
            yield receipt
