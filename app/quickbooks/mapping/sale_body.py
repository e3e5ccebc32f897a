"""`Sale` -> the body of an Invoice or CreditMemo. Pure; the representation of its money is chosen by the domain.

Lines are replaced whole by QuickBooks, so a change of the money block starts from the document as it is: lines are
matched to the ones there (`line_matching`), and what our vocabulary cannot say (service dates, classes, bundles)
stays on them. Everything else is sent sparse, so that the rest of the document is not even mentioned.
"""

import copy
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.domain.model.currencies import unit_of
from app.domain.model.description import merged_fields
from app.domain.model.records import Kind, Line, Sale
from app.domain.model.totals import (
    HUNDRED,
    ZERO,
    CentMoves,
    Charge,
    Rendition,
    half_up,
)
from app.domain.sales.tax_representation import render
from app.json_values import amount, text
from app.quickbooks.mapping.books import Books
from app.quickbooks.mapping.fields import entity_of, write
from app.quickbooks.mapping.line_body import line_body
from app.quickbooks.mapping.line_matching import match_lines
from app.quickbooks.mapping.sale import (
    SHIPPING_ITEM,
    charged_lines,
    discount_in,
)
from app.quickbooks.mapping.values import cents, plain, present, ref

_WHERE_TO = frozenset({"contact_id", "billing_address", "shipping_address"})


@dataclass(frozen=True, slots=True)
class _Placed:
    """A rendered line, and the bundle of the document that it stays in."""

    wire: dict[str, Any]
    group: dict[str, Any] | None


def create_sale(sale: Sale, books: Books, default_item: str) -> dict[str, Any]:
    """A new document, without its marker. Raises `CentMoves` where a cent would move."""
    body = present(write(entity_of(sale), sale, merged_fields(Kind.SALE)))
    body["CustomerRef"] = {"value": _known(sale.contact_id)}
    if books.is_us and "ShipAddr" not in body and "BillAddr" in body:
        # Where it goes decides the American tax; without an address QuickBooks takes the company's own.
        body["ShipAddr"] = copy.deepcopy(body["BillAddr"])
    if books.multi_currency and sale.money.currency:
        body["CurrencyRef"] = {"value": sale.money.currency}
    if sale.adjusts_id and not books.is_us:
        body["InvoiceRef"] = {"value": _known(sale.adjusts_id)}
    return body | _money(sale, None, books, default_item)


def update_sale(
    sale: Sale,
    fields: tuple[str, ...],
    document: dict[str, Any] | None,
    books: Books,
    default_item: str,
    *,
    ids_are_known: bool = False,
) -> dict[str, Any]:
    """The members that carry `fields`, for a sparse update. Raises `CentMoves` where a cent would move.

    `ids_are_known`: the lines' ids are the document's own, and a line without one is new.
    """
    body = write(entity_of(sale), sale, fields)
    if "contact_id" in fields:
        body["CustomerRef"] = {"value": _known(sale.contact_id)}
    if "money" in fields:
        body |= _money(sale, document, books, default_item, ids_are_known=ids_are_known)
    if "TxnTaxDetail" not in body and document is not None and tax_may_move(fields, books):
        body["TxnTaxDetail"] = _tax_sum(sale.money.tax_total, document, sale.money.currency)
    return body


def tax_may_move(fields: Collection[str], books: Books | None) -> bool:
    """Whether QuickBooks may work the tax out anew for what is written: in America where a document goes to decides it.

    The tax is then sent along. What an unknown company does is not known either.
    """
    return (books is None or books.is_us) and not _WHERE_TO.isdisjoint(fields)


def void_credit_memo(document: dict[str, Any]) -> dict[str, Any]:
    """QuickBooks' API voids no credit memo, its screens do: the same result is every amount zero and a note that says so."""

    def emptied(line: dict[str, Any]) -> dict[str, Any]:
        kept = copy.deepcopy(line)
        if kept.get("DetailType") != "DescriptionOnly":
            kept["Amount"] = 0
        detail = kept.get("SalesItemLineDetail")
        if isinstance(detail, dict):
            for name in ("TaxInclusiveAmt", "UnitPrice", "ItemAccountRef", "DiscountRate", "DiscountAmt"):
                detail.pop(name, None)
            if "Qty" in detail:
                detail |= {"Qty": 0, "UnitPrice": 0}
        group = kept.get("GroupLineDetail")
        if isinstance(group, dict):
            group["Line"] = [emptied(inner) for inner in group.get("Line") or [] if isinstance(inner, dict)]
        return kept

    dropped = ("SubTotalLineDetail", "DiscountLineDetail")
    note = text(document.get("PrivateNote"))
    return {
        "Line": [emptied(x) for x in document.get("Line") or [] if x.get("DetailType") not in dropped],
        "PrivateNote": f"Voided - {note}" if note else "Voided",
    }


def _known(reference: object) -> str:
    if not isinstance(reference, str) or not reference:
        raise CentMoves("A record that this one refers to is not in QuickBooks yet.", "It is tried again later.")
    return reference


