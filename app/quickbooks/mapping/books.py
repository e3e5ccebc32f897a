"""What a company says of itself that its documents depend on: country, currency, switches, tax codes and their rates.

Read in one batch of queries, kept from run to run and changed by what change data tells (`app.quickbooks.company_facts`), and read
live for a person who chooses. Pure.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from app.domain.guards.cleared_money import MoneyAccount
from app.domain.model.exchange import SideFacts
from app.domain.model.totals import Rate, TaxTable, percent_of
from app.json_values import amount, text
from app.quickbooks.mapping.query import one_of, select
from app.quickbooks.mapping.values import day, part, ref, rows

_MONEY = ("Bank", "Other Current Asset")
READ_ACCOUNTS = ("Accounts Receivable", *_MONEY)
"""The types of the accounts that are read."""
STATEMENTS: Mapping[str, str] = {
    "CompanyInfo": "SELECT * FROM CompanyInfo",
    "Preferences": "SELECT * FROM Preferences",
    "TaxCode": select("TaxCode", inactive=False),
    "TaxRate": select("TaxRate", inactive=False),
    "Term": select("Term", inactive=False),
    "PaymentMethod": select("PaymentMethod", inactive=False),
    "Account": select("Account", [one_of("AccountType", READ_ACCOUNTS)], inactive=False),
}

_ALPHA_3 = {"AUS": "AU", "USA": "US", "GBR": "GB", "CAN": "CA", "NZL": "NZ", "IND": "IN", "FRA": "FR", "IRL": "IE"}


@dataclass(frozen=True, slots=True)
class TaxCode:
    """A tax code that sales can bear; `percent` is the sum of its rates."""

    id: str
    name: str
    percent: Decimal
    active: bool = True


@dataclass(frozen=True, slots=True)
class Books:
    """The facts of one company."""

    realm_id: str
    name: str
    country: str
    home_currency: str
    time_zone: str = ""
    multi_currency: bool = False
    uses_tax: bool = True
    automated_sales_tax: bool = False
    custom_numbers: bool = False
    allow_shipping: bool = False
    automatic_credits: bool = False
    automatic_payments: bool = False
    """Whether QuickBooks applies credits, and payments, to the oldest open invoices by itself."""
    closed_until: str = ""
    report_basis: Literal["", "cash", "accrual"] = ""
    """That of the company's own reports by default; nothing says how it reports its GST (docs/quickbooks.md 9.10)."""
    classes: Literal["none", "document", "line"] = "none"
    """Where the company keeps a class: nowhere, one for a document, or one for each of its lines."""
    locations: bool = False
    tax_codes: tuple[TaxCode, ...] = ()
    tax: TaxTable = field(default_factory=lambda: TaxTable("global", {}))
    receivables: Mapping[str, str] = field(default_factory=dict)
    """The Accounts Receivable accounts, oldest first, each with its currency ("" where it names none)."""
    undeposited: frozenset[str] = frozenset()
    """The accounts in which payments wait until somebody deposits them."""
    money_accounts: Mapping[str, MoneyAccount] = field(default_factory=dict)
    """The accounts in use that customers' money can lie in."""
    terms: Mapping[int, str] = field(default_factory=dict)
    """Plain terms by their days; of several with the same days the oldest."""
    payment_methods: Mapping[str, str] = field(default_factory=dict)
    """The payment methods by their names (`method_key`)."""

    @property
    def is_us(self) -> bool:
        """Whether the American tax rules apply."""
        return self.country == "US"

    def percent(self, code: str) -> Decimal | None:
        """The percentage of a tax code, None where it is not known (or is worked out by QuickBooks, as in the US)."""
        rates = self.tax.rates.get(code)
        return None if rates is None or self.is_us else percent_of(rates)

    def receivable(self, currency: str) -> str:
        """The account of what customers owe in a currency; "" where the company has none."""
        wanted = {currency, ""} if currency == self.home_currency else {currency}
        return next((account for account, own in self.receivables.items() if own in wanted), "")

    def facts(self) -> SideFacts:
        """The same in the words both sides share."""
        switches = {
            "sales_tax": self.uses_tax,
            "automated_sales_tax": self.automated_sales_tax,
            "custom_numbers": self.custom_numbers,
            "shipping": self.allow_shipping,
            "automatic_credits": self.automatic_credits,
            "automatic_payments": self.automatic_payments,
        }
        return SideFacts(
            id=self.realm_id,
            name=self.name,
            country=self.country,
            currency=self.home_currency,
            time_zone=self.time_zone,
            multi_currency=self.multi_currency,
            features=frozenset(name for name, on in switches.items() if on),
            closed_until=self.closed_until,
            tax_codes={code.id: code.name for code in self.tax_codes},
            accounts={account: each.name for account, each in self.money_accounts.items()},
        )


