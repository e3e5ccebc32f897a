"""Runs: starting one, and reading what they did and why."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request, Response

from app.api.auth import CallerOf, admit
from app.api.dependencies import ContainerOf
from app.api.lists import also_as_csv, csv_of
from app.api.problems import responses
from app.api.requests import SyncRequest
from app.api.run_schemas import DecisionOut, DecisionPage, SyncOut, SyncPage, asked_for
from app.api.schemas import ConnectionId, Cursor, Limit, SyncId
from app.services import synchronise
from app.services.record_links import links_of

router = APIRouter(
    prefix="/api/v1/connections/{connection_id}/syncs",
    tags=["syncs"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 404, 422, 503),
)


@router.post("", status_code=202, summary="Synchronise now", responses=responses(400, 409))
async def start_sync(
    container: ContainerOf,
    caller: CallerOf,
    connection_id: ConnectionId,
    request: Request,
    response: Response,
    body: Annotated[SyncRequest | None, Body()] = None,
) -> SyncOut:
    """Queue a run, or join one that is queued already and will see the same.

    Before the connection is configured (T4) the answer is 409, its `type` ends in `/configuration-required`, and
    `choices` is the address of what may be chosen. What a dry run has shown is carried out by its id as `plan`: a 409 of the type
    `/earlier-period-moves` asks for `earlier_periods`, and `added` are the operations that the chosen ones need.
    """
    if body is not None and body.plan is not None:
        carried = await synchronise.carry_out(
            container,
            connection_id,
            body.plan,
            who=caller.actor,
            only=body.only,
            earlier_periods=body.earlier_periods,
            request_id=request.scope.get("request_id", ""),
        )
        return asked_for(response, carried.run, carried.added)
    run = await synchronise.start_run(
        container,
        connection_id,
        who=caller.actor,
        dry_run=body.dry_run if body else False,
        request_id=request.scope.get("request_id", ""),
    )
    return asked_for(response, run)


@router.get("", summary="List the runs", responses=csv_of(SyncPage, name="syncs"))
@also_as_csv("syncs")
async def list_syncs(
    container: ContainerOf, connection_id: ConnectionId, limit: Limit = 50, cursor: Cursor = None
) -> SyncPage:
    """Every run, the newest first, those that had nothing to do included."""
    page = await synchronise.list_runs(container, connection_id, limit, cursor)
    return SyncPage(items=[SyncOut.of(run) for run in page.items], next_cursor=page.next_cursor)


@router.get("/{sync_id}", summary="Read a run")
async def read_sync(container: ContainerOf, connection_id: ConnectionId, sync_id: SyncId) -> SyncOut:
    """One run with its counters; `decisions` is the address of its report."""
    return SyncOut.of(await synchronise.read_run(container, connection_id, sync_id))


@router.get("/{sync_id}/decisions", summary="Read a run's decisions", responses=csv_of(DecisionPage, name="decisions"))
@also_as_csv("decisions")
async def list_sync_decisions(
    container: ContainerOf,
    connection_id: ConnectionId,
    sync_id: SyncId,
    left_alone: Annotated[bool, Query(description="Also what was left as it is.")] = True,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> DecisionPage:
    """What the run decided, in order, each with its rule and its reason; doing nothing is a decision too."""
    page = await synchronise.list_decisions(container, connection_id, sync_id, limit, cursor, left_alone=left_alone)
    links = await links_of(container, connection_id)
    return DecisionPage(items=[DecisionOut.of(each, links) for each in page.items], next_cursor=page.next_cursor)
