"""Journal entries: lines that debit and credit accounts in equal sums; those on Accounts Receivable name a customer.

What such an entry credits on Accounts Receivable, a person sets against invoices by a payment of zero, as with a credit
memo. [SIM] All lines of one entry that touch Accounts Receivable name the same customer.
"""

from __future__ import annotations

from decimal import Decimal

from app.sandbox.quickbooks.books import settlement
from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.books.kinds import Draft, Kind
from app.sandbox.quickbooks.books.ledger import owed_lines, post, unpost
from app.sandbox.quickbooks.books.tables import Record
from app.sandbox.quickbooks.tax.rounding import cents
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.fields import Check, anything, day, flag, number, reference, rows, text
from app.sandbox.quickbooks.values.wire import Body, money

ZERO = Decimal(0)
_WRITABLE: dict[str, Check] = {
    "DocNumber": text(21),
    "TxnDate": day,
    "PrivateNote": text(4000),
    "Line": rows,
    "Adjustment": flag,
    "CurrencyRef": reference,
    "ExchangeRate": number,
    "TxnTaxDetail": anything,
    "GlobalTaxCalculation": text(30),
    "TransactionLocationType": text(100),
    "TxnSource": text(100),
}


def _shape(draft: Draft) -> Body:
    body = draft.body
    if not body.get("Line"):
        raise faults.missing("Line")
    lines = [_line(draft, line) for line in body["Line"]]
    body["Line"] = [{"Id": str(line.get("Id") or index), **line} for index, line in enumerate(lines)]
    sums = {side: sum((money(x["Amount"]) for x in lines if _side(x) == side), ZERO) for side in ("Debit", "Credit")}
    if sums["Debit"] != sums["Credit"]:
        raise faults.business("The debits and the credits of a journal entry must be equal.")
    if len({owner for owner, _ in owed_lines(draft.company, "JournalEntry", body)}) > 1:
        raise faults.business("A journal entry can concern one customer on Accounts Receivable.")
    if draft.before is not None:
        settlement.still_covered(draft.company, "JournalEntry", draft.before, body)
    body["TotalAmt"] = sums["Debit"]
    body.setdefault("TxnDate", draft.company.today())
    body.setdefault("Adjustment", False)
    body.setdefault("CurrencyRef", draft.company.home_currency)
    return body


def _side(line: Body) -> str:
    return str(line["JournalEntryLineDetail"]["PostingType"])


def _line(draft: Draft, line: Body) -> Body:
    if line.get("DetailType") != "JournalEntryLineDetail":
        raise faults.bad_value(2170, "Enumeration", "DetailType", line.get("DetailType"))
    if line.get("Amount") is None:
        raise faults.missing("Amount")
    company, detail = draft.company, dict(line.get("JournalEntryLineDetail") or {})
    if detail.get("PostingType") not in ("Debit", "Credit"):
        raise faults.bad_value(2170, "Enumeration", "PostingType", detail.get("PostingType"))
    account = company.require("Account", detail.get("AccountRef"), "AccountRef")
    detail["AccountRef"] = company.named("Account", account.id)
    named = detail.get("Entity") or {}
    if account.body["AccountType"] == "Accounts Receivable" and named.get("Type") != "Customer":
        raise faults.business("When you use Accounts Receivable, you must choose a customer in the Name field.")
    if named:
        entity = str(named.get("Type", "Customer"))
        owner = company.require(entity, named.get("EntityRef"), "EntityRef")
        detail["Entity"] = {"Type": entity, "EntityRef": company.named(entity, owner.id)}
    amount = cents(money(number("Amount", line["Amount"])), draft.unit)
    kept = {key: line[key] for key in ("Id", "Description") if line.get(key)}
    return {**kept, "Amount": amount, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": detail}


def _applied(company: Company, record: Record) -> None:
    post(company, "JournalEntry", record)


def _removed(company: Company, record: Record) -> None:
    settlement.release(company, "JournalEntry", record)
    unpost(company, record)


KIND = Kind(
    "JournalEntry",
    _WRITABLE,
    _shape,
    applied=_applied,
    removed=_removed,
)
