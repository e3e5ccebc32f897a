"""Single records: what only a person may ask for."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from app.api.auth import require_key
from app.api.dependencies import CALLER, ContainerOf
from app.api.problems import responses
from app.api.run_schemas import SyncOut
from app.api.schemas import ConnectionId
from app.domain.model.records import Kind, Side
from app.services import records

router = APIRouter(
    prefix="/api/v1/connections/{connection_id}/records",
    tags=["records"],
    dependencies=[Depends(require_key)],
    responses=responses(401, 404, 422, 503),
)

RecordId = Annotated[str, Path(max_length=64, description="The record's id on its side.", examples=["1041"])]


@router.post(
    "/{side}/{kind}/{record_id}/put-back",
    status_code=202,
    summary="Make a deleted counterpart anew",
    responses=responses(409),
)
async def recreate(
    container: ContainerOf, connection_id: ConnectionId, side: Side, kind: Kind, record_id: RecordId, response: Response
) -> SyncOut:
    """The counterpart of this record was deleted on the other side, which is never undone by itself (S3, S6, R3, R4).

    Asks for it to be made anew, and answers the run that does so.
    """
    run = await records.recreate(container, connection_id, side, kind, record_id, who=CALLER)
    response.headers["Location"] = f"/api/v1/connections/{connection_id}/syncs/{run.id}"
    return SyncOut.of(run)
