"""Finding a record, and its page: what it is called on both sides, and how it stands in the books."""

from collections.abc import Awaitable
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from app.console.session import ContainerOf, Form, Id, PageRoute, SignedIn, go
from app.console.view import page, zone_of
from app.domain.model.records import Kind, Side
from app.errors import Rejection
from app.services import attention, overview, pairs, records, search, story
from app.services.record_links import Links
from app.storage.runs.runs import Run

RecordId = Annotated[str, Path(max_length=64)]

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/connections/{connection_id}/records")
async def find_records(
    request: Request,
    container: ContainerOf,
    visitor: SignedIn,
    connection_id: Id,
    q: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """What is found of a number, an id, an amount, a name or an e-mail address."""
    overview_of = await overview.read_connection(container, connection_id)
    found = await search.find(container, connection_id, q) if q.strip() else search.Found(())
    return page(
        request,
        "records.html",
        visitor=visitor,
        overview=overview_of,
        zone=zone_of(overview_of),
        found=found,
        q=q,
        links=Links(container, overview_of.connection),
    )


@router.get("/connections/{connection_id}/records/{side}/{kind}/{record_id}")
async def show_record(
    request: Request,
    container: ContainerOf,
    visitor: SignedIn,
    connection_id: Id,
    side: Side,
    kind: Kind,
    record_id: RecordId,
) -> Response:
    """One record of a side, with its counterparts across."""
    found = await overview.read_connection(container, connection_id)
    pair = await pairs.read_pair(container, connection_id, side, kind, record_id)
    told = await story.tell(container, connection_id, side, kind, record_id)
    return page(
        request,
        "record.html",
        visitor=visitor,
        overview=found,
        zone=zone_of(found),
        pair=pair,
        story=told,
        answers=attention.answers,
        may_retry=records.may_look_again(found.connection),
        people=await attention.people_in(container, connection_id, told.items),
        links=Links(container, found.connection),
    )


@router.post("/connections/{connection_id}/records/{side}/{kind}/{record_id}/retry")
async def look_again(
    request: Request,
    container: ContainerOf,
    visitor: SignedIn,
    form: Form,
    connection_id: Id,
    side: Side,
    kind: Kind,
    record_id: RecordId,
) -> Response:
    """Look at a record again; shows the run that does."""
    asked = records.look_again(container, connection_id, side, kind, record_id, who=visitor.actor)
    return await _shown(request, connection_id, asked)


@router.post("/connections/{connection_id}/records/{side}/{kind}/{record_id}/put-back")
async def recreate(
    request: Request,
    container: ContainerOf,
    visitor: SignedIn,
    form: Form,
    connection_id: Id,
    side: Side,
    kind: Kind,
    record_id: RecordId,
) -> Response:
    """Make the deleted counterpart of a record anew; shows the run that does."""
    asked = records.recreate(container, connection_id, side, kind, record_id, who=visitor.actor)
    return await _shown(request, connection_id, asked)


async def _shown(request: Request, connection_id: str, asked: Awaitable[Run]) -> Response:
    """The run that was asked for, or why there is none."""
    try:
        run = await asked
    except Rejection as refused:
        return go(request, f"/connections/{connection_id}", refused.detail, good=False)
    return go(request, f"/connections/{connection_id}/runs/{run.id}")
