"""Tax codes and rates of a company, and the tax of one form: which rates a line bears, what they come to, what may override them.

[SIM] An explicit TxnTaxDetail is honoured outside the US when it lies within five cents per rate of what QBO works out
(that is how a rounding override works there), otherwise silently worked out anew; in the US it is honoured as it is,
unless the hazard `tax_override_ignored` is on. A stored override survives updates that send neither lines nor tax, nor, in
the US, another customer or another place to ship to. A tax that a person types in the US bears the pseudo code
CustomSalesTax, which no form that the API sends may name (6160).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.books.kinds import Draft, Kind
from app.sandbox.quickbooks.books.names import settle
from app.sandbox.quickbooks.tax.rounding import (
    Portion,
    Rate,
    RateTotal,
    shares,
    tax_added,
    tax_included,
)
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.fields import Check, anything
from app.sandbox.quickbooks.values.wire import Body, money

TOLERATED = 5
"""So many of the currency's smallest units an explicit tax may be off."""
ZERO = Decimal(0)
STATES = {"ARIZONA": "AZ", "CALIFORNIA": "CA"}
"""The states that the company collects tax for, as they may be spelt out in an address."""
MODES = ("TaxExcluded", "TaxInclusive", "NotApplicable")
CUSTOM_SALES_TAX = "CustomSalesTax"
PSEUDO_CODES = ("TAX", "NON", CUSTOM_SALES_TAX)
"""What a query for the tax codes of an American company shows besides those of the company."""
GST_WORD = {"AU": "GST", "NZ": "GST", "CA": "GST/HST", "GB": "VAT", "EU": "VAT"}


def rates_of(company: Company, code: str) -> tuple[Rate, ...]:
    """The sales rates of a tax code, in order.

    Raises `FaultError` (6000) for one that only purchases can bear. [SIM] That it is refused is one practitioner's word; the
    sentence is what QuickBooks answers where it can't work a tax out.
    """
    record = company.require("TaxCode", {"value": code}, "TaxCodeRef", "TaxCode")
    details = record.body.get("SalesTaxRateList", {}).get("TaxRateDetail", [])
    if not details and record.body.get("PurchaseTaxRateList", {}).get("TaxRateDetail"):
        raise faults.business(
            "We're sorry, QuickBooks encountered an error while calculating tax. Try reselecting the tax rate or reentering "
            "the product/service item and saving the form again."
        )
    found = []
    for detail in details:
        rate = company.get("TaxRate", detail["TaxRateRef"]["value"])
        if rate is not None:
            found.append(Rate(rate.id, money(rate.body["RateValue"])))
    return tuple(found)


def line_rates(company: Company, code: str | None, mode: str, us_rates: tuple[Rate, ...]) -> tuple[Rate, ...]:
    """The rates a line bears; raises the `FaultError` of a code that is missing or foreign."""
    if company.country == "US":
        if code not in ("TAX", "NON", None):
            raise faults.bad_us_tax_code(code)
        return us_rates if code == "TAX" else ()
    if mode == "NotApplicable" or not company.taxed_lines:
        return ()
    if not code:
        word = GST_WORD.get(company.country, "tax")
        raise faults.business(f"Make sure all your transactions have a {word} rate before you save.")
    return rates_of(company, code)


def form_rates(draft: Draft) -> tuple[Rate, ...]:
    """US: the rates of a form, from its own code or from where it is shipped to; no address, no tax."""
    company, body = draft.company, draft.body
    if company.country != "US" or not company.preferences["TaxPrefs"].get("UsingSalesTax"):
        return ()
    code = (body.get("TxnTaxDetail") or {}).get("TxnTaxCodeRef", {}).get("value")
    if code == CUSTOM_SALES_TAX:
        if _typed_tax(draft):
            return ()
        body.pop("TxnTaxDetail")
    elif code:
        return rates_of(company, str(code))
    customer = company.get("Customer", body.get("CustomerRef", {}).get("value"))
    if customer is not None and customer.body.get("Taxable") is False:
        return ()
    place = place_of(body)
    named = str(place.get("CountrySubDivisionCode", "")).upper()
    state = STATES.get(named, named)  # a state that it does not know is kept as it was typed, and bears no tax
    for record in company.table("TaxCode").rows.values():
        if state and record.body.get("Description") == f"Sales tax {state}":
            return rates_of(company, record.id)
    return ()


def place_of(body: Body) -> Body:
    """US: where a form's tax is worked out: where it goes to, else where it comes from."""
    return body.get("ShipAddr") or body.get("BillAddr") or body.get("ShipFromAddr") or {}


def _typed_tax(draft: Draft) -> bool:
    """[SIM] Whether the tax of a form is the one that a person typed, which stays while nothing that bears on it is sent.

    Raises `FaultError` (6160) where the API names the pseudo code of such a tax.
    """
    sent = (draft.sent.get("TxnTaxDetail") or {}).get("TxnTaxCodeRef", {}).get("value")
    if sent == CUSTOM_SALES_TAX and not draft.person:
        raise faults.custom_sales_tax()
    return sent == CUSTOM_SALES_TAX or _tax_kept(draft)


def _tax_kept(draft: Draft) -> bool:
    """Whether an update says nothing of what the tax comes from."""
    lines_kept = draft.sparse and not draft.sent.keys() & {"Line", "GlobalTaxCalculation", "CustomerRef"}
    return lines_kept and not _goes_elsewhere(draft)


