"""What is asked about a refund that pays back no adjustment (R5): its ready answers, which of them is proposed, and whether its
contact has credit enough that nobody has to be asked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from app.domain.model.currencies import with_currency
from app.domain.model.days import day_in_words
from app.domain.model.operations import Operation, RefundQuestion
from app.domain.model.records import Allocation, Contact, Kind, Receipt, Sale, Side, is_void
from app.domain.model.refund_answers import GIVEN_BACK, GOODWILL, OVERPAYMENT
from app.domain.planning.decisions import park
from app.domain.planning.labels import contact_name
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.receipts.given_back import Of, amount_is

RULE = "R5"
_ZERO = Decimal(0)


def open_credit(plan_input: PlanInput, refund_id: str, refund: Receipt) -> Decimal:
    """What the contact of a refund has in Oncord that pays nothing as yet, in the refund's currency: money without a sale, money
    for sales that were cancelled, and adjustments that nobody has used."""
    known = plan_input.money_of.get(str(refund.contact_id), ())
    sales = {s.id: s.record for s in known if isinstance(s.record, Sale)}
    credit, used = _ZERO, dict[str, Decimal]()
    for snapshot in known:
        receipt = snapshot.record
        if (snapshot.id == refund_id and snapshot.kind is Kind.RECEIPT) or not isinstance(receipt, Receipt):
            continue
        if receipt.voided or receipt.payment.currency != refund.payment.currency:
            continue
        credit += receipt.payment.amount
        for allocation in receipt.payment.allocations:
            signed = -allocation.amount if allocation.type == "adjustment" else allocation.amount
            sale = sales.get(str(allocation.sale_id))
            if sale is None or not is_void(sale):
                credit -= signed
            used[str(allocation.sale_id)] = used.get(str(allocation.sale_id), _ZERO) + allocation.amount
    return credit + _unused(sales, used, refund.payment.currency)


def _unused(sales: Mapping[str, Sale], used: Mapping[str, Decimal], currency: str) -> Decimal:
    open_ones = (
        sale.money.total - used.get(sale_id, _ZERO)
        for sale_id, sale in sales.items()
        if sale.type == "adjustment" and not is_void(sale) and sale.money.currency == currency
    )
    return sum((rest for rest in open_ones if rest > 0), _ZERO)


def shown_as(receipt: Receipt, named: Sequence[Allocation]) -> str:
    """What stands for a refund as it was asked about."""
    paid = receipt.payment
    sales = ",".join(f"{a.sale_id} {a.amount.normalize()}" for a in sorted(named, key=lambda a: str(a.sale_id)))
    return f"{paid.amount.normalize()} {paid.currency}|{receipt.contact_id}|{sales}"


def question(
    plan_input: PlanInput, change: ChangedRecord, receipt: Receipt, named: Sequence[Allocation], *, linked: bool
) -> Operation:
    of = _may_be_given_back(plan_input, receipt, named)
    paid_too_much = open_credit(plan_input, change.id, receipt) >= -receipt.payment.amount
    alone = len(named) == len(receipt.payment.allocations)
    answers = [OVERPAYMENT, *((GOODWILL,) if alone and not linked else ())]
    exact = bool(of) and "part" not in of.values()
    if of:
        answers.insert(1 if not exact and paid_too_much else 0, GIVEN_BACK)
    proposed = answers[0] if exact or paid_too_much else ""
    asked = park(change, RULE, _words(plan_input, receipt, named))
    advice = " ".join(_advice(answer, answer == proposed, of) for answer in answers)
    return replace(asked, refund=RefundQuestion(shown_as(receipt, named), advice, tuple(answers)))


def _may_be_given_back(plan_input: PlanInput, receipt: Receipt, named: Sequence[Allocation]) -> dict[str, Of]:
    """What of each sale that a refund names its amount is, by the sale's number or id; nothing where not all of it can be given
    back of sales: QuickBooks needs a refund for each contact, and money in another currency is no part of a sale."""
    found: dict[str, Of] = {}
    contacts = set[str]()
    for allocation in named:
        sale = plan_input.record(Side.ONCORD, Kind.SALE, str(allocation.sale_id))
        if not isinstance(sale, Sale) or not _is_part_of(sale, allocation.amount, receipt.payment.currency):
            return {}
        contacts.add(str(sale.contact_id))
        found[sale.number or str(allocation.sale_id)] = amount_is(sale, allocation.amount)
    return found if len(contacts) == 1 and len(found) == len(named) else {}


def _is_part_of(sale: Sale, amount: Decimal, currency: str) -> bool:
    """Whether so much may have been given back of a sale."""
    stands = sale.type == "sale" and not is_void(sale) and sale.money.currency == currency
    return stands and _ZERO < amount <= sale.money.total


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
    what = (
        f"takes money off {sales} directly"
        if named
        else "pays back nothing, and the customer has no credit that it could be"
    )
    return (
        f"The refund{who}{day} over {money} {what}. QuickBooks has no document for that as long as nobody has said what it gives "
        "back. It waits until then."
    )


_OF = {
    "whole": "all lines of the sale",
    "line": "the line of that amount",
    "part": "each line of the sale in proportion",
}


def _advice(answer: str, is_proposed: bool, of: Mapping[str, Of]) -> str:
    """What an answer does, in a sentence."""
    words = {
        GIVEN_BACK: _given_back_in_words(of),
        OVERPAYMENT: (
            "an overpayment returned: the refund pays back no sale, and is money out against what the customer has paid too much."
        ),
        GOODWILL: "goodwill: the refund pays back no sale, and is booked to the expense account that is chosen for it.",
    }[answer]
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
