"""Documents of the wire as rows of the mirror. Pure."""

from typing import Any

from app.domain.model.records import (
    ELSEWHERE,
    UNREADABLE,
    Record,
    Side,
    Snapshot,
)
from app.json_values import text
from app.quickbooks.mapping.books import Books
from app.quickbooks.mapping.contact import contact_extras, read_contact
from app.quickbooks.mapping.exchange_rates import rate_extras
from app.quickbooks.mapping.item import item_extras, read_item
from app.quickbooks.mapping.receipt import read_receipt, receipt_extras
from app.quickbooks.mapping.refund import is_refund, read_refund, refund_extras
from app.quickbooks.mapping.sale import marker_in, read_sale, sale_extras
from app.quickbooks.mapping.values import KINDS, moment


def read_snapshot(entity: str, document: dict[str, Any], books: Books) -> Snapshot:
    """What we see of one document. A stub says that it was deleted; one that makes no sense spoils only itself.

    A purchase that pays no customer back is none of ours: for us it is not there, and `ELSEWHERE` says so.
    """
    metadata = document.get("MetaData")
    deleted = text(document.get("status")) == "Deleted"
    record: Record | None = None
    extras: tuple[str, ...] = ()
    try:
        if not deleted and entity == "Purchase" and not is_refund(document, books):
            deleted, extras = True, (ELSEWHERE,)
        elif not deleted:
            record, extras = _record(entity, document, books)
    except (ValueError, TypeError, AttributeError, ArithmeticError) as error:
        extras = (f"{UNREADABLE}: {error}",)
    return Snapshot(
        side=Side.QUICKBOOKS,
        kind=KINDS[entity],
        id=text(document.get("Id")),
        version=text(document.get("SyncToken")),
        record=record,
        modified_at=moment(metadata.get("LastUpdatedTime")) if isinstance(metadata, dict) else None,
        deleted=deleted,
        marker=marker_in(document),
        extras=extras,
    )


def _record(entity: str, document: dict[str, Any], books: Books) -> tuple[Record, tuple[str, ...]]:
    if entity == "Customer":
        return read_contact(document), contact_extras(document)
    if entity == "Item":
        return read_item(document), item_extras(document)
    booked = rate_extras(document, books)
    if entity == "Payment":
        return read_receipt(document, books), (*receipt_extras(document, books), *booked)
    if entity == "Purchase":
        return read_refund(document, books), (*refund_extras(document, books), *booked)
    return read_sale(entity, document, books), (*sale_extras(document), *booked)
