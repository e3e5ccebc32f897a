"""The page that erases a person: it says what will go and what stays before anything is pressed."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from app.console.session import ContainerOf, Form, Id, PageRoute, SignedIn, go
from app.console.view import page, zone_of
from app.domain.model.records import Side
from app.errors import Rejection
from app.services import erasure, overview
from app.services.erasure import SHOWN

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PersonId = Annotated[str, Path(max_length=64)]


@router.get("/connections/{connection_id}/people/{side}/{record_id}/erasure")
async def show_erasure(
    request: Request, container: ContainerOf, visitor: SignedIn, connection_id: Id, side: Side, record_id: PersonId
) -> Response:
    """What erasing the person of a contact or customer will do."""
    found = await overview.read_connection(container, connection_id)
    outlook = await erasure.look(container, connection_id, side, record_id)
    return page(
        request,
        "erasure.html",
        visitor=visitor,
        overview=found,
        zone=zone_of(found),
        outlook=outlook,
        shown=SHOWN,
        address=f"/connections/{connection_id}/people/{side.value}/{record_id}/erasure",
    )


@router.post("/connections/{connection_id}/people/{side}/{record_id}/erasure")
async def erase(
    request: Request,
    container: ContainerOf,
    visitor: SignedIn,
    form: Form,
    connection_id: Id,
    side: Side,
    record_id: PersonId,
) -> Response:
    """Erase them, once the box is ticked."""
    back = f"/connections/{connection_id}/people/{side.value}/{record_id}/erasure"
    if form.get("sure") != "1":
        return go(request, back, "Nothing was erased: tick the box to say that you are sure.", good=False)
    try:
        await erasure.erase(container, connection_id, side, record_id, who=visitor.actor)
    except Rejection as refused:
        return go(request, back, refused.detail, good=False)
    return go(request, back, "The person is erased.")
