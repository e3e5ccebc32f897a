"""The counterpart of a receipt or payment that has none yet: adopted, asked about, or none."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from app.domain.matching.evidence import Match
from app.domain.matching.payments import (
    PaidSale,
    matching_payments,
    money_differs,
    paid_sale,
)
from app.domain.model.operations import Disagreement, Operation
from app.domain.model.records import (
    Kind,
    Receipt,
    Reference,
    Sale,
    Side,
    Snapshot,
)
from app.domain.planning.id_map import IdMap
from app.domain.planning.named_choices import both_amounts, one_of_several
from app.domain.planning.numbers import numbers_apart
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.planning.questions import (
    choice,
    identified,
    joined,
    waiting,
)
from app.domain.receipts.refunds import adopted_credit

UNDEPOSITED = "undeposited"
"""The extra of a payment that waits in QuickBooks' account of undeposited funds."""


def payment_found(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, own: Receipt, translated: Receipt, rule: str
) -> list[Operation]:
    """Adopt the one that is this one, or ask; nothing where it is new. `translated` is `own` in the other side's ids.

    Date and reference of an adopted pair stay as each side has them: money arrives on another day than it was sent.
    """
    side, snapshot = change.side, plan_input.snapshots[change.key]

    def rivals(match: Snapshot) -> list[Match]:
        assert isinstance(match.record, Receipt)
        same = match.record.contact_id == translated.contact_id
        owner = own.contact_id if same else id_map.find(side.other, Kind.CONTACT, str(match.record.contact_id))
        alike = _told_here(id_map, side, match.record, owner or "")
        return _near(plan_input, id_map, side, alike, match)

    matches = _near(plan_input, id_map, side.other, translated, snapshot)
    match_or_question = identified(plan_input, id_map, snapshot, matches, rivals)
    if isinstance(match_or_question, Operation):
        return list(
            waiting(plan_input, change, both_amounts(plan_input, one_of_several(plan_input, match_or_question)))
        )
    if match_or_question is None:
        return []
    reason = "The same money was recorded on both sides; it is one receipt from now on."
    joining = joined(id_map, snapshot, match_or_question, rule, reason)
    adopted = with_difference(plan_input, joining, snapshot, translated, match_or_question)
    return [adopted, *adopted_credit(plan_input, id_map, adopted)]


def with_difference(
    plan_input: PlanInput, adoption: Operation, own: Snapshot, translated: Receipt, counterpart: Snapshot
) -> Operation:
    """An adoption that says what the two disagree on; like two documents they stay as they are until somebody corrects one."""
    assert isinstance(counterpart.record, Receipt)
    pair = (translated, counterpart.record) if own.side is Side.ONCORD else (counterpart.record, translated)
    differs = money_differs(*pair)
    winner = plan_input.configuration.conflict_winner[Kind.RECEIPT]
    if not differs:
        reason = f"{adoption.reason} {numbers_apart(*pair)}".rstrip()
        contact = Disagreement("contact_id", None, pair[0].contact_id, pair[1].contact_id, winner)
        of_two = pair[0].contact_id != pair[1].contact_id
        return replace(adoption, reason=reason, disagreements=(contact,) if of_two else ())
    receipt_first = (own, counterpart) if own.side is Side.ONCORD else (counterpart, own)
    names = [choice(s).name for s in receipt_first]
    reason = (
        f"Receipt {names[0]} and payment {names[1]} are one from now on, but {' and '.join(differs)}. Correct the one that "
        "is wrong; what you change reaches the other one."
    )
    money = Disagreement("payment", None, pair[0].payment, pair[1].payment, winner)
    return replace(adoption, reason=reason, disagreements=(money,))


def _near(plan_input: PlanInput, id_map: IdMap, side: Side, translated: Receipt, across: Snapshot) -> list[Match]:
    """What `translated` could be on `side`; it is `across` in the ids of that side."""
    free = [
        s for s in plan_input.candidates.get((side, Kind.RECEIPT), ()) if id_map.find(side, Kind.RECEIPT, s.id) is None
    ]
    accounts = {s.id: _accounts_agree(plan_input, s, across) for s in free}
    asked = frozenset(s.id for s in free if plan_input.asks(s, across))
    overpaid = _overpaid(plan_input, id_map, side, translated, free)
    return matching_payments(translated, free, _paid(plan_input, side, translated), accounts, asked, overpaid)


def _overpaid(
    plan_input: PlanInput, id_map: IdMap, side: Side, translated: Receipt, free: Iterable[Snapshot]
) -> frozenset[str]:
    """The sales of `side` that `translated` pays and that would be overpaid if Oncord's receipts without a counterpart and
    what QuickBooks shows as settled were not the same money."""
    overpaid = set[str]()
    for allocation in translated.payment.allocations:
        sale_id = str(allocation.sale_id)
        across = id_map.find(side, Kind.SALE, sale_id)
        ids = {side: sale_id, side.other: across if isinstance(across, str) else ""}
        sale = plan_input.record(Side.ONCORD, Kind.SALE, ids[Side.ONCORD])
        invoice = plan_input.record(Side.QUICKBOOKS, Kind.SALE, ids[Side.QUICKBOOKS])
        others = sum((_pays(s.record, sale_id) for s in free), Decimal(0))
        if not isinstance(sale, Sale) or not isinstance(invoice, Sale) or not others or allocation.type != "sale":
            continue
        in_oncord, in_quickbooks = (others, allocation.amount) if side is Side.ONCORD else (allocation.amount, others)
        if in_oncord + max(in_quickbooks, invoice.paid) > sale.money.total:
            overpaid.add(sale_id)
    return frozenset(overpaid)


def _pays(record: object, sale_id: str) -> Decimal:
    if not isinstance(record, Receipt) or record.voided or record.payment.amount <= 0:
        return Decimal(0)
    return sum((a.amount for a in record.payment.allocations if a.sale_id == sale_id), Decimal(0))


def _told_here(id_map: IdMap, side: Side, other: Receipt, owner: Reference) -> Receipt:
    """A receipt of the other side in the ids of `side`; its contact is `owner`."""
    allocations = tuple(
        replace(a, sale_id=id_map.find(side.other, Kind.SALE, str(a.sale_id)) or "") for a in other.payment.allocations
    )
    return replace(other, contact_id=owner, payment=replace(other.payment, allocations=allocations))


def _paid(plan_input: PlanInput, side: Side, receipt: Receipt) -> dict[str, PaidSale]:
    sales = _sales(plan_input, side, (str(a.sale_id) for a in receipt.payment.allocations))
    return {sale_id: paid_sale(sale) for sale_id, sale in sales}


def _sales(plan_input: PlanInput, side: Side, ids: Iterable[str]) -> list[tuple[str, Sale]]:
    records = [(i, plan_input.record(side, Kind.SALE, i)) for i in ids]
    return [(i, sale) for i, sale in records if isinstance(sale, Sale)]


def _accounts_agree(plan_input: PlanInput, one: Snapshot, other: Snapshot) -> bool:
    """Whether money lies where its payment method says, or has not been deposited yet; where no cash moves, always."""
    oncord, quickbooks = (one, other) if one.side is Side.ONCORD else (other, one)
    receipt, payment = oncord.record, quickbooks.record
    assert isinstance(receipt, Receipt)
    assert isinstance(payment, Receipt)
    if not payment.payment.amount or not payment.channel or UNDEPOSITED in quickbooks.extras:
        return True
    return plan_input.configuration.account_for(receipt.channel, receipt.payment.currency) == payment.channel
