"""Invoices, credit memos, sales receipts and refund receipts: one shape, four ways to end.

TotalAmt, tax, balance and everything else that the server owns is worked out here at every write.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from app.sandbox.quickbooks.books import items, lists, settlement
from app.sandbox.quickbooks.books.accounts import deposit_account
from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.books.kinds import Draft, Kind
from app.sandbox.quickbooks.books.ledger import post, unpost
from app.sandbox.quickbooks.books.tables import Record
from app.sandbox.quickbooks.documents import automatic, payments
from app.sandbox.quickbooks.documents.billing import BILLING, bill, give_all_back, links_after
from app.sandbox.quickbooks.documents.form_totals import STATEMENT_CHARGE, complete
from app.sandbox.quickbooks.documents.sales_form_fields import CREDIT_FIELDS, INVOICE_FIELDS, RECEIPT_FIELDS
from app.sandbox.quickbooks.documents.written_addresses import as_text
from app.sandbox.quickbooks.tax.rounding import cents
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.currencies import unit_of
from app.sandbox.quickbooks.values.fields import (
    Check,
)
from app.sandbox.quickbooks.values.wire import Body, money

ZERO = Decimal(0)
NUMBERED = ("Invoice", "CreditMemo", "SalesReceipt", "RefundReceipt")


def _shape(entity: str, draft: Draft) -> Body:
    company, body, before = draft.company, draft.body, draft.before
    if "CustomerRef" in body or entity in ("Invoice", "CreditMemo"):
        _customer(draft, entity)
    body.setdefault("TxnDate", company.today())
    _number(draft, entity)
    for reference_name, listed in (
        ("PaymentMethodRef", "PaymentMethod"),
        ("SalesTermRef", "Term"),
        ("DepartmentRef", "Department"),
        ("ClassRef", "Class"),
    ):
        lists.usable(draft, listed, reference_name)
    complete(draft)
    if entity in ("SalesReceipt", "RefundReceipt"):
        _money_account(draft, entity)
    if company.country == "US" and company.preferences["TaxPrefs"].get("PartnerTaxEnabled"):
        body.setdefault("ShipFromAddr", _own_address(company))
    body.setdefault("CustomField", [])
    body.setdefault("FreeFormAddress", True)
    body.setdefault("PrintStatus", "NeedToPrint" if before is None else "NotSet")
    body.setdefault("EmailStatus", "NotSet")
    if body["EmailStatus"] == "NeedToSend" and "BillEmail" not in body:
        raise faults.FaultError(
            6420, "Email is required", "BillEmail is required when EmailStatus is NeedToSend.", "BillEmail"
        )
    _currency(draft)
    asked = body.get("LinkedTxn") or []
    stored_links = [] if before is None else before.body.get("LinkedTxn", [])
    body["LinkedTxn"] = links_after(draft) if entity in BILLING else stored_links
    applied = settlement.applied_to(before) if before is not None else ZERO
    if entity == "Invoice":
        if draft.person and before is None:
            body["LinkedTxn"] += [dict(link) for link in asked if link.get("TxnType") == STATEMENT_CHARGE]
        _due(draft)
        for name in ("AllowIPNPayment", "AllowOnlinePayment", "AllowOnlineCreditCardPayment", "AllowOnlineACHPayment"):
            body.setdefault(name, False)
        body["Balance"] = max(ZERO, money(body["TotalAmt"]) - money(body.get("Deposit", ZERO)) - applied)
    elif entity == "CreditMemo":
        body["Balance"] = body["RemainingCredit"] = max(ZERO, money(body["TotalAmt"]) - applied)
    else:
        body["Balance"] = ZERO
        if entity == "RefundReceipt" and draft.person and before is None:
            body["LinkedTxn"] = [_settled_directly(draft, link) for link in asked]
    return body


def _own_address(company: Company) -> Body:
    """Where a form comes from unless it says so: the company's own address, as text, as automated sales tax has it."""
    own = company.table("CompanyInfo").rows["1"].body["CompanyAddr"]
    locality = f"{own['City']}, {own['CountrySubDivisionCode']}  {own['PostalCode']} US"
    return {"Line1": own["Line1"], "Line2": locality}


def _settled_directly(draft: Draft, link: Body) -> Body:
    """[SIM] In its screens a person can give a refund receipt for an invoice or a credit memo."""
    kind = str(link.get("TxnType"))
    if kind not in ("Invoice", "CreditMemo"):
        raise faults.unlinkable(f"TxnType {kind} can't be linked by a refund receipt.")
    return {"TxnId": draft.company.require(kind, {"value": link.get("TxnId")}, "LinkedTxn").id, "TxnType": kind}


