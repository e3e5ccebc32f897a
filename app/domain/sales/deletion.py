"""One of a pair of sale and invoice was deleted: rules S3, S6 and C3.

Nothing is deleted in Oncord. In QuickBooks only what began in Oncord is deleted, or voided (`removal`), and only if nobody
has touched it there since and no money but our own is applied to it. Our own payments go first: those whose receipts were deleted are deleted,
those whose receipts live on are released.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from app.domain.model.currencies import written
from app.domain.model.days import day_in_words
from app.domain.model.deletion import with_its_contact
from app.domain.model.links import Link, Origin
from app.domain.model.operations import Action, Operation
from app.domain.model.records import (
    DEPOSITED,
    Kind,
    Receipt,
    Sale,
    Side,
    Snapshot,
)
from app.domain.model.write_fields import FREED, BooksStatus
from app.domain.planning.cleared_writes import bank_holds
from app.domain.planning.decisions import mark, park, tombstoned
from app.domain.planning.differences import documents_added_to
from app.domain.planning.id_map import IdMap
from app.domain.planning.merge import changed_groups
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.receipts.deletion import moved_since, payment_deleted
from app.domain.receipts.reconcile import agree_receipt
from app.domain.receipts.refunds import concerns_refund, joins_refund
from app.domain.sales.cancelled import beside, taken_back_otherwise
from app.domain.sales.removal import VOID_ALREADY, kept_as_it_is, removal


def sale_removed(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, link: Link) -> Iterator[Operation]:
    """Decide about a pair one of which, or both, are gone."""
    oncord = plan_input.snapshots[Side.ONCORD, Kind.SALE, link.oncord_id]
    quickbooks = plan_input.snapshots[Side.QUICKBOOKS, Kind.SALE, link.quickbooks_id]
    rule = "S6" if quickbooks.deleted else "S3"
    if quickbooks.deleted:
        reason = "The invoice was deleted in QuickBooks. The sale stays in Oncord, marked, and is not created again."
        yield tombstoned(Side.QUICKBOOKS, link, rule, reason)
        if not oncord.deleted and isinstance(oncord.record, Sale):
            yield mark(link, oncord, BooksStatus.GONE, rule, "Its invoice is gone from the books.")
    elif with_its_contact(oncord.deleted_with, change.deleted_with):
        reason = "The sale was deleted together with its contact. The invoice stays in QuickBooks."
        yield tombstoned(Side.ONCORD, link, "C3", reason)
    elif link.origin is not Origin.ONCORD:
        reason = "The sale was deleted in Oncord, but it did not begin there. The invoice stays in QuickBooks."
        yield tombstoned(Side.ONCORD, link, rule, reason)
    else:
        yield from _delete_invoice(plan_input, id_map, change, link, quickbooks)


def _delete_invoice(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, link: Link, quickbooks: Snapshot
) -> Iterator[Operation]:
    invoice = quickbooks.record
    if (own := beside(plan_input, link)) is not None and isinstance(invoice, Sale):
        why = taken_back_otherwise(plan_input, link, own, invoice)
        yield park(change, "S3", why) if why else tombstoned(Side.ONCORD, link, "S3", _BOTH_STAY)
        return
    if not isinstance(invoice, Sale) or changed_groups(Kind.SALE, link.base_quickbooks, invoice):
        words = (
            "The sale was deleted in Oncord, but somebody has changed its invoice in QuickBooks since. "
            "Delete the invoice there, or put the sale back."
        )
        yield park(change, "S3", words)
        return
    if documents_added_to(plan_input, link.oncord_id):
        yield park(change, "S3", _WITH_DIFFERENCES)
        return
    kept = kept_as_it_is(plan_input, quickbooks, invoice)
    if kept is not None:
        yield park(change, "S3", kept) if kept else tombstoned(Side.ONCORD, link, "S3", VOID_ALREADY)
        return
    payments = plan_input.paying(link.quickbooks_id)
    reasons = [_in_the_way(plan_input, payment, link) for payment in payments]
    in_the_way = [reason for reason in reasons if reason]
    if in_the_way:
        yield park(change, "S3", f"The sale was deleted in Oncord, but its invoice stays: {'; '.join(in_the_way)}.")
        return
    for payment in payments:
        let_go = _let_go(plan_input, id_map, payment, link.quickbooks_id)
        if not let_go:
            words = "The sale was deleted in Oncord, but its payment cannot be taken off its invoice."
            yield park(change, "S3", words)
            return
        yield from let_go
    yield removal(plan_input, quickbooks, invoice, link.oncord_id)


_BOTH_STAY = "The sale was cancelled before it was deleted. Its invoice and what takes it back stay in QuickBooks."
_WITH_DIFFERENCES = (
    "The sale was deleted in Oncord, but its invoice lies in a period that was locked, and what has changed since has documents of "
    "its own in QuickBooks. All of them stay. Enter a credit memo for them there, or put the sale back and cancel it."
)


def _let_go(plan_input: PlanInput, id_map: IdMap, payment: Snapshot, invoice_id: str) -> list[Operation]:
    """The writes by which a payment of ours lets go of an invoice; none where it cannot."""
    own = plan_input.links.live((Side.QUICKBOOKS, Kind.RECEIPT, payment.id))
    assert own is not None
    receipt = plan_input.snapshot(Side.ONCORD, Kind.RECEIPT, own.oncord_id)
    if receipt is not None and receipt.deleted:
        return [payment_deleted(own, payment, "Its receipt and the sale that it paid were deleted in Oncord.")]
    if _joins_nothing_else(plan_input, own, payment, invoice_id):
        return [payment_deleted(own, payment, "It only joined credit to what was deleted in Oncord.")]
    about = ChangedRecord(Side.ONCORD, Kind.RECEIPT, own.oncord_id)
    operations = list(agree_receipt(plan_input, id_map, about, own, freeing=invoice_id))
    written = {Action.UPDATE, Action.DELETE}
    takes_it_off = any(each.action in written and each.side is Side.QUICKBOOKS for each in operations)
    return [_freed(each, payment) for each in operations] if takes_it_off else []


def _freed(operation: Operation, payment: Snapshot) -> Operation:
    """The write that takes a payment off what was deleted: what it pays no more is named as the customer's credit."""
    lets_go = (
        operation.action is Action.UPDATE and operation.side is Side.QUICKBOOKS and operation.target_id == payment.id
    )
    return replace(operation, fields=(*operation.fields, FREED)) if lets_go else operation


