"""The lines of a sales form: checked, completed and numbered, with the portion each puts under tax.

[SIM] Tax inclusive: a line that carries TaxInclusiveAmt means its Amount and UnitPrice as net, as QBO answers them;
one that does not means them gross, and QBO takes the tax out. An Amount whose TaxInclusiveAmt does not fit it (the same
figure in both, say) is taken as net.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from app.sandbox.quickbooks.books.kinds import Draft
from app.sandbox.quickbooks.books.tables import Record
from app.sandbox.quickbooks.documents.billing import beside_the_detail
from app.sandbox.quickbooks.documents.line_discounts import left_of, line_discount, shown_beside
from app.sandbox.quickbooks.tax.rounding import (
    Portion,
    Rate,
    cents,
    gross_of,
    net_of,
    price,
)
from app.sandbox.quickbooks.tax.taxes import TOLERATED, line_rates
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.fields import (
    day,
    number,
    reference,
    text,
)
from app.sandbox.quickbooks.values.wire import Body, money

ZERO = Decimal(0)
SPECIAL_ITEMS = {"SHIPPING_ITEM_ID": "Shipping", "GRATUITY_ITEM_ID": "Gratuity"}


MOST_TAXED_LINES = 750
"""The lines of a document some of which bear tax (the limits page)."""


@dataclass(slots=True)
class Entry:
    """One finished line and what it puts under tax; `percent` is the sum of its rates."""

    line: Body
    net: Decimal
    gross: Decimal
    rates: tuple[Rate, ...]

    @property
    def percent(self) -> Decimal:
        return sum((rate.percent for rate in self.rates), ZERO)

    @property
    def portion(self) -> Portion:
        return Portion(self.net, self.gross, self.rates)


@dataclass(slots=True)
class Lines:
    """A form's lines in order, and what was found in them."""

    entries: list[Entry] = field(default_factory=list)
    order: list[Body] = field(default_factory=list)
    discount: Body | None = None
    sold: dict[str, Decimal] = field(default_factory=dict)


def read(draft: Draft, mode: str, us_rates: tuple[Rate, ...]) -> Lines:
    """Checks and completes every line that was sent, or those stored when none were.

    Raises `FaultError` (2020) where there are none.
    """
    found = Lines()
    sent = draft.body.get("Line")
    if not sent:
        raise faults.missing("Line")
    ids = _ids(draft, sent)
    for place, line in enumerate(sent):
        if draft.person and _is_subtotal(line) and any(_charges(later) for later in sent[place + 1 :]):
            line = _subtotal(draft, found, line)  # noqa: PLW2901 - as its screens keep it
        _take(draft, found, line, mode, us_rates, ids)
    if not found.entries and not found.order:
        raise faults.missing("Line")
    if len(found.entries) > MOST_TAXED_LINES and any(entry.rates for entry in found.entries):
        raise faults.business(f"A transaction with tax can have at most {MOST_TAXED_LINES} lines.")
    return found


def _is_subtotal(line: Any) -> bool:
    return isinstance(line, dict) and line.get("DetailType") == "SubTotalLineDetail"


def _charges(line: Any) -> bool:
    return isinstance(line, dict) and line.get("DetailType") in ("SalesItemLineDetail", "GroupLineDetail")


def _subtotal(draft: Draft, found: Lines, sent: Body) -> Body:
    """A subtotal that a person puts in the middle of a form stays there: as words with the sum since the last one."""
    earlier = [
        place for place, line in enumerate(found.order) if str(line.get("Description", "")).startswith("Subtotal: ")
    ]
    since = found.order[max(earlier, default=-1) + 1 :]
    amount = sum((money(line["Amount"]) for line in since if line.get("Amount") is not None), ZERO)
    kept = {"Id": sent["Id"]} if sent.get("Id") else {}
    return {**kept, "DetailType": "DescriptionOnly", "Description": f"Subtotal: {cents(amount, draft.unit)}"}


def _ids(draft: Draft, sent: list[Any]) -> Iterator[str]:
    known = [str(line.get("Id")) for line in sent if isinstance(line, dict)]
    if draft.before is not None:
        known += [str(line.get("Id")) for line in draft.before.body.get("Line", [])]
    latest = max((int(identifier) for identifier in known if identifier.isdigit()), default=0)
    while True:
        latest += 1
        yield str(latest)


