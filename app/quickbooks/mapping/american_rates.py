"""The rate at which the lines of an American document are taxed: what the document's own tax lines say. Pure.

TAX and NON have no rate of their own; where the goods go decides. A line that came over without its rate would be taxed
at the shop's as soon as somebody edits it there, on the invoice of an exempt customer, too.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.domain.model.records import Line
from app.domain.model.totals import (
    HUNDRED,
    PRICE,
    ZERO,
    half_up,
)
from app.json_values import amount
from app.quickbooks.mapping.values import rows

_ROUNDED = 5
"""By how many cents a document's tax may differ from its rates before they are taken for overridden."""


def with_rates(lines: Sequence[Line], document: dict[str, Any], tax_total: Decimal, unit: Decimal) -> list[Line]:
    """The lines with the rate that each bears; none where the document has no tax."""
    taxed = [line for line in lines if line.tax]
    rate = _rate(sum((line.total for line in taxed), ZERO), document, tax_total, unit)
    return [
        replace(line, tax_rate=rate if line.tax or (line.tax_code == "TAX" and tax_total) else ZERO)
        if line.kind not in ("text", "subtotal")
        else line
        for line in lines
    ]


def _rate(base: Decimal, document: dict[str, Any], tax_total: Decimal, unit: Decimal) -> Decimal:
    """What the tax lines add up to, or, where the tax was typed over, what it comes to."""
    detail = document.get("TxnTaxDetail")
    percent = ZERO
    for line in rows(detail.get("TaxLine") if isinstance(detail, dict) else ()):
        inner = line.get("TaxLineDetail")
        percent += amount(inner.get("TaxPercent")) if isinstance(inner, dict) else ZERO
    if not base or not tax_total:
        return percent if tax_total else ZERO
    expected = half_up(base * percent / HUNDRED, unit)
    if percent and abs(expected - tax_total) <= _ROUNDED * unit:
        return percent
    return half_up(tax_total * HUNDRED / base, PRICE).normalize()
