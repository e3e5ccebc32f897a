"""Oncord's sale and adjustment <-> `Sale`.

Oncord keeps order discounts, shipping and rounding beside the lines; here they are lines of their own kind, so that
everything with an amount is one list. An adjustment's amounts are negative there and positive here: the credit it gives.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.domain.model.description import DESCRIPTIONS
from app.domain.model.records import (
    Kind,
    Line,
    Money,
    Sale,
)
from app.json_values import amount, maybe, text
from app.oncord.mapping.fields import everything, read, write
from app.oncord.mapping.values import cents, one_of, plain, price, read_mark, resolved

STATUSES = ("draft", "confirmed", "cancelled")
SALE_KINDS = ("sale", "adjustment")
ZERO = Decimal(0)


def read_sale(document: dict[str, Any]) -> Sale:
    """A sale of the wire; a *negative* adjustment becomes type "adjustment", a positive one is a further sale."""
    total = amount(document.get("total"))
    credit = one_of(document.get("kind"), SALE_KINDS, "kind of sale") == "adjustment" and total <= 0
    sign = Decimal(-1 if credit else 1)
    lines = [_line(line, sign) for line in document.get("lines") or ()]
    lines += [_discount(discount, sign) for discount in document.get("order_discounts") or ()]
    lines += _shipping(document.get("shipping"), sign)
    if rounding := amount(document.get("rounding")):
        lines.append(Line(total=sign * rounding, kind="rounding"))
    found: Sale = DESCRIPTIONS[Kind.SALE].record(
        contact_id=text(document.get("contact_id")),
        money=Money(
            currency=text(document.get("currency")),
            lines=tuple(lines),
            amounts_include_tax=document.get("amounts_include_tax") is True,
            tax_total=sign * amount(document.get("tax_total")),
            total=sign * total,
        ),
        type="adjustment" if credit else "sale",
        status=one_of(document.get("status"), STATUSES, "status of a sale") or "confirmed",
        paid=sign * (amount(document.get("amount_paid")) + amount(document.get("amount_written_off"))),
        adjusts_id=text(document.get("adjusts_sale_id")),
        adjustment_reason=text(document.get("adjustment_reason")),
        books_settled=sign * amount(document.get("books_settled")),
        **read_mark(document),
        **read(Kind.SALE, document),
    )
    return found


def sale_extras(document: dict[str, Any]) -> tuple[str, ...]:
    """What a sale holds that the vocabulary cannot say."""
    return ("bundle",) if any(line.get("kind") == "bundle_part" for line in document.get("lines") or ()) else ()


def _line(line: dict[str, Any], sign: Decimal) -> Line:
    subtotal = line.get("kind") == "subtotal"
    quantity, each = maybe(line.get("quantity")), maybe(line.get("unit_price"))
    if sign < 0 and quantity is not None and each is not None:
        # A credit is "-1 at 50" or "1 at -50" at the shop; here it is "1 at 50" both times.
        quantity, each = (quantity, -each) if each < 0 < quantity else (-quantity, each)
    return Line(
        total=ZERO if subtotal else sign * amount(line.get("line_total")),
        kind="subtotal" if subtotal else "text" if line.get("kind") == "text" else "item",
        id=text(line.get("id")),
        item=text(line.get("product_id")),
        item_code=text(line.get("product_code")),
        description=text(line.get("description")),
        quantity=quantity,
        unit_price=each,
        discount=sign * amount(line.get("discount_amount")),
        tax_code=text(line.get("tax_code")),
        tax_rate=maybe(line.get("tax_rate")),
        tax=ZERO if subtotal else sign * amount(line.get("tax_amount")),
        voucher=line.get("voucher") is True and not subtotal,
    )


def _discount(discount: dict[str, Any], sign: Decimal) -> Line:
    return Line(
        total=-sign * amount(discount.get("amount")),
        kind="discount",
        description=text(discount.get("description")),
        tax_code=text(discount.get("tax_code")),
        tax=-sign * amount(discount.get("tax_amount")),
    )


def _shipping(shipping: Any, sign: Decimal) -> list[Line]:
    if not isinstance(shipping, dict) or not (amount(shipping.get("amount")) or text(shipping.get("method"))):
        return []
    return [
        Line(
            total=sign * amount(shipping.get("amount")),
            kind="shipping",
            description=text(shipping.get("method")),
            tax_code=text(shipping.get("tax_code")),
            tax=sign * amount(shipping.get("tax_amount")),
        )
    ]


def write_sale(sale: Sale, fields: tuple[str, ...]) -> dict[str, Any]:
    """The members that carry `fields`; raises ValueError where that cannot be said without being wrong."""
    body = write(sale, fields)
    if "contact_id" in fields:
        body["contact_id"] = resolved(sale.contact_id)
    if "money" in fields:
        body |= _write_money(sale.money, Decimal(-1 if sale.type == "adjustment" else 1))
    return body


def create_sale(sale: Sale) -> dict[str, Any]:
    """A new sale or adjustment, made by the connector."""
    body = everything(Kind.SALE, lambda fields: write_sale(sale, fields))
    body |= {"kind": "adjustment" if sale.type == "adjustment" or sale.adjusts_id else "sale"}
    body |= {"status": sale.status, "source": "connector", "books_status": sale.books_status or "linked"}
    body |= {"adjusts_sale_id": resolved(sale.adjusts_id)} if sale.adjusts_id else {}
    return body | ({"adjustment_reason": sale.adjustment_reason} if sale.adjustment_reason else {})


def _write_money(money: Money, sign: Decimal) -> dict[str, Any]:
    shipping = [line for line in money.lines if line.kind == "shipping"]
    # Oncord has room for one shipping charge under one tax code; a second one becomes a line with words.
    carried = [line for line in shipping if line.tax_code == shipping[0].tax_code]
    apart = [replace(line, kind="text") for line in shipping if line.tax_code != shipping[0].tax_code]
    goods = [line for line in money.lines if line.kind in ("item", "text", "subtotal")] + apart

    def said(value: Decimal) -> str:
        return cents(value, money.currency)

    return {
        "currency": money.currency,
        "amounts_include_tax": money.amounts_include_tax,
        "lines": [_write_line(line, sign, money.currency) for line in goods],
        "order_discounts": [
            {
                "description": line.description,
                "amount": said(-sign * line.total),
                "tax_code": line.tax_code or None,
                "tax_amount": said(-sign * line.tax),
            }
            for line in money.lines
            if line.kind == "discount"
        ],
        "shipping": {
            "method": carried[0].description,
            "amount": said(sign * sum((line.total for line in carried), ZERO)),
            "tax_code": carried[0].tax_code or None,
            "tax_amount": said(sign * sum((line.tax for line in carried), ZERO)),
        }
        if carried
        else None,
        "rounding": said(sign * sum((line.total for line in money.lines if line.kind == "rounding"), ZERO)),
        "tax_total": said(sign * money.tax_total),
        "total": said(sign * money.total),
    }


def _write_line(line: Line, sign: Decimal, currency: str) -> dict[str, Any]:
    """One line. With its id it keeps over there what is not mentioned here: its kind, say, as a part of a bundle."""
    kind = line.kind if line.kind == "subtotal" else _kind(line)
    identity: dict[str, Any] = {"id": line.id} if line.id else {"kind": kind}
    identity |= {"voucher": True} if line.voucher else {}
    if line.kind == "subtotal":
        return identity | {
            "description": line.description,
            "line_total": cents(ZERO, currency),
            "tax_amount": cents(ZERO, currency),
        }
    quantity, each = line.quantity, line.unit_price
    if quantity is None or each is None:
        quantity, each = Decimal(1), line.total + line.discount
    return identity | {
        "product_id": resolved(line.item) or None,
        "product_code": line.item_code or None,
        "description": line.description,
        "quantity": plain(sign * quantity),
        "unit_price": price(each, currency),
        "discount_amount": cents(sign * line.discount, currency),
        "tax_code": line.tax_code or None,
        "tax_rate": None if line.tax_rate is None else plain(line.tax_rate),
        "tax_amount": cents(sign * line.tax, currency),
        "line_total": cents(sign * line.total, currency),
    }


def _kind(line: Line) -> str:
    return "item" if line.item else "text"
