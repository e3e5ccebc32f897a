"""QuickBooks' Payment <-> `Receipt`. Pure.

A payment of zero that links credits to charges is a receipt of zero cash with allocations (R6); one of the charges may
be money that was paid back to the customer (R5). What else a payment is applied to besides invoices and credit memos
(journal entries, bank deposits, and where there is cash, expenses) has no place in our vocabulary: it is named in the
extras and kept by every write. What such a credit settles of an invoice is no money of this payment: it is left out of
what the payment is said to pay, and kept by every write, too.
"""

import copy
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.domain.model.currencies import written
from app.domain.model.description import DESCRIPTIONS, merged_fields
from app.domain.model.records import DEPOSITED, Allocation, Kind, Payment, Receipt, evens_out
from app.domain.model.totals import ZERO, CentMoves
from app.json_values import amount, text
from app.quickbooks.mapping.books import Books
from app.quickbooks.mapping.fields import read, write
from app.quickbooks.mapping.sale import is_void
from app.quickbooks.mapping.values import cents, present, ref, rows

_LINKED = {"Invoice": "sale", "CreditMemo": "adjustment"}
_PAID_BACK = {"Expense": "refund", "Check": "refund"}
"""Only in a payment of zero: there the money paid back is what the credit is for."""
_ENTITY = {"sale": "Invoice", "adjustment": "CreditMemo", "refund": "Expense"}
_READ_ONLY = (
    "MetaData",
    "domain",
    "sparse",
    "UnappliedAmt",
    "HomeTotalAmt",
    "LinkedTxn",
    "LineEx",
    "TaxExemptionRef",
    "status",
)


def read_receipt(document: dict[str, Any], books: Books) -> Receipt:
    """A payment of the wire."""
    voided = is_void(document)
    allocations = _allocations(document)
    found: Receipt = DESCRIPTIONS[Kind.RECEIPT].record(
        contact_id=ref(document.get("CustomerRef")),
        payment=Payment(
            amount=amount(document.get("TotalAmt")),
            currency=ref(document.get("CurrencyRef")) or books.home_currency,
            allocations=allocations,
        ),
        channel=ref(document.get("DepositToAccountRef")),
        voided=voided and not allocations,
        **read("Payment", document),
    )
    return found


def _allocations(document: dict[str, Any]) -> tuple[Allocation, ...]:
    """What a payment pays by its cash and by credit memos."""
    return _covered(_lines_of(document), amount(document.get("TotalAmt")))


def _lines_of(document: dict[str, Any]) -> list[Allocation]:
    linked, found = _said(document), []
    for line in rows(document.get("Line")):
        link = _link(line)
        kind = linked.get(text(link.get("TxnType")))
        if kind:
            found.append(Allocation(text(link.get("TxnId")), amount(line.get("Amount")), kind))  # type: ignore[arg-type]
    return found


def _covered(allocations: list[Allocation], cash: Decimal) -> tuple[Allocation, ...]:
    """The allocations as far as cash and credit memos cover them; the last ones are what something else has settled."""
    missing = -cash
    for each in allocations:
        missing += -each.amount if each.type == "adjustment" else each.amount
    kept: list[Allocation] = []
    for each in reversed(allocations):
        off = min(max(missing, ZERO), each.amount) if each.type == "sale" else ZERO
        missing -= off
        if each.amount > off:
            kept.append(replace(each, amount=each.amount - off))
    return tuple(reversed(kept))


def settled_elsewhere(document: dict[str, Any]) -> dict[str, Decimal]:
    """What the lines of a payment settle of invoices, by their ids, that is neither its cash nor credit of a credit memo."""
    found: dict[str, Decimal] = {}
    for sign, allocations in ((1, _lines_of(document)), (-1, _allocations(document))):
        for each in allocations:
            found[str(each.sale_id)] = found.get(str(each.sale_id), ZERO) + sign * each.amount
    return {sale_id: left for sale_id, left in found.items() if left > 0}


def receipt_extras(document: dict[str, Any], books: Books) -> tuple[str, ...]:
    """What a payment holds that our vocabulary cannot say; "deposited" freezes it (6540)."""
    found = set()
    if any(text(link.get("TxnType")) == "Deposit" for link in rows(document.get("LinkedTxn"))):
        found.add(DEPOSITED)
    if ref(document.get("DepositToAccountRef")) in books.undeposited:
        found.add("undeposited")
    linked = _said(document)
    for line in rows(document.get("Line")):
        kind = text(_link(line).get("TxnType"))
        if kind not in linked:
            found.add(f"linked_{kind.lower() or 'line'}")
        if kind in _PAID_BACK and kind not in linked:
            found.add(evens_out(text(_link(line).get("TxnId")), amount(line.get("Amount"))))
    if amount(document.get("TotalAmt")) == 0 and rows(document.get("Line")):
        found.add("credit_application")
    for member, name in {"PaymentMethodRef": "payment_method", "ProjectRef": "project"}.items():
        if document.get(member):
            found.add(name)
    return tuple(sorted(found))


