"""Receipts and payments, refunds and applied credits that were touched: rules R1 to R7. What is new is decided here."""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.contacts.ensure import awake, provide_contact, provide_customer
from app.domain.model.links import Link, Origin
from app.domain.model.operations import Action, Operation
from app.domain.model.records import (
    Kind,
    Receipt,
    Sale,
    Side,
    Snapshot,
)
from app.domain.planning.conversion import added_up, channel_to, check_currency
from app.domain.planning.decisions import (
    at_fault,
    obstructed,
    park,
    restored,
    skip,
)
from app.domain.planning.id_map import Directory, Obstacle
from app.domain.planning.plan_input import Situation, Touched
from app.domain.receipts.allocations import (
    Share,
    buried,
    charged,
    lasting,
    shares,
    too_early,
)
from app.domain.receipts.credits import credit_joined
from app.domain.receipts.deletion import receipt_removed
from app.domain.receipts.left_out import stays_in_oncord
from app.domain.receipts.matches import payment_found
from app.domain.receipts.reconcile import agree_receipt, payment_created
from app.domain.receipts.reconcile_refunds import linked_refund
from app.domain.receipts.refunds import (
    concerns_refund,
    joins_refund,
    refund_created,
    refund_share,
)


def plan_receipt(situation: Situation, directory: Directory, touched: Touched) -> Iterator[Operation]:
    """Decide about one touched receipt or payment."""
    link = situation.links.live(touched.key)
    snapshot = situation.snapshot(*touched.key)
    tombstone = situation.links.tombstone(touched.key)
    if snapshot is None:
        yield skip(touched, "R7", "It was never seen here, so there is nothing to compare.")
    elif link is not None and concerns_refund(situation, link):
        yield from linked_refund(situation, directory, touched, link)
    elif link is not None:
        yield from _linked(situation, directory, touched, link)
    elif tombstone is not None:
        yield from _buried(situation, directory, touched, tombstone)
    elif snapshot.deleted:
        yield skip(touched, "R3", "It was deleted before it was ever synchronised.")
    elif isinstance(directory.across(*touched.key), str):
        yield skip(touched, "R1", "It has been joined with its counterpart already.")
    else:
        yield from _new(situation, directory, touched, snapshot, situation.links.generation(touched.key))


def _new(
    situation: Situation, directory: Directory, touched: Touched, snapshot: Snapshot, generation: int
) -> Iterator[Operation]:
    if not isinstance(snapshot.record, Receipt):
        yield park(touched, "R1", "It could not be read; correct it where it was made.")
    elif touched.side is Side.ONCORD:
        yield from _push_new(situation, directory, touched, snapshot.record, generation)
    else:
        yield from _pull_new(situation, directory, touched, snapshot.record, generation)


def _buried(situation: Situation, directory: Directory, touched: Touched, tombstone: Link) -> Iterator[Operation]:
    back = situation.snapshot(*touched.key)
    if back is None or back.deleted or tombstone.gone is not touched.side:
        rule = "R4" if tombstone.gone is Side.QUICKBOOKS else "R3"
        yield skip(touched, rule, "Its counterpart was deleted; it is only made anew when a person asks for it.")
        return
    if isinstance(back.record, Receipt) and back.record.voided:
        yield skip(touched, "R4", "It was voided; it stays as it is, and its receipt goes on without it.")
        return
    there = tuple(
        x for x in situation.links.tombstones(touched.key) if x.gone is touched.side and _stands(situation, x)
    )
    for leg in there:
        yield restored(leg, "R7", "It is back; it goes on with the same counterpart as before.")
    if not there:
        yield from _new(situation, directory, touched, back, tombstone.generation + 1)
    elif not concerns_refund(situation, there[0]):
        yield from agree_receipt(situation, directory, touched, there[0], restored=there)


def _stands(situation: Situation, tombstone: Link) -> bool:
    """Whether the record that a tombstone was put up beside is still there."""
    side = tombstone.gone.other if tombstone.gone else Side.QUICKBOOKS
    other = situation.snapshot(side, Kind.RECEIPT, tombstone.id_on(side))
    return other is not None and not other.deleted