def _take(draft: Draft, found: Lines, sent: Any, mode: str, us_rates: tuple[Rate, ...], ids: Iterator[str]) -> None:
    if not isinstance(sent, dict):
        raise faults.bad_json("Line is not a list of objects")
    kind = sent.get("DetailType")
    if not kind:
        raise faults.missing("DetailType")
    if kind == "SubTotalLineDetail":
        return
    line: Body = {"Id": str(sent["Id"]) if sent.get("Id") else next(ids)}
    if sent.get("Description"):
        line["Description"] = text(4000)("Description", sent["Description"])
    if kind == "DiscountLineDetail":
        if found.discount is not None:
            raise faults.FaultError(6090, "Discount line error", "Only one discount line is allowed.", "Line")
        found.discount = {**line, "Amount": sent.get("Amount"), "Sent": sent.get("DiscountLineDetail") or {}}
        return
    line["LineNum"] = len(found.order) + 1
    found.order.append(line)
    if kind == "SalesItemLineDetail":
        found.entries.append(_sales(draft, found, line, sent, mode, us_rates))
    elif kind == "DescriptionOnly":
        line.update(DetailType=kind, DescriptionLineDetail=sent.get("DescriptionLineDetail") or {})
    elif kind == "GroupLineDetail":
        _group(draft, found, line, sent, mode, us_rates, ids)
    else:
        raise faults.bad_value(2170, "Enumeration", "DetailType", kind)
    line.update(beside_the_detail(sent))


def _sales(draft: Draft, found: Lines, line: Body, sent: Body, mode: str, us_rates: tuple[Rate, ...]) -> Entry:
    company = draft.company
    asked = sent.get("SalesItemLineDetail") or {}
    if sent.get("Amount") in (None, ""):
        raise faults.missing("Amount")
    amount = cents(money(number("Amount", sent["Amount"])), draft.unit)
    quantity = None if asked.get("Qty") in (None, "") else money(number("Qty", asked["Qty"]))
    unit = None if asked.get("UnitPrice") in (None, "") else price(money(number("UnitPrice", asked["UnitPrice"])))
    if amount and not quantity and not unit:  # zeros are what careless clients send for "none"
        quantity = unit = None
    off = line_discount(draft, asked, quantity, unit)
    if quantity is not None and unit is not None:
        amount = left_of(draft, sent, amount, cents(quantity * unit, draft.unit), off, mode)
    detail: Body = {}
    item, taxable = _item(draft, asked, detail)
    code = (asked.get("TaxCodeRef") or {}).get("value") or None
    if company.country == "US" and code is None:
        code = "TAX" if taxable else "NON"
    rates = line_rates(company, code, mode, us_rates)
    entry = Entry(line, amount, amount, rates)
    if mode == "TaxInclusive":
        if asked.get("TaxInclusiveAmt") in (None, ""):
            off = net_of(off, entry.percent, draft.unit)
        unit = _inclusive(draft, entry, asked, amount, unit, quantity, off)
        detail["TaxInclusiveAmt"] = entry.gross
    if quantity and (unit is None or company.hazards.on("unit_prices_rederived")):
        unit = price((entry.net + off) / quantity)
    if unit is not None:
        detail["UnitPrice"] = unit
    if quantity is not None:
        detail["Qty"] = quantity
    if code and (company.country == "US" or company.taxed_lines):
        detail["TaxCodeRef"] = {"value": str(code)}
    if asked.get("ServiceDate"):
        detail["ServiceDate"] = day("ServiceDate", asked["ServiceDate"])
    for name in ("ClassRef", "DiscountRate", "MarkupInfo", "TaxClassificationRef"):
        if asked.get(name) not in (None, "", {}):
            detail[name] = asked[name]
    if off:
        detail["DiscountAmt"] = off
    line.update(
        Amount=entry.net + shown_beside(draft, off, quantity, unit, mode),
        DetailType="SalesItemLineDetail",
        SalesItemLineDetail=detail,
    )
    if company.country == "US":
        line["CustomExtensions"] = []
    if item:
        found.sold[item] = found.sold.get(item, ZERO) + (quantity if quantity is not None else Decimal(1))
    return entry


