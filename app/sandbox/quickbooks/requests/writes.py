"""The one way in for every write: create, full or sparse update, delete, void, with the rules that all entities share.

Order of checks: subscription, properties, existence (610), SyncToken (5010), the entity's own guard and shape, closed books.
A write that changes nothing answers the stored object: same SyncToken, same LastUpdatedTime, no event.
"""

from __future__ import annotations

from typing import Any

from app.sandbox.quickbooks.books import (
    accounts,
    customers,
    items,
    lists,
)
from app.sandbox.quickbooks.books.company import TRANSACTIONS, Company
from app.sandbox.quickbooks.books.kinds import Draft, Kind
from app.sandbox.quickbooks.books.tables import Record
from app.sandbox.quickbooks.documents import (
    beside,
    journals,
    money_out,
    opening_balances,
    payments,
    sales_forms,
)
from app.sandbox.quickbooks.tax import taxes
from app.sandbox.quickbooks.values import faults, members
from app.sandbox.quickbooks.values.fields import accepted, full, sparse
from app.sandbox.quickbooks.values.wire import Body

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        customers.CUSTOMER_KIND,
        customers.VENDOR_KIND,
        customers.EMPLOYEE_KIND,
        sales_forms.INVOICE,
        sales_forms.CREDIT_MEMO,
        sales_forms.SALES_RECEIPT,
        sales_forms.REFUND_RECEIPT,
        payments.KIND,
        money_out.PURCHASE,
        money_out.DEPOSIT,
        journals.KIND,
        *beside.KINDS,
        items.KIND,
        accounts.KIND,
        lists.PAYMENT_METHOD_KIND,
        lists.TERM_KIND,
        lists.CLASS_KIND,
        lists.DEPARTMENT_KIND,
        lists.TAX_AGENCY_KIND,
        lists.PREFERENCES_KIND,
        lists.COMPANY_INFO_KIND,
        taxes.CODE_KIND,
        taxes.RATE_KIND,
    )
}
BY_PATH = {name.lower(): name for name in KINDS}
_SERVER = ("SyncToken", "MetaData", "domain", "sparse")


def entity_named(path: str) -> str:
    """The entity a path segment or a JSON key means, in any case. Raises `FaultError` where there is none."""
    try:
        return BY_PATH[path.lower()]
    except KeyError:
        raise faults.unsupported(f"Operation could not find resource for entity {path}") from None


def write(
    company: Company, entity: str, sent: Any, *, operation: str = "", include: str = "", person: bool = False
) -> Body:
    """Does what a POST to the entity's address does; returns the object, or the stub of a deleted one.

    Raises `FaultError` for what that entity does not take, and where the subscription has ended.
    """
    kind = KINDS[entity]
    if not isinstance(sent, dict):
        raise faults.bad_json("the request body is not an object")
    if not person and (not company.subscription_active or company.hazards.strikes("subscription_ended", entity)):
        raise faults.no_subscription()
    if not (person and entity == "Preferences"):  # the screens have switches of which the API does not know
        members.check(entity, sent)
    if operation == "delete":
        return _delete(company, kind, sent, person=person)
    if operation == "void" or "void" in include.lower().split(","):
        return _void(company, kind, sent, operation, person=person)
    if sent.get("Id"):
        return _update(company, kind, sent, include, person=person)
    if operation == "update" and entity not in ("Preferences", "CompanyInfo"):
        raise faults.missing("Id")
    if not kind.creatable:
        if entity in ("Preferences", "CompanyInfo"):
            return _update(company, kind, {**sent, "Id": "1"}, include, person=person)
        raise faults.unsupported(f"Operation create is not supported for {entity}")
    return _create(company, kind, sent, include, person=person)


def _create(company: Company, kind: Kind, sent: Body, include: str, *, person: bool) -> Body:
    _stale_without_cause(company, kind, person=person)
    checked = accepted(kind.writable, sent)
    body = _shaped(kind, Draft(company, full(kind.writable, checked, None), sent, None, False, person, include))
    _open_books(company, kind, body)
    if kind.name == "Customer" and opening_balances.opening_balance(sent):
        _open_books(company, KINDS["Invoice"], {"TxnDate": opening_balances.since(company, sent)})
    record = company.insert(kind.name, body)
    kind.applied(company, record)
    if kind.name == "Customer" and opening_balances.opening_balance(sent):
        _open_with_balance(company, record, sent)
    return record.body


def _open_with_balance(company: Company, customer: Record, sent: Body) -> None:
    """What a new customer is said to owe becomes an invoice, which QuickBooks makes by itself."""
    missing = opening_balances.item_for(company)
    if missing is not None:
        _create(company, KINDS["Item"], missing, "", person=True)
    item = company.table("Item").find("Name", opening_balances.NAME)[0].id
    _create(company, KINDS["Invoice"], opening_balances.invoice_for(company, customer.id, sent, item), "", person=True)


