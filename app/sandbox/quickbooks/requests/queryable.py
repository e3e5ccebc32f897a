"""Which properties may stand in WHERE and ORDERBY, how their values compare, and the order when nobody asks for one.

Everything that is not listed is refused with 4001, as QBO does for Line, PrivateNote, BillEmail and the like.
"""

from __future__ import annotations

from app.sandbox.quickbooks.books.company import TRANSACTIONS

ID, TEXT, NUMBER, DATE, FLAG, REF, TIME = "id", "text", "number", "date", "flag", "ref", "time"

_META = {"Id": ID, "MetaData.CreateTime": TIME, "MetaData.LastUpdatedTime": TIME}
_PERSON = {
    "DisplayName": TEXT,
    "GivenName": TEXT,
    "MiddleName": TEXT,
    "FamilyName": TEXT,
    "Suffix": TEXT,
    "Title": TEXT,
    "CompanyName": TEXT,
    "PrintOnCheckName": TEXT,
    "Active": FLAG,
    "PrimaryEmailAddr": TEXT,
    "PrimaryEmailAddr.Address": TEXT,
    "PrimaryPhone": TEXT,
    "Balance": NUMBER,
}
_FORM = {
    "DocNumber": TEXT,
    "TxnDate": DATE,
    "CustomerRef": REF,
    "Balance": NUMBER,
    "TotalAmt": NUMBER,
    "DepartmentRef": REF,
    "ClassRef": REF,
}
_MONEY = {"PaymentMethodRef": REF, "DepositToAccountRef": REF, "PaymentRefNum": TEXT}
_BOUGHT = {"TxnDate": DATE, "DocNumber": TEXT, "VendorRef": REF, "TotalAmt": NUMBER}
_LIST = {"Name": TEXT, "Active": FLAG}
_TREE = {**_LIST, "FullyQualifiedName": TEXT, "ParentRef": REF}

PROPERTIES: dict[str, dict[str, str]] = {
    "Customer": {
        **_PERSON,
        "FullyQualifiedName": TEXT,
        "ParentRef": REF,
        "Job": FLAG,
        "Taxable": FLAG,
        "BalanceWithJobs": NUMBER,
    },
    "Vendor": {**_PERSON, "AcctNum": TEXT},
    "Employee": _PERSON,
    "Invoice": {**_FORM, "DueDate": DATE, "SalesTermRef": REF},
    "CreditMemo": {**_FORM, "RemainingCredit": NUMBER},
    "SalesReceipt": {**_FORM, **_MONEY},
    "RefundReceipt": {**_FORM, **_MONEY},
    "Payment": {"TxnDate": DATE, "CustomerRef": REF, "TotalAmt": NUMBER, "UnappliedAmt": NUMBER, **_MONEY},
    "Purchase": {"TxnDate": DATE, "DocNumber": TEXT, "TotalAmt": NUMBER, "PaymentType": TEXT, "AccountRef": REF},
    "JournalEntry": {"TxnDate": DATE, "DocNumber": TEXT, "TotalAmt": NUMBER},
    "Deposit": {"TxnDate": DATE, "TotalAmt": NUMBER, "DepositToAccountRef": REF},
    "Bill": {**_BOUGHT, "DueDate": DATE, "Balance": NUMBER},
    "VendorCredit": {**_BOUGHT, "Balance": NUMBER},
    "PurchaseOrder": {**_BOUGHT, "POStatus": TEXT},
    "Transfer": {"TxnDate": DATE, "Amount": NUMBER},
    "Estimate": {**_FORM, "TxnStatus": TEXT, "ExpirationDate": DATE},
    "TimeActivity": {"TxnDate": DATE, "EmployeeRef": REF, "VendorRef": REF, "CustomerRef": REF, "BillableStatus": TEXT},
    "Attachable": {"FileName": TEXT, "Note": TEXT, "Tag": TEXT, "Category": TEXT, "ContentType": TEXT},
    "Item": {
        **_TREE,
        "Sku": TEXT,
        "Type": TEXT,
        "UnitPrice": NUMBER,
        "Taxable": FLAG,
        "QtyOnHand": NUMBER,
        "SubItem": FLAG,
    },
    "Account": {
        **_TREE,
        "AccountType": TEXT,
        "AccountSubType": TEXT,
        "Classification": TEXT,
        "AcctNum": TEXT,
        "CurrentBalance": NUMBER,
        "SubAccount": FLAG,
    },
    "PaymentMethod": {**_LIST, "Type": TEXT},
    "Term": {**_LIST, "Type": TEXT, "DueDays": NUMBER},
    "Class": _TREE,
    "Department": _TREE,
    "TaxCode": {**_LIST, "Taxable": FLAG, "TaxGroup": FLAG, "Description": TEXT, "Hidden": FLAG},
    "TaxRate": {**_LIST, "AgencyRef": REF, "RateValue": NUMBER},
    "TaxAgency": {"DisplayName": TEXT, "Name": TEXT},
    "Preferences": {},
    "CompanyInfo": {"CompanyName": TEXT},
}
for _entity in PROPERTIES:
    PROPERTIES[_entity] = {**_META, **PROPERTIES[_entity]}

BY_NAME: dict[str, dict[str, tuple[str, str]]] = {
    entity: {name.lower(): (name, kind) for name, kind in properties.items()}
    for entity, properties in PROPERTIES.items()
}

HIDES_INACTIVE = frozenset(entity for entity, properties in PROPERTIES.items() if "Active" in properties)
COUNTS = frozenset({"Invoice", "JournalEntry"})
"""Entities whose query answers carry totalCount; the others leave it out, as recorded."""

NEWEST_FIRST = frozenset(TRANSACTIONS)
NAME_ORDER = {
    "Customer": "FullyQualifiedName",
    "Item": "FullyQualifiedName",
    "Account": "Name",
    "Vendor": "DisplayName",
    "Employee": "DisplayName",
}