_AMERICAN_CODES = (TaxCode("TAX", "TAX", Decimal(0)), TaxCode("NON", "NON", Decimal(0)))
"""All that a line can say in the US, whether a query shows these pseudo codes or not; the company's own codes, and
CustomSalesTax, are for whole documents (docs/quickbooks.md 9.9)."""


def closed_until(preferences: Mapping[str, Any]) -> str:
    """Up to which day the books are closed, "" where they are open."""
    return text(_group(preferences, "AccountingInfoPrefs").get("BookCloseDate"))


def read_books(realm_id: str, found: Mapping[str, Sequence[dict[str, Any]]]) -> Books:
    """The facts out of the answers to `STATEMENTS`, by entity."""
    company = next(iter(found.get("CompanyInfo", ())), {})
    preferences = next(iter(found.get("Preferences", ())), {})
    sales, taxes = _group(preferences, "SalesFormsPrefs"), _group(preferences, "TaxPrefs")
    currencies, accounting = _group(preferences, "CurrencyPrefs"), _group(preferences, "AccountingInfoPrefs")
    country = text(company.get("Country")).upper() or part(company.get("CompanyAddr"), "Country").upper()
    country = _ALPHA_3.get(country, country)
    codes, table = _tax(found.get("TaxCode", ()), found.get("TaxRate", ()))
    outside = {text(rate.get("Id")) for rate in found.get("TaxRate", ()) if "NOTAXS" in text(rate.get("Name"))}
    uses_tax = taxes.get("UsingSalesTax") is not False
    regime: Literal["global", "us", "none"] = "us" if country == "US" else "global" if uses_tax else "none"
    return Books(
        realm_id=realm_id,
        name=text(company.get("CompanyName")),
        country=country,
        home_currency=ref(currencies.get("HomeCurrency")) or ("USD" if country == "US" else ""),
        time_zone=text(company.get("DefaultTimeZone")),
        multi_currency=currencies.get("MultiCurrencyEnabled") is True,
        uses_tax=uses_tax,
        automated_sales_tax=taxes.get("PartnerTaxEnabled") is True,
        custom_numbers=sales.get("CustomTxnNumbers") is True,
        allow_shipping=sales.get("AllowShipping") is True,
        automatic_credits=sales.get("AutoApplyCredit") is True,
        automatic_payments=sales.get("AutoApplyPayments") is True,
        closed_until=closed_until(preferences),
        report_basis=_report_basis(preferences),
        classes=_classes(accounting),
        locations=accounting.get("TrackDepartments") is True,
        tax_codes=_AMERICAN_CODES if country == "US" else codes,
        tax=TaxTable(
            regime, table, "NON" if country == "US" else _without_tax(found.get("TaxCode", ()), table, outside)
        ),
        receivables={
            text(row.get("Id")): ref(row.get("CurrencyRef"))
            for row in found.get("Account", ())
            if text(row.get("AccountType")) not in _MONEY
        },
        money_accounts={
            text(row.get("Id")): MoneyAccount(text(row.get("Name")), text(row.get("AccountType")) == "Bank")
            for row in found.get("Account", ())
            if text(row.get("AccountType")) in _MONEY
        },
        undeposited=frozenset(
            text(row.get("Id"))
            for row in found.get("Account", ())
            if text(row.get("AccountSubType")) == "UndepositedFunds"
        ),
        terms=_terms(found.get("Term", ())),
        payment_methods=methods_by_name(found.get("PaymentMethod", ())),
    )


def unknown_codes(documents: Iterable[Mapping[str, Any]], books: Books) -> set[str]:
    """The tax codes that lines of these invoices and credit memos bear and that the company did not have when it was read."""
    known = books.tax.rates
    details = (line.get(text(line.get("DetailType"))) for document in documents for line in rows(document.get("Line")))
    codes = {ref(detail.get("TaxCodeRef")) for detail in details if isinstance(detail, dict)}
    return {code for code in codes if code and code not in known} if not books.is_us else set()