def _update(company: Company, kind: Kind, sent: Body, include: str, *, person: bool) -> Body:
    record = _existing(company, kind, sent, person=person)
    kind.guard(company, record)
    _open_books(company, kind, record.body)
    is_sparse = sent.get("sparse") in (True, "true")
    checked = accepted(kind.writable, sent)
    merged = sparse(checked, record.body) if is_sparse else full(kind.writable, checked, record.body)
    if not is_sparse and "Active" in kind.writable:
        merged.setdefault("Active", True)
    body = _shaped(kind, Draft(company, merged, sent, record, is_sparse, person, include))
    _open_books(company, kind, body)
    if _business(body) == _business(record.body):
        return record.body
    company.change(kind.name, record, body)
    kind.applied(company, record)
    return record.body


def _shaped(kind: Kind, draft: Draft) -> Body:
    """The finished body; a value of the wrong shape somewhere inside is what QBO says of JSON it cannot take in."""
    try:
        return kind.shape(draft)
    except (AttributeError, TypeError, KeyError, IndexError, ValueError, ArithmeticError) as error:
        raise faults.bad_json(f"Can not deserialize instance of {kind.name}: {error!r}") from error


def _business(body: Body) -> Body:
    return {name: value for name, value in body.items() if name not in _SERVER}


def _delete(company: Company, kind: Kind, sent: Body, *, person: bool) -> Body:
    record = _existing(company, kind, sent, person=person)
    if kind.removed is None:
        if person and "Active" in kind.writable:
            # in QBO's screens a list entry is "deleted" by making it inactive
            return _update(
                company,
                kind,
                {"Id": record.id, "SyncToken": record.token, "sparse": True, "Active": False},
                "",
                person=True,
            )
        raise faults.unsupported(f"Operation delete is not supported for {kind.name}")
    kind.guard(company, record)
    if not person and company.hazards.strikes("reconciled", kind.name):
        raise faults.matched()
    _open_books(company, kind, record.body)
    kind.removed(company, record)
    company.remove(kind.name, record)
    return {"domain": "QBO", "status": "Deleted", "Id": record.id}


def _void(company: Company, kind: Kind, sent: Body, operation: str, *, person: bool) -> Body:
    asked = "operation" if operation == "void" else "include"
    if kind.voided is None or (kind.api_void != asked and not person):
        raise faults.unsupported(f"Operation void is not supported for {kind.name}")
    record = _existing(company, kind, sent, person=person)
    whole_only = company.hazards.on("sparse_void_refused") is not None
    if (
        kind.name == "Payment"
        and whole_only
        and not person
        and any(name not in sent for name in ("CustomerRef", "TotalAmt"))
    ):
        raise faults.missing("TotalAmt" if "TotalAmt" not in sent else "CustomerRef")
    kind.guard(company, record)
    _open_books(company, kind, record.body)
    body = kind.voided(company, record)
    if _business(body) == _business(record.body):
        return record.body
    record.facts["voided"] = True
    company.change(kind.name, record, body, event="Void")
    kind.applied(company, record)
    return record.body


def _existing(company: Company, kind: Kind, sent: Body, *, person: bool) -> Record:
    identifier = sent.get("Id")
    if not identifier:
        raise faults.missing("Id")
    record = company.get(kind.name, identifier)
    if record is None:
        raise faults.deleted() if kind.name in TRANSACTIONS else faults.not_found()
    token = sent.get("SyncToken")
    if token is None:
        if person:
            return record
        raise faults.missing("SyncToken")
    if str(token) != record.token:
        raise faults.stale()
    _stale_without_cause(company, kind, person=person)
    return record


def _stale_without_cause(company: Company, kind: Kind, *, person: bool) -> None:
    if not person and company.hazards.strikes("stale_without_cause", kind.name):
        raise faults.stale()


def _open_books(company: Company, kind: Kind, body: Body) -> None:
    """6210 for whatever is dated in a closed period."""
    if kind.name not in TRANSACTIONS:
        return
    closed = company.preferences["AccountingInfoPrefs"].get("BookCloseDate", "")
    hazard = company.hazards.on("books_closed")
    if hazard is not None:
        closed = max(str(closed), str(hazard["date"]) or company.today())
    if closed and str(body.get("TxnDate", "")) <= str(closed):
        raise faults.books_closed()


def read(company: Company, entity: str, identifier: str) -> Record:
    """One object by id, inactive ones included. Raises `FaultError` when there is none (610) or can be none (2030)."""
    if entity == "CompanyInfo":
        identifier = "1"
    record = company.get(entity, identifier)
    if record is None and not identifier.isalnum():
        raise faults.bad_id(identifier)
    if record is None:
        raise faults.not_found()
    return record
