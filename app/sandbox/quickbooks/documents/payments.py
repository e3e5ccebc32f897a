"""Payments: money received, applied to invoices, left unapplied, or merely linking credits to charges.

A sparse update may change what is not money; amount, lines and void need the full object (2020 otherwise), as observed.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.sandbox.quickbooks.books import lists
from app.sandbox.quickbooks.books.accounts import deposit_account
from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.books.kinds import Draft, Kind
from app.sandbox.quickbooks.books.ledger import owner_of, post, unpost
from app.sandbox.quickbooks.books.settlement import (
    TARGETS,
    allocate,
    forget,
    still_open,
    unapplied,
)
from app.sandbox.quickbooks.books.tables import Record
from app.sandbox.quickbooks.documents import automatic
from app.sandbox.quickbooks.tax.rounding import cents
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.fields import (
    Check,
    anything,
    day,
    flag,
    number,
    reference,
    rows,
    text,
)
from app.sandbox.quickbooks.values.wire import Body, money

ZERO = Decimal(0)
_NAMESPACE = "{http://schema.intuit.com/finance/v3}NameValue"
_WRITABLE: dict[str, Check] = {
    "CustomerRef": reference,
    "TotalAmt": number,
    "Line": rows,
    "TxnDate": day,
    "PaymentMethodRef": reference,
    "PaymentRefNum": text(21),
    "DepositToAccountRef": reference,
    "PrivateNote": text(4000),
    "CurrencyRef": reference,
    "ExchangeRate": number,
    "ARAccountRef": reference,
    "CreditCardPayment": anything,
    "CheckPayment": anything,
    "ProcessPayment": flag,
    "TransactionLocationType": text(100),
    "TxnSource": text(100),
    "PaymentType": text(30),
    "TaxExemptionRef": reference,
    "ProjectRef": reference,
    "DepartmentRef": reference,
}


def _shape(draft: Draft) -> Body:
    company, body, before, sent = draft.company, draft.body, draft.before, draft.sent
    if draft.sparse and before is not None and not draft.person:
        moved = sent.get("TotalAmt") is not None and money(number("TotalAmt", sent["TotalAmt"])) != money(
            before.body["TotalAmt"]
        )
        if moved or sent.get("Line") is not None:
            raise faults.missing("CustomerRef" if "CustomerRef" not in sent else "TotalAmt")
    if not body.get("CustomerRef"):
        raise faults.missing("CustomerRef")
    if body.get("TotalAmt") is None:
        raise faults.missing("TotalAmt")
    customer = str(body["CustomerRef"]["value"])
    if before is None or before.body["CustomerRef"]["value"] != customer:
        company.require("Customer", body["CustomerRef"], "CustomerRef")
    body["CustomerRef"] = company.named("Customer", customer)
    body["TotalAmt"] = total = cents(money(body["TotalAmt"]), draft.unit)
    if total < 0:
        raise faults.bad_value(2140, "Amount", "TotalAmt", total)
    body.setdefault("TxnDate", company.today())
    if before is None and not body.get("Line") and automatic.wanted(company, "AutoApplyPayments"):
        body["Line"] = automatic.lines_for(company, customer, total)
    body["Line"] = [_line(draft, line, customer) for line in body.get("Line") or [] if _counts(line)]
    body["UnappliedAmt"] = unapplied(company, total, body["Line"])
    if body["UnappliedAmt"] < 0:
        raise faults.business("The amount applied cannot exceed the payment and the credits that were selected.")
    lists.usable(draft, "PaymentMethod", "PaymentMethodRef")
    currency: Body = company.table("Customer").rows[customer].body["CurrencyRef"]
    if body.get("CurrencyRef", currency)["value"] != currency["value"]:
        raise faults.business("The transaction currency must be the same as the currency of the customer.")
    body["CurrencyRef"] = currency
    _account(draft, total)
    if company.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"]:
        body["ExchangeRate"] = company.document_rate(body, str(currency["value"]), person=draft.person)
    else:
        body.pop("ExchangeRate", None)
    body.setdefault("ProcessPayment", False)
    return body


def _counts(line: Any) -> bool:
    return isinstance(line, dict) and bool(line.get("LinkedTxn"))


def _account(draft: Draft, total: Decimal) -> None:
    company, body = draft.company, draft.body
    if "DepositToAccountRef" in body:
        deposit_account(company, body["DepositToAccountRef"], body["CurrencyRef"])
        body["DepositToAccountRef"] = {"value": body["DepositToAccountRef"]["value"]}
    elif total:
        body["DepositToAccountRef"] = {"value": company.account_of("Other Current Asset", "UndepositedFunds").id}


def _line(draft: Draft, line: Body, customer: str) -> Body:
    """Checks one line against its target and writes it as QBO returns it."""
    company = draft.company
    if line.get("Amount") is None:
        raise faults.missing("Amount")
    amount = cents(money(number("Amount", line["Amount"])), draft.unit)
    if amount < 0:
        raise faults.FaultError(2290, "Invalid Amount", f"Line amount can't be negative : {amount}", "Line")
    link = line["LinkedTxn"][0]
    entity = TARGETS.get(str(link.get("TxnType")))
    if entity is None or (entity == "Deposit" and not _may_link_deposit(draft, link)):
        raise faults.unlinkable(f"TxnType {link.get('TxnType')} can't be linked by a payment.")
    target = company.get(entity, link.get("TxnId"))
    if target is None:
        raise (
            faults.deleted()
            if str(link.get("TxnId")) in company.table(entity).deleted
            else faults.bad_reference("Txn", link.get("TxnId"), "LinkedTxn")
        )
    _same_customer(company, entity, target, customer)
    own = ZERO
    if draft.before is not None:
        own = money(target.facts.get("applied", {}).get(draft.before.id, ZERO))
    balance = still_open(company, entity, target) + own
    if amount > balance:
        if company.hazards.on("overpaid_accepted") is None:
            raise faults.business(
                f"Amount applied cannot exceed the open balance of the transaction. Open balance:{balance}"
            )
        amount = balance
    facts = {
        "txnId": target.id,
        "txnOpenBalance": str(cents(balance, draft.unit)),
        "txnReferenceNumber": str(target.body.get("DocNumber", "")),
    }
    extra = [
        {
            "name": _NAMESPACE,
            "declaredType": "com.intuit.schema.finance.v3.NameValue",
            "scope": "javax.xml.bind.JAXBElement$GlobalScope",
            "value": {"Name": name, "Value": value},
            "nil": False,
            "globalScope": True,
            "typeSubstituted": False,
        }
        for name, value in facts.items()
    ]
    return {
        "Amount": amount,
        "LinkedTxn": [{"TxnId": target.id, "TxnType": str(link["TxnType"])}],
        "LineEx": {"any": extra},
    }


def _may_link_deposit(draft: Draft, link: Body) -> bool:
    """Only QuickBooks' own screens set a bank deposit against an invoice; a client can send back what stands there."""
    stored = draft.before.body["Line"] if draft.before is not None else []
    known = [old["TxnId"] for line in stored for old in line["LinkedTxn"] if old["TxnType"] == "Deposit"]
    return draft.person or str(link.get("TxnId")) in known


