"""The report TransactionList: the transactions of some days, by how the bank statement knows them.

Its shape is the one of recorded answers: columns with a ColKey each, one row of cells per transaction, the transaction's id
on the cell of its type. Like the vendor's it takes `cleared` as a filter only and passes over filters it does not know.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from app.sandbox.quickbooks.books import bank
from app.sandbox.quickbooks.books.company import TRANSACTIONS, Company
from app.sandbox.quickbooks.books.tables import Record
from app.sandbox.quickbooks.clock import envelope_time, parse_date
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.wire import Body, money

Cell = Callable[[Company, str, Record], Body]
STATUSES = (*bank.STATUSES, "Deposited")
_PURCHASES = {"Check": "Check", "CreditCard": "Credit Card Expense"}
_TYPES = {
    "CreditMemo": "Credit Memo",
    "RefundReceipt": "Refund",
    "SalesReceipt": "Sales Receipt",
    "JournalEntry": "Journal Entry",
    "VendorCredit": "Vendor Credit",
    "PurchaseOrder": "Purchase Order",
}
"""How the screens call what the API calls otherwise."""


def transaction_list(company: Company, parameters: dict[str, str]) -> Body:
    """The report. Raises `FaultError` for a status or a day that is none."""
    wanted = parameters.get("cleared", "")
    if wanted and wanted not in STATUSES:
        raise faults.bad_value(2170, "Enumeration", "cleared", wanted)
    if wanted and company.hazards.strikes("cleared_filter_ignored", "reports"):
        wanted = ""
    start, end = _days(company, parameters)
    names = [name.strip() for name in parameters.get("columns", "").split(",")]
    columns = [name for name in names if name in _COLUMNS] or list(_DEFAULT)
    rows = [
        {"ColData": [_COLUMNS[name][2](company, entity, record) for name in columns], "type": "Data"}
        for entity in TRANSACTIONS
        for record in company.table(entity).rows.values()
        if start <= str(record.body.get("TxnDate", "")) <= end
        and (not wanted or bank.status_of(company, entity, record) == wanted)
    ]
    return {
        "Header": {
            "Time": envelope_time(company.now()),
            "ReportName": "TransactionList",
            "StartPeriod": start,
            "EndPeriod": end,
            "Currency": company.home_currency["value"],
            "Option": [{"Name": "NoReportData", "Value": "false" if rows else "true"}],
        },
        "Columns": {
            "Column": [
                {"ColTitle": title, "ColType": kind, "MetaData": [{"Name": "ColKey", "Value": name}]}
                for name in columns
                for title, kind, _ in (_COLUMNS[name],)
            ]
        },
        "Rows": {"Row": rows} if rows else {},
    }


def _days(company: Company, parameters: dict[str, str]) -> tuple[str, str]:
    """The first and the last day; this month up to today where none are named [SIM]. Raises `FaultError` in the wrong order."""
    today = company.today()
    start = parse_date(parameters.get("start_date") or f"{today[:7]}-01")
    end = parse_date(parameters.get("end_date") or today)
    if start > end:
        raise faults.bad_value(2030, "Date", "start_date", start.isoformat())
    return start.isoformat(), end.isoformat()


def _type(_company: Company, entity: str, record: Record) -> Body:
    name = _PURCHASES.get(str(record.body.get("PaymentType")), "Expense") if entity == "Purchase" else entity
    return {"value": _TYPES.get(name, name), "id": record.id}


def _account(company: Company, entity: str, record: Record) -> Body:
    posted = bank.accounts_of(entity, record)
    account = company.get("Account", posted[0]) if posted else None
    return {"value": account.body["Name"], "id": account.id} if account is not None else {"value": ""}


def _name(company: Company, _entity: str, record: Record) -> Body:
    reference = record.body.get("CustomerRef") or record.body.get("EntityRef") or record.body.get("VendorRef") or {}
    return {"value": str(reference.get("name", "")), "id": str(reference.get("value", ""))}


def _plain(member: str) -> Cell:
    return lambda _company, _entity, record: {"value": str(record.body.get(member, ""))}


def _amount(_company: Company, _entity: str, record: Record) -> Body:
    total = money(record.body.get("TotalAmt", Decimal(0)))
    return {"value": f"{total:.2f}"}


_COLUMNS: dict[str, tuple[str, str, Cell]] = {
    "tx_date": ("Date", "Date", _plain("TxnDate")),
    "txn_type": ("Transaction Type", "String", _type),
    "doc_num": ("Num", "String", _plain("DocNumber")),
    "name": ("Name", "String", _name),
    "memo": ("Memo/Description", "String", _plain("PrivateNote")),
    "account_name": ("Account", "String", _account),
    "subt_nat_amount": ("Amount", "Money", _amount),
}
_DEFAULT = tuple(_COLUMNS)
