"""A payment that was deleted or voided in the books and entered anew: whether it is the money of the receipt that stayed.

The receipt of a lost payment stays in Oncord (R4). Where it and a new payment would together pay more than the sale,
somebody is asked before a second receipt is made. The same money: the new payment takes the place of the lost one. Other
money: it becomes a receipt of its own. A further payment that the sale has room for is asked about by nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain.matching.evidence import Match
from app.domain.matching.payments import payment_evidence
from app.domain.model.currencies import written
from app.domain.model.days import day_in_words
from app.domain.model.link_part import PRIMARY
from app.domain.model.links import Link, LinkState, Origin
from app.domain.model.operations import Operation
from app.domain.model.records import Allocation, Kind, Receipt, Sale, Side, Snapshot
from app.domain.model.write_fields import BooksStatus
from app.domain.planning.decisions import adoption, mark, tombstoned
from app.domain.planning.id_map import IdMap
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.planning.questions import answer_about, choice, question_about
from app.domain.receipts.legs import Legs, legs_of
from app.domain.receipts.matches import payment_found, with_difference

ZERO = Decimal(0)
_MARKED = (BooksStatus.GONE, BooksStatus.VOID)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A receipt that stays although the books have lost its payment of a sale; `share` is it as that payment had it."""

    receipt: Snapshot
    share: Receipt
    legs: Legs
    lost: tuple[Link, ...]
    """The lost payments of that sale, of which another one takes the place."""


def receipt_found(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, payment: Receipt, translated: Receipt, rule: str
) -> list[Operation]:
    """The receipt that a new payment goes on with, or the question which one that is; nothing where it is new.

    `translated` is `payment` in Oncord's ids.
    """
    own = plan_input.snapshots[change.key]
    kept = _kept_by_sale(plan_input, id_map, translated)
    answer = answer_about(plan_input, own)
    for one in (each for several in kept.values() for each in several):
        if answer is not None and answer.chosen == one.receipt.id:
            return _in_its_place(plan_input, id_map, own, translated, one, rule)
    known = isinstance(translated.contact_id, str) or plan_input.asks_about(change.key)
    found = payment_found(plan_input, id_map, change, payment, translated, rule) if known else []
    if found:
        return found
    overpaid = {s: k for s, k in kept.items() if _overpaid(plan_input, id_map, translated, s, k)}
    offered = {one.receipt.id: one for several in overpaid.values() for one in several}
    refused = answer is not None and not answer.chosen and offered.keys() <= set(answer.offered)
    if not offered or refused:
        return []
    return [_question(plan_input, own, translated, list(offered.values()), next(iter(overpaid)))]


def _kept_by_sale(plan_input: PlanInput, id_map: IdMap, translated: Receipt) -> dict[str, list[_Kept]]:
    """The receipts that stay although their payments of the same sales are lost, by sale."""
    kept: dict[str, list[_Kept]] = {}
    for sale_id in sorted({str(a.sale_id) for a in translated.payment.allocations}):
        document = id_map.find(Side.ONCORD, Kind.SALE, sale_id)
        if translated.payment.amount < 0 or not isinstance(document, str):
            continue
        candidates = (_kept(plan_input, id_map, s, document) for s in plan_input.paid_before.get(sale_id, ()))
        if several := [one for one in candidates if one is not None]:
            kept[sale_id] = several
    return kept


def _kept(plan_input: PlanInput, id_map: IdMap, snapshot: Snapshot, document: str) -> _Kept | None:
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
        return _Kept(snapshot, receipt, legs, legs.lost)
    invoice = plan_input.record(Side.QUICKBOOKS, Kind.SALE, document)
    customer = invoice.contact_id if isinstance(invoice, Sale) else ""
    lost = tuple(leg for leg in legs.lost if document in _had_paid(leg) or _customer(leg) == customer)
    return _Kept(snapshot, _share_of(id_map, receipt, lost), legs, lost) if lost else None


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