def _item(draft: Draft, asked: Body, detail: Body) -> tuple[str, bool]:
    """The item of a line, `1` when none is named (documented otherwise, observed so), and whether it is taxable."""
    company = draft.company
    wanted = reference("ItemRef", asked.get("ItemRef") or {"value": "1"})
    identifier = str((wanted or {"value": "1"})["value"])
    if identifier in SPECIAL_ITEMS:
        preference = "AllowShipping" if identifier == "SHIPPING_ITEM_ID" else "AllowGratuity"
        if not company.preferences["SalesFormsPrefs"].get(preference, False):
            raise faults.business(f"{SPECIAL_ITEMS[identifier]} is not enabled for this company.")
        detail["ItemRef"] = {"value": identifier}
        return "", company.country == "US" and identifier == "SHIPPING_ITEM_ID"
    record = company.get("Item", identifier)
    kept = draft.before is not None and any(
        part.get("SalesItemLineDetail", {}).get("ItemRef", {}).get("value") == identifier
        for line in draft.before.body.get("Line", [])
        for part in line.get("GroupLineDetail", {}).get("Line", [line])
    )
    if record is None or not kept:  # a document keeps an item that has since been made inactive
        record = company.require("Item", {"value": identifier}, "ItemRef")
    if record.body["Type"] == "Category":
        raise faults.business("Select a product or service; a category can't be sold.")
    if record.body["Type"] == "Group":
        raise faults.business("A bundle can only be sold as a group of lines.")
    if record.body["Type"] == "Inventory" and str(draft.body.get("TxnDate", company.today())) < _start_of(record):
        raise faults.before_inventory(str(record.body["Name"]))
    detail["ItemRef"] = company.named("Item", identifier)
    if "IncomeAccountRef" in record.body:
        detail["ItemAccountRef"] = record.body["IncomeAccountRef"]
    return identifier, bool(record.body.get("Taxable"))


def _start_of(record: Record) -> str:
    """From which day on the quantity of an inventory item is kept."""
    return str(record.body.get("InvStartDate", ""))


def _inclusive(
    draft: Draft,
    entry: Entry,
    asked: Body,
    amount: Decimal,
    unit: Decimal | None,
    quantity: Decimal | None,
    off: Decimal,
) -> Decimal | None:
    """Works out net and gross of a line on a tax-inclusive form; returns its net unit price, before `off` is taken off."""
    inclusive = asked.get("TaxInclusiveAmt")
    if inclusive in (None, ""):
        entry.gross, entry.net = amount, net_of(amount, entry.percent, draft.unit)
        return price((entry.net + off) / quantity) if quantity and unit is not None else unit
    entry.net, expected = amount, gross_of(amount, entry.percent, draft.unit)
    given = cents(money(number("TaxInclusiveAmt", inclusive)), draft.unit)
    entry.gross = given if abs(given - expected) <= TOLERATED * draft.unit else expected
    return unit


def _group(
    draft: Draft, found: Lines, line: Body, sent: Body, mode: str, us_rates: tuple[Rate, ...], ids: Iterator[str]
) -> None:
    """A bundle: its parts are sales lines of their own inside it."""
    asked = sent.get("GroupLineDetail") or {}
    bundle = draft.company.require("Item", asked.get("GroupItemRef"), "GroupItemRef")
    quantity = money(asked.get("Quantity") or 1)
    parts = asked.get("Line") or [
        {
            "DetailType": "SalesItemLineDetail",
            "Amount": cents(money(part["Qty"]) * quantity * _listed_price(draft, part), draft.unit),
            "SalesItemLineDetail": {
                "ItemRef": part["ItemRef"],
                "Qty": money(part["Qty"]) * quantity,
                "UnitPrice": _listed_price(draft, part),
                **({"TaxCodeRef": asked["TaxCodeRef"]} if asked.get("TaxCodeRef") else {}),
            },
        }
        for part in bundle.body.get("ItemGroupDetail", {}).get("ItemGroupLine", [])
    ]
    inner, total = [], ZERO
    for number_, part in enumerate(parts, 1):
        kept: Body = {"Id": str(part["Id"]) if part.get("Id") else next(ids), "LineNum": number_}
        if part.get("Description"):
            kept["Description"] = part["Description"]
        entry = _sales(draft, found, kept, part, mode, us_rates)
        kept.update(beside_the_detail(part))
        found.entries.append(entry)
        inner.append(kept)
        total += entry.net
    group: Body = {"GroupItemRef": draft.company.named("Item", bundle.id), "Quantity": quantity, "Line": inner}
    if asked.get("ServiceDate"):
        group["ServiceDate"] = day("ServiceDate", asked["ServiceDate"])
    line.update(Amount=total, DetailType="GroupLineDetail", GroupLineDetail=group)


def _listed_price(draft: Draft, part: Body) -> Decimal:
    record = draft.company.require("Item", part["ItemRef"], "ItemRef")
    return money(record.body.get("UnitPrice", 0))
