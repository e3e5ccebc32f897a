"""How the bank statement knows a transaction: matched by the bank feed (Cleared), held by a reconciliation, or not at all.

It is a fact of the register of an account and never reaches the wire: no member of a payment says it, and neither its
SyncToken nor its LastUpdatedTime moves with it [SIM].
"""

from __future__ import annotations

from collections.abc import Collection

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.books.tables import Record
from app.sandbox.quickbooks.values.wire import Body

STATUSES = ("Uncleared", "Cleared", "Reconciled")
_ACCOUNT = {
    "Payment": "DepositToAccountRef",
    "SalesReceipt": "DepositToAccountRef",
    "RefundReceipt": "DepositToAccountRef",
    "Deposit": "DepositToAccountRef",
    "Purchase": "AccountRef",
}
"""Where the money of a transaction lies."""
_ON_STATEMENTS = ("Bank", "Credit Card", "Other Current Asset")
"""The types of account that the screens reconcile; of the last ones whichever the bookkeeper wants to."""


def accounts_of(entity: str, record: Record) -> list[str]:
    """The account that the money of a transaction lies in, as a list of at most one."""
    reference = record.body.get(_ACCOUNT.get(entity, "")) or {}
    return [str(reference["value"])] if reference.get("value") else []


def status_of(company: Company, entity: str, record: Record) -> str:
    """Its status; "" for what stands on no statement (an invoice, and a journal entry as it was seen)."""
    found = [company.get("Account", account) for account in accounts_of(entity, record)]
    if not any(account is not None and account.body["AccountType"] in _ON_STATEMENTS for account in found):
        return ""
    if any(link.get("TxnType") == "Deposit" for link in record.body.get("LinkedTxn", [])):
        return "Deposited"
    account, status = record.facts.get("statement", ("", "Uncleared"))
    return str(status) if [account] == accounts_of(entity, record) else "Uncleared"


def mark(company: Company, account: str, status: str, until: str, only: Collection[str] | None) -> list[Body]:
    """Give what lies in an account a status: all that is dated up to a day ("" for any), or only those with these ids."""
    marked: list[Body] = []
    for entity in _ACCOUNT:
        for record in company.table(entity).rows.values():
            wanted = record.id in only if only is not None else not until or str(record.body["TxnDate"]) <= until
            if (
                wanted
                and accounts_of(entity, record) == [account]
                and status_of(company, entity, record) != "Deposited"
            ):
                record.facts["statement"] = [account, status]
                marked.append({"entity": entity, "id": record.id, "status": status})
    return marked
