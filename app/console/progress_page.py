"""How far a run has come, as its page shows it: with script followed by server-sent events, without it loaded again."""

import json
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.access import needed
from app.api.auth import route_address
from app.api.dependencies import network_of
from app.api.streams import EventStream, streams_of
from app.console.said_of_progress import shown
from app.console.session import ContainerOf, Id, PageRoute, SettingsOf, SignedIn, session_cookie
from app.console.view import home_currency, zone_of
from app.services import overview, progress, sessions
from app.services.callers import refusal

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/connections/{connection_id}/runs/{run_id}/progress")
async def follow_run(
    request: Request,
    container: ContainerOf,
    settings: SettingsOf,
    visitor: SignedIn,
    connection_id: Id,
    run_id: Id,
) -> Response:
    """What the run's page shows of its progress, whenever that has changed; it ends with the run, and with the session."""
    found = await overview.read_connection(container, connection_id)
    await progress.read_progress(container, connection_id, run_id)
    zone, home = zone_of(found), home_currency(found)

    async def may_go_on() -> bool:
        there = await sessions.visitor_of(
            container, session_cookie(request), settings.admin_api_keys, network_of(request), uses=False
        )
        need = needed(route_address(request))
        return there is not None and need is not None and refusal(there.caller, need, connection_id) is None

    async def events() -> AsyncIterator[tuple[str, str]]:
        async for each in progress.follow(container, connection_id, run_id, may_go_on):
            yield "ended" if each.ended else "progress", json.dumps(shown(each, zone, home))

    return EventStream(events(), streams_of(request.app.state).enter(f"session {visitor.session_id}", connection_id))
