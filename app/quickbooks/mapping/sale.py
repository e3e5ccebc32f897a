"""QuickBooks' Invoice and CreditMemo -> `Sale`. Pure. The way back is `rendering_sale`.

Answers give net amounts, with the gross one beside them where the document includes tax; our lines are in the
document's own mode. A discount is one line there and one line per tax code here, so that the sums per code are right;
the tax per line is shared out so that it adds up to what QuickBooks says, rate by rate. Bundles are told flat.
Sale.reference has no faithful place in QuickBooks (custom fields are each company's own) and stays empty.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from app.domain.model.currencies import unit_of
from app.domain.model.description import DESCRIPTIONS
from app.domain.model.records import DISCOUNT_LINE, PRINTED, SENT, STATEMENT_CHARGES, Kind, Line, Money, Sale
from app.domain.model.totals import (
    HUNDRED,
    PRICE,
    ZERO,
    half_up,
    shares,
)
from app.json_values import amount, maybe, text
from app.quickbooks.mapping.american_rates import with_rates
from app.quickbooks.mapping.books import Books
from app.quickbooks.mapping.fields import read
from app.quickbooks.mapping.line_discounts import offs_beside
from app.quickbooks.mapping.sale_taxes import with_taxes
from app.quickbooks.mapping.values import plain, ref, rows

SHIPPING_ITEM = "SHIPPING_ITEM_ID"
MARKER = re.compile(r"\[oncord:([A-Za-z0-9_.:-]+)\]")
MARK_LENGTH = 200
_VOIDED = "Voided"
_SUBTOTAL = re.compile(r"^Sub ?total\s*:", re.IGNORECASE)


def marker_in(document: dict[str, Any]) -> str:
    """What a document carries in its private note: the id of the operation that made it and, behind a colon, of what; "" if nothing."""
    found = MARKER.search(text(document.get("PrivateNote")))
    return found.group(1) if found else ""


def marked(operation_id: str, source: str = "") -> str:
    """The mark of a document that `operation_id` creates; `source` is the reference of what it is made of, where there is room for it."""
    named = f"[oncord:{operation_id}:{source}]"
    return named if source and len(named) <= MARK_LENGTH and MARKER.fullmatch(named) else f"[oncord:{operation_id}]"


def operation_in(marker: str) -> str:
    """The operation id of a mark."""
    return marker.partition(":")[0]


def is_void(document: dict[str, Any]) -> bool:
    """A void document has zero amounts and says so in its private note (a zero total alone is no void)."""
    if text(document.get("status")) == _VOIDED:
        return True
    return amount(document.get("TotalAmt")) == 0 and text(document.get("PrivateNote")).startswith(_VOIDED)


@dataclass(frozen=True, slots=True)
class Charged:
    """A line that has an amount, wherever in the document it stands: `group` is the line of its bundle, if any, `off` what
    its Amount does not show of its own discount."""

    wire: dict[str, Any]
    group: dict[str, Any] | None = None
    off: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        """What the line comes to."""
        return amount(self.wire.get("Amount")) - self.off

    @property
    def detail(self) -> dict[str, Any]:
        """The sales detail."""
        detail = self.wire.get("SalesItemLineDetail")
        return detail if isinstance(detail, dict) else {}


def charged_lines(document: dict[str, Any]) -> Iterator[Charged]:
    """Every line that our vocabulary tells, in order: goods, parts of bundles, words; no discount, no subtotal."""
    found = list(_standing_lines(document))
    offs = offs_beside(document, [each.wire for each in found])
    return (replace(each, off=off) for each, off in zip(found, offs, strict=True))


def _standing_lines(document: dict[str, Any]) -> Iterator[Charged]:
    for line in rows(document.get("Line")):
        kind = line.get("DetailType")
        if kind == "GroupLineDetail":
            inner = line.get("GroupLineDetail")
            for inside in rows(inner.get("Line") if isinstance(inner, dict) else ()):
                yield Charged(inside, line)
        elif kind in ("SalesItemLineDetail", "DescriptionOnly"):
            yield Charged(line)


def discount_in(document: dict[str, Any]) -> dict[str, Any] | None:
    """The document's discount line; there is one at most."""
    return next((x for x in rows(document.get("Line")) if x.get("DetailType") == "DiscountLineDetail"), None)


def of_statement_charges(document: dict[str, Any]) -> bool:
    """Whether a document's only lines are subtotals: what it charges stands on a statement, and has no lines here."""
    lines = rows(document.get("Line"))
    return bool(lines) and all(line.get("DetailType") == "SubTotalLineDetail" for line in lines)


def read_sale(entity: str, document: dict[str, Any], books: Books) -> Sale:
    """An invoice or credit memo of the wire."""
    credit = entity == "CreditMemo"
    total = amount(document.get("TotalAmt"))
    remaining = document.get("RemainingCredit", document.get("Balance")) if credit else document.get("Balance")
    found: Sale = DESCRIPTIONS[Kind.SALE].record(
        contact_id=ref(document.get("CustomerRef")),
        money=_money(document, books, total),
        type="adjustment" if credit else "sale",
        voided=is_void(document),
        paid=total - amount(remaining),
        adjusts_id=ref(document.get("InvoiceRef")) if credit else "",
        **read(entity, document),
    )
    return found


