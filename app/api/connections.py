"""Connections: creating, reading, changing and leaving them."""

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse

from app.api.auth import CallerOf, admit
from app.api.dependencies import ContainerOf
from app.api.lists import also_as_csv, csv_of
from app.api.problems import responses
from app.api.requests import ConnectionChanges, LaunchRequest, NewConnection
from app.api.schemas import (
    AuditOut,
    AuditPage,
    ConnectionId,
    ConnectionOut,
    ConnectionPage,
    CreatedConnection,
    Cursor,
    LaunchLink,
    LeftOutside,
    Limit,
)
from app.services import connect, launch, lifecycle, overview, site_secrets
from app.services.ports import ServiceContainer

router = APIRouter(
    prefix="/api/v1/connections",
    tags=["connections"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 422, 503),
)


async def _shown(container: ServiceContainer, connection_id: str) -> ConnectionOut:
    return ConnectionOut.of(await overview.read_connection(container, connection_id))


@router.get("", summary="List the connections", responses=csv_of(ConnectionPage, name="connections"))
@also_as_csv("connections")
async def list_connections(
    container: ContainerOf, caller: CallerOf, limit: Limit = 50, cursor: Cursor = None
) -> ConnectionPage:
    """Every connection with its state and its last run, the oldest first; with the key of one connection, that one."""
    page = await overview.list_connections(container, limit, cursor, only=caller.connection_id)
    return ConnectionPage(items=[ConnectionOut.of(each) for each in page.items], next_cursor=page.next_cursor)


@router.post("", status_code=201, summary="Connect an Oncord site", responses=responses(400, 409, 422))
async def create_connection(
    container: ContainerOf, caller: CallerOf, body: NewConnection, response: Response
) -> CreatedConnection:
    """Try the site's address and token, store them sealed, and have the site post its events here.

    A person then opens `connect_url` to join the QuickBooks company, within ten minutes; `POST .../launch-link` makes another.
    """
    connection = await connect.connect_site(
        container, oncord_api_url=body.oncord_api_url, oncord_token=body.oncord_token, name=body.name, who=caller.actor
    )
    response.headers["Location"] = f"/api/v1/connections/{connection.id}"
    shown = await _shown(container, connection.id)
    link = await launch.consent_link(container, connection.id, caller)
    return CreatedConnection(**shown.model_dump(), connect_url=link["url"])


@router.get("/{connection_id}", summary="Read a connection", responses=responses(404, 422))
async def read_connection(container: ContainerOf, connection_id: ConnectionId) -> ConnectionOut:
    """One connection with its state, the reason for it, and its last run."""
    return await _shown(container, connection_id)


@router.patch("/{connection_id}", summary="Change a connection", responses=responses(400, 404, 409, 422))
async def change_connection(
    container: ContainerOf, caller: CallerOf, connection_id: ConnectionId, body: ConnectionChanges
) -> ConnectionOut:
    """Rename it, switch automatic synchronisation (T3), or give it a fresh token or the new address of its site, which
    are tried first; every link stays."""
    changes = body.model_dump(include={"name", "oncord_token", "oncord_api_url"}, exclude_none=True)
    if changes:
        await connect.change_site(container, connection_id, who=caller.actor, **changes)
    if body.auto_sync is not None:
        await lifecycle.set_auto_sync(container, connection_id, body.auto_sync, who=caller.actor)
    return await _shown(container, connection_id)


@router.delete(
    "/{connection_id}",
    status_code=204,
    response_model=None,
    summary="Remove a connection",
    responses={
        200: {"model": LeftOutside, "description": "Removed; something outside is left."},
        **responses(404, 409, 422),
    },
)
async def remove_connection(container: ContainerOf, caller: CallerOf, connection_id: ConnectionId) -> Response:
    """End synchronisation and archive the links; they come back if the same site and company are joined again (T5).

    Nothing outside keeps it from being removed: where QuickBooks or the shop could not be told, the answer is a 200 that
    says so, and what to do.
    """
    left = await lifecycle.remove(container, connection_id, who=caller.actor)
    return JSONResponse(LeftOutside(left=list(left)).model_dump()) if left else Response(status_code=204)