def _linked(situation: Situation, directory: Directory, touched: Touched, link: Link) -> Iterator[Operation]:
    parts = situation.links.parts((Side.ONCORD, Kind.RECEIPT, link.oncord_id))
    oncord = situation.snapshot(Side.ONCORD, Kind.RECEIPT, link.oncord_id)
    payments = [situation.snapshot(Side.QUICKBOOKS, Kind.RECEIPT, p.quickbooks_id) for p in parts]
    if oncord is None or any(p is None for p in payments):
        yield skip(touched, "R7", "Its counterpart has not been read yet; there is nothing to compare.")
        return
    gone = [part for part, p in zip(parts, payments, strict=True) if oncord.deleted or (p is not None and p.deleted)]
    for part in gone:
        yield from receipt_removed(situation, touched, part)
    left = next((part for part in (link, *parts) if part not in gone), None)
    if left is not None:
        remaining = replace(situation, links=situation.links.burying(gone, Side.QUICKBOOKS)) if gone else situation
        yield from agree_receipt(remaining, directory, touched, left)


def _push_new(
    situation: Situation, directory: Directory, touched: Touched, receipt: Receipt, generation: int
) -> Iterator[Operation]:
    rule = _rule(receipt, "R1")
    refusal = _not_for_quickbooks(situation, touched, receipt)
    if refusal is not None:
        yield refusal
        return
    try:
        check_currency(receipt.payment.currency, situation.configuration)
        refund = receipt.payment.amount < 0
        split = [refund_share(situation, directory, receipt)] if refund else shares(situation, directory, receipt)
        if (len(split) == 1 or situation.asks_about(touched.key)) and not generation:
            there = _in_quickbooks(receipt, split[0])
            twin = payment_found(situation, directory, touched, receipt, there, rule)
            if twin:
                yield from twin
                return
        yield from _customers_awake(situation, directory, receipt)
        for share in split:
            yield from awake(situation, directory, share.customer)
        creates = [] if not refund else refund_created(situation, touched.id, receipt, split[0], generation)
        creates += [
            payment_created(
                situation,
                touched.id,
                receipt,
                share,
                part="" if place == 0 else share.customer if isinstance(share.customer, str) else share.customer.id,
                generation=generation,
            )
            for place, share in enumerate(split if not refund else ())
        ]
    except Obstacle as obstacle:
        yield from obstructed(touched, rule, obstacle)
        return
    directory.coming.add(touched.key)
    yield from creates
    yield from _left_out(situation, touched, receipt)


def _not_for_quickbooks(situation: Situation, touched: Touched, receipt: Receipt) -> Operation | None:
    """Why a receipt is left where it is, or handed to a person; None where it becomes a payment."""
    money = receipt.payment
    if receipt.voided:
        return skip(touched, "R4", "It was voided before it was ever synchronised.")
    if money.amount == 0 and not money.allocations:
        return skip(touched, "R6", "It is a receipt of nothing that joins nothing.")
    chosen = situation.configuration.mapped(receipt.channel, money.currency)
    if money.amount and chosen is not None and chosen.choice == "none":
        return skip(touched, "R1", "Receipts of its payment method are not synchronised.")
    gone = buried(situation, Side.ONCORD, money.allocations)
    if gone and not lasting(situation, Side.ONCORD, money.allocations):
        return skip(
            touched,
            "S6",
            "It pays a sale that is void or whose invoice was deleted, so there is nothing to apply it to.",
        )
    kept = [a for a in money.allocations if stays_in_oncord(situation, str(a.sale_id))]
    if kept and len(kept) == len(money.allocations):
        return skip(touched, "S1", "It pays a sale with a tax code whose sales are not synchronised.")
    start = situation.configuration.start_date
    early = too_early(situation, receipt)
    if early and len(early) == len(money.allocations):
        return skip(touched, "S1", f"It pays a sale dated before the start date {start} that is not synchronised.")
    if not money.allocations and receipt.date is not None and receipt.date < start:
        return skip(touched, "S1", f"It is dated before the start date {start} and pays no synchronised sale.")
    return None


