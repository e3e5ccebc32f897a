"""What a receipt is applied to, on the other side: credits and charges, one payment per customer, and what is buried.

QuickBooks joins only documents of one customer in a payment, so a receipt over several customers is several payments
(`Share`). An allocation to a document that is void, or one of whose pair was deleted, has no place on the other side: it
stays where it is and is neither compared nor pushed. So what a delete does to its neighbours by itself (Oncord frees the
receipts of a deleted sale, QuickBooks the payments of a deleted invoice) is nobody's edit, whoever is told to have done
it (S3).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Protocol

from app.domain.model.link_part import CANCELLATION
from app.domain.model.links import Link, LinkState
from app.domain.model.records import (
    Allocation,
    Kind,
    Receipt,
    Record,
    Reference,
    Sale,
    Side,
    Snapshot,
)
from app.domain.model.waiting import OtherRecord, PersonsDecision
from app.domain.planning.conversion import added_up
from app.domain.planning.id_map import IdMap, Obstacle
from app.domain.planning.labels import in_a_sentence
from app.domain.planning.link_index import LinkIndex
from app.domain.planning.opening import stays_before
from app.domain.planning.plan_input import Key, PlanInput
from app.domain.receipts.another_currency import in_another_currency

ZERO = Decimal(0)


class DocumentsInSight(Protocol):
    """What tells whether a document still has its counterpart: a plan input, or what is known while it is carried out."""

    @property
    def links(self) -> LinkIndex:
        """The links of the records in sight."""
        ...

    @property
    def snapshots(self) -> Mapping[Key, Snapshot]:
        """The records in sight."""
        ...


@dataclass(slots=True)
class Share:
    """The part of a receipt that one customer's payment holds."""

    customer: Reference
    allocations: list[Allocation] = field(default_factory=list)
    rest: Decimal = ZERO
    sales: dict[Reference, str] = field(default_factory=dict)
    """Oncord's ids of the sales that `allocations` name, by the document that each of them names."""

    @property
    def customer_id(self) -> str:
        """The id of the customer, or of the contact that is to become one."""
        return self.customer if isinstance(self.customer, str) else self.customer.id

    @property
    def cash(self) -> Decimal:
        """What was received: charges less credits, and what is not allocated."""
        return charged(self.allocations) + self.rest


def charged(allocations: Iterable[Allocation]) -> Decimal:
    """Charges (invoices, and money paid back) less credits."""
    return sum((-a.amount if a.type == "adjustment" else a.amount for a in allocations), ZERO)


def typed(plan_input: PlanInput, receipt: Receipt) -> tuple[Allocation, ...]:
    """Oncord's allocations with what each one is: a negative adjustment is known by its sale, not only by its sign."""
    allocations = []
    for a in receipt.payment.allocations:
        sale = plan_input.record(Side.ONCORD, Kind.SALE, str(a.sale_id))
        allocations.append(replace(a, type=sale.type) if isinstance(sale, Sale) else a)
    return tuple(allocations)


def too_early(plan_input: PlanInput, receipt: Receipt) -> tuple[Allocation, ...]:
    """Oncord's allocations to sales that are dated before the start date and have not come into the books, or came there with
    what was open of them after this was received (S1)."""
    return tuple(a for a in typed(plan_input, receipt) if stays_before(plan_input, str(a.sale_id), receipt.date))


def lasting(in_sight: DocumentsInSight, side: Side, allocations: Iterable[Allocation]) -> tuple[Allocation, ...]:
    """The allocations of `side` to documents that still have, or may yet get, a counterpart."""
    return tuple(a for a in allocations if not _is_buried(in_sight, side, a))


def tombstoned(in_sight: DocumentsInSight, side: Side, allocations: Iterable[Allocation]) -> tuple[Allocation, ...]:
    """The allocations of `side` to documents that are void, or one of whose pair was deleted."""
    return tuple(a for a in allocations if _is_buried(in_sight, side, a))


