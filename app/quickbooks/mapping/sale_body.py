"""`Sale` -> the body of an Invoice or CreditMemo. Pure; the representation of its money is chosen by the domain.

Lines are replaced whole by QuickBooks, so a change of the money block starts from the document as it is: lines are
matched to the ones there (`line_matching`), and what our vocabulary cannot say (service dates, classes, bundles)
stays on them. Everything else is sent sparse, so that the rest of the document is not even mentioned.
"""

import copy
from collections.abc import Collection
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from app.domain.matching.lines import ROUNDING
from app.domain.model.description import merged_fields
from app.domain.model.records import Kind, Line, Sale
from app.domain.model.totals import (
    ZERO,
    CentMoves,
    Charge,
    Rendition,
)
from app.domain.sales.tax_representation import render
from app.json_values import amount, text
from app.quickbooks.mapping.billed import links_kept
from app.quickbooks.mapping.books import Books
from app.quickbooks.mapping.discount_line import kept_discount_line
from app.quickbooks.mapping.fields import entity_of, write
from app.quickbooks.mapping.line_body import beside_the_detail, line_body
from app.quickbooks.mapping.line_matching import match_lines
from app.quickbooks.mapping.sale import SHIPPING_ITEM, charged_lines, is_void, of_statement_charges
from app.quickbooks.mapping.values import cents, plain, present, ref

CUSTOM_SALES_TAX = "CustomSalesTax"
"""The pseudo code of a tax that somebody typed; a document that is sent may not name it (6160)."""
_WHERE_TO = frozenset({"contact_id", "billing_address", "shipping_address"})


@dataclass(frozen=True, slots=True)
class _Placed:
    """A rendered line, and the bundle of the document that it stays in."""

    wire: dict[str, Any]
    group: dict[str, Any] | None


def create_sale(sale: Sale, books: Books, default_item: str, rounding_item: str = "") -> dict[str, Any]:
    """A new document, without its marker. Raises `CentMoves` where a cent would move."""
    body = present(write(entity_of(sale), sale, merged_fields(Kind.SALE)))
    body["CustomerRef"] = {"value": _known(sale.contact_id)}
    if books.is_us and "ShipAddr" not in body and "BillAddr" in body:
        # Where it goes decides the American tax; without an address QuickBooks takes the company's own.
        body["ShipAddr"] = copy.deepcopy(body["BillAddr"])
    if books.multi_currency and sale.money.currency:
        body["CurrencyRef"] = {"value": sale.money.currency}
    if sale.type == "adjustment" and sale.adjusts_id and not books.is_us:
        body["InvoiceRef"] = {"value": _known(sale.adjusts_id)}
    return body | _money(sale, None, books, default_item, rounding_item)


def update_sale(
    sale: Sale,
    fields: tuple[str, ...],
    document: dict[str, Any] | None,
    books: Books,
    default_item: str,
    rounding_item: str = "",
    *,
    ids_are_known: bool = False,
    spell_out: bool = False,
) -> dict[str, Any]:
    """The members that carry `fields`, for a sparse update. Raises `CentMoves` where a cent would move.

    `ids_are_known`: the lines' ids are the document's own, and a line without one is new. `spell_out`: a discount for the
    whole document becomes lines.
    """
    body = write(entity_of(sale), sale, fields)
    if "contact_id" in fields:
        body["CustomerRef"] = {"value": _known(sale.contact_id)}
    if "money" in fields:
        body |= _money(
            sale, document, books, default_item, rounding_item, ids_are_known=ids_are_known, spell_out=spell_out
        )
        body |= links_kept(document, body["Line"])
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
        "PrivateNote": note if is_void(document) else f"Voided - {note}" if note else "Voided",
    }


def _known(reference: object) -> str:
    if not isinstance(reference, str) or not reference:
        raise CentMoves("A record that this one refers to is not in QuickBooks yet.", "It is tried again later.")
    return reference


def _money(
    sale: Sale,
    document: dict[str, Any] | None,
    books: Books,
    default_item: str,
    rounding_item: str,
    *,
    ids_are_known: bool = False,
    spell_out: bool = False,
) -> dict[str, Any]:
    if document is not None and of_statement_charges(document):
        raise CentMoves("It charges what stands on a statement in QuickBooks.", "Change its amounts in QuickBooks.")
    rendition, currency = render(sale.money, books.tax), sale.money.currency
    every = _shown_lines(sale, rendition, without_discounts=False)
    kept_discount = kept_discount_line(every, document, rendition.mode, books.tax, currency) if not spell_out else None
    shown = _shown_lines(sale, rendition, without_discounts=kept_discount is not None)
    matches = match_lines(
        [line for _, line in shown],
        [charge for charge, _ in shown],
        list(charged_lines(document)) if document else [],
        ids_are_known=ids_are_known,
    )
    fallback = _common_item([line for _, line in shown], default_item)
    taxed_before = amount(((document or {}).get("TxnTaxDetail") or {}).get("TotalTax"))
    untaxed = books.is_us and not taxed_before and not sale.money.tax_total
    placed = []
    for (charge, line), match in zip(shown, matches, strict=True):
        wire = line_body(charge, _worded(line), match, fallback, currency, untaxed=untaxed)
        placed.append(_Placed(wire, match.group if match else None))
    for charge in rendition.charges:
        if charge.position is None:
            rounding = Line(charge.net, "rounding", description=ROUNDING, item=rounding_item, tax_code=charge.tax_code)
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


def _worded(line: Line) -> Line:
    """What rounds the total off says so, also where the shop has no words for it: the customer reads it on the invoice."""
    return replace(line, description=ROUNDING) if line.kind == "rounding" and not line.description else line


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
            bundle |= beside_the_detail(one.group)
            bundle |= {"Amount": ZERO, "GroupLineDetail": inner | {"Line": []}}
            bundles[id(one.group)] = bundle
            lines.append(bundle)
        bundle["GroupLineDetail"]["Line"].append(one.wire)
        bundle["Amount"] = plain(bundle["Amount"] + one.wire.get("Amount", ZERO))
    return lines


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
    code = ref(earlier.get("TxnTaxCodeRef")) if isinstance(earlier, dict) else ""
    named = {"TxnTaxCodeRef": {"value": code}} if code not in ("", CUSTOM_SALES_TAX) else {}
    return named | {"TotalTax": cents(tax, currency)}