def _left_out(situation: Situation, touched: Touched, receipt: Receipt) -> Iterator[Operation]:
    """What to do about the part of a receipt that pays sales from before the start date; the rest goes over."""
    early = too_early(situation, receipt)
    if not early:
        return
    sales = [situation.record(Side.ONCORD, Kind.SALE, str(a.sale_id)) for a in early]
    named = ", ".join(s.number for s in sales if isinstance(s, Sale) and s.number)
    money, start = receipt.payment, situation.configuration.start_date
    reason = (
        f"{charged(early)} {money.currency} of this receipt of {money.amount} {money.currency} pays "
        f"{f'sale {named}' if named else 'a sale'} from before the start date {start}, which is not synchronised, and stays "
        "out of QuickBooks; the rest goes there. Choose an earlier start date to bring that sale too, or leave it as it is "
        "where it is part of your opening balances."
    )
    yield at_fault(touched, "S1", reason)


def _customers_awake(situation: Situation, directory: Directory, receipt: Receipt) -> Iterator[Operation]:
    """A payment cannot be written for an inactive customer either (C6)."""
    owners = {receipt.contact_id}
    currency = situation.configuration.books_currency(receipt.payment.currency)
    for allocation in receipt.payment.allocations:
        sale = situation.record(Side.ONCORD, Kind.SALE, str(allocation.sale_id))
        if isinstance(sale, Sale):
            owners.add(sale.contact_id)
    for owner in sorted(map(str, owners)):
        if isinstance(directory.customer(owner, currency), str):
            yield from provide_customer(situation, directory, owner, "A receipt needs it.", currency)


def _in_quickbooks(receipt: Receipt, share: Share) -> Receipt:
    payment = replace(receipt.payment, amount=share.cash, allocations=tuple(share.allocations))
    return replace(receipt, contact_id=share.customer, payment=payment)


def _pull_new(
    situation: Situation, directory: Directory, touched: Touched, payment: Receipt, generation: int
) -> Iterator[Operation]:
    rule = _rule(payment, "R2")
    if payment.voided:
        yield skip(touched, "R4", "It was voided before it was ever synchronised.")
        return
    if payment.payment.amount == 0 and not payment.payment.allocations:
        yield skip(touched, "R6", "It is a payment of nothing that joins nothing.")
        return
    if joins_refund(payment):
        yield from credit_joined(situation, directory, touched, payment)
        return
    there = lasting(situation, Side.QUICKBOOKS, payment.payment.allocations)
    if payment.payment.allocations and not there:
        yield skip(touched, "S3", "It pays an invoice that is void or whose sale was deleted in Oncord.")
        return
    try:
        contact, prerequisites = provide_contact(situation, directory, str(payment.contact_id))
        yield from prerequisites
        across = tuple(replace(a, sale_id=directory.counterpart(Side.QUICKBOOKS, Kind.SALE, a.sale_id)) for a in there)
        money = replace(payment.payment, allocations=added_up(across))
        translated = replace(payment, contact_id=contact, payment=money, books_status="linked")
        if (isinstance(contact, str) or situation.asks_about(touched.key)) and not generation:
            twin = payment_found(situation, directory, touched, payment, translated, rule)
            if twin:
                yield from twin
                return
        translated = replace(translated, channel=channel_to(Side.ONCORD, payment, situation.configuration))
    except Obstacle as obstacle:
        yield from obstructed(touched, rule, obstacle)
        return
    directory.coming.add(touched.key)
    yield Operation(
        Action.CREATE,
        Side.ONCORD,
        Kind.RECEIPT,
        rule,
        f"{_called(payment)} recorded in QuickBooks.",
        source_id=touched.id,
        record=translated,
        fields=("payment",),
        generation=generation,
        origin=Origin.QUICKBOOKS,
        backfill=situation.backfill,
    )


def _rule(receipt: Receipt, otherwise: str) -> str:
    amount = receipt.payment.amount
    return "R5" if amount < 0 else "R6" if amount == 0 else otherwise


def _called(payment: Receipt) -> str:
    money = payment.payment
    return f"A {'refund' if money.amount < 0 else 'payment'} of {abs(money.amount)} {money.currency}"
