"""Oncord's records as snapshots, and our writes as the connector API's operations. Pure.

Updates are partial: only the groups that move are sent, so what we do not know survives over there.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.domain.model.description import DESCRIPTIONS
from app.domain.model.exchange import Document, Mark, Write
from app.domain.model.operations import Action
from app.domain.model.records import (
    UNREADABLE,
    Contact,
    Item,
    Kind,
    Receipt,
    Record,
    Sale,
    Side,
    Snapshot,
)
from app.domain.model.write_fields import BooksStatus, marks_of
from app.json_values import text
from app.oncord.mapping.contact import create_contact, read_contact, write_contact
from app.oncord.mapping.fields import read
from app.oncord.mapping.receipt import create_receipt, read_receipt, write_receipt
from app.oncord.mapping.sale import (
    create_sale,
    read_sale,
    sale_extras,
    write_sale,
)
from app.oncord.mapping.values import cents, companion, moment


def read_item(document: Document) -> Item:
    """A product of the wire."""
    found: Item = DESCRIPTIONS[Kind.ITEM].record(**read(Kind.ITEM, document))
    return found


READERS: dict[Kind, Callable[[Document], Record]] = {
    Kind.CONTACT: read_contact,
    Kind.ITEM: read_item,
    Kind.SALE: read_sale,
    Kind.RECEIPT: read_receipt,
}


def to_snapshot(kind: Kind, document: Document) -> Snapshot:
    """One record of the wire, deleted or not.

    A record whose values make no sense (an amount that is no number) has no `record` and says so in `extras`, so that
    it can be parked while the rest of its page goes on.
    """
    deleted = document.get("deleted") is True
    record: Record | None = None
    extras: tuple[str, ...] = ()
    if not deleted:
        try:
            record = READERS[kind](document)
            extras = sale_extras(document) if kind is Kind.SALE else ()
        except (ValueError, TypeError, AttributeError, ArithmeticError) as error:
            extras = (f"{UNREADABLE}: {error}",)
    return Snapshot(
        side=Side.ONCORD,
        kind=kind,
        id=text(document.get("id")),
        version=text(document.get("version")) or _fingerprint(document),
        record=record,
        modified_at=moment(document.get("modified_at")),
        deleted=deleted,
        deleted_with=companion(document.get("deleted_with")),
        merged_into=text(document.get("merged_into_id")),
        marker=text(document.get("external_ref")),
        extras=extras,
    )


def _fingerprint(document: Document) -> str:
    """A version for records that carry none (the catalogue): it changes when the content does."""
    canonical = json.dumps(document, sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def to_operation(write: Write) -> Document:
    """One operation of a batch; raises ValueError, in words for a bookkeeper, where it cannot be said rightly."""
    operation = write.operation
    body: Document = {"key": write.operation_id, "action": operation.action.value}
    if operation.action is Action.CREATE:
        record = _create(write.record) | ({"external_ref": write.external_ref} if write.external_ref else {})
        return body | {"record": record | _page(write) | _as_of(write)}
    body |= {"id": operation.target_id, "version": operation.expected_version}
    if operation.action is Action.UPDATE:
        return body | {"record": _page(write) | _update(write)}
    if operation.action is Action.VOID:
        voided = {"voided": True} if operation.kind is Kind.SALE else {}
        return body | {"action": "update", "record": voided | _page(write) | _mark(write, BooksStatus.VOID)}
    if operation.action is Action.DELETE:
        return body
    raise ValueError(f"{operation.action} is nothing that Oncord could be asked to do")


def _mark(write: Write, status: BooksStatus) -> Document:
    """What became of a document in the books: why, as of when, and of a sale what was settled of it there otherwise."""
    record, linked = write.record, status is BooksStatus.LINKED
    body: dict[str, Any] = {"books_status": status.value}
    if isinstance(record, Sale):
        body["books_reason"] = (record.books_reason if linked else write.operation.reason) or None
        settled = record.books_settled if linked else Decimal(0)
        body["books_settled"] = cents(settled * (-1 if record.type == "adjustment" else 1), record.money.currency)
    else:
        body["books_reason"] = None if linked else write.operation.reason
    return body | _as_of(write) | ({"books_url": None} if status is BooksStatus.GONE else {})


def _page(write: Write) -> Document:
    """Where a person finds the counterpart in the books; what is not known stays as it was."""
    return {"books_url": write.books_url} if write.books_url else {}


def _as_of(write: Write) -> Document:
    return {"books_as_of": write.at.isoformat()} if write.at is not None else {}


def _create(record: Record | None) -> Document:
    match record:
        case Contact():
            return create_contact(record)
        case Sale():
            return create_sale(record)
        case Receipt():
            return create_receipt(record)
    raise ValueError("the shop's catalogue is not written to")


def _update(write: Write) -> Document:
    fields, record = write.operation.groups, write.record
    body: dict[str, Any] = {}
    for mark in marks_of(write.operation.fields):
        body |= _mark(write, mark.status)
    match record:
        case Contact():
            body |= write_contact(record, fields)
        case Sale():
            body |= write_sale(record, fields)
        case Receipt():
            body |= write_receipt(record, fields)
        case Item():
            raise ValueError("the shop's catalogue is not written to")
    return body


def to_mark(mark: Mark, at: datetime) -> Document:
    """One entry of a call that says how records stand in the books."""
    return {
        "entity": mark.kind.value,
        "id": mark.id,
        "books_status": mark.status.value,
        "books_reason": mark.reason or None,
        "books_url": mark.url or None,
        "books_as_of": at.isoformat(),
    }
