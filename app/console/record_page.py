"""The page of one record: what it is called on both sides, and how it stands in the books."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from app.console.session import ContainerOf, Id, PageRoute, SignedIn
from app.console.view import page, zone_of
from app.domain.model.records import Kind, Side
from app.services import overview, pairs

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/connections/{connection_id}/records/{side}/{kind}/{record_id}")
async def show_record(
    request: Request,
    container: ContainerOf,
    visitor: SignedIn,
    connection_id: Id,
    side: Side,
    kind: Kind,
    record_id: Annotated[str, Path(max_length=64)],
) -> Response:
    """One record of a side, with its counterparts across."""
    found = await overview.read_connection(container, connection_id)
    pair = await pairs.read_pair(container, connection_id, side, kind, record_id)
    return page(request, "record.html", visitor=visitor, overview=found, zone=zone_of(found), pair=pair)
