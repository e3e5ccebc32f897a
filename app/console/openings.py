"""The page of opening receivables: sales from before the start date that were open on it, answered one by one (S1)."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from app.console.session import ContainerOf, Form, Id, PageRoute, SignedIn, go
from app.console.view import page, zone_of
from app.domain.model.opening import OpeningChoice
from app.errors import Rejection
from app.services import opening, overview

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_ANSWERS: dict[str, OpeningChoice] = {
    "create": "create",
    "bring_in": "bring_in",
    "left_out": "left_out",
    "undecided": "undecided",
}


@router.get("/connections/{connection_id}/opening-receivables")
async def show_openings(
    request: Request,
    container: ContainerOf,
    visitor: SignedIn,
    connection_id: Id,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """A page of them, each beside the customer's open invoices in QuickBooks."""
    found = await overview.read_connection(container, connection_id)
    listed = await opening.list_openings(container, connection_id, 50, cursor)
    return page(
        request,
        "openings.html",
        visitor=visitor,
        overview=found,
        zone=zone_of(found),
        listed=listed,
        paged=cursor is not None,
        brings_in=found.connection.configuration is not None
        and not opening.why_not_brought_in(found.connection.configuration),
    )


@router.post("/connections/{connection_id}/opening-receivables/{sale_id}")
async def answer_opening(
    request: Request,
    container: ContainerOf,
    visitor: SignedIn,
    form: Form,
    connection_id: Id,
    sale_id: Annotated[str, Path(max_length=64)],
) -> Response:
    """Say what becomes of one of them: a choice, or the invoice that it is."""
    back = f"/connections/{connection_id}/opening-receivables"
    document = str(form.get("document", "")).strip()
    choice = "match" if document else _ANSWERS.get(str(form.get("choice", "")), "undecided")
    try:
        await opening.answer_opening(container, connection_id, sale_id, choice, document, who=visitor.actor)
    except Rejection as refused:
        return go(request, back, next(iter(refused.fields.values()), refused.detail), good=False)
    return go(request, back, "Your answer is kept; the next run carries it out.")