@router.post(
    "/{connection_id}/webhook-secret/rotate",
    summary="Have the site sign with a new secret",
    responses=responses(404, 422),
)
async def rotate_webhook_secret(container: ContainerOf, caller: CallerOf, connection_id: ConnectionId) -> ConnectionOut:
    """The secret before is good until the site has taken the new one, and no longer. A 503 where it has not: ask again."""
    await site_secrets.rotate(container, connection_id, who=caller.actor)
    return await _shown(container, connection_id)


@router.post("/{connection_id}/pause", summary="Switch automatic synchronisation off", responses=responses(404, 422))
async def pause(container: ContainerOf, caller: CallerOf, connection_id: ConnectionId) -> ConnectionOut:
    """Changes then wait for the manual trigger, and none is lost (T3)."""
    await lifecycle.set_auto_sync(container, connection_id, False, who=caller.actor)
    return await _shown(container, connection_id)


@router.post("/{connection_id}/resume", summary="Switch automatic synchronisation on", responses=responses(404, 422))
async def resume(container: ContainerOf, caller: CallerOf, connection_id: ConnectionId) -> ConnectionOut:
    """What has waited becomes due at once."""
    await lifecycle.set_auto_sync(container, connection_id, True, who=caller.actor)
    return await _shown(container, connection_id)


@router.post("/{connection_id}/launch-link", summary="Make a launch link", responses=responses(404, 422))
async def make_launch_link(
    container: ContainerOf, caller: CallerOf, connection_id: ConnectionId, body: LaunchRequest | None = None
) -> LaunchLink:
    """A link that opens the console for a person whom the caller vouches for, without a password, in a role that may do no
    more than the caller; without a body, one that leads an admin of the company to QuickBooks, and nowhere else.

    It is good for ten minutes and one use. Opening it shows which shop it is about and uses nothing up; its button does.
    """
    if body is None:
        return LaunchLink.model_validate(await launch.consent_link(container, connection_id, caller))
    made = await launch.launch_link(
        container, connection_id, person=body.person.strip(), role=body.role, page=body.page, caller=caller
    )
    return LaunchLink.model_validate(made)


@router.post("/{connection_id}/disconnect", summary="Leave QuickBooks", responses=responses(404, 422))
async def disconnect(container: ContainerOf, caller: CallerOf, connection_id: ConnectionId) -> ConnectionOut:
    """Give the grant back. Reconnecting the same company later keeps every link (T5)."""
    await lifecycle.disconnect(container, connection_id, who=caller.actor)
    return await _shown(container, connection_id)


@router.post("/{connection_id}/start-over", summary="Join another company", responses=responses(404, 409, 422))
async def start_over(container: ContainerOf, caller: CallerOf, connection_id: ConnectionId) -> ConnectionOut:
    """Leave QuickBooks and set all links aside, so that another company may be joined (T5).

    The links come back by themselves if the first company is joined again.
    """
    await lifecycle.start_over(container, connection_id, who=caller.actor)
    return await _shown(container, connection_id)


@router.get(
    "/{connection_id}/audit",
    summary="Who did what",
    responses={**responses(404, 422), **csv_of(AuditPage, name="audit")},
)
@also_as_csv("audit")
async def list_audit(
    container: ContainerOf, connection_id: ConnectionId, limit: Limit = 50, cursor: Cursor = None
) -> AuditPage:
    """Acts on this connection, the newest first; a configuration's change with both versions."""
    page = await overview.list_audit(container, connection_id, limit, cursor)
    return AuditPage(items=[AuditOut.of(each) for each in page.items], next_cursor=page.next_cursor)
