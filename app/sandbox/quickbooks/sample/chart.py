"""What every new company starts with: preferences, a chart of accounts, taxes, terms, payment methods, two items."""

from __future__ import annotations

from decimal import Decimal

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.requests.writes import write
from app.sandbox.quickbooks.tax.tax_service import insert_code, insert_pseudo_code, insert_rate
from app.sandbox.quickbooks.tax.taxes import PSEUDO_CODES
from app.sandbox.quickbooks.values.wire import Body

# id (those of Intuit's US sample where it has the account), name, type, subtype
_ACCOUNTS = (
    (1, "Services", "Income", "ServiceFeeIncome"),
    (2, "Retained Earnings", "Equity", "RetainedEarnings"),
    (4, "Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
    (5, "Fees Billed", "Income", "ServiceFeeIncome"),
    (7, "Advertising", "Expense", "AdvertisingPromotional"),
    (8, "Bank Charges", "Expense", "BankCharges"),
    (10, "Dues & Subscriptions", "Expense", "DuesSubscriptions"),
    (11, "Insurance", "Expense", "Insurance"),
    (12, "Legal & Professional Fees", "Expense", "LegalProfessionalFees"),
    (13, "Meals and Entertainment", "Expense", "EntertainmentMeals"),
    (14, "Miscellaneous", "Other Expense", "OtherMiscellaneousExpense"),
    (15, "Office Expenses", "Expense", "OfficeGeneralAdministrativeExpenses"),
    (17, "Rent or Lease", "Expense", "RentOrLeaseOfBuildings"),
    (19, "Stationery & Printing", "Expense", "OfficeGeneralAdministrativeExpenses"),
    (20, "Supplies", "Expense", "SuppliesMaterials"),
    (22, "Travel", "Expense", "Travel"),
    (24, "Utilities", "Expense", "Utilities"),
    (25, "Interest Earned", "Other Income", "InterestEarned"),
    (33, "Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable"),
    (34, "Opening Balance Equity", "Equity", "OpeningBalanceEquity"),
    (35, "Checking", "Bank", "Checking"),
    (36, "Savings", "Bank", "Savings"),
    (37, "Truck", "Fixed Asset", "Vehicles"),
    (41, "Mastercard", "Credit Card", "CreditCard"),
    (42, "Visa", "Credit Card", "CreditCard"),
    (43, "Loan Payable", "Other Current Liability", "OtherCurrentLiabilities"),
    (44, "Notes Payable", "Long Term Liability", "OtherLongTermLiabilities"),
    (45, "Landscaping Services", "Income", "OtherPrimaryIncome"),
    (55, "Automobile", "Expense", "Auto"),
    (79, "Sales of Product Income", "Income", "SalesOfProductIncome"),
    (80, "Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
    (81, "Inventory Asset", "Other Current Asset", "Inventory"),
    (82, "Design income", "Income", "OtherPrimaryIncome"),
    (83, "Prepaid Expenses", "Other Current Asset", "PrepaidExpenses"),
    (84, "Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
    (85, "Uncategorized Asset", "Other Current Asset", "OtherCurrentAssets"),
    (86, "Discounts given", "Income", "DiscountsRefundsGiven"),
    (87, "Uncategorized Income", "Income", "ServiceFeeIncome"),
    (88, "Uncategorized Expense", "Expense", "OtherMiscellaneousServiceCost"),
    (89, "Sales Tax Payable", "Other Current Liability", "SalesTaxPayable"),
    (90, "Stripe Clearing", "Bank", "Checking"),
    (91, "PayPal Clearing", "Bank", "Checking"),
    (92, "Petty Cash", "Bank", "CashOnHand"),
    (93, "Shipping Income", "Income", "SalesOfProductIncome"),
    (94, "Gift Voucher Clearing", "Other Current Asset", "OtherCurrentAssets"),
)
_LOCAL_NAMES = {
    "Checking": "Everyday Business Account",
    "Savings": "Business Savings",
    "Sales Tax Payable": "GST Liabilities Payable",
}
_METHODS = (
    ("Cash", "NON_CREDIT_CARD"),
    ("Check", "NON_CREDIT_CARD"),
    ("Visa", "CREDIT_CARD"),
    ("MasterCard", "CREDIT_CARD"),
    ("Discover", "CREDIT_CARD"),
    ("American Express", "CREDIT_CARD"),
    ("Diners Club", "CREDIT_CARD"),
)
_TERMS = (("Due on receipt", 0), ("Net 15", 15), ("Net 30", 30), ("Net 60", 60), ("Net 10", 10))
# code, sales rates, purchase rates; a rate is a name and a per cent
# Australia's codes are Intuit's own (docs/quickbooks.md 9.12)
_AUSTRALIAN_CODES = (
    ("Out of Scope", (("Out of Scope (NOTAXS)", "0"),), (("Out of Scope (NOTAXP)", "0"),)),
    ("GST-free", (("GST free (sales)", "0"),), ()),
    ("Input taxed", (("Input taxed (sales)", "0"),), (("Input taxed (purchases)", "0"),)),
    ("GST on capital", (), (("GST on capital (purchases)", "10"),)),
    ("GST", (("GST (sales)", "10"),), ()),
    ("GST-free exports", (("GST free exports (sales)", "0"),), ()),
    ("GST on non-capital", (), (("GST on non-capital (purchases)", "10"),)),
    ("GST-free capital", (), (("GST free capital (purchases)", "0"),)),
    ("GST-free non-capital", (), (("GST free non-capital (purchases)", "0"),)),
)
_GST_CODES = (
    ("Out of Scope", (), ()),
    ("GST free", (("GST free (sales)", "0"),), (("GST-free (purchases)", "0"),)),
    ("Input tax", (("Input tax (sales)", "0"),), (("Input tax (purchases)", "0"),)),
    ("GST on capital", (), (("GST on capital (purchases)", "10"),)),
    ("GST", (("GST (sales)", "10"),), (("GST (purchases)", "10"),)),
    ("Export", (("Export (sales)", "0"),), ()),
)
_RATES = {"AU": "10", "NZ": "15", "GB": "20", "CA": "13", "EU": "19"}
_CODE_WORD = {"CA": "HST ON", "GB": "20.0% S", "EU": "VAT"}


def _preferences(company: Company) -> Body:
    us = company.country == "US"
    return {
        "AccountingInfoPrefs": {
            "UseAccountNumbers": False,
            "TrackDepartments": False,
            "ClassTrackingPerTxn": False,
            "ClassTrackingPerTxnLine": False,
            "FirstMonthOfFiscalYear": "January" if us else "July",
            "TaxYearMonth": "January",
            "TaxForm": "6",
            "CustomerTerminology": "Customers",
            "DepartmentTerminology": "Location",
        },
        "ProductAndServicesPrefs": {
            "ForSales": True,
            "ForPurchase": True,
            "QuantityWithPriceAndRate": True,
            "QuantityOnHand": True,
        },
        "SalesFormsPrefs": {
            "CustomField": [],
            "CustomTxnNumbers": False,
            "WarnDuplicateTxnNumber": False,
            "AllowDeposit": True,
            "AllowDiscount": True,
            "DefaultDiscountAccount": "86",
            "AllowEstimates": True,
            "AllowShipping": True,
            "AllowServiceDate": True,
            "AutoApplyCredit": False,
            "AutoApplyPayments": False,
            "DefaultTerms": {"value": "3"},
        },
        "VendorAndPurchasesPrefs": {"TrackingByCustomer": True, "BillableExpenseTracking": True, "POCustomField": []},
        "TimeTrackingPrefs": {"UseServices": True, "BillCustomers": True, "WorkWeekStartDate": "Monday"},
        "TaxPrefs": {
            "UsingSalesTax": True,
            **({"PartnerTaxEnabled": True, "TaxGroupCodeRef": {"value": "2"}} if us else {}),
        },
        "CurrencyPrefs": {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": company.home_currency["value"]}},
        "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
        "EmailMessagesPrefs": {name: _mail(company, what) for name, what in _MAILS},
        "OtherPrefs": {
            "NameValue": [
                {"Name": "SalesFormsPrefs.DefaultCustomerMessage", "Value": "Thank you for your business!"},
                {"Name": "SalesFormsPrefs.DefaultItem", "Value": "1"},
            ]
        },
    }


_MAILS = (
    ("InvoiceMessage", "Invoice"),
    ("EstimateMessage", "Estimate"),
    ("SalesReceiptMessage", "Sales Receipt"),
    ("StatementMessage", "Statement"),
)


def _mail(company: Company, what: str) -> Body:
    return {"Subject": f"{what} from {company.name}", "Message": f"Here's your {what.lower()}! Have a great day."}


def _information(company: Company) -> Body:
    us = company.country == "US"
    address: Body = (
        {
            "Line1": "123 Sierra Way",
            "City": "San Pablo",
            "Country": "USA",
            "CountrySubDivisionCode": "CA",
            "PostalCode": "87999",
        }
        if us
        else {
            "Line1": "1 Harbour Street",
            "City": "Sydney",
            "Country": "AUS",
            "CountrySubDivisionCode": "NSW",
            "PostalCode": "2000",
        }
    )
    return {
        "CompanyName": company.name,
        "LegalName": company.name,
        "Country": company.country,
        "CompanyAddr": {"Id": "1", **address},
        "CustomerCommunicationAddr": {"Id": "1", **address},
        "LegalAddr": {"Id": "1", **address},
        "Email": {"Address": "owner@example.com"},
        "CompanyStartDate": "2020-07-01",
        "FiscalYearStartMonth": "January" if us else "July",
        "DefaultTimeZone": "America/Los_Angeles" if us else "Australia/Sydney",
        "SupportedLanguages": "en",
        "NameValue": [
            {"Name": "SubscriptionStatus", "Value": "PAID"},
            {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
            {"Name": "QBOIndustryType", "Value": "Retail shops"},
        ],
    }


def furnish(company: Company) -> None:
    """Fills an empty company with what QBO itself gives a new one."""
    company.insert("Preferences", _preferences(company), identifier="1", event=False)
    company.insert("CompanyInfo", _information(company), identifier="1", event=False)
    for identifier, name, kind, subtype in _ACCOUNTS:
        company.sequences["Account"] = identifier - 1
        local = name if company.country == "US" else _LOCAL_NAMES.get(name, name)
        write(company, "Account", {"Name": local, "AccountType": kind, "AccountSubType": subtype}, person=True)
    for name, kind in _METHODS:
        write(company, "PaymentMethod", {"Name": name, "Type": kind}, person=True)
    for name, days in _TERMS:
        write(company, "Term", {"Name": name, "DueDays": days}, person=True)
    _us_taxes(company) if company.country == "US" else _gst(company)
    for name in ("Services", "Hours"):
        write(
            company,
            "Item",
            {"Name": name, "Type": "Service", "IncomeAccountRef": {"value": "1"}, **default_tax(company)},
            person=True,
        )


def default_tax(company: Company) -> Body:
    """What makes an item taxable here."""
    if company.country == "US":
        return {"Taxable": True}
    return {"Taxable": True, "SalesTaxCodeRef": {"value": sales_code(company)}}


def sales_code(company: Company) -> str:
    """The id of the full-rate sales code."""
    word = _CODE_WORD.get(company.country, "GST")
    return company.table("TaxCode").find("Name", word)[0].id


def _gst(company: Company) -> None:
    agency = write(
        company,
        "TaxAgency",
        {"DisplayName": "Australian Taxation Office" if company.country == "AU" else "Tax Office"},
        person=True,
    )
    word, percent = _CODE_WORD.get(company.country, "GST"), _RATES[company.country]
    for name, sales, purchases in _AUSTRALIAN_CODES if company.country == "AU" else _GST_CODES:
        ids = [
            [
                insert_rate(
                    company,
                    label.replace("GST", word) if name == "GST" else label,
                    _percent(each, percent),
                    agency["Id"],
                )
                for label, each in side
            ]
            for side in (sales, purchases)
        ]
        insert_code(company, word if name == "GST" else name, *ids)


def _percent(each: str, full: str) -> Decimal:
    return Decimal(full if each == "10" else each)


def _us_taxes(company: Company) -> None:
    arizona = write(company, "TaxAgency", {"DisplayName": "Arizona Dept. of Revenue"}, person=True)["Id"]
    california = write(company, "TaxAgency", {"DisplayName": "Board of Equalization"}, person=True)["Id"]
    state = insert_rate(company, "AZ State tax", Decimal("7.1"), arizona)
    city = insert_rate(company, "Tucson City", Decimal(2), arizona)
    board = insert_rate(company, "California", Decimal(8), california)
    insert_code(company, "California", [board], description="Sales tax CA")
    insert_code(company, "Tucson", [state, city], description="Sales tax AZ")
    for pseudo in PSEUDO_CODES:
        insert_pseudo_code(company, pseudo)