def comparable(in_sight: DocumentsInSight, side: Side, record: Record | None) -> Record | None:
    """A receipt of `side` as it is compared and agreed on: without its allocations to buried documents."""
    if not isinstance(record, Receipt):
        return record
    lasting_ones = lasting(in_sight, side, record.payment.allocations)
    if len(lasting_ones) == len(record.payment.allocations):
        return record
    return replace(record, payment=replace(record.payment, allocations=lasting_ones))


def comparable_link(in_sight: DocumentsInSight, link: Link) -> Link:
    """A link of a receipt whose bases hold what is compared."""
    return replace(
        link,
        base_oncord=comparable(in_sight, Side.ONCORD, link.base_oncord),
        base_quickbooks=comparable(in_sight, Side.QUICKBOOKS, link.base_quickbooks),
    )


def _is_buried(in_sight: DocumentsInSight, side: Side, allocation: Allocation) -> bool:
    if allocation.kind is not Kind.SALE:
        return False
    key = (side, Kind.SALE, str(allocation.sale_id))
    if allocation.type == "adjustment" and of_cancelled_sale(in_sight, side, key[2]) is not None:
        return False
    link = in_sight.links.live(key)
    if link is None:
        own = in_sight.snapshots.get(key)
        return in_sight.links.tombstone(key) is not None or (own is not None and own.deleted)
    return any(_is_gone(in_sight.snapshots.get((s, Kind.SALE, link.id_on(s)))) for s in Side)


def of_cancelled_sale(in_sight: DocumentsInSight, side: Side, sale_id: str) -> Link | None:
    """The link to the credit memo that takes a late cancelled sale back (S5), as long as that stands: `sale_id` is that of the
    sale in Oncord, or of the credit memo in QuickBooks."""
    if side is Side.ONCORD:
        link = in_sight.links.cancellation(sale_id)
    else:
        beside = in_sight.links.parts((side, Kind.SALE, sale_id))
        link = next((each for each in beside if each.part is CANCELLATION), None)
    if link is None or link.state is not LinkState.LIVE:
        return None
    memo = in_sight.snapshots.get((Side.QUICKBOOKS, Kind.SALE, link.quickbooks_id))
    sale = in_sight.snapshots.get((Side.ONCORD, Kind.SALE, link.oncord_id))
    record = memo.record if memo is not None and not memo.deleted else None
    stands = isinstance(record, Sale) and record.type == "adjustment" and not record.voided
    return link if stands and sale is not None and not sale.deleted else None


def _is_gone(snapshot: Snapshot | None) -> bool:
    if snapshot is None:
        return False
    sale = snapshot.record
    return snapshot.deleted or (isinstance(sale, Sale) and (sale.voided or sale.status == "cancelled"))


def kept_with(allocations: tuple[Allocation, ...], own: Iterable[Allocation], cash: Decimal) -> tuple[Allocation, ...]:
    """`allocations`, and of the target's `own` ones to buried documents what the money still suffices for."""
    kept = list(allocations)
    for allocation in own:
        room = cash - charged(kept)
        amount = allocation.amount if allocation.type == "adjustment" else min(allocation.amount, room)
        if amount > 0:
            kept.append(replace(allocation, amount=amount))
    return tuple(kept)


def shares(plan_input: PlanInput, id_map: IdMap, receipt: Receipt) -> list[Share]:
    """An Oncord receipt as the payments that it becomes; the first one is the contact's own where it has a share.

    Raises `Obstacle` where a sale or the contact is not synchronised yet, or credit would cross customers.
    """
    early = too_early(plan_input, receipt)
    allocations = typed(plan_input, receipt)
    lasting_ones = [a for a in lasting(plan_input, Side.ONCORD, allocations) if a not in early]
    by_customer = _by_customer(plan_input, id_map, receipt, lasting_ones)
    currency = plan_input.configuration.books_currency(receipt.payment.currency)
    own = id_map.customer(str(receipt.contact_id), currency)
    rest = receipt.payment.amount - charged(early) - sum((share.cash for share in by_customer.values()), ZERO)
    if rest or not by_customer:
        some_are_buried = bool(tombstoned(plan_input, Side.ONCORD, allocations))
        holder = _holder_of_the_rest(receipt, by_customer, own, currency, some_are_buried=some_are_buried)
        by_customer.setdefault(holder, Share(holder)).rest = rest
    for share in by_customer.values():
        share.allocations = list(added_up(tuple(share.allocations)))
        if share.cash < 0 and receipt.payment.amount >= 0:
            words = "It uses one contact's credit for another one's sale, which QuickBooks cannot hold."
            raise Obstacle(PersonsDecision(), words)
    return sorted(by_customer.values(), key=lambda share: share.customer != own)


