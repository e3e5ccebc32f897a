"""Purchases (money paid out, also back to a customer through Accounts Receivable) and bank deposits."""

from __future__ import annotations

from decimal import Decimal

from app.sandbox.quickbooks.books import lists, settlement
from app.sandbox.quickbooks.books.accounts import deposit_account
from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.books.kinds import Draft, Kind
from app.sandbox.quickbooks.books.ledger import owed_lines, post, receivable_lines, unpost
from app.sandbox.quickbooks.books.tables import Record
from app.sandbox.quickbooks.tax.rounding import cents
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.fields import (
    Check,
    address,
    anything,
    choice,
    day,
    flag,
    number,
    reference,
    rows,
    text,
)
from app.sandbox.quickbooks.values.wire import Body, money

ZERO = Decimal(0)
_PURCHASE: dict[str, Check] = {
    "AccountRef": reference,
    "PaymentType": choice("Cash", "Check", "CreditCard"),
    "PaymentMethodRef": reference,
    "PaymentRefNum": text(21),
    "EntityRef": reference,
    "RemitToAddr": address,
    "Credit": flag,
    "DocNumber": text(21),
    "TxnDate": day,
    "PrivateNote": text(4000),
    "Line": rows,
    "TxnTaxDetail": anything,
    "GlobalTaxCalculation": text(30),
    "CurrencyRef": reference,
    "ExchangeRate": number,
    "DepartmentRef": reference,
    "PrintStatus": choice("NotSet", "NeedToPrint", "PrintComplete"),
    "TransactionLocationType": text(100),
    "TxnSource": text(100),
    "CheckPayment": anything,
    "CustomField": rows,
}
_DEPOSIT: dict[str, Check] = {
    "DocNumber": text(21),
    "DepositToAccountRef": reference,
    "Line": rows,
    "TxnDate": day,
    "PrivateNote": text(4000),
    "CurrencyRef": reference,
    "ExchangeRate": number,
    "CashBack": anything,
    "DepartmentRef": reference,
    "TxnTaxDetail": anything,
    "GlobalTaxCalculation": text(30),
    "TransactionLocationType": text(100),
    "TxnSource": text(100),
}
_SORTS = {"Cash": "54", "Check": "3", "CreditCard": "1"}
"""The sort of a purchase that `PurchaseEx` names, as recorded."""
DEPOSITABLE = ("Payment", "SalesReceipt")


def numbered(lines: list[Body]) -> list[Body]:
    return [{**line, "Id": str(line.get("Id") or index), "LineNum": index} for index, line in enumerate(lines, 1)]


def _unnumbered(company: Company, line: Body, place: int) -> Body:
    """A line of a purchase as it was recorded: without a LineNum, with a billable status and, in the US, a tax code."""
    kind = str(line["DetailType"])
    usual: Body = {"BillableStatus": "NotBillable"} | (
        {"TaxCodeRef": {"value": "NON"}} if company.country == "US" else {}
    )
    return {**line, "Id": str(line.get("Id") or place), kind: usual | line[kind]}


def _named_value(name: str, value: str) -> Body:
    return {
        "name": "{http://schema.intuit.com/finance/v3}NameValue",
        "declaredType": "com.intuit.schema.finance.v3.NameValue",
        "scope": "javax.xml.bind.JAXBElement$GlobalScope",
        "value": {"Name": name, "Value": value},
        "nil": False,
        "globalScope": True,
        "typeSubstituted": False,
    }


def _purchase(draft: Draft) -> Body:
    company, body, before = draft.company, draft.body, draft.before
    for name in ("AccountRef", "PaymentType", "Line"):
        if not body.get(name):
            raise faults.missing(name)
    account = company.require("Account", body["AccountRef"], "AccountRef")
    wanted = "Credit Card" if body["PaymentType"] == "CreditCard" else "Bank"
    if account.body["AccountType"] not in (wanted, "Other Current Asset"):
        raise faults.FaultError(
            6430, "Invalid account type", f"A {body['PaymentType']} purchase needs a {wanted} account.", "AccountRef"
        )
    body["AccountRef"] = company.named("Account", account.id)
    if "EntityRef" in body:
        entity = str(body["EntityRef"].get("type", "Vendor"))
        if entity not in ("Customer", "Vendor", "Employee"):
            raise faults.bad_value(2170, "Enumeration", "EntityRef.type", entity)
        record = company.require(entity, body["EntityRef"], "EntityRef")
        body["EntityRef"] = {**company.named(entity, record.id), "type": entity}
    lists.usable(draft, "PaymentMethod", "PaymentMethodRef")
    lines = [spent(draft, line) for line in body["Line"]]
    body["Line"] = [_unnumbered(company, line, place) for place, line in enumerate(lines, 1)]
    body["PurchaseEx"] = {"any": [_named_value("TxnType", _SORTS[str(body["PaymentType"])])]}
    body["TotalAmt"] = sum((money(line["Amount"]) for line in lines), ZERO)
    back = receivable_lines(company, body)
    if back and body.get("EntityRef", {}).get("type") != "Customer":
        raise faults.business("You must select a customer for each line that posts to Accounts Receivable.")
    if before is not None and settlement.applied_to(before) > back:
        raise faults.business("The amount cannot be less than what is already linked to it.")
    body.setdefault("TxnDate", company.today())
    body.setdefault("Credit", False)
    body.setdefault("PrintStatus", "NotSet")
    body.setdefault("CurrencyRef", company.home_currency)
    if company.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"]:
        body["ExchangeRate"] = company.document_rate(body, str(body["CurrencyRef"]["value"]), person=draft.person)
    body.setdefault("CustomField", [])
    body["LinkedTxn"] = before.body.get("LinkedTxn", []) if before is not None else []
    body.pop("TxnTaxDetail", None)
    return body


