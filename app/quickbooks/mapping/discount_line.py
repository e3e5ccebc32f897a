"""The discount line of a document, kept where a sale's discount can be said in it without moving a cent. Pure.

Its account, class and tax code stay with it that way; where it cannot be kept, discounts become lines of their own. On a
document whose amounts include tax nobody has recorded whether the Amount of a discount is net or gross, and there is no
`TaxInclusiveAmt` beside it (docs/quickbooks.md 9.2). So a percentage is sent without an Amount, and an Amount only where
the document itself shows which of the two it is; what comes of it is compared after the write (`app.sync.writing.verify`).
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.domain.model.currencies import unit_of
from app.domain.model.records import Line
from app.domain.model.totals import (
    HUNDRED,
    ZERO,
    Charge,
    Mode,
    TaxTable,
    half_up,
    percent_of,
)
from app.json_values import amount, maybe
from app.quickbooks.mapping.sale import charged_lines, discount_in
from app.quickbooks.mapping.values import cents


def kept_discount_line(
    lines: Sequence[tuple[Charge, Line]], document: dict[str, Any] | None, mode: Mode, tax: TaxTable, currency: str
) -> dict[str, Any] | None:
    """The document's own discount line with the discounts of `lines` in it; None where it cannot hold them.

    It can where everything bears one tax code, so that QuickBooks taxes it just as we do.
    """
    existing = discount_in(document) if document else None
    discounts = [charge for charge, line in lines if line.kind == "discount"]
    goods = [charge for charge, line in lines if line.kind != "discount"]
    net = -sum((charge.net for charge in discounts), ZERO)
    codes = {charge.tax_code for charge, line in lines if line.total}
    if document is None or existing is None or net <= 0 or len(codes) != 1:
        return None
    off = -sum(map(_shown, discounts), ZERO)
    detail = copy.deepcopy(existing.get("DiscountLineDetail") or {})
    percent = detail.pop("DiscountPercent", None) if detail.get("PercentBased") else None
    kept = {name: existing[name] for name in ("Id", "Description") if existing.get(name)}
    kept |= {"DetailType": "DiscountLineDetail", "DiscountLineDetail": detail}
    if percent is not None and _makes(percent, sum(map(_shown, goods), ZERO), off, currency):
        detail["DiscountPercent"] = percent
        return kept if mode == "TaxInclusive" else kept | {"Amount": cents(net, currency)}
    detail["PercentBased"] = False
    sent = net
    if mode == "TaxInclusive" and off != net:
        bears = percent_of(tax.rates.get(codes.pop(), ()))
        said = _said_inclusive(document, existing, off, net, bears, currency)
        if said is None:
            return None
        sent = said
    return kept | {"Amount": cents(sent, currency)}


@dataclass(frozen=True, slots=True)
class _Answered:
    """The discount of a document that includes tax: what is taken off gross and net, and the Amount that it shows."""

    gross: Decimal
    net: Decimal
    amount: Decimal


def _said_inclusive(
    document: dict[str, Any], existing: dict[str, Any], off: Decimal, net: Decimal, percent: Decimal, currency: str
) -> Decimal | None:
    """The Amount for a discount of `off` with tax and `net` without; None where the document does not show which it is, or
    a net one would come out a cent off."""
    answered = _answered(document, existing)
    if answered is None:
        return None
    if off == answered.gross and not (existing.get("DiscountLineDetail") or {}).get("PercentBased"):
        return answered.amount
    if abs(answered.amount - answered.gross) <= abs(answered.amount - answered.net):
        return off
    made = half_up(net * (HUNDRED + percent) / HUNDRED, unit_of(currency))
    return net if made == off else None


def _answered(document: dict[str, Any], existing: dict[str, Any]) -> _Answered | None:
    if document.get("GlobalTaxCalculation") != "TaxInclusive":
        return None
    gross, net = ZERO, ZERO
    for charged in charged_lines(document):
        own = charged.net
        with_tax = maybe(charged.detail.get("TaxInclusiveAmt"))
        net += own
        gross += own if with_tax is None else with_tax
    total = amount(document.get("TotalAmt"))
    tax = amount((document.get("TxnTaxDetail") or {}).get("TotalTax"))
    found = _Answered(gross - total, net - (total - tax), amount(existing.get("Amount")))
    return found if found.gross != found.net else None


def _makes(percent: object, goods: Decimal, off: Decimal, currency: str) -> bool:
    """Whether a percentage of the goods is the discount still."""
    return half_up(goods * amount(percent) / HUNDRED, unit_of(currency)) == off


def _shown(charge: Charge) -> Decimal:
    """The amount of a charge in the document's own mode."""
    return charge.net if charge.gross is None else charge.gross
