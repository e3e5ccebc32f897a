"""QuickBooks' Purchase against Accounts Receivable <-> a `Receipt` of less than nothing: money paid back (R5). Pure.

Only what is booked to a customer and to Accounts Receivable is a refund, and what was made as goodwill, an expense: its note
says so. Every other purchase is the company's own business. What credit it pays back is told by a payment of zero that links both (`mapping_receipt`).
"""

import copy
from decimal import Decimal
from typing import Any

from app.domain.model.description import DESCRIPTIONS, merged_fields
from app.domain.model.records import Kind, Payment, Receipt
from app.domain.model.totals import ZERO, Absent, CentMoves
from app.json_values import amount, text
from app.quickbooks.mapping.books import Books
from app.quickbooks.mapping.fields import read, write
from app.quickbooks.mapping.receipt import known
from app.quickbooks.mapping.sale import is_void
from app.quickbooks.mapping.values import cents, part, present, ref, rows

_DETAIL = "AccountBasedExpenseLineDetail"
GOODWILL = "[oncord-goodwill]"
"""What the note of money out says that a person has called goodwill."""
_READ_ONLY = ("MetaData", "domain", "sparse", "TotalAmt", "HomeTotalAmt", "LinkedTxn", "PurchaseEx", "status")


def is_refund(document: dict[str, Any], books: Books) -> bool:
    """Whether a purchase pays money back to a customer. A void one has no amounts, but its lines still say so."""
    payee = document.get("EntityRef")
    booked = bool(_paid(document, books))
    return part(payee, "type") == "Customer" and booked and document.get("Credit") is not True


def _is_goodwill(document: dict[str, Any]) -> bool:
    return GOODWILL in text(document.get("PrivateNote"))


def read_refund(document: dict[str, Any], books: Books) -> Receipt:
    """A purchase that `is_refund`; its amount is what was booked to Accounts Receivable, or as goodwill, below zero."""
    paid = _paid(document, books)
    found: Receipt = DESCRIPTIONS[Kind.RECEIPT].record(
        contact_id=ref(document.get("EntityRef")),
        payment=Payment(
            amount=-sum((amount(line.get("Amount")) for line in paid), ZERO),
            currency=ref(document.get("CurrencyRef")) or books.home_currency,
        ),
        channel=ref(document.get("AccountRef")),
        voided=is_void(document),
        expense_account="" if _back(document, books) else _account(paid[0]),
        **read("Purchase", document),
    )
    return found


def refund_extras(document: dict[str, Any], books: Books) -> tuple[str, ...]:
    """What a refund's purchase holds that our vocabulary cannot say."""
    found = {"purchase_lines"} if len(rows(document.get("Line"))) > len(_paid(document, books)) else set()
    if document.get("PaymentMethodRef"):
        found.add("payment_method")
    return tuple(sorted(found))


def create_refund(receipt: Receipt, books: Books) -> dict[str, Any]:
    """A new purchase, without its marker. It bears no tax: the credit memo has reversed that already."""
    body: dict[str, Any] = {
        "PaymentType": "Cash",
        "AccountRef": {"value": receipt.channel},
        "EntityRef": {"value": known(receipt.contact_id), "type": "Customer"},
        "GlobalTaxCalculation": "NotApplicable",
        "Line": [_line(receipt, books)],
    }
    if books.is_us:
        del body["GlobalTaxCalculation"]
    body |= present(write("Purchase", receipt, merged_fields(Kind.RECEIPT)))
    if books.multi_currency and receipt.payment.currency:
        body["CurrencyRef"] = {"value": receipt.payment.currency}
    return body


def update_refund(receipt: Receipt, fields: tuple[str, ...], document: dict[str, Any], books: Books) -> dict[str, Any]:
    """The whole purchase as it is, with `fields` changed."""
    body = {name: copy.deepcopy(value) for name, value in document.items() if name not in _READ_ONLY}
    if "contact_id" in fields:
        body["EntityRef"] = {"value": known(receipt.contact_id), "type": "Customer"}
    if "payment" in fields:
        body["Line"] = _changed_lines(receipt, body, books)
    if "channel" in fields and receipt.channel:
        body["AccountRef"] = {"value": receipt.channel}
    return body | write("Purchase", receipt, fields)


def _changed_lines(receipt: Receipt, body: dict[str, Any], books: Books) -> list[dict[str, Any]]:
    lines = rows(body.get("Line"))
    back = _paid(body, books)
    if len(back) != 1:
        raise CentMoves(
            "The refund in QuickBooks has several lines.",
            "Change its amount there, or make it one line.",
        )
    back[0]["Amount"] = cents(_paid_back(receipt), receipt.payment.currency)
    return lines


def _line(receipt: Receipt, books: Books) -> dict[str, Any]:
    account = receipt.expense_account or books.receivable(receipt.payment.currency)
    if not account:
        raise Absent(
            f"The company has no Accounts Receivable account in {receipt.payment.currency}.",
            "Enter the refund in QuickBooks by hand.",
        )
    return {
        "Amount": cents(_paid_back(receipt), receipt.payment.currency),
        "DetailType": _DETAIL,
        _DETAIL: {"AccountRef": {"value": account}},
    }


def _paid_back(receipt: Receipt) -> Decimal:
    if receipt.payment.amount >= 0:
        raise CentMoves("A refund has become a receipt of money.", "Record the money received as a receipt of its own.")
    return -receipt.payment.amount


def _paid(document: dict[str, Any], books: Books) -> list[dict[str, Any]]:
    """The lines that pay back: those against Accounts Receivable, or all that are booked to an account where it is goodwill."""
    back = _back(document, books)
    return back or [line for line in rows(document.get("Line")) if _is_goodwill(document) and _account(line)]


def _back(document: dict[str, Any], books: Books) -> list[dict[str, Any]]:
    return [line for line in rows(document.get("Line")) if _account(line) in books.receivables]


def _account(line: dict[str, Any]) -> str:
    detail = line.get(_DETAIL)
    return ref(detail.get("AccountRef")) if isinstance(detail, dict) else ""
