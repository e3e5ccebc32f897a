"""Three reports of the ledger: AgedReceivables, TrialBalance and TaxSummary.

The shapes are those of the documentation's samples (docs/quickbooks.md 9.20): cells in order, the id of a customer or account
on its name, a section with a Summary for the total. What is in the ledger is what documents post: accounts of income, expense
and tax have no balance here, so that a trial balance does not balance [SIM].

All of it is in the company's own currency: a document at its own rate, also as far as a payment has settled it, so that what a
payment at another rate leaves goes to Exchange Gain or Loss (9.20). A part of a document is rounded to the cent by itself, and what
stands on a label for each document [SIM].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal

from app.sandbox.quickbooks.books import ledger
from app.sandbox.quickbooks.books.company import TRANSACTIONS, Company
from app.sandbox.quickbooks.books.tables import Record
from app.sandbox.quickbooks.clock import envelope_time, parse_date
from app.sandbox.quickbooks.tax.rounding import cents
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.currencies import unit_of
from app.sandbox.quickbooks.values.wire import Body, money

ZERO = Decimal(0)
_AGES = (("Current", 0), ("1 - 30", 30), ("31 - 60", 60), ("61 - 90", 90), ("91 and over", None))
_SALES = {"Invoice": 1, "SalesReceipt": 1, "CreditMemo": -1, "RefundReceipt": -1}
_LABELS = {
    "G1": "G1 Total sales",
    "G2": "G2 Export sales",
    "G3": "G3 Other GST-free sales",
    "1A": "1A GST on sales",
}
"""How the rows of an Australian tax summary are called [SIM: nobody has recorded one]."""


def aged_receivables(company: Company, parameters: Mapping[str, str]) -> Body:
    """What each customer owes on a day, in the company's own currency, by how long it is overdue; today where none is named."""
    day = _day(company, parameters, "report_date")
    rows, totals = [], [ZERO] * len(_AGES)
    by_customer = _ages(company, day)
    for customer in company.table("Customer").rows.values():
        ages = by_customer.get(customer.id, [])
        if any(ages):
            totals = [total + age for total, age in zip(totals, ages, strict=True)]
            name = {"value": str(customer.body.get("DisplayName", "")), "id": customer.id}
            rows.append({"ColData": [name, *_amounts([*ages, sum(ages, ZERO)])]})
    whole = {"ColData": [{"value": "TOTAL"}, *_amounts([*totals, sum(totals, ZERO)])]}
    header = {"ReportName": "AgedReceivables", "StartPeriod": day, "EndPeriod": day}
    option = [{"Name": "report_date", "Value": day}]
    columns = [("", "Customer"), *((title, "Money") for title, _ in _AGES), ("Total", "Money")]
    total_row: Body = {"group": "GrandTotal", "type": "Section", "Summary": whole}
    return _report(company, header, option, columns, [*rows, total_row] if rows else [])


def trial_balance(company: Company, parameters: Mapping[str, str]) -> Body:
    """The balance of each account at the end of a day: debit or credit, whichever it is."""
    end = _day(company, parameters, "end_date")
    balances: dict[str, Decimal] = {}
    for entity, record in _dated(company, "", end):
        for account_id, amount in _posted(company, entity, record):
            balances[account_id] = balances.get(account_id, ZERO) + amount
    balances |= _receivables_abroad(company, end)
    rows, debited, credited = [], ZERO, ZERO
    for account in company.table("Account").rows.values():
        balance = balances.get(account.id, ZERO)
        if balance:
            name = {"value": str(account.body.get("Name", "")), "id": account.id}
            debit, credit = max(balance, ZERO), max(-balance, ZERO)
            debited, credited = debited + debit, credited + credit
            rows.append({"ColData": [name, *_amounts([debit, credit])]})
    whole = {"ColData": [{"value": "TOTAL"}, *_amounts([debited, credited])]}
    header = {"ReportName": "TrialBalance", "ReportBasis": "Accrual", "StartPeriod": end, "EndPeriod": end}
    total_row: Body = {"group": "GrandTotal", "type": "Section", "Summary": whole}
    columns = [("", "Account"), ("Debit", "Money"), ("Credit", "Money")]
    return _report(company, header, [], columns, [*rows, total_row] if rows else [])