def _by_customer(
    plan_input: PlanInput, id_map: IdMap, receipt: Receipt, allocations: Iterable[Allocation]
) -> dict[Reference, Share]:
    """What a receipt pays, by the customer of what is paid, in QuickBooks' ids."""
    by_customer: dict[Reference, Share] = {}
    for allocation in allocations:
        sale_id = str(allocation.sale_id)
        _check_one_currency(plan_input, receipt, sale_id)
        document = id_map.counterpart(Side.ONCORD, Kind.SALE, allocation.sale_id)
        customer = _customer(plan_input, id_map, sale_id, document)
        share = by_customer.setdefault(customer, Share(customer))
        share.allocations.append(replace(allocation, sale_id=document))
        share.sales[document] = sale_id
    return by_customer


def _holder_of_the_rest(
    receipt: Receipt,
    by_customer: dict[Reference, Share],
    own: Reference | None,
    currency: str,
    *,
    some_are_buried: bool,
) -> Reference:
    """The customer whose payment holds what pays nothing: the contact's own, or the first there is."""
    holder = own
    if own not in by_customer and (own is None or some_are_buried):
        holder = next(iter(by_customer), own)
    if holder is None:
        within = f" in {currency}" if currency else ""
        raise Obstacle(
            OtherRecord(Kind.CONTACT, Side.ONCORD, str(receipt.contact_id)),
            f"It pays no sale yet, and its contact has no synchronised sale{within} either (C1).",
        )
    return holder


def _check_one_currency(plan_input: PlanInput, receipt: Receipt, sale_id: str) -> None:
    """QuickBooks joins only documents of one currency in a payment; raises `Obstacle` where a sale has another one."""
    sale = plan_input.record(Side.ONCORD, Kind.SALE, sale_id)
    currency = receipt.payment.currency
    if isinstance(sale, Sale) and sale.money.currency != currency:
        raise Obstacle(PersonsDecision(), in_another_currency(receipt, sale, plan_input.configuration))
    link = plan_input.links.live((Side.ONCORD, Kind.SALE, sale_id))
    invoice = plan_input.record(Side.QUICKBOOKS, Kind.SALE, link.quickbooks_id) if link else None
    if isinstance(invoice, Sale) and invoice.money.currency != currency:
        raise Obstacle(
            OtherRecord(Kind.SALE, Side.ONCORD, sale_id),
            f"It waits until its {in_a_sentence(plan_input, Side.ONCORD, Kind.SALE, sale_id)} is in {currency} in QuickBooks too.",
        )


def _customer(plan_input: PlanInput, id_map: IdMap, sale_id: str, across: Reference) -> Reference:
    """A payment takes its customer from the invoice it pays: a sub-customer's invoice is paid by that sub-customer."""
    if isinstance(across, str):
        invoice = plan_input.record(Side.QUICKBOOKS, Kind.SALE, across)
        if isinstance(invoice, Sale):
            return invoice.contact_id
    sale = plan_input.record(Side.ONCORD, Kind.SALE, sale_id)
    if not isinstance(sale, Sale):
        raise Obstacle(
            OtherRecord(Kind.SALE, Side.ONCORD, sale_id), "It waits until the sale that it pays is synchronised."
        )
    return id_map.customer_of(sale.contact_id, plan_input.configuration.books_currency(sale.money.currency))
