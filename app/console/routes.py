"""The pages: a new connection, a connection with its runs and open questions, a run with its decisions."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.console import (
    access_page,
    being_told,
    comparing,
    configuration_form,
    csv_lists,
    document_changes,
    erasure,
    launch,
    matches_page,
    openings,
    preview_page,
    progress_page,
    record_page,
    said_of_progress,
    sign_in,
    watching,
    work,
)
from app.console.session import (
    ContainerOf,
    Form,
    Id,
    PageRoute,
    SignedIn,
    go,
    visitor_of,
)
from app.console.view import home_currency, page, zone_of
from app.errors import Rejection
from app.services import (
    attention,
    connect,
    lifecycle,
    month_agreement,
    overview,
    progress,
    sealed_months,
    synchronise,
    tie_outs,
)
from app.services.attention import APPROVE, CHOOSE
from app.services.flash import Message
from app.services.record_links import Links
from app.services.work import is_a_list

ITEMS, RUNS = 5, 10
"""How many questions and runs the page of a connection shows at a time; both have pages, and questions a list of their own."""

router = APIRouter(route_class=PageRoute, include_in_schema=False)
router.include_router(csv_lists.router)
router.include_router(access_page.router)
router.include_router(being_told.router)
router.include_router(comparing.router)
router.include_router(configuration_form.router)
router.include_router(document_changes.router)
router.include_router(erasure.router)
router.include_router(launch.router)
router.include_router(matches_page.router)
router.include_router(openings.router)
router.include_router(preview_page.router)
router.include_router(progress_page.router)
router.include_router(record_page.router)
router.include_router(sign_in.router)
router.include_router(watching.router)
router.include_router(work.router)

Cursor = Annotated[str | None, Query(max_length=500)]


@router.get("/connect/result")
async def connect_result(request: Request) -> Response:
    """How the way to QuickBooks and back ended, for whoever came by a launch link."""
    return page(request, "result.html", visitor=await visitor_of(request))


@router.get("/connections/new")
async def new_connection(request: Request, container: ContainerOf, visitor: SignedIn) -> Response:
    """The form for another site."""
    return page(request, "new_connection.html", visitor=visitor, values={}, errors={}, begins=container.addresses_begin)


@router.post("/connections/new")
async def create_connection(request: Request, container: ContainerOf, visitor: SignedIn, form: Form) -> Response:
    """Connect a site, or say what is wrong with its address or token."""
    values = {name: str(form.get(name, "")).strip() for name in ("name", "oncord_api_url", "oncord_token")}
    try:
        made = await connect.connect_site(
            container,
            oncord_api_url=values["oncord_api_url"],
            oncord_token=values["oncord_token"],
            name=values["name"][:200],
            who=visitor.actor,
        )
    except Rejection as refused:
        wrong = Message(refused.detail, False)
        shown = {**values, "oncord_token": ""}
        return page(
            request,
            "new_connection.html",
            visitor=visitor,
            status=refused.status,
            values=shown,
            errors=refused.fields,
            message=wrong,
            begins=container.addresses_begin,
        )
    return go(request, f"/connections/{made.id}", "The site is connected. Next: join the QuickBooks company.")


@router.get("/connections/{connection_id}")
async def show_connection(
    request: Request,
    container: ContainerOf,
    visitor: SignedIn,
    connection_id: Id,
    cursor: Cursor = None,
    items: Cursor = None,
) -> Response:
    """A connection: its state, what needs attention, its runs; `items` and `cursor` page through the latter two."""
    found = await overview.read_connection(container, connection_id)
    open_items = await attention.list_items(container, connection_id, "open", ITEMS, items)
    month = await month_agreement.read_month(container, connection_id)
    return page(
        request,
        "connection.html",
        visitor=visitor,
        overview=found,
        zone=zone_of(found),
        answers=attention.answers,
        differences=await tie_outs.list_standing(container, connection_id),
        sealed_months=await sealed_months.list_months(container, connection_id),
        month=month,
        ledger_known=month.ledger_known,
        items=open_items,
        links=Links(container, found.connection),
        items_paged=items is not None,
        as_list=is_a_list(open_items.items) and all(item.detail.get("put_back") for item in open_items.items),
        people=await attention.people_in(container, connection_id, open_items.items),
        runs=await synchronise.list_runs(container, connection_id, RUNS, cursor),
        paged=cursor is not None,
    )


@router.get("/connections/{connection_id}/runs/{run_id}")
async def show_run(
    request: Request,
    container: ContainerOf,
    visitor: SignedIn,
    connection_id: Id,
    run_id: Id,
    cursor: Cursor = None,
    everything: Annotated[bool, Query(alias="all")] = False,
) -> Response:
    """A run: its counters and its decisions, each with rule and reason; what was left as it is only with `all`."""
    found = await overview.read_connection(container, connection_id)
    come_to = await progress.read_progress(container, connection_id, run_id)
    return page(
        request,
        "run.html",
        visitor=visitor,
        overview=found,
        zone=zone_of(found),
        run=come_to.run,
        progress=said_of_progress.shown(come_to, zone_of(found), home_currency(found)),
        decisions=await synchronise.list_decisions(
            container, connection_id, run_id, 100, cursor, left_alone=everything
        ),
        everything=everything,
        links=Links(container, found.connection),
    )


@router.post("/connections/{connection_id}/synchronise")
async def start_run(
    request: Request, container: ContainerOf, visitor: SignedIn, form: Form, connection_id: Id
) -> Response:
    """Start a run by hand; without a configuration, go and make one (T4)."""
    try:
        run = await synchronise.start_run(
            container,
            connection_id,
            who=visitor.actor,
            dry_run=form.get("dry_run") == "1",
            request_id=request.scope.get("request_id", ""),
        )
    except Rejection as refused:
        then = "/configuration" if refused.type == "configuration-required" else ""
        return go(request, f"/connections/{connection_id}{then}", refused.detail, good=False)
    return go(request, f"/connections/{connection_id}/runs/{run.id}")


@router.post("/connections/{connection_id}/automatic")
async def switch_automatic(
    request: Request, container: ContainerOf, visitor: SignedIn, form: Form, connection_id: Id
) -> Response:
    """Switch automatic synchronisation (T3)."""
    on = form.get("on") == "1"
    await lifecycle.set_auto_sync(container, connection_id, on, who=visitor.actor)
    words = "Automatic synchronisation is on." if on else "Automatic synchronisation is off; changes wait for you."
    return go(request, f"/connections/{connection_id}", words)


@router.post("/connections/{connection_id}/site")
async def change_site(
    request: Request, container: ContainerOf, visitor: SignedIn, form: Form, connection_id: Id
) -> Response:
    """Give the connection a fresh token of its site, and its new address where it has moved; both are tried first."""
    token = str(form.get("oncord_token", "")).strip() or None
    address = str(form.get("oncord_api_url", "")).strip() or None
    try:
        await connect.change_site(
            container, connection_id, who=visitor.actor, oncord_token=token, oncord_api_url=address
        )
    except Rejection as refused:
        return go(request, f"/connections/{connection_id}", refused.detail, good=False)
    return go(request, f"/connections/{connection_id}", "The site accepts the new token.")


@router.post("/connections/{connection_id}/disconnect")
async def disconnect(
    request: Request, container: ContainerOf, visitor: SignedIn, form: Form, connection_id: Id
) -> Response:
    """Leave QuickBooks; the links stay for the same company (T5)."""
    await lifecycle.disconnect(container, connection_id, who=visitor.actor)
    return go(request, f"/connections/{connection_id}", "QuickBooks is disconnected. Every link is kept.")


@router.post("/connections/{connection_id}/start-over")
async def start_over(
    request: Request, container: ContainerOf, visitor: SignedIn, form: Form, connection_id: Id
) -> Response:
    """Set the links aside, so that another company may be joined (T5)."""
    if form.get("sure") != "1":
        return go(
            request, f"/connections/{connection_id}", "Nothing was changed: tick the box to start over.", good=False
        )
    await lifecycle.start_over(container, connection_id, who=visitor.actor)
    return go(request, f"/connections/{connection_id}", "The links are set aside. Another company may be joined.")


@router.get("/connections/{connection_id}/attention/{item_id}")
async def show_item(
    request: Request, container: ContainerOf, visitor: SignedIn, connection_id: Id, item_id: Id, cursor: Cursor = None
) -> Response:
    """One item by itself, with all the pairs that it asks about together."""
    found = await overview.read_connection(container, connection_id)
    item = await attention.read_item(container, connection_id, item_id)
    return page(
        request,
        "pairs.html",
        visitor=visitor,
        overview=found,
        zone=zone_of(found),
        answers=attention.answers,
        item=item,
        links=Links(container, found.connection),
        people=await attention.people_in(container, connection_id, [item]),
        pairs=await attention.list_pairs(container, connection_id, item_id, 100, cursor),
        paged=cursor is not None,
    )


@router.post("/connections/{connection_id}/attention/{item_id}")
async def answer_item(
    request: Request, container: ContainerOf, visitor: SignedIn, form: Form, connection_id: Id, item_id: Id
) -> Response:
    """Answer an attention item with one of its actions, or with the button of a choice."""
    choice = form.get("choice")
    action = str(form.get("action", "")) or (CHOOSE if choice is not None else "")
    if action == APPROVE and form.get("sure") != "1":
        words = "Nothing was removed: tick the box to say that all of these shall go."
        return go(request, f"/connections/{connection_id}", words, good=False)
    seen = str(form.get("count", ""))
    try:
        await attention.resolve(
            container,
            connection_id,
            item_id,
            action,
            who=visitor.actor,
            choice=str(choice) if choice is not None else None,
            count=int(seen[:9]) if seen.isdecimal() else None,
        )
    except Rejection as refused:
        return go(request, f"/connections/{connection_id}", refused.detail, good=False)
    return go(request, f"/connections/{connection_id}", "Your answer is kept.")