def tax_summary(company: Company, parameters: Mapping[str, str]) -> Body:
    """What stands on each label for a tax agency, by what was invoiced or by what was paid. Raises `FaultError` without one."""
    agency = parameters.get("agency_id", "")
    if company.get("TaxAgency", agency) is None:
        raise faults.bad_value(2020, "Required", "agency_id", agency)
    start, end = _day(company, parameters, "start_date"), _day(company, parameters, "end_date")
    cash = parameters.get("accounting_method", "Accrual") == "Cash"
    sums = dict.fromkeys(_LABELS, ZERO)
    paid = _paid(company, start, end) if cash else None
    for entity, record in _dated(company, "", end):
        share = _share(paid, entity, record, start)
        if entity in _SALES and share:
            labelled = dict.fromkeys(_LABELS, ZERO)
            for label, amount in _labelled(company, record):
                labelled[label] += amount * share
            for label, amount in labelled.items():
                at_home = amount * _rate(record)
                sums[label] += _SALES[entity] * (at_home if cash else _to_the_cent(company, at_home))
    rows = [
        {"ColData": [{"value": _LABELS[label]}, *_amounts([_to_the_cent(company, sums[label])])], "group": label}
        for label in _LABELS
    ]
    header = {"ReportName": "TaxSummary", "StartPeriod": start, "EndPeriod": end, "SummarizeColumnsBy": "Total"}
    header["ReportBasis"] = "Cash" if cash else "Accrual"
    return _report(company, header, [], [("", "String"), ("Total", "Money")], rows)


def _ages(company: Company, day: str) -> dict[str, list[Decimal]]:
    """What each customer owes on a day: invoices by how long they are overdue, all else as current."""
    found: dict[str, list[Decimal]] = {}
    for entity, record, customer, amount in _open(company, day):
        ages = found.setdefault(customer, [ZERO] * len(_AGES))
        ages[_age(record, day) if entity == "Invoice" else 0] += _to_the_cent(company, amount * _rate(record))
    return found


def _open(company: Company, day: str) -> Iterator[tuple[str, Record, str, Decimal]]:
    """What is open on a day of each transaction, and whose it is: below zero it is the customer's."""
    there = {(entity, record.id) for entity, record in _dated(company, "", day)}
    applied, used = dict[tuple[str, str], Decimal](), dict[str, Decimal]()
    for payment in company.table("Payment").rows.values():
        for entity, target, amount in payment.facts.get("allocations", []):
            if ("Payment", payment.id) in there and (entity, target) in there:
                applied[entity, target] = applied.get((entity, target), ZERO) + money(amount)
                sign = -1 if _is_credit(company, entity, target) else 1
                used[payment.id] = used.get(payment.id, ZERO) + sign * money(amount)
    for entity, record in _dated(company, "", day):
        for customer, amount in _owed(company, entity, record):
            settled = applied.get((entity, record.id), ZERO) if entity != "Payment" else used.get(record.id, ZERO)
            takes_away = entity != "Payment" and amount > 0
            yield entity, record, customer, amount - settled if takes_away else amount + settled


def _is_credit(company: Company, entity: str, target: str) -> bool:
    record = company.get(entity, target)
    if entity in ("JournalEntry", "Deposit"):
        return record is not None and ledger.owed(company, entity, record.body) < 0
    return entity == "CreditMemo"


def _owed(company: Company, entity: str, record: Record) -> Iterator[tuple[str, Decimal]]:
    """By how much a transaction changes what a customer owes."""
    body = record.body
    customer, total = str(body.get("CustomerRef", {}).get("value", "")), money(body.get("TotalAmt", ZERO))
    if entity == "Invoice":
        yield customer, total - money(body.get("Deposit", ZERO))
    elif entity in ("CreditMemo", "Payment"):
        yield customer, -total
    elif entity == "Purchase":
        yield str((body.get("EntityRef") or {}).get("value", "")), ledger.receivable_lines(company, body)
    elif entity in ("Deposit", "JournalEntry"):
        owner = ledger.owner_of(company, entity, body)
        yield from [(owner, ledger.owed(company, entity, body))] if owner else []


def _rate(record: Record) -> Decimal:
    return money(record.body.get("ExchangeRate", 1))


def _to_the_cent(company: Company, amount: Decimal) -> Decimal:
    return cents(amount, unit_of(str(company.home_currency["value"])))


def _posted(company: Company, entity: str, record: Record) -> Iterator[tuple[str, Decimal]]:
    """What a transaction does to accounts at home: what is banked, at the rates of the payments that brought it."""
    banked, at_home = ZERO, ZERO
    for line in record.body.get("Line", []) if entity == "Deposit" else ():
        payment = next((company.get("Payment", link["TxnId"]) for link in line.get("LinkedTxn") or []), None)
        banked += money(line["Amount"])
        at_home += _to_the_cent(company, money(line["Amount"]) * _rate(payment or record))
    rate = at_home / banked if banked else _rate(record)
    for kind, account, amount in record.facts.get("posted", []):
        if kind == "account":
            yield account, _to_the_cent(company, money(amount) * rate)


