"""The page of what a dry run would do: a statement of both sides, and its lines with what is there before and after."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.console.said_of_work import PARTS
from app.console.session import ContainerOf, Form, Id, PageRoute, SignedIn, go
from app.console.view import home_currency, page, zone_of
from app.errors import Rejection
from app.services import overview, preview, synchronise
from app.services.adviser import advice_about
from app.services.double_income import A_MINUTE, entries_of
from app.services.record_links import Links
from app.storage.runs.previews import Part

router = APIRouter(route_class=PageRoute, include_in_schema=False)
LINES = 100


@router.get("/connections/{connection_id}/runs/{run_id}/preview")
async def show_preview(
    request: Request,
    container: ContainerOf,
    visitor: SignedIn,
    connection_id: Id,
    run_id: Id,
    part: Part | None = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """A dry run in sums, and one part of it line by line: what is removed first, where nothing else is asked for."""
    overview_of = await overview.read_connection(container, connection_id)
    found = await preview.read(container, connection_id, run_id)
    filled = [name for name in PARTS if found.count(name)]
    shown: Part = part or (filled[0] if filled else "made")
    lines = await preview.list_lines(container, connection_id, run_id, shown, LINES, cursor)
    first = overview_of.connection.first_sync_completed_at is None and cursor is None
    home = home_currency(overview_of)
    entries = await entries_of(container, overview_of.connection, home, warned_for=A_MINUTE) if first else None
    return page(
        request,
        "preview.html",
        visitor=visitor,
        overview=overview_of,
        zone=zone_of(overview_of),
        preview=found,
        part=shown,
        lines=lines,
        paged=cursor is not None,
        people=await preview.people_in(container, connection_id, lines.items),
        links=Links(container, overview_of.connection),
        advice=advice_about(entries),
    )


@router.post("/connections/{connection_id}/runs/{run_id}/carry-out")
async def carry_out(
    request: Request, container: ContainerOf, visitor: SignedIn, form: Form, connection_id: Id, run_id: Id
) -> Response:
    """Do what was shown: all of it, or what is ticked with what that needs."""
    ticked = [str(each) for each in form.getlist("only")]
    back = f"/connections/{connection_id}/runs/{run_id}/preview"
    only_some = form.get("what") == "ticked"
    if only_some and not ticked:
        return go(request, back, "Tick what is to be done first.", good=False)
    try:
        carried = await synchronise.carry_out(
            container,
            connection_id,
            run_id,
            who=visitor.actor,
            only=ticked if only_some else None,
            earlier_periods=form.get("earlier_periods") == "1",
            request_id=request.scope.get("request_id", ""),
        )
    except Rejection as refused:
        return go(request, back, refused.detail, good=False)
    names = await preview.names_of(container, connection_id, run_id, carried.added)
    needed = f" What that needs is done with it: {'; '.join(names)}." if names else ""
    return go(request, f"/connections/{connection_id}/runs/{carried.run.id}", f"It is carried out.{needed}")