def mode_of(draft: Draft) -> str:
    """How amounts and tax relate on this form; [SIM] TaxExcluded when a non-US form does not say.

    Raises `FaultError` for an unknown mode, and for tax on a form without any.
    """
    if draft.company.country == "US":
        draft.body.pop("GlobalTaxCalculation", None)
        return "TaxExcluded"
    mode = str(draft.body.setdefault("GlobalTaxCalculation", "TaxExcluded"))
    if mode not in MODES:
        raise faults.bad_value(2170, "Enumeration", "GlobalTaxCalculation", mode)
    if mode == "NotApplicable" and (draft.sent.get("TxnTaxDetail") or {}).get("TotalTax"):
        raise faults.tax_not_applicable()
    return mode


def totals(draft: Draft, portions: Sequence[Portion], mode: str) -> list[RateTotal]:
    """Tax per rate as QBO works it out, before any override."""
    hazards = draft.company.hazards
    if mode == "TaxInclusive":
        return tax_included(portions, draft.unit)
    return tax_added(
        portions,
        draft.unit,
        even=hazards.on("tax_half_even") is not None,
        per_line=hazards.on("tax_per_line") is not None,
    )


def overridden(draft: Draft, computed: list[RateTotal]) -> list[RateTotal] | Decimal:
    """The tax with an explicit TxnTaxDetail taken into account; a bare Decimal is a US total without any rate."""
    company, body = draft.company, draft.body
    explicit = draft.sent.get("TxnTaxDetail") or (body.get("TxnTaxDetail") if _tax_kept(draft) else None)
    if (
        not explicit
        or company.hazards.on("tax_override_ignored")
        or (company.country != "US" and not company.taxed_lines)
    ):
        return computed
    wished = _wished(draft, explicit, computed)
    if wished is None:
        return computed
    if company.country == "US":
        if not computed:
            return sum(wished.values(), ZERO)
    elif any(abs(wished.get(total.rate.id, total.tax) - total.tax) > TOLERATED * draft.unit for total in computed):
        return computed
    return [RateTotal(t.rate, t.base, wished.get(t.rate.id, t.tax)) for t in computed]


def _goes_elsewhere(draft: Draft) -> bool:
    """US: whether a document is shipped to another place than before, for which its tax is worked out anew."""
    if draft.company.country != "US" or draft.before is None:
        return False
    places = ({k: v for k, v in place_of(b).items() if k != "Id"} for b in (draft.body, draft.before.body))
    now, then = places
    return now != then


def _wished(draft: Draft, explicit: Body, computed: list[RateTotal]) -> dict[str, Decimal] | None:
    """Tax per rate id as the caller wants it, or None when nothing is said."""
    company = draft.company
    given: dict[str, Decimal] = {}
    for line in explicit.get("TaxLine") or []:
        rate = (line.get("TaxLineDetail") or {}).get("TaxRateRef", {}).get("value")
        if rate is None or line.get("Amount") is None:
            continue
        if company.get("TaxRate", rate) is None:
            raise faults.bad_reference("TaxRate", rate, "TaxRateRef")
        given[str(rate)] = given.get(str(rate), ZERO) + money(line["Amount"])
    if given:
        return given
    if explicit.get("TotalTax") is None:
        return None
    total = money(explicit["TotalTax"])
    if not computed:
        return {"": total}
    if company.country == "US":
        parts = shares(total, [part.tax or part.rate.percent for part in computed], draft.unit)
        return {part.rate.id: share for part, share in zip(computed, parts, strict=True)}
    largest = max(computed, key=lambda part: abs(part.base))
    return {largest.rate.id: largest.tax + total - sum((part.tax for part in computed), ZERO)}


def detail(draft: Draft, settled: list[RateTotal] | Decimal) -> Body:
    """The TxnTaxDetail of the answer."""
    code = (draft.body.get("TxnTaxDetail") or {}).get("TxnTaxCodeRef")
    if isinstance(settled, Decimal):
        custom = code is not None and code.get("value") == CUSTOM_SALES_TAX
        return ({"TxnTaxCodeRef": {"value": CUSTOM_SALES_TAX}} if custom else {}) | {"TotalTax": settled}
    found: Body = {"TotalTax": sum((total.tax for total in settled), ZERO)}
    if draft.company.country == "US" and code:
        found = {"TxnTaxCodeRef": {"value": str(code["value"])}, **found}
    if settled:
        found["TaxLine"] = [
            {
                "Amount": total.tax,
                "DetailType": "TaxLineDetail",
                "TaxLineDetail": {
                    "TaxRateRef": {"value": total.rate.id},
                    "PercentBased": True,
                    "TaxPercent": total.rate.percent,
                    "NetAmountTaxable": total.base,
                },
            }
            for total in settled
        ]
    return found


def _switched(draft: Draft) -> Body:
    """A person makes a tax code inactive or active again in QBO's screens; the API writes none here."""
    if not draft.person or set(draft.sent) - {"Id", "SyncToken", "sparse", "Active"}:
        return _read_only(draft)
    settle(draft, "TaxCode")
    draft.body.pop("FullyQualifiedName", None)
    return draft.body


def _read_only(draft: Draft) -> Body:
    raise faults.unsupported("Tax codes and rates can't be written through this address; use taxservice/taxcode.")


_ANY: dict[str, Check] = dict.fromkeys(("Name", "Description", "Active"), anything)
CODE_KIND = Kind("TaxCode", _ANY, _switched, creatable=False)
RATE_KIND = Kind("TaxRate", _ANY | {"RateValue": anything}, _read_only, creatable=False)
