"""Writes as batches of at most thirty, rendered once and posted as often as need be. Pure.

The idempotency key of an item is the batch's `requestid` with the item's `bId`; both are digests of operation ids, so
that the same operations make the same keys on any machine, and a different operation can never re-use one.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.domain.model.configuration import PLAIN_DOCUMENTS, DocumentPolicy
from app.domain.model.description import merged_fields
from app.domain.model.exchange import (
    ABSENT,
    MOVED,
    Batch,
    BatchItem,
    Document,
    Prepared,
    Unpreparable,
    Write,
)
from app.domain.model.operations import Action
from app.domain.model.records import (
    Contact,
    Item,
    Kind,
    Receipt,
    Sale,
    Side,
)
from app.domain.model.totals import Absent, CentMoves, HandedOut
from app.domain.model.write_fields import ACTIVE
from app.json_values import text
from app.quickbooks.http.wire import plain_numbers
from app.quickbooks.mapping.books import Books
from app.quickbooks.mapping.contact import create_contact, write_contact
from app.quickbooks.mapping.exchange_rates import Rates, make_sure_it_is_kept, rate_of
from app.quickbooks.mapping.fields import entity_of
from app.quickbooks.mapping.item import create_item, write_item
from app.quickbooks.mapping.limits import fitted
from app.quickbooks.mapping.particulars import (
    classed,
    on_changed_receipt,
    on_changed_sale,
    on_new_receipt,
    on_new_sale,
)
from app.quickbooks.mapping.receipt import create_receipt, update_receipt, whole
from app.quickbooks.mapping.refund import create_refund, update_refund
from app.quickbooks.mapping.sale import handed_out
from app.quickbooks.mapping.sale_body import (
    create_sale,
    update_sale,
    void_credit_memo,
)
from app.quickbooks.mapping.values import rows

MOST_ITEMS = 30
_NO_RATES: Rates = {}
_CODES: dict[type[Exception], str] = {Absent: ABSENT, HandedOut: MOVED}
REQUEST_ID, BID = 36, 10


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What the configuration has chosen for what is written: ids of items and of the income account, and the documents' own."""

    item: str
    rounding_item: str
    income_account: str
    documents: DocumentPolicy


def digest(parts: Sequence[str], length: int) -> str:
    """A short text that stands for `parts`: base 32 of their SHA-256, lower case."""
    raw = hashlib.sha256("\n".join(parts).encode()).digest()
    return base64.b32encode(raw).decode().lower()[:length]


def prepare(
    writes: Sequence[Write],
    books: Books,
    *,
    default_item: str = "",
    rounding_item: str = "",
    income_account: str = "",
    rates: Rates = _NO_RATES,
    documents: DocumentPolicy = PLAIN_DOCUMENTS,
) -> Prepared:
    """The batches of some writes of one kind, in order, and the writes that must not be sent.

    Raises `ValueError` where an operation is in a batch twice.
    """
    chosen = _Chosen(default_item, rounding_item, income_account, documents)
    items: list[tuple[Write, BatchItem]] = []
    refused = []
    notes: dict[str, str] = {}
    for asked in writes:
        write, note = _fitted(asked)
        if note:
            notes[write.operation_id] = note
        try:
            body = plain_numbers(_body(write, books, chosen, rates))
        except (CentMoves, ValueError) as error:
            advice = error.advice if isinstance(error, CentMoves) else "Correct the record and try again."
            code = _CODES.get(type(error), "unpreparable")
            refused.append(Unpreparable(write.operation_id, code, str(error), advice))
            continue
        items.append((write, BatchItem(write.operation_id, digest([write.operation_id], BID), body)))
    batches = []
    for start in range(0, len(items), MOST_ITEMS):
        part = items[start : start + MOST_ITEMS]
        keys = [item.key for _, item in part]
        if len(set(keys)) != len(keys):  # two digests of 50 bits that agree; a write that is there twice
            raise ValueError("the same operation is in a batch twice")
        batches.append(
            Batch(
                side=Side.QUICKBOOKS,
                kind=part[0][0].operation.kind,
                request_id=digest([item.operation_id for _, item in part], REQUEST_ID),
                items=tuple(item for _, item in part),
                backfill=any(write.operation.backfill for write, _ in part),
            )
        )
    return Prepared(tuple(batches), tuple(refused), notes)


def _fitted(write: Write) -> tuple[Write, str]:
    """The write with its record as QuickBooks can hold it, and what to say about that."""
    operation = write.operation
    if operation.action not in (Action.CREATE, Action.UPDATE):
        return write, ""
    whole = operation.action is Action.CREATE or not operation.fields
    record, note = fitted(write.record, merged_fields(operation.kind) if whole else operation.groups, write.base)
    return replace(write, record=record), note


def _body(write: Write, books: Books, chosen: _Chosen, rates: Rates) -> Document:
    """One item of a batch without its bId."""
    operation, record = write.operation, write.record
    if operation.action is Action.DELETE:
        entity = _existing_entity(write)
        if write.document is not None and write.operation.kind is Kind.SALE and handed_out(write.document):
            raise HandedOut("It was sent or printed meanwhile, and is not deleted.")
        return {"operation": "delete", entity: {"Id": operation.target_id, "SyncToken": _version(write)}}
    if operation.action is Action.VOID:
        return _void(write)
    if record is None:
        raise ValueError("there is nothing to write")
    if operation.action is Action.CREATE:
        return _create(write, books, chosen, rates)
    return _update(write, books, chosen)


