"""Money paid back that was deleted or voided in the books and entered anew: whether it is the refund that stayed (R4, R5).

The refund in Oncord stays where the books lose its money out. Where it and new money out for the same customer would
together pay back more than its credit, somebody is asked before a second refund is made, as with payments (`replaced`).
What a credit has room for is asked about by nobody; of money out that says no credit yet only what comes to that counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.matching.evidence import Match
from app.domain.matching.payments import payment_evidence
from app.domain.model.currencies import written
from app.domain.model.days import day_in_words
from app.domain.model.links import Link, LinkState, Origin
from app.domain.model.operations import Operation
from app.domain.model.records import Allocation, Kind, Receipt, Sale, Side, Snapshot
from app.domain.planning.decisions import adoption, linked_again, tombstoned
from app.domain.planning.id_map import IdMap
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.planning.questions import answer_about, choice, question_about
from app.domain.receipts.matches import payment_found, with_difference
from app.domain.receipts.refunds import is_refund, joins, joins_refund

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A refund that stays although the books have lost its money out; `lost` is the link to that."""

    refund: Snapshot
    receipt: Receipt
    lost: Link
    joined: bool
    """Whether the payment of zero that joins it to its credit is there still."""


def refund_found(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, purchase: Receipt, translated: Receipt, rule: str
) -> list[Operation]:
    """The refund that new money out goes on with, or the question which one that is; nothing where it is new.

    `translated` is `purchase` in Oncord's ids.
    """
    own = plan_input.snapshots[change.key]
    stay = plan_input.refunded_before.get(str(translated.contact_id), ())
    kept = [one for snapshot in stay if (one := _kept(plan_input, id_map, snapshot)) is not None]
    answer = answer_about(plan_input, own)
    for one in kept:
        if answer is not None and answer.chosen == one.refund.id:
            return _in_its_place(plan_input, id_map, own, translated, one, rule)
    known = isinstance(translated.contact_id, str) or plan_input.asks_about(change.key)
    found = payment_found(plan_input, id_map, change, purchase, translated, rule) if known else []
    if found:
        return found
    back = _credits_of(plan_input, id_map, own.id)
    beyond = [one for one in kept if _paid_back_twice(plan_input, id_map, translated, one, back)]
    refused = answer is not None and not answer.chosen and {one.refund.id for one in beyond} <= set(answer.offered)
    return [_question(plan_input, own, translated, beyond)] if beyond and not refused else []


def _kept(plan_input: PlanInput, id_map: IdMap, snapshot: Snapshot) -> _Kept | None:
    receipt, key = snapshot.record, (Side.ONCORD, Kind.RECEIPT, snapshot.id)
    if not isinstance(receipt, Receipt) or not is_refund(receipt) or snapshot.deleted or receipt.voided:
        return None
    every_leg = plan_input.links.by_record.get(key, ())
    money_out = max((leg for leg in every_leg if not joins(plan_input, leg)), key=_age, default=None)
    taken = id_map.find(*key) is not None and plan_input.links.live(key) is None
    if money_out is None or not _is_lost(plan_input, money_out) or taken:
        return None
    joined = any(joins(plan_input, leg) and not _is_lost(plan_input, leg) for leg in every_leg)
    return _Kept(snapshot, receipt, money_out, joined)


def _age(link: Link) -> int:
    return link.id


def _is_lost(plan_input: PlanInput, leg: Link) -> bool:
    """Whether the books have lost what a link leads to: it was deleted or voided there, in this very run too."""
    if leg.state is not LinkState.LIVE:
        return leg.state is LinkState.TOMBSTONE and leg.gone is Side.QUICKBOOKS
    document = plan_input.snapshot(Side.QUICKBOOKS, Kind.RECEIPT, leg.quickbooks_id)
    return document is not None and (
        document.deleted or (isinstance(document.record, Receipt) and document.record.voided)
    )


def _credits_of(plan_input: PlanInput, id_map: IdMap, purchase_id: str) -> dict[str, Decimal]:
    """What new money out is said to pay back: the adjustments, by their ids in Oncord, that a payment of zero joins it to."""
    found: dict[str, Decimal] = {}
    for (side, kind, payment_id), snapshot in plan_input.snapshots.items():
        payment = snapshot.record
        if side is not Side.QUICKBOOKS or kind is not Kind.RECEIPT or not isinstance(payment, Receipt):
            continue
        if snapshot.deleted or not joins_refund(payment) or plan_input.links.live((side, kind, payment_id)):
            continue
        if all((a.type, str(a.sale_id)) != ("refund", purchase_id) for a in payment.payment.allocations):
            continue
        for credit in (a for a in payment.payment.allocations if a.type == "adjustment"):
            adjustment = id_map.find(Side.QUICKBOOKS, Kind.SALE, str(credit.sale_id))
            found[str(adjustment)] = found.get(str(adjustment), ZERO) + credit.amount
    return found


