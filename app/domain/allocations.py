"""What a receipt is applied to, on the other side: credits and charges, one payment per customer, and what is buried.

QuickBooks joins only documents of one customer in a payment, so a receipt over several customers is several payments
(`Share`). An allocation to a document that is void, or whose counterpart was deleted, has no place on the other side: it
stays where it is and is neither compared nor pushed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from app.domain.directory import Directory, Obstacle
from app.domain.records import Allocation, Kind, Receipt, Reference, Sale, Side
from app.domain.situation import Situation
from app.domain.translate import added_up

ZERO = Decimal(0)


@dataclass(slots=True)
class Share:
    """The part of a receipt that one customer's payment holds."""

    customer: Reference
    allocations: list[Allocation] = field(default_factory=list)
    rest: Decimal = ZERO

    @property
    def cash(self) -> Decimal:
        """What was received: charges less credits, and what is not allocated."""
        return charged(self.allocations) + self.rest


def charged(allocations: Iterable[Allocation]) -> Decimal:
    """Charges (invoices, and money paid back) less credits."""
    return sum((-a.amount if a.type == "adjustment" else a.amount for a in allocations), ZERO)


def typed(situation: Situation, receipt: Receipt) -> tuple[Allocation, ...]:
    """Oncord's allocations with what each one is: a negative adjustment is known by its sale, not only by its sign."""
    found = []
    for a in receipt.payment.allocations:
        sale = situation.record(Side.ONCORD, Kind.SALE, str(a.sale_id))
        found.append(replace(a, type=sale.type) if isinstance(sale, Sale) else a)
    return tuple(found)


def lasting(situation: Situation, side: Side, allocations: Iterable[Allocation]) -> tuple[Allocation, ...]:
    """The allocations of `side` to documents that still have, or may yet get, a counterpart."""
    return tuple(a for a in allocations if not _is_buried(situation, side, a))


def buried(situation: Situation, side: Side, allocations: Iterable[Allocation]) -> tuple[Allocation, ...]:
    """The allocations of `side` to documents that are void, or whose counterpart was deleted."""
    return tuple(a for a in allocations if _is_buried(situation, side, a))


def _is_buried(situation: Situation, side: Side, allocation: Allocation) -> bool:
    key = (side, Kind.SALE, str(allocation.sale_id))
    link = situation.links.live(key)
    if link is None:
        return situation.links.tombstone(key) is not None
    pair = [situation.record(s, Kind.SALE, link.id_on(s)) for s in Side]
    return any(isinstance(sale, Sale) and (sale.voided or sale.status == "cancelled") for sale in pair)


def kept_with(allocations: tuple[Allocation, ...], own: Iterable[Allocation], cash: Decimal) -> tuple[Allocation, ...]:
    """`allocations`, and of the target's `own` ones to buried documents what the money still suffices for."""
    kept = list(allocations)
    for allocation in own:
        room = cash - charged(kept)
        amount = allocation.amount if allocation.type == "adjustment" else min(allocation.amount, room)
        if amount > 0:
            kept.append(replace(allocation, amount=amount))
    return tuple(kept)


def shares(situation: Situation, directory: Directory, receipt: Receipt) -> list[Share]:
    """An Oncord receipt as the payments that it becomes; the first one is the contact's own where it has a share.

    Raises `Obstacle` where a sale or the contact is not synchronised yet, or credit would cross customers.
    """
    found: dict[Reference, Share] = {}
    customer: Reference | None
    for allocation in lasting(situation, Side.ONCORD, typed(situation, receipt)):
        _check_one_currency(situation, receipt, str(allocation.sale_id))
        across = directory.counterpart(Side.ONCORD, Kind.SALE, allocation.sale_id)
        customer = _customer(situation, directory, str(allocation.sale_id), across)
        share = found.setdefault(customer, Share(customer))
        share.allocations.append(replace(allocation, sale_id=across))
    currency = situation.configuration.books_currency(receipt.payment.currency)
    own = directory.customer(str(receipt.contact_id), currency)
    gone = buried(situation, Side.ONCORD, typed(situation, receipt))
    rest = receipt.payment.amount - sum((s.cash for s in found.values()), ZERO)
    if rest or not found:
        customer = own if own is not None and (own in found or not gone) else next(iter(found), own)
        if customer is None:
            raise Obstacle(
                f"contact:oncord:{receipt.contact_id}",
                f"It pays no sale yet, and its contact has no synchronised sale{f' in {currency}' if currency else ''} "
                "either (C1).",
            )
        found.setdefault(customer, Share(customer)).rest = rest
    for share in found.values():
        share.allocations = list(added_up(tuple(share.allocations)))
        if share.cash < 0 and receipt.payment.amount >= 0:
            raise Obstacle(
                "person", "It uses one contact's credit for another one's sale, which QuickBooks cannot hold."
            )
    return sorted(found.values(), key=lambda share: share.customer != own)


def _check_one_currency(situation: Situation, receipt: Receipt, sale_id: str) -> None:
    """QuickBooks joins only documents of one currency in a payment; raises `Obstacle` where a sale has another one."""
    sale = situation.record(Side.ONCORD, Kind.SALE, sale_id)
    currency = receipt.payment.currency
    if isinstance(sale, Sale) and sale.money.currency != currency:
        raise Obstacle(
            "person",
            f"It is in {currency} but pays a sale in {sale.money.currency}, and a QuickBooks payment has one currency. "
            "Record one receipt for each currency.",
        )
    link = situation.links.live((Side.ONCORD, Kind.SALE, sale_id))
    invoice = situation.record(Side.QUICKBOOKS, Kind.SALE, link.quickbooks_id) if link else None
    if isinstance(invoice, Sale) and invoice.money.currency != currency:
        raise Obstacle(
            f"sale:oncord:{sale_id}", f"It waits until its sale {sale_id} is in {currency} in QuickBooks too."
        )


def _customer(situation: Situation, directory: Directory, sale_id: str, across: Reference) -> Reference:
    """A payment takes its customer from the invoice it pays: a sub-customer's invoice is paid by that sub-customer."""
    if isinstance(across, str):
        invoice = situation.record(Side.QUICKBOOKS, Kind.SALE, across)
        if isinstance(invoice, Sale):
            return invoice.contact_id
    sale = situation.record(Side.ONCORD, Kind.SALE, sale_id)
    if not isinstance(sale, Sale):
        raise Obstacle(f"sale:oncord:{sale_id}", f"It waits until its sale {sale_id} is synchronised.")
    return directory.customer_of(sale.contact_id, situation.configuration.books_currency(sale.money.currency))
