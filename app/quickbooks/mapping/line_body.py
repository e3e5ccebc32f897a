"""One line of a sale on the wire, built on the line that is there, so that what our vocabulary cannot say stays on it."""

import copy
from typing import Any

from app.domain.model.records import Line
from app.domain.model.totals import CentMoves, Charge
from app.quickbooks.mapping.line_discounts import KeptDiscount, kept_discount
from app.quickbooks.mapping.sale import SHIPPING_ITEM, Charged
from app.quickbooks.mapping.values import cents, plain, ref

_BESIDE = ("LinkedTxn", "ProjectRef", "CustomField", "CustomExtensions")
_COMPUTED = ("TaxInclusiveAmt", "Qty", "UnitPrice", "ItemAccountRef", "DiscountRate", "DiscountAmt")


def line_body(
    charge: Charge, line: Line, match: Charged | None, fallback: str, currency: str, *, untaxed: bool
) -> dict[str, Any]:
    """A line on the wire, built on the one there; `untaxed`: the document is American and bears no tax."""
    before = match.wire if match else {}
    wire: dict[str, Any] = {"Id": before["Id"]} if before.get("Id") else {}
    wire |= beside_the_detail(before)
    if line.kind in ("text", "subtotal") and not line.total:
        return wire | _described_only(line, before)
    kept = kept_discount(before, match.off, charge.net, charge.gross, line.quantity, currency) if match else None
    detail = _line_detail(charge, line, match, fallback, currency, kept, untaxed=untaxed)
    shown = kept.amount if kept else charge.net
    wire |= {"DetailType": "SalesItemLineDetail", "Amount": cents(shown, currency), "SalesItemLineDetail": detail}
    if line.description or before.get("Description"):
        wire["Description"] = line.description
    return wire


def beside_the_detail(before: dict[str, Any]) -> dict[str, Any]:
    """What a line, or a bundle, has besides its detail: links, project, fields of its own."""
    return {name: copy.deepcopy(before[name]) for name in _BESIDE if before.get(name)}


def _described_only(line: Line, before: dict[str, Any]) -> dict[str, Any]:
    """A line that is only words."""
    return {
        "DetailType": "DescriptionOnly",
        "Description": line.description,
        "DescriptionLineDetail": copy.deepcopy(before.get("DescriptionLineDetail")) or {},
    }


def _line_detail(
    charge: Charge,
    line: Line,
    match: Charged | None,
    fallback: str,
    currency: str,
    kept: KeptDiscount | None,
    *,
    untaxed: bool,
) -> dict[str, Any]:
    """Item, tax code, quantity and price of a line; what else stood in the line there stays."""
    earlier = match.detail if match else {}
    detail = {name: copy.deepcopy(value) for name, value in earlier.items() if name not in _COMPUTED}
    item = _item_of(line, earlier, fallback)
    detail["ItemRef"] = {"value": item}
    code = _code_of(charge, line, detail, untaxed=untaxed)
    detail.pop("TaxCodeRef", None)
    if code:
        detail["TaxCodeRef"] = {"value": code}
    if kept is not None:
        detail |= kept.members
    elif charge.quantity is not None and charge.unit_price is not None and item != SHIPPING_ITEM:
        detail |= {"Qty": plain(charge.quantity), "UnitPrice": plain(charge.unit_price)}
    if charge.gross is not None:
        detail["TaxInclusiveAmt"] = cents(charge.gross, currency)
    return detail


def _item_of(line: Line, earlier: dict[str, Any], fallback: str) -> str:
    """The item of a line: its own, that of the line there, or the one for all."""
    if isinstance(line.item, str) and line.item:
        return line.item
    item = ref(earlier.get("ItemRef")) or fallback
    if not item:
        words = f'The line "{line.description or line.kind}" has no item.'
        raise CentMoves(words, "Choose how sale lines become items.")
    return item


def _code_of(charge: Charge, line: Line, detail: dict[str, Any], *, untaxed: bool) -> str:
    """A taxable line of an American document that bears no tax (of an exempt customer, say) stays what it is there; a new
    one is told to be untaxed, and so is one whose tax was taken off."""
    exempt = untaxed and charge.tax_code == "NON" and line.tax_code == ref(detail.get("TaxCodeRef"))
    return line.tax_code if exempt else charge.tax_code
