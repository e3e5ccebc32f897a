"""The receipts that stay in Oncord although the books have lost their payments of a sale (R4), beside money that pays it anew.

Both together may pay more than the sale: that is asked about, by `replaced` of a payment that is new, by `paid_meanwhile` of
one that has its receipt already.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain.matching.evidence import Match
from app.domain.matching.payments import payment_evidence
from app.domain.model.currencies import written
from app.domain.model.days import day_in_words
from app.domain.model.links import Link
from app.domain.model.operations import Operation
from app.domain.model.records import Allocation, Kind, Receipt, Sale, Side, Snapshot
from app.domain.planning.id_map import IdMap
from app.domain.planning.plan_input import PlanInput
from app.domain.planning.questions import choice, question_about
from app.domain.receipts.legs import Legs, legs_of

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Kept:
    """A receipt that stays although the books have lost its payment of a sale; `share` is it as that payment had it."""

    receipt: Snapshot
    share: Receipt
    legs: Legs
    lost: tuple[Link, ...]
    """The lost payments of that sale, of which another one takes the place."""


def kept_by_sale(plan_input: PlanInput, id_map: IdMap, translated: Receipt) -> dict[str, list[Kept]]:
    """The receipts that stay although their payments of the same sales are lost, by sale."""
    kept: dict[str, list[Kept]] = {}
    for sale_id in sorted({str(a.sale_id) for a in translated.payment.allocations}):
        document = id_map.find(Side.ONCORD, Kind.SALE, sale_id)
        if not isinstance(document, str):
            continue
        candidates = (_kept(plan_input, id_map, s, document) for s in plan_input.paid_before.get(sale_id, ()))
        if several := [one for one in candidates if one is not None]:
            kept[sale_id] = several
    return kept


def _kept(plan_input: PlanInput, id_map: IdMap, snapshot: Snapshot, document: str) -> Kept | None:
    """A receipt that stays although its payment of a document of the books is lost; None where that is not so."""
    receipt = snapshot.record
    if not isinstance(receipt, Receipt) or snapshot.deleted or receipt.voided or receipt.payment.amount < 0:
        return None
    key = (Side.ONCORD, Kind.RECEIPT, snapshot.id)
    legs = _legs_by_now(plan_input, snapshot.id)
    taken = not legs.standing and id_map.find(*key) is not None and plan_input.links.live(key) is None
    if not legs.lost or taken or any(document in _paid_by(plan_input, leg) for leg in legs.standing):
        return None
    if not legs.standing:
        return Kept(snapshot, receipt, legs, legs.lost)
    invoice = plan_input.record(Side.QUICKBOOKS, Kind.SALE, document)
    customer = invoice.contact_id if isinstance(invoice, Sale) else ""
    lost = tuple(leg for leg in legs.lost if document in _had_paid(leg) or _customer(leg) == customer)
    return Kept(snapshot, _share_of(id_map, receipt, lost), legs, lost) if lost else None


def _legs_by_now(plan_input: PlanInput, receipt_id: str) -> Legs:
    """The payments of a receipt, of which those that were deleted since the last run are lost, too."""
    parts = plan_input.links.parts((Side.ONCORD, Kind.RECEIPT, receipt_id))
    payments = [(leg, plan_input.snapshot(Side.QUICKBOOKS, Kind.RECEIPT, leg.quickbooks_id)) for leg in parts]
    gone = [leg for leg, payment in payments if payment is not None and payment.deleted]
    links = plan_input.links.burying(gone, Side.QUICKBOOKS) if gone else plan_input.links
    return legs_of(replace(plan_input, links=links), receipt_id)


def _paid_by(plan_input: PlanInput, leg: Link) -> set[str]:
    payment = plan_input.record(Side.QUICKBOOKS, Kind.RECEIPT, leg.quickbooks_id)
    return {str(a.sale_id) for a in payment.payment.allocations} if isinstance(payment, Receipt) else set()


def _had_paid(leg: Link) -> set[str]:
    base = leg.base_quickbooks
    return {str(a.sale_id) for a in base.payment.allocations} if isinstance(base, Receipt) else set()


def _customer(leg: Link) -> str:
    return str(leg.base_quickbooks.contact_id) if isinstance(leg.base_quickbooks, Receipt) else ""


def _share_of(id_map: IdMap, receipt: Receipt, lost: Sequence[Link]) -> Receipt:
    """What of a receipt its lost payments had held."""
    paid = {id_map.find(Side.QUICKBOOKS, Kind.SALE, document) for leg in lost for document in _had_paid(leg)}
    allocations = tuple(a for a in receipt.payment.allocations if a.sale_id in paid)
    bases = (leg.base_quickbooks for leg in lost)
    cash = sum((base.payment.amount for base in bases if isinstance(base, Receipt)), ZERO)
    return replace(receipt, payment=replace(receipt.payment, amount=cash, allocations=allocations))


def overpaid_with(
    plan_input: PlanInput,
    id_map: IdMap,
    translated: Receipt,
    sale_id: str,
    kept: Sequence[Kept],
    before: Decimal = ZERO,
) -> bool:
    """Whether a sale would be paid more than its total by what stays and what QuickBooks shows as settled, or than is open
    in Oncord, where this money pays `before` of it already."""
    sale = plan_input.record(Side.ONCORD, Kind.SALE, sale_id)
    document = plan_input.record(Side.QUICKBOOKS, Kind.SALE, str(id_map.find(Side.ONCORD, Kind.SALE, sale_id)))
    if not isinstance(sale, Sale) or not isinstance(document, Sale):
        return False
    new = amount_on(sale_id, translated.payment.allocations)
    stays = sum((amount_on(sale_id, one.share.payment.allocations) for one in kept), ZERO)
    total = abs(sale.money.total)
    return stays > 0 and (stays + max(new, document.paid) > total or new - before > total - sale.paid)


def amount_on(sale_id: str, allocations: Sequence[Allocation]) -> Decimal:
    """What some allocations pay of a sale."""
    return sum((abs(a.amount) for a in allocations if a.sale_id == sale_id), ZERO)


def question(
    plan_input: PlanInput, own: Snapshot, translated: Receipt, kept: Sequence[Kept], sale_id: str, same: str
) -> Operation:
    """Whether money that pays a sale is that of a receipt that stays; `same`: what is then to be done, and becomes of it."""
    sale = plan_input.record(Side.ONCORD, Kind.SALE, sale_id)
    assert isinstance(sale, Sale)
    overpaid = frozenset([sale_id])
    evidence = [payment_evidence(translated, one.share, {}, asked=True, overpaid=overpaid) for one in kept]
    choices = [Match(one.receipt, each) for one, each in zip(kept, evidence, strict=True)]
    currency = translated.payment.currency
    listed = " and ".join(told(one) for one in kept)
    words = (
        f"In QuickBooks the payment of {listed} is gone; the money stays recorded in Oncord. This payment of "
        f"{written(translated.payment.amount, currency)} {currency} is for the same sale"
        f"{f' {sale.number}' if sale.number else ''}, and both together would pay more than its "
        f"{written(abs(sale.money.total), currency)} {currency}. If it is the same money, entered anew, choose the receipt: {same} "
        "If it is other money, say that it is a new one; the sale is then overpaid in Oncord."
    )
    return question_about(own, choices, words)


def told(kept: Kept) -> str:
    """A receipt as somebody can find it: its reference, the amount that the lost payment had, its date."""
    money, facts = kept.share.payment, dict(choice(kept.receipt).facts)
    name = f"receipt {facts['number']}" if "number" in facts else "the receipt"
    dated = f" of {day_in_words(facts['date'])}" if "date" in facts else ""
    return f"{name} ({written(money.amount, money.currency)} {money.currency}{dated})"
