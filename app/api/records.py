"""Single records: what they are on both sides, and what only a person may ask for."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from app.api.auth import CallerOf, admit
from app.api.dependencies import ContainerOf
from app.api.lists import also_as_csv, csv_of
from app.api.problems import responses
from app.api.record_shapes import FieldOut, FoundOut, HitOut, PairOut, RecordOut, SettlingOut, StepOut
from app.api.run_schemas import SyncOut, asked_for
from app.api.schemas import ConnectionId, Cursor, Limit, OfKind, OnSide
from app.services import pairs, records, search, story
from app.services.record_links import links_of

router = APIRouter(
    prefix="/api/v1/connections/{connection_id}/records",
    tags=["records"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 404, 422, 503),
)

Text = Annotated[
    str,
    Query(
        max_length=100,
        description="What to look for; everything where it is left out.",
        examples=["1041", "ada by", "44.00"],
    ),
]
RecordId = Annotated[str, Path(max_length=64, description="The record's id on its side.", examples=["1041"])]


@router.get("", summary="Find records", responses=csv_of(FoundOut, name="records"))
@also_as_csv("records")
async def find_records(
    container: ContainerOf, connection_id: ConnectionId, q: Text = "", limit: Limit = 50, cursor: Cursor = None
) -> FoundOut:
    """Records by what somebody knows of them: a number, an id or an amount exactly, a name or an e-mail address by the beginning
    of each word. Of people that are found so, the latest documents come along, and there are no pages. Without `q` every record by side, kind
    and id, a page at a time; a page whose records were listed beside others may be empty."""
    searched = q.strip()
    found = (
        await search.find(container, connection_id, searched)
        if searched
        else await search.list_all(container, connection_id, limit, cursor)
    )
    links = await links_of(container, connection_id)
    items = [
        HitOut(
            record=RecordOut.of(hit.own, links),
            across=RecordOut.of(hit.across, links) if hit.across else None,
            stands=hit.stands,
        )
        for hit in found.hits
    ]
    return FoundOut(items=items, more=found.more, next_cursor=found.next_cursor)


@router.get("/{side}/{kind}/{record_id}", summary="A record on both sides")
async def read_record(
    container: ContainerOf, connection_id: ConnectionId, side: OnSide, kind: OfKind, record_id: RecordId
) -> PairOut:
    """What a record is called on its side and across, how it stands in the books, each field as both sides hold it with who moved
    it last, and what led to that, the latest first, as far back as decisions are kept; all as it was last read."""
    found = await pairs.read_pair(container, connection_id, side, kind, record_id)
    links = await links_of(container, connection_id)
    told = await story.tell(container, connection_id, side, kind, record_id)
    return PairOut(
        record=RecordOut.of(found.own, links),
        across=[RecordOut.of(each, links) for each in found.across],
        books_status=found.books_status,
        books_reason=found.books_reason,
        books_url=found.books_url,
        says=list(found.says),
        agrees=told.agrees,
        fields=[FieldOut.of(each, told) for each in told.fields],
        story=[StepOut.of(each) for each in told.steps],
        settling=SettlingOut.of(told.settling, links) if told.settling else None,
        actions=[
            *(["retry"] if records.may_look_again(links.connection) else []),
            *(["put_back"] if told.gone else []),
        ],
        attention=[item.id for item in told.items],
        dismissed=[item.id for item in told.dismissed],
    )


@router.post(
    "/{side}/{kind}/{record_id}/retry",
    status_code=202,
    summary="Look at a record again",
    responses=responses(409),
)
async def retry_record(
    container: ContainerOf,
    caller: CallerOf,
    connection_id: ConnectionId,
    side: OnSide,
    kind: OfKind,
    record_id: RecordId,
    response: Response,
) -> SyncOut:
    """Whatever it waited for: it is due, and goes over if nothing is in the way. Answers the run that looks at it."""
    run = await records.look_again(container, connection_id, side, kind, record_id, who=caller.actor)
    return asked_for(response, run)


@router.post(
    "/{side}/{kind}/{record_id}/put-back",
    status_code=202,
    summary="Make a deleted counterpart anew",
    responses=responses(409),
)
async def put_record_back(
    container: ContainerOf,
    caller: CallerOf,
    connection_id: ConnectionId,
    side: OnSide,
    kind: OfKind,
    record_id: RecordId,
    response: Response,
) -> SyncOut:
    """The counterpart of this record was deleted on the other side, which is never undone by itself (S3, S6, R3, R4).

    Asks for it to be made anew, and answers the run that does so.
    """
    run = await records.recreate(container, connection_id, side, kind, record_id, who=caller.actor)
    return asked_for(response, run)