def _paid_back_twice(
    plan_input: PlanInput, id_map: IdMap, translated: Receipt, kept: _Kept, back: Mapping[str, Decimal]
) -> bool:
    """Whether a refund that stays and new money out would together pay back more than the credit that there is."""
    own = _by_adjustment(kept.receipt.payment.allocations)
    new, stays = -translated.payment.amount, -kept.receipt.payment.amount
    if back:
        return any(
            own[i] + max(back[i], _used(plan_input, id_map, i)) > _total(plan_input, i)
            for i in own.keys() & back.keys()
        )
    if own:
        return stays + new > sum((_total(plan_input, i) for i in own), ZERO)
    return stays == new and translated.payment.currency == kept.receipt.payment.currency


def _by_adjustment(allocations: Iterable[Allocation]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for each in allocations:
        found[str(each.sale_id)] = found.get(str(each.sale_id), ZERO) + abs(each.amount)
    return found


def _total(plan_input: PlanInput, adjustment_id: str) -> Decimal:
    adjustment = plan_input.record(Side.ONCORD, Kind.SALE, adjustment_id)
    return abs(adjustment.money.total) if isinstance(adjustment, Sale) else ZERO


def _used(plan_input: PlanInput, id_map: IdMap, adjustment_id: str) -> Decimal:
    """What QuickBooks shows as used up of the credit memo, the new money out included once it is joined."""
    memo = plan_input.record(Side.QUICKBOOKS, Kind.SALE, str(id_map.find(Side.ONCORD, Kind.SALE, adjustment_id)))
    return memo.paid if isinstance(memo, Sale) else ZERO


def _question(plan_input: PlanInput, own: Snapshot, translated: Receipt, kept: Sequence[_Kept]) -> Operation:
    evidence = [payment_evidence(translated, one.receipt, {}, asked=True) for one in kept]
    choices = [Match(one.refund, each) for one, each in zip(kept, evidence, strict=True)]
    currency = translated.payment.currency
    named = " and ".join(_told(plan_input, one) for one in kept)
    words = (
        f"In QuickBooks the money out of {named} is gone; the refund stays recorded in Oncord. This refund of "
        f"{written(-translated.payment.amount, currency)} {currency} goes to the same customer, and both together would pay back "
        "more than there is to be paid back. If it is the same money, entered anew, choose the refund: this money takes the "
        "place of what is gone. If it is other money, say that it is a new one; it is then paid back twice in Oncord."
    )
    return question_about(own, choices, words)


def _told(plan_input: PlanInput, kept: _Kept) -> str:
    """A refund as somebody can find it: its reference, its amount, its day, and the adjustments that it pays back."""
    money, facts = kept.receipt.payment, dict(choice(kept.refund).facts)
    name = f"refund {facts['number']}" if "number" in facts else "the refund"
    dated = f" of {day_in_words(facts['date'])}" if "date" in facts else ""
    numbers = [
        sale.number
        for i in _by_adjustment(money.allocations)
        if isinstance(sale := plan_input.record(Side.ONCORD, Kind.SALE, i), Sale) and sale.number
    ]
    credit = f" for adjustment {' and '.join(numbers)}" if numbers else ""
    return f"{name} ({written(-money.amount, money.currency)} {money.currency}{dated}{credit})"


def _in_its_place(
    plan_input: PlanInput, id_map: IdMap, own: Snapshot, translated: Receipt, kept: _Kept, rule: str
) -> list[Operation]:
    """The new money out is what the lost one was. Its refund is marked as linked where it has its credit, or pays none back;
    else by what joins the two (`credits`)."""
    id_map.belongs_to(Kind.RECEIPT, own.id, kept.refund.id)
    id_map.goes_on_with(Kind.RECEIPT, kept.refund.id, own.id)
    reason = "It is the same money as what is gone, and takes its place."
    joining = adoption(Kind.RECEIPT, kept.refund.id, own.id, rule, reason)
    operations = [with_difference(plan_input, joining, own, translated, kept.refund)]
    if kept.lost.state is LinkState.LIVE:
        operations.append(tombstoned(Side.QUICKBOOKS, kept.lost, "R4", "Other money out has taken its place."))
    if kept.joined or not kept.receipt.payment.allocations:
        link = Link(0, Kind.RECEIPT, kept.refund.id, own.id, Origin.BOTH)
        operations += linked_again(link, kept.refund, rule)
    return operations
