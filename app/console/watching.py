"""The front page: for the operator all connections, trouble first, and what nobody could read; for others their own connection."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from app.console.session import (
    LONGEST_NEXT,
    ContainerOf,
    Form,
    PageRoute,
    SettingsOf,
    SignedIn,
    go,
    opening_page,
    visitor_of,
)
from app.console.view import page, zone_of
from app.errors import Rejection
from app.services import inbox, overview, quarantine, watchlist
from app.services.local_addresses import local_address
from app.storage.connections.connections import State
from app.storage.watchlist import Looked, Trouble

router = APIRouter(route_class=PageRoute, include_in_schema=False)

SHOWN = 50
_AS_TROUBLES: Mapping[State, Trouble] = {"reconnect_required": Trouble.RECONNECT, "blocked": Trouble.BLOCKED}
"""States that are a matter by themselves: whoever asks for the one sees the other's filter."""
Cursor = Annotated[str | None, Query(max_length=500)]


@router.get("/")
async def front(
    request: Request,
    container: ContainerOf,
    settings: SettingsOf,
    q: Annotated[str, Query(max_length=100)] = "",
    trouble: Trouble | None = None,
    state: State | None = None,
    cursor: Cursor = None,
    deep: Annotated[str, Query(alias="next", max_length=LONGEST_NEXT)] = "",
) -> Response:
    """The connections that the visitor may see; for whoever has not signed in, what this is and how to, and then on to `next`."""
    visitor = await visitor_of(request)
    if visitor is None:
        return opening_page(request, "welcome.html", closed=not settings.admin_api_key, deep=local_address(deep))
    if local_address(deep):
        return go(request, deep)
    if visitor.caller.connection_id:
        found = await overview.list_connections(container, SHOWN, cursor, only=visitor.caller.connection_id)
        return page(request, "connections.html", visitor=visitor, page=found, zone_of=zone_of)
    if state is not None and state in _AS_TROUBLES and trouble is None:
        trouble, state = _AS_TROUBLES[state], None
    listed = await watchlist.list_watched(container, Looked(q, trouble or "", state or ""), SHOWN, cursor)
    return page(
        request,
        "watchlist.html",
        visitor=visitor,
        listed=listed,
        q=q.strip(),
        trouble=trouble or "",
        state=state or "",
        paged=cursor is not None,
    )


@router.get("/deliveries")
async def show_deliveries(
    request: Request, container: ContainerOf, visitor: SignedIn, cursor: Cursor = None
) -> Response:
    """Signed deliveries that nobody could read, with why, and a button that has each read again."""
    listed = await inbox.list_events(container, None, "quarantined", SHOWN, cursor)
    names = await overview.names_of_connections(container)
    return page(request, "deliveries.html", visitor=visitor, listed=listed, names=names, paged=cursor is not None)


@router.post("/deliveries/{event_id}/read-again")
async def read_again(
    request: Request,
    container: ContainerOf,
    visitor: SignedIn,
    form: Form,
    event_id: Annotated[int, Path(ge=1, lt=1 << 63)],
) -> Response:
    """Take one of them in, as if it came now."""
    try:
        changes = await quarantine.read_again(container, event_id, who=visitor.actor)
    except Rejection as refused:
        return go(request, "/deliveries", refused.detail, good=False)
    words = (
        f"It could be read. It tells of {changes} {'change' if changes == 1 else 'changes'}, which are looked at now."
    )
    return go(request, "/deliveries", words)
