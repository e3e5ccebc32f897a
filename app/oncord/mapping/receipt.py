"""Oncord's receipt <-> `Receipt`.

At the shop the allocations of a receipt add up to its cash, so what uses up an adjustment's credit is negative there;
in our vocabulary amounts are positive and the allocation says what it uses.
"""

from typing import Any

from app.domain.model.description import DESCRIPTIONS
from app.domain.model.records import (
    ACCOUNT_CREDIT,
    VOUCHER,
    Allocation,
    Kind,
    Payment,
    Receipt,
)
from app.json_values import amount, text
from app.oncord.mapping.fields import everything, read, write
from app.oncord.mapping.values import cents, read_mark, resolved


def read_receipt(document: dict[str, Any]) -> Receipt:
    """A receipt of the wire; its payment method is its channel."""
    found: Receipt = DESCRIPTIONS[Kind.RECEIPT].record(
        contact_id=text(document.get("contact_id")),
        payment=Payment(
            amount=amount(document.get("amount")),
            currency=text(document.get("currency")),
            allocations=tuple(map(_read_allocation, document.get("allocations") or ())),
        ),
        means=means if (means := text(document.get("payment_method_type"))) in (VOUCHER, ACCOUNT_CREDIT) else "",
        voided=document.get("voided") is True,
        **read_mark(document),
        **read(Kind.RECEIPT, document),
    )
    return found


def _read_allocation(part: dict[str, Any]) -> Allocation:
    used = amount(part.get("amount"))
    return Allocation(text(part.get("sale_id")), abs(used), "adjustment" if used < 0 else "sale")


def _write_allocation(part: Allocation, currency: str) -> dict[str, str]:
    used = -part.amount if part.type == "adjustment" else part.amount
    return {"sale_id": resolved(part.sale_id), "amount": cents(used, currency)}


def write_receipt(receipt: Receipt, fields: tuple[str, ...]) -> dict[str, Any]:
    """The members that carry `fields`."""
    body: dict[str, Any] = {}
    if "contact_id" in fields:
        body["contact_id"] = resolved(receipt.contact_id)
    body |= write(receipt, fields)
    if "payment" in fields:
        payment = receipt.payment
        body |= {
            "amount": cents(payment.amount, payment.currency),
            "currency": payment.currency,
            "allocations": [_write_allocation(part, payment.currency) for part in payment.allocations],
        }
    return body


def create_receipt(receipt: Receipt) -> dict[str, Any]:
    """A new receipt; nothing is charged or refunded by it."""
    written = everything(Kind.RECEIPT, lambda fields: write_receipt(receipt, fields))
    return written | {"books_status": "linked"}
