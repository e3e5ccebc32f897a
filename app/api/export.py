"""All of a connection in one archive."""

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from app.api.auth import CallerOf, admit
from app.api.dependencies import ContainerOf
from app.api.problems import responses
from app.api.schemas import ConnectionId
from app.services import export

router = APIRouter(
    prefix="/api/v1/connections/{connection_id}/export",
    tags=["life of data"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 404, 422, 503),
)


@router.get(
    "",
    summary="Export everything of a connection",
    response_class=StreamingResponse,
    responses={200: {"description": "A zip archive.", "content": {"application/zip": {"example": "PK"}}}},
)
async def export_connection(container: ContainerOf, caller: CallerOf, connection_id: ConnectionId) -> StreamingResponse:
    """One zip archive: of each table a file of JSON lines and one of CSV, and `description.json`, which says what is in it, what is
    left out and why. Secrets are in it in no form. It is written as it is read, so that its length is not known before.
    """
    pieces = await export.begin(container, connection_id, who=caller.actor)
    name = f'attachment; filename="{connection_id}.zip"'
    return StreamingResponse(pieces, media_type="application/zip", headers={"Content-Disposition": name})
