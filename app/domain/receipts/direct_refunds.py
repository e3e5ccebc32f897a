"""Refunds that pay back no adjustment (R5): what such a refund gives back is asked once, and the answer is carried out.

Goods or price: the adjustment that was missing is made in Oncord, dated as the refund, which pays it back from then on; it
goes over as any adjustment does. Credit that is open: the refund names those adjustments. An overpayment, or goodwill: the refund names no sale any more, and is money out alone,
against Accounts Receivable or an expense account. Nobody is asked where the contact has credit enough that is open.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.domain.model.currencies import with_currency
from app.domain.model.deletion import with_its_contact
from app.domain.model.link_part import REFUND, RefundOf, made_for_refund
from app.domain.model.operations import Operation
from app.domain.model.records import Allocation, Kind, Receipt, Sale, Side
from app.domain.model.refund_answers import GIVEN_BACK, GOODWILL, OVERPAYMENT, PAYS_CREDIT
from app.domain.model.waiting import ConfigurationChoice
from app.domain.planning.conversion import added_up
from app.domain.planning.id_map import Obstacle
from app.domain.planning.opening import is_before, is_left_out, stays_before
from app.domain.planning.plan_input import ChangedRecord, PlanInput, RefundAnswer
from app.domain.planning.unapplied import answered_by
from app.domain.planning.writes import create, delete, update
from app.domain.receipts.allocations import of_cancelled_sale, typed
from app.domain.receipts.given_back import adjustment_of
from app.domain.receipts.left_of_sales import left_of, made_before, made_for, may_be_given_back
from app.domain.receipts.open_credit import credit_called, credit_paid_back, open_credit
from app.domain.receipts.refund_questions import RULE, question, shown_as
from app.domain.receipts.refunds import is_to_be_taken_back


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
    if named and answer is not None and answer.answer == PAYS_CREDIT:
        return Gives(receipt, tuple(_pays_credit(plan_input, change, receipt, named, answer)), settled=True)
    if named and answer is None:
        return Gives(receipt, (question(plan_input, change, receipt, named, linked=linked),), settled=True)
    if answer is not None:
        return _money_out_alone(plan_input, change, receipt, named, answer, linked=linked)
    if receipt.payment.allocations or linked or open_credit(plan_input, change.id, receipt) >= -receipt.payment.amount:
        return Gives(receipt)
    return Gives(receipt, question=question(plan_input, change, receipt, named, linked=False))


def _sales_named(plan_input: PlanInput, receipt: Receipt, *, linked: bool) -> tuple[Allocation, ...]:
    """The sales that a refund takes money off directly: not those that were cancelled late, whose credit it pays back (S5). So are
    adjustments from before the start date, of which the books have no credit memo, as long as its money out is not there."""
    return tuple(
        a
        for a in typed(plan_input, receipt)
        if (
            a.type == "sale"
            and not _has_credit(plan_input, a, linked=linked)
            and not is_to_be_taken_back(plan_input, str(a.sale_id))
        )
        or (a.type == "adjustment" and not linked and is_from_before(plan_input, receipt, a))
    )


def asks_what_it_gives(plan_input: PlanInput, receipt: Receipt) -> bool:
    """Whether this is money that was paid back since the start date for what is from before: the bank has less, which the books have
    to know of. Not where somebody has left out one of its sales (S1)."""
    early = [a for a in typed(plan_input, receipt) if is_from_before(plan_input, receipt, a)]
    return bool(early) and not any(is_left_out(plan_input, str(a.sale_id)) for a in early)


def is_from_before(plan_input: PlanInput, receipt: Receipt, allocation: Allocation) -> bool:
    """Whether money that was paid back since the start date names a document from before that the books do not have."""
    paid_back = receipt.payment.amount < 0 and not is_before(receipt.date, plan_input.configuration.start_date)
    return paid_back and stays_before(plan_input, str(allocation.sale_id), receipt.date)


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
    """The adjustments that are missing, one for each sale; once all are there, the refund pays those back."""
    made = {a.sale_id: made_for(plan_input, change.id, str(a.sale_id)) for a in named}
    missing = [a for a in named if made[a.sale_id] is None]
    if missing:
        for of_sale in missing:
            yield _missing_adjustment(plan_input, change, receipt, of_sale, answer, several=len(named) > 1)
        return
    there = {sale_id: snapshot for sale_id, snapshot in made.items() if snapshot is not None}
    back = {a.sale_id: replace(a, sale_id=there[a.sale_id].id, type="adjustment") for a in named}
    allocations = tuple(back.get(a.sale_id, a) for a in receipt.payment.allocations)
    told = replace(receipt, payment=replace(receipt.payment, allocations=allocations))
    numbers = [each.record.number for each in there.values() if isinstance(each.record, Sale) and each.record.number]
    called = "the adjustments" if len(named) > 1 else "adjustment"
    reason = f"It pays back {called} {' and '.join(numbers)}".rstrip()
    yield from _answering(answer, [_told(plan_input, change, told, f"{reason}, {answer.said}.")])


def _missing_adjustment(
    plan_input: PlanInput,
    change: ChangedRecord,
    receipt: Receipt,
    of_sale: Allocation,
    answer: RefundAnswer,
    *,
    several: bool,
) -> Operation:
    """The adjustment of one sale over what the refund gives back of it."""
    sale_id = str(of_sale.sale_id)
    left = left_of(plan_input, change.id, receipt, sale_id)
    assert left is not None
    others = made_before(plan_input, change.id, receipt, sale_id)
    adjustment = adjustment_of(left, sale_id, of_sale.amount, receipt.date, others)
    money = with_currency(of_sale.amount, receipt.payment.currency)
    return create(
        Side.ONCORD,
        Kind.SALE,
        change.id,
        adjustment,
        RULE,
        f"{money} of sale {left.sale.number} was given back, {answer.said}: an adjustment of the sale, which the refund pays back.",
        fields=("money",),
        part=RefundOf(sale_id) if several else REFUND,
        generation=answer.times,
        backfill=plan_input.backfill,
    )


def _pays_credit(
    plan_input: PlanInput,
    change: ChangedRecord,
    receipt: Receipt,
    named: Sequence[Allocation],
    answer: RefundAnswer,
) -> Iterator[Operation]:
    """The refund names the open adjustments in place of the sales."""
    ids = {a.sale_id for a in named}
    left = tuple(a for a in receipt.payment.allocations if a.sale_id not in ids)
    paid = credit_paid_back(plan_input, change.id, receipt, named)
    told = replace(receipt, payment=replace(receipt.payment, allocations=added_up((*left, *paid))))
    words = f"It pays back {credit_called(plan_input, paid)}, {answer.said}."
    yield from _answering(answer, [_told(plan_input, change, told, words)])


def _told(plan_input: PlanInput, change: ChangedRecord, receipt: Receipt, reason: str) -> Operation:
    """What the refund pays back from now on, as Oncord is told."""
    target = plan_input.snapshots[Side.ONCORD, Kind.RECEIPT, change.id]
    backfill = plan_input.backfill
    return update(target, change.id, receipt, RULE, reason, fields=("payment",), part=REFUND, backfill=backfill)


def _answering(answer: RefundAnswer | None, operations: Sequence[Operation]) -> list[Operation]:
    """The operations, of which the first carries the answer out."""
    if answer is None or not operations:
        return list(operations)
    return [answered_by(operations[0], answer), *operations[1:]]


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


def _answer(
    plan_input: PlanInput, refund_id: str, receipt: Receipt, named: Sequence[Allocation]
) -> RefundAnswer | None:
    """What a person has said about the refund as it is; an answer by which it names no sale any more holds once that is so."""
    answer = plan_input.refund_answers.get(refund_id)
    if answer is None:
        return None
    told = answer.answer in (OVERPAYMENT, GOODWILL) and not named
    asked = shown_as(receipt, named)
    same = answer.shown.rpartition("|")[0] == asked.rpartition("|")[0] if told else answer.shown == asked
    holds = same and (named or told) and (not told or not receipt.payment.allocations)
    return answer if holds and _can_be_done(plan_input, refund_id, receipt, named, answer) else None


def _can_be_done(
    plan_input: PlanInput, refund_id: str, receipt: Receipt, named: Sequence[Allocation], answer: RefundAnswer
) -> bool:
    """Whether there is still as much of a sale, or of open credit, as an answer is about; else it is asked anew."""
    if answer.answer == PAYS_CREDIT:
        return bool(credit_paid_back(plan_input, refund_id, receipt, named))
    if answer.answer == GIVEN_BACK:
        missing = [a for a in named if made_for(plan_input, refund_id, str(a.sale_id)) is None]
        return not missing or bool(may_be_given_back(plan_input, refund_id, receipt, missing))
    return True
