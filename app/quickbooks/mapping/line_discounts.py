"""The discount of a single line (`DiscountRate`, `DiscountAmt`): what it takes off, where it shows, and how it stays. Pure.

Whether the Amount of such a line is what is left of it or what it was before, the sources contradict one another
(docs/quickbooks.md 9.2). The document shows it: where its total misses exactly the discounts of its lines, they stand
beside the amounts. A line that is written anew keeps its discount while quantity, price and discount still make the
amount; else it says only what it comes to.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.domain.model.currencies import unit_of
from app.domain.model.totals import HUNDRED, ZERO, half_up
from app.json_values import amount, maybe
from app.quickbooks.mapping.values import plain, ref, rows

_MEMBERS = ("Qty", "UnitPrice", "DiscountRate", "DiscountAmt")


@dataclass(frozen=True, slots=True)
class KeptDiscount:
    """What a line says besides of a discount that stays: its members, and its Amount."""

    members: Mapping[str, Any]
    amount: Decimal


def offs_beside(document: Mapping[str, Any], wires: Sequence[Mapping[str, Any]]) -> list[Decimal]:
    """For each line what its Amount does not show of its own discount; zeros where the amounts are what is left."""
    unit = unit_of(ref(document.get("CurrencyRef")))
    nothing = [ZERO for _ in wires]
    if document.get("GlobalTaxCalculation") == "TaxInclusive":
        return nothing
    offs = [_off(wire.get("SalesItemLineDetail"), unit) if _stands_before(wire, unit) else ZERO for wire in wires]
    every = sum(offs, ZERO)
    if not every:
        return nothing
    tax = document.get("TxnTaxDetail")
    taxed = amount(tax.get("TotalTax")) if isinstance(tax, dict) else ZERO
    whole = sum((amount(wire.get("Amount")) for wire in wires), ZERO) - _discount_of_all(document)
    return offs if whole - (amount(document.get("TotalAmt")) - taxed) == every else nothing


def kept_discount(
    wire: Mapping[str, Any], off: Decimal, net: Decimal, gross: Decimal | None, quantity: Decimal | None, currency: str
) -> KeptDiscount | None:
    """The discount of the line `wire` on a line of `net` (`gross` with tax, where that is said): None where there is none, or
    where it makes another amount. `off`: what the Amount of `wire` does not show of it."""
    detail = _discounted(wire)
    if detail is None:
        return None
    unit = unit_of(currency)
    counted, price = maybe(detail.get("Qty")), maybe(detail.get("UnitPrice"))
    with_tax = maybe(detail.get("TaxInclusiveAmt"))
    as_taxed = gross is None or with_tax is None or gross == with_tax
    shown = amount(wire.get("Amount"))
    if shown - off == net and as_taxed and quantity in (None, counted):
        return KeptDiscount({name: copy.deepcopy(detail[name]) for name in _MEMBERS if name in detail}, shown)
    number = quantity if quantity is not None else counted
    if not number or price is None:
        return None
    moved = {**detail, "Qty": number}
    if half_up(number * price, unit) - _off(moved, unit) != net:
        return None
    by = "DiscountRate" if amount(detail.get("DiscountRate")) else "DiscountAmt"
    members = {"Qty": plain(number), "UnitPrice": detail["UnitPrice"], by: detail[by]}
    return KeptDiscount(members, half_up(number * price, unit) if off else net)


def _discounted(wire: Mapping[str, Any]) -> dict[str, Any] | None:
    """The detail of a line that has a discount of its own; None where it has none."""
    detail = wire.get("SalesItemLineDetail")
    if not isinstance(detail, dict):
        return None
    return detail if any(amount(detail.get(name)) for name in ("DiscountRate", "DiscountAmt")) else None


def _off(detail: object, unit: Decimal) -> Decimal:
    """What a line's own discount takes off. The rate goes before the amount (docs/quickbooks.md 9.2)."""
    if not isinstance(detail, dict):
        return ZERO
    rate, whole = amount(detail.get("DiscountRate")), _whole(detail, unit)
    if rate and whole is not None:
        return half_up(whole * rate / HUNDRED, unit)
    return amount(detail.get("DiscountAmt"))


def _whole(detail: Mapping[str, Any], unit: Decimal) -> Decimal | None:
    quantity, price = maybe(detail.get("Qty")), maybe(detail.get("UnitPrice"))
    return None if quantity is None or price is None else half_up(quantity * price, unit)


def _stands_before(wire: Mapping[str, Any], unit: Decimal) -> bool:
    """Whether the Amount of a line with a discount is its quantity times its price all the same."""
    detail = _discounted(wire)
    return detail is not None and _whole(detail, unit) == amount(wire.get("Amount"))


def _discount_of_all(document: Mapping[str, Any]) -> Decimal:
    lines = (x for x in rows(document.get("Line")) if x.get("DetailType") == "DiscountLineDetail")
    return sum((amount(line.get("Amount")) for line in lines), ZERO)
