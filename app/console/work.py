"""The list of work: what needs attention by its cause, answered many at a time, and what was answered."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.console.session import ContainerOf, Form, Id, PageRoute, SignedIn, go
from app.console.view import page, zone_of
from app.errors import Rejection
from app.services import attention, overview, work
from app.services.record_links import Links

router = APIRouter(route_class=PageRoute, include_in_schema=False)

SHOWN = 50


@router.get("/connections/{connection_id}/attention")
async def show_work(
    request: Request,
    container: ContainerOf,
    visitor: SignedIn,
    connection_id: Id,
    kind: Annotated[str, Query(max_length=64)] = "",
    cause: Annotated[str, Query(max_length=64)] = "",
    state: Literal["open", "resolved"] = "open",
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """What needs attention, by its cause, and of one cause the items; or what was answered, by whom."""
    found = await overview.read_connection(container, connection_id)
    items = await attention.list_items(container, connection_id, state, SHOWN, cursor, kind=kind, cause=cause)
    return page(
        request,
        "work.html",
        visitor=visitor,
        overview=found,
        zone=zone_of(found),
        groups=await work.list_groups(container, connection_id) if state == "open" else [],
        kind=kind,
        cause=cause,
        cause_in_words=work.cause_in_words,
        state=state,
        items=items,
        paged=cursor is not None,
        answers=attention.answers,
        answers_for_all=work.answers_for_all(items.items) if state == "open" else (),
        people=await attention.people_in(container, connection_id, items.items),
        links=Links(container, found.connection),
    )


@router.post("/connections/{connection_id}/attention")
async def answer_many(
    request: Request, container: ContainerOf, visitor: SignedIn, form: Form, connection_id: Id
) -> Response:
    """Give the items that were ticked one answer."""
    back = f"/connections/{connection_id}/attention"
    ticked = [str(each) for each in form.getlist("item")]
    if not ticked:
        return go(request, back, "Nothing was answered: tick what the answer is for.", good=False)
    try:
        done = await work.answer_all(container, connection_id, ticked, str(form.get("action", "")), who=visitor.actor)
    except Rejection as refused:
        return go(request, back, refused.detail, good=False)
    words = f"{done.answered} {'is' if done.answered == 1 else 'are'} answered."
    return go(request, back, " ".join((words, *done.refused)), good=not done.refused)


@router.post("/connections/{connection_id}/attention/{item_id}/reopen")
async def reopen(
    request: Request, container: ContainerOf, visitor: SignedIn, form: Form, connection_id: Id, item_id: Id
) -> Response:
    """Ask again what was dismissed."""
    back = f"/connections/{connection_id}/attention"
    try:
        await work.reopen(container, connection_id, item_id, who=visitor.actor)
    except Rejection as refused:
        return go(request, f"{back}?state=resolved", refused.detail, good=False)
    return go(request, back, "It is open again.")
