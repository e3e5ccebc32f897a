"""Refunds that pay back no adjustment (R5): what such a refund gives back is asked once, and the answer is carried out.

Goods or price: the adjustment that was missing is made in Oncord, dated as the refund, which pays it back from then on; it
goes over as any adjustment does. An overpayment, or goodwill: the refund names no sale any more, and is money out alone,
against Accounts Receivable or an expense account. Nobody is asked where the contact has credit enough that is open.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain.model.currencies import with_currency
from app.domain.model.days import day_in_words
from app.domain.model.deletion import with_its_contact
from app.domain.model.link_part import REFUND, made_for_refund
from app.domain.model.operations import LockedChange, Operation, RefundQuestion
from app.domain.model.records import Allocation, Contact, Kind, Receipt, Sale, Side, Snapshot, is_void
from app.domain.model.refund_answers import GIVEN_BACK, GOODWILL, OVERPAYMENT
from app.domain.model.waiting import ConfigurationChoice
from app.domain.planning.decisions import park
from app.domain.planning.id_map import Obstacle
from app.domain.planning.labels import contact_name
from app.domain.planning.plan_input import ChangedRecord, PlanInput, RefundAnswer
from app.domain.planning.writes import create, delete, update
from app.domain.receipts.allocations import of_cancelled_sale, typed
from app.domain.receipts.given_back import Of, adjustment_of, amount_is
from app.domain.receipts.refunds import is_to_be_taken_back

RULE = "R5"
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Gives:
    """What a refund gives back: `receipt` is what it pays back as far as that is said, `operations` tell Oncord so, and
    `settled` says that these are all there is to do for now. `question`: what is asked unless its money out is there already."""

    receipt: Receipt
    operations: tuple[Operation, ...] = ()
    settled: bool = False
    answer: RefundAnswer | None = None
    expense_account: str = ""
    question: Operation | None = None

    def carried_out(self, operations: Sequence[Operation]) -> list[Operation]:
        """The writes of the refund, of which the first carries the answer out."""
        return [*self.operations, *_answering(self.answer, operations)]


def what_it_gives(plan_input: PlanInput, change: ChangedRecord, receipt: Receipt, *, linked: bool = False) -> Gives:
    """What a refund of Oncord gives back, as its allocations or a person say. `linked`: its money out is there.

    Raises `Obstacle` where goodwill has no account.
    """
    named = _sales_named(plan_input, receipt, linked=linked)
    answer = _answer(plan_input, change.id, receipt, named)
    if named and answer is not None and answer.answer == GIVEN_BACK:
        return Gives(receipt, tuple(_given_back(plan_input, change, receipt, named, answer)), settled=True)
    if named and answer is None:
        return Gives(receipt, (_question(plan_input, change, receipt, named, linked=linked),), settled=True)
    if answer is not None:
        return _money_out_alone(plan_input, change, receipt, named, answer, linked=linked)
    if receipt.payment.allocations or linked or open_credit(plan_input, change.id, receipt) >= -receipt.payment.amount:
        return Gives(receipt)
    return Gives(receipt, question=_question(plan_input, change, receipt, named, linked=False))


def _sales_named(plan_input: PlanInput, receipt: Receipt, *, linked: bool) -> tuple[Allocation, ...]:
    """The sales that a refund takes money off directly: not those that were cancelled late, whose credit it pays back (S5)."""
    return tuple(
        a
        for a in typed(plan_input, receipt)
        if a.type == "sale"
        and not _has_credit(plan_input, a, linked=linked)
        and not is_to_be_taken_back(plan_input, str(a.sale_id))
    )


def _has_credit(plan_input: PlanInput, allocation: Allocation, *, linked: bool) -> bool:
    """Whether a sale was cancelled late and its credit memo is open for as much, or is joined to the refund already."""
    link = of_cancelled_sale(plan_input, Side.ONCORD, str(allocation.sale_id))
    memo = plan_input.record(Side.QUICKBOOKS, Kind.SALE, link.quickbooks_id) if link is not None else None
    return isinstance(memo, Sale) and (linked or memo.money.total - memo.paid >= allocation.amount)


def _money_out_alone(
    plan_input: PlanInput,
    change: ChangedRecord,
    receipt: Receipt,
    named: Sequence[Allocation],
    answer: RefundAnswer,
    *,
    linked: bool,
) -> Gives:
    """A refund that pays back no document: Oncord is told so where it names a sale."""
    ids = {a.sale_id for a in named}
    left = tuple(a for a in receipt.payment.allocations if a.sale_id not in ids)
    bare = replace(receipt, payment=replace(receipt.payment, allocations=left))
    account = answer.account or plan_input.configuration.goodwill_account if answer.answer == GOODWILL else ""
    if answer.answer == GOODWILL and not account:
        words = "It is goodwill, and no expense account is chosen for that. Choose one in the configuration."
        raise Obstacle(ConfigurationChoice("goodwill account"), words)
    words = {
        OVERPAYMENT: "It returns an overpayment, and pays back no sale",
        GOODWILL: "It is goodwill, and pays back no sale",
    }[answer.answer]
    told = [_told(plan_input, change, bare, f"{words}, {answer.said}.")] if named else []
    if linked:  # its money out is there: nothing else carries the answer out
        return Gives(bare, tuple(_answering(answer, told)), settled=bool(told))
    return Gives(bare, tuple(told), answer=answer, expense_account=account)


def _given_back(
    plan_input: PlanInput,
    change: ChangedRecord,
    receipt: Receipt,
    named: Sequence[Allocation],
    answer: RefundAnswer,
) -> Iterator[Operation]:
    """The adjustment that was missing; once it is there, the refund pays that back."""
    (of_sale,) = named
    sale_id = str(of_sale.sale_id)
    sale = plan_input.record(Side.ONCORD, Kind.SALE, sale_id)
    assert isinstance(sale, Sale)
    made = [s for s in _adjustments_of(plan_input, receipt, sale_id) if made_for_refund(s.marker, change.id)]
    if made:
        back = replace(of_sale, sale_id=made[-1].id, type="adjustment")
        allocations = tuple(back if a.sale_id == sale_id else a for a in receipt.payment.allocations)
        told = replace(receipt, payment=replace(receipt.payment, allocations=allocations))
        reason = (
            f"It pays back adjustment {made[-1].record.number}".rstrip() if isinstance(made[-1].record, Sale) else ""
        )
        yield from _answering(answer, [_told(plan_input, change, told, f"{reason}, {answer.said}.")])
        return
    others = sum(1 for s in _adjustments_of(plan_input, receipt, sale_id) if s.marker)
    adjustment = adjustment_of(sale, sale_id, of_sale.amount, receipt.date, others)
    money = with_currency(of_sale.amount, receipt.payment.currency)
    yield create(
        Side.ONCORD,
        Kind.SALE,
        change.id,
        adjustment,
        RULE,
        f"{money} of sale {sale.number} was given back, {answer.said}: an adjustment of the sale, which the refund pays back.",
        fields=("money",),
        part=REFUND,
        generation=answer.times,
        backfill=plan_input.backfill,
    )


def _adjustments_of(plan_input: PlanInput, receipt: Receipt, sale_id: str) -> list[Snapshot]:
    """The adjustments of a sale in Oncord."""
    known = plan_input.money_of.get(str(receipt.contact_id), ())
    return [s for s in known if isinstance(s.record, Sale) and s.record.adjusts_id == sale_id and not s.deleted]


def _told(plan_input: PlanInput, change: ChangedRecord, receipt: Receipt, reason: str) -> Operation:
    """What the refund pays back from now on, as Oncord is told."""
    target = plan_input.snapshots[Side.ONCORD, Kind.RECEIPT, change.id]
    backfill = plan_input.backfill
    return update(target, change.id, receipt, RULE, reason, fields=("payment",), part=REFUND, backfill=backfill)


def _answering(answer: RefundAnswer | None, operations: Sequence[Operation]) -> list[Operation]:
    """The operations, of which the first carries the answer out."""
    if answer is None or not operations:
        return list(operations)
    first = replace(operations[0], answers=answer.item_id, locked=LockedChange(answer.shown, ""))
    return [first, *operations[1:]]


def given_back_removed(plan_input: PlanInput, change: ChangedRecord) -> Iterator[Operation]:
    """Delete the adjustments that were made for a refund which was deleted in Oncord, once its money out is gone: they go as if a
    person had deleted them. Where the money out stays (R3, cleared money), so do they."""
    own = plan_input.snapshot(*change.key)
    if change.side is not Side.ONCORD or own is None or not own.deleted:
        return
    if with_its_contact(own.deleted_with, change.deleted_with):
        return
    links = plan_input.links.by_record.get(change.key, ())
    legs = (plan_input.snapshot(Side.QUICKBOOKS, Kind.RECEIPT, link.quickbooks_id) for link in links)
    if any(leg is not None and not leg.deleted for leg in legs):
        return
    held = (own.record, *(link.base_oncord for link in links))
    ids = {str(a.sale_id) for record in held if isinstance(record, Receipt) for a in record.payment.allocations}
    for sale_id in sorted(ids):
        adjustment = plan_input.snapshot(Side.ONCORD, Kind.SALE, sale_id)
        if adjustment is not None and not adjustment.deleted and made_for_refund(adjustment.marker, change.id):
            reason = "It was made for a refund, which was deleted in Oncord."
            yield delete(adjustment, change.id, RULE, reason, part=REFUND)


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


def _answer(
    plan_input: PlanInput, refund_id: str, receipt: Receipt, named: Sequence[Allocation]
) -> RefundAnswer | None:
    """What a person has said about the refund as it is; an answer by which it names no sale any more holds once that is so."""
    answer = plan_input.refund_answers.get(refund_id)
    if answer is None:
        return None
    told = answer.answer != GIVEN_BACK and not named
    asked = _shown(receipt, named)
    same = answer.shown.rpartition("|")[0] == asked.rpartition("|")[0] if told else answer.shown == asked
    return answer if same and (named or told) and (not told or not receipt.payment.allocations) else None


def _shown(receipt: Receipt, named: Sequence[Allocation]) -> str:
    """What stands for a refund as it was asked about."""
    paid = receipt.payment
    sales = ",".join(f"{a.sale_id} {a.amount.normalize()}" for a in sorted(named, key=lambda a: str(a.sale_id)))
    return f"{paid.amount.normalize()} {paid.currency}|{receipt.contact_id}|{sales}"


def _question(
    plan_input: PlanInput, change: ChangedRecord, receipt: Receipt, named: Sequence[Allocation], *, linked: bool
) -> Operation:
    sale = plan_input.record(Side.ONCORD, Kind.SALE, str(named[0].sale_id)) if len(named) == 1 else None
    of = _may_be_given_back(sale, named[0].amount) if isinstance(sale, Sale) else None
    paid_too_much = open_credit(plan_input, change.id, receipt) >= -receipt.payment.amount
    alone = len(named) == len(receipt.payment.allocations)
    answers = [OVERPAYMENT, *((GOODWILL,) if alone and not linked else ())]
    if of is not None:
        answers.insert(1 if of == "part" and paid_too_much else 0, GIVEN_BACK)
    proposed = answers[0] if of in ("whole", "line") or paid_too_much else ""
    asked = park(change, RULE, _words(plan_input, receipt, named))
    advice = " ".join(_advice(answer, answer == proposed, of) for answer in answers)
    return replace(asked, refund=RefundQuestion(_shown(receipt, named), advice, tuple(answers)))


def _may_be_given_back(sale: Sale, amount: Decimal) -> Of | None:
    """What of a sale an amount is; None where it cannot be given back of it."""
    if sale.type != "sale" or is_void(sale) or not _ZERO < amount <= sale.money.total:
        return None
    return amount_is(sale, amount)


def _words(plan_input: PlanInput, receipt: Receipt, named: Sequence[Allocation]) -> str:
    contact = plan_input.record(Side.ONCORD, Kind.CONTACT, str(receipt.contact_id))
    who = f" to {contact_name(contact)}" if isinstance(contact, Contact) else ""
    day = f" of {day_in_words(receipt.date)}" if receipt.date else ""
    money = with_currency(-receipt.payment.amount, receipt.payment.currency)
    numbers = [
        sale.number
        for a in named
        if isinstance(sale := plan_input.record(Side.ONCORD, Kind.SALE, str(a.sale_id)), Sale) and sale.number
    ]
    sales = f"sale{'s' if len(numbers) > 1 else ''} {' and '.join(numbers)}".strip() if numbers else "a sale"
    what = (
        f"takes money off {sales} directly"
        if named
        else "pays back nothing, and the customer has no credit that it could be"
    )
    return (
        f"The refund{who}{day} over {money} {what}. QuickBooks has no document for that as long as nobody has said what it gives "
        "back. It waits until then."
    )


def _advice(answer: str, is_proposed: bool, of: Of | None) -> str:
    how = {
        "whole": "all lines of the sale",
        "line": "the line of that amount",
        "part": "each line of the sale in proportion",
        None: "",
    }[of]
    words = {
        GIVEN_BACK: (
            f"goods or price given back: an adjustment of the sale is made in Oncord and a credit memo in QuickBooks, {how} with its "
            "tax code, dated as the refund, which pays it back."
        ),
        OVERPAYMENT: (
            "an overpayment returned: the refund pays back no sale, and is money out against what the customer has paid too much."
        ),
        GOODWILL: "goodwill: the refund pays back no sale, and is booked to the expense account that is chosen for it.",
    }[answer]
    return f"Proposed: {words}" if is_proposed else words[0].upper() + words[1:]