def _overpaid(plan_input: PlanInput, id_map: IdMap, translated: Receipt, sale_id: str, kept: Sequence[_Kept]) -> bool:
    """Whether a sale would be paid more than its total by what stays and what QuickBooks shows as settled, or than is open
    in Oncord."""
    sale = plan_input.record(Side.ONCORD, Kind.SALE, sale_id)
    document = plan_input.record(Side.QUICKBOOKS, Kind.SALE, str(id_map.find(Side.ONCORD, Kind.SALE, sale_id)))
    if not isinstance(sale, Sale) or not isinstance(document, Sale):
        return False
    new = _amount_on(sale_id, translated.payment.allocations)
    stays = sum((_amount_on(sale_id, one.share.payment.allocations) for one in kept), ZERO)
    total = abs(sale.money.total)
    return stays > 0 and (stays + max(new, document.paid) > total or new > total - sale.paid)


def _amount_on(sale_id: str, allocations: Sequence[Allocation]) -> Decimal:
    return sum((abs(a.amount) for a in allocations if a.sale_id == sale_id), ZERO)


def _question(
    plan_input: PlanInput, own: Snapshot, translated: Receipt, kept: Sequence[_Kept], sale_id: str
) -> Operation:
    sale = plan_input.record(Side.ONCORD, Kind.SALE, sale_id)
    assert isinstance(sale, Sale)
    overpaid = frozenset([sale_id])
    evidence = [payment_evidence(translated, one.share, {}, asked=True, overpaid=overpaid) for one in kept]
    choices = [Match(one.receipt, each) for one, each in zip(kept, evidence, strict=True)]
    currency = translated.payment.currency
    listed = " and ".join(_told(one) for one in kept)
    words = (
        f"In QuickBooks the payment of {listed} is gone; the money stays recorded in Oncord. This payment of "
        f"{written(translated.payment.amount, currency)} {currency} is for the same sale"
        f"{f' {sale.number}' if sale.number else ''}, and both together would pay more than its "
        f"{written(abs(sale.money.total), currency)} {currency}. If it is the same money, entered anew, choose the receipt: this "
        "payment takes the place of the one that is gone. If it is other money, say that it is a new one; the sale is then "
        "overpaid in Oncord."
    )
    return question_about(own, choices, words)


def _told(kept: _Kept) -> str:
    """A receipt as somebody can find it: its reference, the amount that the lost payment had, its date."""
    money, facts = kept.share.payment, dict(choice(kept.receipt).facts)
    name = f"receipt {facts['number']}" if "number" in facts else "the receipt"
    dated = f" of {day_in_words(facts['date'])}" if "date" in facts else ""
    return f"{name} ({written(money.amount, money.currency)} {money.currency}{dated})"


def _in_its_place(
    plan_input: PlanInput, id_map: IdMap, own: Snapshot, translated: Receipt, kept: _Kept, rule: str
) -> list[Operation]:
    """The new payment is what the lost one was: the receipt goes on with it, and is marked as linked once it has all."""
    oncord = kept.receipt
    id_map.belongs_to(Kind.RECEIPT, own.id, oncord.id)
    if not kept.legs.standing:
        id_map.goes_on_with(Kind.RECEIPT, oncord.id, own.id)
    part = kept.lost[0].part if kept.legs.standing else PRIMARY
    reason = "It is the same money as the payment that is gone, and takes its place."
    joining = adoption(Kind.RECEIPT, oncord.id, own.id, rule, reason, part=part)
    operations = [with_difference(plan_input, joining, own, translated, replace(oncord, record=kept.share))]
    for leg in kept.lost:
        if leg.state is LinkState.LIVE:
            operations.append(tombstoned(Side.QUICKBOOKS, leg, "R4", "Another payment has taken its place."))
    receipt = oncord.record
    if len(kept.lost) == len(kept.legs.lost) and isinstance(receipt, Receipt) and receipt.books_status in _MARKED:
        link = Link(0, Kind.RECEIPT, oncord.id, own.id, Origin.BOTH, part=part)
        operations.append(mark(link, oncord, BooksStatus.LINKED, rule, "Another payment is there in its place."))
    return operations
