"""What was done to documents and money: each write with the document before and after, by the period that it is dated in."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from app.api.auth import admit
from app.api.dependencies import ContainerOf
from app.api.lists import also_as_csv, csv_of
from app.api.problems import responses
from app.api.schemas import A_LIST, SYNC_EXAMPLE, ConnectionId, Cursor, Limit, example
from app.domain.model.currencies import written
from app.domain.model.records import Kind, Side
from app.services import document_changes
from app.storage.records.document_changes import DocumentChange

router = APIRouter(
    prefix="/api/v1/connections/{connection_id}/document-changes",
    tags=["records"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 404, 422, 503),
)

Since = Annotated[dt.date | None, Query(alias="from", description="Only documents dated on or after this day.")]
Until = Annotated[dt.date | None, Query(description="Only documents dated on or before this day.")]


class DocumentChangeOut(BaseModel):
    """One write that made, changed, voided or deleted a document or money on `side`. Kept for years and never changed.

    Amounts are decimal strings in `currency`; money that goes back is below zero. `rule` decided it, or `decided_by`, whose
    answer was `decision`. `before` is the document as it was last read, `after` as the side returned it, both in this
    service's words; null: it was not there, or is gone. `document`: of a delete, the whole document as it was returned
    before, in the side's own words.
    """

    model_config = example(
        id=4711,
        says="1041: deleted",
        written_at="2026-11-22T02:04:11Z",
        realm_id="9341453474484455",
        side="quickbooks",
        kind="sale",
        record_id="145",
        action="deleted",
        called="Invoice 1041",
        label="Sale 1041, Ada Byron",
        number="1041",
        date=None,
        date_before="2026-11-22",
        currency="AUD",
        amount=None,
        amount_before="44.00",
        tax=None,
        tax_before="4.00",
        rule="S3",
        reason="The sale began in Oncord and was deleted there.",
        decided_by="",
        decided_at=None,
        decision="",
        sync_id=SYNC_EXAMPLE,
        before={"number": "1041", "date": "2026-11-22", "money": {"currency": "AUD", "total": "44.00"}},
        after=None,
        document={"Id": "145", "DocNumber": "1041", "TotalAmt": 44.0},
    )
    id: int
    says: str = Field(description='The document and what was done to it: "1041: deleted".')
    written_at: dt.datetime
    realm_id: str
    side: Side
    kind: Kind
    record_id: str
    action: Literal["created", "changed", "voided", "deleted"]
    called: str
    label: str
    number: str
    date: dt.date | None
    date_before: dt.date | None
    currency: str
    amount: str | None
    amount_before: str | None
    tax: str | None
    tax_before: str | None
    rule: str
    reason: str
    decided_by: str
    decided_at: dt.datetime | None
    decision: str
    sync_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    document: dict[str, Any] | None

    @classmethod
    def of(cls, change: DocumentChange) -> "DocumentChangeOut":
        """As it is shown."""
        amounts = {"amount", "amount_before", "tax", "tax_before"}
        plain = {name: getattr(change, name) for name in cls.model_fields if name not in {"says", "sync_id", *amounts}}
        return cls(
            **plain,
            says=document_changes.in_words(change),
            sync_id=change.run_id,
            amount=_written(change.amount, change.currency),
            amount_before=_written(change.amount_before, change.currency),
            tax=_written(change.tax, change.currency),
            tax_before=_written(change.tax_before, change.currency),
        )


class DocumentChangePage(BaseModel):
    """What was done to documents, the latest first."""

    model_config = A_LIST
    items: list[DocumentChangeOut]
    next_cursor: str | None


def _written(amount: Decimal | None, currency: str) -> str | None:
    return None if amount is None else written(amount, currency)


@router.get(
    "", summary="What was done to documents and money", responses=csv_of(DocumentChangePage, name="document-changes")
)
@also_as_csv("document-changes")
async def list_document_changes(
    container: ContainerOf,
    connection_id: ConnectionId,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> DocumentChangePage:
    """Every write of this service that moved money, on either side, the latest first; by period: what is dated in it, or was
    before. What a person did in Oncord or QuickBooks is here as what it led to on the other side."""
    page = await document_changes.list_changes(
        container, connection_id, since=since, until=until, limit=limit, cursor=cursor
    )
    return DocumentChangePage(items=[DocumentChangeOut.of(each) for each in page.items], next_cursor=page.next_cursor)