def _money(
    sale: Sale, document: dict[str, Any] | None, books: Books, default_item: str, *, ids_are_known: bool = False
) -> dict[str, Any]:
    rendition, currency = render(sale.money, books.tax), sale.money.currency
    kept_discount = _kept_discount(sale, document, rendition)
    shown = _shown_lines(sale, rendition, without_discounts=kept_discount is not None)
    matches = match_lines(
        [line for _, line in shown],
        [charge for charge, _ in shown],
        list(charged_lines(document)) if document else [],
        ids_are_known=ids_are_known,
    )
    fallback = _common_item([line for _, line in shown], default_item)
    untaxed = books.is_us and not amount(((document or {}).get("TxnTaxDetail") or {}).get("TotalTax"))
    placed = []
    for (charge, line), match in zip(shown, matches, strict=True):
        wire = line_body(charge, line, match, fallback, currency, untaxed=untaxed)
        placed.append(_Placed(wire, match.group if match else None))
    for charge in rendition.charges:
        if charge.position is None:
            rounding = Line(total=charge.net, kind="rounding", description="Rounding", tax_code=charge.tax_code)
            placed.append(_Placed(line_body(charge, rounding, None, fallback, currency, untaxed=untaxed), None))
    body: dict[str, Any] = {"Line": _grouped(placed)}
    if kept_discount is not None:
        body["Line"].append(kept_discount)
    if not books.is_us:
        body["GlobalTaxCalculation"] = rendition.mode
    if rendition.explicit_tax:
        body["TxnTaxDetail"] = _tax_detail(rendition, document, books, currency)
    return body


def _shown_lines(sale: Sale, rendition: Rendition, *, without_discounts: bool) -> list[tuple[Charge, Line]]:
    """The charges that are lines of the sale; its discounts not where the document's own discount line holds them."""
    lines = [(c, sale.money.lines[c.position]) for c in rendition.charges if c.position is not None]
    return [(charge, line) for charge, line in lines if not (without_discounts and line.kind == "discount")]


def _common_item(lines: list[Line], default_item: str) -> str:
    """The item for lines that have none: that of the first one that has."""
    for line in lines:
        if isinstance(line.item, str) and line.item not in ("", SHIPPING_ITEM):
            return line.item
    return default_item


def _grouped(placed: list[_Placed]) -> list[dict[str, Any]]:
    """The lines in order, those of a bundle together inside it, where its first one stands."""
    lines: list[dict[str, Any]] = []
    bundles: dict[int, dict[str, Any]] = {}
    for one in placed:
        if one.group is None:
            lines.append(one.wire)
            continue
        bundle = bundles.get(id(one.group))
        if bundle is None:
            bundle = {k: copy.deepcopy(v) for k, v in one.group.items() if k in ("Id", "DetailType", "Description")}
            inner = {k: copy.deepcopy(v) for k, v in one.group["GroupLineDetail"].items() if k != "Line"}
            bundle |= {"Amount": ZERO, "GroupLineDetail": inner | {"Line": []}}
            bundles[id(one.group)] = bundle
            lines.append(bundle)
        bundle["GroupLineDetail"]["Line"].append(one.wire)
        bundle["Amount"] = plain(bundle["Amount"] + one.wire.get("Amount", ZERO))
    return lines


def _kept_discount(sale: Sale, document: dict[str, Any] | None, rendition: Rendition) -> dict[str, Any] | None:
    """The document's own discount line with the sale's discount in it, where QuickBooks would tax it just as we do.

    That is so when everything bears one tax code. Otherwise discounts become lines of their own, one per code.
    """
    existing = discount_in(document) if document else None
    currency = sale.money.currency
    lines = _shown_lines(sale, rendition, without_discounts=False)
    discounts = [charge for charge, line in lines if line.kind == "discount"]
    goods = [charge for charge, line in lines if line.kind != "discount"]
    net = sum((charge.net for charge in discounts), ZERO)
    codes = {charge.tax_code for charge, line in lines if line.total}
    if existing is None or net >= 0 or len(codes) != 1:
        return None
    off = -sum(map(_shown, discounts), ZERO)
    detail = copy.deepcopy(existing.get("DiscountLineDetail") or {})
    percent = detail.pop("DiscountPercent", None) if detail.get("PercentBased") else None
    if percent is not None and _makes(percent, sum(map(_shown, goods), ZERO), off, currency):
        detail["DiscountPercent"] = percent
    else:
        detail["PercentBased"] = False
    detail.pop("TaxInclusiveAmt", None)
    if rendition.mode == "TaxInclusive":
        detail["TaxInclusiveAmt"] = cents(off, currency)
    kept = {name: existing[name] for name in ("Id", "Description") if existing.get(name)}
    return kept | {"DetailType": "DiscountLineDetail", "Amount": cents(-net, currency), "DiscountLineDetail": detail}


def _makes(percent: object, goods: Decimal, off: Decimal, currency: str) -> bool:
    """Whether a percentage of the goods is the discount still."""
    return half_up(goods * amount(percent) / HUNDRED, unit_of(currency)) == off


def _shown(charge: Charge) -> Decimal:
    """The amount of a charge in the document's own mode."""
    return charge.net if charge.gross is None else charge.gross


def _tax_detail(rendition: Rendition, document: dict[str, Any] | None, books: Books, currency: str) -> dict[str, Any]:
    """The tax said in so many words; in the US one sum, under the document's own tax code where it has one."""
    body = _tax_sum(rendition.tax_total, document if books.is_us else None, currency)
    if books.is_us:
        return body
    body["TaxLine"] = [
        {
            "DetailType": "TaxLineDetail",
            "Amount": cents(total.tax, currency),
            "TaxLineDetail": {
                "TaxRateRef": {"value": total.rate.id},
                "PercentBased": True,
                "TaxPercent": plain(Decimal(total.rate.percent)),
                "NetAmountTaxable": cents(total.base, currency),
            },
        }
        for total in rendition.taxes
    ]
    return body


def _tax_sum(tax: Decimal, document: dict[str, Any] | None, currency: str) -> dict[str, Any]:
    earlier = (document or {}).get("TxnTaxDetail")
    code = earlier.get("TxnTaxCodeRef") if isinstance(earlier, dict) else None
    return ({"TxnTaxCodeRef": {"value": ref(code)}} if code else {}) | {"TotalTax": cents(tax, currency)}
