"""How far a run has come: asked for, or followed by server-sent events."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import Response

from app.access import needed
from app.api.auth import CallerOf, admit, bearer, caller_of, route_address
from app.api.dependencies import ContainerOf, SettingsOf, network_of
from app.api.problems import responses
from app.api.run_schemas import Named
from app.api.schemas import SYNC_EXAMPLE, ConnectionId, SyncId, example
from app.api.streams import EVENTS, EventStream, streams_of
from app.errors import Rejection
from app.services import progress
from app.services.callers import refusal
from app.services.progress import RunProgress
from app.storage.runs.progress import RefusedWrite

router = APIRouter(
    prefix="/api/v1/connections/{connection_id}/syncs/{sync_id}/progress",
    tags=["syncs"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 404, 422, 503),
)

_REFUSED_EXAMPLE = {
    "label": "Invoice 1041, Ada Byron", "number": "1041", "date": "2026-11-22", "amount": "44.00", "currency": "AUD", "person": "Ada Byron",
    "links": {}, "at": "2026-11-22T02:04:09Z", "message": "Another customer has this name.", "advice": "Rename one of the two.",
}  # fmt: skip


class RefusedOut(Named):
    """A write that did not go through: when, of what, why, and what to do."""

    model_config = example(**_REFUSED_EXAMPLE)
    at: dt.datetime
    message: str
    advice: str

    @classmethod
    def of(cls, found: RefusedWrite) -> "RefusedOut":
        """As it is shown."""
        named = {name: value for name, value in found.subject.items() if name in Named.model_fields}
        return cls(**named, at=found.at, message=found.message, advice=found.advice)


class ProgressOut(BaseModel):
    """How far a run has come. `step`: reading one side (`oncord`, `quickbooks`), reading what was told of (`changes`), working out what is
    to be done (`plan`), writing (`write`), comparing both sides (`compare`); null before it begins and once it has ended.

    `done` of `total` records are dealt with in this step (`total` null: nobody knows of how many), which is likely to take `seconds_left`
    yet (null: nobody can say). `rests`: why the outside is left alone until `goes_on_at`. `refused_lately` writes did not go through
    in the last minute; `refused` lists the latest of them.
    """

    model_config = example(
        sync_id=SYNC_EXAMPLE,
        state="running",
        step="write",
        done=1200,
        total=4000,
        seconds_left=95,
        rests="",
        goes_on_at=None,
        refused_lately=1,
        refused=[_REFUSED_EXAMPLE],
    )
    sync_id: str
    state: Literal["queued", "running", "succeeded", "partial", "failed", "cancelled", "held"]
    step: Literal["oncord", "quickbooks", "changes", "plan", "write", "compare"] | None
    done: int
    total: int | None
    seconds_left: int | None
    rests: str
    goes_on_at: dt.datetime | None
    refused_lately: int
    refused: list[RefusedOut]

    @classmethod
    def of(cls, found: RunProgress) -> "ProgressOut":
        """As it is shown."""
        own = {name: getattr(found, name) for name in cls.model_fields if name not in ("sync_id", "state", "refused")}
        refused = [RefusedOut.of(each) for each in found.refused]
        return cls(**own, sync_id=found.run.id, state=found.run.state, refused=refused)


@router.get("", summary="Read a run's progress")
async def read_progress(container: ContainerOf, connection_id: ConnectionId, sync_id: SyncId) -> ProgressOut:
    """How far a run has come, and what did not go through in the last minute."""
    return ProgressOut.of(await progress.read_progress(container, connection_id, sync_id))


@router.get(
    "/events", summary="Follow a run's progress", responses={**EVENTS, **responses(429)}, response_class=Response
)
async def follow_progress(
    request: Request,
    container: ContainerOf,
    settings: SettingsOf,
    caller: CallerOf,
    connection_id: ConnectionId,
    sync_id: SyncId,
) -> Response:
    """The same as server-sent events, whenever it has changed. A stream ends after half a minute, and a client that follows the standard
    opens the next one by itself; after `ended` there is nothing more. A caller may follow three runs at once."""
    await progress.read_progress(container, connection_id, sync_id)
    credentials = await bearer(request)
    key = credentials.credentials if credentials else None

    async def may_go_on() -> bool:
        try:
            there = await caller_of(container, settings, key, network_of(request))
        except Rejection:
            return False
        need = needed(route_address(request))
        return need is not None and refusal(there, need, connection_id) is None

    async def events() -> AsyncIterator[tuple[str, str]]:
        async for found in progress.follow(container, connection_id, sync_id, may_go_on):
            yield "ended" if found.ended else "progress", ProgressOut.of(found).model_dump_json()

    leave = streams_of(request.app.state).enter(f"key {caller.name} {connection_id}", connection_id)
    return EventStream(events(), leave)