def create_receipt(receipt: Receipt, books: Books) -> dict[str, Any]:
    """A new payment, without its marker. Raises `CentMoves` for what a payment cannot say."""
    body: dict[str, Any] = {
        "CustomerRef": {"value": known(receipt.contact_id)},
        "TotalAmt": cents(_cash(receipt), receipt.payment.currency),
        "Line": _lines(receipt, {}),
    }
    if receipt.channel and receipt.payment.amount:
        body["DepositToAccountRef"] = {"value": receipt.channel}
    body |= present(write("Payment", receipt, merged_fields(Kind.RECEIPT)))
    if books.multi_currency and receipt.payment.currency:
        body["CurrencyRef"] = {"value": receipt.payment.currency}
    return body


def update_receipt(receipt: Receipt, fields: tuple[str, ...], document: dict[str, Any]) -> dict[str, Any]:
    """The whole payment as it is, with `fields` changed: QuickBooks refuses sparse changes of a payment's money."""
    body = whole(document)
    if "contact_id" in fields:
        body["CustomerRef"] = {"value": known(receipt.contact_id)}
    if "payment" in fields:
        body["TotalAmt"] = cents(_cash(receipt), receipt.payment.currency)
        body["Line"] = _lines(receipt, document)
    if "channel" in fields and receipt.channel:
        body["DepositToAccountRef"] = {"value": receipt.channel}
    return body | write("Payment", receipt, fields)


def whole(document: dict[str, Any]) -> dict[str, Any]:
    """A payment as it can be sent back: without what the server owns and without `LineEx`."""
    body = {name: copy.deepcopy(value) for name, value in document.items() if name not in _READ_ONLY}
    body["Line"] = [
        {"Amount": line.get("Amount", 0), "LinkedTxn": copy.deepcopy(line.get("LinkedTxn") or [])}
        for line in rows(document.get("Line"))
    ]
    return body


def _said(document: dict[str, Any]) -> dict[str, str]:
    """What a line of this payment may be linked to that our vocabulary has a word for."""
    return _LINKED if amount(document.get("TotalAmt")) else _LINKED | _PAID_BACK


def _lines(receipt: Receipt, document: dict[str, Any]) -> list[dict[str, Any]]:
    existing, linked = rows(document.get("Line")), _said(document)
    types = {text(_link(line).get("TxnId")): text(_link(line).get("TxnType")) for line in existing}
    held = settled_elsewhere(document)
    paid = [(known(a.sale_id), a.amount, _ENTITY[a.type]) for a in receipt.payment.allocations if a.amount]
    alone = [(sale_id, ZERO, "Invoice") for sale_id in held if sale_id not in {there for there, _, _ in paid}]
    ours = [
        {
            "Amount": cents(own + held.pop(there, ZERO), receipt.payment.currency),
            "LinkedTxn": [{"TxnId": there, "TxnType": types.get(there) or entity}],
        }
        for there, own, entity in (*paid, *alone)
    ]
    others = [
        {"Amount": line.get("Amount", 0), "LinkedTxn": copy.deepcopy(line.get("LinkedTxn") or [])}
        for line in existing
        if text(_link(line).get("TxnType")) not in linked
    ]
    return ours + others


def _cash(receipt: Receipt) -> Decimal:
    total, currency = receipt.payment.amount, receipt.payment.currency
    if total < 0:
        raise CentMoves(
            "A receipt of money has become a refund.", "Record the money paid back as a receipt of its own."
        )
    charged = sum((a.amount for a in receipt.payment.allocations if a.type != "adjustment"), ZERO)
    credited = sum((a.amount for a in receipt.payment.allocations if a.type == "adjustment"), ZERO)
    if charged - credited > total:
        raise CentMoves(
            f"{written(charged - credited, currency)} is allocated, but only {written(total, currency)} was received.",
            "Correct the allocations of the receipt.",
        )
    return total


def known(reference: object) -> str:
    """An id that a document can be sent with. Raises `CentMoves` where the record is not in QuickBooks yet."""
    if not isinstance(reference, str) or not reference:
        raise CentMoves("A record that this one refers to is not in QuickBooks yet.", "It is tried again later.")
    return reference


def _link(line: dict[str, Any]) -> dict[str, Any]:
    return next(iter(rows(line.get("LinkedTxn"))), {})
