"""Accounts: types, subtypes and classifications as QBO has them."""

from __future__ import annotations

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.books.kinds import Draft, Kind
from app.sandbox.quickbooks.books.names import renamed, settle
from app.sandbox.quickbooks.books.tables import Record
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.fields import (
    Check,
    day,
    flag,
    number,
    reference,
    text,
)
from app.sandbox.quickbooks.values.wire import Body

TYPES: dict[str, tuple[str, str]] = {
    # type: classification, subtype when none is given
    "Bank": ("Asset", "CashOnHand"),
    "Accounts Receivable": ("Asset", "AccountsReceivable"),
    "Other Current Asset": ("Asset", "EmployeeCashAdvances"),
    "Fixed Asset": ("Asset", "FurnitureAndFixtures"),
    "Other Asset": ("Asset", "OtherLongTermAssets"),
    "Accounts Payable": ("Liability", "AccountsPayable"),
    "Credit Card": ("Liability", "CreditCard"),
    "Other Current Liability": ("Liability", "OtherCurrentLiabilities"),
    "Long Term Liability": ("Liability", "NotesPayable"),
    "Equity": ("Equity", "OpeningBalanceEquity"),
    "Income": ("Revenue", "ServiceFeeIncome"),
    "Other Income": ("Revenue", "OtherMiscellaneousIncome"),
    "Cost of Goods Sold": ("Expense", "SuppliesMaterialsCogs"),
    "Expense": ("Expense", "Travel"),
    "Other Expense": ("Expense", "OtherMiscellaneousExpense"),
    "Non-Posting": ("", ""),
}
SUBTYPES: dict[str, str] = {
    "Checking": "Bank",
    "Savings": "Bank",
    "CashOnHand": "Bank",
    "MoneyMarket": "Bank",
    "TrustAccounts": "Bank",
    "RentsHeldInTrust": "Bank",
    "UndepositedFunds": "Other Current Asset",
    "Inventory": "Other Current Asset",
    "PrepaidExpenses": "Other Current Asset",
    "OtherCurrentAssets": "Other Current Asset",
    "EmployeeCashAdvances": "Other Current Asset",
    "SalesOfProductIncome": "Income",
    "ServiceFeeIncome": "Income",
    "DiscountsRefundsGiven": "Income",
    "OtherPrimaryIncome": "Income",
    "NonProfitIncome": "Income",
    "SuppliesMaterialsCogs": "Cost of Goods Sold",
    "CreditCard": "Credit Card",
    "AccountsReceivable": "Accounts Receivable",
    "AccountsPayable": "Accounts Payable",
}
MONEY_TYPES = ("Bank", "Other Current Asset")
"""Where money from customers may be put."""

_WRITABLE: dict[str, Check] = {
    "Name": text(100),
    "SubAccount": flag,
    "ParentRef": reference,
    "Description": text(4000),
    "Active": flag,
    "Classification": text(100),
    "AccountType": text(100),
    "AccountSubType": text(100),
    "AccountAlias": text(100),
    "AcctNum": text(20),
    "CurrencyRef": reference,
    "TaxCodeRef": reference,
    "OpeningBalance": number,
    "OpeningBalanceDate": day,
    "TxnLocationType": text(100),
}


def _shape(draft: Draft) -> Body:
    company, body, before = draft.company, draft.body, draft.before
    if not body.get("Name"):
        raise faults.missing("Name")
    if '"' in str(body["Name"]):
        raise faults.bad_characters("Name")
    kind = body.get("AccountType") or SUBTYPES.get(str(body.get("AccountSubType")), "")
    if before is not None and not kind:
        kind = before.body["AccountType"]
    if not kind:
        raise faults.missing("AccountType")
    if kind not in TYPES:
        raise faults.bad_value(2170, "Enumeration", "AccountType", kind)
    subtype = body.get("AccountSubType") or TYPES[kind][1]
    if SUBTYPES.get(str(subtype), kind) != kind:
        raise faults.FaultError(
            6010, "Invalid account type", f"Account type {kind} does not take {subtype}.", "AccountSubType"
        )
    settle(draft, "Account")
    body.update(AccountType=kind, AccountSubType=subtype, Classification=TYPES[kind][0])
    body["SubAccount"] = bool(body.get("ParentRef"))
    wanted = before.body["CurrencyRef"] if before else body.get("CurrencyRef") or company.home_currency
    body["CurrencyRef"] = company.currency(str(wanted["value"]))
    for name in ("OpeningBalance", "OpeningBalanceDate"):
        body.pop(name, None)
    if before is None:
        body["CurrentBalance"] = body["CurrentBalanceWithSubAccounts"] = draft.sent.get("OpeningBalance") or 0
    return body


def _applied(company: Company, record: Record) -> None:
    renamed(company, "Account", record)


def deposit_account(company: Company, reference_value: Body, currency: Body | None = None) -> Record:
    """The account money is put into: Bank or Other Current Asset, in the home currency or that of the money.

    Raises `FaultError`: 6430 for another type, 6000 for another currency.
    """
    element = "DepositToAccountRef"
    record = company.require("Account", reference_value, element)
    if record.body["AccountType"] not in MONEY_TYPES:
        detail = f"You need to select a different type of account for this transaction. Supplied:{record.body['AccountType']}"
        raise faults.FaultError(6430, "Invalid account type", detail, element)
    own = record.body["CurrencyRef"]["value"]
    if currency is not None and own not in (company.home_currency["value"], currency["value"]):
        raise faults.business("The account must be in the home currency or in the currency of the transaction.")
    return record


KIND = Kind(
    "Account",
    _WRITABLE,
    _shape,
    applied=_applied,
)