def _receivables_abroad(company: Company, day: str) -> dict[str, Decimal]:
    """What the accounts of receivables in other currencies hold at home: what is open, since gains and losses are taken out of it."""
    home, found = str(company.home_currency["value"]), dict[str, Decimal]()
    for _, record, _, amount in _open(company, day):
        currency = str((record.body.get("CurrencyRef") or company.home_currency)["value"])
        if amount and currency != home:
            account = company.receivable(currency).id
            found[account] = found.get(account, ZERO) + _to_the_cent(company, amount * _rate(record))
    return found


def _age(invoice: Record, day: str) -> int:
    due = parse_date(str(invoice.body.get("DueDate") or invoice.body["TxnDate"]))
    late = (parse_date(day) - due) // timedelta(days=1)
    return next(place for place, (_, days) in enumerate(_AGES) if days is None or late <= days)


def _paid(company: Company, start: str, end: str) -> dict[tuple[str, str], Decimal]:
    """What payments of some days pay of each invoice, or use of each credit memo, by id and entity."""
    found: dict[tuple[str, str], Decimal] = {}
    for payment in company.table("Payment").rows.values():
        if start <= str(payment.body.get("TxnDate", "")) <= end:
            for line in payment.body.get("Line", []):
                for document in {(link["TxnId"], link["TxnType"]) for link in line.get("LinkedTxn", [])}:
                    found[document] = found.get(document, ZERO) + money(line["Amount"])
    return found


def _share(paid: Mapping[tuple[str, str], Decimal] | None, entity: str, record: Record, start: str) -> Decimal:
    """How much of a document counts: all in its own days, or, by what is paid, the part that was paid, or used, in them [SIM]."""
    if paid is not None and entity in ("Invoice", "CreditMemo"):
        total = money(record.body.get("TotalAmt", ZERO))
        return paid.get((record.id, entity), ZERO) / total if total else ZERO
    return Decimal(1) if str(record.body.get("TxnDate", "")) >= start else ZERO


def _labelled(company: Company, record: Record) -> Iterator[tuple[str, Decimal]]:
    """What of a document stands on which label; G1 is with the tax."""
    tax = money((record.body.get("TxnTaxDetail") or {}).get("TotalTax", ZERO))
    yield "1A", tax
    yield "G1", tax
    lines = record.body.get("Line", [])
    sold = sum(
        (money(line.get("Amount", ZERO)) for line in lines if line.get("DetailType") == "SalesItemLineDetail"), ZERO
    )
    off = sum(
        (money(line.get("Amount", ZERO)) for line in lines if line.get("DetailType") == "DiscountLineDetail"), ZERO
    )
    for line in lines:
        detail = line.get("SalesItemLineDetail") or {}
        code = company.get("TaxCode", (detail.get("TaxCodeRef") or {}).get("value"))
        name = str(code.body["Name"]).casefold() if code is not None else ""
        if not name or "out of scope" in name:
            continue
        amount = money(line.get("Amount", ZERO))
        amount -= amount * off / sold if sold else ZERO  # a discount of the whole document lessens each of its lines
        yield "G1", amount
        if "export" in name:
            yield "G2", amount
        elif "free" in name:
            yield "G3", amount


def _dated(company: Company, start: str, end: str) -> Iterator[tuple[str, Record]]:
    for entity in TRANSACTIONS:
        for record in company.table(entity).rows.values():
            if start <= str(record.body.get("TxnDate", "")) <= end:
                yield entity, record


def _day(company: Company, parameters: Mapping[str, str], name: str) -> str:
    return parse_date(parameters.get(name) or company.today()).isoformat()


def _amounts(amounts: list[Decimal]) -> list[Body]:
    return [{"value": f"{amount:.2f}" if amount else ""} for amount in amounts]


def _report(
    company: Company, header: Body, option: list[Body], columns: list[tuple[str, str]], rows: list[Body]
) -> Body:
    told = [*option, {"Name": "NoReportData", "Value": "false" if rows else "true"}]
    currency = company.home_currency["value"]
    return {
        "Header": {"Time": envelope_time(company.now()), **header, "Currency": currency, "Option": told},
        "Columns": {"Column": [{"ColTitle": title, "ColType": kind} for title, kind in columns]},
        "Rows": {"Row": rows} if rows else {},
    }