def _create(write: Write, books: Books, chosen: _Chosen, rates: Rates) -> Document:
    record, documents = write.record, chosen.documents
    match record:
        case Contact():
            make_sure_it_is_kept(record.currency, books)
            return {"operation": "create", "Customer": create_contact(record, books.home_currency)}
        case Item():
            if not chosen.income_account:
                raise CentMoves("Items need an income account.", "Choose an income account in the configuration.")
            return {"operation": "create", "Item": create_item(record, chosen.income_account, books.country)}
        case Sale():
            made = create_sale(record, books, chosen.item, chosen.rounding_item)
            made = classed(made | on_new_sale(write, record, documents, books), documents, books)
            return {
                "operation": "create",
                entity_of(record): made | rate_of(record, books, rates, write.particulars.rate_of),
            }
        case Receipt():
            refund = record.payment.amount < 0
            made = create_refund(record, books) if refund else create_receipt(record, books)
            made |= on_new_receipt(write, books) | rate_of(record, books, rates, write.particulars.rate_of)
            return {"operation": "create", "Purchase" if refund else "Payment": made}
    raise ValueError("there is nothing to create")


def _update(write: Write, books: Books, chosen: _Chosen) -> Document:
    operation, record = write.operation, write.record
    fields = operation.groups or (() if operation.fields else merged_fields(operation.kind))
    fields += ("active",) if ACTIVE in operation.fields else ()
    head = {"Id": operation.target_id, "SyncToken": _version(write)}
    match record:
        case Contact():
            return {"operation": "update", "Customer": head | {"sparse": True} | write_contact(record, fields)}
        case Item():
            return {"operation": "update", "Item": head | {"sparse": True} | write_item(record, fields)}
        case Sale():
            if "money" in fields and write.document is None:
                raise ValueError("the document as it is now is needed to change its lines")
            known = write.base is not None
            changed = update_sale(
                record,
                fields,
                write.document,
                books,
                chosen.item,
                chosen.rounding_item,
                ids_are_known=known,
                spell_out=write.spell_out,
            )
            changed = classed(changed, chosen.documents, books, _line_ids(write.document)) | on_changed_sale(
                write, fields
            )
            return {"operation": "update", entity_of(record): head | {"sparse": True} | changed}
        case Receipt():
            if write.document is None:
                raise ValueError("the document as it is now is needed to change a payment")
            besides = on_changed_receipt(write, fields, books) | head
            if _existing_entity(write) == "Purchase":
                refund = update_refund(record, fields, write.document, books)
                return {"operation": "update", "Purchase": refund | besides}
            return {"operation": "update", "Payment": update_receipt(record, fields, write.document) | besides}
    raise ValueError("there is nothing to update")


def _line_ids(document: Document | None) -> list[str]:
    return [text(line.get("Id")) for line in rows((document or {}).get("Line"))]


def _void(write: Write) -> Document:
    """An invoice has an operation of its own; a payment is updated with an option, which of an invoice may be ignored."""
    operation, document = write.operation, write.document
    head = {"Id": operation.target_id, "SyncToken": _version(write)}
    entity = _existing_entity(write)
    if entity == "Invoice":
        return {"operation": "void", entity: head}
    if document is None:
        raise ValueError("the document as it is now is needed to void it")
    if entity == "CreditMemo":
        return {"operation": "update", entity: head | {"sparse": True} | void_credit_memo(document)}
    if entity == "Payment":
        return {"operation": "update", "optionsData": "void", entity: whole(document) | head}
    raise ValueError(f"QuickBooks voids no {entity}")


def _existing_entity(write: Write) -> str:
    """The entity of a record that is there: of what is written, of what it was, or of its document."""
    if write.operation.kind is Kind.RECEIPT:
        return "Purchase" if _is_refund(write) else "Payment"
    if write.operation.kind is Kind.SALE:
        for record in (write.record, write.operation.record, write.base):
            if isinstance(record, Sale):
                return entity_of(record)
        if write.document is None:
            # A credit memo asked for as an invoice would be answered "not found", and taken for gone.
            raise ValueError("it is not known whether this is an invoice or a credit memo")
        return "CreditMemo" if "RemainingCredit" in write.document else "Invoice"
    raise ValueError("QuickBooks deletes no customers and no items; they are made inactive")


def _is_refund(write: Write) -> bool:
    """Whether an existing receipt is a purchase: by its document, or else by what it was."""
    if write.document is not None:
        return "EntityRef" in write.document
    known = (write.operation.record, write.base)
    return any(isinstance(record, Receipt) and record.payment.amount < 0 for record in known)


def _version(write: Write) -> str:
    known = write.operation.expected_version or text((write.document or {}).get("SyncToken"))
    if not known:
        raise ValueError("the version of the record is not known")
    return known


def wire_items(batch: Batch) -> list[dict[str, Any]]:
    """What is posted: each body under its bId."""
    return [{"bId": item.key, **item.body} for item in batch.items]


def creates_documents(batch: Batch) -> bool:
    """Whether sending this twice could make something twice (names of customers and items are unique anyhow)."""
    return batch.kind in (Kind.SALE, Kind.RECEIPT) and any(i.body.get("operation") == "create" for i in batch.items)
