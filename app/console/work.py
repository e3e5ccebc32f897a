"""The list of work: what needs attention by its cause, answered many at a time, and what was answered."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

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
    ticked: bool = False,
) -> Response:
    """What needs attention, by its cause, and of one cause the items, as many as are answered at once (`ticked`: all of them ticked);
    or what was answered, by whom."""
    found = await overview.read_connection(container, connection_id)
    most = work.MOST if kind and state == "open" else SHOWN
    items = await attention.list_items(container, connection_id, state, most, cursor, kind=kind, cause=cause)
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
        ticked=ticked,
        as_list=state == "open" and work.is_a_list(items.items),
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
    back = _list_of(connection_id, form)
    ticked = [str(each) for each in form.getlist("item")]
    if not ticked:
        return go(request, back, "Nothing was answered: tick what the answer is for.", good=False)
    try:
        done = await work.answer_all(container, connection_id, ticked, str(form.get("action", "")), who=visitor.actor)
    except Rejection as refused:
        return go(request, back, refused.detail, good=False)
    words = f"{done.answered} {'is' if done.answered == 1 else 'are'} answered."
    return go(request, back, " ".join((words, *done.refused)), good=not done.refused)


def _list_of(connection_id: str, form: FormData) -> str:
    """The list that somebody has answered from: of a kind and a cause, where it was of one."""
    of = {name: str(form[name]) for name in ("kind", "cause") if form.get(name)}
    return f"/connections/{connection_id}/attention{f'?{urlencode(of)}' if of else ''}"


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
