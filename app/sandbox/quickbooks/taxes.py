"""Tax codes and rates of a company, and the tax of one form: which rates a line bears, what they come to, what may override them.

[SIM] An explicit TxnTaxDetail is honoured outside the US when it lies within five cents per rate of what QBO works out
(that is how a rounding override works there), otherwise silently worked out anew; in the US it is honoured as it is,
unless the hazard `tax_override_ignored` is on. A stored override survives updates that send neither lines nor tax.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from . import faults
from .company import Company
from .fields import Check, anything
from .kinds import Draft, Kind
from .rounding import CENT, Portion, Rate, RateTotal, shares, tax_added, tax_included
from .wire import Body, money

TOLERANCE = 5 * CENT
ZERO = Decimal(0)
MODES = ("TaxExcluded", "TaxInclusive", "NotApplicable")
GST_WORD = {"AU": "GST", "NZ": "GST", "CA": "GST/HST", "GB": "VAT", "EU": "VAT"}
_ORDER = ("Name", "Description", "Active", "Taxable", "TaxGroup", "SalesTaxRateList", "PurchaseTaxRateList")


def rates_of(company: Company, code: str) -> tuple[Rate, ...]:
    """The sales rates of a tax code, in order."""
    record = company.require("TaxCode", {"value": code}, "TaxCodeRef", "TaxCode")
    details = record.body.get("SalesTaxRateList", {}).get("TaxRateDetail", [])
    found = []
    for detail in details:
        rate = company.get("TaxRate", detail["TaxRateRef"]["value"])
        if rate is not None:
            found.append(Rate(rate.id, money(rate.body["RateValue"])))
    return tuple(found)


def line_rates(company: Company, code: str | None, mode: str, us_rates: tuple[Rate, ...]) -> tuple[Rate, ...]:
    """The rates a line bears; raises what QBO says about a code that is missing or foreign."""
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
    if code:
        return rates_of(company, str(code))
    customer = company.get("Customer", body.get("CustomerRef", {}).get("value"))
    if customer is not None and customer.body.get("Taxable") is False:
        return ()
    place = body.get("ShipAddr") or body.get("BillAddr") or {}
    state = str(place.get("CountrySubDivisionCode", "")).upper()
    for record in company.table("TaxCode").rows.values():
        if state and record.body.get("Description") == f"Sales tax {state}":
            return rates_of(company, record.id)
    return ()


def mode_of(draft: Draft) -> str:
    """How amounts and tax relate on this form; [SIM] TaxExcluded when a non-US form does not say."""
    if draft.company.country == "US":
        draft.body.pop("GlobalTaxCalculation", None)
        return "TaxExcluded"
    mode = str(draft.body.setdefault("GlobalTaxCalculation", "TaxExcluded"))
    if mode not in MODES:
        raise faults.bad_value(2170, "Enumeration", "GlobalTaxCalculation", mode)
    if mode == "NotApplicable" and draft.sent.get("TxnTaxDetail", {}).get("TotalTax"):
        raise faults.tax_not_applicable()
    return mode


def totals(draft: Draft, portions: Sequence[Portion], mode: str) -> list[RateTotal]:
    """Tax per rate as QBO works it out, before any override."""
    hazards = draft.company.world.hazards
    if mode == "TaxInclusive":
        return tax_included(portions)
    return tax_added(
        portions,
        even=hazards.on("tax_half_even") is not None,
        per_line=hazards.on("tax_per_line") is not None,
    )


def overridden(draft: Draft, computed: list[RateTotal]) -> list[RateTotal] | Decimal:
    """The tax with an explicit TxnTaxDetail taken into account; a bare Decimal is a US total without any rate."""
    company, body = draft.company, draft.body
    lines_kept = draft.sparse and not draft.sent.keys() & {"Line", "GlobalTaxCalculation", "CustomerRef"}
    explicit = draft.sent.get("TxnTaxDetail") or (body.get("TxnTaxDetail") if lines_kept else None)
    if (
        not explicit
        or company.world.hazards.on("tax_override_ignored")
        or (company.country != "US" and not company.taxed_lines)
    ):
        return computed
    wished = _wished(company, explicit, computed)
    if wished is None:
        return computed
    if company.country == "US":
        if not computed:
            return sum(wished.values(), ZERO)
    elif any(abs(wished.get(total.rate.id, total.tax) - total.tax) > TOLERANCE for total in computed):
        return computed
    return [RateTotal(t.rate, t.base, wished.get(t.rate.id, t.tax)) for t in computed]


def _wished(company: Company, explicit: Body, computed: list[RateTotal]) -> dict[str, Decimal] | None:
    """Tax per rate id as the caller wants it, or None when nothing is said."""
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
        parts = shares(total, [part.tax or part.rate.percent for part in computed])
        return {part.rate.id: share for part, share in zip(computed, parts, strict=True)}
    largest = max(computed, key=lambda part: abs(part.base))
    return {largest.rate.id: largest.tax + total - sum((part.tax for part in computed), ZERO)}


def detail(draft: Draft, settled: list[RateTotal] | Decimal) -> Body:
    """The TxnTaxDetail of the answer."""
    if isinstance(settled, Decimal):
        return {"TotalTax": settled}
    found: Body = {"TotalTax": sum((total.tax for total in settled), ZERO)}
    code = (draft.body.get("TxnTaxDetail") or {}).get("TxnTaxCodeRef")
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


def create_code(company: Company, sent: Any) -> Body:
    """`taxservice/taxcode`: the only way to make codes and rates; answers without an envelope."""
    if not isinstance(sent, dict) or not sent.get("TaxCode"):
        raise faults.missing("TaxCode")
    if company.table("TaxCode").find("Name", sent["TaxCode"]):
        raise faults.duplicate_name()
    details, answered = [], []
    for row in sent.get("TaxRateDetails") or []:
        if row.get("TaxApplicableOn", "Sales") not in ("Sales", "Purchase"):
            raise faults.bad_value(2270, "TaxApplicableOn", "TaxApplicableOn", row.get("TaxApplicableOn"))
        rate = row.get("TaxRateId")
        if rate is None:
            agency = company.require("TaxAgency", {"value": row.get("TaxAgencyId")}, "TaxAgencyId")
            rate = insert_rate(company, str(row["TaxRateName"]), Decimal(str(row["RateValue"])), agency.id)
        company.require("TaxRate", {"value": rate}, "TaxRateId")
        details.append((row.get("TaxApplicableOn", "Sales"), str(rate)))
        answered.append({**row, "TaxRateId": str(rate)})
    if not details:
        raise faults.missing("TaxRateDetails")
    code = insert_code(
        company,
        str(sent["TaxCode"]),
        [r for on, r in details if on == "Sales"],
        [r for on, r in details if on != "Sales"],
    )
    return {"TaxCode": sent["TaxCode"], "TaxCodeId": code, "TaxRateDetails": answered}


def insert_rate(company: Company, name: str, percent: Decimal, agency: str) -> str:
    body = {
        "Name": name,
        "Description": name,
        "Active": True,
        "RateValue": percent,
        "AgencyRef": {"value": agency},
        "SpecialTaxType": "NONE" if percent else "ZERO_RATE",
        "DisplayType": "ReadOnly",
        "EffectiveTaxRate": [{"RateValue": percent, "EffectiveDate": "2000-07-01T00:00:00-07:00"}],
    }
    return company.insert("TaxRate", body, event=False).id


def insert_code(
    company: Company,
    name: str,
    sales: Sequence[str],
    purchases: Sequence[str] = (),
    *,
    identifier: str | None = None,
    description: str = "",
) -> str:
    def listed(rates: Sequence[str]) -> Body:
        rows = [
            {"TaxRateRef": company.named("TaxRate", rate), "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0}
            for rate in rates
        ]
        return {"TaxRateDetail": rows}

    body = dict(
        zip(_ORDER, (name, description or name, True, bool(sales), True, listed(sales), listed(purchases)), strict=True)
    )
    return company.insert("TaxCode", {**body, "Hidden": False}, identifier=identifier, event=False).id


def _read_only(draft: Draft) -> Body:
    raise faults.unsupported("Tax codes and rates can't be written through this address; use taxservice/taxcode.")


_ANY: dict[str, Check] = dict.fromkeys((*_ORDER, "RateValue", "AgencyRef", "SpecialTaxType", "DisplayType"), anything)
CODE_KIND = Kind("TaxCode", _ANY, _read_only, creatable=False)
RATE_KIND = Kind("TaxRate", _ANY, _read_only, creatable=False)
