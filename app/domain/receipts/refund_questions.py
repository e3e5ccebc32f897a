"""What is asked about a refund that pays back no adjustment (R5): its ready answers, and which of them is proposed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from app.domain.model.currencies import with_currency
from app.domain.model.days import day_in_words
from app.domain.model.operations import Operation, RefundQuestion
from app.domain.model.records import Allocation, Contact, Kind, Receipt, Sale, Side
from app.domain.model.refund_answers import GIVEN_BACK, GOODWILL, OVERPAYMENT, PAYS_CREDIT
from app.domain.planning.decisions import park
from app.domain.planning.labels import contact_name
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.receipts.given_back import Of
from app.domain.receipts.left_of_sales import left_of, may_be_given_back
from app.domain.receipts.open_credit import credit_called, credit_in_books, credit_paid_back, not_in_books

RULE = "R5"


def shown_as(receipt: Receipt, named: Sequence[Allocation]) -> str:
    """What stands for a refund as it was asked about."""
    paid = receipt.payment
    sales = ",".join(f"{a.sale_id} {a.amount.normalize()}" for a in sorted(named, key=lambda a: str(a.sale_id)))
    return f"{paid.amount.normalize()} {paid.currency}|{receipt.contact_id}|{sales}"


def question(
    plan_input: PlanInput, change: ChangedRecord, receipt: Receipt, named: Sequence[Allocation], *, linked: bool
) -> Operation:
    """What is asked about a refund. Proposed is that it pays back the credit that is open already, where that covers it; else what
    the refund is just the amount of, unless a refund of the same sale from before it waits for an answer, too."""
    of = may_be_given_back(plan_input, change.id, receipt, named)
    credit = credit_paid_back(plan_input, change.id, receipt, named)
    paid_too_much = not credit and credit_in_books(plan_input, change.id, receipt) >= -receipt.payment.amount
    alone = len(named) == len(receipt.payment.allocations)
    answers = [
        *((PAYS_CREDIT,) if credit else ()),
        *((OVERPAYMENT,) if paid_too_much else ()),
        *((GIVEN_BACK,) if of else ()),
        *((OVERPAYMENT,) if not paid_too_much else ()),
        *((GOODWILL,) if alone and not linked else ()),
    ]
    exact = bool(of) and "part" not in of.values() and not _waits_before(plan_input, change.id, receipt, named)
    proposed = answers[0] if credit or paid_too_much or exact else ""
    words = _answers_in_words(of, credit_called(plan_input, credit))
    advice = [_advice(words[answer], is_proposed=answer == proposed) for answer in answers]
    asked = park(change, RULE, _words(plan_input, receipt, named))
    advice += [] if of else _given_back_before(plan_input, change.id, receipt, named)
    advice += [_OPENING_CREDIT] if any(a.type == "adjustment" for a in named) else []
    advice += [] if of or credit else _credit_that_is_not_there(plan_input, change.id, receipt, named)
    return replace(asked, refund=RefundQuestion(shown_as(receipt, named), " ".join(advice), tuple(answers)))


def _waits_before(plan_input: PlanInput, refund_id: str, refund: Receipt, named: Sequence[Allocation]) -> bool:
    """Whether a refund from before this one, by their days, names one of these sales, too, and nobody has said what that gives back."""
    ids, own = {str(a.sale_id) for a in named}, (str(refund.date), refund_id)
    known = (each for of_one in plan_input.money_of.values() for each in of_one if each.kind is Kind.RECEIPT)
    before = (
        each.record for each in known if isinstance(each.record, Receipt) and (str(each.record.date), each.id) < own
    )
    return any(
        str(a.sale_id) in ids
        for other in before
        if other.payment.amount < 0 and not other.voided
        for a in other.payment.allocations
    )


def _given_back_before(
    plan_input: PlanInput, refund_id: str, refund: Receipt, named: Sequence[Allocation]
) -> Iterator[str]:
    """Why it cannot be goods given back: what was given back of the sales before."""
    for allocation in named:
        left = left_of(plan_input, refund_id, refund, str(allocation.sale_id))
        if left is None or left.is_whole or allocation.amount <= left.total:
            continue
        currency = refund.payment.currency
        given, rest = left.sale.money.total - left.total, max(left.total, Decimal(0))
        number = f" {left.sale.number}" if left.sale.number else ""
        yield (
            f"Goods cannot have been given back for it: of sale{number} over {with_currency(left.sale.money.total, currency)} "
            f"adjustments give back {with_currency(given, currency)} already, which leaves {with_currency(rest, currency)}."
        )


def _credit_that_is_not_there(
    plan_input: PlanInput, refund_id: str, refund: Receipt, named: Sequence[Allocation]
) -> Iterator[str]:
    """Which adjustments of the same sales it would pay back if QuickBooks had their credit memos."""
    ids = {str(a.sale_id) for a in named}
    lost = [each for each in not_in_books(plan_input, refund_id, refund) if str(each.adjustment.adjusts_id) in ids]
    if lost:
        called = credit_called(plan_input, [Allocation(each.id, each.rest, "adjustment") for each in lost])
        yield (
            f"It cannot pay back {called} either: QuickBooks has no credit memo for that. Where goods or price were given back, have the "
            "credit memo made anew, or delete the adjustment in Oncord; once the refund is saved again there, it is asked about anew."
        )


def _words(plan_input: PlanInput, receipt: Receipt, named: Sequence[Allocation]) -> str:
    contact = plan_input.record(Side.ONCORD, Kind.CONTACT, str(receipt.contact_id))
    who = f" to {contact_name(contact)}" if isinstance(contact, Contact) else ""
    day = f" of {day_in_words(receipt.date)}" if receipt.date else ""
    money = with_currency(-receipt.payment.amount, receipt.payment.currency)
    currency = receipt.payment.currency
    numbers = [
        (sale.number, a.amount)
        for a in named
        if isinstance(sale := plan_input.record(Side.ONCORD, Kind.SALE, str(a.sale_id)), Sale) and sale.number
    ]
    if len(numbers) > 1:
        sales = "sales " + " and ".join(f"{number} ({with_currency(part, currency)})" for number, part in numbers)
    else:
        sales = (
            f"sale {numbers[0][0]}" if numbers and len(named) == 1 else "a sale" if len(named) == 1 else "several sales"
        )
    if early := [a for a in named if a.type == "adjustment"]:
        start = day_in_words(plan_input.configuration.start_date)
        what = f"pays back {credit_called(plan_input, early)}, from before the start date {start}, which is not in QuickBooks"
    elif named:
        what = f"takes money off {sales} directly"
    else:
        what = "pays back nothing, and the customer has no credit that it could be"
    return (
        f"The refund{who}{day} over {money} {what}. QuickBooks has no document for that as long as nobody has said what it gives "
        "back. It waits until then."
    )


_OPENING_CREDIT = (
    "Where the customer's credit is part of the opening balances, an overpayment returned is what it is in QuickBooks: money out against "
    "that credit. An earlier start date brings the adjustment to QuickBooks, too; the refund then pays back its credit memo."
)
_OF = {
    "whole": "all lines of the sale",
    "line": "the line of that amount",
    "rest": "all that is left of what was sold",
    "part": "each line of the sale in proportion",
}


def _answers_in_words(of: Mapping[str, Of], credit: str) -> dict[str, str]:
    """What each answer does, in a sentence."""
    return {
        GIVEN_BACK: _given_back_in_words(of),
        PAYS_CREDIT: (
            f"the refund pays back credit that is open already, {credit}: nothing further is credited, and in QuickBooks the money out "
            "is joined to the credit memo."
        ),
        OVERPAYMENT: (
            "an overpayment returned: the refund pays back no sale, and is money out against what the customer has paid too much."
        ),
        GOODWILL: "goodwill: the refund pays back no sale, and is booked to the expense account that is chosen for it.",
    }


def _advice(words: str, *, is_proposed: bool) -> str:
    return f"Proposed: {words}" if is_proposed else words[0].upper() + words[1:]


def _given_back_in_words(of: Mapping[str, Of]) -> str:
    if len(of) > 1:
        how = "; ".join(f"of sale {number} {_OF[part]}" for number, part in of.items())
        return (
            "goods or price given back: an adjustment of each sale is made in Oncord and a credit memo for each in QuickBooks, with its "
            f"tax codes, dated as the refund, which pays them back: {how}."
        )
    how = "".join(_OF[part] for part in of.values())
    return (
        f"goods or price given back: an adjustment of the sale is made in Oncord and a credit memo in QuickBooks, {how} with its "
        "tax code, dated as the refund, which pays it back."
    )