def _customer(draft: Draft, entity: str) -> None:
    company, body, before = draft.company, draft.body, draft.before
    if not body.get("CustomerRef"):
        raise faults.missing("CustomerRef")
    identifier = str(body["CustomerRef"]["value"])
    unchanged = before is not None and before.body.get("CustomerRef", {}).get("value") == identifier
    if not unchanged:
        company.require("Customer", body["CustomerRef"], "CustomerRef")
    body["CustomerRef"] = company.named("Customer", identifier)
    if before is not None and not unchanged:
        _no_payment_of_another(draft, before, identifier)
    customer = company.table("Customer").rows[identifier].body
    if before is None:
        if "BillAddr" not in body and "BillAddr" in customer:
            body["BillAddr"] = as_text(customer, customer["BillAddr"]) if draft.person else customer["BillAddr"]
        if "ShipAddr" not in body and ("ShipAddr" in customer or "BillAddr" in customer):
            body["ShipAddr"] = customer.get("ShipAddr") or customer["BillAddr"]
    elif _saved_as_text(draft, entity):
        body["BillAddr"] = as_text(customer, body["BillAddr"])


def _saved_as_text(draft: Draft, entity: str) -> bool:
    """Whether the screens leave the address of a document that a person saves as text, without that person's doing."""
    untouched = "BillAddr" in draft.body and "BillAddr" not in draft.sent
    return draft.person and untouched and draft.company.hazards.strikes("addresses_saved_as_text", entity) is not None


def _no_payment_of_another(draft: Draft, before: Record, customer: str) -> None:
    """A document stays with its customer while a payment of that customer, or credit of it, is linked to it."""
    family, above = set[str](), customer
    while above and above not in family:
        family.add(above)
        record = draft.company.get("Customer", above)
        above = str(record.body.get("ParentRef", {}).get("value", "")) if record is not None else ""
    for payment_id in before.facts.get("applied", {}):
        payment = draft.company.get("Payment", payment_id)
        if payment is not None and payment.body["CustomerRef"]["value"] not in family:
            raise faults.business(
                "The customer of a transaction that is linked to a payment of another customer can't be changed."
            )


def _currency(draft: Draft) -> None:
    company, body = draft.company, draft.body
    customer = company.get("Customer", body.get("CustomerRef", {}).get("value"))
    expected: Body = customer.body["CurrencyRef"] if customer is not None else company.home_currency
    asked: Body = body.get("CurrencyRef") or expected
    if asked["value"] != expected["value"]:
        raise faults.business("The transaction currency must be the same as the currency of the customer.")
    body["CurrencyRef"] = expected
    if company.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"]:
        rate = company.document_rate(body, str(expected["value"]), person=draft.person)
        body["ExchangeRate"] = rate
        body["HomeTotalAmt"] = cents(money(body["TotalAmt"]) * rate, unit_of(str(company.home_currency["value"])))
    else:
        body.pop("ExchangeRate", None)


def _number(draft: Draft, entity: str) -> None:
    """DocNumber: honoured when given, the next of the shared sequence when not, 6140 only under the two preferences."""
    company, body, before = draft.company, draft.body, draft.before
    preferences = company.preferences["SalesFormsPrefs"]
    number_ = body.get("DocNumber")
    if number_ and number_ != (before.body.get("DocNumber") if before else None):
        warned = preferences.get("CustomTxnNumbers") and preferences.get("WarnDuplicateTxnNumber")
        taken = any(
            record is not before for kind in NUMBERED for record in company.table(kind).find("DocNumber", number_)
        )
        if warned and taken and "allowduplicatedocnum" not in draft.include.lower():
            raise faults.duplicate_number(str(number_))
    elif not number_ and not preferences.get("CustomTxnNumbers"):
        body["DocNumber"] = (
            before.body["DocNumber"] if before and before.body.get("DocNumber") else company.next_number()
        )


def _due(draft: Draft) -> None:
    """DueDate from the terms; thirty days (the company's default term) when nothing is said."""
    company, body, before = draft.company, draft.body, draft.before
    moved = before is not None and draft.sparse and "DueDate" not in draft.sent and draft.sent.keys() & {"SalesTermRef"}
    if "DueDate" in body and not moved:
        return
    term = company.get("Term", body["SalesTermRef"]["value"]) if "SalesTermRef" in body else None
    days = 30 if term is None else int(term.body.get("DueDays", 0))
    body["DueDate"] = (date.fromisoformat(str(body["TxnDate"])) + timedelta(days=days)).isoformat()


