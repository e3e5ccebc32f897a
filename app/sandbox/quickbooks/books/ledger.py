"""What a document does to balances: customers' open balances and accounts' current ones.

Each record remembers what it last posted, so a change posts only the difference. Posting moves LastUpdatedTime of the
customer (and its parents) and of the accounts without a new SyncToken, as was seen on the wire.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.books.tables import Record
from app.sandbox.quickbooks.values.wire import Body, money

Posting = tuple[str, str]
ZERO = Decimal(0)


def post(company: Company, entity: str, record: Record) -> None:
    """Brings the balances in line with the record as it is now; the first time it touches all it concerns."""
    fresh = "posted" not in record.facts
    _move(company, record, _postings(company, entity, record), touch_all=fresh)


def unpost(company: Company, record: Record) -> None:
    """Takes everything back that the record ever posted."""
    _move(company, record, {}, touch_all=True)


def _move(company: Company, record: Record, now: dict[Posting, Decimal], *, touch_all: bool) -> None:
    before = {(kind, identifier): money(amount) for kind, identifier, amount in record.facts.get("posted", [])}
    record.facts["posted"] = [[kind, identifier, amount] for (kind, identifier), amount in now.items()]
    for key in {**before, **now}:
        delta = now.get(key, ZERO) - before.get(key, ZERO)
        if delta or touch_all:
            mover = _customer_moved if key[0] == "customer" else _account_moved
            mover(company, key[1], delta)


def _customer_moved(company: Company, identifier: str, delta: Decimal) -> None:
    record = company.get("Customer", identifier)
    if record is None:
        return
    balance = money(record.body["Balance"]) + delta
    company.touch("Customer", record, Balance=balance, BalanceWithJobs=money(record.body["BalanceWithJobs"]) + delta)
    parent = record.body.get("ParentRef")
    while parent and (above := company.get("Customer", parent["value"])):
        company.touch("Customer", above, BalanceWithJobs=money(above.body["BalanceWithJobs"]) + delta)
        parent = above.body.get("ParentRef")


def _account_moved(company: Company, identifier: str, delta: Decimal) -> None:
    record = company.get("Account", identifier)
    if record is None:
        return
    balance = money(record.body["CurrentBalance"]) + delta
    whole = money(record.body["CurrentBalanceWithSubAccounts"]) + delta
    company.touch("Account", record, CurrentBalance=balance, CurrentBalanceWithSubAccounts=whole)


def _postings(company: Company, entity: str, record: Record) -> dict[Posting, Decimal]:
    body = record.body
    found: dict[Posting, Decimal] = {}

    def add(kind: str, reference: Body | None, amount: Decimal) -> None:
        if reference and reference.get("value"):
            key = (kind, str(reference["value"]))
            found[key] = found.get(key, ZERO) + amount

    total = money(body.get("TotalAmt", ZERO))
    home = company.home_currency
    receivable = {"value": company.receivable(str((body.get("CurrencyRef") or home)["value"])).id}
    if entity == "Invoice":
        add("customer", body.get("CustomerRef"), money(body["Balance"]))
        add("account", receivable, total - money(body.get("Deposit", ZERO)))
        add("account", body.get("DepositToAccountRef"), money(body.get("Deposit", ZERO)))
    elif entity == "CreditMemo":
        add("customer", body.get("CustomerRef"), -money(body["Balance"]))
        add("account", receivable, -total)
    elif entity == "Payment":
        add("customer", body.get("CustomerRef"), -money(body["UnappliedAmt"]))
        add("account", receivable, -total)
        add("account", body.get("DepositToAccountRef"), total)
    elif entity in ("SalesReceipt", "RefundReceipt"):
        add("customer", body.get("CustomerRef"), ZERO)
        add("account", body.get("DepositToAccountRef"), total if entity == "SalesReceipt" else -total)
    elif entity == "Purchase":
        add("account", body.get("AccountRef"), -total)
        add("customer", body.get("EntityRef"), open_charge(company, record))
        add("account", receivable, receivable_lines(company, body))
    elif entity == "Deposit":
        add("account", body.get("DepositToAccountRef"), total)
        waiting = {"value": company.account_of("Other Current Asset", "UndepositedFunds").id}
        add("account", waiting, -sum((money(line["Amount"]) for line in body["Line"] if line.get("LinkedTxn")), ZERO))
        _owed(company, entity, record, receivable, add)
    elif entity == "JournalEntry":
        _owed(company, entity, record, receivable, add)
        for account, amount in _money_lines(company, body):
            add("account", {"value": account}, amount)
    return found


Add = Callable[[str, Body | None, Decimal], None]


def _owed(company: Company, entity: str, record: Record, receivable: Body, add: Add) -> None:
    """What a journal entry or bank deposit does to Accounts Receivable, and to the customer as far as it is not applied."""
    for customer, amount in owed_lines(company, entity, record.body):
        add("account", receivable, amount)
        add("customer", {"value": customer}, ZERO)
    owner = owner_of(company, entity, record.body)
    if owner:
        left = open_charge(company, record, entity)
        add("customer", {"value": owner}, left if owed(company, entity, record.body) > 0 else -left)


def owed_lines(company: Company, entity: str, body: Body) -> list[tuple[str, Decimal]]:
    """The lines that touch Accounts Receivable: whose they are, and by how much that customer then owes more."""
    found = []
    for line in body.get("Line", []):
        if entity == "JournalEntry":
            detail = line["JournalEntryLineDetail"]
            sign, named = (1 if detail["PostingType"] == "Debit" else -1), detail.get("Entity", {}).get("EntityRef", {})
        else:
            detail = line.get("DepositLineDetail") or {}
            sign, named = -1, detail.get("Entity") or {}
        account = company.get("Account", (detail.get("AccountRef") or {}).get("value"))
        if account is not None and account.body["AccountType"] == "Accounts Receivable":
            found.append((str(named.get("value", "")), sign * money(line["Amount"])))
    return found


def owed(company: Company, entity: str, body: Body) -> Decimal:
    """By how much its customer owes more through such a document; below zero it is a credit."""
    return sum((amount for _, amount in owed_lines(company, entity, body)), ZERO)


def owner_of(company: Company, entity: str, body: Body) -> str:
    """The customer of the lines that touch Accounts Receivable; "" where there are none."""
    return next((customer for customer, _ in owed_lines(company, entity, body)), "")


def _money_lines(company: Company, entry: Body) -> list[tuple[str, Decimal]]:
    """What a journal entry does to bank and other current asset accounts."""
    found = []
    for line in entry.get("Line", []):
        detail = line["JournalEntryLineDetail"]
        account = company.get("Account", detail["AccountRef"]["value"])
        if account is not None and account.body["AccountType"] in ("Bank", "Other Current Asset"):
            found.append((account.id, money(line["Amount"]) * (1 if detail["PostingType"] == "Debit" else -1)))
    return found


def receivable_lines(company: Company, purchase: Body) -> Decimal:
    """How much of a purchase was booked against Accounts Receivable: money paid back to a customer."""
    total = ZERO
    for line in purchase.get("Line", []):
        account = line.get("AccountBasedExpenseLineDetail", {}).get("AccountRef", {}).get("value")
        record = company.get("Account", account)
        if record is not None and record.body["AccountType"] == "Accounts Receivable":
            total += money(line["Amount"])
    return total


def open_charge(company: Company, record: Record, entity: str = "Purchase") -> Decimal:
    """What of such a purchase, journal entry or bank deposit no payment has been linked to yet."""
    applied = sum((money(part) for part in record.facts.get("applied", {}).values()), ZERO)
    if entity == "Purchase":
        return receivable_lines(company, record.body) - applied
    return abs(owed(company, entity, record.body)) - applied
