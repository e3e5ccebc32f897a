"""What a bookkeeper would have typed besides on a document: `Particulars` -> members of its body. Pure.

None of it is read back: it is no part of the vocabulary. QuickBooks' API fills in neither the e-mail address of the
customer nor a term, as its screens do (docs/quickbooks.md 9.2); without `EmailStatus` it mails nothing by itself.
"""

from collections.abc import Iterable
from typing import Any

from app.domain.model.configuration import DocumentPolicy
from app.domain.model.exchange import Write
from app.domain.model.operations import Action
from app.domain.model.records import Receipt, Sale
from app.quickbooks.mapping.books import Books, method_key
from app.quickbooks.mapping.contact import allowed_name
from app.quickbooks.mapping.fields import entity_of
from app.quickbooks.mapping.refund import GOODWILL
from app.quickbooks.mapping.sale import marked

_EMAIL_LENGTH = 100
_NAME_LENGTH = 31
_NOTE_LENGTH = 3790
"""With the mark behind it a private note has 4,000 characters at the most."""
_NO_LINKS = {"AllowOnlineCreditCardPayment": False, "AllowOnlineACHPayment": False}


def on_new_sale(write: Write, record: Sale, policy: DocumentPolicy, books: Books) -> dict[str, Any]:
    """What a new invoice or credit memo says besides: its note with the mark, where it would be sent, its term, class and
    location, and that it is not paid online unless that was chosen."""
    body: dict[str, Any] = {"PrivateNote": _note(write)} | _email(write.particulars.email)
    if policy.location_id and books.locations:
        body["DepartmentRef"] = {"value": policy.location_id}
    if policy.class_id and books.classes == "document":
        body["ClassRef"] = {"value": policy.class_id}
    if entity_of(record) != "Invoice":
        return body
    term = books.terms.get(_days(record)) if record.due_date and record.date else None
    if term:
        body["SalesTermRef"] = {"value": term}
    return body if policy.payment_links else body | _NO_LINKS


def classed(body: dict[str, Any], policy: DocumentPolicy, books: Books, there: Iterable[str] = ()) -> dict[str, Any]:
    """A document's body whose new lines have the class that was chosen; those `there`, by their ids, stay as they are."""
    if not policy.class_id or books.classes != "line":
        return body
    known = set(there)
    for line in body.get("Line", []):
        detail = line.get("SalesItemLineDetail")
        if detail is not None and line.get("Id") not in known:
            detail.setdefault("ClassRef", {"value": policy.class_id})
    return body


def on_new_receipt(write: Write, books: Books) -> dict[str, Any]:
    """What a new payment, or money paid back, says besides."""
    return {"PrivateNote": _note(write)} | _method(write, books)


def on_changed_sale(write: Write, groups: Iterable[str]) -> dict[str, Any]:
    """A document that goes to another person is no longer sent to the one before."""
    if "contact_id" not in groups:
        return {}
    return _email(write.particulars.email) or {"BillEmail": {"Address": ""}}


def on_changed_receipt(write: Write, groups: Iterable[str], books: Books) -> dict[str, Any]:
    """A payment that came another way says so."""
    return _method(write, books) if "channel" in groups else {}


def methods_needed(writes: Iterable[Write]) -> list[str]:
    """The names of payment methods that some writes need, each once, as QuickBooks holds names."""
    names = (named(w.particulars.payment_method) for w in writes if _says_how(w))
    return list(dict.fromkeys(name for name in names if name))


def named(title: str) -> str:
    """A payment method's title as the company's list can hold it."""
    return allowed_name(title)[:_NAME_LENGTH].strip()


def _says_how(write: Write) -> bool:
    if not isinstance(write.record, Receipt) or not write.record.payment.amount:
        return False
    return write.operation.action is Action.CREATE or "channel" in write.operation.groups


def _note(write: Write) -> str:
    note = write.particulars.note[:_NOTE_LENGTH]
    if isinstance(write.record, Receipt) and write.record.expense_account:
        note = f"{note} {GOODWILL}".strip()
    return f"{note} {marked(write.operation_id, _source(write))}".strip()


def _source(write: Write) -> str:
    """Of which record of Oncord it is made, as `app.domain.planning.since_backup.made_of` reads it; "" where that could be misread."""
    operation = write.operation
    if operation.source_kind is not operation.kind or ":" in operation.source_id:
        return ""
    return write.external_ref.removeprefix(f"{operation.source_side}:")


def _email(address: str) -> dict[str, Any]:
    return {"BillEmail": {"Address": address}} if address and len(address) <= _EMAIL_LENGTH else {}


def _method(write: Write, books: Books) -> dict[str, Any]:
    if not _says_how(write):
        return {}
    found = books.payment_methods.get(method_key(named(write.particulars.payment_method)))
    return {"PaymentMethodRef": {"value": found}} if found else {}


def _days(sale: Sale) -> int:
    assert sale.date is not None
    assert sale.due_date is not None
    return (sale.due_date - sale.date).days