def _money_account(draft: Draft, entity: str) -> None:
    company, body = draft.company, draft.body
    if "DepositToAccountRef" in body:
        account = deposit_account(company, body["DepositToAccountRef"])
    elif entity == "RefundReceipt":
        raise faults.missing("DepositToAccountRef")
    else:
        account = company.account_of("Other Current Asset", "UndepositedFunds")
    body["DepositToAccountRef"] = company.named("Account", account.id)


def _applied(entity: str, company: Company, record: Record) -> None:
    is_new = "posted" not in record.facts
    if record.body.get("DocNumber") and is_new:
        company.last_number = str(record.body["DocNumber"])
    if entity in ("Invoice", "CreditMemo"):
        settlement.trim(company, entity, record)
    if entity in BILLING:
        bill(company, entity, record)
    for link in record.body["LinkedTxn"] if entity == "RefundReceipt" else ():
        record.facts["settles"] = [link["TxnType"], link["TxnId"]]
        settlement.settle_directly(company, record)
    sold = _sold(record.body) if entity in ("Invoice", "SalesReceipt") else {}
    items.sold(company, {key: money(value) for key, value in record.facts.get("sold", {}).items()}, sold)
    record.facts["sold"] = sold
    post(company, entity, record)
    if is_new and entity in ("Invoice", "CreditMemo") and automatic.wanted(company, "AutoApplyCredit"):
        payments.apply_credit(company, str(record.body["CustomerRef"]["value"]))


def _sold(body: Body) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for line in body["Line"]:
        for part in line.get("GroupLineDetail", {}).get("Line", [line]):
            detail = part.get("SalesItemLineDetail")
            if detail:
                key = str(detail["ItemRef"]["value"])
                found[key] = found.get(key, ZERO) + money(detail.get("Qty", 1))
    return found


def _removed(entity: str, company: Company, record: Record) -> None:
    if entity in ("Invoice", "CreditMemo"):
        settlement.release(company, entity, record)
    if entity == "RefundReceipt":
        settlement.forget(company, record)
    give_all_back(company, record)
    items.sold(company, {key: money(value) for key, value in record.facts.get("sold", {}).items()}, {})
    unpost(company, record)


def _voided(entity: str, company: Company, record: Record) -> Body:
    """A void zeroes amounts and quantities, keeps the lines, lets go of payments and says so in the note."""
    if entity in ("Invoice", "CreditMemo"):
        settlement.release(company, entity, record)
    body = dict(record.body)
    lines = []
    for line in body["Line"]:
        zeroed = {**line, "Amount": ZERO} if "Amount" in line else dict(line)
        zeroed.pop("LinkedTxn", None)
        detail = zeroed.get("SalesItemLineDetail")
        if detail:
            zeroed["SalesItemLineDetail"] = {
                key: ZERO if key in ("Qty", "UnitPrice", "TaxInclusiveAmt") else value for key, value in detail.items()
            }
        lines.append(zeroed)
    note = str(body.get("PrivateNote", ""))
    body.update(
        Line=lines,
        TotalAmt=ZERO,
        Balance=ZERO,
        LinkedTxn=[],
        TxnTaxDetail={"TotalTax": ZERO},
        PrivateNote=f"Voided - {note}" if note else "Voided",
    )
    for name in ("RemainingCredit", "Deposit", "HomeTotalAmt"):
        if name in body:
            body[name] = ZERO
    return body


def _guard(company: Company, record: Record) -> None:
    if any(link.get("TxnType") == "Deposit" for link in record.body.get("LinkedTxn", [])):
        raise faults.deposited()


def _kind(entity: str, writable: dict[str, Check], api_void: str) -> Kind:
    return Kind(
        entity,
        writable,
        lambda draft: _shape(entity, draft),
        guard=_guard,
        applied=lambda company, record: _applied(entity, company, record),
        removed=lambda company, record: _removed(entity, company, record),
        voided=lambda company, record: _voided(entity, company, record),
        api_void=api_void,
    )


INVOICE = _kind("Invoice", INVOICE_FIELDS, "operation")
CREDIT_MEMO = _kind("CreditMemo", CREDIT_FIELDS, "")
SALES_RECEIPT = _kind("SalesReceipt", RECEIPT_FIELDS, "include")
REFUND_RECEIPT = _kind("RefundReceipt", RECEIPT_FIELDS, "")