def spent(draft: Draft, line: Body) -> Body:
    """A purchase line; [SIM] purchases bear no tax in the simulator, only a code that exists.

    Raises `FaultError` where it names no amount, or refers to what is not there.
    """
    if line.get("Amount") is None:
        raise faults.missing("Amount")
    kind = line.get("DetailType")
    if kind not in ("AccountBasedExpenseLineDetail", "ItemBasedExpenseLineDetail"):
        raise faults.bad_value(2170, "Enumeration", "DetailType", kind)
    company, detail = draft.company, dict(line.get(str(kind)) or {})
    if kind == "AccountBasedExpenseLineDetail":
        account = company.require("Account", detail.get("AccountRef"), "AccountRef")
        detail["AccountRef"] = company.named("Account", account.id)
    else:
        item = company.require("Item", detail.get("ItemRef"), "ItemRef")
        detail["ItemRef"] = company.named("Item", item.id)
    code = (detail.get("TaxCodeRef") or {}).get("value")
    if code:
        company.require("TaxCode", {"value": code}, "TaxCodeRef", "TaxCode")
    amount = cents(money(number("Amount", line["Amount"])), draft.unit)
    kept = {key: line[key] for key in ("Id", "Description") if line.get(key)}
    return {
        **kept,
        "Amount": amount,
        "DetailType": kind,
        str(kind): {key: value for key, value in detail.items() if value not in (None, "")},
    }


def _purchase_applied(company: Company, record: Record) -> None:
    post(company, "Purchase", record)


def _purchase_removed(company: Company, record: Record) -> None:
    settlement.release(company, "Purchase", record)
    unpost(company, record)


def _deposit(draft: Draft) -> Body:
    company, body = draft.company, draft.body
    if not body.get("DepositToAccountRef"):
        raise faults.missing("DepositToAccountRef")
    body["DepositToAccountRef"] = company.named("Account", deposit_account(company, body["DepositToAccountRef"]).id)
    if not body.get("Line"):
        raise faults.missing("Line")
    lines = [_put_in(draft, line) for line in body["Line"]]
    body["Line"] = numbered(lines)
    if len({owner for owner, _ in owed_lines(company, "Deposit", body)}) > 1:
        raise faults.business("[SIM] A bank deposit can concern one customer on Accounts Receivable.")
    if draft.before is not None:
        settlement.still_covered(company, "Deposit", draft.before, body)
    body["TotalAmt"] = sum((money(line["Amount"]) for line in lines), ZERO)
    body.setdefault("TxnDate", company.today())
    body.setdefault("CurrencyRef", company.home_currency)
    return body


def _put_in(draft: Draft, line: Body) -> Body:
    company = draft.company
    if not line.get("LinkedTxn"):
        if line.get("Amount") is None:
            raise faults.missing("Amount")
        detail = line.get("DepositLineDetail") or {}
        account = company.require("Account", detail.get("AccountRef"), "AccountRef")
        if account.body["AccountType"] == "Accounts Receivable":
            company.require("Customer", detail.get("Entity"), "Entity")
        return {**line, "Amount": cents(money(number("Amount", line["Amount"])), draft.unit)}
    link = line["LinkedTxn"][0]
    entity = str(link.get("TxnType"))
    record = company.get(entity, link.get("TxnId")) if entity in DEPOSITABLE else None
    if record is None:
        raise faults.unlinkable(f"{entity} {link.get('TxnId')} can't be deposited.")
    mine = draft.before.id if draft.before is not None else None
    if any(known["TxnType"] == "Deposit" and known["TxnId"] != mine for known in record.body.get("LinkedTxn", [])):
        raise faults.deposited()
    linked = {"TxnId": record.id, "TxnType": entity, "TxnLineId": "0"}
    return {
        "Amount": record.body["TotalAmt"],
        "LinkedTxn": [linked],
        "DepositLineDetail": line.get("DepositLineDetail") or {},
    }


def _deposit_applied(company: Company, record: Record) -> None:
    now = [[link["TxnType"], link["TxnId"]] for line in record.body["Line"] for link in line.get("LinkedTxn", [])]
    before = record.facts.get("holds", [])
    for entity, identifier in [held for held in before if held not in now]:
        _mark(company, entity, identifier, None)
    for entity, identifier in [held for held in now if held not in before]:
        _mark(company, entity, identifier, record.id)
    record.facts["holds"] = now
    post(company, "Deposit", record)


def _mark(company: Company, entity: str, identifier: str, deposit: str | None) -> None:
    held = company.get(entity, identifier)
    if held is not None:
        links = [link for link in held.body.get("LinkedTxn", []) if link.get("TxnType") != "Deposit"]
        if deposit:
            links.append({"TxnId": deposit, "TxnType": "Deposit"})
        company.change(entity, held, {**held.body, "LinkedTxn": links})


def _deposit_removed(company: Company, record: Record) -> None:
    for entity, identifier in record.facts.get("holds", []):
        _mark(company, entity, identifier, None)
    settlement.release(company, "Deposit", record)
    unpost(company, record)


PURCHASE = Kind("Purchase", _PURCHASE, _purchase, applied=_purchase_applied, removed=_purchase_removed)
DEPOSIT = Kind("Deposit", _DEPOSIT, _deposit, applied=_deposit_applied, removed=_deposit_removed)
