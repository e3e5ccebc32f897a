"""Single records: what they are on both sides, and what only a person may ask for."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel

from app.api.auth import CallerOf, admit
from app.api.dependencies import ContainerOf
from app.api.problems import responses
from app.api.run_schemas import Named, SyncOut
from app.api.schemas import ConnectionId, example
from app.domain.model.records import Kind, Side
from app.services import pairs, records

router = APIRouter(
    prefix="/api/v1/connections/{connection_id}/records",
    tags=["records"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 404, 422, 503),
)

RecordId = Annotated[str, Path(max_length=64, description="The record's id on its side.", examples=["1041"])]


class RecordOut(Named):
    """A record as its side calls it. `gone`: it was deleted there."""

    side: Side
    kind: Kind
    id: str
    gone: bool

    @classmethod
    def of(cls, named: pairs.Named) -> "RecordOut":
        """As it is shown."""
        return cls(side=named.side, kind=named.kind, id=named.id, gone=named.gone, **named.subject)


class PairOut(BaseModel):
    """A record with its counterparts across, the primary one first; `says` are facts about them, in sentences: a pair that
    has another number on either side names both."""

    model_config = example(
        record={
            "side": "oncord",
            "kind": "sale",
            "id": "1041",
            "gone": False,
            "label": "Sale SO-88423, Ada Byron",
            "number": "SO-88423",
            "date": "2026-11-22",
            "amount": "44.00",
            "currency": "AUD",
        },
        across=[
            {
                "side": "quickbooks",
                "kind": "sale",
                "id": "145",
                "gone": False,
                "label": "Invoice 88423, Ada Byron",
                "number": "88423",
                "date": "2026-11-22",
                "amount": "44.00",
                "currency": "AUD",
            }
        ],
        books_status="linked",
        books_reason="",
        books_url="https://qbo.intuit.com/app/invoice?txnId=145",
        says=["Its number is SO-88423 in Oncord and 88423 in QuickBooks."],
    )
    record: RecordOut
    across: list[RecordOut]
    books_status: str
    books_reason: str
    books_url: str
    says: list[str]


@router.get("/{side}/{kind}/{record_id}", summary="A record on both sides")
async def record(
    container: ContainerOf, connection_id: ConnectionId, side: Side, kind: Kind, record_id: RecordId
) -> PairOut:
    """What a record is called on its side and across, and how it stands in the books, as it was last read."""
    found = await pairs.read_pair(container, connection_id, side, kind, record_id)
    return PairOut(
        record=RecordOut.of(found.own),
        across=[RecordOut.of(each) for each in found.across],
        books_status=found.books_status,
        books_reason=found.books_reason,
        books_url=found.books_url,
        says=list(found.says),
    )


@router.post(
    "/{side}/{kind}/{record_id}/put-back",
    status_code=202,
    summary="Make a deleted counterpart anew",
    responses=responses(409),
)
async def recreate(
    container: ContainerOf,
    caller: CallerOf,
    connection_id: ConnectionId,
    side: Side,
    kind: Kind,
    record_id: RecordId,
    response: Response,
) -> SyncOut:
    """The counterpart of this record was deleted on the other side, which is never undone by itself (S3, S6, R3, R4).

    Asks for it to be made anew, and answers the run that does so.
    """
    run = await records.recreate(container, connection_id, side, kind, record_id, who=caller.actor)
    response.headers["Location"] = f"/api/v1/connections/{connection_id}/syncs/{run.id}"
    return SyncOut.of(run)