def sale_extras(document: dict[str, Any]) -> tuple[str, ...]:
    """What a document holds that our vocabulary cannot say; such content is preserved by every write."""
    found = {STATEMENT_CHARGES} if of_statement_charges(document) else set[str]()
    for line in rows(document.get("Line")):
        kind = line.get("DetailType")
        if kind == "GroupLineDetail":
            found.add("bundle")
        if kind == "DescriptionOnly":
            found.add("subtotal_text" if _SUBTOTAL.match(text(line.get("Description"))) else "description_only")
        if kind == "DiscountLineDetail":
            found.add(DISCOUNT_LINE)
        if any(link.get("TxnType") for link in rows(line.get("LinkedTxn"))):
            found.add("linked_line")
    members = {
        "ServiceDate": "service_date",
        "ClassRef": "class",
        "DiscountRate": "line_discount",
        "DiscountAmt": "line_discount",
        "MarkupInfo": "markup",
    }
    for charged in charged_lines(document):
        found |= {name for member, name in members.items() if charged.detail.get(member)}
    header = {
        "ClassRef": "class",
        "DepartmentRef": "department",
        "Deposit": "deposit",
        "ShipMethodRef": "shipping_method",
        "TrackingNum": "tracking_number",
        "ShipDate": "shipping_date",
        "ProjectRef": "project",
        "SalesTermRef": "terms",
    }
    found |= {name for member, name in header.items() if document.get(member)}
    found |= handed_out(document)
    if any(field.get("StringValue") for field in rows(document.get("CustomField"))):
        found.add("custom_field")
    if any(link.get("TxnType") not in ("Payment", None) for link in rows(document.get("LinkedTxn"))):
        found.add("linked_document")
    return tuple(sorted(found))


def handed_out(document: dict[str, Any]) -> set[str]:
    """Whether a document was sent by e-mail, or printed: somebody else may hold it."""
    found = {SENT} if document.get("EmailStatus") == "EmailSent" else set[str]()
    return found | ({PRINTED} if document.get("PrintStatus") == "PrintComplete" else set())


def _money(document: dict[str, Any], books: Books, total: Decimal) -> Money:
    inclusive = document.get("GlobalTaxCalculation") == "TaxInclusive"
    tax_detail = document.get("TxnTaxDetail")
    tax_total = amount(tax_detail.get("TotalTax")) if isinstance(tax_detail, dict) else ZERO
    currency = ref(document.get("CurrencyRef")) or books.home_currency
    unit = unit_of(currency)
    lines = [_line(charged, inclusive, books, unit) for charged in charged_lines(document)]
    wanted = total if inclusive else total - tax_total
    rest = wanted - sum((line.total for line in lines), ZERO)
    discount = discount_in(document)
    if discount is not None and rest:
        lines += _discounts(discount, lines, rest, books, unit)
    elif rest and of_statement_charges(document):
        lines.append(Line(total=rest, id="statement", description="Charges of a statement in QuickBooks"))
    elif rest:
        lines.append(Line(total=rest, kind="rounding", id="rounding"))
    taxed = with_taxes(lines, document, inclusive, tax_total, books, unit)
    if books.is_us:
        taxed = with_rates(taxed, document, tax_total, unit)
    return Money(
        currency=currency,
        lines=tuple(taxed),
        amounts_include_tax=inclusive,
        tax_total=tax_total,
        total=total,
    )


def _line(charged: Charged, inclusive: bool, books: Books, unit: Decimal) -> Line:
    wire, detail = charged.wire, charged.detail
    line_id, description = text(wire.get("Id")), text(wire.get("Description"))
    if wire.get("DetailType") == "DescriptionOnly":
        words = "subtotal" if _SUBTOTAL.match(description) else "text"
        return Line(total=ZERO, kind=words, id=line_id, description=description)  # type: ignore[arg-type]
    net, code, item = charged.net, ref(detail.get("TaxCodeRef")), ref(detail.get("ItemRef"))
    quantity, price = maybe(detail.get("Qty")), maybe(detail.get("UnitPrice"))
    gross = maybe(detail.get("TaxInclusiveAmt"))
    percent = books.percent(code)
    if gross is None:
        gross = half_up(net * (HUNDRED + (percent or ZERO)) / HUNDRED, unit)
    if inclusive and quantity and price is not None:
        price = plain(half_up(gross / quantity, PRICE))
    return Line(
        total=gross if inclusive else net,
        kind="shipping" if item == SHIPPING_ITEM else "item",
        id=line_id,
        item=item,
        description=description,
        quantity=quantity,
        unit_price=price,
        tax_code=code,
        tax_rate=percent,
        tax=gross - net if inclusive else ZERO,
    )


def _discounts(discount: dict[str, Any], lines: list[Line], total: Decimal, books: Books, unit: Decimal) -> list[Line]:
    """The discount in as many lines as there are tax codes, in proportion to what each code's lines come to."""
    detail = discount.get("DiscountLineDetail")
    own = ref(detail.get("TaxCodeRef")) if isinstance(detail, dict) else ""
    sums: dict[str, Decimal] = {}
    for line in lines:
        if line.total:
            sums[line.tax_code] = sums.get(line.tax_code, ZERO) + line.total
    if own or not sum(sums.values(), ZERO):
        sums = {own: Decimal(1)}
    parts = shares(total, list(sums.values()), unit)
    words = text(discount.get("Description"))
    return [
        Line(
            total=share,
            kind="discount",
            id=f"discount:{code}",
            description=words,
            tax_code=code,
            tax_rate=books.percent(code),
        )
        for code, share in zip(sums, parts, strict=True)
        if share
    ]