def _joins_nothing_else(plan_input: PlanInput, own: Link, payment: Snapshot, gone: str) -> bool:
    """Whether a payment of ours moves no money and has nothing left to join once the document `gone` is deleted."""
    if concerns_refund(plan_input, own):
        return joins_refund(payment.record)
    if not isinstance(payment.record, Receipt) or payment.record.payment.amount:
        return False
    left = [a for a in payment.record.payment.allocations if a.sale_id != gone]
    return len({a.type == "adjustment" for a in left}) < 2


def _in_the_way(plan_input: PlanInput, payment: Snapshot, pair: Link) -> str:
    """Why a payment may not be taken off the invoice for the sale's sake, which one it is, and what to do; "" where it
    may: it began in Oncord, nobody has deposited it or changed it since, and its receipt is gone, or pays the sale no more and no
    bank statement holds it.
    `pair` is the sale with its invoice.
    """
    link = plan_input.links.live((Side.QUICKBOOKS, Kind.RECEIPT, payment.id))
    name = _told(plan_input, payment, pair.quickbooks_id)
    remove = f"{_way_off(payment)} in QuickBooks, or put the sale back"
    if link is None or link.origin is not Origin.ONCORD:
        held = "Oncord has no receipt for it" if link is None else "Oncord has it as a receipt, which stays"
        return f"{name} on it was recorded in QuickBooks ({held}; {remove})"
    if DEPOSITED in payment.extras:
        return f"{name} on it is part of a bank deposit (take it out of the deposit, or put the sale back)"
    if payment.record is None or moved_since(plan_input, link, payment.record):
        return f"{name} on it was changed in QuickBooks since ({remove})"
    receipt = plan_input.snapshot(Side.ONCORD, Kind.RECEIPT, link.oncord_id)
    if receipt is None:
        return f"the receipt of {name} on it has not been read from Oncord yet (it is looked at again by itself)"
    if receipt.deleted:
        return ""
    content = receipt.record
    if isinstance(content, Receipt) and all(a.sale_id != pair.oncord_id for a in content.payment.allocations):
        hold = bank_holds(plan_input, payment)
        return f"{name} on it stays as it is, since {hold.in_words} ({remove})" if hold is not None else ""
    return f"{name} on it still pays the sale in Oncord (take it off or delete the receipt there, or put the sale back)"


def _way_off(payment: Snapshot) -> str:
    """What takes a payment off an invoice: one that moves no money is there for nothing else, and is deleted."""
    moves_none = isinstance(payment.record, Receipt) and not payment.record.payment.amount
    return "delete the payment of zero" if moves_none else "take it off the invoice"


def _told(plan_input: PlanInput, payment: Snapshot, invoice_id: str) -> str:
    """What stands on the invoice as a bookkeeper finds it: a payment by its amount, date and reference; where credit is used,
    how much of it, of which credit memo."""
    if not isinstance(payment.record, Receipt):
        return "a payment"
    paid, currency = payment.record, payment.record.payment.currency
    of = f" of {day_in_words(paid.date)}" if paid.date else ""
    reference = f" ({paid.reference})" if paid.reference else ""
    credit = _credit_used(plan_input, paid, invoice_id)
    if not paid.payment.amount and credit:
        return f"{credit} (joined by a payment of zero{reference}{of})"
    money = f"the payment{reference} of {written(paid.payment.amount, currency)} {currency}{of}"
    return f"{money}, with {credit}," if credit else money


def _credit_used(plan_input: PlanInput, payment: Receipt, invoice_id: str) -> str:
    """How much credit a payment sets against an invoice, and of which credit memos; "" where it uses none."""
    memos = [a for a in payment.payment.allocations if a.type == "adjustment"]
    if not memos:
        return ""
    records = [plan_input.record(Side.QUICKBOOKS, Kind.SALE, str(a.sale_id)) for a in memos]
    numbers = [r.number for r in records if isinstance(r, Sale) and r.number]
    charged = sum(
        (a.amount for a in payment.payment.allocations if a.sale_id == invoice_id and a.type == "sale"), Decimal(0)
    )
    used = min(charged, sum((abs(a.amount) for a in memos), Decimal(0)))
    noun = "credit memo" if len(memos) == 1 else "credit memos"
    named = f"{noun} {' and '.join(numbers)}" if numbers else f"{'a' if len(memos) == 1 else len(memos)} {noun}"
    currency = payment.payment.currency
    return f"a credit of {written(used, currency)} {currency} by {named}"