def _same_customer(company: Company, entity: str, target: Record, customer: str) -> None:
    owner = target.body.get("EntityRef" if entity == "Purchase" else "CustomerRef", {}).get("value")
    if entity in ("JournalEntry", "Deposit"):
        owner = owner_of(company, entity, target.body)
    while owner != customer:
        record = company.get("Customer", owner)
        parent = record.body.get("ParentRef") if record is not None else None
        if not parent:
            raise faults.business(
                "The customer of the payment must be the customer of the transactions it is applied to."
            )
        owner = parent["value"]


def _applied(company: Company, record: Record) -> None:
    allocate(company, record)
    post(company, "Payment", record)


def apply_credit(company: Company, customer: str) -> None:
    """Join a customer's open credit to open invoices, as QuickBooks does by itself where it was told to."""
    body = automatic.credit_application(company, customer)
    if body is not None:
        record = company.insert("Payment", _shape(Draft(company, body, body, None, False, True, "")))
        _applied(company, record)


def _removed(company: Company, record: Record) -> None:
    forget(company, record)
    unpost(company, record)


def _voided(company: Company, record: Record) -> Body:
    note = str(record.body.get("PrivateNote", ""))
    return {
        **record.body,
        "TotalAmt": ZERO,
        "UnappliedAmt": ZERO,
        "Line": [],
        "PrivateNote": f"Voided - {note}" if note else "Voided",
    }


def _guard(company: Company, record: Record) -> None:
    if any(link.get("TxnType") == "Deposit" for link in record.body.get("LinkedTxn", [])):
        raise faults.deposited()


KIND = Kind(
    "Payment",
    _WRITABLE,
    _shape,
    guard=_guard,
    applied=_applied,
    removed=_removed,
    voided=_voided,
    api_void="include",
)