def _classes(accounting: Mapping[str, Any]) -> Literal["none", "document", "line"]:
    if accounting.get("ClassTrackingPerTxnLine") is True:
        return "line"
    return "document" if accounting.get("ClassTrackingPerTxn") is True else "none"


def _report_basis(preferences: Mapping[str, Any]) -> Literal["", "cash", "accrual"]:
    match text(_group(preferences, "ReportPrefs").get("ReportBasis")).casefold():
        case "cash" | "accrual" as basis:
            return basis
    return ""


def last_filed_on(agencies: Sequence[dict[str, Any]]) -> date | None:
    """When a return of sales tax was filed last in QuickBooks, as its agencies tell it (docs/quickbooks.md 9.10)."""
    days = (day(row.get("LastFileDate")) for row in agencies if row.get("TaxTrackedOnSales") is not False)
    return max((each for each in days if each is not None), default=None)


def methods_by_name(found: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The ids of rows of the list of payment methods, by `method_key`."""
    return {method_key(text(row.get("Name"))): text(row.get("Id")) for row in found}


def method_key(name: str) -> str:
    """What two names of one payment method have in common: QuickBooks tells names apart without case."""
    return " ".join(name.split()).casefold()


def _terms(found: Sequence[dict[str, Any]]) -> dict[int, str]:
    terms: dict[int, str] = {}
    for row in found:
        discounted = amount(row.get("DiscountPercent"))
        if text(row.get("Type")) in ("", "STANDARD") and "DueDays" in row and not discounted:
            terms.setdefault(int(amount(row.get("DueDays"))), text(row.get("Id")))
    return terms


def _group(preferences: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = preferences.get(name)
    return value if isinstance(value, dict) else {}


def _tax(
    codes: Sequence[dict[str, Any]], rates: Sequence[dict[str, Any]]
) -> tuple[tuple[TaxCode, ...], dict[str, tuple[Rate, ...]]]:
    percents = {text(rate.get("Id")): amount(rate.get("RateValue")) for rate in rates}
    table: dict[str, tuple[Rate, ...]] = {}
    listed = []
    for code in codes:
        code_id = text(code.get("Id"))
        details = code.get("SalesTaxRateList")
        ids = [
            ref(row.get("TaxRateRef"))
            for row in rows(details.get("TaxRateDetail") if isinstance(details, dict) else ())
        ]
        table[code_id] = tuple(Rate(rate_id, percents[rate_id]) for rate_id in ids if rate_id in percents)
        if _may_be_sold_under(code, table[code_id]) and code.get("Hidden") is not True:
            active = code.get("Active") is not False
            listed.append(TaxCode(code_id, text(code.get("Name")), percent_of(table[code_id]), active))
    return tuple(listed), table


def _all_in(rates: Sequence[Rate], chosen: Collection[str]) -> bool:
    return all(rate.id in chosen for rate in rates)


def _may_be_sold_under(code: Mapping[str, Any], sales: Sequence[Rate]) -> bool:
    """Whether a sale may bear a code: not one that has rates for purchases alone ("GST on capital"; docs/quickbooks.md 9.12)."""
    if sales or text(code.get("Id")) in ("TAX", "NON"):
        return True
    details = code.get("PurchaseTaxRateList")
    bought = isinstance(details, dict) and rows(details.get("TaxRateDetail"))
    return not bought and code.get("Taxable") is False


_OUTSIDE = ("out of scope", "no vat", "no tax")


def _without_tax(
    codes: Sequence[dict[str, Any]], table: Mapping[str, tuple[Rate, ...]], outside: Collection[str]
) -> str:
    """The code for what is outside tax: one that bears no rate at all, else one whose rates are `outside` tax by their name
    (Australia's "NOTAXS"), else one that says so itself. "" where there is none: a rate of zero alone is GST-free, input taxed
    or an export, which are sales on some label."""
    fit = [
        (bool(table[code_id]), not _all_in(table[code_id], outside), code.get("Taxable") is not False, place, code_id)
        for place, code in enumerate(codes)
        if (code_id := text(code.get("Id"))) in table
        and code.get("Active") is not False
        and code.get("Hidden") is not True
        and not percent_of(table[code_id])
        and _may_be_sold_under(code, table[code_id])
        and (_all_in(table[code_id], outside) or " ".join(text(code.get("Name")).casefold().split()) in _OUTSIDE)
    ]
    return min(fit)[-1] if fit else ""
